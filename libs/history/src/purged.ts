/**
 * Whoever was purged was to be kept so long and no longer: history has their id, their times, their groups and roles, since somebody
 * had that access, and none of their attributes. The log itself has no fact less.
 */
import { PURGE_REQUEST_ID, type RecordedEvent, type User } from '@app/directory';
import { Statement, type Tx } from '@app/runtime';

/** One statement. @returns the same events, without the attributes of those who are purged by now. */
export async function withoutPurged(tx: Tx, events: readonly RecordedEvent[]): Promise<RecordedEvent[]> {
  const ids = new Set(events.flatMap((event) => personOf(event)?.id ?? []));
  if (ids.size === 0) return [...events];
  const purged = await tx.rows<{ id: string }>(PURGED, [[...ids], PURGE_REQUEST_ID]);
  const gone = new Set(purged.map(({ id }) => id));
  return events.map((event) => (gone.has(personOf(event)?.id ?? '') ? bared(event) : event));
}

function personOf({ data }: RecordedEvent): User | undefined {
  if ('user' in data) return data.user;
  return 'member' in data && data.member.type === 'User' ? data.member.user : undefined;
}

/** The event about a person of whom nothing is known but that they were there. */
export function bared(event: RecordedEvent): RecordedEvent {
  const copy = structuredClone(event);
  const person = personOf(copy)!;
  const { active } = person.attributes;
  person.attributes = active === undefined ? {} : { active };
  delete person.custom;
  if ('previous' in copy && copy.previous)
    copy.previous = Object.fromEntries(Object.keys(copy.previous).map((name) => [name, null]));
  if ('before' in copy.data && copy.data.before?.custom) copy.data.before.custom = null;
  return copy;
}

const PURGED = new Statement(
  'history-purged',
  `select s.id from unnest($1::text[]) s (id)
    cross join lateral (
      select type, request_id from event where subjects[1] = s.id order by position desc limit 1
    ) last
    where last.type = 'UserDeleted' and last.request_id = $2`,
);
