/** Which groups somebody is in right after a membership has changed, as the log says: the same whenever it is asked. */
import type { RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';

/**
 * @param groupIds those that count: the ones that grant access. Undefined: all, and none of them is known to grant any.
 * @returns the events in their order, each membership of a person with `afterwards`.
 */
export async function withGroups(
  tx: Tx,
  events: readonly RecordedEvent[],
  groupIds?: readonly string[],
): Promise<RecordedEvent[]> {
  const memberships = events.filter(({ type }) => type === 'MembershipChanged');
  if (memberships.length === 0) return [...events];
  const rows = await tx.rows<{ place: number; groups: string[] }>(GROUPS, [
    memberships.map(({ subjects }) => subjects[1]),
    memberships.map(({ position }) => position),
    groupIds ?? null,
  ]);
  const groupsOf = new Map(rows.map(({ place, groups }) => [memberships[place - 1]!, groups]));
  return events.map((event) => {
    if (event.type !== 'MembershipChanged') return event;
    const groups = groupsOf.get(event) ?? [];
    const endsAccess = groupIds !== undefined && groups.length === 0 && event.data.change === 'removed';
    return { ...event, afterwards: { groups, endsAccess } };
  });
}

// The last word about each person and group up to the event. The last word about a group has its name, or that it is gone.
// Bytes decide the order, and not the database's language.
const GROUPS = `
  select e.place, array_agg(coalesce(named.name, last.group_id) order by coalesce(named.name, last.group_id) collate "C") as groups
    from unnest($1::text[], $2::bigint[]) with ordinality as e(person, position, place)
   cross join lateral (
     select distinct on (m.subjects[1]) m.subjects[1] as group_id, m.data ->> 'change' as change
       from event m
      where m.subjects[2] = e.person and m.position <= e.position and m.type = 'MembershipChanged'
        and ($3::text[] is null or m.subjects[1] = any($3))
      order by m.subjects[1], m.position desc
   ) as last
   cross join lateral (
     select g.type, g.data -> 'group' -> 'attributes' ->> 'displayName' as name
       from event g
      where g.subjects[1] = last.group_id and g.position <= e.position
      order by g.position desc limit 1
   ) as named
   where last.change = 'added' and named.type <> 'GroupDeleted'
   group by e.place`;
