/** What a person may decide about failed deliveries: to try them again now, or to go on without one for good. */
import { recorded, type DestinationFacts } from '@app/directory';
import type { Database } from '@app/runtime';
import { announce, deliverySkipped } from './announce.js';
import { freeThoseBehind, repeatDelivery } from './parked.js';
import { endReceipt } from './receipts.js';
import { findParked, type Decision, type ParkedDelivery } from './parked-overview.js';
import type { Reader } from './source.js';

export interface Decider {
  /** The id of the API key that was used. */
  by: string;
  now: Date;
  reason?: string | undefined;
}

/**
 * Puts one back to be tried now, with all its attempts before it. One that waits behind another stays where it is.
 * @returns it as it is from now on; undefined when there is no such row, or it waits behind another one.
 */
export function retryParked(
  database: Database,
  { destinationId, position }: { destinationId: string; position: number },
  decider: Decider,
): Promise<ParkedDelivery | undefined> {
  return database.transaction(async (tx) => {
    const repeated = await repeatDelivery(tx, { destinationId, position, now: decider.now });
    if (!repeated) return undefined;
    await tx.rows('update parked_delivery set decision = $3 where destination_id = $1 and position = $2', [
      ...[destinationId, position, decisionOf('retry', decider)],
    ]);
    return findParked(tx, destinationId, position);
  });
}

export interface RetryWish {
  destinationId: string;
  states: readonly ('waiting' | 'given-up')[];
  /** Only of events about this person or group. */
  subjectId?: string | undefined;
  limit: number;
}

/**
 * Puts many back at once. They are due at the same moment, and so go out in the order of the log.
 * @returns how many, the oldest first, and whether there are more of them.
 */
export function retryManyParked(
  database: Database,
  wish: RetryWish,
  decider: Decider,
): Promise<{ retried: number; more: boolean }> {
  return database.transaction(async (tx) => {
    const rows = await tx.rows<{ position: number }>(CHOSEN, [
      wish.destinationId,
      wish.states,
      wish.subjectId ?? null,
      wish.limit + 1,
    ]);
    const positions = rows.slice(0, wish.limit).map(({ position }) => position);
    const retried = await tx.rows(
      `update parked_delivery set state = 'waiting', due_at = $3, attempts = 0, first_attempt_at = null, decision = $5
        where destination_id = $1 and position = any($2) and state = any($4) returning 1`,
      [wish.destinationId, positions, decider.now, wish.states, decisionOf('retry', decider)],
    );
    return { retried: retried.length, more: rows.length > wish.limit };
  });
}

const CHOSEN = `
  select p.position
    from parked_delivery p join event e on e.position = p.position
   where p.destination_id = $1 and p.state = any($2) and ($3::text is null or e.subjects @> array[$3])
   order by p.position limit $4`;

/**
 * Goes on without a delivery for good; those behind it become due. Whoever works for the destination at this moment
 * loses the lease: an attempt at this very delivery may be under way, and its outcome must not undo the decision. Others
 * are told as when the policy gives up (`destination.delivery_skipped`).
 * @returns it as it is from now on; undefined when it is not one that is still being tried.
 */
export function giveUpParked(
  { database, log }: Reader,
  { destination, position }: { destination: DestinationFacts; position: number },
  decider: Decider,
): Promise<ParkedDelivery | undefined> {
  const { id: destinationId, organizationId } = destination;
  const { now, reason = 'a person went on without it' } = decider;
  return database.transaction(async (tx) => {
    // Nobody loses a lease for a delivery that is over, or never was.
    const [open] = await tx.rows(
      `select from parked_delivery
        where destination_id = $1 and position = $2 and state in ('waiting', 'behind')`,
      [destinationId, position],
    );
    if (!open) return undefined;
    await tx.rows(
      'update delivery_state set lease_token = null, lease_until = null where destination_id = $1',
      [destinationId],
    );
    const [row] = await tx.rows<GivenUp>(
      `update parked_delivery set state = 'given-up', due_at = null, decision = $3
        where destination_id = $1 and position = $2 and state in ('waiting', 'behind')
       returning subjects, attempts, first_attempt_at as since, (last_outcome ->> 'status')::integer as status`,
      [destinationId, position, decisionOf('give_up', decider)],
    );
    if (!row) return undefined;
    await endReceipt(tx, { destinationId, position }, `given up by ${decider.by}: ${reason}`);
    await freeThoseBehind(tx, destinationId, { subjects: row.subjects, now });
    const decided = await findParked(tx, destinationId, position);
    const [entry] = await log.at(tx, [position]);
    const skipped = entry && deliverySkipped(destination, recorded(entry), { ...row, reason });
    if (skipped) await announce(tx, organizationId, { events: [skipped], now });
    return decided;
  });
}

interface GivenUp {
  subjects: string[];
  attempts: number;
  since: Date | null;
  status: number | null;
}

function decisionOf(action: Decision['action'], { by, now, reason }: Decider): Decision {
  return { action, by, at: now.toISOString(), ...(reason === undefined ? {} : { reason }) };
}
