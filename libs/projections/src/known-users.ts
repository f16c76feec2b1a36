/** The people whom consumers know of: by id, and in lists by directory, group, address or the provider's own id. Whoever is concealed is nowhere here. */
import { directionOf, pageOfRows, Statement, type PageOfRows, type PageWish, type Tx } from '@app/runtime';
import { loadGroups, type PlacedGroup } from './groups.js';
import { loadMembershipsOfMembers } from './memberships.js';
import { Parameters } from './parameters.js';
import { placedUser, USER_COLUMNS, type PlacedUser, type UserRow } from './users.js';

export type KnownUser = PlacedUser & { organizationId: string };
export type KnownUserRow = UserRow & { organization_id: string };

export interface KnownUsersWanted {
  directoryId?: string | undefined;
  /** Direct members only, as consumers are told. */
  groupId?: string | undefined;
  /** As it is published: the externalId, else the id. */
  idpId?: string | undefined;
  /** As it is published, in any case of letters. */
  email?: string | undefined;
  page: PageWish;
}

/** The id as the indexes across all directories have it. */
export const EVERYWHERE = 'id collate "C"';

const KNOWN_USER = new Statement(
  'known-user',
  `select u.*, d.organization_id from (select ${USER_COLUMNS} from scim_user where ${EVERYWHERE} = $1 and not concealed limit 1) as u
     join directory as d on d.id = u.directory_id`,
);

/** @returns undefined where consumers know of nobody by this id. */
export async function findKnownUser(tx: Tx, id: string): Promise<KnownUser | undefined> {
  return (await tx.rows<KnownUserRow>(KNOWN_USER, [id])).map(knownUser)[0];
}

/** Ordered by id, which sorts by time of making; the rows that the cursors name need not exist any more. */
export async function listKnownUsers(tx: Tx, wanted: KnownUsersWanted): Promise<PageOfRows<KnownUser>> {
  const parameters = new Parameters();
  const rows = await tx.rows<KnownUserRow>(
    `select u.*, d.organization_id from (${pageSql(wanted, parameters)}) as u
       join directory as d on d.id = u.directory_id order by u.id ${directionOf(wanted.page)}`,
    parameters.values,
  );
  return pageOfRows(rows.map(knownUser), wanted.page);
}

/** The groups that each of these people is in directly, by the order of their ids; a statement for the memberships and one for the groups. */
export async function groupsOfKnownUsers(tx: Tx, userIds: string[]): Promise<Map<string, PlacedGroup[]>> {
  const memberships = await loadMembershipsOfMembers(tx, userIds);
  const named = new Map(memberships.map(({ groupId, directoryId }) => [groupId, directoryId]));
  const groups = await loadGroups(
    tx,
    [...named].map(([id, directoryId]) => [directoryId, id]),
  );
  const known = new Map(groups.map((group) => [group.id, group]));
  const found = new Map<string, PlacedGroup[]>(userIds.map((id) => [id, []]));
  for (const { groupId, memberId } of memberships) {
    const group = known.get(groupId); // unless it was deleted between the two statements
    if (group) found.get(memberId)?.push(group);
  }
  for (const of of found.values()) of.sort((a, b) => (a.id < b.id ? -1 : 1));
  return found;
}

function pageSql(wanted: KnownUsersWanted, parameters: Parameters): string {
  const { directoryId, groupId } = wanted;
  if (wanted.idpId !== undefined || wanted.email !== undefined) return namedSql(wanted, parameters);
  if (groupId !== undefined) return membersSql(groupId, wanted, parameters);
  const people = `select ${USER_COLUMNS} from scim_user where not concealed`;
  if (directoryId === undefined) return `${people} ${cutSql(EVERYWHERE, wanted.page, parameters)}`;
  return `${people} and directory_id = ${parameters.add(directoryId)} ${cutSql('id', wanted.page, parameters)}`;
}

/** By the index that has the names, always: fenced off by `offset 0`, since an index in the order of the page would promise too much. */
function namedSql(wanted: KnownUsersWanted, parameters: Parameters): string {
  const { directoryId, groupId, idpId, email, page } = wanted;
  const conditions = ['not concealed'];
  if (directoryId !== undefined) conditions.push(`directory_id = ${parameters.add(directoryId)}`);
  if (email !== undefined) conditions.push(hasEmail(email, parameters));
  const people = (condition: string): string =>
    `select ${USER_COLUMNS} from scim_user where ${[...conditions, condition].join(' and ')}`;
  const found = idpId === undefined ? people('true') : hasIdpId(people, parameters.add(idpId));
  const inGroup =
    groupId === undefined
      ? ''
      : `and exists (select from membership where group_id = ${parameters.add(groupId)} and member_id = id)`;
  return `select * from (${found} offset 0) as named where true ${inGroup} ${cutSql('id', page, parameters)}`;
}

/** Each half is a look-up of one row. */
function hasIdpId(people: (condition: string) => string, idpId: string): string {
  return `(${people(`external_id = ${idpId}`)} union all ${people(`id = ${idpId} and external_id is null`)})`;
}

// The address that is published is one of all that the index has; which one, `emailOf` says.
const PUBLISHED_EMAIL = `lower(coalesce(${[
  '@.primary == true && ',
  '@.type == "work" && ',
  '@.type == "home" && ',
  '',
]
  .map(
    (which) =>
      `jsonb_path_query_first(attributes, '$.emails[*] ? (${which}@.value.type() == "string").value')`,
  )
  .join(', ')}) #>> '{}')`;

function hasEmail(email: string, parameters: Parameters): string {
  const key = parameters.add(email.toLowerCase());
  return `email_keys @> array[${key}]::text[] and ${PUBLISHED_EMAIL} = lower(${parameters.add(email)}::text)`;
}

/** Along the members of the group in the order of the page, until it is full. */
function membersSql(
  groupId: string,
  { directoryId, page }: KnownUsersWanted,
  parameters: Parameters,
): string {
  const inDirectory = directoryId === undefined ? '' : `and m.directory_id = ${parameters.add(directoryId)}`;
  return `select person.* from membership as m
    cross join lateral (select ${USER_COLUMNS} from scim_user
                         where directory_id = m.directory_id and id = m.member_id and not concealed offset 0) as person
    where m.group_id = ${parameters.add(groupId)} and m.member_type = 'User' ${inDirectory}
    ${cutSql('m.member_id', page, parameters)}`;
}

/** The end of a statement: one row more than the page has. @param column the id by which the page is ordered. */
export function cutSql(column: string, page: PageWish, parameters: Parameters): string {
  const { order, after, before, limit } = page;
  const beyond = order === 'asc' ? ['>', '<'] : ['<', '>'];
  const within = [after, before].map((cursor, index) =>
    cursor === undefined ? '' : `and ${column} ${beyond[index]} ${parameters.add(cursor)}`,
  );
  return `${within.join(' ')} order by ${column} ${directionOf(page)} limit ${parameters.add(limit + 1)}`;
}

function knownUser(row: KnownUserRow): KnownUser {
  return { ...placedUser(row), organizationId: row.organization_id };
}
