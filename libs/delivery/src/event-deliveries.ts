/** "Did they get it?": what became of one event at each destination. */
import type { RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import { forAudience } from './audience.js';
import { audienceOf, concerns } from './filter.js';
import { parseSettings } from './parse-settings.js';
import type { Protocols } from './protocol.js';

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

/**
 * @param destinations those that may hear of the event's organization, in any state.
 * @returns one entry for each that wants the event now, or was told of it before it changed its mind or was deleted.
 */
export async function deliveriesOf(
  tx: Tx,
  event: RecordedEvent,
  { destinations, protocols }: { destinations: readonly Destination[]; protocols: Protocols },
): Promise<EventDelivery[]> {
  const wanting = await Promise.all(destinations.map((each) => wants(tx, event, each, protocols)));
  const interested = destinations.filter((_each, index) => wanting[index]);
  const facts = await tx.rows<Facts>(FACTS, [
    event.position,
    destinations.map(({ id }) => id),
    new Date(Date.parse(event.occurredAt) - CLOCKS_DIFFER_IN_MILLISECONDS),
  ]);
  const known = new Map(destinations.map((each) => [each.id, each]));
  const interestedIds = new Set(interested.map(({ id }) => id));
  return facts
    .filter((each) => interestedIds.has(each.destination_id) || each.attempts > 0 || each.parked !== null)
    .map((each) => deliveryOf(event, each, known.get(each.destination_id) ?? null));
}

const CLOCKS_DIFFER_IN_MILLISECONDS = 3_600_000;

function deliveryOf(event: RecordedEvent, facts: Facts, destination: Destination | null): EventDelivery {
  return {
    destinationId: facts.destination_id,
    destination,
    state: stateOf(event, facts),
    attempts: facts.attempts,
    firstAttemptAt: facts.first_attempt_at,
    deliveredAt: facts.delivered_at,
    lastOutcome: facts.last_outcome,
    lastStatus: facts.last_status,
    dueAt: facts.due_at,
  };
}

function stateOf(
  event: RecordedEvent,
  { parked, delivered_at: deliveredAt, cursor }: Facts,
): EventDeliveryState {
  // A row that is still there says more than an earlier delivery: somebody asked for it again.
  if (parked && !(deliveredAt && parked !== 'waiting' && parked !== 'behind')) return parked;
  if (deliveredAt) return 'delivered';
  return cursor !== null && cursor < event.position ? 'pending' : 'passed';
}

async function wants(
  tx: Tx,
  event: RecordedEvent,
  destination: Destination,
  protocols: Protocols,
): Promise<boolean> {
  const protocol = protocols.get(destination.protocol);
  if (!protocol || !concerns(destination, event)) return false;
  const settings = parseSettings(protocol, destination.settings);
  if (!protocol.wants(event, { settings, eventTypes: destination.eventTypes })) return false;
  const groups = audienceOf(destination);
  return groups === undefined || (await forAudience(tx, [event], groups)).length > 0;
}

// The attempts at one event are found by its position, and not looked for in days before it happened.
const FACTS = `
  with attempted as materialized (
    select * from delivery_attempt where position = $1 and id >= delivery_attempt_floor($3::timestamptz) and kind <> 'test'
  ), told as (
    select destination_id, count(*) as attempts, min(started_at) as first_attempt_at,
           min(started_at + make_interval(secs => duration_in_milliseconds / 1000.0))
             filter (where outcome = 'delivered') as delivered_at,
           (array_agg(outcome order by id desc))[1] as last_outcome,
           (array_agg(status order by id desc))[1] as last_status
      from attempted group by destination_id
  )
  select coalesce(d.id, told.destination_id) as destination_id, s.cursor, p.state as parked, p.due_at,
         coalesce(told.attempts, 0) as attempts, told.first_attempt_at, told.delivered_at, told.last_outcome,
         told.last_status
    from unnest($2::text[]) as d(id)
    full join told on told.destination_id = d.id
    left join delivery_state s on s.destination_id = d.id
    left join parked_delivery p on p.destination_id = d.id and p.position = $1
   order by 1`;
