import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pace } from './pace.js';

const at = (milliseconds: number): Date => new Date(1_800_000_000_000 + milliseconds);

/** The times, in milliseconds, at which something was let start. */
function started(pace: Pace, lookedAt: readonly number[]): number[] {
  return lookedAt.filter((time) => pace.take(at(time)));
}

const rates = fc.integer({ min: 1, max: 2_000 });
const looks = fc
  .array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 2_000 })
  .map((times) => times.sort((one, other) => one - other));

describe('the pace of a replay', () => {
  it('lets no more start in any window of time than its rate and a tenth of a second together', () => {
    fc.assert(
      fc.property(rates, looks, (rate, lookedAt) => {
        const starts = started(new Pace(rate, null), lookedAt);
        starts.forEach((first, index) => {
          const last = starts.at(-1)!;
          const most = 1 + (rate * (last - first + 100)) / 1_000;
          expect(starts.length - index).toBeLessThanOrEqual(Math.ceil(most));
        });
      }),
    );
  });

  it('goes on at the same pace when another takes over what was kept', () => {
    fc.assert(
      fc.property(rates, looks, fc.nat(2_000), (rate, lookedAt, cut) => {
        const one = started(new Pace(rate, null), lookedAt);
        const first = new Pace(rate, null);
        const before = started(first, lookedAt.slice(0, cut));
        const after = started(new Pace(rate, first.kept), lookedAt.slice(cut));
        expect([...before, ...after]).toEqual(one);
      }),
    );
  });

  it('starts a whole second’s worth within a second, looked at every millisecond', () => {
    const everyMillisecond = Array.from({ length: 1_000 }, (_, index) => index);
    for (const rate of [1, 7, 200, 1_000])
      expect(started(new Pace(rate, null), everyMillisecond).length).toBeGreaterThanOrEqual(rate);
  });

  it('says how long to wait, and lets start when that is over', () => {
    const pace = new Pace(2, null);
    expect(pace.take(at(0))).toBe(true);
    expect(pace.waitInMilliseconds(at(0))).toBe(500);
    expect(pace.take(at(499))).toBe(false);
    expect(pace.take(at(500))).toBe(true);
  });
});
