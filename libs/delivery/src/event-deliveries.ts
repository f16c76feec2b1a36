/** "Did they get it?": what became of events at each destination. */
import type { RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import { parseSettings } from './parse-settings.js';
import type { Protocols } from './protocol.js';
import { wanted } from './source.js';

/**
 * `pending`: its turn has not come. `passed`: the destination is past the event and nothing is outstanding, but no
 * attempt is kept any more (or the destination began after it). `not_wanted` is never shown.
 */
export type EventDeliveryState =
  'delivered' | 'pending' | 'waiting' | 'behind' | 'given-up' | 'superseded' | 'passed';

export interface EventDelivery {
  destinationId: string;
  /** Null when the destination was deleted since. */
  destination: Destination | null;
  state: EventDeliveryState;
  attempts: number;
  firstAttemptAt: Date | null;
  deliveredAt: Date | null;
  lastOutcome: string | null;
  lastStatus: number | null;
  dueAt: Date | null;
}

interface Facts {
  position: number;
  destination_id: string;
  cursor: number | null;
  parked: 'waiting' | 'behind' | 'given-up' | 'superseded' | null;
  due_at: Date | null;
  attempts: number;
  first_attempt_at: Date | null;
  delivered_at: Date | null;
  last_outcome: string | null;
  last_status: number | null;
}

interface Hearers {
  /** Those that may hear of the events' organization, in any state. */
  destinations: readonly Destination[];
  protocols: Protocols;
}

/** @returns one entry for each that wants the event now, or was told of it before it changed its mind or was deleted. */
export async function deliveriesOf(tx: Tx, event: RecordedEvent, hearers: Hearers): Promise<EventDelivery[]> {
  return (await deliveriesOfAll(tx, [event], hearers)).get(event.position) ?? [];
}

/** As `deliveriesOf`, of a page of events of one organization in the same number of statements. @returns them by position. */
export async function deliveriesOfAll(
  tx: Tx,
  events: readonly RecordedEvent[],
  { destinations, protocols }: Hearers,
): Promise<Map<number, EventDelivery[]>> {
  const found = new Map(events.map(({ position }): [number, EventDelivery[]] => [position, []]));
  if (events.length === 0) return found;
  const wanting = await Promise.all(destinations.map((each) => wantedBy(tx, events, each, protocols)));
  const wants = new Map(destinations.map(({ id }, index) => [id, wanting[index]!]));
  const known = new Map(destinations.map((each) => [each.id, each]));
  const earliest = Math.min(...events.map(({ occurredAt }) => Date.parse(occurredAt)));
  const facts = await tx.rows<Facts>(FACTS, [
    events.map(({ position }) => position),
    destinations.map(({ id }) => id),
    new Date(earliest - CLOCKS_DIFFER_IN_MILLISECONDS),
  ]);
  for (const each of facts) {
    const { position, destination_id: id } = each;
    const isTold = each.attempts > 0 || each.parked !== null;
    if (isTold || wants.get(id)?.has(position))
      found.get(position)!.push(deliveryOf(each, known.get(id) ?? null));
  }
  return found;
}

const CLOCKS_DIFFER_IN_MILLISECONDS = 3_600_000;

function deliveryOf(facts: Facts, destination: Destination | null): EventDelivery {
  return {
    destinationId: facts.destination_id,
    destination,
    state: stateOf(facts),
    attempts: facts.attempts,
    firstAttemptAt: facts.first_attempt_at,
    deliveredAt: facts.delivered_at,
    lastOutcome: facts.last_outcome,
    lastStatus: facts.last_status,
    dueAt: facts.due_at,
  };
}

function stateOf({ position, parked, delivered_at: deliveredAt, cursor }: Facts): EventDeliveryState {
  // A row that is still there says more than an earlier delivery: somebody asked for it again.
  if (parked && !(deliveredAt && parked !== 'waiting' && parked !== 'behind')) return parked;
  if (deliveredAt) return 'delivered';
  return cursor !== null && cursor < position ? 'pending' : 'passed';
}

/** The positions of those that the destination wants. */
async function wantedBy(
  tx: Tx,
  events: readonly RecordedEvent[],
  destination: Destination,
  protocols: Protocols,
): Promise<Set<number>> {
  const protocol = protocols.get(destination.protocol);
  if (!protocol) return new Set();
  const settings = parseSettings(protocol, destination.settings);
  const those = await wanted({ database: tx }, { destination, sender: { protocol, settings } }, events);
  return new Set(those.map(({ position }) => position));
}

// The attempts at an event are found by its position, and not looked for in days before it happened.
const FACTS = `
  with attempted as materialized (
    select * from delivery_attempt
     where position = any($1::bigint[]) and id >= delivery_attempt_floor($3::timestamptz) and kind <> 'test'
  ), told as (
    select position, destination_id, count(*) as attempts, min(started_at) as first_attempt_at,
           min(started_at + make_interval(secs => duration_in_milliseconds / 1000.0))
             filter (where outcome = 'delivered') as delivered_at,
           (array_agg(outcome order by id desc))[1] as last_outcome,
           (array_agg(status order by id desc))[1] as last_status
      from attempted group by position, destination_id
  ), each (position, id) as (
    select e.position, d.id from unnest($1::bigint[]) e (position) cross join unnest($2::text[]) d (id)
     union
    select position, destination_id from told
  )
  select each.position, each.id as destination_id, s.cursor, p.state as parked, p.due_at,
         coalesce(told.attempts, 0) as attempts, told.first_attempt_at, told.delivered_at, told.last_outcome,
         told.last_status
    from each
    left join told on told.position = each.position and told.destination_id = each.id
    left join delivery_state s on s.destination_id = each.id
    left join parked_delivery p on p.destination_id = each.id and p.position = each.position
   order by each.position, each.id`;
