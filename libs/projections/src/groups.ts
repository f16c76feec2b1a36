/** The groups as SCIM shows them, without their members, which are rows of their own. */
import type { Group } from '@app/directory';
import { Statement, type Tx } from '@app/runtime';
import { eachOf } from './each-of.js';
import { placedResource, type Placed, type ResourceRow } from './users.js';

export type PlacedGroup = Group & Placed;

export const GROUP_COLUMNS = 'directory_id, id, attributes, version, created_at, last_modified, told_at';

const LOAD = new Statement(
  'groups-by-ids',
  eachOf(`select ${GROUP_COLUMNS} from scim_group where directory_id = k.d and id = k.v`),
);

export async function loadGroups(tx: Tx, keys: [directoryId: string, id: string][]): Promise<PlacedGroup[]> {
  if (keys.length === 0) return [];
  const rows = await tx.rows<ResourceRow>(LOAD, [
    keys.map(([directoryId]) => directoryId),
    keys.map(([, id]) => id),
  ]);
  return rows.map(placedResource);
}

const LOAD_BY_EXTERNAL_IDS = new Statement(
  'groups-by-external-ids',
  eachOf(`select ${GROUP_COLUMNS} from scim_group where directory_id = k.d and external_id = k.v`),
);

/** Which groups have the external ids given: those whom a transaction may run into. */
export async function loadGroupsByExternalIds(
  tx: Tx,
  keys: [directoryId: string, externalId: string][],
): Promise<PlacedGroup[]> {
  if (keys.length === 0) return [];
  const rows = await tx.rows<ResourceRow>(LOAD_BY_EXTERNAL_IDS, [
    keys.map(([directoryId]) => directoryId),
    keys.map(([, externalId]) => externalId),
  ]);
  return rows.map(placedResource);
}

const SAVE = new Statement(
  'save-groups',
  `insert into scim_group (directory_id, id, display_name_key, external_id, attributes, version, created_at, last_modified, told_at)
     select * from json_to_recordset($1::json) as r(
       directory_id text, id text, display_name_key text, external_id text, attributes jsonb,
       version bigint, created_at timestamptz, last_modified timestamptz, told_at timestamptz)
     on conflict (directory_id, id) do update set
       display_name_key = excluded.display_name_key, external_id = excluded.external_id,
       attributes = excluded.attributes, version = excluded.version, last_modified = excluded.last_modified,
       told_at = excluded.told_at`,
);

export async function saveGroups(tx: Tx, groups: PlacedGroup[]): Promise<void> {
  if (groups.length === 0) return;
  const rows = groups.map((group) => ({
    directory_id: group.directoryId,
    id: group.id,
    display_name_key: String(group.attributes['displayName'] ?? '').toLowerCase(),
    external_id: group.attributes['externalId'] ?? null,
    attributes: group.attributes,
    version: group.version,
    created_at: group.created,
    last_modified: group.lastModified,
    told_at: group.told ?? null,
  }));
  await tx.rows(SAVE, [JSON.stringify(rows)]);
}

/** Removes groups, who was in them, and their own places in other groups. */
export async function removeGroups(tx: Tx, keys: [directoryId: string, id: string][]): Promise<void> {
  if (keys.length === 0) return;
  await tx.rows(
    `with emptied as (delete from membership where group_id = any($2::text[]) or member_id = any($2::text[]))
     delete from scim_group using unnest($1::text[], $2::text[]) as k(d, v) where directory_id = k.d and id = k.v`,
    [keys.map(([directoryId]) => directoryId), keys.map(([, id]) => id)],
  );
}
