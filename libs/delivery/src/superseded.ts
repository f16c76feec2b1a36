/** Finds the deliveries that a later event of the same subject has made pointless, just before they would start. */
import type { DomainEventType, RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import type { Protocol } from './protocol.js';

export interface Superseding {
  type: DomainEventType;
  position: number;
}

/**
 * @returns for each superseded event the first one that did it. Read at the time of the attempt, because the log may have
 * moved on while the delivery was waiting.
 */
export async function findSuperseded(
  tx: Tx,
  { supersededBy: types }: Pick<Protocol, 'supersededBy'>,
  events: readonly RecordedEvent[],
): Promise<Map<RecordedEvent, Superseding>> {
  if (!types || events.length === 0) return new Map();
  const rows = await tx.rows<Superseding & { place: number }>(SUPERSEDING, [
    events.map(({ subjects }) => subjects[0]),
    events.map(({ position }) => position),
    types,
  ]);
  return new Map(rows.map(({ place, ...by }) => [events[place - 1]!, by]));
}

// Whatever supersedes is about a person, who is its first subject and the first of what it supersedes.
const SUPERSEDING = `
  select asked.place, later.type, later.position
    from unnest($1::text[], $2::bigint[]) with ordinality as asked(subject, position, place)
   cross join lateral (
     select e.type, e.position from event e
      where e.subjects[1] = asked.subject and e.position > asked.position and e.type = any($3)
      order by e.position limit 1
   ) as later`;
