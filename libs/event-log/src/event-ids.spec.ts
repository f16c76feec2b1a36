import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromCrockford } from '@app/runtime';
import { EventIds } from './event-ids.js';

const ids = new EventIds(Buffer.alloc(32, 1));
const noon = new Date('2030-01-01T12:00:00.000Z');
const positions = fc.integer({ min: 1, max: 2 ** 47 });
const moments = fc.date({ min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true });

describe('the id of an event', () => {
  it('has the shape of a ULID behind its prefix', () => {
    expect(ids.idOf(1, noon)).toMatch(/^event_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  });

  it('stands for its position', () => {
    fc.assert(
      fc.property(positions, moments, (position, moment) => {
        expect(ids.positionOf(ids.idOf(position, moment))).toBe(position);
      }),
    );
  });

  it('sorts by time, and within one millisecond by position', () => {
    fc.assert(
      fc.property(positions, moments, positions, moments, (positionA, momentA, positionB, momentB) => {
        const before = momentA.getTime() - momentB.getTime() || positionA - positionB;
        fc.pre(before !== 0);
        expect(ids.idOf(positionA, momentA) < ids.idOf(positionB, momentB)).toBe(before < 0);
      }),
    );
  });

  it.each([1, 32, 64, 65, 200])(
    'has the first bytes of an HMAC with a salt of %d bytes as its check',
    (length) => {
      const salt = Buffer.alloc(length, 7);
      const bytes = fromCrockford(new EventIds(salt).idOf(7, noon).slice('event_'.length))!;
      const check = createHmac('sha256', salt).update(bytes.subarray(0, 12)).digest().subarray(0, 4);
      expect(Buffer.from(bytes.subarray(12))).toEqual(check);
    },
  );

  it('is the same whoever makes it', () => {
    expect(new EventIds(Buffer.alloc(32, 1)).idOf(7, noon)).toBe(ids.idOf(7, noon));
  });

  it('is refused when any character of it was changed', () => {
    const characters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    fc.assert(
      fc.property(
        positions,
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 1, max: 31 }),
        (position, at, by) => {
          const text = ids.idOf(position, noon).slice('event_'.length);
          const other = characters[(characters.indexOf(text[at]!) + by) % 32]!;
          expect(ids.positionOf(`event_${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeUndefined();
        },
      ),
    );
  });

  it('of another log is refused', () => {
    const others = new EventIds(Buffer.alloc(32, 2));
    expect(ids.positionOf(others.idOf(7, noon))).toBeUndefined();
  });

  it.each([
    '',
    'event_',
    'event_01JD3Z',
    '01JD3Z00000000000000000000',
    'directory_01JD3Z00000000000000000000',
    'event_01JD3Z00000000000000000000',
    'event_ZZZZZZZZZZZZZZZZZZZZZZZZZZ',
    'event_01jd3z00000000000000000000',
  ])('is never %j', (text) => {
    expect(ids.positionOf(text)).toBeUndefined();
  });
});
