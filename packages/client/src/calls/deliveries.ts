/** What became of events on their way: attempts, what is parked, and going back. See docs/delivery. Either kind of destination, by its id. */
import type { Json } from '../events.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

export interface DeliveryAttempt {
  object: 'delivery_attempt';
  id: string;
  destination_id: string;
  organization_id: string | null;
  directory_id: string | null;
  event_id: string | null;
  event_cause: string | null;
  position: number | null;
  request_id: string | null;
  /** Where the hub traces requests. */
  trace_id?: string | null;
  kind: string;
  attempt: number;
  batch_size: number;
  started_at: string;
  duration_in_milliseconds: number;
  outcome: string;
  status: number | null;
  error: string | null;
  /** The beginning of what the endpoint said. */
  answer: string | null;
  worker: string | null;
}

export interface AttemptsQuery extends PageQuery {
  /** Of one destination. */
  destination?: string;
  event?: string;
  /** About a person or a group. */
  subject?: string;
  organization_id?: string;
  directory?: string;
  kind?: string;
  outcome?: string;
  /** `404`, or a class such as `4xx`. */
  status?: string;
  range_start?: string | Date;
  range_end?: string | Date;
}

/** What became of one event at one destination. */
export interface EventDelivery {
  object: 'event_delivery';
  event_id: string;
  destination_id: string;
  /** Null where the destination is gone. */
  protocol: string | null;
  destination_state: 'enabled' | 'paused' | 'disabled' | 'deleted';
  state: string;
  attempts: number;
  first_attempt_at: string | null;
  delivered_at: string | null;
  last_outcome: string | null;
  last_status: number | null;
  due_at: string | null;
}

export interface ParkedDelivery {
  object: 'parked_delivery';
  destination_id: string;
  event_id: string;
  event: string | null;
  cause: string;
  organization_id: string;
  directory_id: string;
  sequence: number;
  subjects: string[];
  occurred_at: string;
  request_id: string;
  state: 'waiting' | 'behind' | 'given_up' | 'superseded';
  attempts: number;
  due_at: string | null;
  last_outcome: { [name: string]: Json } | null;
  parked_at: string;
  /** The one that it waits for. */
  behind_event_id: string | null;
  decision: { at: string; by: string | null; action: string; reason?: string | null } | null;
}

export interface ParkedQuery extends PageQuery {
  state?: ParkedDelivery['state'];
}

export interface RetrySelection {
  /** Those that were given up, unless told otherwise. */
  states?: ('given_up' | 'waiting')[];
  subject?: string;
  /** 1,000 at most. */
  limit?: number;
}

export function deliveryAttempts(send: Send) {
  const list = (query: AttemptsQuery = {}, how?: CallOptions) =>
    send<List<DeliveryAttempt>>('GET', '/delivery_attempts', { ...how, query });
  return {
    list,
    all: (query: AttemptsQuery = {}, how?: CallOptions) =>
      everything((page: AttemptsQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<DeliveryAttempt>('GET', path`/delivery_attempts/${id}`, how),
  };
}

export function attemptsOf(send: Send) {
  return (destinationId: string, query: Omit<AttemptsQuery, 'destination'> = {}, how?: CallOptions) =>
    send<List<DeliveryAttempt>>('GET', path`/destinations/${destinationId}/attempts`, { ...how, query });
}

export function parkedDeliveries(send: Send) {
  const list = (destinationId: string, query: ParkedQuery = {}, how?: CallOptions) =>
    send<List<ParkedDelivery>>('GET', path`/destinations/${destinationId}/parked_deliveries`, {
      ...how,
      query,
    });
  return {
    list,
    all: (destinationId: string, query: ParkedQuery = {}, how?: CallOptions) =>
      everything((page: ParkedQuery) => list(destinationId, page, how), query),
    get: (destinationId: string, eventId: string, how?: CallOptions) =>
      send<ParkedDelivery>('GET', path`/destinations/${destinationId}/parked_deliveries/${eventId}`, how),
    /** At once, also what was given up. */
    retry: (destinationId: string, eventId: string, how?: CallOptions) =>
      send<ParkedDelivery>(
        'POST',
        path`/destinations/${destinationId}/parked_deliveries/${eventId}/retry`,
        how,
      ),
    retryMany: (destinationId: string, body: RetrySelection = {}, how?: CallOptions) =>
      send<{ object: 'retry'; destination_id: string; retried: number; more: boolean }>(
        'POST',
        path`/destinations/${destinationId}/parked_deliveries/retry`,
        { ...how, body },
      ),
    /** Goes on without it, for good. */
    giveUp: (destinationId: string, eventId: string, body: { reason?: string } = {}, how?: CallOptions) =>
      send<ParkedDelivery>(
        'POST',
        path`/destinations/${destinationId}/parked_deliveries/${eventId}/give_up`,
        // The hub wants the id once more, against accidents at a keyboard; a program has named it already.
        { ...how, body: { ...body, confirm: eventId } },
      ),
  };
}
