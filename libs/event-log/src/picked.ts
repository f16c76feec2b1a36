/**
 * Events that are wanted by one thing alone: by their types, by whom they are about, by their directories or by their
 * organizations. Each name has an index in which its events stand in the order of the log, so that as many are read for a page as
 * are on it, however long the log is. PostgreSQL does not find that by itself where there are several names.
 */
import type { Selection } from './selection.js';

export type PickedBy = 'types' | 'subjects' | 'directories' | 'organizations';

export interface Picking {
  by: PickedBy;
  names: readonly string[];
}

/** @returns undefined where more than one thing decides, or nothing, or time: no index knows that. */
export function pickingOf(selection: Selection): Picking | undefined {
  const { types, subjects, directoryId, directoryIds, organizationId, organizationIds } = selection;
  if (selection.upTo !== undefined || selection.occurredFrom || selection.occurredBefore) return undefined;
  const wishes: [PickedBy, readonly string[] | undefined][] = [
    ['types', types],
    ['subjects', subjects],
    ['directories', bothOf(directoryId, directoryIds)],
    ['organizations', bothOf(organizationId, organizationIds)],
  ];
  const [first, ...others] = wishes.flatMap(([by, names]) => (names ? [{ by, names }] : []));
  return others.length === 0 ? first : undefined;
}

function bothOf(one: string | undefined, several: string[] | undefined): readonly string[] | undefined {
  if (one === undefined) return several;
  return several === undefined || several.includes(one) ? [one] : [];
}

/**
 * The positions of the first `$2` events after `$1` of each name in `$3`. Types and organizations have an index of their own. They are
 * asked for as a range of pairs, whose order no other index has: PostgreSQL would walk the log where it takes a rare name to be
 * everywhere in it. Of a person or a group PostgreSQL cannot tell beforehand whether there are ten
 * events or a million, and might read them all to sort them; so it is asked for one after the other.
 */
const OF_A_NAME: Readonly<Record<PickedBy, string>> = {
  types: alongPairs('type'),
  organizations: alongPairs('organization_id'),
  subjects: `(${oneByOne('subjects[1]')}) union all (${oneByOne('subjects[2]')})`,
  // Its numbers are without a gap and in the order of the log, so halving finds where the page begins: an index that knew it
  // would cost every write.
  directories: `
    with recursive halved(low, high) as (
      select 0::bigint, (select sequence from directory_head where directory_id = name)
      union all
      select case when e.position <= $1 then e.sequence else h.low end,
             case when e.position <= $1 then h.high else e.sequence - 1 end
        from halved h join event e on e.directory_id = name and e.sequence = (h.low + h.high + 1) / 2
       where h.low < h.high
    ), start as (
      select max(low) as sequence from halved
    )
    select position from event, start
     where directory_id = name and event.sequence > start.sequence and event.sequence <= start.sequence + $2`,
};

function alongPairs(column: string, after = '$1', limit = '$2'): string {
  return `
    select position from event
     where (${column}, position) > (name, ${after}) and (${column}, position) <= (name, ${Number.MAX_SAFE_INTEGER})
       and ${column} is not null
     order by ${column}, position limit ${limit}`;
}

function oneByOne(column: string): string {
  return `
    with recursive walked(position) as (
      (${alongPairs(column, '$1', '1')})
      union all
      select (${alongPairs(column, 'w.position', '1')}) from walked w where w.position is not null
    )
    select position from walked where position is not null limit $2`;
}

/** A condition for the first `$2` events after `$1` of any of the names in `$3`. */
export function isPicked(by: PickedBy): string {
  return `position = any(array(
    select distinct picked.position
      from unnest($3::text[]) as name cross join lateral (${OF_A_NAME[by]}) as picked
     order by position limit $2))`;
}
