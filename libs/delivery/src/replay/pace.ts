/**
 * So many starts a second and no more, as one time: the generic cell rate algorithm. A tenth of a second's worth may start
 * together, so that nobody has to be woken for each.
 */
const TOGETHER_IN_MILLISECONDS = 100;

export class Pace {
  private readonly interval: number;
  private readonly tolerance: number;
  /** When the next one would start if all kept exactly apart. */
  private nextAt: number;

  /** @param nextAt as it was kept; null: nothing was started yet. */
  constructor(perSecond: number, nextAt: Date | null) {
    this.interval = 1_000 / perSecond;
    this.tolerance = Math.max(0, TOGETHER_IN_MILLISECONDS - this.interval);
    this.nextAt = nextAt?.getTime() ?? -Infinity;
  }

  /** 0: one may start now. */
  waitInMilliseconds(now: Date): number {
    return Math.max(0, Math.ceil(this.nextAt - this.tolerance - now.getTime()));
  }

  /** @returns false, with nothing changed, when it is too early. */
  take(now: Date): boolean {
    if (this.waitInMilliseconds(now) > 0) return false;
    this.nextAt = Math.max(this.nextAt, now.getTime()) + this.interval;
    return true;
  }

  /** To be kept, so that the next slice goes on at the same pace; null: nothing was started yet. */
  get kept(): Date | null {
    return Number.isFinite(this.nextAt) ? new Date(this.nextAt) : null;
  }
}
