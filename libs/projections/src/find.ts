/**
 * A SCIM filter as SQL. Every value travels as a parameter, and every leaf is either true or false, never unknown:
 * `not` must turn "no such attribute" into a match (RFC 7644 §3.4.2.2), which SQL's NULL would swallow.
 */
import type { AttributePath, Compare, Filter, Described } from '@app/scim';
import { columnOf, derivedList, elements, isList, isMeta, json, memberColumn, type Side } from './columns.js';
import type { Parameters } from './parameters.js';

/** @returns a boolean SQL expression over the row `r` of `scim_user` or `scim_group`. */
export function filterSql(type: Described, filter: Filter, parameters: Parameters): string {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const sides = [filter.left, filter.right].map((side) => filterSql(type, side, parameters));
      return `(${sides.join(` ${filter.kind} `)})`;
    }
    case 'not':
      return `(not ${filterSql(type, filter.filter, parameters)})`;
    case 'present':
      return presentSql(type, filter.path, parameters);
    case 'compare':
      return compareSql(type, filter, parameters);
    case 'value-path':
      return valuePathSql(type, filter.path, filter.filter, parameters);
  }
}

function presentSql(type: Described, path: AttributePath, parameters: Parameters): string {
  const column = columnOf(type, path);
  if (column) return `(${column.sql} is not null)`;
  // Everything that exists has a meta; its location is made when the resource is shown.
  if (isMeta(path))
    return path.subAttribute === undefined || path.subAttribute === 'location' ? 'true' : 'false';
  const derived = derivedList(type, path, parameters);
  if (derived) return `exists (${derived})`;
  if (isList(type, path) && path.subAttribute !== undefined) {
    return `exists (${elements(path, parameters)} where e.value -> ${parameters.add(path.subAttribute)} is not null)`;
  }
  return `(${json(path, parameters)} is not null)`;
}

function compareSql(type: Described, filter: Compare, parameters: Parameters): string {
  // `ne` is the opposite of `eq`, also for lists: true when no value equals, and so when there is none.
  if (filter.operator === 'ne') return `(not ${compareSql(type, { ...filter, operator: 'eq' }, parameters)})`;
  if (filter.value === null) return `(not ${presentSql(type, filter.path, parameters)})`;
  const column = columnOf(type, filter.path);
  if (column) return comparison(filter, column, parameters);
  const derived = derivedList(type, filter.path, parameters);
  if (derived) {
    const inner = { sql: memberColumn(filter.path.subAttribute ?? 'value'), as: 'text' } as const;
    return `exists (${derived} and ${comparison(filter, inner, parameters)})`;
  }
  if (!isList(type, filter.path))
    return comparison(filter, { sql: json(filter.path, parameters), as: 'json' }, parameters);
  const value =
    filter.path.subAttribute === undefined
      ? 'e.value'
      : `(e.value -> ${parameters.add(filter.path.subAttribute)})`;
  const exists = `exists (${elements(filter.path, parameters)} where ${comparison(filter, { sql: value, as: 'json' }, parameters)})`;
  return indexed(filter, parameters, exists);
}

/** Lets PostgreSQL find the few rows by the index on addresses before it looks inside them. */
function indexed({ path, operator, value }: Compare, parameters: Parameters, exact: string): string {
  const isEmail = path.schema === undefined && path.name === 'emails' && path.subAttribute === 'value';
  if (!isEmail || operator !== 'eq' || typeof value !== 'string') return exact;
  return `(r.email_keys @> array[${parameters.add(value.toLowerCase())}]::text[] and ${exact})`;
}

function valuePathSql(type: Described, path: AttributePath, filter: Filter, parameters: Parameters): string {
  // There is one meta and it is always there, so its sub-attributes may as well be named outside the brackets.
  if (isMeta(path)) return filterSql(type, named(path.name, filter), parameters);
  const derived = derivedList(type, path, parameters);
  if (derived) return `exists (${derived} and ${elementSql(filter, parameters, memberSide)})`;
  const source = isList(type, path)
    ? elements(path, parameters)
    : `select from (select ${json(path, parameters)} as value) as e`;
  // An attribute that is absent fulfils nothing, not even `not (…)`: there is no value that could.
  const exists = `exists (${source} where e.value is not null and ${elementSql(filter, parameters, jsonSide)})`;
  const wanted = path.name === 'emails' ? equalValueIn(filter) : undefined;
  return wanted === undefined
    ? exists
    : `(r.email_keys @> array[${parameters.add(wanted)}]::text[] and ${exists})`;
}

