/** What happens to a person when not they, but the rules of their directory or their groups are others. */
import { equal, type Json } from '@app/scim';
import { mapped, sameCustom, type AttributeRule } from '../attribute-mapping.js';
import { publishedUser } from '../published-user.js';
import { changed, type CustomAttributes, type User } from '../state.js';
import type { UserEvent } from './events.js';

/** Nothing for whom consumers see no difference in. */
export function decideRemapping(user: User, rules: readonly AttributeRule[], now: string): UserEvent[] {
  const custom = mapped(rules, user.attributes);
  if (sameCustom(custom, user.custom) || looksTheSame(user, custom)) return [];
  const after = withCustom(changed(user, user.attributes, now), custom);
  return [{ type: 'UserRemapped', data: { user: after, before: { custom: user.custom ?? null } } }];
}

/** @param roles slugs, the foremost first. */
export function decideRoles(user: User, roles: readonly string[], now: string): UserEvent[] {
  const before = user.roles ?? [];
  if (equal([...before], [...roles])) return [];
  const after = withRoles(changed(user, user.attributes, now), roles);
  return [{ type: 'UserRolesChanged', data: { user: after, before: { roles: before } } }];
}

export function withCustom(user: User, custom: CustomAttributes | undefined): User {
  const { custom: _before, ...rest } = user;
  return custom ? { ...rest, custom } : rest;
}

export function withRoles(user: User, roles: readonly string[]): User {
  const { roles: _before, ...rest } = user;
  return roles.length > 0 ? { ...rest, roles } : rest;
}

/** Null and absent are one to consumers. */
function looksTheSame(user: User, custom: CustomAttributes | undefined): boolean {
  const [before, after] = [user, withCustom(user, custom)].map((each) => {
    const { custom_attributes: attributes, ...rest } = publishedUser(each, NOWHERE);
    return { ...rest, custom_attributes: withoutNulls(attributes) };
  });
  return equal(before as Json, after as Json);
}

const NOWHERE = { directoryId: '', organizationId: '' };

function withoutNulls(attributes: Json | undefined): Json {
  const entries = Object.entries((attributes ?? {}) as { [name: string]: Json });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}
