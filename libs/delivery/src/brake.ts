/** What lets nothing start for a while: the destination's rate, that of what is told again, and what is more urgent. */
import type { Clock } from '@app/runtime';
import type { SliceParts } from './slice-parts.js';

/** Longer than this nobody keeps a place for the next start that the rate allows: the slice ends, a ticket brings us back. */
const SHORT_IN_MILLISECONDS = 20;

export class Brake {
  private until: number;

  /** @param position of the first event that may come. */
  constructor(
    private readonly clock: Clock,
    private readonly parts: Pick<SliceParts, 'pace' | 'source' | 'place'>,
    position: number,
  ) {
    this.until = performance.now() + this.waitFor(position);
  }

  /** For how long nothing may start; 0: something may. */
  get inMilliseconds(): number {
    return Math.max(0, this.until - performance.now());
  }

  /** It brakes, and so shortly that the place is kept meanwhile. */
  get isShort(): boolean {
    const { inMilliseconds } = this;
    return inMilliseconds > 0 && inMilliseconds <= SHORT_IN_MILLISECONDS;
  }

  /** How long until the whole burst is there again, if it brakes now; else 0. */
  get untilRestedInMilliseconds(): number {
    const { inMilliseconds } = this;
    return inMilliseconds > 0 ? Math.max(inMilliseconds, this.parts.pace.owedInMilliseconds) : 0;
  }

  /** Whether a request whose first event has this position may start now. */
  permits(position: number): boolean {
    const wait = Math.max(this.waitFor(position), this.parts.place.holdInMilliseconds);
    this.until = wait > 0 ? performance.now() + wait : 0;
    return wait === 0;
  }

  started(position: number): void {
    const { pace, source } = this.parts;
    pace.start(this.placeOf(position));
    source.pace?.take(this.clock.now());
  }

  private waitFor(position: number): number {
    const { pace, source } = this.parts;
    const own = source.pace?.waitInMilliseconds(this.clock.now()) ?? 0;
    return Math.max(own, pace.waitFor(this.placeOf(position)));
  }

  /** What is told again has a pace of its own, and is not what the destination has to catch up with. */
  private placeOf(position: number): number {
    return this.parts.source.retelling ? Infinity : position;
  }
}
