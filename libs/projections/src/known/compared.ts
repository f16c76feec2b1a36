/** What somebody holds beside what there is: staged in a table of the connection, and compared where the rows are. */
import { fetched, type Tx } from '@app/runtime';
import type { PlacedGroup } from '../groups.js';
import { placedResource, placedUser, type PlacedUser, type ResourceRow, type UserRow } from '../users.js';
import { IS_KNOWN, KNOWN_MEMBERSHIPS, type KnownMembership } from './known.js';

/** One thing that somebody says they hold. */
export interface Held {
  kind: 'user' | 'group' | 'membership';
  /** Of a membership the group's. */
  id: string;
  /** Of a membership the person's. */
  memberId: string;
  /** Null: they do not say, and so it is not compared. */
  updatedAt: Date | null;
  /** Where they said so, from 1. */
  line: number;
}

/** Held under the id, and how; undefined: not at all. */
export type Different<T> = T & { held?: { updatedAt: Date } };

/** Makes the table in which this transaction, and no other, collects what is held; it ends with it. */
export async function prepareHeld(tx: Tx): Promise<void> {
  await tx.rows(`create temp table held
    (line integer, kind text, id text, member_id text, updated_at timestamptz) on commit drop`);
}

export async function stageHeld(tx: Tx, held: readonly Held[]): Promise<void> {
  if (held.length === 0) return;
  await tx.rows(
    'insert into held select * from unnest($1::integer[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])',
    [
      held.map(({ line }) => line),
      held.map(({ kind }) => kind),
      held.map(({ id }) => id),
      held.map(({ memberId }) => memberId),
      held.map(({ updatedAt }) => updatedAt),
    ],
  );
}

/** The statistics of the table, without which it would be taken for a small one. */
export async function measureHeld(tx: Tx): Promise<void> {
  await tx.rows('analyze held');
}

/** The lines of things that are held twice, first ones first. */
export function heldTwice(tx: Tx, limit: number): Promise<{ first: number; again: number }[]> {
  return tx.rows(
    `select min(line) as first, max(line) as again from held group by kind, id, member_id having count(*) > 1
      order by min(line) limit $1`,
    [limit],
  );
}

interface HeldColumns {
  held: boolean;
  held_at: Date | null;
}

const differs = (row: string): string =>
  `(h.id is null or h.updated_at <> date_trunc('milliseconds', coalesce(${row}.told_at, ${row}.last_modified)))`;
const heldOf = ({ held, held_at }: HeldColumns): { held?: { updatedAt: Date } } =>
  held && held_at ? { held: { updatedAt: held_at } } : {};

/** People who are not held, or held as they were at another time. */
export async function* differentUsers(
  tx: Tx,
  directoryIds: string[],
): AsyncGenerator<Different<PlacedUser>[]> {
  const sql = `select u.*, h.id is not null as held, h.updated_at as held_at
    from scim_user u left join held h on h.kind = 'user' and h.id = u.id where ${IS_KNOWN} and ${differs('u')}`;
  for await (const rows of fetched<UserRow & HeldColumns>(tx, 'different_users', {
    sql,
    values: [directoryIds],
  }))
    yield rows.map((row) => ({ ...placedUser(row), ...heldOf(row) }));
}

export async function* differentGroups(
  tx: Tx,
  directoryIds: string[],
): AsyncGenerator<Different<PlacedGroup>[]> {
  const sql = `select g.*, h.id is not null as held, h.updated_at as held_at
    from scim_group g left join held h on h.kind = 'group' and h.id = g.id
   where g.directory_id = any($1) and ${differs('g')}`;
  for await (const rows of fetched<ResourceRow & HeldColumns>(tx, 'different_groups', {
    sql,
    values: [directoryIds],
  }))
    yield rows.map((row) => ({ ...placedResource(row), ...heldOf(row) }));
}

export async function* missingMemberships(tx: Tx, directoryIds: string[]): AsyncGenerator<KnownMembership[]> {
  const sql = `select m.directory_id as "directoryId", m.group_id as "groupId", m.member_id as "userId"
    from ${KNOWN_MEMBERSHIPS}
     and not exists (select from held h where h.kind = 'membership' and h.id = m.group_id and h.member_id = m.member_id)`;
  yield* fetched<KnownMembership>(tx, 'missing_memberships', { sql, values: [directoryIds] });
}

const THERE: Readonly<Record<Held['kind'], string>> = {
  user: `select u.id, '' as member_id from scim_user u where ${IS_KNOWN}`,
  group: `select g.id, '' as member_id from scim_group g where g.directory_id = any($1)`,
  membership: `select m.group_id as id, m.member_id from ${KNOWN_MEMBERSHIPS}`,
};

/** What is held of a kind and is not there. */
export async function* extraHeld(
  tx: Tx,
  kind: Held['kind'],
  directoryIds: string[],
): AsyncGenerator<Pick<Held, 'id' | 'memberId' | 'line'>[]> {
  const sql = `select h.id, h.member_id as "memberId", h.line from held h
    where h.kind = '${kind}'
      and not exists (select from (${THERE[kind]}) as t where t.id = h.id and t.member_id = h.member_id)`;
  yield* fetched(tx, `extra_${kind}s`, { sql, values: [directoryIds] });
}
