/** How many people and groups of a directory consumers know of, beside the number of the directory's last event. */
import { Statement, type Tx } from '@app/runtime';

export interface DirectoryCounts {
  directoryId: string;
  /** Of the last event that is counted; the counts change with it or not at all. */
  sequence: number;
  activeUsers: number;
  inactiveUsers: number;
  groups: number;
}

const SEQUENCES = new Statement(
  'sequences-of-directories',
  `select directory_id as "directoryId", sequence from directory_head where directory_id = any($1::text[])`,
);

/** The number of the last event of each directory. */
export async function sequencesOf(tx: Tx, directoryIds: string[]): Promise<Map<string, number>> {
  if (directoryIds.length === 0) return new Map();
  const rows = await tx.rows<{ directoryId: string; sequence: number }>(SEQUENCES, [directoryIds]);
  return new Map(rows.map(({ directoryId, sequence }) => [directoryId, sequence]));
}

// Each number comes from an index alone; together with the sequence in one statement, so that they belong together.
const COUNTS = new Statement(
  'counts-of-directories',
  `select h.directory_id as "directoryId", h.sequence, people.count - leavers.count as "activeUsers",
          leavers.count as "inactiveUsers", groups.count as groups
     from directory_head as h
    cross join lateral (select count(*) from scim_user where directory_id = h.directory_id and not concealed) as people
    cross join lateral (select count(*) from scim_user
                         where directory_id = h.directory_id and not active and not concealed) as leavers
    cross join lateral (select count(*) from scim_group where directory_id = h.directory_id) as groups
    where h.directory_id = any($1::text[])`,
);

export async function countDirectories(tx: Tx, directoryIds: string[]): Promise<DirectoryCounts[]> {
  if (directoryIds.length === 0) return [];
  return tx.rows<DirectoryCounts>(COUNTS, [directoryIds]);
}
