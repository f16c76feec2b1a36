/** Which roles groups give people right now, worked out from the memberships, groups inside groups included. */
import { keyed, NO_ROLE_MAPPING, rolesBy, type RoleMapping, type RoleRule } from '@app/directory';
import { Statement, type Tx } from '@app/runtime';

/**
 * The groups that the rules of `mapping` name, and all groups inside them, each once for each rule and
 * the group that it is in: `granting`. Downwards: what people
 * are in is then a look-up for each, however the groups lie inside each other.
 */
export const granting = (mapping: string): string => `
  recursive mapping as materialized (${mapping}),
  rule(directory_id, place, selector, name_key) as (
    select mapping.directory_id, r.place - 1, r.rule -> 'group', r.rule ->> 'name_key'
      from mapping cross join lateral jsonb_array_elements(mapping.rules) with ordinality as r(rule, place)
  ),
  granting(place, directory_id, group_id, via) as (
    select rule.place, rule.directory_id, named.id, null::text
      from rule cross join lateral (
        select g.id from scim_group g where g.directory_id = rule.directory_id and g.id = rule.selector ->> 'id'
        union all
        select g.id from scim_group g
         where g.directory_id = rule.directory_id and g.display_name_key = rule.name_key
        union all
        select g.id from scim_group g
         where g.directory_id = rule.directory_id and g.external_id = rule.selector ->> 'external_id'
        offset 0) as named
    union
    select granting.place, granting.directory_id, inside.member_id, granting.group_id
      from granting cross join lateral (
        select member_id from membership where group_id = granting.group_id and member_type = 'Group' offset 0) as inside
  )`;

const rolesBySql = (mapping: string): string => `
  with ${granting(mapping)},
  granted as (
    select own.member_id as user_id, array_agg(distinct granting.place) as places
      from unnest($2::text[]) as wanted
     cross join lateral (select member_id, group_id from membership where member_id = wanted offset 0) as own
      join granting using (group_id)
     group by own.member_id
  )
  select null as user_id, null as places, rules, default_role from mapping
  union all
  select user_id, places, null, null from granted`;

export const IN_FORCE =
  'select directory_id, rules, default_role from role_mapping_in_force where directory_id = $1';
const GIVEN = 'select $1::text as directory_id, $3::jsonb as rules, $4::text as default_role';

const ROLES_IN_FORCE = new Statement('roles-in-force', rolesBySql(IN_FORCE));
const ROLES_BY_A_MAPPING = new Statement('roles-by-a-mapping', rolesBySql(GIVEN));

interface RoleRow {
  user_id: string | null;
  places: number[] | null;
  rules: RoleRule[] | null;
  default_role: string | null;
}

/**
 * One statement. What consumers know of a person's roles, `User.roles`, may be a moment behind it.
 * @param directoryId of the people. @param mapping instead of the one in force.
 * @returns for each of the people the slugs of their roles, the foremost first; empty: none. It asks nobody whether they are active.
 */
export async function rolesOf(
  tx: Tx,
  directoryId: string,
  userIds: readonly string[],
  mapping?: RoleMapping,
): Promise<Map<string, string[]>> {
  if (userIds.length === 0) return new Map();
  const rows = mapping
    ? await tx.rows<RoleRow>(ROLES_BY_A_MAPPING, [
        directoryId,
        userIds,
        JSON.stringify(mapping.rules.map(keyed)),
        mapping.defaultRole,
      ])
    : await tx.rows<RoleRow>(ROLES_IN_FORCE, [directoryId, userIds]);
  const found = rows.find(({ user_id }) => user_id === null);
  const applied = found?.rules ? { rules: found.rules, defaultRole: found.default_role } : NO_ROLE_MAPPING;
  const places = new Map(rows.map((row) => [row.user_id, row.places ?? []]));
  return new Map(userIds.map((id) => [id, rolesBy(applied, places.get(id) ?? [])]));
}
