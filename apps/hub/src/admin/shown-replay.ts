/** Replays as answers show them: positions as the ids of events, and how far it is. */
import { mannerOf, type Count, type Replay } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import type { EventLog } from '@app/event-log';
import type { Clock, Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import type { Plan } from '../replays.js';

interface Circumstances {
  /** The ids of the events at the replays' positions. */
  ids: ReadonlyMap<number, string>;
  /** The destination's own rate. */
  perSecond: number;
  /** The destination is paused or disabled, and so nothing is sent. */
  waits: boolean;
  now: Date;
}

/** Replays of one destination, as they are now. */
export async function shownReplays(
  { database, log, clock }: { database: Tx; log: EventLog; clock: Clock },
  { delivery, state }: Destination,
  replays: readonly Replay[],
): Promise<object[]> {
  const positions = replays.flatMap(({ fromPosition, toPosition, cursor }) => [
    fromPosition,
    toPosition,
    cursor,
  ]);
  const ids = await log.idsAt(database, [...new Set(positions)]);
  const perSecond = mannerOf(delivery).catchUpPerSecond;
  const waits = state !== 'enabled';
  return replays.map((replay) => shownReplay(replay, { ids, perSecond, waits, now: clock.now() }));
}

function shownReplay(replay: Replay, { ids, perSecond, waits, now }: Circumstances): object {
  const { total, sent, failed, skipped, createdAt, finishedAt } = replay;
  const handled = sent + failed + skipped;
  const remaining = replay.state === 'done' ? 0 : total === null ? null : Math.max(0, total - handled);
  const seconds = ((finishedAt ?? now).getTime() - createdAt.getTime()) / 1_000;
  return {
    object: 'replay',
    id: replay.id,
    destination_id: replay.destinationId,
    kind: replay.kind,
    selection: replay.selection,
    state: replay.state,
    waits_for_destination: waits && replay.state === 'running',
    after: ids.get(replay.fromPosition) ?? null,
    until: ids.get(replay.toPosition) ?? null,
    position: ids.get(replay.cursor) ?? null,
    total,
    sent,
    failed,
    skipped,
    remaining,
    percent: percentOf(replay, handled),
    max_per_second: replay.maxPerSecond ?? perSecond,
    average_per_second: seconds > 0 ? Math.round((handled / seconds) * 10) / 10 : null,
    created_at: createdAt.toISOString(),
    finished_at: finishedAt?.toISOString() ?? null,
  };
}

/** By what was counted, or as long as nobody knows the total by the place in the log. */
function percentOf({ state, total, fromPosition, toPosition, cursor }: Replay, handled: number): number {
  if (state === 'done') return 100;
  const share =
    total === null ? (cursor - fromPosition) / (toPosition - fromPosition) : handled / Math.max(1, total);
  // Whole tenths, and never 100 before the end.
  return Math.min(99.9, Math.floor(share * 1_000) / 10);
}

const DIRECTORIES_SHOWN_AT_MOST = 100;

/** What a replay would send; with `complete` false, at least. The directories with the most come first. */
export function shownCount(
  destination: Destination,
  plan: Pick<Plan, 'kind' | 'selection'>,
  count: Count,
): object {
  const directories = [...count.byDirectory].sort(([, one], [, other]) => other - one);
  return {
    object: 'replay_dry_run',
    destination_id: destination.id,
    kind: plan.kind,
    selection: plan.selection,
    total: count.total,
    complete: count.complete,
    by_type: Object.fromEntries([...count.byType].sort()),
    by_directory: directories
      .slice(0, DIRECTORIES_SHOWN_AT_MOST)
      .map(([directory_id, total]) => ({ directory_id, total })),
    first: shownEvent(count.first),
    last: shownEvent(count.last),
  };
}

function shownEvent(event: RecordedEvent | null): object | null {
  return event && { event_id: event.id, created_at: event.occurredAt };
}
