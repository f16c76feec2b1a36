/**
 * Groups inside groups: whoever is in the inner one is in the outer one too, indirectly (RFC 7643 §4.1.2). Groups may
 * contain each other; a walk comes to each of them once.
 */
import { Statement, type Tx } from '@app/runtime';
import type { Parameters } from './parameters.js';

/** The groups that the row `r` of `scim_user` is in, upwards from the person, as `value` and `type`. */
export const GROUPS_OF_ROW = `with recursive up(value, direct) as (
    select group_id, true from membership where member_id = r.id
    union
    select outside.group_id, false from up
     cross join lateral (select group_id from membership where member_id = up.value and member_type = 'Group' offset 0) as outside
  )
  select value, case when bool_or(direct) then 'direct' else 'indirect' end as type from up group by value`;

const OUTER_GROUPS = new Statement(
  'outer-groups',
  `with recursive up(inner_id, directory_id, group_id) as (
     select wanted, around.directory_id, around.group_id from unnest($1::text[]) as wanted
      cross join lateral (select directory_id, group_id from membership
                           where member_id = wanted and member_type = 'Group' offset 0) as around
     union
     select up.inner_id, around.directory_id, around.group_id from up
      cross join lateral (select directory_id, group_id from membership
                           where member_id = up.group_id and member_type = 'Group' offset 0) as around
   )
   select up.inner_id, up.group_id, g.attributes ->> 'displayName' as display from up
    cross join lateral (select attributes from scim_group where directory_id = up.directory_id and id = up.group_id offset 0) as g`,
);

export interface OuterGroup {
  group_id: string;
  display: string | null;
}

/** For each group those that it is inside of, however deep; a circle leads to the group itself too. */
export async function outerGroups(tx: Tx, groupIds: string[]): Promise<Map<string, OuterGroup[]>> {
  const found = new Map<string, OuterGroup[]>(groupIds.map((id) => [id, []]));
  if (groupIds.length === 0) return found;
  const rows = await tx.rows<OuterGroup & { inner_id: string }>(OUTER_GROUPS, [groupIds]);
  for (const row of rows) found.get(row.inner_id)!.push(row);
  return found;
}

/**
 * Whether the row `r` of `scim_user` is in the group, directly or not: downwards from the group to the groups inside it,
 * once for the whole query, and then a look-up. Upwards would be a walk for each person of the directory.
 */
export function isInGroup(groupId: string, parameters: Parameters): string {
  return `exists (select from membership where member_id = r.id and group_id = any(array(
    with recursive down(id) as (
      select ${parameters.add(groupId)}::text
      union
      select inside.member_id from down
       cross join lateral (select member_id from membership where group_id = down.id and member_type = 'Group' offset 0) as inside
    )
    select id from down)))`;
}
