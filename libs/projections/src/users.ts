/** The people as SCIM shows them: rows written by `evolve`, keyed by directory. */
import { emailOf, userNameKey, type Resource, type User } from '@app/directory';
import type { Attributes, Json } from '@app/scim';
import { Statement, type Tx } from '@app/runtime';
import { eachOf } from './each-of.js';

export interface Placed {
  directoryId: string;
}
export type PlacedUser = User & Placed;

export interface ResourceRow {
  directory_id: string;
  id: string;
  attributes: Attributes;
  version: number;
  created_at: Date;
  last_modified: Date;
  told_at: Date | null;
}

export interface UserRow extends ResourceRow {
  purge_after: Date | null;
  concealed: boolean;
  custom: Record<string, Json> | null;
  roles: string[] | null;
  origin: 'jit' | null;
}

export const USER_COLUMNS =
  'directory_id, id, attributes, version, created_at, last_modified, told_at, purge_after, concealed, custom, roles, origin';

/** Which people a transaction needs: by id, or because they may hold a name that somebody else wants. */
export interface UserKeys {
  ids: [directoryId: string, id: string][];
  userNameKeys: [directoryId: string, key: string][];
  externalIds: [directoryId: string, externalId: string][];
}

/** One statement for all of them. A person found by two keys comes once. */
export async function loadUsers(tx: Tx, { ids, userNameKeys, externalIds }: UserKeys): Promise<PlacedUser[]> {
  if (ids.length + userNameKeys.length + externalIds.length === 0) return [];
  const named = userNameKeys.length + externalIds.length > 0;
  const keys = named ? [ids, userNameKeys, externalIds] : [ids];
  const values = keys.flatMap((pairs) => [
    pairs.map(([directoryId]) => directoryId),
    pairs.map(([, key]) => key),
  ]);
  const rows = await tx.rows<UserRow>(named ? LOAD_BY_NAMES : LOAD_BY_IDS, values);
  return [...new Map(rows.map((row) => [row.id, placedUser(row)])).values()];
}

const byKeys = (column: string, first: number): string =>
  eachOf(`select ${USER_COLUMNS} from scim_user where directory_id = k.d and ${column} = k.v`, first);

const LOAD_BY_IDS = new Statement('users-by-ids', byKeys('id', 1));
const LOAD_BY_NAMES = new Statement(
  'users-by-names',
  [byKeys('id', 1), byKeys('user_name_key', 3), byKeys('external_id', 5)].join(' union all '),
);

/** Inserts or overwrites. @throws the unique violations `user_name_is_unique_in_a_directory` and `external_id_…`. */
export async function saveUsers(tx: Tx, users: PlacedUser[]): Promise<void> {
  if (users.length === 0) return;
  const rows = users.map((user) => ({
    directory_id: user.directoryId,
    id: user.id,
    user_name_key: userNameKey(user.attributes),
    external_id: user.attributes['externalId'] ?? null,
    email_keys: emailKeys(user.attributes),
    attributes: user.attributes,
    version: user.version,
    created_at: user.created,
    last_modified: user.lastModified,
    told_at: user.told ?? null,
    purge_after: user.purgeAfter ?? null,
    concealed: user.concealed ?? false,
    custom: user.custom ?? null,
    roles: user.roles ?? null,
    origin: user.origin ?? null,
  }));
  await tx.rows(SAVE, [JSON.stringify(rows)]);
}

const SAVE = new Statement(
  'save-users',
  `insert into scim_user (directory_id, id, user_name_key, external_id, email_keys, attributes, version, created_at, last_modified,
                          told_at, purge_after, concealed, custom, roles, origin)
     select * from json_to_recordset($1::json) as r(
       directory_id text, id text, user_name_key text, external_id text, email_keys text[], attributes jsonb,
       version bigint, created_at timestamptz, last_modified timestamptz, told_at timestamptz,
       purge_after timestamptz, concealed boolean, custom json, roles text[], origin text)
     on conflict (directory_id, id) do update set
       user_name_key = excluded.user_name_key, external_id = excluded.external_id, email_keys = excluded.email_keys,
       attributes = excluded.attributes, version = excluded.version, last_modified = excluded.last_modified,
       told_at = excluded.told_at, purge_after = excluded.purge_after, concealed = excluded.concealed,
       custom = excluded.custom, roles = excluded.roles, origin = excluded.origin`,
);

/** Removes people and their memberships. */
export async function removeUsers(tx: Tx, keys: [directoryId: string, id: string][]): Promise<void> {
  if (keys.length === 0) return;
  await tx.rows(
    `with gone as (delete from membership where member_id = any($2::text[]))
     delete from scim_user using unnest($1::text[], $2::text[]) as k(d, v) where directory_id = k.d and id = k.v`,
    [keys.map(([directoryId]) => directoryId), keys.map(([, id]) => id)],
  );
}

/** What the index on addresses holds: lower case, since RFC 7643 §4.1.2 leaves their case to the receiver. */
export function emailKeys(attributes: Attributes): string[] {
  const emails = Array.isArray(attributes['emails']) ? attributes['emails'] : [];
  const values = emails.map((email) => emailOf({ emails: [email] })?.toLowerCase());
  return [...new Set(values.filter((value) => value !== undefined))];
}

export function placedUser(row: UserRow): PlacedUser {
  return {
    ...placedResource(row),
    ...(row.purge_after && { purgeAfter: row.purge_after.toISOString() }),
    ...(row.concealed && { concealed: true }),
    ...(row.custom && { custom: row.custom }),
    ...(row.roles && { roles: row.roles }),
    ...(row.origin && { origin: row.origin }),
  };
}

export function placedResource(row: ResourceRow): Resource & Placed {
  return {
    directoryId: row.directory_id,
    id: row.id,
    attributes: row.attributes,
    version: row.version,
    created: row.created_at.toISOString(),
    lastModified: row.last_modified.toISOString(),
    ...(row.told_at && { told: row.told_at.toISOString() }),
  };
}
