/** Somebody who writes down what consumers may know of a directory while it changes, and what history says of it later. */
import { publishedGroup, publishedUser } from '@app/directory';
import { headPosition, type EventLog } from '@app/event-log';
import { groupsThen, membershipsThen, momentOf, Past, readHistory, usersThen } from '@app/history';
import { loadGroups, loadUsers } from '@app/projections';
import type { Database, PageOfRows, PageWish, Tx } from '@app/runtime';

export interface Written {
  position: number;
  users: unknown[];
  groups: unknown[];
  /** `group:person` */
  memberships: string[];
}

/** The views of the directory in one snapshot of the database, with the position of the log that they show. */
export function lookedAt(database: Database, directoryId: string): Promise<Written> {
  return readHistory(database, async (tx) => {
    const position = await headPosition(tx);
    const ids = async (table: string): Promise<[string, string][]> =>
      (
        await tx.rows<{ id: string }>(`select id from ${table} where directory_id = $1 order by id`, [
          directoryId,
        ])
      ).map(({ id }) => [directoryId, id]);
    const users = await loadUsers(tx, { ids: await ids('scim_user'), userNameKeys: [], externalIds: [] });
    const groups = await loadGroups(tx, await ids('scim_group'));
    const memberships = await tx.rows<{ group_id: string; member_id: string }>(
      'select group_id, member_id from membership where directory_id = $1',
      [directoryId],
    );
    const known = new Map(users.filter(({ concealed }) => !concealed).map((user) => [user.id, user]));
    const belonging = { directoryId, organizationId: 'org_1' };
    const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
    return {
      position,
      users: [...known.values()].sort(byId).map((user) => publishedUser(user, belonging)),
      groups: groups.sort(byId).map((group) => publishedGroup(group, belonging)),
      memberships: memberships
        .filter(({ member_id: id }) => known.has(id))
        .map(({ group_id: group, member_id: member }) => `${group}:${member}`)
        .sort(),
    };
  });
}

/** The same by history, read page by page. @param limit of each page. */
export async function remembered(
  { database, log }: { database: Database; log: EventLog },
  { directoryId, position }: { directoryId: string; position: number },
  { limit, order }: { limit: number; order: 'asc' | 'desc' },
): Promise<Written> {
  const at = <T>(read: (reading: { tx: Tx; log: EventLog; past: Past }) => Promise<T>): Promise<T> =>
    readHistory(database, async (tx) => {
      const moment = await momentOf(tx, log, directoryId, { position });
      return read({ tx, log, past: await Past.at(tx, log, moment) });
    });
  const users = await everyPage({ limit, order }, (wish) => at((reading) => usersThen(reading, {}, wish)));
  const groups = await everyPage({ limit, order }, (wish) => at((reading) => groupsThen(reading, {}, wish)));
  const memberships = await everyPage({ limit, order }, (wish) =>
    at((reading) => membershipsThen(reading, wish)),
  );
  return {
    position,
    users,
    groups,
    memberships: memberships.map(({ user, group }) => `${String(group['id'])}:${String(user['id'])}`),
  };
}

/** All pages one after the other, in ascending order, whatever order they are read in. */
export async function everyPage<T>(
  wish: PageWish,
  read: (wish: PageWish) => Promise<PageOfRows<T>>,
): Promise<T[]> {
  const all: T[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await read({ ...wish, after });
    all.push(...page.data);
    after = page.after;
  }
  return wish.order === 'asc' ? all : all.reverse();
}
