/** A short slice of work for one destination, under its lease: fetch, start, hear the outcomes, write them down. */
import type { Destination } from '@app/tenancy';
import { attemptDelivery, recordsOfAll, type Sender } from './attempt.js';
import { failuresOf, fallsApart } from './batches.js';
import { blamesTheEvent, breakerState, healthAfter, isOurs, type Health } from './breaker.js';
import { Chain } from './chain.js';
import type { Engine } from './engine.js';
import { Intake } from './intake.js';
import { Ledger, type Tally } from './ledger.js';
import type { LeaseKeeper, Standing } from './lease.js';
import { Pace } from './pace.js';
import type { Place } from './place.js';
import type { Outcome } from './protocol.js';
import { nextStep, RETRY_POLICIES, type Next, type RetryPolicy } from './retry-policy.js';
import type { AttemptRecord } from './settle.js';
import { Signal } from './signal.js';
import { Window, type Item } from './window.js';

export interface SliceParts {
  destination: Destination;
  sender: Sender;
  standing: Standing;
  keeper: LeaseKeeper;
  place: Place;
}

/** After so long without any outcome the place is given back, wanted or not. Far above a good receiver's time to answer. */
const QUIET_AFTER_IN_MILLISECONDS = 400;

/** Longer than this nobody keeps a place for the next start that the rate allows: the slice ends, a ticket brings us back. */
const PAUSE_IN_PLACE_IN_MILLISECONDS = 20;

export class Slice {
  /** The receiver answered 410: it wants nothing more. */
  gone = false;
  /** Once the slice is over: nothing of what there was is left to do but what failed. */
  hasCaughtUp = false;
  private readonly window: Window;
  private readonly ledger: Ledger;
  private readonly intake: Intake;
  private readonly policy: RetryPolicy;
  /** The endpoint has been resting: one request asks whether it is back, and the slice is over. */
  private readonly probing: boolean;
  private readonly startedAt = performance.now();
  private readonly pace: Pace;
  private readonly landed = new Signal();
  private health: Health;
  /** The last time that anything was started or heard of. */
  private stirredAt = this.startedAt;
  /** The rate, or what is more urgent, lets nothing start before. */
  private withheldUntil = 0;
  private left = false;
  private probed = false;
  private broken = false;

  constructor(
    private readonly engine: Engine,
    private readonly parts: SliceParts,
  ) {
    const { destination, sender, standing } = parts;
    this.health = standing.health;
    this.probing = breakerState(this.health, engine.clock.now()) === 'half-open';
    this.policy = RETRY_POLICIES[sender.protocol.urgency];
    const { catchUpTo, owedInMilliseconds } = standing;
    this.pace = new Pace({ manner: sender.manner, catchUpTo, owedInMilliseconds });
    this.withheldUntil = this.startedAt + this.pace.waitFor(standing.cursor + 1);
    this.window = new Window(standing.cursor, (bytes) => engine.holdings.change(bytes));
    const chain = new Chain(destination.id);
    this.ledger = new Ledger(engine, standing, chain, this.pace);
    const { window, ledger, pace } = this;
    const intake = { destination, sender, standing, window, ledger, chain, pace };
    this.intake = new Intake(engine, intake, this.probing);
  }

  get tally(): Tally {
    return this.ledger.tally;
  }

  /** Once the slice is over: how long until its whole burst is there again, if the rate is what ended it. */
  get pausedInMilliseconds(): number {
    return this.withheld > 0 ? this.pace.owedInMilliseconds : 0;
  }

  /** @throws LeaseLost; what was attempted since the last settlement will be attempted again. */
  async run(): Promise<void> {
    try {
      await this.work();
    } finally {
      // The lease is not given back while requests of ours are under way: nobody else could know their subjects.
      while (this.window.inFlight > 0) await this.wait();
      this.hasCaughtUp = this.intake.hasCaughtUp;
      this.window.clear();
    }
  }

  private async work(): Promise<void> {
    for (;;) {
      if (this.ledger.isDue || this.window.inFlight === 0) await this.settle(false);
      if (this.mayStart() && this.withheld === 0) await this.intake.take();
      this.startReady();
      if (this.window.inFlight > 0 || this.isPaused()) await this.wait();
      else if (this.ledger.isEmpty && !this.goesOn()) return this.settle(true);
    }
  }

  private goesOn(): boolean {
    return this.mayStart() && this.withheld === 0 && this.intake.hasMore;
  }

  /** For how many milliseconds nothing may start. */
  private get withheld(): number {
    return Math.max(0, this.withheldUntil - performance.now());
  }

  private isPaused(): boolean {
    const { withheld } = this;
    return withheld > 0 && withheld <= PAUSE_IN_PLACE_IN_MILLISECONDS && this.mayStart();
  }

  private async wait(): Promise<void> {
    await this.landed.wait(this.waitAtMostInMilliseconds());
    if (this.left || this.window.inFlight === 0) return;
    const { wanted, quietInMilliseconds } = this.parts.place;
    const quiet = performance.now() - this.stirredAt;
    if (quiet < (wanted ? quietInMilliseconds : QUIET_AFTER_IN_MILLISECONDS)) return;
    this.left = this.parts.place.leave();
    if (this.left) this.window.shed();
  }

