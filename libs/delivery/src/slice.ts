/** A short slice of work for one destination, under its lease: fetch, start, hear the outcomes, write them down. */
import { destinationFacts } from './announce.js';
import { attemptDelivery } from './attempt.js';
import { fallsApart } from './batches.js';
import { Brake } from './brake.js';
import { breakerState, type Health } from './breaker.js';
import type { Engine } from './engine.js';
import { Hearing } from './hearing.js';
import { Intake } from './intake.js';
import type { Remainder } from './lease.js';
import { Ledger, type Tally } from './ledger.js';
import { NewsDesk } from './news.js';
import { chooseProbe } from './probe.js';
import { addresseeOf } from './receipts.js';
import type { AttemptRecord } from './settle.js';
import { Settling } from './settling.js';
import { Signal } from './signal.js';
import type { SliceParts } from './slice-parts.js';
import { SliceTime } from './slice-time.js';
import type { Stop } from './verdict.js';
import { isOvertakenBy, Window, type Item } from './window.js';

/** After so long without any outcome the place is given back, wanted or not. Far above a good receiver's time to answer. */
const QUIET_AFTER_IN_MILLISECONDS = 400;

export class Slice {
  /** The one request of a half-open breaker was made. */
  probed = false;
  /** The place was given back. */
  left = false;
  /** Once the slice is over: nothing of what there was is left to do but what failed. */
  hasCaughtUp = false;
  private readonly window: Window;
  private readonly ledger: Ledger;
  private readonly settling: Settling;
  private readonly intake: Intake;
  private readonly hearing: Hearing;
  /** The endpoint has been resting: one request asks whether it is back, and the slice is over. */
  private readonly probing: boolean;
  private readonly time: SliceTime;
  private readonly brake: Brake;
  private readonly landed = new Signal();
  /** The last time that anything was started or heard of. */
  private stirredAt = performance.now();
  private broken = false;

  constructor(
    private readonly engine: Engine,
    private readonly parts: SliceParts,
  ) {
    const { destination, sender, standing, source, pace } = parts;
    const { health } = standing;
    const { protocol } = sender;
    this.probing = breakerState(health, engine.clock.now()) === 'half-open';
    const addressee = addresseeOf(destination, sender);
    const news = new NewsDesk(destinationFacts(destination, protocol), health, protocol.hearsOfItself);
    this.time = new SliceTime(parts);
    this.brake = new Brake(engine.clock, parts, standing.cursor + 1);
    this.window = new Window(source.cursor, (bytes) => engine.holdings.change(bytes));
    this.ledger = new Ledger(engine, standing.lease, { source, news, pace, addressee });
    this.settling = new Settling(this.ledger, {
      onFinished: () => (this.intake.lookForDue = true),
      onFailed: () => {
        this.broken = true;
        this.landed.give();
      },
    });
    const { window, ledger } = this;
    this.intake = new Intake(
      engine,
      { destination, sender, standing, source, window, ledger, pace },
      this.probing,
    );
    this.hearing = new Hearing(engine, { sender, window, ledger, news, intake: this.intake, health });
  }

  /** Once the slice is over, when it has given the lease back. */
  get remainder(): Remainder | undefined {
    return this.settling.remainder;
  }

  /** The destination is disabled or paused from here on: written down with the outcome that did it. */
  get stop(): Stop | null {
    return this.hearing.stop;
  }

  /** As the attempts of this slice have left it. */
  get health(): Health {
    return this.hearing.health;
  }

  /** Something was appended to the log, and somebody should be told. */
  get announced(): boolean {
    return this.ledger.announced;
  }

  get tally(): Tally {
    return this.ledger.tally;
  }

  /**
   * Once the slice is over: how long until its whole burst is there again, if the rate is what ended it; 0 when something
   * else did; undefined when there was nothing more to do.
   */
  get pausedInMilliseconds(): number | undefined {
    const rested = this.brake.untilRestedInMilliseconds;
    return rested > 0 || this.intake.hasMore ? rested : undefined;
  }

  /** @throws LeaseLost; what was attempted since the last settlement will be attempted again. */
  async run(): Promise<void> {
    try {
      await this.work();
    } finally {
      // After a failure what is still sent could not be written down, and would be sent again.
      this.broken = true;
      // The lease is not given back while requests of ours are under way: nobody else could know their subjects.
      while (this.window.inFlight > 0) await this.wait();
      await this.settling.ended();
      this.hasCaughtUp = this.intake.hasCaughtUp;
      this.window.clear();
    }
  }

