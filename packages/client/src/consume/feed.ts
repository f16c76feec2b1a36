/** The events API as a consumer reads it: pages after a cursor, and what a webhook's event has to do with them. */
import type { EventPage, EventsQuery } from '../calls/events.js';
import { directoryOf, type AnyEvent } from '../events.js';
import type { Announced, Awaited, Placed } from './store.js';

/** What a consumer reads. A webhook endpoint that wakes it must want the same, or less. */
export interface Wanted {
  /** Types; all that directories tell without any. */
  events?: readonly string[];
  organization_id?: string;
  directory?: string;
}

export interface Page<Event extends AnyEvent> {
  events: Placed<Event>[];
  /** Where to stand after it. */
  cursor: string | null;
  /** There was nothing more. */
  isLast: boolean;
}

export type ReadEvents = (query: EventsQuery, how: { signal: AbortSignal }) => Promise<EventPage>;

export function pageOf<Event extends AnyEvent>(page: EventPage, from: string | null): Page<Event> {
  const events = page.data.map((event) => placed(event as Event));
  // The hub has looked further than the last event where it says so; a cursor never goes back to the beginning.
  const cursor = page.list_metadata.cursor ?? events.at(-1)?.event.id ?? from;
  return { events, cursor, isLast: page.list_metadata.after === null };
}

/** What tells of no directory has no place in one: its id is its place. */
export function placed<Event extends AnyEvent>(event: Event): Placed<Event> {
  const directoryId = directoryOf(event);
  return directoryId === undefined
    ? { directoryId: event.id, sequence: 0, event }
    : { directoryId, sequence: event.context.sequence, event };
}

/**
 * What a webhook proves to exist: its own event, and the one that its endpoint was told before it. Tests are about nobody;
 * a snapshot tells of no new events.
 */
export function announcedBy(event: AnyEvent, wanted: Wanted): Announced[] {
  const { sequence, previous_sequence: previous, snapshot, test } = event.context;
  const directoryId = directoryOf(event);
  if (directoryId === undefined || snapshot || test || !isWanted(event, directoryId, wanted)) return [];
  const own = { directoryId, sequence, eventId: event.id };
  return previous == null ? [own] : [own, { directoryId, sequence: previous, eventId: null }];
}

function isWanted(event: AnyEvent, directoryId: string, wanted: Wanted): boolean {
  const { events = [], organization_id: organization, directory } = wanted;
  if (events.length > 0 && !events.includes(event.event)) return false;
  if (directory !== undefined && directory !== directoryId) return false;
  return organization === undefined || [undefined, organization].includes(organizationOf(event));
}

function organizationOf({ data }: AnyEvent): string | undefined {
  const { organization_id: own, group } = data as {
    organization_id?: string;
    group?: { organization_id?: string };
  };
  return own ?? group?.organization_id;
}

/**
 * Of the awaited those that this page should have had: it has a later event of the same directory, or nothing came after
 * it. They were announced before the page was read, and the hub shows an event before it tells a webhook of it.
 */
export function missingFrom(page: Page<AnyEvent>, awaited: readonly Awaited[]): Awaited[] {
  const highest = new Map<string, number>();
  const shown = new Set<string>();
  for (const { directoryId, sequence } of page.events) {
    highest.set(directoryId, Math.max(sequence, highest.get(directoryId) ?? 0));
    shown.add(`${directoryId} ${sequence}`);
  }
  return awaited.filter(({ directoryId, sequence }) => {
    if (shown.has(`${directoryId} ${sequence}`)) return false;
    return page.isLast || sequence < (highest.get(directoryId) ?? 0);
  });
}

const PAGES_AT_MOST = 50;

/**
 * Reads the part of one directory again in which something is missing: from the last event before it that was handled.
 * @returns what the hub has there, oldest first, with what was handled before among it.
 */
export async function searched<Event extends AnyEvent>(
  read: (query: EventsQuery) => Promise<EventPage>,
  missing: readonly Awaited[],
  startedAfter: string | null,
): Promise<Placed<Event>[]> {
  const [first] = missing;
  if (!first) return [];
  const last = Math.max(...missing.map(({ sequence }) => sequence));
  const found: Placed<Event>[] = [];
  let after = first.after ?? startedAfter;
  for (let count = 0; count < PAGES_AT_MOST; count += 1) {
    const answer = await read({ directory: first.directoryId, ...(after === null ? {} : { after }) });
    const page = pageOf<Event>(answer, after);
    const here = page.events.filter(({ directoryId }) => directoryId === first.directoryId);
    found.push(...here.filter(({ sequence }) => sequence <= last));
    if (page.isLast || here.some(({ sequence }) => sequence >= last)) break;
    after = page.cursor;
  }
  return found.sort((one, other) => one.sequence - other.sequence);
}
