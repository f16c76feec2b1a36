import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unitsOf } from './order.js';

/** Up to twelve operations, each of which needs some of the others. */
const graphs = fc
  .integer({ min: 0, max: 12 })
  .chain((size) =>
    fc.array(size === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(size - 1), { maxLength: 4 }), {
      minLength: size,
      maxLength: size,
    }),
  )
  .map((needs) => needs.map((each, index) => each.filter((needed) => needed !== index)));

/** Everything that an operation needs, directly or through others; computed the slow way. */
function reachable(needs: number[][], from: number): Set<number> {
  const found = new Set<number>();
  const visit = (operation: number): void => {
    for (const needed of needs[operation]!) {
      if (found.has(needed)) continue;
      found.add(needed);
      visit(needed);
    }
  };
  visit(from);
  return found;
}

describe('the order of a bulk', () => {
  it('is that of the request, when nobody needs anybody', () => {
    expect(unitsOf([[], [], []])).toEqual([[0], [1], [2]]);
    expect(unitsOf([])).toEqual([]);
  });

  it('leaves those where they are who need what came before', () => {
    expect(unitsOf([[], [0], [0, 1]])).toEqual([[0], [1], [2]]);
  });

  it('puts whoever needs a later one right behind it, and moves nobody else', () => {
    expect(unitsOf([[2], [], [], []])).toEqual([[1], [2], [0], [3]]);
    expect(unitsOf([[1], [2], [3], []])).toEqual([[3], [2], [1], [0]]);
  });

  it('does those together who need each other, where the last of them stands', () => {
    expect(unitsOf([[2], [], [0], []])).toEqual([[1], [0, 2], [3]]);
    expect(unitsOf([[1], [2], [0], [0]])).toEqual([[0, 1, 2], [3]]);
  });

  it('takes every reference graph: each operation once, behind what it needs, and together exactly with its circle', () => {
    fc.assert(
      fc.property(graphs, (needs) => {
        const units = unitsOf(needs);
        expect([...units.flat()].sort((a, b) => a - b)).toEqual(needs.map((_, index) => index));
        const place = new Map(units.flatMap((unit, at) => unit.map((each) => [each, at] as const)));
        needs.forEach((each, index) => {
          for (const needed of each) expect(place.get(needed)!).toBeLessThanOrEqual(place.get(index)!);
          const beyond = reachable(needs, index);
          for (const other of needs.keys()) {
            if (other === index) continue;
            const circle = beyond.has(other) && reachable(needs, other).has(index);
            expect(place.get(other) === place.get(index)).toBe(circle);
          }
        });
      }),
    );
  });

  it('moves nobody without need: two neighbours stand as in the request unless the first waits for something', () => {
    fc.assert(
      fc.property(graphs, (needs) => {
        const units = unitsOf(needs);
        const last = (unit: number[]): number => unit.at(-1)!;
        for (const [at, unit] of units.entries()) {
          const next = units[at + 1];
          if (!next || last(unit) < last(next)) continue;
          // The next one stands earlier in the request: it must have waited for this one.
          expect(next.some((operation) => needs[operation]!.some((needed) => unit.includes(needed)))).toBe(
            true,
          );
        }
      }),
    );
  });

  it('takes a thousand that need each other in a row', () => {
    const needs = Array.from({ length: 1_000 }, (_, index) => (index < 999 ? [index + 1] : []));
    expect(unitsOf(needs).flat()).toEqual(Array.from({ length: 1_000 }, (_, index) => 999 - index));
  });
});
