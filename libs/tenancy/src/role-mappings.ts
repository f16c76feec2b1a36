/** Which roles groups give: of a directory, or of an organization for all its directories that have no mapping of their own. */
import type { EntityManager } from 'typeorm';
import type { Tx } from '@app/runtime';

export interface StoredRoleMapping {
  /** As the room that knows roles made them. */
  rules: object[];
  defaultRole: string | null;
}

interface Row {
  rules: object[];
  default_role: string | null;
}

/** @param ownerId of a directory or an organization. */
export async function findRoleMapping(tx: Tx, ownerId: string): Promise<StoredRoleMapping | null> {
  const [row] = await tx.rows<Row>('select rules, default_role from role_mapping where id = $1', [ownerId]);
  return row ? { rules: row.rules, defaultRole: row.default_role } : null;
}

export type MappingOwner = { directoryId: string } | { organizationId: string };

/** Writes the mapping as a whole; one that says nothing is removed. */
export async function saveRoleMapping(
  tx: Tx,
  owner: MappingOwner,
  { rules, defaultRole, now }: StoredRoleMapping & { now: Date },
): Promise<void> {
  const directoryId = 'directoryId' in owner ? owner.directoryId : null;
  const organizationId = 'organizationId' in owner ? owner.organizationId : null;
  if (rules.length === 0 && defaultRole === null) {
    await tx.rows('delete from role_mapping where id = $1', [directoryId ?? organizationId]);
    return;
  }
  await tx.rows(
    `insert into role_mapping (id, directory_id, organization_id, rules, default_role, updated_at)
     values (coalesce($1, $2), $1, $2, $3, $4, $5)
     on conflict (id) do update
       set rules = excluded.rules, default_role = excluded.default_role, updated_at = excluded.updated_at`,
    [directoryId, organizationId, JSON.stringify(rules), defaultRole, now],
  );
}

/** The directories of an organization that have no mapping of their own, by the order of their ids; locked for the rest of the transaction. */
export async function directoriesWithoutMapping(tx: Tx, organizationId: string): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `select id from directory d where organization_id = $1
        and not exists (select from role_mapping where directory_id = d.id) order by id for update of d`,
    [organizationId],
  );
  return rows.map(({ id }) => id);
}

/** Which default role directories have by the mappings in force, and which one they go by so far: those where it is another. */
export async function changedDefaultRoles(
  tx: Tx,
  directoryIds: string[],
): Promise<{ id: string; defaultRole: string | null }[]> {
  return tx.rows(
    `select d.id, m.default_role as "defaultRole" from directory d left join role_mapping_in_force m on m.directory_id = d.id
      where d.id = any($1) and d.default_role is distinct from m.default_role order by d.id`,
    [directoryIds],
  );
}

/**
 * For a directory that has just been written, in whose transaction no change of its organization's mapping can pass by: writing it has locked
 * the organization against that.
 */
export async function inheritDefaultRole(
  manager: EntityManager,
  { id, organizationId }: { id: string; organizationId: string },
): Promise<string | null> {
  const found = await manager.query<{ default_role: string | null }[]>(
    'select default_role from role_mapping where organization_id = $1',
    [organizationId],
  );
  const defaultRole = found[0]?.default_role ?? null;
  if (defaultRole !== null)
    await manager.query('update directory set default_role = $2 where id = $1', [id, defaultRole]);
  return defaultRole;
}
