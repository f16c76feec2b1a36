/** `GET /events`: what happened, oldest first. */
import type { AnyEvent } from '../events.js';
import { everything, type List } from '../list.js';
import { path, type CallOptions, type Open, type Send } from '../send.js';
import type { EventDelivery } from './deliveries.js';
import { EventStream, type StreamOptions, type StreamQuery } from './event-stream.js';

export interface EventsQuery {
  /** Types; all that directories tell without any. */
  events?: readonly string[];
  /** The id of an event: what came after it. Any event will do, and it stays good for ever. */
  after?: string;
  /** 10 unless told otherwise. */
  limit?: number;
  organization_id?: string;
  /** One, or several. */
  directory?: string | readonly string[];
  /** The id of a person or a group, or several. */
  subject?: string | readonly string[];
  /** What happened, in the hub's own words: `UserDeactivated`. */
  cause?: string | readonly string[];
  range_start?: string | Date;
  range_end?: string | Date;
  /** Seconds, 30 at most: how long the hub may wait for something to happen when there is nothing yet. */
  wait?: number;
}

export interface EventPage extends List<AnyEvent> {
  list_metadata: {
    before: null;
    /** Null when nothing is left. */
    after: string | null;
    /** How far the hub has looked, also when it found nothing. Absent where the hub does not say. */
    cursor?: string | null;
  };
}

export function events(send: Send, open: Open) {
  const list = (query: EventsQuery = {}, how: CallOptions = {}): Promise<EventPage> =>
    send<EventPage>('GET', '/events', { ...how, query, waitsInSeconds: query.wait ?? 0 });
  return {
    list,
    /** Everything that has happened, up to now. */
    all: (query: Omit<EventsQuery, 'wait'> = {}, how: CallOptions = {}) =>
      everything((page: EventsQuery) => list(page, how), query),
    /** Everything that has happened, and then what happens, until the signal says that it is enough. */
    stream: (query: StreamQuery = {}, how?: StreamOptions) => new EventStream(open, query, how),
    /** What became of an event at each destination. */
    deliveries: (id: string, how?: CallOptions) =>
      send<List<EventDelivery>>('GET', path`/events/${id}/deliveries`, how),
  };
}
