/** `history`: makes what `as_of` reads anew from the log. Hubs may run meanwhile; they answer from what is made already, or ask to come again. */
import { EventLog } from '@app/event-log';
import { followHistory, forgetHistory, sweepForgotten } from '@app/history';
import { withDatabase } from './database-in-hand.js';

const PAUSE_IN_MILLISECONDS = 200;

export async function history(): Promise<void> {
  await withDatabase('history', async (database) => {
    const log = await EventLog.open(database);
    await forgetHistory(database);
    for (;;) {
      const outcome = await followHistory(database, log);
      if (outcome === 'idle') break;
      // A hub is faster: it does the same.
      if (outcome === 'elsewhere') await new Promise((resume) => setTimeout(resume, PAUSE_IN_MILLISECONDS));
    }
    await sweepForgotten(database);
    const [made] = await database.rows<{ epochs: number; directories: number; changes: number }>(
      `select count(*) as epochs, count(distinct directory_id) as directories, coalesce(sum(changes), 0)::bigint as changes
         from history_epoch`,
    );
    const { epochs, directories, changes } = made!;
    console.log(`${directories} directories, ${changes} comings and goings, ${epochs} epochs`);
  });
}
