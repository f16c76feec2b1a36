/** Who is meant by the name that somebody signs in with, and who was: one look-up by an index each. */
import { Statement, type Tx } from '@app/runtime';
import { placedUser, USER_COLUMNS, type PlacedUser, type UserRow } from './users.js';

/** The names that an application may know somebody by. */
export const SIGN_IN_NAMES = ['idp_id', 'email', 'user_name'] as const;
export type SignInName = (typeof SIGN_IN_NAMES)[number];

/** Where they are looked for: one directory, or all of an organization. */
export type SignInPlace = { directoryId: string } | { organizationId: string };

export interface SignInDirectory {
  id: string;
  organizationId: string;
  justInTime: boolean;
  /** Whether a role mapping is in force there. */
  givesRoles: boolean;
}

interface SignInRow extends UserRow {
  place: string;
  organization_id: string;
  just_in_time: boolean;
  gives_roles: boolean;
}

// Whoever has so many of the same address does not need all of them to know that it says nothing.
const WITH_AN_ADDRESS_AT_MOST = 10;

// The id stands for an `externalId` that was never sent: that is what consumers are told then.
const LIVING = {
  idp_id: 'user_of_place.external_id = $2 or (user_of_place.external_id is null and user_of_place.id = $2)',
  user_name: 'user_of_place.user_name_key = lower($2)',
};

const PLACE = { directoryId: 'id', organizationId: 'organization_id' };

const inEachDirectory = (name: 'idp_id' | 'user_name'): string =>
  `left join lateral (select ${USER_COLUMNS} from scim_user as user_of_place
                       where directory_id = place.id and (${LIVING[name]}) offset 0) as found on true`;

// An address is looked for in all directories at once, as its index has them: few have the same.
const NAMED = `with named as materialized (select ${USER_COLUMNS} from scim_user where email_keys @> array[lower($2)])`;
const AMONG_NAMED = `left join lateral (select * from named where directory_id = place.id
                                        order by id limit ${WITH_AN_ADDRESS_AT_MOST}) as found on true`;

// The latest directory first: it is where people have moved to.
const signIn = (name: SignInName, column: string): Statement =>
  new Statement(
    `sign-in-by-${name}-${column}`.replaceAll('_', '-'),
    `${name === 'email' ? NAMED : ''}
     select place.id as place, place.organization_id, place.just_in_time,
            exists (select from role_mapping_in_force as m where m.directory_id = place.id) as gives_roles, found.*
       from directory as place ${name === 'email' ? AMONG_NAMED : inEachDirectory(name)}
      where place.${column} = $1
      order by place.id collate "C" desc`,
  );

const byPlace = (name: SignInName): { [Key in keyof typeof PLACE]: Statement } => ({
  directoryId: signIn(name, PLACE.directoryId),
  organizationId: signIn(name, PLACE.organizationId),
});
const SIGN_IN = { idp_id: byPlace('idp_id'), email: byPlace('email'), user_name: byPlace('user_name') };

/**
 * One statement.
 * @returns all directories of the place, the latest first, none where there is no such place; and everybody in them who goes by the name,
 * in the order of their directories, whether active or not, concealed or not.
 */
export async function whoSignsIn(
  tx: Tx,
  place: SignInPlace,
  { name, value }: { name: SignInName; value: string },
): Promise<{ directories: SignInDirectory[]; found: PlacedUser[] }> {
  const rows = await ('directoryId' in place
    ? tx.rows<SignInRow>(SIGN_IN[name].directoryId, [place.directoryId, value])
    : tx.rows<SignInRow>(SIGN_IN[name].organizationId, [place.organizationId, value]));
  const directories = new Map(rows.map((row) => [row.place, directoryOf(row)]));
  // A directory in which nobody goes by the name is a row as well.
  const found = rows.filter((row) => row.id !== null);
  return { directories: [...directories.values()], found: found.map(placedUser) };
}

function directoryOf(row: SignInRow): SignInDirectory {
  const {
    place: id,
    organization_id: organizationId,
    just_in_time: justInTime,
    gives_roles: givesRoles,
  } = row;
  return { id, organizationId, justInTime, givesRoles };
}

const DELETED = new Statement(
  'deleted-people',
  `select exists (select from event where directory_id = any($1) and type = 'UserDeleted'
                    and data #>> '{user,attributes,externalId}' = any($2))
       or exists (select from event where directory_id = any($1) and type = 'UserDeleted'
                    and lower(data #>> '{user,attributes,userName}') = any($3))
       or exists (select from event where directory_id = any($1) and type = 'UserDeleted'
                    and addresses_of(data -> 'user') && $4::text[]) as gone`,
);

/** Whether somebody who went by any of these names was deleted from one of the directories, however long ago. */
export async function wasDeleted(
  tx: Tx,
  directoryIds: readonly string[],
  names: { [Name in SignInName]?: string | undefined },
): Promise<boolean> {
  const listed = (value: string | undefined): string[] => (value === undefined ? [] : [value]);
  const [row] = await tx.rows<{ gone: boolean }>(DELETED, [
    directoryIds,
    listed(names.idp_id),
    listed(names.user_name?.toLowerCase()),
    listed(names.email?.toLowerCase()),
  ]);
  return row!.gone;
}
