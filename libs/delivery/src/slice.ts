/** A short slice of work for one destination, under its lease: fetch, start, hear the outcomes, write them down. */
import type { Destination } from '@app/tenancy';
import { destinationFacts } from './announce.js';
import { attemptDelivery, recordsOfAll, type Delivery, type Sender } from './attempt.js';
import { fallsApart, probeOf, thoseBehind } from './batches.js';
import { breakerState, type Health } from './breaker.js';
import type { Engine } from './engine.js';
import { Intake } from './intake.js';
import { Ledger, type Tally } from './ledger.js';
import type { LeaseKeeper, Standing } from './lease.js';
import { NewsDesk } from './news.js';
import type { Pace } from './pace.js';
import type { Place } from './place.js';
import type { Outcome } from './protocol.js';
import { policyOf } from './retry-policy.js';
import type { AttemptRecord } from './settle.js';
import { Signal } from './signal.js';
import type { Source } from './source.js';
import { judge, type Rules, type Stop, type Verdict } from './verdict.js';
import { Window, type Item } from './window.js';

export interface SliceParts {
  destination: Destination;
  sender: Sender;
  /** Its health is as the slice before this one has left it. */
  standing: Standing;
  source: Source;
  /** The part of the time that is its own. */
  share: number;
  keeper: LeaseKeeper;
  place: Place;
  /** The destination's, which counts all requests to it. */
  pace: Pace;
}

/** After so long without any outcome the place is given back, wanted or not. Far above a good receiver's time to answer. */
const QUIET_AFTER_IN_MILLISECONDS = 400;

/** Longer than this nobody keeps a place for the next start that a rate allows: the slice ends, a ticket brings us back. */
const PAUSE_IN_PLACE_IN_MILLISECONDS = 20;

type Together = Required<Pick<Delivery, 'following' | 'replayId'>>;

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
  private readonly startedAt = performance.now();
  private readonly landed = new Signal();
  /** As the attempts of this slice have left it. */
  health: Health;
  /** The one request of a half-open breaker was made. */
  probed = false;
  /** The place was given back: nothing more is started. */
  left = false;
  /** Once the slice is over: nothing of what there was is left to do but what failed. */
  hasCaughtUp = false;
  /** The last time that anything was started or heard of. */
  private stirredAt = this.startedAt;
  /** A rate, or what is more urgent, lets nothing start before. */
  private withheldUntil = 0;
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
    const { pace } = parts;
    this.withheldUntil = this.startedAt + this.waitFor(source.cursor + 1);
    this.window = new Window(source.cursor, (bytes) => engine.holdings.change(bytes));
    this.ledger = new Ledger(engine, standing.lease, source, this.news, pace);
    const { window, ledger } = this;
    this.intake = new Intake(engine, { sender, standing, source, window, ledger, pace }, this.probing);
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

  /** Milliseconds until a request whose first event has this position may start. */
  private waitFor(position: number): number {
    const { pace, place, source } = this.parts;
    const ofSource = source.pace?.waitInMilliseconds(this.engine.clock.now()) ?? 0;
    return Math.max(pace.waitFor(position), ofSource, place.holdInMilliseconds);
  }

  /** For how many milliseconds nothing may start. */
  private get withheld(): number {
    return Math.max(0, this.withheldUntil - performance.now());
  }

  private isPaused(): boolean {
    return this.withheld > 0 && this.withheld <= PAUSE_IN_PLACE_IN_MILLISECONDS && this.mayStart();
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
    if (this.parts.source.stopped) return false;
    const { place, share, keeper } = this.parts;
    if (this.stop || this.probed || this.broken || keeper.lost || this.engine.stopping.aborted) return false;
    if (this.left || performance.now() - this.startedAt >= share * place.sliceInMilliseconds) return false;
    return this.probing || breakerState(this.health, this.engine.clock.now()) === 'closed';
  }

  private async settle(last: boolean): Promise<void> {
    const finished = await this.ledger.settle(this.window.cursor, this.health, { last });
    if (finished) this.intake.lookForDue = true;
  }

  private startReady(): void {
    if (!this.mayStart()) return;
    const { maxInFlight, batchSize } = this.parts.sender.manner;
    const able = this.window.startable(this.probing ? Infinity : maxInFlight, batchSize);
    for (const request of this.probing ? probeOf(able, this.health.failedProbes) : able) {
      const wait = this.waitFor(request[0]!.position);
      this.withheldUntil = wait > 0 ? performance.now() + wait : 0;
      if (wait > 0) return;
      this.start(request);
    }
  }

  private start(request: readonly Item[]): void {
    const [first, ...following] = request.map((item) => ({ ...item, attempt: item.attempts + 1 }));
    const { event, position, previousSequence, attempt, retelling } = first!;
    this.window.start(request);
    this.probed = this.probing;
    this.parts.pace.start(position);
    this.parts.source.pace?.take(this.engine.clock.now());
    this.stirredAt = performance.now();
    const together: Together = { following, replayId: retelling?.replayId };
    const { sender } = this.parts;
    const delivery = { event, previousSequence, attempt, probe: this.probing, ...together };
    attemptDelivery(this.engine, sender, delivery)
      .then((record) => this.hear(request, record, together))
      .catch((error: unknown) => {
        // Only a mistake of ours gets here. The items stay unfinished, so that the cursor cannot pass them.
        if (request[0]!.state === 'in-flight') this.window.land(request);
        this.broken = true;
        const { destinationId } = sender;
        const facts = { destinationId, position, error };
        this.engine.observations.error('outcome of a delivery could not be kept', facts);
      })
      .finally(() => this.landed.give());
  }

  private hear(request: readonly Item[], heard: AttemptRecord, together: Together): void {
    const { outcome } = heard;
    const moment = { now: this.engine.clock.now(), dice: this.engine.dice() };
    this.stirredAt = performance.now();
    this.window.land(request);
    if (fallsApart(request, outcome)) {
      for (const item of request) item.party = null;
      this.probed = false;
      return this.startReady();
    }
    const [health, rules] = [this.health, this.rules];
    const verdicts = request.map((before) => judge({ before, heard, health }, rules, moment));
    const [verdict] = verdicts as [Verdict];
    this.health = verdict.health;
    const records = recordsOfAll(this.engine, this.parts.sender, { first: heard, ...together });
    for (const record of records) this.ledger.attempted(record);
    this.news.heard(outcome);
    if (verdict.stop && !this.stop) this.news.stop((this.stop = verdict.stop));
    if (verdict.next === null) return;
    this.window.remove(request);
    if (verdict.next.state === 'done') for (const item of request) this.ledger.delivered(item);
    else this.keepFailures(request, verdicts, outcome);
    this.startReady();
  }

  private keepFailures(request: readonly Item[], verdicts: readonly Verdict[], outcome: Outcome): void {
    const batch = this.parts.sender.manner.batchSize > 1 ? request[0]!.position : null;
    for (const item of request) item.batch ??= batch;
    const judged = request.flatMap((item, index) => {
      const { next, tried } = verdicts[index]!;
      return next === null || next.state === 'done' ? [] : [{ item, next, tried }];
    });
    const behind = thoseBehind(judged);
    for (const { item, next, tried } of judged) {
      if (behind.has(item)) this.ledger.failedBehind(item, { ...tried, outcome });
      else this.ledger.failed(item, next, { ...tried, outcome });
      if (next.state !== 'waiting') continue;
      for (const later of this.window.takeThoseBehind(item)) this.ledger.behind(later);
    }
    this.intake.expectParked();
  }
}
