/** Who was in which group from when to when: each membership with the event that began it and the one that ended it. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { EventLog } from '@app/event-log';
import { directionOf, pageOfRows, type PageOfRows, type PageWish, type Tx } from '@app/runtime';
import type { PositionWish } from './about.js';

export interface AccessFilter {
  directoryId: string;
  /** A person, or a group inside other groups. */
  memberId?: string | undefined;
  groupId?: string | undefined;
  /** Positions: whatever was there after the first, or began by the last. */
  from: number;
  to: number;
}

type Membership = Extract<RecordedEvent, { type: 'MembershipChanged' | 'MembershipRestated' }>;

export interface Interval {
  groupId: string;
  memberId: string;
  memberType: 'User' | 'Group';
  began: Membership;
  /** Null: it lasts. Their own removal, or the end of the person, the group or the directory; a deactivation where it conceals. */
  ended: RecordedEvent | null;
}

interface Row {
  came: number;
  went: number | null;
}

/** By the position at which they began. Two statements for a page. */
export async function accessIntervals(
  tx: Tx,
  log: EventLog,
  filter: AccessFilter,
  { limit, order, after, before }: PositionWish,
): Promise<PageOfRows<Interval>> {
  const wish: PageWish = { limit, order, after: after?.toString(), before: before?.toString() };
  const [low, high] = order === 'asc' ? [after, before] : [before, after];
  const members = filter.memberId === undefined ? undefined : [filter.memberId];
  const rows = await tx.rows<Row>(intervalsOf(members, directionOf(wish)), [
    filter.directoryId,
    filter.from,
    filter.to,
    members ?? filter.groupId,
    members ? (filter.groupId ?? null) : null,
    low ?? 0,
    high ?? Number.MAX_SAFE_INTEGER,
    limit + 1,
  ]);
  const went = new Map(rows.map((row) => [String(row.came), row.went]));
  const page = pageOfRows(
    rows.map(({ came }) => ({ id: String(came) })),
    wish,
  );
  const intervals = await read(
    tx,
    log,
    page.data.map(({ id }) => ({ came: Number(id), went: went.get(id)! })),
  );
  const idOf = (position: string | null): string | null =>
    position && intervals.find(({ began }) => String(began.position) === position)!.began.id;
  return { data: intervals, before: idOf(page.before), after: idOf(page.after) };
}

/** Intervals of one question that are followed from group to group. */
const NESTED_AT_MOST = 1_000;

/** Which groups these groups were in, within the same positions. One level; two statements. */
export async function groupsAround(
  tx: Tx,
  log: EventLog,
  groupIds: readonly string[],
  { directoryId, from, to }: Pick<AccessFilter, 'directoryId' | 'from' | 'to'>,
): Promise<Interval[]> {
  if (groupIds.length === 0) return [];
  const rows = await tx.rows<Row>(intervalsOf(groupIds, 'asc'), [
    directoryId,
    from,
    to,
    groupIds,
    null,
    0,
    Number.MAX_SAFE_INTEGER,
    NESTED_AT_MOST,
  ]);
  return read(tx, log, rows);
}

async function read(tx: Tx, log: EventLog, rows: readonly Row[]): Promise<Interval[]> {
  const positions = rows.flatMap(({ came, went }) => (went === null ? [came] : [came, went]));
  const entries = await log.at(tx, [...new Set(positions)]);
  const known = new Map(entries.map((entry) => [entry.position, recorded(entry)]));
  return rows.map(({ came, went }) => {
    const began = known.get(came) as Membership;
    const [groupId = '', memberId = ''] = began.subjects;
    const ended = went === null ? null : known.get(went)!;
    return { groupId, memberId, memberType: began.data.member.type, began, ended };
  });
}

/**
 * `$4` is the members, of any group or of `$5`; or else it is the group, and `$5` is null. Behind `$6`, before `$7`, at most `$8`.
 * `offset 0` has the beginnings come in order, one after the other, so that ends are looked for only until the page is full.
 */
function intervalsOf(members: readonly string[] | undefined, direction: 'asc' | 'desc'): string {
  const whose = members
    ? 'e.subjects[2] = any($4::text[]) and ($5::text is null or e.subjects[1] = $5)'
    : 'e.subjects[1] = $4 and $5::text is null';
  return `
  select e.position as came, ending.position as went
    from (
      select position, directory_id, subjects from event e
       where e.directory_id = $1 and ${whose} and ${BEGINS}
         and e.position <= $3 and e.position > $6 and e.position < $7
       order by e.position ${direction} offset 0
    ) e
    left join lateral (${ENDING}) ending on true
   where ending.position is null or ending.position > $2
   order by e.position ${direction} limit $8`;
}

// Of somebody concealed it is no access: it begins when it is told again, with their return.
const BEGINS = `
  (e.type = 'MembershipRestated' or (e.type = 'MembershipChanged' and e.data ->> 'change' = 'added'))
  and coalesce((e.data -> 'member' -> 'user' ->> 'concealed')::boolean, false) = false`;

// Whatever ends it comes first by an index: their removal, their own end, that of the group, whose last event it is, and that of the
// directory. A member has fewer events than a group, and `offset 0` keeps the planner from those of the group. Old logs do not say of each member that a group was deleted.
const ENDING = `
  select position from (
    (select position from (
       select position, type, subjects, data from event
        where subjects[2] = e.subjects[2] and position > e.position order by position offset 0
     ) of_member
      where subjects[1] = e.subjects[1] and type = 'MembershipChanged' and data ->> 'change' = 'removed'
      order by position limit 1)
    union all
    (select position from event
      where subjects[1] = e.subjects[2] and position > e.position
        and (type in ('UserDeleted', 'GroupDeleted')
             or (type = 'UserDeactivated' and (data -> 'user' ->> 'concealed')::boolean))
      order by position limit 1)
    union all
    (select position from (
       select position, type from event where subjects[1] = e.subjects[1] order by position desc limit 1
     ) last where type = 'GroupDeleted' and position > e.position)
    union all
    (select position from event
      where subjects[1] = e.directory_id and type = 'DirectoryDeleted' and position > e.position limit 1)
  ) endings order by position limit 1`;
