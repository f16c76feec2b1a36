/**
 * A SCIM filter as SQL. Every value travels as a parameter, and every leaf is either true or false, never unknown:
 * `not` must turn "no such attribute" into a match (RFC 7644 §3.4.2.2), which SQL's NULL would swallow.
 */
import { definitionOf, type AttributePath, type Compare, type Filter, type ResourceType } from '@app/scim';

/** Collects parameters and hands out their numbers. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** @returns a boolean SQL expression over the row `r` of `scim_user` or `scim_group`. */
export function filterSql(type: ResourceType, filter: Filter, parameters: Parameters): string {
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

function presentSql(type: ResourceType, path: AttributePath, parameters: Parameters): string {
  const column = columnOf(type, path);
  if (column) return `(${column.sql} is not null)`;
  const derived = derivedList(path);
  if (derived) return `exists (${derived})`;
  if (isList(type, path) && path.subAttribute !== undefined) {
    return `exists (${elements(path, parameters)} where e.value -> ${parameters.add(path.subAttribute)} is not null)`;
  }
  return `(${json(path, parameters)} is not null)`;
}

function compareSql(type: ResourceType, filter: Compare, parameters: Parameters): string {
  // `ne` is the opposite of `eq`, also for lists: true when no value equals, and so when there is none.
  if (filter.operator === 'ne') return `(not ${compareSql(type, { ...filter, operator: 'eq' }, parameters)})`;
  if (filter.value === null) return `(not ${presentSql(type, filter.path, parameters)})`;
  const column = columnOf(type, filter.path);
  if (column) return comparison(filter, column, parameters);
  const derived = derivedList(filter.path);
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

function valuePathSql(
  type: ResourceType,
  path: AttributePath,
  filter: Filter,
  parameters: Parameters,
): string {
  const derived = derivedList(path);
  if (derived) return `exists (${derived} and ${elementSql(filter, parameters, memberSide)})`;
  const source = isList(type, path)
    ? elements(path, parameters)
    : `select from (select ${json(path, parameters)} as value) as e`;
  const exists = `exists (${source} where ${elementSql(filter, parameters, jsonSide)})`;
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

interface Side {
  sql: string;
  as: 'text' | 'json' | 'time' | 'lower-text';
}

/** `side operator value`, false where the side is absent. The operator is not `ne`, and the value not null. */
function comparison(
  { operator, value, comparison: kind }: Compare,
  side: Side,
  parameters: Parameters,
): string {
  if (kind === 'dateTime') {
    const left = side.as === 'time' ? side.sql : `(${asText(side)})::timestamptz`;
    // Times are stored to the millisecond; a filter made from what we showed must find it again.
    return `coalesce(date_trunc('milliseconds', ${left}) ${SIGN[operator as keyof typeof SIGN]} ${parameters.add(value)}::timestamptz, false)`;
  }
  if (kind === 'number') {
    return `coalesce((${asText(side)})::numeric ${SIGN[operator as keyof typeof SIGN]} ${parameters.add(value)}::numeric, false)`;
  }
  if (kind === 'boolean') return `coalesce(${asText(side)} = ${parameters.add(String(value))}, false)`;
  const folds = kind === 'caseInsensitive';
  const text = folds && side.as !== 'lower-text' ? `lower(${asText(side)})` : asText(side);
  const wanted = parameters.add(folds ? String(value).toLowerCase() : String(value));
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

const SIGN = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=', ne: '<>' } as const;

function asText(side: Side): string {
  return side.as === 'json' ? `(${side.sql} #>> '{}')` : side.sql;
}

/** Attributes that have a column of their own. */
function columnOf(type: ResourceType, { schema, name, subAttribute }: AttributePath): Side | undefined {
  if (schema !== undefined) return undefined;
  if (type === 'Group' && name === 'displayName') return { sql: 'r.display_name_key', as: 'lower-text' };
  switch (subAttribute === undefined ? name : `${name}.${subAttribute}`) {
    case 'id':
      return { sql: 'r.id', as: 'text' };
    case 'userName':
      return { sql: 'r.user_name_key', as: 'lower-text' };
    case 'externalId':
      return { sql: 'r.external_id', as: 'text' };
    case 'meta.resourceType':
      return { sql: `'${type}'::text`, as: 'text' };
    case 'meta.created':
      return { sql: 'r.created_at', as: 'time' };
    case 'meta.lastModified':
      return { sql: 'r.last_modified', as: 'time' };
    case 'meta.version':
      return { sql: `('W/"' || r.version || '"')`, as: 'text' };
    default:
      return undefined;
  }
}

/** Lists that are not stored with the resource: who is in a group, and which groups a person is in. */
function derivedList({ schema, name }: AttributePath): string | undefined {
  if (schema !== undefined) return undefined;
  if (name === 'members') {
    return `select from (select member_id as value, member_type as type from membership where group_id = r.id) as m where true`;
  }
  if (name === 'groups') {
    return `select from (select group_id as value, 'direct' as type from membership where member_id = r.id) as m where true`;
  }
  return undefined;
}

function memberColumn(subAttribute: string): string {
  if (subAttribute === 'value') return 'm.value';
  if (subAttribute === 'type') return 'm.type';
  return 'null::text'; // display and $ref are made when the resource is shown; nothing is stored to compare with
}

function isList(type: ResourceType, { schema, name }: AttributePath): boolean {
  const definition = definitionOf(type, schema === undefined ? { name } : { schema, name });
  return definition?.multiValued ?? false;
}

function json({ schema, name, subAttribute }: AttributePath, parameters: Parameters): string {
  const path = [schema, name, subAttribute].filter((part) => part !== undefined);
  return `(r.attributes #> ${parameters.add(path)}::text[])`;
}

function elements({ schema, name }: AttributePath, parameters: Parameters): string {
  const list = json(schema === undefined ? { name } : { schema, name }, parameters);
  return `select from jsonb_array_elements(${list}) as e`;
}
