/** The OAuth clients of receivers: secrets that are replaced, keys instead of secrets, and how often a receiver may come. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { expected, type Body, type HttpAnswer, type TestDirectory, type TestHub } from '../support/hub.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { admin, type Admin } from '../support/index.js';
import { looksAgain } from '../support/log-looks.js';
import { CAEP, RISC, SsfReceiver } from '../support/ssf-receiver.js';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const BURST = 6;

let running: TestHubs;
let hub: TestHub;
let other: TestHub;
let directory: TestDirectory;
let operator: Admin;

beforeAll(async () => {
  running = await startHubs(2, {
    ROLLCALL_OAUTH_RATE_PER_ADDRESS: '0',
    ROLLCALL_SSF_RATE_PER_CLIENT: '1',
    ROLLCALL_SSF_BURST_PER_CLIENT: String(BURST),
  });
  [hub, other] = running.hubs as [TestHub, TestHub];
  operator = await admin(running.databaseUrl);
}, 60_000);
afterAll(async () => {
  await operator.close();
  await running.close();
}, 60_000);
beforeEach(async () => {
  directory = await hub.connect();
});

const make = (more: object = {}): Promise<HttpAnswer> =>
  hub.api('POST', '/ssf/clients', { organization_id: directory.organizationId, name: 'Wiki', ...more });

function ask(form: Record<string, string>, at = hub): Promise<HttpAnswer> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return at.send({ method: 'POST', path: '/oauth/token', headers, body });
}

const askWith = (client: Body, at = hub): Promise<HttpAnswer> =>
  ask({ client_id: client['client_id'] as string, client_secret: client['client_secret'] as string }, at);

const tokenIn = (answer: HttpAnswer): string => expected(200, answer).body['access_token'] as string;

const streams = (token: string, at = hub): Promise<HttpAnswer> =>
  at.send({ method: 'GET', path: '/ssf/stream', headers: { authorization: `Bearer ${token}` } });

describe('a receiver with a secret', () => {
  it('gets another one while the old one goes on; with an overlap of 0 that and its access tokens end at once', async () => {
    const first = expected(201, await make()).body;
    const token = tokenIn(await askWith(first));
    const rotate = async (body?: object): Promise<Body> =>
      expected(201, await hub.api('POST', `/ssf/clients/${first.id}/rotate`, body)).body;
    const second = await rotate();
    expect(second).toMatchObject({
      object: 'ssf_client',
      client_secret: expect.stringMatching(/^ssf_cs_/),
      secrets: [{ expires_at: expect.any(String) }, { expires_at: null }],
    });
    for (const each of [first, second]) tokenIn(await askWith(each, other));
    expect((await streams(token, other)).status).toBe(200);
    const third = await rotate({ overlap_seconds: 0 });
    for (const each of [first, second]) expect((await askWith(each, other)).status).toBe(401);
    for (const at of [hub, other]) expect((await streams(token, at)).status).toBe(401);
    expect((await streams(tokenIn(await askWith(third)))).status).toBe(200);
  });

  it('keeps its streams through it', async () => {
    const receiver = await SsfReceiver.of(hub, directory.organizationId);
    const stream = await receiver.makeStream();
    const path = `/ssf/clients/${receiver.clientId}/rotate`;
    const client = expected(201, await hub.api('POST', path, { overlap_seconds: 0 })).body;
    expect((await streams(tokenIn(await askWith(client)))).body).toEqual([stream]);
  });

  it.each([-1, 1.5, '60', 31 * 86_400])('cannot have an overlap of %j', async (overlap_seconds) => {
    const { id } = expected(201, await make()).body;
    expect((await hub.api('POST', `/ssf/clients/${id}/rotate`, { overlap_seconds })).status).toBe(422);
  });

  it('is no client of a directory, and none of a directory is a receiver', async () => {
    const receiver = expected(201, await make()).body;
    const path = `/directories/${directory.id}/oauth_clients`;
    const provider = expected(201, await hub.api('POST', path, { name: 'Entra' })).body;
    expect((await hub.api('GET', `${path}/${receiver.id}`)).status).toBe(404);
    expect((await hub.api('GET', path)).body.data.map(({ id }) => id)).toEqual([provider.id]);
    for (const [method, tail] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
    ] as const)
      expect((await hub.api(method, `/ssf/clients/${provider.id}${tail}`)).status).toBe(404);
    const listed = await hub.api('GET', `/ssf/clients?organization_id=${directory.organizationId}`);
    expect(listed.body.data.map(({ id }) => id)).toEqual([receiver.id]);
    const token = tokenIn(await askWith(provider));
    expect((await streams(token)).status).toBe(401);
  });
});

describe('a receiver with a key pair', () => {
  let privateKey: CryptoKey;
  let client: Body;

  beforeEach(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    privateKey = pair.privateKey;
    const jwks = { keys: [await exportJWK(pair.publicKey)] };
    client = expected(201, await make({ authentication_methods: ['private_key_jwt'], jwks })).body;
  });

  const show = async (claims: object = {}, at = hub): Promise<HttpAnswer> => {
    const now = Math.floor(Date.now() / 1_000);
    const [iss, aud] = [client['client_id'] as string, `${hub.url}/oauth/token`];
    const assertion = await new SignJWT({ iss, sub: iss, aud, jti: randomUUID(), exp: now + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(privateKey);
    return ask({ client_assertion_type: JWT_BEARER, client_assertion: assertion }, at);
  };

  it('has no secret, and gets a token for the scopes that it asks for with an assertion that it signs', async () => {
    expect(client).not.toHaveProperty('client_secret');
    expect(client['secrets']).toEqual([]);
    const answer = await show();
    expect(answer.body).toMatchObject({ scope: 'ssf.read ssf.manage', token_type: 'Bearer' });
    expect((await streams(tokenIn(answer), other)).status).toBe(200);
  });

  it('may show each assertion once, to whichever hub', async () => {
    const jti = randomUUID();
    expect((await show({ jti })).status).toBe(200);
    for (const at of [hub, other]) {
      const again = await show({ jti }, at);
      expect([again.status, again.body['error_description']]).toEqual([
        401,
        expect.stringMatching(/used before/),
      ]);
    }
  });

  it('is refused with an assertion for somebody else, and has nothing to rotate', async () => {
    const answer = await show({ aud: 'https://elsewhere.example.com' });
    expect([answer.status, answer.body['error']]).toEqual([401, 'invalid_client']);
    expect((await hub.api('POST', `/ssf/clients/${client.id}/rotate`)).status).toBe(422);
  });

  it('loses its access tokens when its keys change', async () => {
    const token = tokenIn(await show());
    const next = await generateKeyPair('EdDSA', { extractable: true });
    const jwks = { keys: [await exportJWK(next.publicKey)] };
    expected(200, await hub.api('PATCH', `/ssf/clients/${client.id}`, { jwks }));
    expect((await streams(token)).status).toBe(401);
    expect((await show()).status).toBe(401);
  });

  it.each([
    [{ authentication_methods: ['private_key_jwt'] }, /jwks is needed/],
    [{ jwks_uri: 'https://wiki.example.com/jwks.json' }, /jwks_uri is not supported/],
    [{ authentication_methods: ['tls_client_auth'] }, /authentication_methods must be/],
    [{ authentication_methods: ['private_key_jwt'], jwks: { keys: [{ kty: 'oct', k: 'AA' }] } }, /symmetric/],
  ])('cannot be made of %j', async (more, message) => {
    const answer = await make(more);
    expect([answer.status, answer.text]).toEqual([422, expect.stringMatching(message)]);
  });
});

describe('a receiver that comes too often', () => {
  let receiver: SsfReceiver;
  let stream: Body;

  beforeEach(async () => {
    receiver = await SsfReceiver.of(hub, directory.organizationId);
    stream = await receiver.makeStream({
      events_requested: [`${CAEP}session-revoked`, `${RISC}account-enabled`],
    });
  });

  const rush = (times: number, one: () => Promise<HttpAnswer>): Promise<HttpAnswer[]> =>
    Promise.all(Array.from({ length: times }, one));
  const pollUrl = (): string => (stream['delivery'] as { endpoint_url: string }).endpoint_url;
  const pollNow = (): Promise<HttpAnswer> => receiver.call('POST', pollUrl(), { returnImmediately: true });

  it('gets its burst, then 429 with the seconds to wait; its polls and other receivers go on', async () => {
    const answers = await rush(30, () => receiver.call('GET', 'configuration'));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(30 - 2 * BURST);
    for (const { headers, body } of refused) {
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(body).toEqual({
        code: 'too_many_requests',
        message: expect.stringMatching(/more requests.*Wait/),
      });
    }
    // Another token is no way around it.
    const another = await receiver.accessToken();
    const again = await rush(30, () => receiver.call('GET', 'configuration', undefined, another));
    expect(again.filter(({ status }) => status === 429).length).toBeGreaterThan(30 - 2 * BURST);
    expect((await pollNow()).status).toBe(200);
    const neighbour = await SsfReceiver.of(hub, directory.organizationId);
    expect((await neighbour.call('GET', 'configuration')).status).toBe(200);
    expect((await hub.api('GET', `/ssf/stream?organization_id=${directory.organizationId}`)).status).toBe(
      200,
    );
  });

  it('by polls only can still manage its streams', async () => {
    const answers = await rush(30, pollNow);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(30 - 2 * BURST);
    expect(refused[0]!.body['message']).toMatch(/more polls/);
    expect((await receiver.call('GET', 'configuration')).status).toBe(200);
  });

  it('is not one that waits: a poll counts once, however often there was nothing for it meanwhile', async () => {
    const waiting = receiver.call('POST', pollUrl(), {});
    // Each of these wakes it, and none is for it.
    for (let number = 0; number < 2 * BURST; number++) {
      await directory.makeUser(`user-${number}`);
      await looksAgain(operator);
    }
    const answers = [];
    for (let number = 0; number < BURST - 1; number++) answers.push(await pollNow());
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const ada = await directory.makeUser('ada', { emails: [{ value: 'ada@example.com' }] });
    for (const value of [false, true])
      expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value }));
    expect(Object.keys(expected(200, await waiting).body['sets'] as object).length).toBeGreaterThan(0);
  }, 20_000);
});
