/** `rebuild [directory_id …]`: makes the views anew from the log, one directory at a time, all when none is named. */
import { isOperations } from '@app/directory';
import { EventLog } from '@app/event-log';
import { rebuildDirectory } from '@app/projections';
import { withDatabase } from './database-in-hand.js';

export async function rebuild(named: string[]): Promise<void> {
  await withDatabase('rebuild', async (database) => {
    const log = await EventLog.open(database);
    const known = (
      await database.rows<{ id: string }>('select directory_id as id from directory_head order by 1')
    )
      .map(({ id }) => id)
      .filter((id) => !isOperations(id)); // nobody is in those
    const unknown = named.find((id) => !known.includes(id));
    if (unknown) throw new Error(`The log knows no directory ${unknown}. Name one of: ${known.join(', ')}`);
    for (const id of named.length > 0 ? named : known) {
      const { users, groups, memberships } = await database.transaction((tx) =>
        rebuildDirectory(tx, log, id),
      );
      console.log(`${id}: ${users} users, ${groups} groups, ${memberships} memberships`);
    }
  });
}
