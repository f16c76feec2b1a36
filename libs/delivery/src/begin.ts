/** The first and every later beginning of a destination's deliveries. Each belongs into the transaction that changes its row. */
import { headPosition } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Ordering } from './order.js';

/**
 * A new destination hears of everything after a position; without one, of everything from now on. "Nobody knows"
 * whether there is work: the router may just be reading without knowing of it, so its first pump looks for itself.
 */
export async function beginDelivery(tx: Tx, destinationId: string, fromPosition?: number): Promise<void> {
  await tx.rows('insert into delivery_state (destination_id, cursor, work_to) values ($1, $2, null)', [
    destinationId,
    fromPosition ?? (await headPosition(tx)),
  ]);
}

/** A destination that was paused or disabled goes on where it stopped, rested. */
export async function resumeDelivery(tx: Tx, destinationId: string): Promise<void> {
  await tx.rows(
    `update delivery_state set work_to = null, consecutive_failures = 0, resting_until = null
      where destination_id = $1`,
    [destinationId],
  );
}

/**
 * Tells a destination everything after a position once more. Whoever works for it at this moment loses the lease, and
 * with it the right to move the cursor on.
 */
export async function rewindDelivery(tx: Tx, destinationId: string, toPosition: number): Promise<void> {
  await tx.rows(
    `update delivery_state
        set cursor = least(cursor, $2), work_to = null, consecutive_failures = 0, resting_until = null,
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
  { ordering, now }: { ordering: Ordering; now: Date },
): Promise<void> {
  await tx.rows(
    'update delivery_state set lease_token = null, lease_until = null where destination_id = $1',
    [destinationId],
  );
  await tx.rows(
    `update parked_delivery p
        set subjects = case $2::text when 'subject' then e.subjects when 'directory' then array[e.directory_id]
                                     else '{}' end,
            state = case p.state when 'behind' then 'waiting' else p.state end,
            due_at = case p.state when 'behind' then $3 else p.due_at end
       from event e
      where p.destination_id = $1 and e.position = p.position`,
    [destinationId, ordering, now],
  );
}
