import { Injectable } from '@nestjs/common';
import {
  Bell,
  ERRAND_QUEUES,
  Errands,
  LANES,
  pump,
  type Errand,
  type ErrandTicket,
  type Lane,
  type Place,
  type PumpReport,
  type Urgency,
} from '@app/delivery';
import { Queues } from '@app/runtime';
import { Accounts } from './accounts.js';
import { Precedence } from './precedence.js';
import { Promptness } from './promptness.js';
import { Row } from './row.js';
import { Workshop } from './workshop.js';

/**
 * Destinations worked for at the same time, for each queue: neither a flood nor a backlog takes the places of what has just
 * happened, and webhooks take none of revocations. Most of a slice is waiting for a stranger: with 8 requests in flight and
 * answers after a tenth of a second, 16 places are 1,280 requests a second, about what one processor core can send.
 */
const PLACES = 16;

/** A fresh event takes milliseconds. Whoever has more to do than this is a backlog, and goes on among those. */
const FRESH = { sliceInMilliseconds: 250, slicePerTurnInMilliseconds: 100, quietInMilliseconds: 25 };
const BACKLOG = { sliceInMilliseconds: 2_000, slicePerTurnInMilliseconds: 200, quietInMilliseconds: 150 };

/**
 * Pumps that have given their place back because their endpoint is silent. They hold what they have in flight, and sockets;
 * past this number they keep their place, so that even a world gone silent cannot fill the process.
 */
const ASIDE_AT_MOST = 1_000;

/** While the process is later than this, backlogs take no further place, and hold back while something fresh is on its way. */
const LATE_IN_MILLISECONDS = 8;

/** So many places backlogs have even then: one slow endpoint must not be all that goes on. */
const PLACES_WHILE_LATE = 4;

/** Tickets read at a time; each is out of the queue as soon as it stands in its row. */
const TICKETS_AT_ONCE = 8;

/** What is due later than this is left to the sweep; sooner than this, a ticket brings us back to the second. */
const DELAYED_TICKETS_WITHIN_IN_MILLISECONDS = 60_000;

/** Works the tickets "this destination may have work". */
@Injectable()
export class ErrandsProcessor {
  private readonly promptness = new Promptness();
  private readonly precedence = new Precedence(() => this.isLate());
  private readonly rows: Record<Lane, Row>;
  private readonly accounts: Accounts;

  constructor(
    private readonly workshop: Workshop,
    private readonly errands: Errands,
    private readonly bell: Bell,
    private readonly queues: Queues,
  ) {
    this.accounts = new Accounts(workshop.engine.database);
    this.rows = {
      now: this.row('now', FRESH),
      'now-backlog': this.row('now', BACKLOG),
      soon: this.row('soon', FRESH),
      'soon-backlog': this.row('soon', BACKLOG),
    };
  }

  start(): void {
    const { stopping } = this.workshop.engine;
    // A full row must not keep the queue from being closed.
    stopping.addEventListener('abort', () => void this.stop(), { once: true });
    this.promptness.start(() => this.everyRow((row) => row.advance()));
    for (const lane of this.lanes)
      this.queues.work<ErrandTicket>(ERRAND_QUEUES[lane], TICKETS_AT_ONCE, async ({ destinationIds }) => {
        for (const destinationId of destinationIds) await this.take(lane, destinationId);
      });
  }

  /** Waits for those in hand, also for those that have stepped aside; each request has a deadline. */
  async stop(): Promise<void> {
    this.promptness.stop();
    await Promise.all(LANES.map((lane) => this.rows[lane].stop()));
  }

  /** Whether this worker has it in hand, or in one of its rows. */
  knows(destinationId: string): boolean {
    return LANES.some((lane) => this.rows[lane].has(destinationId));
  }

  /** Only these have work here. */
  private get lanes(): Lane[] {
    return this.workshop.urgencies.flatMap((urgency): Lane[] => [urgency, `${urgency}-backlog`]);
  }

  private async take(lane: Lane, destinationId: string): Promise<void> {
    const account = await this.accounts.of(destinationId);
    if (account !== undefined) await this.rows[lane].join(destinationId, account);
  }

  private row(urgency: Urgency, manner: typeof FRESH): Row {
    const isFresh = manner === FRESH;
    return new Row({
      ...manner,
      places: PLACES,
      placesWhileLate: PLACES_WHILE_LATE,
      work: (destinationId, place) => this.work(urgency, destinationId, place),
      onPlace: (change) => {
        if (isFresh) this.precedence[change === 'taken' ? 'begin' : 'end']();
      },
      isLate: () => !isFresh && this.isLate(),
      holdInMilliseconds: () => (isFresh ? 0 : this.precedence.holdInMilliseconds()),
      mayStepAside: () => LANES.reduce((sum, lane) => sum + this.rows[lane].aside, 0) < ASIDE_AT_MOST,
    });
  }

  /**
   * Begins at once what there are free places for, without a ticket; if this process dies, the sweep finds the work.
   * @returns the others: any worker may have them.
   */
  async beginOwn(errands: readonly Errand[]): Promise<Errand[]> {
    const others: Errand[] = [];
    for (const errand of errands) {
      if (this.rows[errand.urgency].hasFreePlace) await this.take(errand.urgency, errand.destinationId);
      else others.push(errand);
    }
    return others;
  }

  /** Does what backlogs must not delay. */
  urgently<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.precedence.during(work);
  }

  private isLate(): boolean {
    return this.promptness.lateInMilliseconds >= LATE_IN_MILLISECONDS;
  }

  private everyRow(act: (row: Row) => void): void {
    for (const lane of LANES) act(this.rows[lane]);
  }

  private async work(urgency: Urgency, destinationId: string, place: Place): Promise<void> {
    const { engine } = this.workshop;
    try {
      const report = await pump(engine, destinationId, place);
      if (report.kind !== 'worked') return;
      // What befell this destination is an event for others.
      if (report.announced) this.bell.ring();
      const delay = pauseInMilliseconds(report, engine.clock.now());
      if (delay === undefined || delay > DELAYED_TICKETS_WITHIN_IN_MILLISECONDS) return;
      if (engine.stopping.aborted) return;
      if (report.more && report.hasCaughtUp && delay === 0)
        await this.errands.putAll(await this.beginOwn([{ urgency, destinationId }]));
      else await this.errands.putBehind(urgency, destinationId, delay);
    } catch (error) {
      engine.observations.error('deliveries interrupted', { destinationId, error });
    }
  }
}

/** How long until this destination has something to do that it may do; undefined when it has nothing. */
function pauseInMilliseconds(
  { more, dueAt, restingUntil, pausedInMilliseconds }: Extract<PumpReport, { kind: 'worked' }>,
  now: Date,
): number | undefined {
  const until = (time: Date | null): number => Math.max(0, (time?.getTime() ?? 0) - now.getTime());
  if (!more && !dueAt) return undefined;
  return Math.ceil(Math.max(until(restingUntil), pausedInMilliseconds, more ? 0 : until(dueAt)));
}
