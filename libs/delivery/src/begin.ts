/** The first and the next beginning of a destination's deliveries. Each belongs into the transaction that changes its row. */
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
