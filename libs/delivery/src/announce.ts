/** Writes into the log what befell a destination: exactly once, in the transaction that makes it true. */
import { operationsOf, subjectsOf, type DestinationEvent, type DestinationFacts } from '@app/directory';
import { append, loadHeads, lockDirectory } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import type { Protocol } from './protocol.js';

/** For `request_id`: nobody asked for these. */
const REQUEST_ID = 'delivery';

/** The organization that the events of destinations of every organization stand under; no organization has this id. */
const EVERY_ORGANIZATION = '';

/**
 * Appends events about one destination. It must come last in its transaction: the log head is held from here on.
 * @param events at least one.
 */
export async function announce(
  tx: Tx,
  organizationId: string | null,
  { events, now }: { events: readonly DestinationEvent[]; now: Date },
): Promise<void> {
  const directoryId = operationsOf(organizationId);
  await lockDirectory(tx, directoryId);
  const heads = await loadHeads(tx, [directoryId]);
  await append(
    tx,
    events.map((event) => ({
      directoryId,
      organizationId: organizationId ?? EVERY_ORGANIZATION,
      type: event.type,
      subjects: subjectsOf(event),
      data: event.data,
      requestId: REQUEST_ID,
      occurredAt: now.toISOString(),
    })),
    heads,
  );
}

/** A destination as its events tell of it. */
export function destinationFacts(
  destination: Pick<Destination, 'id' | 'organizationId' | 'protocol' | 'settings' | 'state'>,
  protocol: Protocol | undefined,
): DestinationFacts {
  const { id, organizationId, protocol: name, settings, state } = destination;
  return {
    id,
    organizationId,
    protocol: name,
    endpointHost: protocol ? hostOf(protocol, settings) : null,
    state,
  };
}

function hostOf(protocol: Protocol, settings: object): string | null {
  const url = protocol.endpoint(settings);
  return URL.canParse(url) ? new URL(url).host : null;
}
