/** How fast a replay is told, beside the destination's own rate. It is kept as a time, by the clock that people see. */
import { paidAfterStart, waitInMilliseconds } from '../pace.js';

/** A tenth of a second's worth may start together, so that nobody has to be woken for each. */
const SHARE_AT_ONCE = 0.1;

export class Pace {
  private readonly burst: number;
  private paidUntil: number;

  /** @param kept as it was kept; null: nothing was started yet. */
  constructor(
    private readonly perSecond: number,
    kept: Date | null,
  ) {
    this.burst = Math.max(1, perSecond * SHARE_AT_ONCE);
    this.paidUntil = kept?.getTime() ?? -Infinity;
  }

  /** 0: one may start now. */
  waitInMilliseconds(now: Date): number {
    return Math.ceil(waitInMilliseconds(this.paidUntil, this.perSecond, now.getTime(), this.burst));
  }

  /** @returns false, with nothing changed, when it is too early. */
  take(now: Date): boolean {
    if (this.waitInMilliseconds(now) > 0) return false;
    this.paidUntil = paidAfterStart(this.paidUntil, this.perSecond, now.getTime());
    return true;
  }

  /** To be kept, so that the next slice goes on at the same pace; null: nothing was started yet. */
  get kept(): Date | null {
    return Number.isFinite(this.paidUntil) ? new Date(this.paidUntil) : null;
  }
}
