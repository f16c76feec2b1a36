/** Everything that consumers know of some directories, one kind after the other, a page at a time. */
import { fetched, type Tx } from '@app/runtime';
import type { PlacedGroup } from '../groups.js';
import {
  placedResource,
  placedUser,
  USER_COLUMNS,
  type PlacedUser,
  type ResourceRow,
  type UserRow,
} from '../users.js';

export interface KnownMembership {
  directoryId: string;
  groupId: string;
  userId: string;
}

/** Of a row `u` of `scim_user`. */
export const IS_KNOWN = 'u.directory_id = any($1) and not u.concealed';
/** Rows `m` of people whom consumers know, in a group; a group inside a group is none of theirs. By the group, whose index leads there. */
export const KNOWN_MEMBERSHIPS = `scim_group g join membership m on m.group_id = g.id and m.member_type = 'User'
  where g.directory_id = any($1)
    and not exists (select from scim_user c where c.directory_id = m.directory_id and c.id = m.member_id and c.concealed)`;

/** In no particular order. */
export async function* knownUsers(tx: Tx, directoryIds: string[]): AsyncGenerator<PlacedUser[]> {
  const sql = `select ${USER_COLUMNS} from scim_user u where ${IS_KNOWN}`;
  for await (const rows of fetched<UserRow>(tx, 'known_users', { sql, values: [directoryIds] }))
    yield rows.map(placedUser);
}

export async function* knownGroups(tx: Tx, directoryIds: string[]): AsyncGenerator<PlacedGroup[]> {
  const sql = `select directory_id, id, attributes, version, created_at, last_modified, told_at
                 from scim_group where directory_id = any($1)`;
  for await (const rows of fetched<ResourceRow>(tx, 'known_groups', { sql, values: [directoryIds] }))
    yield rows.map(placedResource);
}

export async function* knownMemberships(tx: Tx, directoryIds: string[]): AsyncGenerator<KnownMembership[]> {
  const sql = `select m.directory_id as "directoryId", m.group_id as "groupId", m.member_id as "userId" from ${KNOWN_MEMBERSHIPS}`;
  yield* fetched<KnownMembership>(tx, 'known_memberships', { sql, values: [directoryIds] });
}

/** @returns those of the ids that are neither a person's, whom consumers know, nor a group's of the directory. */
export async function unknownAmong(tx: Tx, directoryId: string, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `select asked.id from unnest($2::text[]) with ordinality as asked(id, place)
      where not exists (select from scim_user u where ${IS_KNOWN} and u.id = asked.id)
        and not exists (select from scim_group g where g.directory_id = any($1) and g.id = asked.id)
      order by asked.place`,
    [[directoryId], ids],
  );
  return rows.map(({ id }) => id);
}
