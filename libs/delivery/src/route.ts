/**
 * Reads new events and finds who wants any of them: one router for those who end sessions, and one for all others, so that
 * the first waits for nothing that the second does. Any worker may do it, one at a time for each.
 */
import type { RecordedEvent } from '@app/directory';
import { moveCheckpoint, takeCheckpoint } from '@app/event-log';
import { Statement, type Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import type { Engine } from './engine.js';
import { audienceOf, concerns } from './filter.js';
import { isLastWord } from './last-word.js';
import { URGENCIES, type Protocol, type Urgency } from './protocol.js';
import type { Errand, Errands } from './tickets.js';
import { isReceipted } from './current-work.js';
import { addresseeOf } from './receipts.js';
import { requestReceipts, type AskedReceipts } from './requested-receipts.js';
import { interleaved } from './rota.js';
import { wanted } from './source.js';
import { namesOf, unread } from './unread.js';

/** How far each has read. */
export const ROUTER_CHECKPOINTS: Record<Urgency, string> = { now: 'router-now', soon: 'router' };

/** Then somebody else may have the worker's place; a ticket of our own brings us back. */
const BATCHES_AT_MOST = 20;

export interface RouteReport {
  events: number;
  /** Tickets put in. */
  errands: number;
  /** There is more to read. */
  more: boolean;
}

/** @param errands where the tickets go. @param urgencies whose routers' work is done; usually all. */
export async function route(
  engine: Engine,
  errands: Pick<Errands, 'putAll'>,
  urgencies: readonly Urgency[] = URGENCIES,
): Promise<RouteReport> {
  const report: RouteReport = { events: 0, errands: 0, more: false };
  for (const urgency of urgencies) {
    const own = await routeFor(engine, urgency, errands);
    report.events += own.events;
    report.errands += own.errands;
    report.more ||= own.more;
  }
  return report;
}

async function routeFor(
  engine: Engine,
  urgency: Urgency,
  errands: Pick<Errands, 'putAll'>,
): Promise<RouteReport> {
  const report: RouteReport = { events: 0, errands: 0, more: false };
  for (let batch = 0; batch < BATCHES_AT_MOST; batch++) {
    const { events, marked, complete } = await engine.database.transaction((tx) =>
      routeBatch(engine, tx, urgency),
    );
    // After the commit: a pump that starts at once must find the mark.
    await errands.putAll(interleaved(marked, ({ organizationId }) => organizationId));
    report.events += events;
    report.errands += marked.length;
    if (events > 0) engine.observations.debug('log routed', { urgency, events, errands: marked.length });
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

async function routeBatch(engine: Engine, tx: Tx, urgency: Urgency): Promise<Routed> {
  const checkpoint = ROUTER_CHECKPOINTS[urgency];
  const after = await takeCheckpoint(tx, checkpoint);
  if (after === undefined) return { events: 0, marked: [], complete: true };
  const { events, readTo, complete } = await unread(engine, tx, { urgency, after });
  const marked = events.length === 0 ? [] : await marksOf(engine, tx, { urgency, events });
  if (readTo > after) await moveCheckpoint(tx, checkpoint, readTo);
  return { events: events.length, marked, complete };
}

async function marksOf(
  engine: Engine,
  tx: Tx,
  { urgency, events }: { urgency: Urgency; events: readonly RecordedEvent[] },
): Promise<Marked[]> {
  // Read after the events. A destination that is not in this list was made after them, and its first pump reads the
  // log from where it began (`beginDelivery`), so nothing falls between the two.
  const organizationIds = [...new Set(events.map((event) => event.organizationId))];
  const urgent = namesOf(engine, 'now');
  const destinations =
    urgency === 'now'
      ? await engine.destinations.amongProtocols(organizationIds, urgent)
      : await engine.destinations.enabledBesides(organizationIds, urgent);
  const concerned = destinations.flatMap((destination) => {
    const mark = markFor(engine, destination, events);
    return mark ? [{ destination, mark }] : [];
  });
  // What is stopped looks for itself when it goes on, and what is pulled whenever it wants to.
  const marks = concerned.flatMap(({ destination, mark }) =>
    destination.state === 'enabled' && !mark.pulled ? [mark] : [],
  );
  const idle = marks.length > 0 ? await mark(tx, marks, engine.clock.now()) : new Set<string>();
  // After the marks: a settlement locks the destination first and its receipts then, and the two must not wait for each other.
  if (urgency === 'now') {
    const asked = concerned.map(({ destination }) => askedOf(engine, tx, { destination, events }));
    await requestReceipts(tx, (await Promise.all(asked)).flat(), engine.clock.now());
  }
  return [...marks.filter(({ destinationId }) => idle.has(destinationId)), ...lastWordsOf(concerned, events)];
}

/** Those whom somebody has to tell that they are stopped. */
function lastWordsOf(
  concerned: readonly { destination: Destination; mark: Mark }[],
  events: readonly RecordedEvent[],
): Mark[] {
  return concerned.flatMap(({ destination, mark }) => {
    const isTold = destination.state !== 'enabled' && !mark.pulled;
    return isTold && events.some((event) => isLastWord(event, destination)) ? [mark] : [];
  });
}

/** Receipts: from here on it is known who should end whose sessions, and since when; also while nobody is told. */
async function askedOf(
  engine: Engine,
  tx: Tx,
  { destination, events }: { destination: Destination; events: readonly RecordedEvent[] },
): Promise<AskedReceipts[]> {
  const protocol = engine.protocols.get(destination.protocol);
  const settings = protocol && settingsOf(engine, protocol, destination);
  if (!settings) return [];
  const sender = { protocol, settings };
  const addressee = addresseeOf(destination, sender);
  if (!addressee) return [];
  const heard = await wanted({ database: tx }, { destination, sender }, events);
  return [{ addressee, events: heard.filter((event) => isReceipted(protocol, event, settings)) }];
}

interface Mark extends Marked {
  /** It comes for its events itself. */
  pulled: boolean;
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
  const pulled = protocol !== undefined && isPulled(engine, protocol, destination);
  return ends && { destinationId, organizationId, urgency: protocol?.urgency ?? 'soon', pulled, ...ends };
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
  const settings = settingsOf(engine, protocol, destination);
  // Its events must not be lost, whatever they are.
  if (!settings) return endsOf(events, isConcerned);
  const wishes = { settings, eventTypes, groupIds: audienceOf(destination) };
  return endsOf(events, (event) => isConcerned(event) && protocol.wants(event, wishes));
}

function isPulled(engine: Engine, protocol: Protocol, destination: Destination): boolean {
  const settings = protocol.pulled && settingsOf(engine, protocol, destination);
  return settings !== undefined && protocol.pulled!(settings);
}

/** One destination that is not understood must not stop the others. */
function settingsOf(engine: Engine, protocol: Protocol, destination: Destination): object | undefined {
  try {
    return engine.settings.of(protocol, destination);
  } catch (error) {
    const facts = { destinationId: destination.id, error };
    engine.observations.error('settings of a destination do not fit its protocol', facts);
    return undefined;
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
const MARK = new Statement(
  'route-mark',
  `with m as (
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
  returning s.destination_id, before.idle and (s.resting_until is null or s.resting_until <= $4) as idle`,
);
