/** Keeps the days of the attempts. By every worker. */
import { DayUpkeep, type Ground, type Tx } from '@app/runtime';

/** Makes the partitions of these days where they are missing. @throws when a lock could not be had in time. */
export async function prepareDays(tx: Tx, days: string[]): Promise<void> {
  await tx.rows(
    'select public.prepare_delivery_attempt_day(day) from unnest($1::date[]) as day order by day',
    [days],
  );
}

/** Forgets everything that was attempted before a day, exclusive. @returns how many days were forgotten. */
export async function forgetBefore(tx: Tx, day: string): Promise<number> {
  const [row] = await tx.rows<{ dropped: number }>(
    'select public.forget_delivery_attempts_before($1::date) as dropped',
    [day],
  );
  return row!.dropped;
}

export class AttemptUpkeep extends DayUpkeep {
  /** @param daysKept 0: nothing is kept, and what is there is forgotten. */
  constructor(ground: Pick<Ground, 'database' | 'clock' | 'observations'>, daysKept: number) {
    super(ground, daysKept, { name: 'delivery attempts', prepareDays, forgetBefore });
  }
}
