/** What people see of deliveries: how a destination stands, what failed, and every attempt. */
import type { Tx } from '@app/runtime';

export interface DestinationStanding {
  destinationId: string;
  /** Everything up to here is delivered, parked, or was not wanted. */
  cursor: number;
  /** False while there is something it has not been told yet. */
  idle: boolean;
  /** Failed deliveries that will be tried again, and those that wait behind them. */
  waiting: number;
  behind: number;
  givenUp: number;
  consecutiveFailures: number;
  /** The endpoint is left alone until then. */
  restingUntil: Date | null;
  lastDelivered: number | null;
  /** It catches up: events up to this position are sent at its catch-up rate. */
  catchUpTo: number | null;
}

export async function standingOf(tx: Tx, destinationIds: string[]): Promise<DestinationStanding[]> {
  return tx.rows<DestinationStanding>(
    `select s.destination_id as "destinationId", s.cursor, coalesce(s.cursor >= s.work_to, false) as idle,
            coalesce(p.waiting, 0) as waiting, coalesce(p.behind, 0) as behind, coalesce(p.given_up, 0) as "givenUp",
            s.consecutive_failures as "consecutiveFailures", s.resting_until as "restingUntil",
            s.last_delivered as "lastDelivered", s.catch_up_to as "catchUpTo"
       from delivery_state s
       left join (select destination_id, count(*) filter (where state = 'waiting') as waiting,
                         count(*) filter (where state = 'behind') as behind,
                         count(*) filter (where state = 'given-up') as given_up
                    from parked_delivery where destination_id = any($1) group by destination_id) p
         on p.destination_id = s.destination_id
      where s.destination_id = any($1)`,
    [destinationIds],
  );
}

export interface ParkedDelivery {
  position: number;
  state: 'waiting' | 'behind' | 'given-up' | 'superseded';
  attempts: number;
  dueAt: Date | null;
  /** As `Outcome` was when it was written. */
  lastOutcome: Record<string, unknown> | null;
  parkedAt: Date;
}

/** Newest first. @param before a position, exclusive. */
export async function listParked(
  tx: Tx,
  { destinationId, before, limit }: { destinationId: string; before?: number; limit: number },
): Promise<ParkedDelivery[]> {
  return tx.rows<ParkedDelivery>(
    `select position, state, attempts, due_at as "dueAt", last_outcome as "lastOutcome", parked_at as "parkedAt"
       from parked_delivery
      where destination_id = $1 and ($2::bigint is null or position < $2)
      order by position desc limit $3`,
    [destinationId, before ?? null, limit],
  );
}

export interface DeliveryAttempt {
  position: number;
  attempt: number;
  /** Made to see whether a resting endpoint was back. */
  probe: boolean;
  startedAt: Date;
  durationInMilliseconds: number;
  outcome: string;
  status: number | null;
  error: string | null;
  /** The first bytes of the answer. For the operator's eyes: it may come from inside their network. */
  answer: string | null;
}

/** Newest event first, and of each the newest attempt. @param before a position, exclusive. */
export async function listAttempts(
  tx: Tx,
  {
    destinationId,
    position,
    before,
    limit,
  }: { destinationId: string; position?: number; before?: number; limit: number },
): Promise<DeliveryAttempt[]> {
  return tx.rows<DeliveryAttempt>(
    `select position, attempt, probe, started_at as "startedAt",
            duration_in_milliseconds as "durationInMilliseconds", outcome, status, error, answer
       from delivery_attempt
      where destination_id = $1 and ($2::bigint is null or position = $2) and ($3::bigint is null or position < $3)
      order by position desc, started_at desc limit $4`,
    [destinationId, position ?? null, before ?? null, limit],
  );
}
