/** What one process knows of one limit: what it has borrowed of the shared bucket, and a bucket of its own without it. */
import { Bucket, type Rate } from './bucket.js';
import type { Loan } from './shared-buckets.js';

// What was borrowed and is not used soon is given up: the shared bucket has filled up again meanwhile, and both together
// would be more than the burst.
const LOAN_LIFE_IN_MILLISECONDS = 1_000;

export class Account {
  /** Used while there is no shared bucket. */
  readonly own: Bucket;
  /** How many requests wait for a loan. */
  waiting = 0;
  /** Under way, at most one at a time. */
  borrowing: Promise<void> | undefined;
  private credit = 0;
  private until = 0;
  private lastLoan = 0;
  private refusedUntil = 0;
  private readonly largestLoan: number;

  constructor(
    readonly key: string,
    readonly rate: Rate,
    now: number,
  ) {
    this.own = new Bucket(rate, now);
    // Small beside the bucket, so that no process sits on what another needs.
    this.largestLoan = Math.max(1, Math.floor(Math.min(rate.burst / 20, rate.perSecond / 10)));
  }

  /** Takes one of what was borrowed. */
  spend(now: number): boolean {
    if (this.until <= now || this.credit < 1) return false;
    this.credit -= 1;
    return true;
  }

  giveBack(shared: boolean): void {
    if (shared) this.credit += 1;
    else this.own.giveBack();
  }

  /** Seconds for which the shared bucket is known to be empty. */
  refused(now: number): number {
    return Math.max(0, this.refusedUntil - now) / 1_000;
  }

  /** Whether to ask for more before the last is spent, so that busy callers never wait for it. */
  runsLow(): boolean {
    return this.lastLoan >= 4 && this.credit <= this.lastLoan / 4;
  }

  /** Twice the last loan if that was used up in time, else one: an idle process must not drain the bucket. */
  wanted(now: number): number {
    const busy = this.lastLoan > 0 && this.until > now;
    return Math.max(this.waiting, busy ? Math.min(2 * this.lastLoan, this.largestLoan) : 1);
  }

  receive({ given, waitInSeconds }: Loan, now: number): void {
    if (given === 0) {
      this.refusedUntil = now + waitInSeconds * 1_000;
      return;
    }
    this.credit = (this.until > now ? this.credit : 0) + given;
    this.until = now + LOAN_LIFE_IN_MILLISECONDS;
    this.lastLoan = given;
  }

  /** Nothing is lost by forgetting it. */
  isIdle(now: number): boolean {
    return this.waiting === 0 && !this.borrowing && this.until <= now && this.own.isFull(now);
  }
}
