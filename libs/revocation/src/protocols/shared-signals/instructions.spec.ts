/** The sample of the receiver's page does what the page says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { deactivated } from '../../../../delivery/src/testing/events.js';
import { SESSION_REVOKED } from './event-types.js';
import { setsOf } from './events.js';
import { SET_TYPE } from './security-event-token.js';

type Read = (
  rawBody: Buffer,
  expected: { keys: unknown; issuer: string; audience: string },
) => Promise<{ id: string; type: string; details: object; subject: object }>;

const page = join('libs', 'revocation', 'src', 'protocols', 'shared-signals', 'instructions.md');
const [block] = [...readFileSync(page, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(
  ([, code]) => code!,
);
const runnable = block!
  .replace(/^import (\{.*\}) from 'jose';$/m, (_, names) => `const ${names} = jose;`)
  .replace(/^export /m, '');
const make = new Function('jose', `${runnable}\nreturn readSecurityEvent;`) as (given: typeof jose) => Read;
const readSecurityEvent = make(jose);

const { publicKey, privateKey } = await jose.generateKeyPair('RS256');
const expected = {
  keys: publicKey,
  issuer: 'https://rollcall.example.com',
  audience: 'https://app.example.com/ssf',
};
const [told] = setsOf(
  deactivated,
  {
    audience: [expected.audience],
    events_requested: [SESSION_REVOKED],
    subject: { format: 'email' },
    causes: ['deactivated'],
  },
  { streamId: 'destination_1', issuer: expected.issuer },
);

async function read(changes: object = {}, typ = SET_TYPE): ReturnType<Read> {
  const token = new jose.SignJWT({ ...told!.claims, ...changes });
  return readSecurityEvent(
    Buffer.from(await token.setProtectedHeader({ typ, alg: 'RS256' }).sign(privateKey)),
    expected,
  );
}

describe('the sample for receivers', () => {
  it('reads what happened to whom', async () => {
    expect(await read()).toEqual({
      id: told!.jti,
      type: SESSION_REVOKED,
      details: told!.claims.events[SESSION_REVOKED],
      subject: { format: 'email', email: 'ada@example.com' },
    });
  });

  it.each([
    ['from somebody else', { iss: 'https://other.example.com' }],
    ['for somebody else', { aud: 'https://other.example.com' }],
    ['with a sub', { sub: 'ada' }],
    ['that expires', { exp: 4_000_000_000 }],
    ['with two events', { events: { one: {}, two: {} } }],
    ['without an id', { jti: undefined }],
  ])('refuses a token %s', async (_, changes) => {
    await expect(read(changes)).rejects.toThrow();
  });

  it('refuses a token of another kind', async () => {
    await expect(read({}, 'logout+jwt')).rejects.toThrow('typ');
  });
});
