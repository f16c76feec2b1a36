import { describe, expect, it } from '@jest/globals';
import { Clock } from '../clock.js';
import { RateLimits, type Limit } from './rate-limits.js';

class SetClock extends Clock {
  milliseconds = Date.parse('2030-01-01T12:00:00.000Z');
  override now(): Date {
    return new Date(this.milliseconds);
  }
}

function given(): { limits: RateLimits; clock: SetClock } {
  const clock = new SetClock();
  const onError = (where: string, error: Error): never => {
    throw new Error(where, { cause: error });
  };
  return { clock, limits: new RateLimits({ clock, onError }) };
}

const limit = (key: string, perSecond: number, burst: number): Limit => ({ key, rate: { perSecond, burst } });

async function taken(limits: RateLimits, times: number, ...all: Limit[]): Promise<number> {
  let through = 0;
  for (let time = 0; time < times; time += 1) if ((await limits.take(all)) === 0) through += 1;
  return through;
}

describe('without Redis, the limits of a process', () => {
  it('let a burst through and then so many a second', async () => {
    const { limits, clock } = given();
    const one = limit('one', 5, 20);
    expect(await taken(limits, 100, one)).toBe(20);
    clock.milliseconds += 2_000;
    expect(await taken(limits, 100, one)).toBe(10);
    expect(await limits.take([one])).toBeCloseTo(0.2);
    expect(limits.isShared).toBe(false);
  });

  it('count each key by itself', async () => {
    const { limits } = given();
    expect(await taken(limits, 5, limit('one', 1, 3))).toBe(3);
    expect(await taken(limits, 5, limit('other', 1, 3))).toBe(3);
  });

  it('take nothing of the first limit when the second is used up', async () => {
    const { limits } = given();
    const [own, together] = [limit('own', 1, 10), limit('together', 1, 3)];
    expect(await taken(limits, 8, own, together)).toBe(3);
    expect(await taken(limits, 10, own)).toBe(7);
  });

  it('are off at 0 a second', async () => {
    const { limits } = given();
    expect(await taken(limits, 1_000, limit('one', 0, 1))).toBe(1_000);
  });

  it('forget the idle ones and keep those in use when there are very many', async () => {
    const { limits, clock } = given();
    const busy = limit('busy', 1, 100);
    expect(await taken(limits, 200, busy)).toBe(100);
    for (let stranger = 0; stranger < 25_000; stranger += 1) {
      if (stranger === 15_000) clock.milliseconds += 2_000;
      await limits.take([limit(`stranger-${stranger}`, 1, 1)]);
    }
    expect(await taken(limits, 200, busy)).toBe(2);
  });
});
