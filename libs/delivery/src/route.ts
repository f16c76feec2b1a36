/** Reads new events once and finds who wants any of them. Any worker may do it, one at a time. */
import { recorded, type RecordedEvent } from '@app/directory';
import { moveCheckpoint, takeCheckpoint } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import type { Engine } from './engine.js';
import { concerns } from './filter.js';
import type { Protocol, Urgency } from './protocol.js';
import type { Errands } from './tickets.js';

export const ROUTER_CHECKPOINT = 'router';

const BATCH = 500;
/** Then somebody else may have the worker's place; a ticket of our own brings us back. */
const BATCHES_AT_MOST = 20;

export interface RouteReport {
  events: number;
  /** Tickets put in. */
  errands: number;
  /** There is more to read. */
  more: boolean;
}

export async function route(engine: Engine, errands: Errands): Promise<RouteReport> {
  const report: RouteReport = { events: 0, errands: 0, more: false };
  for (let batch = 0; batch < BATCHES_AT_MOST; batch++) {
    const { events, marked } = await engine.database.transaction((tx) => routeBatch(engine, tx));
    // After the commit: a pump that starts at once must find the mark.
    await errands.putAll(marked);
    report.events += events;
    report.errands += marked.length;
    if (events > 0) engine.observations.debug('log routed', { events, errands: marked.length });
    if (events < BATCH) return report;
  }
  return { ...report, more: true };
}

interface Marked {
  destinationId: string;
  urgency: Urgency;
}

async function routeBatch(engine: Engine, tx: Tx): Promise<{ events: number; marked: Marked[] }> {
  const after = await takeCheckpoint(tx, ROUTER_CHECKPOINT);
  if (after === undefined) return { events: 0, marked: [] };
  const events = (await engine.log.after(tx, { after, limit: BATCH })).map(recorded);
  if (events.length === 0) return { events: 0, marked: [] };
  // Read after the events. A destination that is not in this list was made after them, and its first pump reads the
  // log from where it began (`beginDelivery`), so nothing falls between the two.
  const organizationIds = [...new Set(events.map((event) => event.organizationId))];
  const destinations = await engine.destinations.concernedBy(organizationIds);
  const marks = destinations.flatMap((destination) => markFor(engine, destination, events) ?? []);
  const awake = marks.length > 0 ? await mark(tx, marks, engine.clock.now()) : new Set<string>();
  await moveCheckpoint(tx, ROUTER_CHECKPOINT, events.at(-1)!.position);
  return { events: events.length, marked: marks.filter(({ destinationId }) => awake.has(destinationId)) };
}

interface Mark extends Marked {
  first: number;
  last: number;
}

function markFor(
  engine: Engine,
  destination: Destination,
  events: readonly RecordedEvent[],
): Mark | undefined {
  const protocol = engine.protocols.get(destination.protocol);
  // A program without this protocol cannot say what it wants; one that has it must find everything.
  if (!protocol) return markOf(destination, 'soon', events);
  return markOf(destination, protocol.urgency, wantedOf(engine, { protocol, destination, events }));
}

function wantedOf(
  engine: Engine,
  {
    protocol,
    destination,
    events,
  }: { protocol: Protocol; destination: Destination; events: readonly RecordedEvent[] },
): readonly RecordedEvent[] {
  const { eventTypes } = destination;
  const own = events.filter((event) => concerns(destination, event));
  try {
    const settings = engine.settings.of(protocol, destination);
    return own.filter((event) => protocol.wants(event, { settings, eventTypes }));
  } catch (error) {
    // One destination that is not understood must not stop the others, nor lose its events.
    engine.observations.error('settings of a destination do not fit its protocol', {
      destinationId: destination.id,
      error,
    });
    return own;
  }
}

function markOf(
  destination: Destination,
  urgency: Urgency,
  events: readonly RecordedEvent[],
): Mark | undefined {
  const [first] = events;
  const last = events.at(-1);
  return (
    first && last && { destinationId: destination.id, urgency, first: first.position, last: last.position }
  );
}

/** @returns those that have work now and are not resting. */
async function mark(tx: Tx, marks: readonly Mark[], now: Date): Promise<Set<string>> {
  const rows = await tx.rows<{ destination_id: string; awake: boolean }>(MARK, [
    marks.map(({ destinationId }) => destinationId),
    marks.map(({ first }) => first),
    marks.map(({ last }) => last),
    now,
  ]);
  return new Set(rows.filter(({ awake }) => awake).map((row) => row.destination_id));
}

// An idle destination's cursor moves up to just before its next event: nothing in between was wanted. `work_to` and
// not a flag, because a pump that ends at this moment compares it with what it has read.
const MARK = `
  update delivery_state s
     set cursor = case when s.cursor >= s.work_to then greatest(s.cursor, m.first - 1) else s.cursor end,
         work_to = case when s.work_to is null then null else greatest(s.work_to, m.last) end
    from unnest($1::text[], $2::bigint[], $3::bigint[]) as m(destination_id, first, last)
   where s.destination_id = m.destination_id and s.cursor < m.last
  returning s.destination_id, (s.resting_until is null or s.resting_until <= $4) as awake`;
