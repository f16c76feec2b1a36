/** Looks up what the log last said up to some place: a few statements for a whole page, each by an index. */
import { membershipKey, recorded, type LastWords, type RecordedEvent } from '@app/directory';
import type { Reader } from '../source.js';

/** @param beginnings a page of events of the types in `BEGINNINGS`. @param at a position, inclusive. */
export async function lastWords(
  reader: Reader,
  beginnings: readonly RecordedEvent[],
  at: number,
): Promise<LastWords> {
  const memberships = beginnings.filter(isPersonsMembership);
  const people = beginnings.filter(({ type }) => type.startsWith('User'));
  const groups = beginnings.filter(({ type }) => type === 'GroupCreated');
  const personIds = distinct([...people.map(first), ...memberships.map(second)]);
  const groupIds = distinct([...groups.map(first), ...memberships.map(first)]);
  const { database } = reader;
  const [states, begun, named, joined, deleted] = await Promise.all([
    database.rows<Word>(STATES, [[...personIds, ...groupIds], at]),
    database.rows<Word>(BEGUN, [personIds, at]),
    database.rows<Word>(NAMED, [groups.map(first), at]),
    database.rows<Joined>(JOINED, [memberships.map(first), memberships.map(second), at]),
    database.rows<{ id: string }>(DELETED, [distinct(beginnings.map(({ directoryId }) => directoryId)), at]),
  ]);
  const events = await eventsAt(reader, [...states, ...named]);
  const byId = (words: Word[]): [string, RecordedEvent][] =>
    words.map(({ id, position }) => [id, events.get(position)!]);
  const keyOf = ({ group_id, member_id }: Joined): string => membershipKey(group_id, member_id);
  return {
    states: new Map(byId(states)),
    naming: new Map(byId(named)),
    began: new Map([
      ...begun.map(({ id, position }): [string, number] => [id, position]),
      ...joined.map((row): [string, number] => [keyOf(row), row.began]),
    ]),
    memberships: new Set(joined.filter(({ change }) => change === 'added').map(keyOf)),
    deletedDirectories: new Set(deleted.map(({ id }) => id)),
  };
}

interface Word {
  id: string;
  position: number;
}

interface Joined {
  group_id: string;
  member_id: string;
  change: string;
  began: number;
}

function isPersonsMembership(event: RecordedEvent): boolean {
  if (event.type !== 'MembershipChanged' && event.type !== 'MembershipRestated') return false;
  return event.data.member.type === 'User';
}

async function eventsAt({ database, log }: Reader, words: Word[]): Promise<Map<number, RecordedEvent>> {
  const positions = distinct(words.map(({ position }) => position));
  const entries = await log.at(database, positions);
  return new Map(entries.map((entry) => [entry.position, recorded(entry)]));
}

const first = ({ subjects }: RecordedEvent): string => subjects[0] ?? '';
const second = ({ subjects }: RecordedEvent): string => subjects[1] ?? '';

function distinct<T>(values: T[]): T[] {
  return [...new Set(values)];
}

const wordsOf = (condition: string): string => `
  select asked.id, word.position
    from unnest($1::text[]) as asked(id)
   cross join lateral (
     select e.position from event e
      where e.subjects[1] = asked.id and e.position <= $2 and ${condition}
      order by e.position desc limit 1
   ) as word`;

// A membership's first subject is its group, and it holds the group as it is then. Restating one changes nothing.
const STATES = wordsOf(`e.type <> 'MembershipRestated'`);
const BEGUN = wordsOf(
  `(e.type = 'UserCreated' or (e.type = 'UserReactivated' and e.data ->> 'revealed' = 'true'))`,
);
const NAMED = wordsOf(`e.type in ('GroupCreated', 'GroupChanged')`);

const DELETED = `
  select distinct subjects[1] as id from event
   where subjects[1] = any($1) and type = 'DirectoryDeleted' and position <= $2`;

// By the member: nobody is in as many groups as a group has members. Consumers hear of the end of those in a deleted group
// by its deletion alone, which comes a moment later.
const JOINED = `
  select asked.group_id, asked.member_id, word.change, began.position as began
    from unnest($1::text[], $2::text[]) as asked(group_id, member_id)
   cross join lateral (
     select e.data ->> 'change' as change from event e
      where e.subjects[2] = asked.member_id and e.subjects[1] = asked.group_id
        and e.type = 'MembershipChanged' and e.position <= $3
        and e.data ->> 'because' is distinct from 'group_deleted'
      order by e.position desc limit 1
   ) as word
   cross join lateral (
     select e.position from event e
      where e.subjects[2] = asked.member_id and e.subjects[1] = asked.group_id and e.position <= $3
        and (e.type = 'MembershipRestated' or (e.type = 'MembershipChanged' and e.data ->> 'change' = 'added'))
      order by e.position desc limit 1
   ) as began`;
