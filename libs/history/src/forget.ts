/** Everything that is made of the log here can be given up, and made again by following it from the beginning. */
import type { Database } from '@app/runtime';
import { FOLLOWER } from './follow.js';

const ROWS_AT_ONCE = 10_000;

/** Waits for whoever follows the log right now. Questions are answered from the log itself meanwhile, or told to come again. */
export async function forgetHistory(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.rows('insert into checkpoint (name, position) values ($1, 0) on conflict do nothing', [
      FOLLOWER,
    ]);
    await tx.rows('select position from checkpoint where name = $1 for update', [FOLLOWER]);
    await tx.rows('delete from history_epoch');
    await tx.rows('update checkpoint set position = 0 where name = $1', [FOLLOWER]);
  });
}

/** Takes away the rows of epochs that are no more, some thousand at a time; nobody reads them. @returns how many. */
export async function sweepForgotten(database: Database): Promise<number> {
  let swept = 0;
  for (const table of ['history_thing', 'history_membership'])
    for (;;) {
      const [gone] = await database.rows<{ count: number }>(
        `with gone as (
           delete from ${table} where ctid = any(array(
             select r.ctid from ${table} r where not exists (select from history_epoch e where e.id = r.epoch)
              limit ${ROWS_AT_ONCE})) returning 1
         ) select count(*) as count from gone`,
      );
      swept += gone!.count;
      if (gone!.count < ROWS_AT_ONCE) break;
    }
  return swept;
}
