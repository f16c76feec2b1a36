import { describe, expect, it } from '@jest/globals';
import { difference, equal } from './json.js';

describe('comparing two resources', () => {
  it('takes no notice of the order of keys', () => {
    expect(equal({ a: 1, b: [{ c: 'x', d: true }] }, { b: [{ d: true, c: 'x' }], a: 1 })).toBe(true);
  });

  it.each([
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{}, []],
    [null, {}],
    ['1', 1],
  ])('tells %j from %j', (a, b) => {
    expect(equal(a, b)).toBe(false);
    expect(equal(b, a)).toBe(false);
  });

  it('names the attributes that differ, whether added, removed or changed', () => {
    const before = { userName: 'ada', title: 'x', name: { givenName: 'Ada' }, locale: 'en' };
    const after = { userName: 'ada', name: { givenName: 'Ada' }, locale: 'de', active: true };
    expect(difference(before, after).sort()).toEqual(['active', 'locale', 'title']);
    expect(difference(before, before)).toEqual([]);
  });

  it('takes null and absent for the same', () => {
    expect(difference({ a: null }, {})).toEqual([]);
  });
});
