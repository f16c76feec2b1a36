/** Who is in which group. Adding one member to a group of 100,000 costs the same as to a group of 10. */
import { Statement, type Tx } from '@app/runtime';
import { eachOf } from './each-of.js';
import { outerGroups, type OuterGroup } from './nested-groups.js';

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
  `${eachOf(`select ${COLUMNS} from membership where group_id = k.d and member_id = k.v`)}
   union
   select whole.* from unnest($3::text[]) as g
    cross join lateral (select ${COLUMNS} from membership where group_id = g offset 0) as whole
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

const LOAD_OF_MEMBERS = new Statement(
  'memberships-of-members',
  `select own.* from unnest($1::text[]) as wanted
    cross join lateral (select ${COLUMNS} from membership where member_id = wanted offset 0) as own`,
);

/** Every group that each of these people is in directly. */
export async function loadMembershipsOfMembers(tx: Tx, memberIds: string[]): Promise<Membership[]> {
  if (memberIds.length === 0) return [];
  return (await tx.rows<MembershipRow>(LOAD_OF_MEMBERS, [memberIds])).map(membership);
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
  `delete from membership where ctid in (${eachOf('select ctid from membership where group_id = k.d and member_id = k.v')})`,
);

export interface ShownMember {
  value: string;
  type: MemberType;
  display?: string;
}

const MEMBERS = new Statement(
  'members-of',
  `select m.*, coalesce(u.attributes ->> 'displayName', u.attributes ->> 'userName', g.attributes ->> 'displayName') as display
     from unnest($1::text[]) as wanted
    cross join lateral (select * from membership where group_id = wanted offset 0) as m
     left join lateral (select attributes from scim_user where directory_id = m.directory_id and id = m.member_id offset 0) as u on true
     left join lateral (select attributes from scim_group where directory_id = m.directory_id and id = m.member_id offset 0) as g on true
    order by m.group_id, m.member_id`,
);

/** The members of each group, by the order of their ids, as SCIM shows them. */
export async function membersOf(tx: Tx, groupIds: string[]): Promise<Map<string, ShownMember[]>> {
  const rows = await tx.rows<MembershipRow & { display: string | null }>(MEMBERS, [groupIds]);
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
  type: 'direct' | 'indirect';
}

interface GroupRow {
  member_id: string;
  group_id: string;
  display: string | null;
  /** It is inside another group. */
  inside: boolean;
}

const GROUPS = new Statement(
  'groups-of',
  `select m.member_id, m.group_id, g.attributes ->> 'displayName' as display,
          exists (select from membership where member_id = m.group_id and member_type = 'Group') as inside
     from unnest($1::text[]) as wanted
    cross join lateral (select * from membership where member_id = wanted offset 0) as m
    cross join lateral (select attributes from scim_group where directory_id = m.directory_id and id = m.group_id offset 0) as g`,
);

/**
 * The groups that each person is in, by the order of their ids: directly, or through groups inside groups. Whoever is in
 * a group both ways is in it directly. Where no group is inside another one, one statement is all.
 */
export async function groupsOf(tx: Tx, userIds: string[]): Promise<Map<string, ShownGroup[]>> {
  const rows = await tx.rows<GroupRow>(GROUPS, [userIds]);
  const inside = new Set(rows.filter((row) => row.inside).map((row) => row.group_id));
  const outer = await outerGroups(tx, [...inside]);
  const people = grouped(
    rows,
    (row) => row.member_id,
    (row) => row,
  );
  return new Map([...people].map(([id, direct]) => [id, shownGroups(direct, outer)]));
}

function shownGroups(direct: GroupRow[], outer: Map<string, OuterGroup[]>): ShownGroup[] {
  const shown = new Map<string, ShownGroup>();
  const show = ({ group_id, display }: OuterGroup, type: ShownGroup['type']): void => {
    if (!shown.has(group_id))
      shown.set(group_id, { value: group_id, ...(display === null ? {} : { display }), type });
  };
  for (const row of direct) show(row, 'direct');
  for (const { group_id } of direct) for (const row of outer.get(group_id) ?? []) show(row, 'indirect');
  return [...shown.values()].sort((a, b) => (a.value < b.value ? -1 : 1));
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
