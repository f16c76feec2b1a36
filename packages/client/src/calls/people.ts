/** Directory users and groups, as they are now: see docs/consumer-api/people-and-groups.md. */
import type { DirectoryGroup, DirectoryUser } from '../events.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';
import { rolesOfUser } from './roles.js';
import { timeline } from './timelines.js';

/** A person with the groups that they are in, directly; events do not have those. */
export type UserWithGroups = DirectoryUser & { groups: DirectoryGroup[] };

export interface UsersQuery extends PageQuery {
  directory?: string;
  group?: string;
  /** The identity provider's own id; needs a directory or a group. */
  idp_id?: string;
  /** Needs a directory or a group. */
  email?: string;
}

export interface GroupsQuery extends PageQuery {
  directory?: string;
  /** Groups that this person is in. */
  user?: string;
}

export function users(send: Send) {
  const list = (query: UsersQuery = {}, how?: CallOptions) =>
    send<List<UserWithGroups>>('GET', '/directory_users', { ...how, query });
  return {
    list,
    all: (query: UsersQuery = {}, how?: CallOptions) =>
      everything((page: UsersQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<UserWithGroups>('GET', path`/directory_users/${id}`, how),
    /** Their roles, each with the reasons. */
    roles: rolesOfUser(send),
    timeline: timeline(send, 'directory_users'),
  };
}

export function groups(send: Send) {
  const list = (query: GroupsQuery = {}, how?: CallOptions) =>
    send<List<DirectoryGroup>>('GET', '/directory_groups', { ...how, query });
  return {
    list,
    all: (query: GroupsQuery = {}, how?: CallOptions) =>
      everything((page: GroupsQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<DirectoryGroup>('GET', path`/directory_groups/${id}`, how),
    timeline: timeline(send, 'directory_groups'),
  };
}
