/** The rows of deliveries that failed, and of those that wait behind them. Read here, written in `settle.ts`. */
import type { Tx } from '@app/runtime';
import type { Lease } from './lease.js';
import type { Retelling } from './source.js';
import type { Holder } from './window.js';

export interface ParkedRow {
  position: number;
  subjects: string[];
  previousSequence: number | null;
  attempts: number;
  firstAttemptAt: Date | null;
  /** It failed as a part of a replay. */
  retelling: Retelling | null;
  /** The request that it failed in, if that had several events. */
  batch: number | null;
}

export interface DueRow extends ParkedRow {
  /** It may start only after those of the same answer that share a subject with it. */
  behind: boolean;
  /** It waits for one that is not in this answer as well. */
  blocked: boolean;
}

/**
 * The parked deliveries whose time has come, and those that stand right behind them, so that a long queue behind one
 * group flows at the pace of its receiver and not of this database; and what failed in one request with them. One that is due although an earlier unfinished
 * delivery stands in front of it (a person put that back) is sent behind it on the way.
 */
export async function loadDue(
  tx: Tx,
  lease: Lease,
  { now, limit }: { now: Date; limit: number },
): Promise<DueRow[]> {
  const rows = await tx.rows<Stored<DueRow>>(DUE, [lease.destinationId, lease.token, now, limit]);
  return rows.map(parkedRow);
}

type Stored<Row> = Omit<Row, 'retelling'> & { replayId: string | null; snapshotAt: number | null };

function parkedRow<Row>({ replayId, snapshotAt, ...row }: Stored<Row>): Row {
  return { ...row, retelling: replayId === null ? null : { replayId, snapshotAt } } as Row;
}

const EARLIER = `
  select from parked_delivery e
   where e.destination_id = p.destination_id and e.position < p.position
     and e.state in ('waiting', 'behind') and e.subjects && p.subjects`;

const HAS_EARLIER = `exists (${EARLIER})`;

const DUE = `
  with fence as (
    select from delivery_state where destination_id = $1 and lease_token = $2 for update
  ), looked_at as (
    select p.position, p.subjects, p.previous_sequence, p.attempts, p.first_attempt_at, p.replay_id, p.snapshot_at, p.batch,
           p.due_at, ${HAS_EARLIER} as blocked
      from parked_delivery p
     where p.destination_id = $1 and p.state = 'waiting' and p.due_at <= $3
     order by p.due_at, p.position limit $4
  ), sent_behind as (
    update parked_delivery p set state = 'behind', due_at = null
      from looked_at, fence
     where p.destination_id = $1 and p.position = looked_at.position and looked_at.blocked
  ), due as (
    select position, subjects, previous_sequence, attempts, first_attempt_at, replay_id, snapshot_at, batch
      from looked_at where not blocked
  ), touched as (
    select array_agg(distinct subject) as subjects, array_agg(distinct position) as positions,
           coalesce(array_agg(distinct batch) filter (where batch is not null), '{}') as batches
      from due left join unnest(due.subjects) as subject on true
  ), following as (
    select p.position, p.subjects, p.previous_sequence, p.attempts, p.first_attempt_at, p.replay_id, p.snapshot_at, p.batch,
           exists (${EARLIER} and not e.position = any(touched.positions)
                     and not (e.state = 'behind'
                              and (e.subjects && touched.subjects
                                   or coalesce(e.batch = any(touched.batches), false)))) as blocked
      from touched cross join lateral (
             select * from parked_delivery
              where destination_id = $1 and state = 'behind' and subjects && touched.subjects
             union
             select * from parked_delivery
              where destination_id = $1 and state = 'behind' and batch = any(touched.batches)) as p
     order by p.position limit $4
  )
  select due.position, due.subjects, due.previous_sequence as "previousSequence", due.attempts,
         due.first_attempt_at as "firstAttemptAt", due.replay_id as "replayId", due.snapshot_at as "snapshotAt", due.batch,
         false as behind, false as blocked
    from due, fence
  union all
  select f.position, f.subjects, f.previous_sequence, f.attempts, f.first_attempt_at, f.replay_id, f.snapshot_at, f.batch,
         true as behind, f.blocked
    from following f, fence
  order by position`;

/** What of a batch just read is parked already, and whose subjects are held by an unfinished parked delivery. */
export async function findConflicts(
  tx: Tx,
  destinationId: string,
  { positions, keys }: { positions: number[]; keys: string[] },
): Promise<{ parked: Set<number>; held: Holder[] }> {
  const rows = await tx.rows<Holder & { known: boolean; unfinished: boolean }>(
    `select position, subjects, position = any($2) as known, state in ('waiting', 'behind') as unfinished
       from parked_delivery
      where destination_id = $1
        and (position = any($2) or (state in ('waiting', 'behind') and subjects && $3::text[]))`,
    [destinationId, positions, keys],
  );
  return {
    parked: new Set(rows.filter((row) => row.known).map((row) => row.position)),
    held: rows.filter((row) => row.unfinished),
  };
}

/** Those of these unfinished deliveries that are about one of the people. */
export async function loadHeld(
  tx: Tx,
  destinationId: string,
  { positions, people }: { positions: number[]; people: string[] },
): Promise<ParkedRow[]> {
  const rows = await tx.rows<Stored<ParkedRow>>(
    `select p.position, p.subjects, p.previous_sequence as "previousSequence", p.attempts,
            p.first_attempt_at as "firstAttemptAt", p.replay_id as "replayId", p.snapshot_at as "snapshotAt", p.batch
       from parked_delivery p join event e on e.position = p.position
      where p.destination_id = $1 and p.position = any($2) and e.subjects[cardinality(e.subjects)] = any($3)`,
    [destinationId, positions, people],
  );
  return rows.map(parkedRow);
}

/**
 * Those that stood behind a finished delivery and behind no other become due. Only the first of each subject can be
 * free, so a long queue behind one group costs one look and not one per row.
 */
export async function freeThoseBehind(
  tx: Tx,
  destinationId: string,
  { subjects, now }: { subjects: string[]; now: Date },
): Promise<number> {
  const freed = await tx.rows(FREE, [destinationId, subjects, now]);
  return freed.length;
}

const FREE = `
  with first as (
    select distinct (select f.position from parked_delivery f
                      where f.destination_id = $1 and f.state in ('waiting', 'behind')
                        and f.subjects @> array[s.subject]
                      order by f.position limit 1) as position
      from unnest($2::text[]) as s(subject)
  )
  update parked_delivery p set state = 'waiting', due_at = $3
    from first
   where p.destination_id = $1 and p.position = first.position and p.state = 'behind' and not ${HAS_EARLIER}
  returning p.position`;

/**
 * Puts a delivery back to be tried now, with all its attempts and all its time before it: a person asked for it. It keeps
 * its place: what is unfinished before it and shares a key goes first.
 * @returns false when there is no such row, or it needs no help.
 */
export async function repeatDelivery(
  tx: Tx,
  { destinationId, position, now }: { destinationId: string; position: number; now: Date },
): Promise<boolean> {
  const rows = await tx.rows(
    `update parked_delivery set state = 'waiting', due_at = $3, attempts = 0, first_attempt_at = null
      where destination_id = $1 and position = $2 and state in ('waiting', 'given-up', 'superseded') returning 1`,
    [destinationId, position, now],
  );
  return rows.length > 0;
}
