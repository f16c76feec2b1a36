/** Who is to be deleted because the time that they were kept for is over. */
import { Statement, type Tx } from '@app/runtime';

export interface Due {
  directoryId: string;
  id: string;
  purgeAfter: Date;
}

const DUE = new Statement(
  'people-to-purge',
  `select directory_id as "directoryId", id, purge_after as "purgeAfter" from scim_user
    where purge_after <= $1 and (purge_after, id) > ($2, $3) order by purge_after, id limit $4`,
);

/**
 * Those whose time has come, the longest due first.
 * @param wanted.after the last of the page before, so that somebody who cannot be deleted does not hold up the others.
 */
export async function peopleToPurge(
  tx: Tx,
  { now, after, limit }: { now: Date; after?: Due | undefined; limit: number },
): Promise<Due[]> {
  return tx.rows<Due>(DUE, [now, after?.purgeAfter ?? '-infinity', after?.id ?? '', limit]);
}
