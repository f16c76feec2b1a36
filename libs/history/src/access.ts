/** Who was in which group from when to when: each membership with the event that began it and the one that ended it. */
import { recorded, type RecordedEvent } from '@app/directory';
import type { EventLog } from '@app/event-log';
import { directionOf, pageOfRows, type PageOfRows, type PageWish, type Tx } from '@app/runtime';
import type { PositionWish } from './about.js';
import { intervalsAlong, intervalsOfMembers, walkOf, type IntervalRow } from './interval-rows.js';
import { withoutPurged } from './purged.js';

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

/**
 * How many events of the person or group a page looks through, however few of them are shown: a page of a large group may be short,
 * or empty, and says where to go on.
 */
export const LOOKED_THROUGH_AT_MOST = 20_000;

/** By the position at which they began. Two statements for a page, and a third for one that is not full. */
export async function accessIntervals(
  tx: Tx,
  log: EventLog,
  filter: AccessFilter,
  { limit, order, after, before }: PositionWish,
  lookThrough = LOOKED_THROUGH_AT_MOST,
): Promise<PageOfRows<Interval>> {
  const wish: PageWish = { limit, order, after: after?.toString(), before: before?.toString() };
  const [low, high] = order === 'asc' ? [after, before] : [before, after];
  const { directoryId, memberId, groupId, from, to } = filter;
  const subject = memberId === undefined ? 'subjects[1]' : 'subjects[2]';
  const walk = [memberId ?? groupId, low ?? 0, Math.min(high ?? to + 1, to + 1), lookThrough];
  const ofGroup = memberId === undefined ? null : (groupId ?? null);
  const rows = await tx.rows<IntervalRow>(intervalsAlong(subject, directionOf(wish)), [
    ...walk,
    directoryId,
    from,
    ofGroup,
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
  const idOf = (one: string | null): string | null =>
    one && intervals.find(({ began }) => String(began.position) === one)!.began.id;
  const whole = { data: intervals, before: idOf(page.before), after: idOf(page.after) };
  if (rows.length > limit) return whole;
  const end = await endOfWalk(tx, log, walkOf(subject, directionOf(wish)), walk);
  return end === undefined ? whole : cutShort(whole, end, directionOf(wish) === order);
}

/** @returns the id of the last event that the walk looked at, where it ended because it had looked at enough. */
async function endOfWalk(
  tx: Tx,
  log: EventLog,
  walk: string,
  values: readonly unknown[],
): Promise<string | undefined> {
  const [last] = await tx.rows<{ position: number; occurred_at: Date }>(
    `select position, occurred_at from (${walk}) as walk offset $4 - 1`,
    [...values],
  );
  return last && log.idOf(last.position, last.occurred_at);
}

function cutShort(page: PageOfRows<Interval>, end: string, forwards: boolean): PageOfRows<Interval> {
  if (page.data.length === 0) return { ...page, before: end, after: end };
  return forwards ? { ...page, after: end } : { ...page, before: end };
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
  const values = [groupIds, directoryId, from, to, NESTED_AT_MOST];
  return read(tx, log, await tx.rows<IntervalRow>(intervalsOfMembers(), values));
}

async function read(tx: Tx, log: EventLog, rows: readonly IntervalRow[]): Promise<Interval[]> {
  const positions = rows.flatMap(({ came, went }) => (went === null ? [came] : [came, went]));
  const entries = await log.at(tx, [...new Set(positions)]);
  const events = await withoutPurged(tx, entries.map(recorded));
  const known = new Map(events.map((event) => [event.position, event]));
  return rows.map(({ came, went }) => {
    const began = known.get(came) as Membership;
    const [groupId = '', memberId = ''] = began.subjects;
    const ended = went === null ? null : known.get(went)!;
    return { groupId, memberId, memberType: began.data.member.type, began, ended };
  });
}
