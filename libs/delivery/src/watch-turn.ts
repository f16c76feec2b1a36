/** What is looked after for the whole installation is looked after by one worker at a time: whoever asks first when it is due. */
import { Statement, type Database } from '@app/runtime';

/**
 * One cheap statement, for a worker whose turn it is not. A worker that dies in its turn is missed once. By the database's
 * clock, since those of the workers may differ.
 * @returns whether it is due, and now in the hands of whoever asked.
 */
export async function takeTurn(database: Database, name: string, everyInSeconds: number): Promise<boolean> {
  const rows = await database.rows(TAKE, [`turn:${name}`, 1_000 * everyInSeconds]);
  return rows.length > 0;
}

// A checkpoint in time, not in the log: its position is when somebody looked last, in milliseconds. It is updated only when it
// is due, so that those who come too early neither write nor wait.
const TAKE = new Statement(
  'turn-take',
  `with clock as materialized (select (extract(epoch from clock_timestamp()) * 1000)::bigint as now),
   first as (
     insert into checkpoint (name, position)
     select $1, clock.now from clock where not exists (select from checkpoint where name = $1)
         on conflict do nothing returning 1),
   next as (
     update checkpoint set position = clock.now from clock
      where name = $1 and position <= clock.now - $2::bigint returning 1)
   select from first union all select from next`,
);