/** The `value eq "x"` that every element found must fulfil, if there is one at the top of the filter. */
function equalValueIn(filter: Filter): string | undefined {
  if (filter.kind === 'and') return equalValueIn(filter.left) ?? equalValueIn(filter.right);
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.path.name !== 'value') return undefined;
  return typeof filter.value === 'string' ? filter.value.toLowerCase() : undefined;
}

/** The filter of a value path with the whole names of its sub-attributes. */
function named(name: string, filter: Filter): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { ...filter, left: named(name, filter.left), right: named(name, filter.right) };
    case 'not':
      return { kind: 'not', filter: named(name, filter.filter) };
    case 'present':
    case 'compare':
      return { ...filter, path: { name, subAttribute: filter.path.name } };
    case 'value-path':
      throw new Error('a value path cannot stand inside another one: the parser lets none through');
  }
}

type SideOf = (name: string, parameters: Parameters) => Side;
const jsonSide: SideOf = (name, parameters) => ({ sql: `(e.value -> ${parameters.add(name)})`, as: 'json' });
const memberSide: SideOf = (name) => ({ sql: memberColumn(name), as: 'text' });

/** A filter inside brackets: its paths name sub-attributes of one element. */
function elementSql(filter: Filter, parameters: Parameters, sideOf: SideOf): string {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const sides = [filter.left, filter.right].map((side) => elementSql(side, parameters, sideOf));
      return `(${sides.join(` ${filter.kind} `)})`;
    }
    case 'not':
      return `(not ${elementSql(filter.filter, parameters, sideOf)})`;
    case 'present':
      return `(${sideOf(filter.path.name, parameters).sql} is not null)`;
    case 'compare': {
      const side = sideOf(filter.path.name, parameters);
      if (filter.value === null) return `(${side.sql} is ${filter.operator === 'ne' ? 'not ' : ''}null)`;
      if (filter.operator === 'ne')
        return `(not ${comparison({ ...filter, operator: 'eq' }, side, parameters)})`;
      return comparison(filter, side, parameters);
    }
    case 'value-path':
      throw new Error('a value path cannot stand inside another one: the parser lets none through');
  }
}

/** `side operator value`, false where the side is absent. The operator is not `ne`, and the value not null. */
function comparison(
  { operator, value, comparison: kind }: Compare,
  side: Side,
  parameters: Parameters,
): string {
  if (kind === 'dateTime') {
    const left = side.as === 'time' ? side.sql : `instant_of(${asText(side)})`;
    // Times are stored to the millisecond; a filter made from what we showed must find it again.
    return `coalesce(date_trunc('milliseconds', ${left}) ${SIGN[operator as keyof typeof SIGN]} ${parameters.add(value)}::timestamptz, false)`;
  }
  if (kind === 'number') {
    const number = `case when jsonb_typeof(${side.sql}) = 'number' then (${asText(side)})::numeric end`;
    return `coalesce((${number}) ${SIGN[operator as keyof typeof SIGN]} ${parameters.add(value)}::numeric, false)`;
  }
  if (kind === 'boolean') return `coalesce(${asText(side)} = ${parameters.add(String(value))}, false)`;
  const [text, wanted] = sameCase(kind, side, String(value), parameters);
  switch (operator) {
    case 'co':
      return `coalesce(strpos(${text}, ${wanted}) > 0, false)`;
    case 'sw':
      return `coalesce(starts_with(${text}, ${wanted}), false)`;
    case 'ew':
      return `coalesce(right(${text}, length(${wanted})) = ${wanted}, false)`;
    case 'eq':
      // Not wrapped: an index can only serve the bare comparison, and every column that has one is filled or decides alone.
      return side.as === 'json'
        ? `coalesce(${text} = ${wanted}, false)`
        : `(${text} = ${wanted} and ${side.sql} is not null)`;
    case 'gt':
    case 'ge':
    case 'lt':
    case 'le':
    case 'ne':
      return `coalesce(${text} collate "C" ${SIGN[operator]} ${wanted}, false)`;
  }
}

/** Both sides in one case, made by one hand: PostgreSQL and JavaScript do not agree on the lower case of every letter. */
function sameCase(
  kind: Compare['comparison'],
  side: Side,
  value: string,
  parameters: Parameters,
): [text: string, wanted: string] {
  if (kind !== 'caseInsensitive') return [asText(side), parameters.add(value)];
  if (side.as === 'lower-text') return [side.sql, parameters.add(value.toLowerCase())];
  return [`lower(${asText(side)})`, `lower(${parameters.add(value)}::text)`];
}

const SIGN = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=', ne: '<>' } as const;

function asText(side: Side): string {
  return side.as === 'json' ? `(${side.sql} #>> '{}')` : side.sql;
}
