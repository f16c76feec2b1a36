/** A person as consumers see them: the `directory_user` of WorkOS's Directory Sync. */
import { ENTERPRISE_SCHEMA, type Attributes, type Json } from '@app/scim';
import { changesBetween, withoutNulls } from './previous-attributes.js';
import type { Belonging } from './published-group.js';
import { isActive, type User } from './state.js';

type JsonObject = { [key: string]: Json };

export function publishedUser(user: User, belonging: Belonging): JsonObject {
  const { attributes } = user;
  const name = object(attributes['name']);
  const custom = customAttributes(attributes);
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
    created_at: user.created,
    updated_at: user.lastModified,
  };
}

export function previousOfUser(user: User, previous: Attributes, belonging: Belonging): JsonObject {
  const before = { ...user, attributes: withoutNulls({ ...user.attributes, ...previous }) };
  return changesBetween(publishedUser(before, belonging), publishedUser(user, belonging));
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

/** The predefined ones; each is there, unmapped ones as null. */
function customAttributes(attributes: Attributes): JsonObject {
  const enterprise = object(attributes[ENTERPRISE_SCHEMA.id]);
  return {
    addresses: attributes['addresses'] ?? [],
    cost_center_name: enterprise['costCenter'] ?? null,
    department_name: enterprise['department'] ?? null,
    division_name: enterprise['division'] ?? null,
    emails: attributes['emails'] ?? [],
    employee_number: enterprise['employeeNumber'] ?? null,
    employee_type: attributes['userType'] ?? null,
    employment_start_date: null,
    job_title: attributes['title'] ?? null,
    manager_email: null,
    organization: enterprise['organization'] ?? null,
    username: attributes['userName'] ?? null,
  };
}

function object(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
