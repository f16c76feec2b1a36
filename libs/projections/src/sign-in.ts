/** Who is meant by the name that somebody signs in with, and who was: one look-up by an index each. */
import { Statement, type Tx } from '@app/runtime';
import { placedUser, USER_COLUMNS, type PlacedUser, type UserRow } from './users.js';

/** The names that an application may know somebody by. */
export const SIGN_IN_NAMES = ['idp_id', 'email', 'user_name'] as const;
export type SignInName = (typeof SIGN_IN_NAMES)[number];

// More than one is found for an address only; whoever has so many does not need all of them to know that.
const FOUND_AT_MOST = 10;

// The id stands for an `externalId` that was never sent: that is what consumers are told then.
const LIVING = {
  idp_id: `(u.external_id = $2 or (u.external_id is null and u.id = $2))`,
  user_name: `u.user_name_key = lower($2)`,
};

const living = (name: 'idp_id' | 'user_name'): Statement =>
  new Statement(
    `sign-in-by-${name.replaceAll('_', '-')}`,
    `select found.* from unnest($1::text[]) as d
      cross join lateral (select ${USER_COLUMNS} from scim_user u where u.directory_id = d and ${LIVING[name]} offset 0) as found`,
  );

// An address is looked for in all directories at once, as its index has them: few have the same.
const LIVING_BY_EMAIL = new Statement(
  'sign-in-by-email',
  `with named as materialized (select ${USER_COLUMNS} from scim_user where email_keys @> array[lower($2)])
   select * from named where directory_id = any($1) order by id limit ${FOUND_AT_MOST}`,
);

const FIND = { idp_id: living('idp_id'), email: LIVING_BY_EMAIL, user_name: living('user_name') };

/** Everybody in these directories who goes by the name, whether active or not, concealed or not. */
export async function findByName(
  tx: Tx,
  directoryIds: readonly string[],
  { name, value }: { name: SignInName; value: string },
): Promise<PlacedUser[]> {
  const rows = await tx.rows<UserRow>(FIND[name], [directoryIds, value]);
  return rows.map(placedUser);
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
