/** The first and every later beginning of a destination's deliveries. Each belongs into the transaction that changes its row. */
import { headPosition } from '@app/event-log';
import type { Tx } from '@app/runtime';

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
  await tx.rows('delete from parked_delivery where destination_id = $1 and position > $2', [
    destinationId,
    toPosition,
  ]);
}
