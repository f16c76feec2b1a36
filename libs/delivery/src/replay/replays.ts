/** The rows of replays: made and stopped by people, moved on by whoever holds the destination's lease. */
import { newId, type Tx } from '@app/runtime';
import type { Page, PageRequest } from '@app/tenancy';
import type { ReplaySelection } from './selection.js';

export type ReplayState = 'running' | 'stopped' | 'done';

export interface Replay {
  id: string;
  destinationId: string;
  /** `replay`: what happened, again. `snapshot`: how everything is at `toPosition`. */
  kind: 'replay' | 'snapshot';
  selection: ReplaySelection;
  /** Exclusive. */
  fromPosition: number;
  /** Inclusive. */
  toPosition: number;
  cursor: number;
  state: ReplayState;
  maxPerSecond: number | null;
  nextSendAt: Date | null;
  /** Null: too many to be counted while somebody waited. */
  total: number | null;
  sent: number;
  /** Parked; the retries see to them. */
  failed: number;
  /** They were parked already. */
  skipped: number;
  createdAt: Date;
  finishedAt: Date | null;
}

export type NewReplay = Pick<
  Replay,
  'destinationId' | 'kind' | 'selection' | 'fromPosition' | 'toPosition' | 'maxPerSecond'
>;

/** A replay of this destination is running, and there is one at a time. */
export class ReplayRunning extends Error {
  constructor(readonly destinationId: string) {
    super(`a replay of ${destinationId} is running`);
    this.name = 'ReplayRunning';
  }
}

const COLUMNS = `id, destination_id as "destinationId", kind, selection, from_position as "fromPosition",
  to_position as "toPosition", cursor, state, max_per_second as "maxPerSecond", next_send_at as "nextSendAt", total,
  sent, failed, skipped, created_at as "createdAt", finished_at as "finishedAt"`;

/** One whose range is empty is done at once. @throws ReplayRunning */
export async function createReplay(tx: Tx, wish: NewReplay, now: Date): Promise<Replay> {
  const state = wish.toPosition <= wish.fromPosition ? 'done' : 'running';
  const [row] = await onlyOneRunning(wish.destinationId, () =>
    tx.rows<Replay>(
      `insert into replay (id, destination_id, kind, selection, from_position, to_position, cursor, state, max_per_second,
                           created_at, finished_at)
       values ($1, $2, $3, $4, $5, $6, $5, $7, $8, $9, $10) returning ${COLUMNS}`,
      [
        newId('replay', now),
        wish.destinationId,
        wish.kind,
        JSON.stringify(wish.selection),
        wish.fromPosition,
        wish.toPosition,
        state,
        wish.maxPerSecond,
        now,
        state === 'done' ? now : null,
      ],
    ),
  );
  return row!;
}

export async function findReplay(
  tx: Tx,
  { destinationId, id }: { destinationId: string; id: string },
): Promise<Replay | undefined> {
  const [row] = await tx.rows<Replay>(`select ${COLUMNS} from replay where destination_id = $1 and id = $2`, [
    destinationId,
    id,
  ]);
  return row;
}

export async function runningReplay(tx: Tx, destinationId: string): Promise<Replay | undefined> {
  const [row] = await tx.rows<Replay>(
    `select ${COLUMNS} from replay where destination_id = $1 and state = 'running'`,
    [destinationId],
  );
  return row;
}

/** Newest first unless asked otherwise. */
export async function listReplays(
  tx: Tx,
  destinationId: string,
  { limit, order, after, before }: PageRequest,
): Promise<Page<Replay>> {
  const backwards = before !== undefined && after === undefined;
  const ascending = (order === 'asc') !== backwards;
  const data = await tx.rows<Replay>(
    `select ${COLUMNS} from replay
      where destination_id = $1 and ($2::text is null or id ${ascending ? '>' : '<'} $2)
      order by id ${ascending ? 'asc' : 'desc'} limit $3`,
    [destinationId, after ?? before ?? null, limit + 1],
  );
  const more = data.length > limit;
  const shown = data.slice(0, limit);
  if (backwards) shown.reverse();
  return {
    data: shown,
    before: (backwards ? more : after !== undefined) ? (shown[0]?.id ?? null) : null,
    after: (backwards ? true : more) ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** What was counted while it began. */
export async function noteTotal(tx: Tx, id: string, total: number): Promise<void> {
  await tx.rows('update replay set total = $2 where id = $1', [id, total]);
}

/** @returns the replay afterwards; undefined when it was not running. */
export async function stopReplay(tx: Tx, id: string, now: Date): Promise<Replay | undefined> {
  const [row] = await tx.rows<Replay>(
    `update replay set state = 'stopped', finished_at = $2 where id = $1 and state = 'running' returning ${COLUMNS}`,
    [id, now],
  );
  return row;
}

/** Goes on where it was stopped. @returns undefined when it was not stopped. @throws ReplayRunning */
export async function resumeReplay(
  tx: Tx,
  { destinationId, id }: { destinationId: string; id: string },
): Promise<Replay | undefined> {
  const [row] = await onlyOneRunning(destinationId, () =>
    tx.rows<Replay>(
      `update replay set state = 'running', finished_at = null
        where id = $1 and state = 'stopped' and kind = 'replay' returning ${COLUMNS}`,
      [id],
    ),
  );
  return row;
}

export interface ReplayProgress {
  cursor: number;
  sent: number;
  failed: number;
  skipped: number;
  nextSendAt: Date | null;
  /** Of each directory the last one up to the cursor. */
  links: { directoryId: string; sequence: number }[];
}

/**
 * Only inside a settlement, behind its fence. @returns whether it goes on: not when it is done, or was stopped meanwhile.
 */
export async function saveProgress(
  tx: Tx,
  id: string,
  { progress, now }: { progress: ReplayProgress; now: Date },
): Promise<boolean> {
  const links = progress.links.map(({ directoryId, sequence }) => ({ directory_id: directoryId, sequence }));
  const [row] = await tx.rows<{ state: ReplayState }>(PROGRESS, [
    id,
    progress.cursor,
    progress.sent,
    progress.failed,
    progress.skipped,
    progress.nextSendAt,
    now,
    JSON.stringify(links),
  ]);
  return row?.state === 'running';
}

const PROGRESS = `
  with moved as (
    update replay
       set cursor = greatest(cursor, $2::bigint), sent = sent + $3::bigint, failed = failed + $4::bigint,
           skipped = skipped + $5::bigint, next_send_at = $6,
           state = case when $2::bigint >= to_position then 'done' else state end,
           finished_at = case when $2::bigint >= to_position then $7::timestamptz else finished_at end
     where id = $1
    returning id, state
  ), linked as (
    insert into replay_chain (replay_id, directory_id, sequence)
    select moved.id, l.directory_id, l.sequence
      from moved, json_to_recordset($8::json) as l(directory_id text, sequence bigint)
    on conflict (replay_id, directory_id) do update set sequence = excluded.sequence
  )
  select state from moved`;

const UNIQUE_VIOLATION = '23505';

async function onlyOneRunning<T>(destinationId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, constraint } = error as { code?: unknown; constraint?: unknown };
    if (code === UNIQUE_VIOLATION && constraint === 'one_replay_at_a_time_runs')
      throw new ReplayRunning(destinationId);
    throw error;
  }
}
