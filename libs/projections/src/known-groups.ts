/** The groups as consumers know them: by id, and in lists by directory or by who is in them. */
import { directionOf, pageOfRows, Statement, type PageOfRows, type PageWish, type Tx } from '@app/runtime';
import { GROUP_COLUMNS, type PlacedGroup } from './groups.js';
import { cutSql, EVERYWHERE } from './known-users.js';
import { Parameters } from './parameters.js';
import { placedResource, type ResourceRow } from './users.js';

export type KnownGroup = PlacedGroup & { organizationId: string };
type KnownGroupRow = ResourceRow & { organization_id: string };

export interface KnownGroupsWanted {
  directoryId?: string | undefined;
  /** Those that this person is in directly, as consumers are told. */
  userId?: string | undefined;
  page: PageWish;
}

const KNOWN_GROUP = new Statement(
  'known-group',
  `select g.*, d.organization_id from (select ${GROUP_COLUMNS} from scim_group where ${EVERYWHERE} = $1 limit 1) as g
     join directory as d on d.id = g.directory_id`,
);

export async function findKnownGroup(tx: Tx, id: string): Promise<KnownGroup | undefined> {
  return (await tx.rows<KnownGroupRow>(KNOWN_GROUP, [id])).map(knownGroup)[0];
}

/** Ordered by id, which sorts by time of making; the rows that the cursors name need not exist any more. */
export async function listKnownGroups(tx: Tx, wanted: KnownGroupsWanted): Promise<PageOfRows<KnownGroup>> {
  const parameters = new Parameters();
  const rows = await tx.rows<KnownGroupRow>(
    `select g.*, d.organization_id from (${pageSql(wanted, parameters)}) as g
       join directory as d on d.id = g.directory_id order by g.id ${directionOf(wanted.page)}`,
    parameters.values,
  );
  return pageOfRows(rows.map(knownGroup), wanted.page);
}

function pageSql({ directoryId, userId, page }: KnownGroupsWanted, parameters: Parameters): string {
  const inDirectory = directoryId === undefined ? '' : `and r.directory_id = ${parameters.add(directoryId)}`;
  if (userId === undefined) {
    const id = directoryId === undefined ? EVERYWHERE : 'id';
    return `select ${GROUP_COLUMNS} from scim_group as r where true ${inDirectory} ${cutSql(id, page, parameters)}`;
  }
  const user = parameters.add(userId);
  // Along the memberships in the order of the page. Of somebody concealed consumers know no group either.
  return `select around.* from membership as r
    cross join lateral (select ${GROUP_COLUMNS} from scim_group
                         where directory_id = r.directory_id and id = r.group_id offset 0) as around
    where r.member_id = ${user} and exists (select from scim_user where ${EVERYWHERE} = ${user} and not concealed) ${inDirectory}
    ${cutSql('r.group_id', page, parameters)}`;
}

function knownGroup(row: KnownGroupRow): KnownGroup {
  return { ...placedResource(row), organizationId: row.organization_id };
}
