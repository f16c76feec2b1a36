/** Who has which role, as consumers have been told. Whoever is concealed has none to them. */
import { Conditions, directionOf, pageOfRows, type PageOfRows, type PageWish, type Tx } from '@app/runtime';

export interface RoleCount {
  /** The slug. */
  id: string;
  users: number;
  activeUsers: number;
}

export async function countRoles(
  tx: Tx,
  directoryId: string,
  page: PageWish,
): Promise<PageOfRows<RoleCount>> {
  const conditions = new Conditions();
  conditions.add('directory_id = ?', directoryId);
  conditions.addCursors(page);
  conditions.values.push(page.limit + 1);
  const rows = await tx.rows<RoleCount>(
    `select id, count(*) as users, count(*) filter (where attributes -> 'active' is distinct from 'false'::jsonb) as "activeUsers"
       from (select slug as id, u.directory_id, u.attributes from scim_user u cross join lateral unnest(u.roles) as slug
              where u.roles is not null and not u.concealed) as held
      where ${conditions.text} group by id order by id ${directionOf(page)} limit $${conditions.values.length}`,
    conditions.values,
  );
  return pageOfRows(rows, page);
}

/** The ids of those who have a role. */
export async function holdersOfRole(
  tx: Tx,
  { directoryId, slug }: { directoryId: string; slug: string },
  page: PageWish,
): Promise<PageOfRows<{ id: string }>> {
  const conditions = new Conditions();
  conditions.add('directory_id = ?', directoryId);
  conditions.add('roles @> array[?]', slug);
  conditions.say('roles is not null and not concealed');
  conditions.addCursors(page);
  conditions.values.push(page.limit + 1);
  const rows = await tx.rows<{ id: string }>(
    `select id from scim_user where ${conditions.text} order by id ${directionOf(page)} limit $${conditions.values.length}`,
    conditions.values,
  );
  return pageOfRows(rows, page);
}

/** Where a person whom consumers know is; undefined for everybody else. */
export async function directoryOfUser(tx: Tx, id: string): Promise<string | undefined> {
  const [row] = await tx.rows<{ directory_id: string }>(
    'select directory_id from scim_user where id = $1 and not concealed',
    [id],
  );
  return row?.directory_id;
}

/** The ids of people whom consumers know, by the order of their making. */
export async function knownPeople(
  tx: Tx,
  { directoryId, after, limit }: { directoryId: string; after: string; limit: number },
): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    'select id from scim_user where directory_id = $1 and id > $2 and not concealed order by id limit $3',
    [directoryId, after, limit],
  );
  return rows.map(({ id }) => id);
}