  private async work(): Promise<void> {
    for (;;) {
      if (this.mustSettle()) await this.settle({});
      if (this.mayRead()) await this.intake.take();
      this.startReady();
      if (this.window.inFlight > 0 || (this.brake.isShort && this.mayStart())) await this.wait();
      else if (!this.ledger.changesRows && !this.goesOn()) break;
    }
    this.parkOvertaken();
    await this.settle({ last: true, release: this.parts.releases });
  }

  /** Before others are looked for that wait for what has just ended, or when it is time. */
  private mustSettle(): boolean {
    return this.ledger.isDue || (this.window.inFlight === 0 && this.ledger.changesRows);
  }

  private mayRead(): boolean {
    return this.mayStart() && this.time.isLeft && this.brake.inMilliseconds === 0;
  }

  private goesOn(): boolean {
    return this.mayRead() && this.intake.hasMore;
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
    const braked = this.brake.inMilliseconds;
    const { settleWithinMilliseconds } = this.engine.limits;
    if (this.left && this.ledger.isEmpty) return QUIET_AFTER_IN_MILLISECONDS;
    return Math.min(settleWithinMilliseconds, braked > 0 && this.mayStart() ? braked : Infinity);
  }

  private mayStart(): boolean {
    if (this.parts.source.stopped || this.parts.keeper.lost || this.engine.stopping.aborted) return false;
    if (this.stop || this.probed || this.broken || this.left) return false;
    if (!this.time.isLeft && !this.isInOvertime) return false;
    return this.probing || breakerState(this.health, this.engine.clock.now()) === 'closed';
  }

  private get isInOvertime(): boolean {
    return this.time.isOvertimeLeft && this.window.isOvertakenBy(this.hearing.furthest);
  }

  /** What was overtaken and could not be started any more goes into rows, and the cursor passes what overtook it. */
  private parkOvertaken(): void {
    for (const item of this.window.takeOvertaken(this.hearing.furthest)) {
      this.ledger.postponed(item, this.engine.clock.now());
    }
  }

  private settle(how: { last?: boolean; release?: boolean }): Promise<void> {
    return this.settling.settle(
      () => this.window.cursor,
      () => this.health,
      how,
    );
  }

  private startReady(): void {
    if (!this.mayStart()) return;
    for (const request of this.startable()) {
      if (!this.time.isLeft && !isOvertakenBy(this.hearing.furthest, request[0]!)) continue;
      if (!this.brake.permits(request[0]!.position)) return;
      this.start(request);
    }
  }

  private startable(): Item[][] {
    const { maxInFlight, batchSize } = this.parts.sender.manner;
    if (!this.probing) return this.window.startable(maxInFlight, batchSize);
    return chooseProbe(this.window.startable(Infinity, batchSize), this.health.failedProbes);
  }

  private start(request: readonly Item[]): void {
    const { sender } = this.parts;
    this.window.start(request);
    this.probed = this.probing;
    this.brake.started(request[0]!.position);
    this.stirredAt = performance.now();
    const [first, ...following] = request.map((item) => ({ ...item, attempt: item.attempts + 1 }));
    const { event, previousSequence, attempt: count, retelling, superseded } = first!;
    const replayId = retelling?.replayId;
    const told = { event, previousSequence, superseded, following, replayId };
    // Whoever has it by now may have found that something later says the opposite.
    const mayGoOut = (): boolean => !this.parts.keeper.lost;
    const attempt = { ...told, attempt: count, probe: this.probing, mayGoOut };
    attemptDelivery(this.engine, sender, attempt)
      .then((record) => this.hear(request, record))
      .catch((error: unknown) => {
        // Only a mistake of ours gets here. The items stay unfinished, so that the cursor cannot pass them.
        if (request[0]!.state === 'in-flight') this.window.land(request);
        this.broken = true;
        const facts = { destinationId: sender.destinationId, position: event.position, error };
        this.engine.observations.error('outcome of a delivery could not be kept', facts);
      })
      .finally(() => this.landed.give());
  }

  private hear(request: readonly Item[], record: AttemptRecord): void {
    const { outcome } = record;
    this.stirredAt = performance.now();
    this.window.land(request);
    if (fallsApart(request, outcome)) {
      for (const item of request) item.party = null;
      this.probed = false;
      return this.startReady();
    }
    if (this.hearing.hear(request, record)) this.startReady();
  }
}
