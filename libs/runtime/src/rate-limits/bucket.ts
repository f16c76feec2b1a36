/** The arithmetic of a token bucket: so many at once, then so many a second. Time is the caller's. */

export interface Rate {
  /** Whole number; 0 switches the limit off. */
  perSecond: number;
  /** How many may come at once after a rest. Whole number, at least 1. */
  burst: number;
}

// In thousandths everything is a whole number: milliseconds times a rate per second. Nothing is lost by rounding.
const ONE = 1_000;

export class Bucket {
  private level: number;

  /** Full at first. @param at milliseconds, of any clock that `take` is given too. */
  constructor(
    private readonly rate: Rate,
    private at: number,
  ) {
    this.level = rate.burst * ONE;
  }

  /** @returns 0 when one was taken, else in how many seconds there will be one. */
  take(now: number): number {
    this.fill(now);
    if (this.level < ONE) return (ONE - this.level) / ONE / this.rate.perSecond;
    this.level -= ONE;
    return 0;
  }

  /** For what was taken and then not used. */
  giveBack(): void {
    this.level = Math.min(this.rate.burst * ONE, this.level + ONE);
  }

  /** A full bucket need not be remembered: a new one is the same. */
  isFull(now: number): boolean {
    this.fill(now);
    return this.level === this.rate.burst * ONE;
  }

  private fill(now: number): void {
    // A clock that is set back gives nothing and takes nothing away.
    const elapsed = Math.max(0, now - this.at);
    this.level = Math.min(this.rate.burst * ONE, this.level + elapsed * this.rate.perSecond);
    this.at = now;
  }
}
