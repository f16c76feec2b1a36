/** Readers of the log whose place the hub keeps: see docs/consumer-api/events.md. */
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';
import type { EventPage } from './events.js';

export interface ConsumerFilters {
  organization_id?: string;
  directories?: string[];
  /** People and groups. */
  subjects?: string[];
  /** Types; all that directories tell without any. */
  events?: string[];
  /** In the hub's own words: `UserDeactivated`. */
  causes?: string[];
}

/** `beginning`, `now`, the id of an event, or a time in ISO 8601. */
export type ConsumerPlace = string;

export interface NewNamedConsumer {
  /** Small letters, digits, `-` and `_`. */
  name: string;
  filters?: ConsumerFilters;
  /** `beginning` unless told otherwise. */
  from?: ConsumerPlace;
}

export interface NamedConsumer {
  object: 'consumer';
  id: string;
  name: string;
  filters: ConsumerFilters;
  /** The last event that is behind it; null: none is. */
  position: string | null;
  acked_at: string | null;
  lease: { until: string } | null;
  /** Events of the log behind its place, whether it wants them or not, and the age of the first of them. */
  lag: { events: number; seconds: number };
  created_at: string;
}

export interface ConsumerEventsQuery {
  /** 10 unless told otherwise, 1,000 at most. */
  limit?: number;
  /** Seconds, 30 at most: how long the hub may wait for something to happen. */
  wait?: number;
  /** Seconds for which nobody else gets the same page. */
  lease?: number;
  /** Of the lease that is to be prolonged. */
  lease_token?: string;
}

export interface ConsumerPage extends EventPage {
  /** Where one was asked for, and there are events: show its token with `ack`. */
  lease?: { token: string; until: string };
}

export interface Acknowledgement {
  /** The last event that was handled, or `list_metadata.cursor` of its page. */
  event_id: string;
  lease_token?: string;
}

/** `moved`: false for an event that is behind the consumer already. */
export type Acknowledged = NamedConsumer & { moved: boolean };

export function consumers(send: Send) {
  const list = (query: PageQuery = {}, how?: CallOptions) =>
    send<List<NamedConsumer>>('GET', '/consumers', { ...how, query });
  return {
    create: (body: NewNamedConsumer, how?: CallOptions) =>
      send<NamedConsumer>('POST', '/consumers', { ...how, body }),
    list,
    all: (query: PageQuery = {}, how?: CallOptions) =>
      everything((page: PageQuery) => list(page, how), query),
    /** With its place and how far it is behind. */
    get: (name: string, how?: CallOptions) => send<NamedConsumer>('GET', path`/consumers/${name}`, how),
    delete: (name: string, how?: CallOptions) =>
      send<{ object: 'consumer'; name: string; deleted: true }>('DELETE', path`/consumers/${name}`, how),
    /** The same page again, until its last event is acknowledged. */
    events: (name: string, query: ConsumerEventsQuery = {}, how?: CallOptions) =>
      send<ConsumerPage>('GET', path`/consumers/${name}/events`, {
        ...how,
        query,
        waitsInSeconds: query.wait ?? 0,
      }),
    ack: (name: string, body: Acknowledgement, how?: CallOptions) =>
      send<Acknowledged>('POST', path`/consumers/${name}/ack`, { ...how, body, isRepeatable: true }),
    seek: (name: string, to: ConsumerPlace, how?: CallOptions) =>
      send<NamedConsumer>('POST', path`/consumers/${name}/seek`, { ...how, body: { to } }),
  };
}
