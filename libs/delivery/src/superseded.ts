/** Finds the deliveries that something later has made pointless, just before they would start. */
import type { DomainEventType, RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import { endsMembership, outsiders, stillMembers } from './audience.js';
import { audienceOf } from './filter.js';
import { findNamesakes } from './namesakes.js';
import type { Protocol } from './protocol.js';
import type { Receiver } from './source.js';

/**
 * @returns why, for each that is. Read at the time of the attempt, because the log may have moved on while the delivery was
 * waiting.
 */
export async function findSuperseded(
  tx: Tx,
  { destination, sender: { protocol, settings } }: Receiver,
  events: readonly RecordedEvent[],
): Promise<Map<RecordedEvent, string>> {
  const found = new Map<RecordedEvent, string>();
  const groupIds = audienceOf(destination);
  const { endsAccess, tellsGroups } = protocol;
  if (groupIds && (endsAccess || tellsGroups)) {
    const ends = events.filter((event) => endsMembership(event) && tookAccess(event));
    for (const event of await stillMembers(tx, ends, groupIds, END_OF_THE_LOG))
      found.set(event, 'the person is in a group again that grants access');
  }
  if (groupIds && endsAccess) {
    const returns = events.filter((event) => comesBack(event));
    for (const event of await outsiders(tx, returns, groupIds, END_OF_THE_LOG))
      found.set(event, 'the person is in no group any more that grants access');
  }
  if (!protocol.supersededBy || events.length === 0) return found;
  const rows = await tx.rows<{ place: number; type: string; position: number }>(SUPERSEDING, [
    events.map((event) => personOf(event)),
    events.map(({ position }) => position),
    events.map((event) => typesOf(protocol, event).join(' ')),
  ]);
  for (const { place, ...later } of rows) found.set(events[place - 1]!, laterWord(later));
  const name = protocol.knownBy?.(settings);
  if (name === undefined) return found;
  const leavings = events.filter((event) => !found.has(event) && undoneByReturn(protocol, event));
  for (const [event, later] of await findNamesakes(tx, leavings, { name, groupIds }))
    found.set(event, `${laterWord(later)}, of somebody with the same ${name}`);
  return found;
}

/**
 * The same of two that the destination wants, without the log: so that the later one need not wait until the earlier one
 * would be tried again.
 */
export function isSupersededBy(protocol: Protocol, earlier: RecordedEvent, later: RecordedEvent): boolean {
  if (later.position <= earlier.position || personOf(later) !== personOf(earlier)) return false;
  if (typesOf(protocol, earlier).includes(later.type)) return true;
  if (!protocol.endsAccess) return false;
  // A membership that is told of is the last one that ended, or the first one after that.
  return (comesBack(earlier) && endsMembership(later)) || (endsMembership(earlier) && comesBack(later));
}

/** Why, in words. */
export function laterWord({ type, position }: Pick<RecordedEvent, 'position'> & { type: string }): string {
  return `${type} at position ${position} came later`;
}

/** Of a membership that is its second subject. */
function personOf({ subjects }: RecordedEvent): string | undefined {
  return subjects.at(-1);
}

function typesOf({ supersededBy = [] }: Protocol, event: RecordedEvent): readonly DomainEventType[] {
  return typeof supersededBy === 'function' ? supersededBy(event) : supersededBy;
}

/** What it tells of a person, and is pointless as soon as that person is active again. */
function undoneByReturn(protocol: Protocol, event: RecordedEvent): boolean {
  return event.type.startsWith('User') && typesOf(protocol, event).includes('UserReactivated');
}

function comesBack(event: RecordedEvent): boolean {
  return (
    event.type === 'UserReactivated' || (event.type === 'MembershipChanged' && event.data.change === 'added')
  );
}

/** Of a membership whose sequel is not known: it was heard of because it was the last one. */
function tookAccess({ afterwards }: RecordedEvent): boolean {
  return afterwards?.endsAccess ?? true;
}

/** Further than any position; one less than the largest number, as who is a member is asked for one position later. */
const END_OF_THE_LOG = Number.MAX_SAFE_INTEGER - 1;

// Whatever supersedes is about a person alone, who is its first subject.
const SUPERSEDING = `
  select asked.place, later.type, later.position
    from unnest($1::text[], $2::bigint[], $3::text[]) with ordinality as asked(subject, position, types, place)
   cross join lateral (
     select e.type, e.position from event e
      where e.subjects[1] = asked.subject and e.position > asked.position and e.type = any(string_to_array(asked.types, ' '))
      order by e.position limit 1
   ) as later`;
