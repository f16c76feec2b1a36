/** Tells a receiver that an operator has changed the status of its stream: SSF 1.0 §8.1.5. */
import { announce } from '@app/delivery';
import type { Tx } from '@app/runtime';
import type { Destination, DestinationState } from '@app/tenancy';
import { SHARED_SIGNALS } from './ssf-settings.js';

/**
 * For the end of the transaction that changes it. Of a stream that is paused or disabled this is all that its receiver still hears:
 * a worker sends it once, and a poll gives it.
 * @returns undefined where nobody is to be told.
 */
export function streamUpdate(
  { id: streamId, organizationId, protocol, state }: Destination,
  status: DestinationState | undefined,
  now: Date,
): ((tx: Tx) => Promise<void>) | undefined {
  if (protocol !== SHARED_SIGNALS || status === undefined || status === state) return undefined;
  const data = { streamId, status, reason: 'changed by an operator' };
  return (tx) => announce(tx, organizationId, { events: [{ type: 'StreamUpdated', data }], now });
}
