import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SealBroken, Sealing } from './sealing.js';

const sealing = new Sealing(Buffer.alloc(32, 7));
const secrets = fc.string({ unit: 'binary', maxLength: 80 });

describe('a sealed secret', () => {
  it('is opened by the key that sealed it, whatever it holds', () => {
    fc.assert(
      fc.property(secrets, (secret) => {
        expect(new Sealing(Buffer.alloc(32, 7)).open(sealing.seal(secret))).toBe(secret);
      }),
    );
  });

  it('does not show the secret, and looks different each time', () => {
    const [first, second] = [sealing.seal('whsec_abcdef'), sealing.seal('whsec_abcdef')];
    expect(first).not.toBe(second);
    expect(first).not.toContain('whsec_abcdef');
    expect(Buffer.from(first.split('.').at(-1)!, 'base64url').toString()).not.toContain('abcdef');
  });

  it('is not opened by another key', () => {
    expect(() => new Sealing(Buffer.alloc(32, 8)).open(sealing.seal('s'))).toThrow(SealBroken);
  });

  it('is not opened when any character of it was changed', () => {
    const sealed = sealing.seal('a secret of some length');
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), fc.constantFrom(...'AaQ01_-.'), (at, character) => {
        fc.pre(sealed[at] !== character);
        expect(() => sealing.open(sealed.slice(0, at) + character + sealed.slice(at + 1))).toThrow(
          SealBroken,
        );
      }),
    );
  });

  it('is not opened when anything was cut from it or added to it', () => {
    const [version, nonce, tag, body] = sealing.seal('secret').split('.') as [string, string, string, string];
    const shortTag = Buffer.from(tag, 'base64url').subarray(0, 4).toString('base64url');
    for (const text of [
      '',
      'secret',
      [version, nonce, tag].join('.'),
      [version, nonce, '', body].join('.'),
      [version, nonce, shortTag, body].join('.'),
      [version, '', tag, body].join('.'),
      [version, nonce, tag, ''].join('.'),
      [version, nonce, tag, body, 'more'].join('.'),
      ['v2', nonce, tag, body].join('.'),
    ])
      expect(() => sealing.open(text)).toThrow(SealBroken);
  });

  it('that cannot be opened says what to do, and nothing of the secret', () => {
    const sealed = sealing.seal('whsec_abcdef');
    const open = (): string => new Sealing(Buffer.alloc(32, 8)).open(sealed);
    expect(open).toThrow(/sealed with another ROLLCALL_SECRET_KEY/);
    expect(open).not.toThrow(/abcdef/);
  });
});

describe('a key', () => {
  it.each([0, 16, 31, 33, 64])('of %i bytes is refused', (length) => {
    expect(() => new Sealing(Buffer.alloc(length))).toThrow(
      `a sealing key has 32 bytes, this one has ${length}`,
    );
  });
});
