/** Reads new events once and finds who wants any of them. Any worker may do it, one at a time. */
import { recorded, type RecordedEvent } from '@app/directory';
import { moveCheckpoint, takeCheckpoint } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import type { Engine } from './engine.js';
import { concerns } from './filter.js';
import type { Protocol } from './protocol.js';
import type { Errand, Errands } from './tickets.js';
import { interleaved } from './rota.js';

export const ROUTER_CHECKPOINT = 'router';

const BATCH = 500;
/** One larger event is read alone. */
const BATCH_IN_BYTES = 8 * 1_024 * 1_024;
/** Then somebody else may have the worker's place; a ticket of our own brings us back. */
const BATCHES_AT_MOST = 20;

export interface RouteReport {
  events: number;
  /** Tickets put in. */
  errands: number;
  /** There is more to read. */
  more: boolean;
}

/** @param errands where the tickets go. */
export async function route(engine: Engine, errands: Pick<Errands, 'putAll'>): Promise<RouteReport> {
  const report: RouteReport = { events: 0, errands: 0, more: false };
  for (let batch = 0; batch < BATCHES_AT_MOST; batch++) {
    const { events, marked, complete } = await engine.database.transaction((tx) => routeBatch(engine, tx));
    // After the commit: a pump that starts at once must find the mark.
    await errands.putAll(interleaved(marked, ({ organizationId }) => organizationId));
    report.events += events;
    report.errands += marked.length;
    if (events > 0) engine.observations.debug('log routed', { events, errands: marked.length });
    if (complete) return report;
  }
  return { ...report, more: true };
}

interface Marked extends Errand {
  organizationId: string | null;
}

interface Routed {
  events: number;
  marked: Marked[];
  /** There was nothing more to read. */
  complete: boolean;
}

async function routeBatch(engine: Engine, tx: Tx): Promise<Routed> {
  const after = await takeCheckpoint(tx, ROUTER_CHECKPOINT);
  if (after === undefined) return { events: 0, marked: [], complete: true };
  const { entries, complete } = await engine.log.page(tx, { after, limit: BATCH }, BATCH_IN_BYTES);
  const events = entries.map(recorded);
  if (events.length === 0) return { events: 0, marked: [], complete };
  // Read after the events. A destination that is not in this list was made after them, and its first pump reads the
  // log from where it began (`beginDelivery`), so nothing falls between the two.
  const organizationIds = [...new Set(events.map((event) => event.organizationId))];
  const destinations = await engine.destinations.concernedBy(organizationIds);
  const marks = destinations.flatMap((destination) => markFor(engine, destination, events) ?? []);
  const idle = marks.length > 0 ? await mark(tx, marks, engine.clock.now()) : new Set<string>();
  await moveCheckpoint(tx, ROUTER_CHECKPOINT, events.at(-1)!.position);
  const marked = marks.filter(({ destinationId }) => idle.has(destinationId));
  return { events: events.length, marked, complete };
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
  const ends = protocol ? wantedEnds(engine, { protocol, destination, events }) : endsOf(events, () => true);
  const { id: destinationId, organizationId } = destination;
  return ends && { destinationId, organizationId, urgency: protocol?.urgency ?? 'soon', ...ends };
}

type Ends = Pick<Mark, 'first' | 'last'>;

function wantedEnds(
  engine: Engine,
  {
    protocol,
    destination,
    events,
  }: { protocol: Protocol; destination: Destination; events: readonly RecordedEvent[] },
): Ends | undefined {
  const { eventTypes } = destination;
  const isConcerned = (event: RecordedEvent): boolean => concerns(destination, event);
  try {
    const settings = engine.settings.of(protocol, destination);
    return endsOf(events, (event) => isConcerned(event) && protocol.wants(event, { settings, eventTypes }));
  } catch (error) {
    // One destination that is not understood must not stop the others, nor lose its events.
    engine.observations.error('settings of a destination do not fit its protocol', {
      destinationId: destination.id,
      error,
    });
    return endsOf(events, isConcerned);
  }
}

/** Positions of the first and the last one; what lies between is looked at by those who work for the destination. */
function endsOf(
  events: readonly RecordedEvent[],
  isWanted: (event: RecordedEvent) => boolean,
): Ends | undefined {
  const first = events.find((event) => isWanted(event));
  const last = first && events.findLast((event) => isWanted(event));
  return first && last && { first: first.position, last: last.position };
}

/**
 * @returns those that had nothing to do, and are not resting. Whoever works for one that has, or carries its ticket, finds the
 * new work when they are done with the old, and gives no other destination's place for it.
 */
async function mark(tx: Tx, marks: readonly Mark[], now: Date): Promise<Set<string>> {
  const rows = await tx.rows<{ destination_id: string; idle: boolean }>(MARK, [
    marks.map(({ destinationId }) => destinationId),
    marks.map(({ first }) => first),
    marks.map(({ last }) => last),
    now,
  ]);
  return new Set(rows.filter(({ idle }) => idle).map((row) => row.destination_id));
}

// An idle destination's cursor moves up to just before its next event: nothing in between was wanted. `work_to` and
// not a flag, because a pump that ends at this moment compares it with what it has read.
const MARK = `
  with m as (
    select * from unnest($1::text[], $2::bigint[], $3::bigint[]) as m(destination_id, first, last)
  ), before as (
    select s.destination_id,
           s.work_to is null or (s.cursor >= s.work_to and coalesce(s.lease_until < now(), true)) as idle
      from delivery_state s join m on m.destination_id = s.destination_id
     where s.cursor < m.last order by s.destination_id for update of s
  )
  update delivery_state s
     set cursor = case when s.cursor >= s.work_to then greatest(s.cursor, m.first - 1) else s.cursor end,
         work_to = case when s.work_to is null then null else greatest(s.work_to, m.last) end
    from m, before
   where s.destination_id = m.destination_id and s.destination_id = before.destination_id
  returning s.destination_id, before.idle and (s.resting_until is null or s.resting_until <= $4) as idle`;
