/** What a receiver that knows nothing but the published keys can rely on, while the keys are replaced. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
} from 'jose';
import { expected, type Body, type HttpAnswer, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { eventually, Sink } from '../support/index.js';

let installation: Installation;
let hub: TestHub;
let sink: Sink;
let directory: TestDirectory;

beforeAll(async () => {
  installation = await startInstallation();
  hub = installation.hub;
}, 60_000);

afterAll(() => installation.close(), 60_000);

beforeEach(async () => {
  sink = await Sink.open();
  directory = await hub.connect();
});

afterEach(() => sink.close());

interface Key {
  id: string;
  algorithm: string;
  state: string;
  published: boolean;
  created_by: string | null;
  withdrawn_by: string | null;
}

const jwks = async (headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  hub.send({ method: 'GET', path: '/.well-known/jwks.json', headers });
const published = async (): Promise<JSONWebKeySet> => (await jwks()).body as unknown as JSONWebKeySet;
const kids = async (): Promise<unknown[]> => (await published()).keys.map(({ kid }) => kid);
const signingKeys = async (): Promise<Key[]> =>
  expected(200, await hub.api('GET', '/signing_keys')).body.data as unknown as Key[];

async function currentKey(algorithm: string): Promise<Key> {
  const found = (await signingKeys()).find((key) => key.algorithm === algorithm && key.state === 'current');
  if (!found) throw new Error(`no current key for ${algorithm}`);
  return found;
}

async function rotate(body: object): Promise<Key & { replaces: Key | null }> {
  const answer = expected(201, await hub.api('POST', '/signing_keys/rotate', body));
  return answer.body as unknown as Key & { replaces: Key | null };
}

async function makeDestination(settings: object = {}): Promise<Body> {
  const body = {
    protocol: 'global-token-revocation',
    organization_id: directory.organizationId,
    settings: {
      endpoint_url: `${sink.url}/revoke`,
      subject: { format: 'opaque', attribute: 'id' },
      ...settings,
    },
  };
  return expected(201, await hub.api('POST', '/destinations', body)).body;
}

/** The token of the call that somebody's leaving causes. */
async function nextToken(): Promise<string> {
  const count = sink.received.length;
  const { id } = await directory.makeUser(`user-${count}@example.com`);
  expected(204, await directory.scim('DELETE', `/Users/${id}`));
  const request = (await sink.receives(count + 1))[count]!;
  return request.headers.authorization!.replace('Bearer ', '');
}

const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid;
const verify = async (token: string, keys: JSONWebKeySet): Promise<JWTPayload> =>
  (await jwtVerify(token, createLocalJWKSet(keys), { issuer: hub.url, audience: `${sink.url}/revoke` }))
    .payload;

const tokenOf = (kid: string): Promise<string> =>
  eventually(
    async () => {
      const token = await nextToken();
      expect(kidOf(token)).toBe(kid);
      return token;
    },
    { withinInSeconds: 20 },
  );

