import { Injectable } from '@nestjs/common';
import { Bell, Errands, sweep, takeTurn, watchBacklogs, watchRevocations } from '@app/delivery';
import { CAUSES_BY_TYPE } from '@app/revocation';
import { ErrandsProcessor } from './errands.processor.js';
import { TestsProcessor } from './tests.processor.js';
import { Workshop } from './workshop.js';

/** What losing every ticket costs at most, and how exact a retry is whose ticket was lost. A few cheap statements. */
const SWEEP_EVERY_IN_MILLISECONDS = 2_000;

/** Who falls behind is told of in minutes, not in seconds. By one worker for all. */
const BACKLOGS_EVERY_IN_SECONDS = 30;

/** A late revocation is told of at most so much, and the time to the next sweep, after its target. By one worker for all. */
const REVOCATIONS_EVERY_IN_SECONDS = 5;

/** Every few seconds, for what is done in this thread: gives tickets to work that has none, sees who falls behind, and who does not confirm in time. */
@Injectable()
export class Sweep {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

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
        urgencies: this.workshop.urgencies,
        isKnown: (destinationId) => this.processor.knows(destinationId),
      });
      if (routerBehind || destinations > 0) {
        engine.observations.debug('sweep found work without a ticket', { routerBehind, destinations });
      }
      if (this.workshop.urgencies.includes('now')) await this.watchRevocations();
      if (!this.workshop.urgencies.includes('soon')) return;
      await this.watchBacklogs();
      await this.tests.remind();
    } catch (error) {
      // The next one will do: the database or the queue is away, and somebody else reports that too.
      if (!this.stopped) engine.observations.warn('sweep failed', { error });
    }
  }

  private async watchBacklogs(): Promise<void> {
    const { engine } = this.workshop;
    if (!(await takeTurn(engine.database, 'backlogs', BACKLOGS_EVERY_IN_SECONDS))) return;
    if ((await watchBacklogs(engine)) > 0) this.bell.ring();
  }

  private async watchRevocations(): Promise<void> {
    const { engine, revocationTargetInSeconds } = this.workshop;
    if (!(await takeTurn(engine.database, 'revocations', REVOCATIONS_EVERY_IN_SECONDS))) return;
    const told = await watchRevocations(engine, {
      seconds: revocationTargetInSeconds,
      causes: CAUSES_BY_TYPE,
    });
    if (told === 0) return;
    engine.observations.warn('revocations overdue', { receipts: told });
    this.bell.ring();
  }
}
