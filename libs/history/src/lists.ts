/** Pages of a moment in the form in which consumers knew it: the ids of the page, then the state of each by its last event. */
import {
  publishedGroup,
  publishedUser,
  type Group,
  type PublishedEvent,
  type RecordedEvent,
  type User,
} from '@app/directory';
import type { EventLog } from '@app/event-log';
import type { PageOfRows, PageWish, Tx } from '@app/runtime';
import { Past, statesAt } from './past.js';
import type { Moment } from './moment.js';

export type Shown = PublishedEvent['data'];

interface Reading {
  tx: Tx;
  log: EventLog;
  past: Past;
}

/** Everybody, or those in a group. */
export async function usersThen(
  { tx, log, past }: Reading,
  of: { groupId?: string },
  wish: PageWish,
): Promise<PageOfRows<Shown>> {
  const page = await past.page(of.groupId === undefined ? { kind: 'u' } : { groupId: of.groupId }, wish);
  const shown = await shownThen(tx, log, past.moment, idsOf(page));
  return { ...page, data: page.data.map(({ id }) => shown.get(id)!) };
}

/** All groups, or those that a person is in directly. */
export async function groupsThen(
  { tx, log, past }: Reading,
  of: { userId?: string },
  wish: PageWish,
): Promise<PageOfRows<Shown>> {
  const page = await past.page(of.userId === undefined ? { kind: 'g' } : { memberId: of.userId }, wish);
  const shown = await shownThen(tx, log, past.moment, idsOf(page));
  return { ...page, data: page.data.map(({ id }) => shown.get(id)!) };
}

/** Who is in which group directly; by the ids of the group and the person. */
export async function membershipsThen(
  { tx, log, past }: Reading,
  wish: PageWish,
): Promise<PageOfRows<{ directory_id: string; user: Shown; group: Shown }>> {
  const page = await past.page({ all: 'memberships' }, wish);
  const pairs = page.data.map(({ id }) => id.split(':') as [string, string]);
  const shown = await shownThen(tx, log, past.moment, [...new Set(pairs.flat())]);
  return {
    ...page,
    // As in the event that told of it.
    data: pairs.map(([group, user]) => ({
      directory_id: past.moment.directoryId,
      user: shown.get(user)!,
      group: shown.get(group)!,
    })),
  };
}

/** One person or group. @returns undefined when consumers knew of none at the moment. */
export async function oneThen(
  { tx, log, past }: Reading,
  kind: 'user' | 'group',
  id: string,
): Promise<Shown | undefined> {
  if (past.ended) return undefined;
  const state = (await statesAt(tx, log, past.moment, [id])).get(id);
  if (!state || (kind === 'user') !== 'user' in state.data) return undefined;
  return shownOf(state, past.moment);
}

/** The same people, each with the groups that they were in directly. */
export async function withGroupsThen(
  { tx, log, past }: Reading,
  people: readonly Shown[],
): Promise<(Shown & { groups: Shown[] })[]> {
  const groups = await past.groupsOf(people.map((person) => person['id'] as string));
  const shown = await shownThen(tx, log, past.moment, [...new Set([...groups.values()].flat())]);
  return people.map((person) => ({
    ...person,
    groups: groups.get(person['id'] as string)!.map((id) => shown.get(id)!),
  }));
}

function idsOf({ data }: PageOfRows<{ id: string }>): string[] {
  return data.map(({ id }) => id);
}

async function shownThen(
  tx: Tx,
  log: EventLog,
  moment: Moment,
  ids: readonly string[],
): Promise<Map<string, Shown>> {
  const shown = new Map<string, Shown>();
  for (const [id, state] of await statesAt(tx, log, moment, ids)) {
    const one = shownOf(state, moment);
    if (one) shown.set(id, one);
  }
  const missing = ids.find((id) => !shown.has(id));
  if (missing) throw new Error(`${missing} is in a list of ${moment.position}, but has no state there`);
  return shown;
}

/** The state that an event leaves its first subject in. @returns undefined when consumers know of nothing. */
function shownOf(event: RecordedEvent, moment: Moment): Shown | undefined {
  const person = personIn(event);
  if (person) return person.concealed ? undefined : publishedUser(person, moment);
  const group = groupIn(event);
  return group && publishedGroup(group, moment);
}

function personIn({ type, data }: RecordedEvent): User | undefined {
  return type !== 'UserDeleted' && 'user' in data ? data.user : undefined;
}

function groupIn({ type, data }: RecordedEvent): Group | undefined {
  return type !== 'GroupDeleted' && 'group' in data ? data.group : undefined;
}
