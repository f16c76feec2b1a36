/** Where the attributes of a resource stand: in a column, in a list that is made from other rows, or in the JSON. */
import { definitionOf, type AttributePath, shapeOf, type Described } from '@app/scim';
import type { Parameters } from './parameters.js';

/** One side of a comparison. */
export interface Side {
  sql: string;
  as: 'text' | 'json' | 'time' | 'lower-text';
}

/** Attributes that have a column of their own. */
export function columnOf(type: Described, { schema, name, subAttribute }: AttributePath): Side | undefined {
  if (schema !== undefined) return undefined;
  if (shapeOf(type).type === 'Group' && name === 'displayName')
    return { sql: 'r.display_name_key', as: 'lower-text' };
  switch (subAttribute === undefined ? name : `${name}.${subAttribute}`) {
    case 'id':
      return { sql: 'r.id', as: 'text' };
    case 'userName':
      return { sql: 'r.user_name_key', as: 'lower-text' };
    case 'externalId':
      return { sql: 'r.external_id', as: 'text' };
    case 'meta.resourceType':
      return { sql: `'${shapeOf(type).type}'::text`, as: 'text' };
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

/** Lists that are not stored with the resource: who is in a group, which groups a person is in, and the schemas used. */
export function derivedList(
  type: Described,
  { schema, name }: AttributePath,
  parameters: Parameters,
): string | undefined {
  if (schema !== undefined) return undefined;
  if (name === 'members') {
    return `select from (select member_id as value, member_type as type from membership where group_id = r.id) as m where true`;
  }
  if (name === 'groups') {
    return `select from (select group_id as value, 'direct' as type from membership where member_id = r.id) as m where true`;
  }
  if (name === 'schemas') {
    const { schema: own, extensions } = shapeOf(type);
    const urns = parameters.add(extensions.map(({ id }) => id));
    return `select from (select ${parameters.add(own.id)}::text as value, null::text as type
       union all select urn, null::text from unnest(${urns}::text[]) as urn where r.attributes ? urn) as m where true`;
  }
  return undefined;
}

/** What the service records about a resource, which has columns of its own. */
export function isMeta({ schema, name }: AttributePath): boolean {
  return schema === undefined && name === 'meta';
}

export function memberColumn(subAttribute: string): string {
  if (subAttribute === 'value') return 'm.value';
  if (subAttribute === 'type') return 'm.type';
  return 'null::text'; // display and $ref are made when the resource is shown; nothing is stored to compare with
}

export function isList(type: Described, { schema, name }: AttributePath): boolean {
  const definition = definitionOf(type, schema === undefined ? { name } : { schema, name });
  return definition?.multiValued ?? false;
}

export function json({ schema, name, subAttribute }: AttributePath, parameters: Parameters): string {
  const path = [schema, name, subAttribute].filter((part) => part !== undefined);
  return `(r.attributes #> ${parameters.add(path)}::text[])`;
}

export function elements({ schema, name }: AttributePath, parameters: Parameters): string {
  const list = json(schema === undefined ? { name } : { schema, name }, parameters);
  // A declaration may once have made a single value of what is a list now, and a list of one is what it then counts for.
  if (schema !== undefined) return `select from jsonb_path_query(${list}, '$[*]') as e(value)`;
  return `select from jsonb_array_elements(${list}) as e`;
}
