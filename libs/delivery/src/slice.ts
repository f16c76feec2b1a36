/** A short slice of work for one destination, under its lease: fetch, start, hear the outcomes, write them down. */
import type { Destination } from '@app/tenancy';
import { destinationFacts } from './announce.js';
import { attemptDelivery, type Sender } from './attempt.js';
import { breakerState, type Health } from './breaker.js';
import type { Engine } from './engine.js';
import { Intake } from './intake.js';
import { Ledger, type Tally } from './ledger.js';
import type { LeaseKeeper, Standing } from './lease.js';
import { NewsDesk } from './news.js';
import { policyOf } from './retry-policy.js';
import type { AttemptRecord } from './settle.js';
import { Signal } from './signal.js';
import type { Source } from './source.js';
import { judge, type Rules, type Stop } from './verdict.js';
import { Window, type Item } from './window.js';

export interface SliceParts {
  destination: Destination;
  sender: Sender;
  /** Its health is as the slice before this one has left it. */
  standing: Standing;
  source: Source;
  /** It may take so long. */
  inMilliseconds: number;
  keeper: LeaseKeeper;
  /** Called once when nothing but a silent endpoint is being waited for. */
  onQuiet?: (() => void) | undefined;
}

/** After so long without any outcome the endpoint counts as silent. Far above a good receiver's time to answer. */
const QUIET_AFTER_IN_MILLISECONDS = 400;
/** A source's pace is waited for if it is not longer than this; else the slice is over, and a ticket brings us back. */
const PACE_WAITED_FOR_IN_MILLISECONDS = 250;

export class Slice {
  /** The destination is disabled or paused from here on: written down with the outcome that did it. */
  stop: Stop | null = null;
  private readonly window: Window;
  private readonly ledger: Ledger;
  private readonly intake: Intake;
  private readonly rules: Rules;
  private readonly news: NewsDesk;
  /** The endpoint has been resting: one request asks whether it is back, and the slice is over. */
  private readonly probing: boolean;
  private readonly endsAt: number;
  private readonly landed = new Signal();
  /** As the attempts of this slice have left it. */
  health: Health;
  /** The one request of a half-open breaker was made. */
  probed = false;
  private heardAt = performance.now();
  private broken = false;

  constructor(
    private readonly engine: Engine,
    private readonly parts: SliceParts,
  ) {
    const { sender, standing, source } = parts;
    this.health = standing.health;
    this.probing = breakerState(this.health, engine.clock.now()) === 'half-open';
    const { protocol, manner } = sender;
    this.rules = {
      policy: policyOf(protocol.urgency, manner),
      disableAfterHours: manner.disableAfterHours,
    };
    this.news = new NewsDesk(destinationFacts(parts.destination, protocol), this.health);
    this.window = new Window(source.cursor);
    this.ledger = new Ledger(engine, standing.lease, source, this.news);
    const { window, ledger } = this;
    this.intake = new Intake(engine, { sender, standing, source, window, ledger }, this.probing);
    this.endsAt = performance.now() + parts.inMilliseconds;
  }

  /** Something was appended to the log, and somebody should be told. */
  get announced(): boolean {
    return this.ledger.announced;
  }

  get tally(): Tally {
    return this.ledger.tally;
  }

  /** @throws LeaseLost; what was attempted since the last settlement will be attempted again. */
  async run(): Promise<void> {
    try {
      await this.work();
    } finally {
      // The lease is not given back while requests of ours are under way: nobody else could know their subjects.
      while (this.window.inFlight > 0) await this.wait();
    }
  }

  private async work(): Promise<void> {
    for (;;) {
      if (this.ledger.isDue || this.window.inFlight === 0) await this.settle(false);
      if (this.mayStart()) await this.intake.take();
      this.startReady();
      if (this.window.inFlight > 0) await this.wait();
      else if (!this.ledger.isEmpty) continue;
      else if (this.paceInMilliseconds > 0) {
        if (!(await this.waitForPace())) return this.settle(true);
      } else if (!(this.mayStart() && this.intake.hasMore)) return this.settle(true);
    }
  }

  private async wait(): Promise<void> {
    await this.landed.wait(this.engine.limits.settleWithinMilliseconds);
    if (performance.now() - this.heardAt > QUIET_AFTER_IN_MILLISECONDS) this.parts.onQuiet?.();
  }

  /** How long until the source's pace lets something start; 0 also when there is nothing that could. */
  private get paceInMilliseconds(): number {
    const { pace } = this.parts.source;
    if (!pace || !this.mayStart() || this.window.startable(1).length === 0) return 0;
    return pace.waitInMilliseconds(this.engine.clock.now());
  }

  private async waitForPace(): Promise<boolean> {
    const wait = this.paceInMilliseconds;
    if (wait > PACE_WAITED_FOR_IN_MILLISECONDS) return false;
    await this.landed.wait(wait);
    return true;
  }

  private mayStart(): boolean {
    if (this.parts.source.stopped) return false;
    if (this.stop || this.probed || this.broken || this.parts.keeper.lost || this.engine.stopping.aborted)
      return false;
    if (performance.now() >= this.endsAt) return false;
    return this.probing || breakerState(this.health, this.engine.clock.now()) === 'closed';
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
      if (this.parts.source.pace?.take(this.engine.clock.now()) === false) return;
      this.start(item);
    }
  }

  /** In turn something new and one after the other of what is parked: nothing poisonous can block the way back. */
  private probe(): Item[] {
    const able = this.window.startable(Infinity);
    const { failedProbes } = this.health;
    const parked = able.filter(({ origin }) => origin === 'parked');
    const wanted =
      failedProbes % 2 === 0
        ? able.find(({ origin }) => origin === 'log')
        : parked[Math.floor(failedProbes / 2) % parked.length];
    const chosen = wanted ?? able[0];
    this.probed = chosen !== undefined;
    return chosen ? [chosen] : [];
  }

  private start(item: Item): void {
    this.window.start(item);
    const { event, previousSequence } = item;
    const replayId = item.retelling?.replayId;
    const attempt = { event, previousSequence, attempt: item.attempts + 1, probe: this.probing, replayId };
    attemptDelivery(this.engine, this.parts.sender, attempt)
      .then((record) => this.hear(item, record))
      .catch((error: unknown) => {
        // Only a mistake of ours gets here. The item stays unfinished, so that the cursor cannot pass it.
        if (item.state === 'in-flight') this.window.land(item);
        this.broken = true;
        this.engine.observations.error('outcome of a delivery could not be kept', {
          destinationId: this.parts.sender.destinationId,
          position: item.position,
          error,
        });
      })
      .finally(() => this.landed.give());
  }

  private hear(item: Item, record: AttemptRecord): void {
    const { outcome } = record;
    const moment = { now: this.engine.clock.now(), dice: this.engine.dice() };
    this.heardAt = performance.now();
    this.window.land(item);
    const verdict = judge({ before: item, heard: record, health: this.health }, this.rules, moment);
    this.health = verdict.health;
    this.ledger.attempted(record);
    this.news.heard(outcome);
    if (verdict.stop && !this.stop) this.news.stop((this.stop = verdict.stop));
    const { next, tried } = verdict;
    if (next === null) return;
    this.window.remove(item);
    if (next.state === 'done') {
      this.ledger.delivered(item);
    } else {
      this.ledger.failed(item, next, { ...tried, outcome });
      this.intake.expectParked();
    }
    if (next.state === 'waiting') {
      for (const behind of this.window.takeThoseBehind(item)) this.ledger.behind(behind);
    }
    this.startReady();
  }
}
