/** Who was in a group when something happened, as the log says. Asked only for destinations that name groups. */
import { isForOneStream, isOfOrganization, isOperational, type RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';

/**
 * @param events in order.
 * @returns those that are about a directory, a destination or an organization, about one of the groups, a membership in one, or a person who is
 * in one: at that time, or, for what ends a person, until then. Direct memberships count.
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
      isOfOrganization(event) ||
      isForOneStream(event) ||
      inside.has(event),
  );
}

/**
 * @returns these without what has changed nobody's access: the ends of memberships after which the person was still in one of
 * the groups, and the beginnings of those who were in one already, or had never left one.
 */
export async function changesOfAccess(
  tx: Tx,
  events: readonly RecordedEvent[],
  groupIds: readonly string[],
): Promise<RecordedEvent[]> {
  const changes = events.filter(({ type }) => type === 'MembershipChanged');
  if (changes.length === 0) return [...events];
  const ends = changes.filter((event) => endsMembership(event));
  const begins = changes.filter((event) => !endsMembership(event));
  const stillInside = await stillMembers(tx, ends, groupIds);
  const backInside = await firstMemberships(tx, begins, groupIds);
  const told = new Set([...ends.filter((event) => !stillInside.has(event)), ...backInside]);
  return events.filter((event) => event.type !== 'MembershipChanged' || told.has(event));
}

export function endsMembership(event: RecordedEvent): boolean {
  return event.type === 'MembershipChanged' && event.data.change === 'removed';
}

/** Of the beginnings of memberships those whose person was in none of the groups, and had been in one before. */
async function firstMemberships(
  tx: Tx,
  begins: readonly RecordedEvent[],
  groupIds: readonly string[],
): Promise<RecordedEvent[]> {
  if (begins.length === 0) return [];
  const asked = begins.map(({ subjects, position }) => ({ person: subjects[1], before: position }));
  const inside = new Set(await insideAt(tx, asked, groupIds));
  const outside = begins.filter((_, place) => !inside.has(place));
  const rows = await tx.rows<{ place: number }>(LEFT_BEFORE, [
    outside.map(({ subjects }) => subjects[1]),
    outside.map(({ position }) => position),
    groupIds,
  ]);
  return rows.map(({ place }) => outside[place - 1]!);
}

/**
 * Those whose person is in one of the groups, right after the event.
 * @param events of a person, or of a membership. @param at right after this position instead.
 */
export async function stillMembers(
  tx: Tx,
  events: readonly RecordedEvent[],
  groupIds: readonly string[],
  at?: number,
): Promise<Set<RecordedEvent>> {
  if (events.length === 0) return new Set();
  const asked = events.map(({ subjects, position }) => ({
    person: subjects.at(-1),
    before: (at ?? position) + 1,
  }));
  return new Set((await insideAt(tx, asked, groupIds)).map((place) => events[place]!));
}

/** Those whose person is in none of the groups, right after this position. */
export async function outsiders(
  tx: Tx,
  events: readonly RecordedEvent[],
  groupIds: readonly string[],
  at: number,
): Promise<RecordedEvent[]> {
  const inside = await stillMembers(tx, events, groupIds, at);
  return events.filter((event) => !inside.has(event));
}

/** @returns those of the people who are in one of the groups now. */
export async function peopleInside(
  tx: Tx,
  people: readonly string[],
  groupIds: readonly string[],
): Promise<string[]> {
  if (people.length === 0) return [];
  const asked = people.map((person) => ({ person, before: Number.MAX_SAFE_INTEGER }));
  return (await insideAt(tx, asked, groupIds)).map((place) => people[place]!);
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
  const asked = events.map(({ subjects, position }) => ({
    person: subjects[0],
    before: at === undefined ? position : at + 1,
  }));
  return new Set((await insideAt(tx, asked, groupIds)).map((place) => events[place]!));
}

/** @returns the places, from 0, of those whose person was in one of the groups before that position. */
async function insideAt(
  tx: Tx,
  asked: readonly { person: string | undefined; before: number }[],
  groupIds: readonly string[],
): Promise<number[]> {
  const rows = await tx.rows<{ place: number }>(MEMBERS, [
    asked.map(({ person }) => person),
    asked.map(({ before }) => before),
    groupIds,
  ]);
  return rows.map(({ place }) => place - 1);
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

const LEFT_BEFORE = `
  select distinct e.place
    from unnest($1::text[], $2::bigint[]) with ordinality as e(person, position, place)
   where exists (select from event m
                  where m.subjects[2] = e.person and m.position < e.position and m.subjects[1] = any($3)
                    and m.type = 'MembershipChanged' and m.data ->> 'change' = 'removed')
   order by e.place`;
