/** Writes down what came of a batch of attempts: one fenced transaction, and one statement when nothing failed. */
import type { Database, Tx } from '@app/runtime';
import type { Health } from './breaker.js';
import type { Link } from './chain.js';
import { LEASE_IN_SECONDS, LeaseLost, type Lease } from './lease.js';
import { freeThoseBehind } from './parked.js';
import type { Outcome } from './protocol.js';

export interface AttemptRecord {
  position: number;
  attempt: number;
  probe: boolean;
  startedAt: Date;
  durationInMilliseconds: number;
  outcome: Outcome;
  answer: string | null;
}

export interface ParkRecord {
  position: number;
  /** What it holds while it is unfinished; see `keysOf`. */
  subjects: readonly string[];
  previousSequence: number | null;
  state: 'waiting' | 'behind' | 'given-up' | 'superseded';
  attempts: number;
  dueAt: Date | null;
  lastOutcome: Outcome | null;
}

export interface Settlement {
  /** Everything up to here is delivered, parked, or was not wanted. Never moves back. */
  cursor: number;
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
}

/** @throws LeaseLost, with nothing written. */
export async function settle(
  database: Database,
  lease: Lease,
  settlement: Settlement,
  now: Date,
): Promise<void> {
  const { parks, unparked, finishedSubjects } = settlement;
  if (parks.length + unparked.length + finishedSubjects.length === 0) {
    return writeProgress(database, lease, settlement);
  }
  await database.transaction(async (tx) => {
    await writeProgress(tx, lease, settlement);
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
  });
}

/** The fence, the cursor, the endpoint's health and the attempts: one round trip. */
async function writeProgress(tx: Tx, lease: Lease, settlement: Settlement): Promise<void> {
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
  ]);
  if (rows.length === 0) throw new LeaseLost(lease.destinationId);
}

const PROGRESS = `
  with fenced as (
    update delivery_state
       set cursor = greatest(cursor, $4::bigint), consecutive_failures = $5, resting_until = $6,
           last_delivered = greatest(last_delivered, $7::bigint),
           lease_until = now() + make_interval(secs => $3)
     where destination_id = $1 and lease_token = $2
    returning destination_id
  ), recorded as (
    insert into delivery_attempt (destination_id, position, attempt, probe, started_at, duration_in_milliseconds,
                                  outcome, status, error, answer)
    select fenced.destination_id, a.position, a.attempt, a.probe, a.started_at, a.duration_in_milliseconds,
           a.outcome, a.status, a.error, a.answer
      from fenced, json_to_recordset($8::json) as a(
        position bigint, attempt integer, probe boolean, started_at timestamptz, duration_in_milliseconds integer,
        outcome text, status integer, error text, answer text)
  ), linked as (
    insert into delivery_chain (destination_id, directory_id, position, sequence)
    select fenced.destination_id, l.directory_id, l.position, l.sequence
      from fenced, json_to_recordset($9::json) as l(directory_id text, position bigint, sequence bigint)
    on conflict (destination_id, directory_id) do update
      set position = excluded.position, sequence = excluded.sequence
  )
  select 1 from fenced`;

function linkRow({ directoryId, position, sequence }: Link): object {
  return { directory_id: directoryId, position, sequence };
}

function attemptRow({ outcome, ...attempt }: AttemptRecord): object {
  return {
    position: attempt.position,
    attempt: attempt.attempt,
    probe: attempt.probe,
    started_at: attempt.startedAt,
    duration_in_milliseconds: Math.round(attempt.durationInMilliseconds),
    outcome: outcome.kind,
    status: 'status' in outcome ? outcome.status : null,
    error: storable('reason' in outcome ? outcome.reason : (outcome.note ?? null)),
    answer: storable(attempt.answer),
  };
}

/** PostgreSQL's text has no NUL, and a stranger may send one. */
function storable(text: string | null): string | null {
  return text === null ? null : Buffer.from(text.replaceAll('\u0000', '\ufffd')).toString();
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
    state: record.state,
    attempts: record.attempts,
    due_at: record.dueAt,
    last_outcome: record.lastOutcome,
  }));
  // One that is sent behind keeps what its last attempt said.
  await tx.rows(
    `insert into parked_delivery (destination_id, position, subjects, previous_sequence, state, attempts, due_at, last_outcome,
                                  parked_at)
     select $1, r.position, r.subjects, r.previous_sequence, r.state, r.attempts, r.due_at, r.last_outcome, $3
       from json_to_recordset($2::json) as r(
         position bigint, subjects text[], previous_sequence bigint, state text, attempts integer, due_at timestamptz, last_outcome jsonb)
     on conflict (destination_id, position) do update
       set state = excluded.state, attempts = excluded.attempts, due_at = excluded.due_at,
           last_outcome = coalesce(excluded.last_outcome, parked_delivery.last_outcome)`,
    [destinationId, JSON.stringify(rows), now],
  );
}
