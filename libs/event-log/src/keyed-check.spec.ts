import { createHmac } from 'node:crypto';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyedCheck } from './keyed-check.js';

it('is what HMAC-SHA-256 begins with, for every key and message', () => {
  const keys = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const messages = fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(keys, fc.array(messages, { minLength: 1 }), (key, several) => {
      const check = new KeyedCheck(key);
      for (const message of several)
        expect(check.of(message.readInt32BE(0), message.readInt32BE(4), message.readInt32BE(8))).toBe(
          createHmac('sha256', key).update(message).digest().readUInt32BE(0),
        );
    }),
    { numRuns: 300 },
  );
});
