import { describe, expect, it } from '@jest/globals';
import { keyAt, stateOf, type SigningKey } from './signing-key-rows.js';

const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 5, hour));

const key = (signsFrom: number, retiredAt: number | null, withdrawnAt: number | null = null): SigningKey => ({
  id: `key_${signsFrom}`,
  algorithm: 'EdDSA',
  publicJwk: {},
  privateSealed: 'sealed',
  createdAt: at(0),
  signsFrom: at(signsFrom),
  retiredAt: retiredAt === null ? null : at(retiredAt),
  publishedUntil: null,
  createdBy: null,
  withdrawnAt: withdrawnAt === null ? null : at(withdrawnAt),
  withdrawnBy: null,
});

describe('the state of a key', () => {
  it.each([
    ['upcoming until it signs', key(13, null), 'upcoming'],
    ['current from that moment', key(12, null), 'current'],
    ['current until its successor signs', key(8, 13), 'current'],
    ['retired from that moment', key(8, 12), 'retired'],
    ['withdrawn for good', key(8, null, 11), 'withdrawn'],
  ])('is %s', (_, row, state) => {
    expect(stateOf(row, at(12))).toBe(state);
  });
});

describe('the key of a time', () => {
  const keys = [key(8, 10), key(10, 12), key(12, null)];
  const signs = (hour: number, those = keys): string | undefined => keyAt(those, at(hour))?.id;

  it('is the one that was current then', () => {
    expect([8, 9, 10, 11, 12, 20].map((hour) => signs(hour))).toEqual([
      'key_8',
      'key_8',
      'key_10',
      'key_10',
      'key_12',
      'key_12',
    ]);
  });

  it('is the first one for what is older than any key', () => {
    expect(signs(1)).toBe('key_8');
  });

  it('is the next one, always the same, when that one is gone', () => {
    expect(signs(9, keys.slice(1))).toBe('key_10');
    expect(signs(9, [keys[0]!, keys[2]!])).toBe('key_8');
    expect(signs(11, [keys[0]!, keys[2]!])).toBe('key_12');
    expect(signs(9, [])).toBeUndefined();
  });
});
