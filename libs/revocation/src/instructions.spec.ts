/** The samples in the instructions do what the instructions say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import type { JWTPayload } from 'jose';
import * as standardwebhooks from 'standardwebhooks';
import { parseSettings, type HttpRequest, type OpenedSecret, type Protocol } from '@app/delivery';
import { deactivated } from '../../delivery/src/testing/events.js';
import { REVOCATION_PROTOCOLS } from './protocols/index.js';
import { contextWith } from './testing/tokens.js';

const issuer = 'https://hub.example.com';
const { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } = jose;
const { publicKey, privateKey } = await generateKeyPair('RS256');
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'key_1', alg: 'RS256' }] });
const signed = (claims: JWTPayload, typ: string, key = privateKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ typ, alg: 'RS256', kid: 'key_1' }).sign(key);

/** What samples import. */
const PACKAGES = { jose, standardwebhooks };

/** What a sample of a protocol's instructions exports under that name. */
function sample<T>(protocol: string, name: string): T {
  const path = join('libs', 'revocation', 'src', 'protocols', protocol, 'instructions.md');
  const blocks = [...readFileSync(path, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code!,
  );
  const code = blocks.find((block) => new RegExp(`^export (async )?function ${name}\\b`, 'm').test(block))!;
  const runnable = code
    .replace(/^import (\{.*\}) from '(.*)';$/gm, (_, names, from) => `const ${names} = packages['${from}'];`)
    .replace(/^export /gm, '');
  const make = new Function('packages', `${runnable}\nreturn ${name};`) as (packages: object) => T;
  return make(PACKAGES);
}

const openid = { client_id: 's6BhdRkqt3', subject_attribute: 'externalId' };
const secret: OpenedSecret = {
  ...{ id: 'secret_1', kind: 'hmac', publicJwk: null, createdAt: new Date(), expiresAt: null },
  value: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

/** As it would be sent now. @param mend changes the claims before they are signed. */
async function sent(
  name: string,
  more: object,
  mend: (claims: JWTPayload, typ: string) => Promise<string> = signed,
): Promise<HttpRequest> {
  const protocol = REVOCATION_PROTOCOLS.find((each) => each.name === name) as Protocol<object>;
  const settings = parseSettings(protocol, { endpoint_url: 'https://app.example.com/end', ...more });
  const context = contextWith(settings, {
    issuer,
    sign: (claims, typ) => mend(claims, typ),
    secrets: [secret],
    at: new Date(),
  });
  return (await protocol.compose(deactivated, context)) as HttpRequest;
}

const other = (await generateKeyPair('RS256')).privateKey;
const WRONG: [string, (claims: JWTPayload, typ: string) => Promise<string>][] = [
  ['another key', (claims, typ) => signed(claims, typ, other)],
  ['no signature', (claims) => Promise.resolve(new UnsecuredJWT(claims).encode())],
  ['another type', (claims) => signed(claims, 'JWT')],
  ['another issuer', (claims, typ) => signed({ ...claims, iss: 'https://elsewhere.example.com' }, typ)],
  ['another audience', (claims, typ) => signed({ ...claims, aud: 'elsewhere' }, typ)],
  ['a nonce', (claims, typ) => signed({ ...claims, nonce: 'n-0S6_WzA2Mj' }, typ)],
  ['an end in the past', (claims, typ) => signed({ ...claims, exp: claims.iat! - 1 }, typ)],
  ['no end', ({ exp: _exp, ...claims }, typ) => signed(claims, typ)],
  ['no subject', ({ sub: _sub, ...claims }, typ) => signed(claims, typ)],
];

describe('the sample that reads a logout token', () => {
  const know = { keys, issuer, clientId: 's6BhdRkqt3' };
  type Read = (body: string | Buffer, know: object) => Promise<string>;
  const sampled = sample<Read>('back-channel-logout', 'readLogout');
  const read = (body: string): Promise<string> => sampled(body, know);

  it('believes what we send', async () => {
    expect(await read((await sent('back-channel-logout', openid)).body)).toBe('00u1ada');
  });

  it.each([
    ...WRONG,
    ['no event', ({ events: _events, ...claims }: JWTPayload, typ: string) => signed(claims, typ)] as const,
    [
      'another event',
      (claims: JWTPayload, typ: string) => signed({ ...claims, events: { 'urn:other': {} } }, typ),
    ] as const,
  ])('does not believe one with %s', async (_, mend) => {
    const { body } = await sent('back-channel-logout', openid, mend);
    await expect(read(body)).rejects.toThrow();
  });

  it('does not believe a body without one', async () => {
    await expect(read('')).rejects.toThrow();
  });
});

describe('the sample that reads a command token', () => {
  const know = { keys, issuer, audience: 'https://app.example.com/end' };
  type Read = (body: string | Buffer, know: object) => Promise<unknown>;
  const sampled = sample<Read>('provider-command', 'readCommand');
  const read = (body: string): Promise<unknown> => sampled(body, know);

  it('believes what we send', async () => {
    const { organizationId: tenant } = deactivated;
    expect(await read((await sent('provider-command', openid)).body)).toEqual({
      ...{ command: 'suspend', tenant, sub: '00u1ada' },
    });
  });

  it.each(WRONG)('does not believe one with %s', async (_, mend) => {
    const { body } = await sent('provider-command', openid, mend);
    await expect(read(body)).rejects.toThrow();
  });
});

describe('the sample that reads a global token revocation', () => {
  const know = { keys, issuer, audience: 'https://app.example.com/end' };
  type Read = (body: string | Buffer, headers: object, know: object) => Promise<unknown>;
  const sampled = sample<Read>('global-token-revocation', 'readRevocation');
  const read = ({ body, headers }: HttpRequest): Promise<unknown> => sampled(body, headers, know);

  it('believes what we send', async () => {
    expect(await read(await sent('global-token-revocation', {}))).toEqual({
      ...{ format: 'email', email: 'ada@example.com' },
    });
  });

  it.each(WRONG.filter(([what]) => what !== 'a nonce'))('does not believe one with %s', async (_, mend) => {
    await expect(read(await sent('global-token-revocation', {}, mend))).rejects.toThrow();
  });

  it('does not believe a body without one', async () => {
    const { headers: _headers, ...request } = await sent('global-token-revocation', {});
    await expect(read({ ...request, headers: {} })).rejects.toThrow();
  });
});

describe('the sample that reads a signed call', () => {
  type Read = (body: string | Buffer, headers: object, secret: string) => unknown;

  it('believes what we send, and nothing else', async () => {
    const read = sample<Read>('signed-call', 'readCall');
    const { body, headers } = await sent('signed-call', {});
    expect(read(Buffer.from(body), headers, secret.value)).toEqual(JSON.parse(body));
    expect(() => read(`${body} `, headers, secret.value)).toThrow();
    expect(() => read(body, headers, `whsec_${Buffer.alloc(24, 9).toString('base64')}`)).toThrow();
    expect(() => read(body, { ...headers, 'webhook-timestamp': '1614265330' }, secret.value)).toThrow();
  });
});
