import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bounded } from '../support/bounds.js';
import { planOf } from './plan.js';
import { chaosSettings, type Backend } from './settings.js';

const anyPlan = fc.record({
  seed: fc.nat(),
  seconds: fc.integer({ min: 30, max: 900 }),
  backend: fc.constantFrom<Backend>('postgres', 'redis'),
});

const EVERY_KIND = [
  'flush queue',
  'kill hub',
  'kill worker',
  'pause everything',
  'restart database',
  'stop worker',
];

describe('the plan of a run', () => {
  it('follows from its seed', () => {
    fc.assert(
      fc.property(anyPlan, (wish) => expect(planOf(wish)).toEqual(planOf(wish))),
      bounded(50),
    );
    expect(planOf({ seed: 1, seconds: 35, backend: 'redis' })).not.toEqual(
      planOf({ seed: 2, seconds: 35, backend: 'redis' }),
    );
  });

  it('has every kind of fault in it, however short it is, and nothing about Redis where there is none', () => {
    fc.assert(
      fc.property(anyPlan, (wish) => {
        const acts = planOf(wish).map(({ act }) => act);
        const kinds = [...new Set(acts.map(({ kind }) => kind))].sort();
        expect(kinds).toEqual(wish.backend === 'redis' ? [...EVERY_KIND, 'redis away'].sort() : EVERY_KIND);
        const ways = acts.flatMap((act) => (act.kind === 'restart database' ? [act.how] : []));
        expect(new Set(ways)).toEqual(new Set(['fast', 'crash']));
      }),
      bounded(50),
    );
  });

  it('is in order of time, within its time, and brings a stopped worker back while there is work', () => {
    fc.assert(
      fc.property(anyPlan, (wish) => {
        const plan = planOf(wish);
        const times = plan.map(({ atInMilliseconds }) => atInMilliseconds);
        expect(times).toEqual([...times].sort((one, other) => one - other));
        expect(times.at(-1)).toBeLessThan(wish.seconds * 1_000);
        const stopped = plan.find(({ act }) => act.kind === 'stop worker');
        const lasts = stopped?.act.kind === 'stop worker' ? stopped.act.lasts : Infinity;
        expect(stopped!.atInMilliseconds + lasts).toBeLessThan(wish.seconds * 1_000);
        expect(lasts).toBeGreaterThan(10_000);
      }),
      bounded(50),
    );
  });
});

describe('what a run may be told', () => {
  it('is read from the environment, and has defaults', () => {
    expect(chaosSettings({})).toMatchObject({
      seconds: 35,
      backends: ['postgres', 'redis'],
      report: undefined,
    });
    const env = {
      ROLLCALL_CHAOS_SECONDS: '600',
      ROLLCALL_CHAOS_SEED: '7',
      ROLLCALL_CHAOS_BACKEND: 'redis',
      ROLLCALL_CHAOS_REPORT: 'chaos.md',
    };
    expect(chaosSettings(env)).toEqual({
      seconds: 600,
      seed: 7,
      backends: ['redis'],
      report: 'chaos.md',
      keep: false,
    });
  });

  it.each([
    ['ROLLCALL_CHAOS_SECONDS', '5', /at least 30/],
    ['ROLLCALL_CHAOS_SEED', 'x', /whole number/],
    ['ROLLCALL_CHAOS_BACKEND', 'kafka', /postgres, redis or both/],
  ])('is refused where it makes no sense: %s=%s', (name, value, message) => {
    expect(() => chaosSettings({ [name]: value })).toThrow(message);
  });
});
