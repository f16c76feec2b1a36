/** A short slice of work for one destination, under its lease: fetch, start, hear the outcomes, write them down. */
import type { Destination } from '@app/tenancy';
import { attemptDelivery, type Sender } from './attempt.js';
import { blamesTheEvent, breakerState, healthAfter, type Health } from './breaker.js';
import { Chain } from './chain.js';
import type { Engine } from './engine.js';
import { Intake } from './intake.js';
import { Ledger, type Tally } from './ledger.js';
import type { LeaseKeeper, Standing } from './lease.js';
import { nextStep, RETRY_POLICIES, type RetryPolicy } from './retry-policy.js';
import type { AttemptRecord } from './settle.js';
import { Signal } from './signal.js';
import { isOvertakenBy, Window, type Item } from './window.js';

export interface SliceParts {
  destination: Destination;
  sender: Sender;
  standing: Standing;
  keeper: LeaseKeeper;
  /** Called once when nothing but a silent endpoint is being waited for. */
  onQuiet?: (() => void) | undefined;
}

/** After so long without any outcome the endpoint counts as silent. Far above a good receiver's time to answer. */
const QUIET_AFTER_IN_MILLISECONDS = 400;

export class Slice {
  /** The receiver answered 410: it wants nothing more. */
  gone = false;
  private readonly window: Window;
  private readonly ledger: Ledger;
  private readonly intake: Intake;
  private readonly policy: RetryPolicy;
  /** The endpoint has been resting: one request asks whether it is back, and the slice is over. */
  private readonly probing: boolean;
  private readonly endsAt: number;
  private readonly landed = new Signal();
  private health: Health;
  private heardAt = performance.now();
  private probed = false;
  /** The furthest event that was delivered: what lies before it in the log and is unfinished was overtaken. */
  private furthest = 0;
  private broken = false;

  constructor(
    private readonly engine: Engine,
    private readonly parts: SliceParts,
  ) {
    const { destination, sender, standing } = parts;
    this.health = standing.health;
    this.probing = breakerState(this.health, engine.clock.now()) === 'half-open';
    this.policy = RETRY_POLICIES[sender.protocol.urgency];
    this.window = new Window(standing.cursor);
    const chain = new Chain(destination.id);
    this.ledger = new Ledger(engine, standing, chain);
    const { window, ledger } = this;
    this.intake = new Intake(engine, { destination, sender, standing, window, ledger, chain }, this.probing);
    this.endsAt = performance.now() + engine.limits.sliceInMilliseconds;
  }

  get tally(): Tally {
    return this.ledger.tally;
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
    }
  }

  private async work(): Promise<void> {
    for (;;) {
      if (this.ledger.isDue || this.window.inFlight === 0) await this.settle(false);
      if (this.mayStart() && this.isInTime) await this.intake.take();
      this.startReady();
      if (this.window.inFlight > 0) await this.wait();
      else if (this.ledger.isEmpty && !(this.mayStart() && this.isInTime && this.intake.hasMore)) {
        this.parkOvertaken();
        return this.settle(true);
      }
    }
  }

  private async wait(): Promise<void> {
    await this.landed.wait(this.engine.limits.settleWithinMilliseconds);
    if (performance.now() - this.heardAt > QUIET_AFTER_IN_MILLISECONDS) this.parts.onQuiet?.();
  }

  private mayStart(): boolean {
    if (this.gone || this.probed || this.broken || this.parts.keeper.lost || this.engine.stopping.aborted)
      return false;
    if (!this.isInTime && !this.isInOvertime) return false;
    return this.probing || breakerState(this.health, this.engine.clock.now()) === 'closed';
  }

  /** As long again, for what was overtaken only: the cursor cannot pass it, and what overtook it would be sent again. */
  private get isInOvertime(): boolean {
    const end = this.endsAt + this.engine.limits.sliceInMilliseconds;
    return performance.now() < end && this.window.isOvertakenBy(this.furthest);
  }

  private get isInTime(): boolean {
    return performance.now() < this.endsAt;
  }

  /** What was overtaken and could not be started any more goes into rows, and the cursor passes what overtook it. */
  private parkOvertaken(): void {
    for (const item of this.window.takeOvertaken(this.furthest)) {
      this.ledger.postponed(item, this.engine.clock.now());
    }
  }

  private async settle(last: boolean): Promise<void> {
    const finished = await this.ledger.settle(this.window.cursor, this.health, { last });
    if (finished) this.intake.lookForDue = true;
  }

  private startReady(): void {
    if (!this.mayStart()) return;
    for (const item of this.probing
      ? this.probe()
      : this.window.startable(this.parts.sender.manner.maxInFlight)) {
      if (this.isInTime || isOvertakenBy(this.furthest, item)) this.start(item);
    }
  }

  /** In turn something new and something parked: neither a poisonous row nor a poisonous event can block the way back. */
  private probe(): Item[] {
    const able = this.window.startable(Infinity);
    const wanted = this.health.consecutiveFailures % 2 === 0 ? 'log' : 'parked';
    const chosen = able.find((item) => item.origin === wanted) ?? able[0];
    this.probed = chosen !== undefined;
    return chosen ? [chosen] : [];
  }

  private start(item: Item): void {
    this.window.start(item);
    const { event, previousSequence } = item;
    const attempt = { event, previousSequence, attempt: item.attempts + 1, probe: this.probing };
    attemptDelivery(this.engine, this.parts.sender, attempt)
      .then((record) => this.hear(item, record))
      .catch((error: unknown) => {
        // Only a mistake of ours gets here. The item stays unfinished, so that the cursor cannot pass it.
        if (item.state === 'in-flight') this.window.land(item);
        this.broken = true;
        this.engine.observations.error('outcome of a delivery could not be kept', {
          destinationId: this.parts.destination.id,
          position: item.position,
          error,
        });
      })
      .finally(() => this.landed.give());
  }

  private hear(item: Item, record: AttemptRecord): void {
    const now = this.engine.clock.now();
    const { outcome, probe } = record;
    this.heardAt = performance.now();
    this.window.land(item);
    const counts = probe || item.attempts === 0;
    this.health = healthAfter(this.health, { outcome, counts }, { now, policy: this.policy });
    this.ledger.attempted(record);
    const gone = outcome.kind === 'refused' && outcome.gone === true;
    this.gone ||= gone;
    const isDown = outcome.kind === 'unreachable' || (outcome.kind === 'refused' && !blamesTheEvent(outcome));
    // Neither tells anything about this event: it stays where it is, and its waits are not consumed.
    if (gone || (probe && isDown)) return;
    this.window.remove(item);
    const attempts = item.attempts + 1;
    const next = nextStep(this.policy, { attempt: attempts, outcome }, { now, dice: this.engine.dice() });
    if (next.state === 'done') {
      this.ledger.delivered(item);
      this.furthest = Math.max(this.furthest, item.position);
    } else {
      this.ledger.failed(item, next, { attempts, outcome });
      this.intake.expectParked();
    }
    if (next.state === 'waiting') {
      for (const behind of this.window.takeThoseBehind(item)) this.ledger.behind(behind);
    }
    this.startReady();
  }
}
