/** What a receiver of security event tokens that trusts nothing but the published keys is told of people who leave. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { expected, GROUP, type Body, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { eventually, Sink, type Answer } from '../support/index.js';

const ISSUER = 'https://rollcall.example.com';
const AUDIENCE = 'https://app.example.com/ssf';
const AUTHORIZATION = 'Bearer a-secret-of-the-receiver';
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/';
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/';
const UPDATED = 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated';
const SCIM = 'urn:ietf:params:scim:event:prov:';

let installation: Installation;
let hub: TestHub;
let sink: Sink;
let directory: TestDirectory;
let keys: ReturnType<typeof createRemoteJWKSet>;
let taken: JWTPayload[];
let signedWith: string;

/** RFC 8417 and the framework's §4, by the letter. */
async function check(token: string): Promise<JWTPayload> {
  const options = { issuer: ISSUER, audience: AUDIENCE, typ: 'secevent+jwt', algorithms: [signedWith] };
  const { payload } = await jwtVerify(token, keys, { ...options, requiredClaims: ['jti', 'iat', 'sub_id'] });
  if ('sub' in payload) throw new Error('a token has no sub');
  if ('exp' in payload) throw new Error('a token has no exp');
  const events = payload['events'] as Record<string, unknown> | undefined;
  if (Object.keys(events ?? {}).length !== 1) throw new Error('a token has one event');
  return payload;
}

async function receive(token: string): Promise<Answer> {
  try {
    taken.push(await check(token));
    return { status: 202 };
  } catch (error) {
    const body = JSON.stringify({ err: 'invalid_request', description: String(error) });
    return { status: 400, headers: { 'content-type': 'application/json' }, body };
  }
}

const eventOf = ({ events }: JWTPayload): [string, Record<string, unknown>] =>
  Object.entries(events as Record<string, Record<string, unknown>>)[0]!;
const typesTaken = (): string[] => taken.map((token) => eventOf(token)[0]);

beforeAll(async () => {
  installation = await startInstallation({ settings: { ROLLCALL_PUBLIC_URL: ISSUER } });
  hub = installation.hub;
}, 60_000);

afterAll(async () => {
  await installation.close();
}, 60_000);

beforeEach(async () => {
  sink = await Sink.open();
  // Of jose, one that has just asked for the keys does not ask again for half a minute.
  keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', hub.url));
  taken = [];
  signedWith = 'RS256';
  sink.answers(({ body }) => receive(body.toString()));
  directory = await hub.connect({ type: 'okta scim v2.0' });
});

afterEach(() => sink.close());