  /** Until something must be written down, may be started, or the place may have to be given back. */
  private waitAtMostInMilliseconds(): number {
    const { withheld } = this;
    const { settleWithinMilliseconds } = this.engine.limits;
    if (this.left && this.ledger.isEmpty) return QUIET_AFTER_IN_MILLISECONDS;
    return Math.min(settleWithinMilliseconds, withheld > 0 && this.mayStart() ? withheld : Infinity);
  }

  private mayStart(): boolean {
    if (this.gone || this.probed || this.broken || this.parts.keeper.lost || this.engine.stopping.aborted)
      return false;
    if (this.left || performance.now() - this.startedAt >= this.parts.place.sliceInMilliseconds) return false;
    return this.probing || breakerState(this.health, this.engine.clock.now()) === 'closed';
  }

  private async settle(last: boolean): Promise<void> {
    const finished = await this.ledger.settle(this.window.cursor, this.health, { last });
    if (finished) this.intake.lookForDue = true;
  }

  private startReady(): void {
    if (!this.mayStart()) return;
    const { maxInFlight, batchSize } = this.parts.sender.manner;
    for (const request of this.probing ? this.probe() : this.window.startable(maxInFlight, batchSize)) {
      const wait = Math.max(this.pace.waitFor(request[0]!.position), this.parts.place.holdInMilliseconds);
      this.withheldUntil = wait > 0 ? performance.now() + wait : 0;
      if (wait > 0) return;
      this.start(request);
    }
  }

  /** In turn something new and something parked: neither a poisonous row nor a poisonous event can block the way back. */
  private probe(): Item[][] {
    const able = this.window.startable(Infinity, this.parts.sender.manner.batchSize);
    const wanted = this.health.consecutiveFailures % 2 === 0 ? 'log' : 'parked';
    const chosen = able.find(([first]) => first!.origin === wanted) ?? able[0];
    return chosen ? [chosen] : [];
  }

  private start(request: readonly Item[]): void {
    this.window.start(request);
    this.probed = this.probing;
    this.pace.start(request[0]!.position);
    this.stirredAt = performance.now();
    const [first, ...following] = request.map((item) => ({ ...item, attempt: item.attempts + 1 }));
    const { event, previousSequence, attempt: count } = first!;
    const attempt = { event, previousSequence, following, attempt: count, probe: this.probing };
    attemptDelivery(this.engine, this.parts.sender, attempt)
      .then((record) => this.hear(request, record))
      .catch((error: unknown) => {
        // Only a mistake of ours gets here. The items stay unfinished, so that the cursor cannot pass them.
        if (request[0]!.state === 'in-flight') this.window.land(request);
        this.broken = true;
        this.engine.observations.error('outcome of a delivery could not be kept', {
          destinationId: this.parts.destination.id,
          position: event.position,
          error,
        });
      })
      .finally(() => this.landed.give());
  }

  private hear(request: readonly Item[], record: AttemptRecord): void {
    const now = this.engine.clock.now();
    const { outcome, probe } = record;
    this.stirredAt = performance.now();
    this.window.land(request);
    if (fallsApart(request, outcome)) {
      for (const item of request) item.party = null;
      this.probed = false;
      return this.startReady();
    }
    const counts = probe || request[0]!.attempts === 0;
    this.health = healthAfter(this.health, { outcome, counts }, { now, policy: this.policy });
    const following = request.slice(1).map((item) => ({ ...item, attempt: item.attempts + 1 }));
    for (const each of recordsOfAll(this.engine, this.parts.sender, { first: record, following }))
      this.ledger.attempted(each);
    const gone = outcome.kind === 'refused' && outcome.gone === true;
    this.gone ||= gone;
    const isDown = outcome.kind === 'unreachable' || (outcome.kind === 'refused' && !blamesTheEvent(outcome));
    // None of these tells anything about these events: they stay where they are, and their waits are not consumed.
    if (gone || isOurs(outcome) || (probe && isDown)) return;
    this.window.remove(request);
    if (outcome.kind === 'delivered') for (const item of request) this.ledger.delivered(item);
    else this.keepFailures(request, outcome, now);
    this.startReady();
  }

  private keepFailures(request: readonly Item[], outcome: Outcome, now: Date): void {
    const moment = { now, dice: this.engine.dice() };
    const stepAfter = (attempt: number): Exclude<Next, { state: 'done' }> =>
      nextStep(this.policy, { attempt, outcome }, moment) as Exclude<Next, { state: 'done' }>;
    if (this.parts.sender.manner.batchSize > 1)
      for (const item of request) item.batch ??= request[0]!.position;
    for (const { item, attempts, next } of failuresOf(request, stepAfter)) {
      if (next.state === 'behind') this.ledger.failedBehind(item, { attempts, outcome });
      else this.ledger.failed(item, next, { attempts, outcome });
      if (next.state !== 'waiting') continue;
      for (const behind of this.window.takeThoseBehind(item)) this.ledger.behind(behind);
    }
    this.intake.expectParked();
  }
}
