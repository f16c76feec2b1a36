import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bounded } from '../../../test/support/bounds.js';
import { interleaved, Rota } from './rota.js';

const all = (turns: Rota): string[] => Array.from({ length: turns.size }, () => turns.next()!);

describe('turns', () => {
  it('gives every account one turn after the other, and of each the one that has waited longest', () => {
    const turns = new Rota();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) turns.add(name, name[0]!);
    expect(all(turns)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(turns.next()).toBeUndefined();
  });

  it('lets whoever has little wait for one turn of everybody else, however much those have', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 }),
        fc.nat(100),
        (crowds, before) => {
          const turns = new Rota();
          crowds.forEach((count, account) => {
            for (let n = 0; n < count; n++) turns.add(`${account} ${n}`, String(account));
          });
          for (let n = 0; n < before; n++) turns.next();
          turns.add('the only one', 'small');
          const waited = all(turns).indexOf('the only one');
          expect(waited).toBeLessThanOrEqual(crowds.length);
        },
      ),
      bounded(100),
    );
  });

  it('keeps the place of one that waits already', () => {
    const turns = new Rota();
    for (const name of ['first', 'second', 'first']) turns.add(name, 'one');
    expect(turns.size).toBe(2);
    expect(all(turns)).toEqual(['first', 'second']);
  });
});

describe('interleaved things', () => {
  it('are all there, and those of a small account are not behind all those of a large one', () => {
    const things = [...Array.from({ length: 100 }, (_, n) => ({ of: 'large', n })), { of: 'small', n: 0 }];
    const mixed = interleaved(things, ({ of }) => of);
    expect(mixed).toHaveLength(101);
    expect(new Set(mixed)).toEqual(new Set(things));
    expect(mixed.findIndex(({ of }) => of === 'small')).toBe(1);
  });

  it('of no account are accounts of their own', () => {
    const things = [{ of: 'large' }, { of: 'large' }, { of: null }, { of: null }];
    expect(interleaved(things, ({ of }) => of).map(({ of }) => of)).toEqual(['large', null, null, 'large']);
  });
});
