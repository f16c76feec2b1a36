import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bounded } from '../../../test/support/bounds.js';
import { DEFAULT_MANNER } from './options.js';
import { burstOf, Pace, paidAfterStart, waitInMilliseconds } from './pace.js';

/** Starts each request as soon as it comes and the rate lets it. @returns when each was started. */
function startsOf(perSecond: number, gaps: readonly number[], paidUntil = 0): number[] {
  const starts: number[] = [];
  let now = 0;
  for (const gap of gaps) {
    now += gap;
    now += waitInMilliseconds(paidUntil, perSecond, now);
    paidUntil = paidAfterStart(paidUntil, perSecond, now);
    starts.push(now);
  }
  return starts;
}

describe('the rate of a destination', () => {
  const rates = fc.integer({ min: 1, max: 10_000 });
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2_000, noNaN: true })), {
    minLength: 1,
    maxLength: 120,
  });

  it('lets no window of time have more starts than the rate allows in it and one burst', () => {
    fc.assert(
      fc.property(rates, gaps, (rate, waits) => {
        const starts = startsOf(rate, waits);
        for (const [first, from] of starts.entries())
          for (const [last, to] of starts.entries()) {
            if (last < first) continue;
            const allowed = ((to - from) / 1_000) * rate + burstOf(rate);
            expect(last - first + 1).toBeLessThanOrEqual(allowed + 0.01);
          }
      }),
      bounded(100),
    );
  });

  it('is used up by whoever always has something to send', () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 500 }), (rate, count) => {
        const last = startsOf(rate, Array<number>(count).fill(0)).at(-1)!;
        const needed = (Math.max(0, count - burstOf(rate)) / rate) * 1_000;
        expect(last).toBeLessThanOrEqual(needed + 0.01);
      }),
      bounded(100),
    );
  });

  it('holds as well when it was lower for a while: what was owed then stays owed', () => {
    fc.assert(
      fc.property(rates, rates, gaps, gaps, (one, other, before, after) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        let now = 0;
        const pace = new Pace(
          {
            manner: { maxPerSecond: high, catchUpPerSecond: low },
            catchUpTo: before.length,
            owedInMilliseconds: 0,
          },
          () => now,
        );
        const starts = [...before, ...after].map((gap, index) => {
          now += gap;
          now += pace.waitFor(index + 1);
          pace.start(index + 1);
          return now;
        });
        for (const [first, from] of starts.entries())
          for (const [last, to] of starts.entries())
            if (last >= first)
              expect(last - first + 1).toBeLessThanOrEqual(
                ((to - from) / 1_000) * high + burstOf(high) + 0.01,
              );
      }),
      bounded(60),
    );
  });
});

describe('the pace of a slice', () => {
  const at =
    (time: number): (() => number) =>
    () =>
      time;
  const manner = { ...DEFAULT_MANNER, maxPerSecond: 4, catchUpPerSecond: 2 };

  it('knows no cap where none was asked for', () => {
    const parts = {
      manner: { ...manner, maxPerSecond: null },
      catchUpTo: null,
      owedInMilliseconds: 60_000,
    };
    expect(new Pace(parts).waitFor(1)).toBe(0);
  });

  it('takes the lower rate for what is to be caught up with, and the other one after it', () => {
    const pace = new Pace({ manner, catchUpTo: 10, owedInMilliseconds: 0 }, at(0));
    expect([pace.rateAt(10), pace.rateAt(11)]).toEqual([2, 4]);
  });

  it('goes on with what those before it have used up, and says what it leaves', () => {
    const pace = new Pace({ manner, catchUpTo: null, owedInMilliseconds: 100 }, at(5_000));
    expect(pace.waitFor(1)).toBe(100);
    pace.start(1);
    expect(pace.owedInMilliseconds).toBe(350);
  });
});
