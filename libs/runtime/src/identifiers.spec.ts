import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crockford, fromCrockford, newId } from './identifiers.js';

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const moments = fc.date({ min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true });

describe('an identifier', () => {
  it('is a ULID behind its prefix', () => {
    expect(newId('directory_user', new Date())).toMatch(/^directory_user_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  });

  it('sorts by the time of its making', () => {
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        fc.pre(a.getTime() !== b.getTime());
        expect(newId('x', a) < newId('x', b)).toBe(a < b);
      }),
    );
  });

  it('holds the time to the millisecond', () => {
    fc.assert(
      fc.property(moments, (moment) => {
        const made = fromCrockford(newId('x', moment).slice(2))!;
        expect(Buffer.from(made).readUIntBE(0, 6)).toBe(moment.getTime());
      }),
    );
  });

  it('is never given twice, not even within one millisecond', () => {
    const now = new Date();
    const ids = Array.from({ length: 20_000 }, () => newId('x', now));
    expect(new Set(ids).size).toBe(ids.length);
    // 80 bits of chance: each of the sixteen characters of chance takes many values.
    for (let at = 12; at < 28; at += 1) expect(new Set(ids.map((id) => id[at])).size).toBe(32);
  });
});

describe('base 32 as Crockford writes it', () => {
  it('gives back what was put in, and keeps its order', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(fromCrockford(crockford(a))).toEqual(Uint8Array.from(a));
        expect(Math.sign(Buffer.compare(a, b))).toBe(
          crockford(a) < crockford(b) ? -1 : Number(crockford(a) > crockford(b)),
        );
      }),
    );
  });

  it('writes a text in one way only', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/), (text) => {
        expect(crockford(fromCrockford(text)!)).toBe(text);
      }),
    );
  });

  it.each([
    '',
    '8ZZZZZZZZZZZZZZZZZZZZZZZZZ',
    '01JD3Z0000000000000000000',
    '01JD3Z000000000000000000000',
    '01JD3Z0000000000000000000I',
    '01JD3Z0000000000000000000L',
    '01JD3Z0000000000000000000O',
    '01JD3Z0000000000000000000U',
    '01jd3z00000000000000000000',
    '01JD3Z00000000000000000 00',
  ])('does not read %j', (text) => {
    expect(fromCrockford(text)).toBeUndefined();
  });

  it.each([0, 15, 17])('does not write %i bytes', (length) => {
    expect(() => crockford(new Uint8Array(length))).toThrow(`a ULID has 16 bytes, not ${length}`);
  });
});
