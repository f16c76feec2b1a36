/** Who was in a group when something happened, as the log says. Asked only for destinations that name groups. */
import type { RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';

/**
 * @param events in order.
 * @returns those that are about a directory, about one of the groups, a membership in one, or a person who is in one: at that time, or, for
 * what ends a person, until then. Direct memberships count.
 */
export async function forAudience(
  tx: Tx,
  events: readonly RecordedEvent[],
  groupIds: readonly string[],
): Promise<RecordedEvent[]> {
  const groups = new Set(groupIds);
  const people = events.filter((event) => isAboutAPerson(event));
  const inside = people.length === 0 ? new Set<number>() : await membersAt(tx, people, groupIds);
  return events.filter(
    (event) => groups.has(event.subjects[0] ?? '') || isAboutADirectory(event) || inside.has(event.position),
  );
}

/** That a directory is gone is news for everybody who heard of it. */
function isAboutADirectory(event: RecordedEvent): boolean {
  return event.type.startsWith('Directory');
}

function isAboutAPerson(event: RecordedEvent): boolean {
  return event.type.startsWith('User');
}

/** The positions of those events whose person was in one of the groups. */
async function membersAt(
  tx: Tx,
  events: readonly RecordedEvent[],
  groupIds: readonly string[],
): Promise<Set<number>> {
  const rows = await tx.rows<{ position: number }>(MEMBERS, [
    events.map(({ subjects }) => subjects[0]),
    events.map(({ position }) => position),
    groupIds,
  ]);
  return new Set(rows.map(({ position }) => position));
}

// The last word about each person and group before the event; a group that was deleted meanwhile has no members.
const MEMBERS = `
  select distinct e.position
    from unnest($1::text[], $2::bigint[]) as e(person, position)
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