async function makeStream(settings: object = {}, more: object = {}): Promise<Body> {
  const answer = await hub.api('POST', '/destinations', {
    protocol: 'shared-signals',
    organization_id: directory.organizationId,
    settings: {
      delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${sink.url}/events` },
      audience: AUDIENCE,
      events_requested: [`${CAEP}session-revoked`, `${RISC}account-disabled`, `${RISC}account-enabled`],
      ...settings,
    },
    request: { headers: { authorization: AUTHORIZATION } },
    ...more,
  });
  return expected(201, answer).body;
}

const makeAda = (): Promise<Body> =>
  directory.makeUser('ada', { externalId: '00u1', emails: [{ value: 'ada@example.com', primary: true }] });

const setActive = async ({ id }: Body, value: boolean): Promise<void> =>
  void expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', path: 'active', value }));

describe('a receiver of pushed security event tokens', () => {
  it('is told that sessions end and that the account is disabled, and later that it is back', async () => {
    await makeStream();
    const ada = await makeAda();
    await setActive(ada, false);
    await eventually(() => expect(taken).toHaveLength(2));
    await setActive(ada, true);
    await eventually(() => expect(taken).toHaveLength(3));
    expect(typesTaken()).toEqual([
      `${CAEP}session-revoked`,
      `${RISC}account-disabled`,
      `${RISC}account-enabled`,
    ]);
    const [revoked, disabled, enabled] = taken;
    expect(revoked!['sub_id']).toEqual({ format: 'email', email: 'ada@example.com' });
    const [, details] = eventOf(revoked!);
    expect(details).toEqual({
      event_timestamp: revoked!.iat,
      initiating_entity: 'admin',
      reason_admin: { en: 'SCIM active=false' },
    });
    expect(disabled!['txn']).toBe(revoked!['txn']);
    expect(enabled!['txn']).not.toBe(revoked!['txn']);
    for (const { headers, path } of sink.received) {
      expect(path).toBe('/events');
      expect(headers).toMatchObject({
        'content-type': 'application/secevent+jwt',
        accept: 'application/json',
        authorization: AUTHORIZATION,
      });
    }
  });

  it('is told by SCIM events which account came, changed and went, without a value of it', async () => {
    const types = ['create:notice', 'patch:notice', 'deactivate', 'delete'].map((type) => SCIM + type);
    await makeStream({ events_requested: types });
    const ada = await makeAda();
    const rename = { op: 'replace', path: 'displayName', value: 'Ada Lovelace' };
    expected(200, await directory.patch(`/Users/${ada.id}`, rename));
    await setActive(ada, false);
    expected(204, await directory.scim('DELETE', `/Users/${ada.id}`));
    await eventually(() => expect(taken).toHaveLength(4));
    expect(typesTaken()).toEqual(types);
    for (const token of taken)
      expect(token['sub_id']).toEqual({ format: 'scim', uri: `/Users/${ada.id}`, externalId: '00u1' });
    expect(eventOf(taken[1]!)[1]).toEqual({ attributes: ['displayName'], version: 'W/"2"' });
    expect(JSON.stringify(taken)).not.toMatch(/Lovelace|ada@example/);
  });

  it('is told of each member of a group that is deleted which groups are left, and whose sessions end by that', async () => {
    const member = (name: string): Promise<Body> =>
      directory.makeUser(name, { emails: [{ value: `${name}@example.com`, primary: true }] });
    const [ada, bob] = [await member('ada'), await member('bob')];
    const makeGroup = async (displayName: string, members: Body[]): Promise<string> => {
      const body = { schemas: [GROUP], displayName, members: members.map(({ id }) => ({ value: id })) };
      return expected(201, await directory.scim('POST', '/Groups', body)).body.id;
    };
    const [crew, staff] = [await makeGroup('Crew', [ada, bob]), await makeGroup('Staff', [bob])];
    const events_requested = [`${CAEP}session-revoked`, `${CAEP}token-claims-change`];
    await makeStream({ events_requested }, { filter: { group_ids: [crew, staff] } });
    expected(204, await directory.scim('DELETE', `/Groups/${crew}`));
    await eventually(() => expect(taken).toHaveLength(3));
    const told = taken.map((token) => {
      const [type, { claims }] = eventOf(token);
      const { email } = token['sub_id'] as { email: string };
      return [email, type.replace(CAEP, ''), claims];
    });
    expect(told).toEqual(
      expect.arrayContaining([
        ['ada@example.com', 'session-revoked', undefined],
        ['ada@example.com', 'token-claims-change', { groups: [] }],
        ['bob@example.com', 'token-claims-change', { groups: ['Staff'] }],
      ]),
    );
  });

  it.each(['RS256', 'ES256', 'EdDSA'])(
    'that fails in between gets every token again, with the same bytes (%s)',
    async (algorithm) => {
      signedWith = algorithm;
      await makeStream({ signing_algorithm: algorithm });
      const ada = await makeAda();
      sink.answers(({ body }, index) => (index === 1 ? { status: 503 } : receive(body.toString())));
      await setActive(ada, false);
      await sink.receives(4, { withinInSeconds: 20 });
      const [one, two, oneAgain, twoAgain] = sink.received.map(({ body }) => body.toString());
      expect([oneAgain, twoAgain]).toEqual([one, two]);
      await eventually(() => expect(new Set(taken.map(({ jti }) => jti)).size).toBe(2));
    },
    30_000,
  );

  it('may have streams for several organizations, and hears of each in its own', async () => {
    await makeStream();
    const other = await hub.connect({ type: 'okta scim v2.0' });
    const stranger = await other.makeUser('bea', { emails: [{ value: 'bea@example.com', primary: true }] });
    const path = `/Users/${stranger.id}`;
    expected(200, await other.patch(path, { op: 'replace', path: 'active', value: false }));
    await setActive(await makeAda(), false);
    await eventually(() => expect(taken).toHaveLength(2));
    for (const token of taken) expect(token['sub_id']).toMatchObject({ email: 'ada@example.com' });
  });

  it.each(['paused', 'disabled'])(
    'is told that an operator has made its stream %s, and nothing more until it goes on',
    async (state) => {
      const stream = await makeStream();
      const ada = await makeAda();
      expected(200, await hub.api('PATCH', `/destinations/${stream.id}`, { state }));
      await eventually(() => expect(taken.length).toBeGreaterThan(0));
      await setActive(ada, false);
      const asked = `/revocations?organization_id=${directory.organizationId}`;
      await eventually(async () =>
        expect((await hub.api('GET', asked)).body['data']).toMatchObject([{ summary: { requested: 1 } }]),
      );
      expect(new Set(taken.map(({ jti }) => jti)).size).toBe(1);
      expect(eventOf(taken[0]!)).toEqual([UPDATED, { status: state, reason: 'changed by an operator' }]);
      expected(200, await hub.api('PATCH', `/destinations/${stream.id}`, { state: 'enabled' }));
      const later = (): string[] =>
        taken.flatMap((token) => (token.jti === taken[0]!.jti ? [] : [eventOf(token)[0]]));
      await eventually(() =>
        expect(later().sort()).toEqual([`${CAEP}session-revoked`, `${RISC}account-disabled`, UPDATED].sort()),
      );
    },
  );

  it.each([
    ['without a way of delivery', { delivery: undefined }, 'delivery'],
    ['to an unsupported way', { delivery: { method: 'carrier-pigeon' } }, 'delivery.method'],
    ['that is pushed nowhere', { delivery: { method: 'urn:ietf:rfc:8935' } }, 'delivery.endpoint_url'],
    ['for nobody', { audience: [] }, 'audience'],
    ['of unknown events', { events_requested: ['https://example.com/x'] }, 'events_requested'],
  ])('cannot have a stream %s, and is told what to mend', async (_, settings, field) => {
    const before = await hub.logPosition();
    const answer = await hub.api('POST', '/destinations', {
      protocol: 'shared-signals',
      organization_id: directory.organizationId,
      settings: {
        delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${sink.url}/events` },
        audience: AUDIENCE,
        events_requested: [`${CAEP}session-revoked`],
        ...settings,
      },
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(field);
    expect(await hub.logPosition()).toBe(before);
  });
});

