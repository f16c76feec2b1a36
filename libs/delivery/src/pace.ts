/**
 * How fast the requests to one destination may start: the generic cell rate algorithm (ITU-T I.371), whose whole memory is
 * one moment, "paid until". The functions are pure; times are milliseconds of any one clock that never goes back.
 */
import type { Manner } from './options.js';

/** What may start at once after a rest: a quarter of a second's worth, at least one. */
export function burstOf(perSecond: number): number {
  return Math.max(1, Math.floor(perSecond / 4));
}

/**
 * @param paidUntil when the rate will have paid for everything that was started.
 * @param burst how many may start at once after a rest.
 * @returns milliseconds until one more may start; 0 when it may start now.
 */
export function waitInMilliseconds(
  paidUntil: number,
  perSecond: number,
  now: number,
  burst = burstOf(perSecond),
): number {
  const tolerance = (burst - 1) * (1_000 / perSecond);
  const wait = paidUntil - tolerance - now;
  return wait > ROUNDING_IN_MILLISECONDS ? wait : 0;
}

/** @returns the new "paid until", when one more starts now. */
export function paidAfterStart(paidUntil: number, perSecond: number, now: number): number {
  return Math.max(paidUntil, now) + 1_000 / perSecond;
}

/** Sums of thirds are no whole numbers. A millionth of a second is nobody's excess. */
const ROUNDING_IN_MILLISECONDS = 0.001;

export interface PaceParts {
  manner: Pick<Manner, 'maxPerSecond' | 'catchUpPerSecond'>;
  /** Events up to this position are sent at the catch-up rate; null: none are. */
  catchUpTo: number | null;
  /** How far "paid until" lies ahead, from those who worked for the destination before. */
  owedInMilliseconds: number;
}

/** The pace of one slice. It measures by a clock of its own that no operator can set, and hands over a length of time. */
export class Pace {
  private paidUntil: number;

  constructor(
    private readonly parts: PaceParts,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.paidUntil = now() + parts.owedInMilliseconds;
  }

  /** Requests a second that the event at this position counts against; Infinity without a cap. */
  rateAt(position: number): number {
    const { manner, catchUpTo } = this.parts;
    const catchUp = catchUpTo !== null && position <= catchUpTo ? manner.catchUpPerSecond : Infinity;
    return Math.min(manner.maxPerSecond ?? Infinity, catchUp);
  }

  /** Milliseconds until a request whose first event has this position may start. */
  waitFor(position: number): number {
    const rate = this.rateAt(position);
    return rate === Infinity ? 0 : waitInMilliseconds(this.paidUntil, rate, this.now());
  }

  start(position: number): void {
    const rate = this.rateAt(position);
    if (rate !== Infinity) this.paidUntil = paidAfterStart(this.paidUntil, rate, this.now());
  }

  /** Until the whole burst is there again; to be handed over to the next slice. */
  get owedInMilliseconds(): number {
    return Math.max(0, this.paidUntil - this.now());
  }
}
