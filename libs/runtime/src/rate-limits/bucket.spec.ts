import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bucket } from './bucket.js';

const rate = { perSecond: 2, burst: 3 };

describe('a bucket of three that fills with two a second', () => {
  it('gives three at once, then says when to come again', () => {
    const bucket = new Bucket(rate, 0);
    expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([0, 0, 0, 0.5]);
  });

  it('says how long it takes from now on', () => {
    const bucket = new Bucket(rate, 0);
    for (let taken = 0; taken < 3; taken += 1) bucket.take(0);
    expect(bucket.take(200)).toBeCloseTo(0.3);
    expect(bucket.take(499)).toBeCloseTo(0.001);
    expect(bucket.take(500)).toBe(0);
  });

  it('never holds more than three, however long nobody came', () => {
    const bucket = new Bucket(rate, 0);
    const later = 86_400_000;
    expect([0, 0, 0, 0].map(() => bucket.take(later) === 0)).toEqual([true, true, true, false]);
  });

  it('gives nothing for a clock that is set back, and goes on from there', () => {
    const bucket = new Bucket(rate, 10_000);
    for (let taken = 0; taken < 3; taken += 1) bucket.take(10_000);
    expect(bucket.take(1_000)).toBe(0.5);
    expect(bucket.take(1_500)).toBe(0);
  });

  it('takes back what was not used, and is full then', () => {
    const bucket = new Bucket(rate, 0);
    bucket.take(0);
    expect(bucket.isFull(0)).toBe(false);
    bucket.giveBack();
    bucket.giveBack();
    expect(bucket.isFull(0)).toBe(true);
    expect([0, 0, 0, 0].map(() => bucket.take(0) === 0)).toEqual([true, true, true, false]);
  });
});

describe('any bucket', () => {
  const anyRate = fc.record({
    perSecond: fc.integer({ min: 1, max: 2_000 }),
    burst: fc.integer({ min: 1, max: 500 }),
  });

  it('gives at most its burst and what has flowed in since', () => {
    fc.assert(
      fc.property(
        anyRate,
        fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 300 }),
        (each, waits) => {
          const bucket = new Bucket(each, 0);
          let now = 0;
          let given = 0;
          for (const wait of waits) {
            now += wait;
            if (bucket.take(now) === 0) given += 1;
            expect(given).toBeLessThanOrEqual(each.burst + (now * each.perSecond) / 1_000);
          }
        },
      ),
    );
  });

  it('gives after the wait that it asked for', () => {
    fc.assert(
      fc.property(anyRate, fc.integer({ min: 0, max: 1_000 }), (each, start) => {
        const bucket = new Bucket(each, start);
        let wait = 0;
        while (wait === 0) wait = bucket.take(start);
        expect(bucket.take(start + Math.ceil(wait * 1_000))).toBe(0);
      }),
    );
  });
});
