/** Directories as they were, and who had access when: see docs/consumer-api/history.md. */
import type { DirectoryGroup, DirectoryUser, Membership } from '../events.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Open, Send } from '../send.js';
import { path } from '../send.js';
import type { Named, SaidBy } from './timelines.js';

/** The moment that an answer is of. `position` asked for as `as_of` gives the same answer for ever. */
export interface Moment {
  position: string;
  occurred_at: string;
}

/** The id of an event, or a time. */
export type AsOf = string | Date;

export interface HistoryQuery extends PageQuery {
  as_of: AsOf;
}

export interface HistoryPage<Item> extends List<Item> {
  as_of: Moment;
}

export type Then<Item> = Item & { as_of: Moment };

interface Bound {
  at: string;
  event_id: string;
  cause: string;
  /** Of an end. */
  because: 'removed' | 'group_deleted' | 'user_deleted' | 'user_deactivated' | 'directory_deleted' | null;
  said_by: SaidBy;
}

export interface AccessInterval {
  object: 'access_interval';
  id: string;
  member: Named;
  group: Named;
  from: Bound;
  /** Null: it lasts. */
  to: Bound | null;
  /** The groups around the group, while both held. */
  nested_in: { group: Named; by_group_id: string; from: string; to: string | null }[];
  /** In the group, and without access by it. */
  inactive: { from: string; to: string | null }[];
}

/** `user`, `group`, or both. */
export type AccessQuery = PageQuery & {
  /** Times, or ids of events. */
  from?: AsOf;
  to?: AsOf;
} & ({ user: string; group?: string } | { group: string; user?: string });

export function history(send: Send, open: Open) {
  const below = (directoryId: string, rest: string): string =>
    `${path`/directories/${directoryId}/history`}${rest}`;
  const pages =
    <Item>(rest: (id: string) => string) =>
    (directoryId: string, id: string, query: HistoryQuery, how?: CallOptions) =>
      send<HistoryPage<Item>>('GET', below(directoryId, rest(id)), { ...how, query });
  const users = (directoryId: string, query: HistoryQuery, how?: CallOptions) =>
    send<HistoryPage<DirectoryUser>>('GET', below(directoryId, '/users'), { ...how, query });
  const groups = (directoryId: string, query: HistoryQuery, how?: CallOptions) =>
    send<HistoryPage<DirectoryGroup>>('GET', below(directoryId, '/groups'), { ...how, query });
  const memberships = (directoryId: string, query: HistoryQuery, how?: CallOptions) =>
    send<HistoryPage<Membership>>('GET', below(directoryId, '/memberships'), { ...how, query });
  const groupsOfUser = pages<DirectoryGroup>((id) => path`/users/${id}/groups`);
  const members = pages<DirectoryUser>((id) => path`/groups/${id}/members`);
  const access = (directoryId: string, query: AccessQuery, how?: CallOptions) =>
    send<List<AccessInterval>>('GET', path`/directories/${directoryId}/access_history`, { ...how, query });
  return {
    users,
    allUsers: (directoryId: string, query: HistoryQuery, how?: CallOptions) =>
      allOf((page) => users(directoryId, page, how), query),
    user: (directoryId: string, id: string, asOf: AsOf, how?: CallOptions) =>
      send<Then<DirectoryUser>>('GET', below(directoryId, path`/users/${id}`), {
        ...how,
        query: { as_of: asOf },
      }),
    groupsOfUser,
    groups,
    allGroups: (directoryId: string, query: HistoryQuery, how?: CallOptions) =>
      allOf((page) => groups(directoryId, page, how), query),
    group: (directoryId: string, id: string, asOf: AsOf, how?: CallOptions) =>
      send<Then<DirectoryGroup>>('GET', below(directoryId, path`/groups/${id}`), {
        ...how,
        query: { as_of: asOf },
      }),
    members,
    allMembers: (directoryId: string, groupId: string, query: HistoryQuery, how?: CallOptions) =>
      allOf((page) => members(directoryId, groupId, page, how), query),
    memberships,
    allMemberships: (directoryId: string, query: HistoryQuery, how?: CallOptions) =>
      allOf((page) => memberships(directoryId, page, how), query),
    /** Who was in which group, from when to when, and who said so. */
    access,
    allAccess: (directoryId: string, query: AccessQuery, how?: CallOptions) =>
      everything((page: AccessQuery) => access(directoryId, page, how), query),
    files: files(open),
  };
}

/** The same as CSV for auditors, all pages in one file, byte by byte. */
function files(open: Open) {
  const csv = async function* (
    where: string,
    query: object,
    { signal }: CallOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    yield* await open('GET', where, { query: { ...query, format: 'csv' }, signal, accept: 'text/csv' });
  };
  return {
    users: (directoryId: string, asOf: AsOf, how?: CallOptions) =>
      csv(path`/directories/${directoryId}/history/users`, { as_of: asOf }, how),
    members: (directoryId: string, groupId: string, asOf: AsOf, how?: CallOptions) =>
      csv(path`/directories/${directoryId}/history/groups/${groupId}/members`, { as_of: asOf }, how),
    memberships: (directoryId: string, asOf: AsOf, how?: CallOptions) =>
      csv(path`/directories/${directoryId}/history/memberships`, { as_of: asOf }, how),
    access: (directoryId: string, query: AccessQuery, how?: CallOptions) =>
      csv(path`/directories/${directoryId}/access_history`, query, how),
    timelineOfUser: (userId: string, how?: CallOptions) =>
      csv(path`/directory_users/${userId}/timeline`, {}, how),
    timelineOfGroup: (groupId: string, how?: CallOptions) =>
      csv(path`/directory_groups/${groupId}/timeline`, {}, how),
  };
}

/** All pages of one moment: that of the first, also when the time that was asked for means another event a second later. */
async function* allOf<Item>(
  read: (query: HistoryQuery) => Promise<HistoryPage<Item>>,
  from: HistoryQuery,
): AsyncGenerator<Item, void, undefined> {
  let asOf = from.as_of;
  const page = async (query: HistoryQuery): Promise<HistoryPage<Item>> => {
    const answer = await read({ ...query, as_of: asOf });
    asOf = answer.as_of.position;
    return answer;
  };
  yield* everything(page, from);
}
