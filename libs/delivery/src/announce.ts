/** Writes into the log what befell a destination: exactly once, in the transaction that makes it true. */
import {
  isForOneStream,
  isOperational,
  operationsOf,
  subjectsOf,
  type DestinationEvent,
  type DestinationFacts,
  type RecordedEvent,
  type StreamEvent,
} from '@app/directory';
import { append, loadHeads, lockDirectory } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import type { Protocol } from './protocol.js';

/** For `request_id`: nobody asked for these. */
const REQUEST_ID = 'delivery';

/** The organization that the events of destinations of every organization stand under; no organization has this id. */
const EVERY_ORGANIZATION = '';

/**
 * Appends events about one destination, or for one stream of security events. It must come last in its transaction: the log
 * head is held from here on; after the commit the bell of the log wants to be rung.
 * @param events at least one.
 */
export async function announce(
  tx: Tx,
  organizationId: string | null,
  { events, now }: { events: readonly (DestinationEvent | StreamEvent)[]; now: Date },
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

/**
 * An event that will not be tried again.
 * @returns undefined for what is told of destinations itself: telling of that in turn would have no end; and for what is for one
 * stream: nobody else knows of it.
 */
export function deliverySkipped(
  destination: DestinationFacts,
  event: RecordedEvent,
  { attempts, status, since, reason }: Skipping,
): DestinationEvent | undefined {
  if (isOperational(event) || isForOneStream(event)) return undefined;
  const { id, position, sequence, directoryId, organizationId, type: cause } = event;
  const skipped = { id, position, sequence, directoryId, organizationId, cause, attempts, status };
  return {
    type: 'DeliverySkipped',
    data: { destination, skipped, since: since?.toISOString() ?? null, reason },
  };
}

export interface Skipping {
  attempts: number;
  /** Of the last answer; null when there was none. */
  status: number | null;
  /** The first attempt that failed; null: there was none. */
  since: Date | null;
  reason: string;
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
  return URL.canParse(url) ? new URL(url).host || null : null;
}
