/** The order of resources as SQL: RFC 7644 §3.4.2.3. Of the caller's text nothing but parameters gets into it. */
import { MAX_KEY_CHARACTERS, shapeOf, type AttributePath, type Described, type Sort } from '@app/scim';
import { columnOf, derivedList, elements, isList, json, memberColumn, type Side } from './columns.js';
import type { Parameters } from './parameters.js';

/** Between two resources: where a page ends and the next one begins. */
export interface Place {
  /** The key of the resource as text, null when it has no value; absent when nothing but the id orders. */
  key?: string | null;
  id: string;
}

/** The value that orders the row `r`, null when it has none. Beyond so many characters two texts are ordered by their ids. */
export function keySql(type: Described, sort: Sort, parameters: Parameters): string {
  const side = sideOf(type, sort.path, parameters);
  const text = side.as === 'json' ? `(${side.sql} #>> '{}')` : `${side.sql}`;
  switch (sort.comparison) {
    case 'number':
      return `case when jsonb_typeof(${side.sql}) = 'number' then ${text}::numeric end`;
    case 'dateTime':
      // To the millisecond, as times are shown.
      return `date_trunc('milliseconds', ${side.as === 'time' ? text : `instant_of(${text})`})`;
    case 'caseInsensitive':
      return `left(${side.as === 'lower-text' ? text : `lower(${text})`}, ${MAX_KEY_CHARACTERS}) collate "C"`;
    default:
      return `left(${text}, ${MAX_KEY_CHARACTERS}) collate "C"`; // "false" comes before "true" as it should
  }
}

function sideOf(type: Described, path: AttributePath, parameters: Parameters): Side {
  const column = columnOf(type, path, parameters);
  if (column) return column;
  // The type's own schema always comes first.
  if (path.schema === undefined && path.name === 'schemas')
    return { sql: `${parameters.add(shapeOf(type).schema.id)}::text`, as: 'text' };
  const derived = derivedList(type, path, parameters);
  if (derived) {
    const value = memberColumn(path.name, path.subAttribute ?? 'value', parameters);
    // By the order of ids, as the list is shown.
    return { sql: `(${selecting(value, derived)} order by m.value limit 1)`, as: 'text' };
  }
  if (!isList(type, path)) return { sql: json(path, parameters), as: 'json' };
  const value =
    path.subAttribute === undefined ? 'e.value' : `e.value -> ${parameters.add(path.subAttribute)}`;
  const preferred = `order by coalesce(e.value -> 'primary' = 'true', false) desc, e.place limit 1`;
  return { sql: `(${selecting(value, elements(path, parameters))} ${preferred})`, as: 'json' };
}

/** A list by itself selects nothing, since all other questions are whether it holds something. */
function selecting(column: string, list: string): string {
  return list.replace(/^select /, () => `select ${column} `);
}

/** How keys travel to PostgreSQL and back. */
function typeOfKey({ comparison }: Sort): string {
  if (comparison === 'number') return 'numeric';
  return comparison === 'dateTime' ? 'timestamptz' : 'text';
}

/** In order, or in the opposite order to walk backwards. Columns `key` (where there is a sort) and `id` of the row `r`. */
export function orderSql(sort: Sort | undefined, backwards: boolean): string {
  const id = `r.id ${backwards ? 'desc' : 'asc'}`;
  // PostgreSQL takes null for the greatest value, just as RFC 7644 has it: last when ascending, first when descending.
  return sort ? `${keyOf(sort)} ${upwards(sort, backwards) ? 'asc' : 'desc'}, ${id}` : id;
}

/** Whether a row stands beyond a place, in the direction of the walk. */
export function beyondSql(
  sort: Sort | undefined,
  place: Place,
  { backwards, parameters }: { backwards: boolean; parameters: Parameters },
): string {
  const id = `r.id ${backwards ? '<' : '>'} ${parameters.add(place.id)}`;
  if (!sort) return id;
  const key = keyOf(sort);
  const up = upwards(sort, backwards);
  if (place.key === null || place.key === undefined)
    return up ? `(${key} is null and ${id})` : `(${key} is not null or ${id})`;
  const wanted = `${parameters.add(place.key)}::${typeOfKey(sort)}`;
  const further = up ? `${key} > ${wanted} or ${key} is null` : `${key} < ${wanted}`;
  return `(${further} or (${key} = ${wanted} and ${id}))`;
}

function keyOf(sort: Sort): string {
  return typeOfKey(sort) === 'text' ? 'r.key collate "C"' : 'r.key';
}

function upwards({ order }: Sort, backwards: boolean): boolean {
  return (order === 'ascending') !== backwards;
}
