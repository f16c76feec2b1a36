/** A person as consumers see them: the `directory_user` of WorkOS's Directory Sync. */
import type { Attributes, Json } from '@app/scim';
import { predefinedAttributes } from './predefined-attributes.js';
import { changesBetween, withoutNulls } from './previous-attributes.js';
import type { Belonging } from './published-group.js';
import { isActive, toldAt, type CustomAttributes, type User } from './state.js';

type JsonObject = { [key: string]: Json };

export function publishedUser(user: User, belonging: Belonging): JsonObject {
  const { attributes } = user;
  const name = object(attributes['name']);
  const custom: JsonObject = { ...predefinedAttributes(attributes), ...user.custom };
  return {
    object: 'directory_user',
    id: user.id,
    directory_id: belonging.directoryId,
    organization_id: belonging.organizationId,
    idp_id: attributes['externalId'] ?? user.id,
    email: emailOf(attributes),
    first_name: name['givenName'] ?? null,
    last_name: name['familyName'] ?? null,
    name: fullName(attributes),
    state: isActive(user) ? 'active' : 'inactive',
    custom_attributes: custom,
    raw_attributes: attributes,
    emails: custom['emails'] ?? [],
    job_title: custom['job_title'] ?? null,
    username: custom['username'] ?? null,
    ...rolesOf(user),
    ...(user.origin && { origin: user.origin }),
    created_at: user.created,
    updated_at: toldAt(user),
  };
}

/** What of a person was different before, besides their attributes; what is absent was the same. */
export interface Before {
  custom?: CustomAttributes | null;
  roles?: readonly string[];
  origin?: 'jit';
}

/** @param previous the old values of those attributes that are different. */
export function previousOfUser(
  user: User,
  { previous = {}, custom = user.custom ?? null, ...rest }: Before & { previous?: Attributes },
  belonging: Belonging,
): JsonObject {
  const { custom: _custom, ...now } = user;
  const attributes = withoutNulls({ ...user.attributes, ...previous });
  const before = { ...now, ...rest, attributes, ...(custom === null ? {} : { custom }) };
  return changesBetween(publishedUser(before, belonging), publishedUser(user, belonging));
}

/** Absent where there are none: software written for WorkOS takes a null for a role. */
function rolesOf({ roles = [] }: User): JsonObject {
  const shown = roles.map((slug) => ({ slug }));
  return shown[0] ? { role: shown[0], roles: shown } : {};
}

/** The address to write to; an entry whose value was cleared is none. The primary one, else the first for work, else the first for home, else any. */
export function emailOf(attributes: Attributes): string | null {
  const emails = list(attributes['emails'])
    .map(object)
    .filter(({ value }) => typeof value === 'string');
  const chosen =
    emails.find((email) => email['primary'] === true) ??
    emails.find((email) => email['type'] === 'work') ??
    emails.find((email) => email['type'] === 'home') ??
    emails[0];
  return typeof chosen?.['value'] === 'string' ? chosen['value'] : null;
}

function fullName(attributes: Attributes): string | null {
  const name = object(attributes['name']);
  const parts = [name['givenName'], name['familyName']].filter((part) => typeof part === 'string');
  const known = attributes['displayName'] ?? name['formatted'] ?? (parts.join(' ') || null);
  return typeof known === 'string' ? known : null;
}

function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
