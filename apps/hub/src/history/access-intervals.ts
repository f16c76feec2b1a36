/** Intervals of membership as auditors read them, with the groups around the group, through which it counted too. */
import type { RecordedEvent } from '@app/directory';
import type { EventLog } from '@app/event-log';
import { groupsAround, inactiveSpans, type AccessFilter, type Interval, type Span } from '@app/history';
import type { Tx } from '@app/runtime';
import type { ShownCause } from './causes.js';
import { cellOf, type Column } from './csv-file.js';
import { namedGroup, namedMember, type Named } from './told-of-event.js';

interface Bound {
  at: string;
  event_id: string;
  cause: string;
  /** Of an end: `removed`, or with whom it ended. */
  because: string | null;
  said_by: ShownCause;
}

interface Around {
  group: Named;
  /** The group by which it is one of them: the one of the interval, or another around it. */
  by_group_id: string;
  from: string;
  to: string | null;
}

export interface ShownInterval {
  object: 'access_interval';
  id: string;
  member: Named;
  group: Named;
  from: Bound;
  /** Null: it lasts. */
  to: Bound | null;
  nested_in: Around[];
  /** While it lasted the person was inactive then: in the group, and without access by it. */
  inactive: { from: string; to: string | null }[];
}

/** Groups in groups in groups: what is deeper is not followed. */
const LEVELS_AT_MOST = 5;

/** By the id of an inner group, the intervals in which it was in an outer one. */
type Nesting = ReadonlyMap<string, readonly Interval[]>;

/** What stands beside a page of intervals. */
export interface Surroundings {
  around: Nesting;
  inactive: ReadonlyMap<string, readonly Span[]>;
}

export async function surroundingsOf(
  tx: Tx,
  log: EventLog,
  intervals: readonly Interval[],
  filter: AccessFilter,
): Promise<Surroundings> {
  const people = intervals.filter(({ memberType }) => memberType === 'User').map(({ memberId }) => memberId);
  return {
    around: await nestingOf(tx, log, intervals, filter),
    inactive: await inactiveSpans(tx, [...new Set(people)]),
  };
}

export async function shownIntervals(
  intervals: readonly Interval[],
  { around, inactive }: Surroundings,
  causes: (requestIds: string[]) => Promise<Map<string, ShownCause>>,
): Promise<ShownInterval[]> {
  const events = intervals.flatMap(({ began, ended }) => [began, ...(ended ? [ended] : [])]);
  const said = await causes(events.map(({ requestId }) => requestId));
  const bound = (event: RecordedEvent, because: string | null): Bound => ({
    at: event.occurredAt,
    event_id: event.id,
    cause: event.type,
    because,
    said_by: said.get(event.requestId)!,
  });
  return intervals.map((interval) => ({
    object: 'access_interval',
    id: interval.began.id,
    member: namedMember(interval.began.data.member),
    group: namedGroup(interval.began.data.group),
    from: bound(interval.began, null),
    to: interval.ended && bound(interval.ended, reasonOf(interval.ended)),
    nested_in: nestedIn(interval, around),
    inactive: inactiveIn(interval, inactive.get(interval.memberId) ?? []),
  }));
}

function inactiveIn({ began, ended }: Interval, spans: readonly Span[]): ShownInterval['inactive'] {
  const common = spans.filter(
    ({ from, to }) => (ended === null || from < ended.position) && (to === null || to > began.position),
  );
  return common.map(({ from, to, since, until }) => ({
    from: from > began.position ? since : began.occurredAt,
    to: ended && (to === null || to > ended.position) ? ended.occurredAt : until,
  }));
}

function reasonOf(event: RecordedEvent): string {
  switch (event.type) {
    case 'MembershipChanged':
      return event.data.because ?? 'removed';
    case 'UserDeleted':
      return 'user_deleted';
    case 'UserDeactivated':
      return 'user_deactivated';
    case 'GroupDeleted':
      return 'group_deleted';
    default:
      return 'directory_deleted';
  }
}

/** One step for each level. */
async function nestingOf(
  tx: Tx,
  log: EventLog,
  intervals: readonly Interval[],
  filter: AccessFilter,
): Promise<Nesting> {
  const around = new Map<string, Interval[]>();
  let level = [...new Set(intervals.map(({ groupId }) => groupId))];
  for (let depth = 0; depth < LEVELS_AT_MOST && level.length > 0; depth += 1) {
    const outer = await groupsAround(tx, log, level, filter);
    for (const id of level) around.set(id, []);
    for (const each of outer) around.get(each.memberId)!.push(each);
    level = [...new Set(outer.map(({ groupId }) => groupId))].filter((id) => !around.has(id));
  }
  return around;
}

interface Both {
  began: RecordedEvent;
  ended: RecordedEvent | null;
}

/** The outer groups while both held; groups that hold each other are named once for each way in. */
function nestedIn({ groupId, began, ended }: Interval, around: Nesting): Around[] {
  const found: Around[] = [];
  const walk = (id: string, span: Both, way: readonly string[]): void => {
    for (const outer of around.get(id) ?? []) {
      if (way.includes(outer.groupId)) continue;
      const both = common(span, outer);
      if (!both) continue;
      found.push({
        group: namedGroup(outer.began.data.group),
        by_group_id: id,
        from: both.began.occurredAt,
        to: both.ended?.occurredAt ?? null,
      });
      walk(outer.groupId, both, [...way, outer.groupId]);
    }
  };
  walk(groupId, { began, ended }, [groupId]);
  return found;
}

function common(one: Both, other: Both): Both | undefined {
  const began = one.began.position > other.began.position ? one.began : other.began;
  const ended =
    one.ended && other.ended
      ? one.ended.position < other.ended.position
        ? one.ended
        : other.ended
      : (one.ended ?? other.ended);
  return ended && ended.position <= began.position ? undefined : { began, ended };
}

const requestOf = (bound: Bound | null): string | null => {
  const request = bound?.said_by.request;
  return request ? `${request.method} ${request.path}` : null;
};

export const ACCESS_COLUMNS: readonly Column<ShownInterval>[] = [
  ['member_type', ({ member }) => member.type],
  ['member_id', ({ member }) => member.id],
  ['member_name', ({ member }) => cellOf(member.name)],
  ['group_id', ({ group }) => group.id],
  ['group_name', ({ group }) => cellOf(group.name)],
  ['from', ({ from }) => from.at],
  ['from_event_id', ({ from }) => from.event_id],
  ['from_request_id', ({ from }) => from.said_by.request_id],
  ['from_request', ({ from }) => requestOf(from)],
  ['from_token', ({ from }) => from.said_by.request?.token?.name ?? null],
  ['to', ({ to }) => to?.at ?? null],
  ['to_event_id', ({ to }) => to?.event_id ?? null],
  ['to_because', ({ to }) => to?.because ?? null],
  ['to_request_id', ({ to }) => to?.said_by.request_id ?? null],
  ['to_request', ({ to }) => requestOf(to)],
  ['to_token', ({ to }) => to?.said_by.request?.token?.name ?? null],
  ['inactive', ({ inactive }) => (inactive.length > 0 ? cellOf(inactive) : null)],
  ['nested_in', ({ nested_in }) => (nested_in.length > 0 ? cellOf(nested_in) : null)],
];