/** Whoever tests must be able to fail: the checks above, given what they are there to refuse. */
describe('the receiver of this page', () => {
  const claims = { iss: ISSUER, aud: AUDIENCE, jti: 'one', iat: 1, sub_id: {}, events: { one: {} } };

  it.each([
    ['another key', claims, 'secevent+jwt'],
    ['another type', claims, 'JWT'],
    ['another audience', { ...claims, aud: 'https://other.example.com' }, 'secevent+jwt'],
    ['a sub', { ...claims, sub: 'ada' }, 'secevent+jwt'],
    ['an exp', { ...claims, exp: 4_000_000_000 }, 'secevent+jwt'],
    ['two events', { ...claims, events: { one: {}, two: {} } }, 'secevent+jwt'],
    ['no event', { ...claims, events: {} }, 'secevent+jwt'],
  ])('refuses a token with %s', async (what, told, typ) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const trusted = keys;
    if (what !== 'another key') keys = (() => Promise.resolve(publicKey)) as unknown as typeof keys;
    try {
      const token = await new SignJWT(told).setProtectedHeader({ alg: 'RS256', typ }).sign(privateKey);
      expect(await receive(token)).toMatchObject({ status: 400 });
      expect(taken).toEqual([]);
    } finally {
      keys = trusted;
    }
  });

  it('takes one that is right', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const trusted = keys;
    keys = (() => Promise.resolve(publicKey)) as unknown as typeof keys;
    try {
      const header = { alg: 'RS256', typ: 'secevent+jwt' };
      expect(await receive(await new SignJWT(claims).setProtectedHeader(header).sign(privateKey))).toEqual({
        status: 202,
      });
    } finally {
      keys = trusted;
    }
  });
});
