/** Writes down what came of a batch of attempts: one fenced transaction, and one statement when nothing failed. */
import { Statement, type Database, type Tx } from '@app/runtime';
import { ATTEMPT_COLUMNS, attemptRow, type AttemptRecord } from './attempts/record.js';
import type { Health } from './breaker.js';
import type { Link } from './chain.js';
import { LEASE_IN_SECONDS, LeaseLost, releaseLease, type Lease, type Remainder } from './lease.js';
import { lockForStop, tell, type News } from './news.js';
import { freeThoseBehind } from './parked.js';
import type { Retelling } from './source.js';
import type { Outcome } from './protocol.js';
import { unhurried } from './unhurried.js';

export type { AttemptRecord };

export interface ParkRecord {
  position: number;
  /** What it holds while it is unfinished; see `keysOf`. */
  subjects: readonly string[];
  previousSequence: number | null;
  /** It failed as a part of a replay, and is tried again as one. */
  retelling?: Retelling | null | undefined;
  state: 'waiting' | 'behind' | 'given-up' | 'superseded';
  attempts: number;
  /** When the first attempt failed; null: there was none yet. */
  firstAttemptAt?: Date | null;
  dueAt: Date | null;
  lastOutcome: Outcome | null;
  /** The request that it failed in, if that had several events: the position of the first. */
  batch: number | null;
}

export interface Settlement {
  /** Who did the work, for people to read. */
  worker: string;
  /** Everything up to here is delivered, parked, or was not wanted. Never moves back. Null: it stands. */
  cursor: number | null;
  health: Health;
  lastDelivered: number | null;
  attempts: AttemptRecord[];
  parks: ParkRecord[];
  /** Positions whose parked row goes: delivered at last. */
  unparked: number[];
  /** The subjects of everything parked that is finished now, one way or another. */
  finishedSubjects: string[];
  /** Where the chain of each directory stands at this cursor. */
  links: Link[];
  /** What befell the destination as a whole. */
  news?: News | undefined;
  /** Written in the same transaction, where there are any. */
  receipts?: ((tx: Tx) => Promise<void>) | undefined;
  /** What else is to be written, in the same transaction and behind the same fence. */
  besides?: ((tx: Tx) => Promise<void>) | undefined;
  /** What is used of the destination's rate and not paid for yet; see `Pace`. */
  owedInMilliseconds: number;
}

export interface Settled {
  /** Events were appended to the log. */
  announced: boolean;
  /** The lease was given back, and this is left to do. */
  remainder?: Remainder | undefined;
}

/**
 * @param release gives the lease back in the same round trip, where it is only progress that is written: behind it, and not
 * together with it, so that whoever takes it then sees what was written.
 * @throws LeaseLost, with nothing written.
 */
export async function settle(
  database: Database,
  lease: Lease,
  settlement: Settlement,
  { now, release = false }: { now: Date; release?: boolean },
): Promise<Settled> {
  const { parks, unparked, finishedSubjects, news, besides, receipts } = settlement;
  if (parks.length + unparked.length + finishedSubjects.length === 0 && !news && !besides) {
    return receipts
      ? settleWithReceipts(database, lease, { settlement, receipts, now, release })
      : settleProgress(database, lease, { settlement, now, release });
  }
  return database.transaction(async (tx) => {
    if (news?.stop) await lockForStop(tx, lease.destinationId);
    await writeProgress(tx, lease, settlement, { now, alone: false });
    await besides?.(tx);
    await receipts?.(tx);
    if (unparked.length > 0) {
      await tx.rows('delete from parked_delivery where destination_id = $1 and position = any($2)', [
        lease.destinationId,
        unparked,
      ]);
    }
    if (parks.length > 0) await park(tx, lease.destinationId, { parks, now });
    if (finishedSubjects.length > 0) {
      await freeThoseBehind(tx, lease.destinationId, { subjects: [...new Set(finishedSubjects)], now });
    }
    const announced = news ? await tell(tx, news, now) : false;
    return { announced };
  });
}

interface Progress {
  settlement: Settlement;
  now: Date;
  release: boolean;
}

function settleProgress(
  database: Database,
  lease: Lease,
  { settlement, now, release }: Progress,
): Promise<Settled> {
  return database.inOrder(async (tx) => {
    const written = writeProgress(tx, lease, settlement, { now, alone: true });
    const released = release ? releaseLease(tx, lease) : undefined;
    const [, remainder] = await Promise.all([written, released]);
    return { announced: false, remainder };
  });
}

/** All in one round trip: each statement looks for the lease by itself. */
async function settleWithReceipts(
  database: Database,
  lease: Lease,
  { settlement, receipts, now, release }: Progress & { receipts: (tx: Tx) => Promise<void> },
): Promise<Settled> {
  let remainder: Remainder | undefined;
  const releasing = async (tx: Tx): Promise<void> => void (remainder = await releaseLease(tx, lease));
  await database.flowing(
    async (tx) => {
      const last = [writeProgress(tx, lease, settlement, { now, alone: false }), receipts(tx)];
      return { result: undefined, last };
    },
    release ? releasing : undefined,
  );
  return { announced: false, remainder };
}

