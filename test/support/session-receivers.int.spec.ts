/** The applications of the tests bite: what they believe elsewhere is worth something, because of what they do not believe here. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import {
  commandReceiver,
  logoutReceiver,
  revocationReceiver,
  type Known,
  type SessionReceiver,
} from './session-receivers.js';
import { Sink } from './sink.js';

const issuer = 'https://id.example.com';
const CLIENT = 's6BhdRkqt3';
const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

let hub: Sink;
let known: Known;
let app: SessionReceiver;
let key: CryptoKey;
let otherKey: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  key = pair.privateKey;
  otherKey = (await generateKeyPair('RS256')).privateKey;
  const body = JSON.stringify({
    keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'key_1', alg: 'RS256' }],
  });
  hub = await Sink.open();
  hub.answers({ status: 200, headers: { 'content-type': 'application/json' }, body });
  known = { jwksUrl: `${hub.url}/.well-known/jwks.json`, issuer };
});

afterAll(() => hub.close());
afterEach(() => app.sink.close());

interface Draft {
  claims: JWTPayload;
  header: { typ: string; alg: string; kid: string };
  key: () => CryptoKey | null;
}
type Mend = (draft: Draft) => void;

interface Spoken {
  name: string;
  typ: string;
  open(): Promise<SessionReceiver>;
  claims(url: string): JWTPayload;
  /** The request that carries the token. */
  carry(token: string): { path: string; headers: Record<string, string>; body: string };
}

const form = (path: string, field: string, token: string): ReturnType<Spoken['carry']> => ({
  path,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ [field]: token }).toString(),
});

const PROTOCOLS: Spoken[] = [
  {
    name: 'a logout token',
    typ: 'logout+jwt',
    open: () => logoutReceiver(known, CLIENT),
    claims: () => ({ aud: CLIENT, sub: 'ada', events: { [LOGOUT]: {} } }),
    carry: (token) => form('/logout', 'logout_token', token),
  },
  {
    name: 'a command token',
    typ: 'command+jwt',
    open: () => commandReceiver(known, CLIENT),
    claims: (url) => ({
      ...{ aud: `${url}/command`, client_id: CLIENT, command: 'suspend', tenant: 'org_1', sub: 'ada' },
    }),
    carry: (token) => form('/command', 'command_token', token),
  },
  {
    name: 'a global token revocation',
    typ: 'global-token-revocation+jwt',
    open: () => revocationReceiver(known),
    claims: (url) => ({ aud: `${url}/revoke`, sub: issuer, nbf: Math.floor(Date.now() / 1_000) - 60 }),
    carry: (token) => ({
      path: '/revoke',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ sub_id: { format: 'opaque', id: 'ada' } }),
    }),
  },
];

let calls = 0;

/** @returns the status, once somebody has called with a token that is right but for what was mended. */
async function called({ typ, claims, carry }: Spoken, mend: Mend = () => undefined): Promise<number> {
  const iat = Math.floor(Date.now() / 1_000);
  const draft: Draft = {
    claims: { iss: issuer, iat, exp: iat + 120, jti: randomUUID(), ...claims(app.sink.url) },
    header: { typ, alg: 'RS256', kid: 'key_1' },
    key: () => key,
  };
  mend(draft);
  const by = draft.key();
  const token = by
    ? await new SignJWT(draft.claims).setProtectedHeader(draft.header).sign(by)
    : new UnsecuredJWT(draft.claims).encode();
  const { path, headers, body } = carry(token);
  const txn = `event_${(calls += 1)}`;
  const { status } = await fetch(app.sink.url + path, {
    ...{ method: 'POST', headers: { ...headers, 'rollcall-txn': txn }, body },
  });
  return status;
}

const WRONG: [string, Mend, RegExp][] = [
  ['a nonce', ({ claims }) => (claims['nonce'] = 'n-0S6_WzA2Mj'), /nonce/],
  ['another type', ({ header }) => (header.typ = 'JWT'), /"typ"/],
  ['another audience', ({ claims }) => (claims.aud = 'elsewhere'), /"aud"/],
  ['another issuer', ({ claims }) => (claims.iss = 'https://elsewhere.example.com'), /"iss"/],
  ['neither sub nor sid', ({ claims }) => delete claims.sub, /"sub"/],
  ['a sid that nobody knows', ({ claims }) => (claims['sid'] = 'session-1'), /session/],
  ['the signature of another key', (draft) => (draft.key = () => otherKey), /signature/],
  ['no signature', (draft) => (draft.key = () => null), /alg|typ|Invalid|Unsecured/],
  ['an end that is too far away', ({ claims }) => (claims.exp = claims.iat! + 301 * 4), /too long/],
  ['an end in the past', ({ claims }) => (claims.exp = claims.iat! - 1), /"exp"/],
  ['no end', ({ claims }) => delete claims.exp, /"exp"/],
  ['no id', ({ claims }) => delete claims.jti, /"jti"/],
];

describe.each(PROTOCOLS)('an application that is sent $name', (spoken) => {
  it('believes one that is right', async () => {
    app = await spoken.open();
    expect([await called(spoken), app.doubts]).toEqual([204, []]);
    expect(app.told.map(({ person }) => person)).toEqual(['ada']);
  });

  it.each(WRONG)('does not believe one with %s', async (_what, mend, doubt) => {
    app = await spoken.open();
    expect(await called(spoken, mend)).toBeGreaterThanOrEqual(400);
    expect(app.told).toEqual([]);
    expect(app.doubts).toEqual([expect.stringMatching(doubt)]);
  });

  it('does not believe the same one twice', async () => {
    app = await spoken.open();
    const again: Mend = ({ claims }) => (claims.jti = 'one');
    expect(await called(spoken, again)).toBe(204);
    expect(await called(spoken, again)).toBeGreaterThanOrEqual(400);
    expect(app.doubts).toEqual(['this token was here before']);
  });
});

describe('an application that is sent a logout token', () => {
  it.each<[string, Mend]>([
    ['another event', ({ claims }) => (claims['events'] = { 'urn:other': {} })],
    ['no event', ({ claims }) => delete claims['events']],
    ['a life of more than two minutes', ({ claims }) => (claims.exp = claims.iat! + 121)],
  ])('does not believe one with %s', async (_what, mend) => {
    const spoken = PROTOCOLS[0]!;
    app = await spoken.open();
    expect(await called(spoken, mend)).toBe(400);
    expect([app.told, app.doubts]).toEqual([[], [expect.any(String)]]);
  });
});

describe('an application that is sent a command token', () => {
  it('does not believe one for another client', async () => {
    const spoken = PROTOCOLS[1]!;
    app = await spoken.open();
    expect(await called(spoken, ({ claims }) => (claims['client_id'] = 'other'))).toBe(400);
    expect(app.doubts).toEqual(['this is for another client']);
  });
});
