/** Values of attributes that a directory has declared for itself. */
import type { ResourceType } from '@app/scim';
import type { Tx } from '@app/runtime';

/** How many resources of the directory hold a value of each of these attributes of an extension; those that none holds are left out. */
export async function holdersOfValues(
  tx: Tx,
  type: ResourceType,
  { directoryId, schema, names }: { directoryId: string; schema: string; names: string[] },
): Promise<{ name: string; holders: number }[]> {
  if (names.length === 0) return [];
  const table = type === 'User' ? 'scim_user' : 'scim_group';
  return tx.rows<{ name: string; holders: number }>(
    `select name, count(*) as holders from ${table} r cross join unnest($3::text[]) as name
      where r.directory_id = $1 and r.attributes -> $2 ? name group by name order by name`,
    [directoryId, schema, names],
  );
}
