/** Keeps the days of the attempts: the coming ones are made ahead, and those that are over are dropped. By every worker; one is enough. */
import type { Clock, Database, Observations, Tx } from '@app/runtime';

// A day ahead would do; a worker that could not reach the database at midnight has another day to make up for it.
const DAYS_AHEAD = 2;
const DAY_IN_MILLISECONDS = 86_400_000;
const HOUR_IN_MILLISECONDS = 3_600_000;
const AGAIN_IN_MILLISECONDS = 60_000;

/** `2030-01-31`, so many days from a time. */
export function dayOf(time: Date, daysLater = 0): string {
  return new Date(time.getTime() + daysLater * DAY_IN_MILLISECONDS).toISOString().slice(0, 10);
}

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

export class AttemptUpkeep {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  /** @param daysKept 0: nothing is kept, and what is there is forgotten. */
  constructor(
    private readonly ground: { database: Database; clock: Clock; observations: Observations },
    private readonly daysKept: number,
  ) {}

  /** Now, and then every hour. Returns after the first time, whether it went well or not. */
  async start(): Promise<void> {
    this.running = this.once().then(
      () => this.later(HOUR_IN_MILLISECONDS),
      (error: unknown) => {
        // Attempts of a day without a partition are kept elsewhere meanwhile, and moved when it is made.
        if (!this.stopped) this.ground.observations.warn('delivery attempts not kept up', { error });
        this.later(AGAIN_IN_MILLISECONDS);
      },
    );
    await this.running;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  async once(): Promise<void> {
    const { database, clock, observations } = this.ground;
    const now = clock.now();
    if (this.daysKept > 0) {
      const days = Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => dayOf(now, ahead));
      await prepareDays(database, days);
    }
    const kept = this.daysKept > 0 ? dayOf(now, -this.daysKept) : dayOf(now, 1);
    const days = await forgetBefore(database, kept);
    if (days > 0) observations.info('delivery attempts expired', { days, before: kept });
  }

  private later(milliseconds: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.start(), milliseconds);
    this.timer.unref();
  }
}
