/** The first and every later beginning of a destination's deliveries. Each belongs into the transaction that changes its row. */
import { headPosition } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Ordering } from './order.js';
import { NO_OUTCOMES } from './recent-outcomes.js';
import { ROUTER_CHECKPOINTS } from './route.js';

/**
 * A new destination hears of everything after a position; without one, of everything from now on. "Nobody knows"
 * whether there is work: the router may just be reading without knowing of it, so its first pump looks for itself. What was
 * there before it is sent at its catch-up rate.
 * @returns the position.
 */
export async function beginDelivery(tx: Tx, destinationId: string, fromPosition?: number): Promise<number> {
  const head = await headPosition(tx);
  const cursor = fromPosition ?? head;
  await tx.rows(
    'insert into delivery_state (destination_id, cursor, work_to, catch_up_to) values ($1, $2, null, $3)',
    [destinationId, cursor, cursor < head ? head : null],
  );
  return cursor;
}

/**
 * The place in the log up to which a destination was told everything that it wanted. One that is idle was, up to where
 * the router has read; its cursor says so only when something comes.
 */
export async function toldUntil(tx: Tx, destinationId: string): Promise<number> {
  const [row] = await tx.rows<{ position: number }>(
    `select ${TOLD} as position from delivery_state s where s.destination_id = $1`,
    [destinationId],
  );
  return row?.position ?? 0;
}

/**
 * Lets a destination stand where it is, so that a snapshot of that place can be told before it goes on. Whoever works for
 * it at this moment loses the lease, and tells nothing more that would be older news afterwards.
 * @returns the place.
 */
export async function holdDelivery(tx: Tx, destinationId: string): Promise<number> {
  const [row] = await tx.rows<{ cursor: number }>(
    `update delivery_state s set cursor = ${TOLD}, lease_token = null, lease_until = null
      where s.destination_id = $1 returning s.cursor`,
    [destinationId],
  );
  return row?.cursor ?? 0;
}

// Its own router has read at least as far as the slower of the two.
const ROUTED = `(select min(c.position) from checkpoint c where c.name = any('{${Object.values(ROUTER_CHECKPOINTS).join()}}'))`;

const TOLD = `case when s.cursor >= s.work_to then greatest(s.cursor, ${ROUTED})
                   else s.cursor end`;

// Nothing is held against it any more.
const RESTED = `consecutive_failures = 0, recent_outcomes = ${NO_OUTCOMES}, failing_since = null,
  breaker_opened_at = null, failed_probes = 0, resting_until = null`;

// Up to the end of the log, unless it stands there already.
const CATCH_UP = 'catch_up_to = (select h.position from log_head h where h.position > cursor)';

/**
 * A destination that was paused or disabled goes on where it stopped, rested, at its catch-up rate up to where the log ends
 * now: what had failed is tried at once, as if for the first time. That it is well again is told when it has shown it.
 */
export async function resumeDelivery(tx: Tx, destinationId: string): Promise<void> {
  await tx.rows(
    `update delivery_state set work_to = null, ${RESTED}, ${CATCH_UP} where destination_id = $1`,
    [destinationId],
  );
  await tx.rows(
    `update parked_delivery set due_at = least(due_at, now()), attempts = 0, first_attempt_at = null
      where destination_id = $1 and state = 'waiting'`,
    [destinationId],
  );
}

/**
 * What a destination has not been told by now it will never be told; it goes on with what comes. Receipts say so. Whoever
 * works for it at this moment loses the lease.
 */
export async function forgetHeld(tx: Tx, destinationId: string): Promise<void> {
  await tx.rows(
    `update delivery_state
        set cursor = greatest(cursor, (select position from log_head)), work_to = null, ${RESTED}, catch_up_to = null,
            lease_token = null, lease_until = null
      where destination_id = $1`,
    [destinationId],
  );
  await tx.rows('delete from parked_delivery where destination_id = $1', [destinationId]);
  await tx.rows(
    `update revocation_receipt set state = 'failed', reason = 'the destination was disabled'
      where destination_id = $1 and state = 'requested'`,
    [destinationId],
  );
}

/**
 * Tells a destination everything after a position once more, at its catch-up rate. Whoever works for it at this moment loses the lease, and
 * with it the right to move the cursor on.
 */
export async function rewindDelivery(tx: Tx, destinationId: string, toPosition: number): Promise<void> {
  await tx.rows(
    `update delivery_state
        set cursor = least(cursor, $2), work_to = null, ${RESTED},
            catch_up_to = (select h.position from log_head h where h.position > least(cursor, $2)),
            lease_token = null, lease_until = null
      where destination_id = $1`,
    [destinationId, toPosition],
  );
  await tx.rows('delete from delivery_chain where destination_id = $1 and position > $2', [
    destinationId,
    toPosition,
  ]);
  await tx.rows('delete from parked_delivery where destination_id = $1 and position > $2', [
    destinationId,
    toPosition,
  ]);
}

/**
 * Another order: what is unfinished holds other keys from now on. Whoever works for the destination at this moment loses
 * the lease; what waited for another is looked at anew.
 */
export async function reorderDelivery(
  tx: Tx,
  destinationId: string,
  { ordering, aboutPeople = false, now }: { ordering: Ordering; aboutPeople?: boolean; now: Date },
): Promise<void> {
  await tx.rows(
    'update delivery_state set lease_token = null, lease_until = null where destination_id = $1',
    [destinationId],
  );
  await tx.rows(
    `update parked_delivery p
        set subjects = case $2::text when 'subject' then case when $4 then e.subjects[cardinality(e.subjects):] else e.subjects end
                                     when 'directory' then array[e.directory_id]
                                     else '{}' end,
            state = case p.state when 'behind' then 'waiting' else p.state end,
            due_at = case p.state when 'behind' then $3 else p.due_at end
       from event e
      where p.destination_id = $1 and e.position = p.position`,
    [destinationId, ordering, now, aboutPeople],
  );
}