describe('the published keys', () => {
  it('may be remembered for four minutes, and are not sent again to who has them', async () => {
    const { status, headers, body } = await jwks();
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=240',
      'content-type': 'application/json; charset=utf-8',
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    });
    expect((body as unknown as JSONWebKeySet).keys).toContainEqual(
      expect.objectContaining({ kid: expect.stringMatching(/^key_/), alg: 'RS256', use: 'sig' }),
    );
    const again = await jwks({ 'if-none-match': `"other", W/${headers['etag']}` });
    expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', headers['etag']]);
    expect((await jwks({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it.each(['RS256', 'ES256', 'EdDSA'])(
    'have one for %s as soon as a destination wants it, before anything is signed with it',
    async (algorithm) => {
      const { settings } = await makeDestination({ signing_algorithm: algorithm });
      expect(settings).toMatchObject({ signing_algorithm: algorithm });
      const before = await published();
      const token = await nextToken();
      expect(decodeProtectedHeader(token).alg).toBe(algorithm);
      expect(await verify(token, before)).toMatchObject({ iss: hub.url });
    },
  );
});

describe('a rotation', () => {
  it('goes unnoticed by a receiver that reads the keys now and then: before, during and after it', async () => {
    await makeDestination();
    const before = await nextToken();
    const made = await rotate({ algorithm: 'RS256', lead_seconds: 8 });
    expect(made).toMatchObject({
      object: 'signing_key',
      algorithm: 'RS256',
      state: 'upcoming',
      created_by: expect.stringMatching(/^api_key_/),
      replaces: { id: kidOf(before), state: 'current' },
    });
    // What a receiver remembers that looked when the key was published and signed nothing yet.
    const remembered = await published();
    expect(remembered.keys.map(({ kid }) => kid)).toEqual(expect.arrayContaining([made.id, kidOf(before)]));
    const during = await nextToken();
    expect(kidOf(during)).toBe(kidOf(before));
    const after = await tokenOf(made.id);
    const fresh = await published();
    for (const token of [before, during, after])
      for (const keys of [remembered, fresh])
        expect(await verify(token, keys)).toMatchObject({ iss: hub.url });
    const states = (await signingKeys()).map(({ id, state }) => [id, state]);
    expect(states).toEqual(
      expect.arrayContaining([
        [made.id, 'current'],
        [kidOf(before), 'retired'],
      ]),
    );
  }, 40_000);

  it('is seen in the list and in the log, with the API key that asked for it, and without any private half', async () => {
    const made = await rotate({ algorithm: 'EdDSA', lead_seconds: 0 });
    const answer = await hub.api('GET', '/signing_keys');
    const shown = (answer.body.data as unknown as Key[]).find(({ id }) => id === made.id);
    expect(shown).toMatchObject({ state: 'current', published: true, created_by: made.created_by });
    expect(answer.text).not.toMatch(/private|sealed|"d"/);
    const line = await eventually(() => {
      const found = installation.programs[0]
        .observations()
        .find(({ event, keyId }) => event === 'signing key rotated' && keyId === made.id);
      expect(found).toBeDefined();
      return found;
    });
    expect(line).toMatchObject({ algorithm: 'EdDSA', apiKeyId: made.created_by });
  });

  it.each([
    ['no algorithm', {}, 'algorithm', 'required'],
    ['an unknown one', { algorithm: 'HS256' }, 'algorithm', 'invalid_is_in'],
    ['too short an overlap', { algorithm: 'RS256', overlap_seconds: 60 }, 'overlap_seconds', 'invalid_min'],
    ['too long an overlap', { algorithm: 'RS256', overlap_seconds: 1e9 }, 'overlap_seconds', 'invalid_max'],
    ['a negative lead', { algorithm: 'RS256', lead_seconds: -1 }, 'lead_seconds', 'invalid_min'],
    ['half a second', { algorithm: 'RS256', lead_seconds: 0.5 }, 'lead_seconds', 'invalid_is_int'],
    ['a field of its own', { algorithm: 'RS256', bits: 4_096 }, 'bits', 'unknown_field'],
  ])('with %s is refused, and changes nothing', async (_, body, field, code) => {
    const before = [await signingKeys(), await kids()];
    const answer = await hub.api('POST', '/signing_keys/rotate', body);
    expect([answer.status, answer.body['errors']]).toEqual([
      422,
      [{ field, code, message: expect.stringContaining(field) }],
    ]);
    expect([await signingKeys(), await kids()]).toEqual(before);
  });

  it('is refused while another waits, and says until when', async () => {
    const made = await rotate({ algorithm: 'ES256', lead_seconds: 0 });
    const waiting = await rotate({ algorithm: 'ES256' });
    const answer = await hub.api('POST', '/signing_keys/rotate', { algorithm: 'ES256' });
    expect([answer.status, answer.body['code']]).toEqual([409, 'rotation_under_way']);
    expect(answer.body['message']).toContain(waiting.id);
    const undone = await hub.api('DELETE', `/signing_keys/${waiting.id}`);
    expect(expected(200, undone).body).toMatchObject({
      state: 'withdrawn',
      signing: { id: made.id, state: 'current', retired_at: null },
    });
  });

  it('needs an API key, and so does the list', async () => {
    const requests = [
      { method: 'GET', path: '/signing_keys' },
      { method: 'POST', path: '/signing_keys/rotate', body: { algorithm: 'RS256' } },
      { method: 'DELETE', path: '/signing_keys/key_1' },
    ];
    const headers = { 'content-type': 'application/json', authorization: 'Bearer sk_made-up' };
    for (const request of requests) {
      const type = request.body ? headers : { authorization: headers.authorization };
      expect((await hub.send({ ...request, headers: type })).status).toBe(401);
    }
  });
});

describe('a key that leaked', () => {
  it('is replaced and withdrawn: what is signed with it is refused by who looks, and nobody waits for the next', async () => {
    await makeDestination();
    const old = await nextToken();
    const leaked = kidOf(old)!;
    const made = await rotate({ algorithm: 'RS256', lead_seconds: 0 });
    const answer = expected(200, await hub.api('DELETE', `/signing_keys/${leaked}`)).body;
    expect(answer).toMatchObject({
      id: leaked,
      state: 'withdrawn',
      withdrawn_by: made.created_by,
      signing: { id: made.id, state: 'current' },
    });
    expect(await kids()).not.toContain(leaked);
    await expect(verify(old, await published())).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
    const next = await tokenOf(made.id);
    expect(await verify(next, await published())).toMatchObject({ iss: hub.url });
    const line = await eventually(() => {
      const found = installation.programs[0]
        .observations()
        .find(({ event, keyId }) => event === 'signing key withdrawn' && keyId === leaked);
      expect(found).toBeDefined();
      return found;
    });
    expect(line).toMatchObject({ level: 'warn', apiKeyId: made.created_by });
  }, 40_000);

  it('and is the only one is not withdrawn before another is made', async () => {
    const { id } = await currentKey('RS256');
    const answer = await hub.api('DELETE', `/signing_keys/${id}`);
    expect([answer.status, answer.body['code']]).toEqual([409, 'last_signing_key']);
    expect(answer.body['message']).toContain('POST /signing_keys/rotate');
    expect(await kids()).toContain(id);
  });

  it('and is unknown is not found', async () => {
    const answer = await hub.api('DELETE', '/signing_keys/key_unknown');
    expect([answer.status, answer.body['code']]).toEqual([404, 'entity_not_found']);
  });
});

it('a destination cannot be signed for with what nobody can sign with', async () => {
  const settings = { endpoint_url: `${sink.url}/revoke`, signing_algorithm: 'none' };
  const answer = await hub.api('POST', '/destinations', { protocol: 'global-token-revocation', settings });
  expect([answer.status, answer.body['errors']]).toEqual([
    422,
    [
      {
        field: 'settings.signing_algorithm',
        code: 'invalid_setting',
        message: 'signing_algorithm must be one of RS256, ES256, EdDSA',
      },
    ],
  ]);
});
