/** Where the attributes of a resource stand: in a column, in a list that is made from other rows, or in the JSON. */
import { definitionOf, ENTERPRISE_URN, type AttributePath, shapeOf, type Described } from '@app/scim';
import { GROUPS_OF_ROW } from './nested-groups.js';
import type { Parameters } from './parameters.js';

/** One side of a comparison. */
export interface Side {
  sql: string;
  as: 'text' | 'json' | 'time' | 'lower-text';
}

/** Attributes that have a column of their own, or are made of columns when the resource is shown. */
export function columnOf(
  type: Described,
  { schema, name, subAttribute }: AttributePath,
  parameters: Parameters,
): Side | undefined {
  if (schema === ENTERPRISE_URN && name === 'manager' && subAttribute === '$ref') {
    const manager = `(r.attributes #>> ${parameters.add([schema, name, 'value'])}::text[])`;
    return { sql: parameters.address(`'User'`, manager), as: 'text' };
  }
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
    case 'meta.location':
      return { sql: parameters.address(`'${shapeOf(type).type}'`, 'r.id'), as: 'text' };
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
    return `select from (${GROUPS_OF_ROW}) as m where true`;
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

/** A sub-attribute of one element `m` of a derived list, as it is shown; `name` is the list's. */
export function memberColumn(name: string, subAttribute: string, parameters: Parameters): string {
  const shown = LINKED[name];
  switch (subAttribute) {
    case 'value':
      return 'm.value';
    case 'type':
      return 'm.type';
    case 'display':
      return shown?.display ?? 'null::text';
    case '$ref':
      return shown ? parameters.address(shown.type, 'm.value') : 'null::text';
    default:
      return 'null::text';
  }
}

const nameOf = (table: string, names: string): string =>
  `select ${names} from ${table} as n where n.directory_id = r.directory_id and n.id = m.value`;
const GROUP_NAME = nameOf('scim_group', `n.attributes ->> 'displayName'`);
const USER_NAME = nameOf(
  'scim_user',
  `coalesce(n.attributes ->> 'displayName', n.attributes ->> 'userName')`,
);

/** What the elements of derived lists link to: the type of it, and its name. */
const LINKED: { readonly [list: string]: { type: string; display: string } } = {
  members: { type: 'm.type', display: `(${USER_NAME} union all ${GROUP_NAME})` },
  groups: { type: `'Group'`, display: `(${GROUP_NAME})` },
};

export function isList(type: Described, { schema, name }: AttributePath): boolean {
  const definition = definitionOf(type, schema === undefined ? { name } : { schema, name });
  return definition?.multiValued ?? false;
}

export function json({ schema, name, subAttribute }: AttributePath, parameters: Parameters): string {
  const path = [schema, name, subAttribute].filter((part) => part !== undefined);
  return `(r.attributes #> ${parameters.add(path)}::text[])`;
}

/** The values of a stored list as rows `e`, each with its `place`. */
export function elements({ schema, name }: AttributePath, parameters: Parameters): string {
  const list = json(schema === undefined ? { name } : { schema, name }, parameters);
  // A declaration may once have made a single value of what is a list now, and a list of one is what it then counts for.
  if (schema !== undefined)
    return `select from jsonb_path_query(${list}, '$[*]') with ordinality as e(value, place)`;
  return `select from jsonb_array_elements(${list}) with ordinality as e(value, place)`;
}
