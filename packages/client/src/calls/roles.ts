/** Who has which role, and why: see docs/consumer-api/attributes-and-roles.md. */
import type { Json } from '../events.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';
import type { RoleRule } from './mappings.js';

export interface DirectoryRole {
  object: 'directory_role';
  slug: string;
  users: number;
  active_users: number;
}

/** One rule that gives a role. */
export interface RoleReason {
  /** `place` counts the rules from 0. Null: it is the default role. */
  rule: (RoleRule & { place: number }) | null;
  /** The way from the group that the person is in to the one that the rule names. */
  groups: { id: string; name: string }[];
}

export interface RoleHolder {
  object: 'directory_role_holder';
  slug: string;
  user: { id: string; user_name: Json; state: 'active' | 'inactive' };
  /** Empty where the role is about to go. */
  because: RoleReason[];
}

export interface UserRole {
  object: 'directory_user_role';
  slug: string;
  because: RoleReason[];
}

export function directoryRoles(send: Send) {
  const list = (directoryId: string, query: PageQuery = {}, how?: CallOptions) =>
    send<List<DirectoryRole>>('GET', path`/directories/${directoryId}/roles`, { ...how, query });
  const holders = (directoryId: string, slug: string, query: PageQuery = {}, how?: CallOptions) =>
    send<List<RoleHolder>>('GET', path`/directories/${directoryId}/roles/${slug}/users`, { ...how, query });
  return {
    /** The roles that people have, with how many have each. */
    list,
    all: (directoryId: string, query: PageQuery = {}, how?: CallOptions) =>
      everything((page: PageQuery) => list(directoryId, page, how), query),
    /** Who has the role, each with the reasons. */
    holders,
    allHolders: (directoryId: string, slug: string, query: PageQuery = {}, how?: CallOptions) =>
      everything((page: PageQuery) => holders(directoryId, slug, page, how), query),
  };
}

export function rolesOfUser(send: Send) {
  return (userId: string, how?: CallOptions) =>
    send<List<UserRole>>('GET', path`/directory_users/${userId}/roles`, how);
}