/** The fence, the cursor, the endpoint's health and the attempts: one round trip. */
async function writeProgress(
  tx: Tx,
  lease: Lease,
  settlement: Settlement,
  { now, alone }: { now: Date; alone: boolean },
): Promise<void> {
  const rows = await tx.rows(PROGRESS, [
    lease.destinationId,
    lease.token,
    LEASE_IN_SECONDS,
    settlement.cursor,
    settlement.health.consecutiveFailures,
    settlement.health.restingUntil,
    settlement.lastDelivered,
    JSON.stringify(settlement.attempts.map(attemptRow)),
    JSON.stringify(settlement.links.map(linkRow)),
    settlement.worker,
    settlement.lastDelivered === null ? null : now,
    JSON.stringify(healthRow(settlement.health)),
    settlement.owedInMilliseconds > 0 ? settlement.owedInMilliseconds / 1_000 : null,
    alone,
  ]);
  if (rows.length === 0) throw new LeaseLost(lease.destinationId);
}

const PROGRESS = new Statement(
  'settle-progress',
  `with fenced as (
    update delivery_state
       set cursor = greatest(cursor, $4::bigint), consecutive_failures = $5, resting_until = $6,
           recent_outcomes = h.recent, failing_since = h.failing_since, breaker_opened_at = h.opened_at,
           failed_probes = h.failed_probes, failing_announced_at = h.announced_at,
           last_delivered = greatest(last_delivered, $7::bigint),
           last_delivered_at = coalesce($11::timestamptz, last_delivered_at),
           lease_until = now() + make_interval(secs => $3),
           paced_until = now() + make_interval(secs => $13),
           catch_up_to = case when $4::bigint >= catch_up_to then null else catch_up_to end
      from json_to_record($12::json) as h(
        recent integer, failing_since timestamptz, opened_at timestamptz, failed_probes integer, announced_at timestamptz)
     where destination_id = $1 and lease_token = $2
    returning destination_id
  ), recorded as (
    insert into delivery_attempt (id, destination_id, organization_id, directory_id, position, occurred_at, attempt, kind,
                                  batch_size, started_at, duration_in_milliseconds, outcome, status, error, answer, worker)
    select a.id, fenced.destination_id, a.organization_id, a.directory_id, a.position, a.occurred_at, a.attempt, a.kind,
           a.batch_size, a.started_at, a.duration_in_milliseconds, a.outcome, a.status, a.error, a.answer, $10
      from fenced, json_to_recordset($8::json) as a(${ATTEMPT_COLUMNS})
  ), linked as (
    insert into delivery_chain (destination_id, directory_id, position, sequence)
    select fenced.destination_id, l.directory_id, l.position, l.sequence
      from fenced, json_to_recordset($9::json) as l(directory_id text, position bigint, sequence bigint)
    on conflict (destination_id, directory_id) do update
      set position = excluded.position, sequence = excluded.sequence
  )
  select ${unhurried('$14::boolean')} from fenced`,
);

function healthRow({ recent, failingSince, openedAt, failedProbes, announcedAt }: Health): object {
  return {
    recent,
    failing_since: failingSince,
    opened_at: openedAt,
    failed_probes: failedProbes,
    announced_at: announcedAt,
  };
}

function linkRow({ directoryId, position, sequence }: Link): object {
  return { directory_id: directoryId, position, sequence };
}

async function park(
  tx: Tx,
  destinationId: string,
  { parks, now }: { parks: ParkRecord[]; now: Date },
): Promise<void> {
  const rows = parks.map((record) => ({
    position: record.position,
    subjects: record.subjects,
    previous_sequence: record.previousSequence,
    replay_id: record.retelling?.replayId ?? null,
    snapshot_at: record.retelling?.snapshotAt ?? null,
    state: record.state,
    attempts: record.attempts,
    first_attempt_at: record.firstAttemptAt ?? null,
    due_at: record.dueAt,
    last_outcome: record.lastOutcome,
    batch: record.batch,
  }));
  // One that is sent behind keeps what its last attempt said.
  await tx.rows(
    `insert into parked_delivery (destination_id, position, subjects, previous_sequence, replay_id, snapshot_at, state,
                                  attempts, first_attempt_at, due_at, last_outcome, batch, parked_at)
     select $1, r.position, r.subjects, r.previous_sequence, r.replay_id, r.snapshot_at, r.state, r.attempts,
            r.first_attempt_at, r.due_at, r.last_outcome, r.batch, $3
       from json_to_recordset($2::json) as r(
         position bigint, subjects text[], previous_sequence bigint, replay_id text, snapshot_at bigint, state text,
         attempts integer, first_attempt_at timestamptz, due_at timestamptz, last_outcome jsonb, batch bigint)
     on conflict (destination_id, position) do update
       set state = excluded.state, attempts = excluded.attempts, due_at = excluded.due_at,
           -- What had been given up and is told again has its time once more.
           first_attempt_at = case when parked_delivery.state in ('waiting', 'behind')
                                   then coalesce(parked_delivery.first_attempt_at, excluded.first_attempt_at)
                                   else excluded.first_attempt_at end,
           previous_sequence = excluded.previous_sequence, replay_id = excluded.replay_id, snapshot_at = excluded.snapshot_at,
           batch = excluded.batch, last_outcome = coalesce(excluded.last_outcome, parked_delivery.last_outcome)`,
    [destinationId, JSON.stringify(rows), now],
  );
}
