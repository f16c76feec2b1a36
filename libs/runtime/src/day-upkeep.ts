/** Keeps the days of what is kept by day: the coming ones are made ahead, and those that are over are dropped. One process is enough. */
import type { Clock } from './clock.js';
import type { Database, Tx } from './database.js';
import type { Observations } from './observations.js';

// A day ahead would do; a process that could not reach the database at midnight has another day to make up for it.
const DAYS_AHEAD = 2;
const DAY_IN_MILLISECONDS = 86_400_000;
const HOUR_IN_MILLISECONDS = 3_600_000;
const AGAIN_IN_MILLISECONDS = 60_000;

/** `2030-01-31`, so many days from a time. */
export function dayOf(time: Date, daysLater = 0): string {
  return new Date(time.getTime() + daysLater * DAY_IN_MILLISECONDS).toISOString().slice(0, 10);
}

export interface KeptByDay {
  /** What it is, in the words of the log. */
  name: string;
  /** Makes the partitions of these days where they are missing. @throws when a lock could not be had in time. */
  prepareDays(tx: Tx, days: string[]): Promise<void>;
  /** Forgets what came before a day, exclusive. @returns how many days were forgotten. */
  forgetBefore(tx: Tx, day: string): Promise<number>;
}

export class DayUpkeep {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  /** @param daysKept 0: nothing is kept, and what is there is forgotten. */
  constructor(
    private readonly ground: { database: Database; clock: Clock; observations: Observations },
    private readonly daysKept: number,
    private readonly kept: KeptByDay,
  ) {}

  /** Now, and then every hour. Returns after the first time, whether it went well or not. */
  async start(): Promise<void> {
    this.running = this.once().then(
      () => this.later(HOUR_IN_MILLISECONDS),
      (error: unknown) => {
        // What belongs to a day without a partition is kept elsewhere meanwhile, and moved when it is made.
        if (!this.stopped) this.ground.observations.warn(`${this.kept.name} not kept up`, { error });
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
      await this.kept.prepareDays(database, days);
    }
    const before = this.daysKept > 0 ? dayOf(now, -this.daysKept) : dayOf(now, 1);
    const days = await this.kept.forgetBefore(database, before);
    if (days > 0) observations.info(`${this.kept.name} expired`, { days, before });
  }

  private later(milliseconds: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.start(), milliseconds);
    this.timer.unref();
  }
}
