import { Injectable } from '@nestjs/common';
import { Bell, Errands, sweep, watchBacklogs } from '@app/delivery';
import { ErrandsProcessor } from './errands.processor.js';
import { TestsProcessor } from './tests.processor.js';
import { Workshop } from './workshop.js';

/** What losing every ticket costs at most, and how exact a retry is whose ticket was lost. Two cheap statements. */
const SWEEP_EVERY_IN_MILLISECONDS = 2_000;

/** Who falls behind is told of in minutes, not in seconds. */
const BACKLOGS_EVERY_IN_MILLISECONDS = 30_000;

/** Every few seconds: gives tickets to work that has none, and sees who falls behind. */
@Injectable()
export class Sweep {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;
  private backlogsWatchedAt = -Infinity;

  constructor(
    private readonly workshop: Workshop,
    private readonly errands: Errands,
    private readonly bell: Bell,
    private readonly tests: TestsProcessor,
    private readonly processor: ErrandsProcessor,
  ) {}

  /** The first one at once: a worker that starts finds what was left by those that are gone. */
  start(): void {
    this.running = this.once().finally(() => {
      if (this.stopped) return;
      this.timer = setTimeout(() => this.start(), SWEEP_EVERY_IN_MILLISECONDS);
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async once(): Promise<void> {
    const { engine } = this.workshop;
    try {
      const { routerBehind, destinations } = await sweep(engine, {
        ...{ bell: this.bell, errands: this.errands },
        isKnown: (destinationId) => this.processor.knows(destinationId),
      });
      if (routerBehind || destinations > 0) {
        engine.observations.debug('sweep found work without a ticket', { routerBehind, destinations });
      }
      await this.watchBacklogs();
      await this.tests.remind();
    } catch (error) {
      // The next one will do: the database or the queue is away, and somebody else reports that too.
      if (!this.stopped) engine.observations.warn('sweep failed', { error });
    }
  }

  private async watchBacklogs(): Promise<void> {
    const now = performance.now();
    if (now - this.backlogsWatchedAt < BACKLOGS_EVERY_IN_MILLISECONDS) return;
    this.backlogsWatchedAt = now;
    if ((await watchBacklogs(this.workshop.engine)) > 0) this.bell.ring();
  }
}
