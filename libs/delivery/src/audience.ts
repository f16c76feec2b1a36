/** Who was in a group when something happened, as the log says. Asked only for destinations that name groups. */
import { isOperational, type RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';

/**
 * @param events in order.
 * @returns those that are about a directory or a destination, about one of the groups, a membership in one, or a person who is in one: at that time, or, for
 * what ends a person, until then. Direct memberships count.
 * @param at who is in a group right after this position counts instead, for whichever event.
 */
export async function forAudience(
  tx: Tx,
  events: readonly RecordedEvent[],
  groupIds: readonly string[],
  at?: number,
): Promise<RecordedEvent[]> {
  const groups = new Set(groupIds);
  const people = events.filter((event) => isAboutAPerson(event));
  const inside =
    people.length === 0 ? new Set<RecordedEvent>() : await membersAt(tx, people, { groupIds, at });
  return events.filter(
    (event) =>
      groups.has(event.subjects[0] ?? '') ||
      isAboutADirectory(event) ||
      isOperational(event) ||
      inside.has(event),
  );
}

/** That a directory is gone is news for everybody who heard of it. */
function isAboutADirectory(event: RecordedEvent): boolean {
  return event.type.startsWith('Directory');
}

function isAboutAPerson(event: RecordedEvent): boolean {
  return event.type.startsWith('User');
}

/** Those whose person was in one of the groups. */
async function membersAt(
  tx: Tx,
  events: readonly RecordedEvent[],
  { groupIds, at }: { groupIds: readonly string[]; at: number | undefined },
): Promise<Set<RecordedEvent>> {
  const rows = await tx.rows<{ place: number }>(MEMBERS, [
    events.map(({ subjects }) => subjects[0]),
    events.map(({ position }) => (at === undefined ? position : at + 1)),
    groupIds,
  ]);
  return new Set(rows.map(({ place }) => events[place - 1]!));
}

// The last word about each person and group before the event; a group that was deleted meanwhile has no members.
const MEMBERS = `
  select distinct e.place
    from unnest($1::text[], $2::bigint[]) with ordinality as e(person, position, place)
   cross join lateral (
     select distinct on (m.subjects[1]) m.subjects[1] as group_id, m.position, m.data ->> 'change' as change
       from event m
      where m.subjects[2] = e.person and m.position < e.position and m.subjects[1] = any($3)
        and m.type = 'MembershipChanged'
      order by m.subjects[1], m.position desc
   ) as last
   where last.change = 'added'
     and not exists (select from event g
                      where g.subjects[1] = last.group_id and g.position > last.position and g.position < e.position
                        and g.type = 'GroupDeleted')`;
