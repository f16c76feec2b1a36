/** What the end of a request means: for the events in it, for those behind them, and for the destination as a whole. */
import { recordsOfAll, type Sender } from './attempt.js';
import { failuresOf } from './batches.js';
import type { Health } from './breaker.js';
import { writeOff } from './current-work.js';
import type { Engine } from './engine.js';
import type { Intake } from './intake.js';
import type { Ledger } from './ledger.js';
import type { NewsDesk } from './news.js';
import { supersedes } from './pointless.js';
import type { Outcome } from './protocol.js';
import { policyOf } from './retry-policy.js';
import type { AttemptRecord } from './settle.js';
import { laterWord } from './superseded.js';
import { judge, stepOf, type Rules, type Stop } from './verdict.js';
import type { Item, Window } from './window.js';

export interface HearingParts {
  sender: Sender;
  window: Window;
  ledger: Ledger;
  intake: Intake;
  news: NewsDesk;
  /** Before the first of them. */
  health: Health;
}

export class Hearing {
  /** The destination is disabled or paused from here on. */
  stop: Stop | null = null;
  /** As the attempts so far have left it. */
  health: Health;
  /** The furthest event that was delivered: what lies before it in the log and is unfinished was overtaken. */
  furthest = 0;
  private readonly rules: Rules;

  constructor(
    private readonly engine: Engine,
    private readonly parts: HearingParts,
  ) {
    const { protocol, manner } = parts.sender;
    this.health = parts.health;
    this.rules = {
      policy: policyOf(protocol.urgency, manner),
      disableAfterHours: manner.disableAfterHours,
    };
  }

  /**
   * @param request whose events are in the window, and no longer under way.
   * @returns whether it has come to an end for them; otherwise they stand where they stood.
   */
  hear(request: readonly Item[], record: AttemptRecord): boolean {
    const { sender, window, ledger, news } = this.parts;
    const { outcome } = record;
    const moment = { now: this.engine.clock.now(), dice: this.engine.dice() };
    const verdict = judge({ before: request[0]!, heard: record, health: this.health }, this.rules, moment);
    this.health = verdict.health;
    const following = request.slice(1).map((item) => ({ ...item, attempt: item.attempts + 1 }));
    for (const each of recordsOfAll(this.engine, sender, { first: record, following }))
      ledger.attempted(each);
    news.heard(outcome);
    if (verdict.stop && !this.stop) news.stop((this.stop = verdict.stop));
    if (verdict.next === null) return false;
    window.remove(request);
    if (outcome.kind === 'delivered') this.keepDelivered(request);
    else this.keepFailures(request, outcome, moment);
    return true;
  }

  private keepDelivered(request: readonly Item[]): void {
    for (const item of request) {
      this.parts.ledger.delivered(item);
      this.furthest = Math.max(this.furthest, item.position);
    }
  }

  private keepFailures(
    request: readonly Item[],
    outcome: Outcome,
    moment: { now: Date; dice: number },
  ): void {
    const { health, rules } = this;
    const { sender, window, ledger, intake } = this.parts;
    if (sender.manner.batchSize > 1) for (const item of request) item.batch ??= request[0]!.position;
    const failures = failuresOf(request, (item) => stepOf({ before: item, outcome, health }, rules, moment));
    for (const { item, tried, next } of failures) {
      const later = window.after(item.position).map(({ event }) => event);
      const by = next.state === 'waiting' ? supersedes(sender, item.event, later) : undefined;
      if (by) {
        writeOff(sender, ledger, { ...item, ...tried }, laterWord(by));
        continue;
      }
      if (next.state === 'behind') ledger.failedBehind(item, { ...tried, outcome });
      else ledger.failed(item, next, { ...tried, outcome });
      if (next.state !== 'waiting') continue;
      for (const behind of window.takeThoseBehind(item)) ledger.behind(behind);
    }
    intake.expectParked();
  }
}
