/** Keeps the days: the coming ones are made ahead, and those that are over are dropped. By every hub; one is enough. */
import type { Clock, Database, Observations } from '@app/runtime';
import { dayOf, forgetBefore, prepareDays } from './days.js';

// A day ahead would do; a hub that could not reach the database at midnight has another day to make up for it.
const DAYS_AHEAD = 2;
const HOUR_IN_MILLISECONDS = 3_600_000;
const AGAIN_IN_MILLISECONDS = 60_000;

export class Upkeep {
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
        // Requests of a day without a partition are kept elsewhere meanwhile, and moved when it is made.
        if (!this.stopped) this.ground.observations.warn('request log not kept up', { error });
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
    if (days > 0) observations.info('request log expired', { days, before: kept });
  }

  private later(milliseconds: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.start(), milliseconds);
    this.timer.unref();
  }
}
