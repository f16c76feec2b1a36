/** Writing into the rows of an epoch: one statement per kind, for all directories of a slice together. */
import { Statement, type Tx } from '@app/runtime';
import type { Comings } from './comings.js';

/** What came of some events in the epoch that a directory is in. */
export interface Entered {
  epoch: number;
  comings: Comings;
}

/** @param before the position behind which the events begin: only who was there then can go by them. */
export async function enter(tx: Tx, entered: readonly Entered[], before: number): Promise<void> {
  await Promise.all([
    ...closings(tx, entered, before),
    // Those that came are entered with their end, where they went too.
    insertThings(tx, entered),
    insertMemberships(tx, entered),
    tx.rows(COUNT, [
      entered.map(({ epoch }) => epoch),
      entered.map(({ comings }) => comings.changes),
      entered.map(({ comings }) => comings.endedAt ?? null),
    ]),
  ]);
}

function closings(tx: Tx, entered: readonly Entered[], before: number): Promise<unknown>[] {
  const each = <T>(of: (comings: Comings) => Iterable<T>): [number, T][] =>
    entered.flatMap(({ epoch, comings }) => [...of(comings)].map((one): [number, T] => [epoch, one]));
  const things = each(({ thingsGone }) => thingsGone.values());
  const pairs = each(({ membershipsGone }) => membershipsGone.values());
  const members = each(({ membersGone }) => membersGone);
  const groups = each(({ groupsGone }) => groupsGone);
  const epochs = (of: [number, unknown][]): number[] => of.map(([epoch]) => epoch);
  const statement = (
    text: Statement,
    of: [number, unknown][],
    ...columns: unknown[][]
  ): Promise<unknown>[] => (of.length === 0 ? [] : [tx.rows(text, [before, epochs(of), ...columns])]);
  return [
    ...statement(
      CLOSE_THINGS,
      things,
      things.map(([, { kind }]) => kind),
      things.map(([, { id }]) => id),
      things.map(([, { went }]) => went),
    ),
    ...statement(
      CLOSE_MEMBERSHIPS,
      pairs,
      pairs.map(([, { groupId }]) => groupId),
      pairs.map(([, { memberId }]) => memberId),
      pairs.map(([, { went }]) => went),
    ),
    ...statement(
      CLOSE_MEMBERS,
      members,
      members.map(([, [id]]) => id),
      members.map(([, [, went]]) => went),
    ),
    ...statement(
      CLOSE_GROUPS,
      groups,
      groups.map(([, [id]]) => id),
      groups.map(([, [, went]]) => went),
    ),
  ];
}

async function insertThings(tx: Tx, entered: readonly Entered[]): Promise<void> {
  const rows = entered.flatMap(({ epoch, comings }) => comings.things.map((row) => ({ epoch, ...row })));
  if (rows.length === 0) return;
  await tx.rows(OPEN_THINGS, [
    rows.map(({ epoch }) => epoch),
    rows.map(({ kind }) => kind),
    rows.map(({ id }) => id),
    rows.map(({ came }) => came),
    rows.map(({ went }) => went),
  ]);
}

async function insertMemberships(tx: Tx, entered: readonly Entered[]): Promise<void> {
  const rows = entered.flatMap(({ epoch, comings }) => comings.memberships.map((row) => ({ epoch, ...row })));
  if (rows.length === 0) return;
  await tx.rows(OPEN_MEMBERSHIPS, [
    rows.map(({ epoch }) => epoch),
    rows.map(({ groupId }) => groupId),
    rows.map(({ memberId }) => memberId),
    rows.map(({ came }) => came),
    rows.map(({ went }) => went),
  ]);
}

const COUNT = new Statement(
  'history-count',
  `update history_epoch e set changes = e.changes + c.changes, ended_at = coalesce(e.ended_at, c.ended_at)
     from unnest($1::bigint[], $2::bigint[], $3::bigint[]) c (epoch, changes, ended_at) where e.id = c.epoch`,
);

// A membership can go by its own removal, with its person and with its group: the first of them counts, in whatever order the
// statements come. Who went before the slice stays gone since then.
const stillThere = (alias: string): string =>
  `${alias}.came <= $1 and (${alias}.went is null or (${alias}.went > $1 and ${alias}.went > c.went))`;

const CLOSE_THINGS = new Statement(
  'history-close-things',
  `update history_thing t set went = c.went
     from unnest($2::bigint[], $3::"char"[], $4::text[], $5::bigint[]) c (epoch, kind, id, went)
    where t.epoch = c.epoch and t.kind = c.kind and t.id = c.id and ${stillThere('t')}`,
);
const CLOSE_MEMBERSHIPS = new Statement(
  'history-close-memberships',
  `update history_membership m set went = c.went
     from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[]) c (epoch, group_id, member_id, went)
    where m.epoch = c.epoch and m.group_id = c.group_id and m.member_id = c.member_id and ${stillThere('m')}`,
);
const CLOSE_MEMBERS = new Statement(
  'history-close-members',
  `update history_membership m set went = c.went
     from unnest($2::bigint[], $3::text[], $4::bigint[]) c (epoch, id, went)
    where m.epoch = c.epoch and m.member_id = c.id and ${stillThere('m')}`,
);
const CLOSE_GROUPS = new Statement(
  'history-close-groups',
  `update history_membership m set went = c.went
     from unnest($2::bigint[], $3::text[], $4::bigint[]) c (epoch, id, went)
    where m.epoch = c.epoch and m.group_id = c.id and ${stillThere('m')}`,
);

// A log that tells twice of a coming shows it once.
const OPEN_THINGS = new Statement(
  'history-open-things',
  `insert into history_thing (epoch, kind, id, came, went)
   select * from unnest($1::bigint[], $2::"char"[], $3::text[], $4::bigint[], $5::bigint[]) n (epoch, kind, id, came, went)
    where not exists (
      select from history_thing t
       where t.epoch = n.epoch and t.kind = n.kind and t.id = n.id and t.came <= n.came and (t.went is null or t.went > n.came))`,
);
const OPEN_MEMBERSHIPS = new Statement(
  'history-open-memberships',
  `insert into history_membership (epoch, group_id, member_id, came, went)
   select * from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) n (epoch, group_id, member_id, came, went)
    where not exists (
      select from history_membership m
       where m.epoch = n.epoch and m.group_id = n.group_id and m.member_id = n.member_id
         and m.came <= n.came and (m.went is null or m.went > n.came))`,
);
