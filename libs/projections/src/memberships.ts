/** Who is in which group. Adding one member to a group of 100,000 costs the same as to a group of 10. */
import { Statement, type Tx } from '@app/runtime';

export type MemberType = 'User' | 'Group';

export interface Membership {
  directoryId: string;
  groupId: string;
  memberId: string;
  memberType: MemberType;
}

interface MembershipRow {
  directory_id: string;
  group_id: string;
  member_id: string;
  member_type: MemberType;
}

const COLUMNS = 'directory_id, group_id, member_id, member_type';

const LOAD = new Statement(
  'memberships',
  `select ${COLUMNS} from membership join unnest($1::text[], $2::text[]) as k(g, m) on group_id = k.g and member_id = k.m
     union select ${COLUMNS} from membership where group_id = any($3::text[])
     order by group_id, member_id`,
);

/**
 * Those of the pairs given that exist, and every membership of the groups in `whole`. One statement. By the order of
 * their ids, as a group is shown: who is removed together is named in that order in the log.
 */
export async function loadMemberships(
  tx: Tx,
  pairs: [groupId: string, memberId: string][],
  whole: string[],
): Promise<Membership[]> {
  if (pairs.length === 0 && whole.length === 0) return [];
  const rows = await tx.rows<MembershipRow>(LOAD, [
    pairs.map(([group]) => group),
    pairs.map(([, member]) => member),
    whole,
  ]);
  return rows.map(membership);
}

const JOIN = new Statement(
  'join-groups',
  `insert into membership (${COLUMNS}) select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
       on conflict (group_id, member_id) do nothing`,
);

/** Writes what came and what went, in one statement each. */
export async function saveMemberships(
  tx: Tx,
  come: Membership[],
  gone: [groupId: string, memberId: string][],
): Promise<void> {
  const leaving =
    gone.length > 0 && tx.rows(LEAVE, [gone.map(([group]) => group), gone.map(([, member]) => member)]);
  const joining =
    come.length > 0 &&
    tx.rows(JOIN, [
      come.map((m) => m.directoryId),
      come.map((m) => m.groupId),
      come.map((m) => m.memberId),
      come.map((m) => m.memberType),
    ]);
  await Promise.all([leaving, joining]);
}

const LEAVE = new Statement(
  'leave-groups',
  `delete from membership using unnest($1::text[], $2::text[]) as k(g, m) where group_id = k.g and member_id = k.m`,
);

export interface ShownMember {
  value: string;
  type: MemberType;
  display?: string;
}

/** The members of each group, by the order of their ids, as SCIM shows them. */
export async function membersOf(tx: Tx, groupIds: string[]): Promise<Map<string, ShownMember[]>> {
  const rows = await tx.rows<MembershipRow & { display: string | null }>(
    `select m.directory_id, m.group_id, m.member_id, m.member_type,
            coalesce(u.attributes ->> 'displayName', u.attributes ->> 'userName', g.attributes ->> 'displayName') as display
       from membership m
       left join scim_user u on u.directory_id = m.directory_id and u.id = m.member_id
       left join scim_group g on g.directory_id = m.directory_id and g.id = m.member_id
      where m.group_id = any($1::text[]) order by m.group_id, m.member_id`,
    [groupIds],
  );
  return grouped(
    rows,
    (row) => row.group_id,
    (row) => ({
      value: row.member_id,
      type: row.member_type,
      ...(row.display === null ? {} : { display: row.display }),
    }),
  );
}

export interface ShownGroup {
  value: string;
  display?: string;
  type: 'direct';
}

/** The groups that each person is in directly. */
export async function groupsOf(tx: Tx, userIds: string[]): Promise<Map<string, ShownGroup[]>> {
  const rows = await tx.rows<{ member_id: string; group_id: string; display: string | null }>(
    `select m.member_id, m.group_id, g.attributes ->> 'displayName' as display
       from membership m join scim_group g on g.directory_id = m.directory_id and g.id = m.group_id
      where m.member_id = any($1::text[]) order by m.member_id, m.group_id`,
    [userIds],
  );
  return grouped(
    rows,
    (row) => row.member_id,
    (row) => ({
      value: row.group_id,
      ...(row.display === null ? {} : { display: row.display }),
      type: 'direct' as const,
    }),
  );
}

function grouped<Row, Value>(
  rows: Row[],
  keyOf: (row: Row) => string,
  valueOf: (row: Row) => Value,
): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const row of rows) {
    const values = groups.get(keyOf(row));
    if (values) values.push(valueOf(row));
    else groups.set(keyOf(row), [valueOf(row)]);
  }
  return groups;
}

function membership(row: MembershipRow): Membership {
  return {
    directoryId: row.directory_id,
    groupId: row.group_id,
    memberId: row.member_id,
    memberType: row.member_type,
  };
}
