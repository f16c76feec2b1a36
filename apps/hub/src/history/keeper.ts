/** Keeps history up with the log: every hub looks, one at a time works, a slice in each transaction. No request waits for it. */
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EventLog } from '@app/event-log';
import { followHistory } from '@app/history';
import { Database, Observations, sparingly } from '@app/runtime';

const PAUSE_IN_MILLISECONDS = 1_000;
/** While the database is away, or the log was written by a newer release. */
const REST_IN_MILLISECONDS = 5_000;

@Injectable()
export class HistoryKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private readonly complain: (where: string, error: Error) => void;

  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    observations: Observations,
  ) {
    this.complain = sparingly((where, error, repeated) =>
      observations.warn('history does not follow the log; it is tried again', { where, error, repeated }),
    );
  }

  onApplicationBootstrap(): void {
    this.running = this.look();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    let pause = PAUSE_IN_MILLISECONDS;
    try {
      while (!this.stopped && (await followHistory(this.database, this.log)) === 'more');
    } catch (error) {
      this.complain('history', error as Error);
      pause = REST_IN_MILLISECONDS;
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => (this.running = this.look()), pause);
    this.timer.unref();
  }
}
