/**
 * Who has left and is back under another id: deleted and made again, or made elsewhere and given the old name. An application
 * that knows people by such a name would be told, late, to log out somebody who is there.
 */
import type { RecordedEvent } from '@app/directory';
import type { Tx } from '@app/runtime';
import { peopleInside } from './audience.js';

/** What an application may know a person by, other than the id, which nobody gets twice. */
export type PersonalName = 'externalId' | 'userName' | 'email';

interface Namesake {
  type: string;
  position: number;
}

/**
 * @param leavings events of people. @param groupIds the groups that grant access, where some do: whoever is in none of them is
 * not back.
 * @returns by leaving the last event with which an active person came to the same directory under the same name.
 */
export async function findNamesakes(
  tx: Tx,
  leavings: readonly RecordedEvent[],
  { name, groupIds }: { name: PersonalName; groupIds?: readonly string[] | undefined },
): Promise<Map<RecordedEvent, Namesake>> {
  const asked = new Map(leavings.filter(({ test }) => !test).map((event) => [event.position, event]));
  if (asked.size === 0) return new Map();
  const rows = await tx.rows<Namesake & { left: number; person: string }>(CAME_SINCE[name], [
    [...asked.keys()],
  ]);
  const people = rows.map(({ person }) => person);
  const inside = groupIds && new Set(await peopleInside(tx, people, groupIds));
  const back = rows.filter(({ person }) => inside?.has(person) ?? true);
  return new Map(back.map(({ left, type, position }) => [asked.get(left)!, { type, position }]));
}

/** As `attributeOf` and `emailOf` read them; a user name means the same in capitals, and so does an address. */
const NAME_OF: Readonly<Record<PersonalName, string>> = {
  externalId: `nullif(e.data #>> '{user,attributes,externalId}', '')`,
  userName: `nullif(lower(e.data #>> '{user,attributes,userName}'), '')`,
  email: `(
    select nullif(lower(mail ->> 'value'), '')
      from json_array_elements(
             case json_typeof(e.data #> '{user,attributes,emails}') when 'array' then e.data #> '{user,attributes,emails}' else '[]' end
           ) with ordinality as emails(mail, place)
     where json_typeof(mail) = 'object' and json_typeof(mail -> 'value') = 'string'
     order by coalesce((mail -> 'primary')::text = 'true', false) desc, coalesce(mail ->> 'type' = 'work', false) desc,
              coalesce(mail ->> 'type' = 'home', false) desc, place
     limit 1
  )`,
};

// The log is read from the first of the leavings on, in its directory, and of it only who came.
const cameSince = (name: string): string => `
  with asked as materialized (
    select e.position, e.directory_id, e.subjects[1] as person, ${name} as name
      from event e where e.position = any($1::bigint[])
  ), since as (
    select directory_id, min(position) as position from asked where name is not null group by directory_id
  ), came as materialized (
    select e.directory_id, e.position, e.type, e.subjects[1] as person, ${name} as name
      from since
      join event e on e.directory_id = since.directory_id and e.position > since.position
     where e.type in ('UserCreated', 'UserReactivated')
       and e.data #>> '{user,attributes,active}' is distinct from 'false'
  )
  select distinct on (asked.position) asked.position as left, came.position, came.type, came.person
    from asked
    join came using (directory_id, name)
   where came.position > asked.position and came.person <> asked.person
   order by asked.position, came.position desc`;

const CAME_SINCE: Readonly<Record<PersonalName, string>> = {
  externalId: cameSince(NAME_OF.externalId),
  userName: cameSince(NAME_OF.userName),
  email: cameSince(NAME_OF.email),
};
