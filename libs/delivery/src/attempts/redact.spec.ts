import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bounded } from '../../../../test/support/bounds.js';
import { ANSWER_KEPT_IN_BYTES, redactedAnswer } from './redact.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

describe('the answer of a receiver', () => {
  it.each([
    ['plain words', 'Internal Server Error: no such customer', 'Internal Server Error: no such customer'],
    ['JSON without secrets', '{"error":"user 7 is unknown"}', '{"error":"user 7 is unknown"}'],
    ['a password in JSON', '{"db_password":"hunter2","ok":false}', '{"db_password":(redacted),"ok":false}'],
    [
      'a password in JSON within JSON',
      '{"e":"{\\"password\\":\\"x\\"}"}',
      '{"e":"{\\"password\\":(redacted)}"}',
    ],
    ['a header that is echoed', 'X-Api-Key: 0123456789\nHost: a', 'X-Api-Key: (redacted)\nHost: a'],
    ['an authorization that is echoed', 'authorization: Bearer abcdefgh12345', 'authorization: (redacted)'],
    ['a form', 'grant=x&client_secret=s3cr3t&scope=a', 'grant=x&client_secret=(redacted)&scope=a'],
    ['one of our own keys', 'got sk_0123456789abcdef0123 instead', 'got (redacted) instead'],
    ['a JSON Web Token', 'jwt eyJhbGciOiJIUzI1NiJ9.e30.abcdefgh end', 'jwt (redacted) end'],
    ['the destination’s own secret', `signed with ${SECRET}!`, 'signed with (redacted)!'],
    ['a secret that is cut off', '{"secret":"abc', '{"secret":(redacted)'],
  ])('is kept as far as it is no credential: %s', (_name, answer, kept) => {
    expect(redactedAnswer(answer, [SECRET])).toBe(kept);
  });

  it('is null when there was none', () => {
    expect([redactedAnswer(null, [SECRET]), redactedAnswer('', [SECRET])]).toEqual([null, null]);
  });

  it('is kept up to 2 KiB, whole characters only', () => {
    const kept = redactedAnswer('ä€'.repeat(1_000))!;
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(ANSWER_KEPT_IN_BYTES);
    expect(Buffer.byteLength(kept)).toBeGreaterThan(ANSWER_KEPT_IN_BYTES - 5);
    expect(kept).not.toContain('\ufffd');
  });

  it('never shows the value of what is called like a secret, whatever stands around it', () => {
    const name = fc.constantFrom('password', 'api_key', 'X-Api-Key', 'access_token', 'clientSecret');
    const value = fc.stringMatching(/^[a-zA-Z0-9]{12,40}$/);
    const noise = fc.string({ maxLength: 40 }).filter((text) => !/["'\\]/.test(text));
    fc.assert(
      fc.property(name, value, noise, noise, (called, hidden, before, after) => {
        for (const text of [
          JSON.stringify({ before, [called]: hidden, after }),
          `${before}\n${called}=${hidden}&x=${after}`,
          `${before}\n${called}: ${hidden}\n${after}`,
        ]) {
          if (before.includes(hidden) || after.includes(hidden)) continue;
          expect(redactedAnswer(text)).not.toContain(hidden);
        }
      }),
      bounded(300),
    );
  });

  it('is read in no time, also when it is made to be slow', () => {
    const started = performance.now();
    for (const part of ['password', 'token=', '"secret":"\\', 'bearer ', '-----BEGIN', 'a_'])
      redactedAnswer(part.repeat(Math.ceil(2_048 / part.length)));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
