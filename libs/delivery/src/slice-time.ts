/** How much of its time a slice has used. The place's time may change meanwhile, when others come to wait for it. */
import type { SliceParts } from './slice-parts.js';

export class SliceTime {
  private readonly startedAt = performance.now();

  constructor(private readonly parts: Pick<SliceParts, 'place' | 'share'>) {}

  get isLeft(): boolean {
    return this.used < 1;
  }

  /** As long again, for what was overtaken only: the cursor cannot pass it, and what overtook it would be sent again. */
  get isOvertimeLeft(): boolean {
    return this.used < 2;
  }

  private get used(): number {
    const { place, share } = this.parts;
    return (performance.now() - this.startedAt) / (place.sliceInMilliseconds * share);
  }
}
