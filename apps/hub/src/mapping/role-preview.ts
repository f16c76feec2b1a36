/** Which roles a mapping would give people, shown before it is set. Reads, and changes nothing. */
import type { RoleMapping, User } from '@app/directory';
import { knownPeople, loadUsers, rolesOf } from '@app/projections';
import type { Database } from '@app/runtime';
import { equal } from '@app/scim';
import { notFound } from '../consumer/api-error.js';

const LOOKED_AT_MOST = 1_000;
const SHOWN_USUALLY = 10;

export interface RolePreviewWish {
  directoryId: string;
  mapping: RoleMapping;
  userId?: string | undefined;
  limit?: number | undefined;
  after?: string | undefined;
}

/** @throws ApiError 404 for a person whom the directory has not. */
export async function rolePreview(database: Database, wish: RolePreviewWish): Promise<object> {
  const { directoryId, mapping, userId, limit = SHOWN_USUALLY, after = '' } = wish;
  const found =
    userId === undefined
      ? await knownPeople(database, { directoryId, after, limit: LOOKED_AT_MOST + 1 })
      : [userId];
  const ids = found.slice(0, LOOKED_AT_MOST);
  const keys = ids.map((id): [string, string] => [directoryId, id]);
  const [users, roles] = await Promise.all([
    loadUsers(database, { ids: keys, userNameKeys: [], externalIds: [] }),
    rolesOf(database, directoryId, ids, mapping),
  ]);
  const known = users.filter(({ concealed }) => !concealed).sort((a, b) => (a.id < b.id ? -1 : 1));
  if (userId !== undefined && known.length === 0) throw notFound('Directory user', userId);
  const people = known.map((user) => seen(user, roles.get(user.id) ?? []));
  const head = { object: 'role_mapping_preview', directory_id: directoryId };
  if (userId !== undefined) return { ...head, people };
  return {
    ...head,
    people: people.slice(0, limit),
    looked_at: people.length,
    would_change: people.filter(({ changes }) => changes).length,
    after: found.length > ids.length ? ids.at(-1)! : null,
  };
}

function seen({ id, attributes, roles: before = [] }: User, after: string[]): { changes: boolean } {
  const shown = {
    id,
    user_name: attributes['userName'] ?? null,
    roles: { before, after },
    changes: !equal([...before], after),
  };
  return shown;
}
