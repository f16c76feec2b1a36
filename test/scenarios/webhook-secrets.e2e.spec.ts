/** What a receiver of webhooks can rely on when secrets are rotated, and what an operator may see of them. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { expected, type TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { eventually, Sink, type ReceivedRequest } from '../support/index.js';

let installation: Installation;
let rows: pg.Client;
let hub: TestHub;
let sink: Sink;
let directory: TestDirectory;

beforeAll(async () => {
  installation = await startInstallation();
  hub = installation.hub;
  rows = new pg.Client({ connectionString: installation.databaseUrl });
  await rows.connect();
}, 60_000);

afterAll(async () => {
  await rows.end();
  await installation.close();
}, 60_000);

beforeEach(async () => {
  sink = await Sink.open();
  directory = await hub.connect({ type: 'okta scim v2.0' });
});

afterEach(() => sink.close());

interface Secret {
  id: string;
  kind: string;
  last_four: string;
  expires_at: string | null;
  public_key?: string;
  secret?: string;
  replaces: Secret[];
}

async function makeEndpoint(more: object = {}): Promise<Body & { secret: string }> {
  const body = {
    endpoint_url: `${sink.url}/hook`,
    events: [],
    organization_id: directory.organizationId,
    ...more,
  };
  return expected(201, await hub.api('POST', '/webhook_endpoints', body)).body as Body & { secret: string };
}

const ask = (method: string, { id }: { id: string }, path = '', body?: object): Promise<HttpAnswer> =>
  hub.api(method, `/webhook_endpoints/${id}/secrets${path}`, body);

async function rotate(endpoint: { id: string }, body: object = {}): Promise<Secret> {
  return expected(201, await ask('POST', endpoint, '/rotate', body)).body as unknown as Secret;
}

async function secretsOf(endpoint: { id: string }): Promise<Secret[]> {
  return expected(200, await ask('GET', endpoint)).body.data as unknown as Secret[];
}

/** What the endpoint gets when somebody new comes. */
async function next(): Promise<ReceivedRequest> {
  const count = sink.received.length;
  await directory.makeUser(`user-${count}@example.com`);
  return (await sink.receives(count + 1))[count]!;
}

const headersOf = (request: ReceivedRequest): Record<string, string> =>
  request.headers as Record<string, string>;

const isSignedWith = (request: ReceivedRequest, secret: string): boolean => {
  try {
    new Webhook(secret).verify(request.body.toString(), headersOf(request));
    return true;
  } catch {
    return false;
  }
};

const isSignedForWorkos = (request: ReceivedRequest, secret: string): Promise<boolean> =>
  new WorkOS('sk_unused').webhooks
    .constructEvent({
      payload: JSON.parse(request.body.toString()) as Record<string, unknown>,
      sigHeader: headersOf(request)['workos-signature']!,
      secret,
    })
    .then(
      () => true,
      () => false,
    );

describe('a rotation', () => {
  it('interrupts nobody: for the overlap each request is signed with both secrets', async () => {
    const endpoint = await makeEndpoint();
    const made = await rotate(endpoint);
    expect(made).toMatchObject({
      object: 'destination_secret',
      kind: 'hmac',
      secret: expect.stringMatching(/^whsec_/),
      expires_at: null,
    });
    const endsInHours = (Date.parse(made.replaces[0]!.expires_at!) - Date.now()) / 3_600_000;
    expect(endsInHours).toBeGreaterThan(23.9);
    expect(endsInHours).toBeLessThan(24.1);
    const request = await next();
    expect(isSignedWith(request, made.secret!)).toBe(true);
    expect(isSignedWith(request, endpoint.secret)).toBe(true);
    // The scheme that has room for one: the receiver knows the old one until somebody says otherwise.
    expect(await isSignedForWorkos(request, endpoint.secret)).toBe(true);
    const [old] = made.replaces;
    expect((await ask('DELETE', endpoint, `/${old!.id}`)).status).toBe(204);
    const afterwards = await next();
    expect(isSignedWith(afterwards, endpoint.secret)).toBe(false);
    expect(isSignedWith(afterwards, made.secret!)).toBe(true);
    expect(await isSignedForWorkos(afterwards, made.secret!)).toBe(true);
  });

  it('without overlap ends the old secret for the very next event', async () => {
    const endpoint = await makeEndpoint();
    const made = await rotate(endpoint, { overlap_seconds: 0 });
    expect(made.replaces).toEqual([]);
    const request = await next();
    expect(isSignedWith(request, made.secret!)).toBe(true);
    expect(isSignedWith(request, endpoint.secret)).toBe(false);
  });

  it('holds for an event that was refused before it: the next attempt is signed anew', async () => {
    const endpoint = await makeEndpoint();
    sink.answers((_request, index) => ({ status: index === 0 ? 401 : 204 }));
    await next();
    const { secret } = await rotate(endpoint, { overlap_seconds: 0 });
    const [first, second] = await sink.receives(2, { withinInSeconds: 30 });
    expect(isSignedWith(first!, endpoint.secret)).toBe(true);
    expect(isSignedWith(second!, secret!)).toBe(true);
    expect(second!.body.toString()).toBe(first!.body.toString());
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
  }, 40_000);

  it('may bring a secret along, for a receiver that has one already', async () => {
    const endpoint = await makeEndpoint();
    const own = `whsec_${randomBytes(24).toString('base64')}`;
    expect(await rotate(endpoint, { secret: own, overlap_seconds: 60 })).toMatchObject({ secret: own });
    expect(isSignedWith(await next(), own)).toBe(true);
  });

  it('is taken back by ending the new secret: the old one goes on without end', async () => {
    const endpoint = await makeEndpoint();
    const made = await rotate(endpoint, { overlap_seconds: 60 });
    expect((await ask('DELETE', endpoint, `/${made.id}`)).status).toBe(204);
    expect(await secretsOf(endpoint)).toMatchObject([{ id: made.replaces[0]!.id, expires_at: null }]);
    expect(isSignedWith(await next(), endpoint.secret)).toBe(true);
  });

  it.each<[string, object, string, string]>([
    ['an overlap below zero', { overlap_seconds: -1 }, 'overlap_seconds', '0'],
    ['an overlap beyond thirty days', { overlap_seconds: 2_592_001 }, 'overlap_seconds', '30 days'],
    ['an overlap that is no number', { overlap_seconds: '60' }, 'overlap_seconds', 'whole number'],
    ['null for an overlap', { overlap_seconds: null }, 'overlap_seconds', 'whole number'],
    [
      'a secret of 23 bytes',
      { secret: `whsec_${Buffer.alloc(23).toString('base64')}` },
      'secret',
      '24 to 64',
    ],
    ['a secret that is no text', { secret: 7 }, 'secret', 'whsec_'],
    ['a secret for a key pair', { kind: 'ed25519', secret: 'whsk_AAAA' }, 'kind', 'v1a'],
    ['a kind that does not exist', { kind: 'rsa' }, 'kind', 'hmac, ed25519'],
    ['a field that does not exist', { overlap: 60 }, 'overlap', 'overlap'],
  ])('is refused with %s, and changes nothing', async (_title, body, field, words) => {
    const endpoint = await makeEndpoint();
    const before = await secretsOf(endpoint);
    const answer = await ask('POST', endpoint, '/rotate', body);
    expect(answer.status).toBe(422);
    const [error] = answer.body['errors'] as { field: string; message: string }[];
    expect(error!.field).toBe(field);
    expect(error!.message).toContain(words);
    expect(await secretsOf(endpoint)).toEqual(before);
  });

  it('is refused with the secret that is in use', async () => {
    const endpoint = await makeEndpoint();
    const answer = await ask('POST', endpoint, '/rotate', { secret: endpoint.secret });
    expect([answer.status, answer.body['errors']]).toMatchObject([
      422,
      [{ field: 'secret', code: 'already_used' }],
    ]);
  });

  it('is refused where ten secrets live', async () => {
    const endpoint = await makeEndpoint();
    for (let count = 2; count <= 10; count++) await rotate(endpoint);
    const answer = await ask('POST', endpoint, '/rotate', {});
    expect([answer.status, answer.body['code']]).toEqual([409, 'limit_reached']);
    expect(answer.body['message']).toContain('overlap_seconds 0');
  });

  it('is refused where nothing is signed with a secret, and says what is', async () => {
    const body = {
      protocol: 'global-token-revocation',
      organization_id: directory.organizationId,
      settings: { endpoint_url: `${sink.url}/revoke` },
    };
    const { id } = expected(201, await hub.api('POST', '/destinations', body)).body;
    const answer = await hub.api('POST', `/destinations/${id}/secrets/rotate`, {});
    expect(answer.status).toBe(422);
    expect(answer.body['message']).toContain('/.well-known/jwks.json');
    expect((await hub.api('GET', `/destinations/${id}/secrets`)).body.data).toEqual([]);
  });
});

describe('the secrets of an endpoint', () => {
  it('are listed newest first, none in clear', async () => {
    const endpoint = await makeEndpoint();
    const made = await rotate(endpoint, { overlap_seconds: 60 });
    const { text } = await ask('GET', endpoint);
    for (const secret of [made.secret!, endpoint.secret]) expect(text).not.toContain(secret.slice(6, 20));
    expect(await secretsOf(endpoint)).toEqual([
      {
        object: 'destination_secret',
        id: made.id,
        kind: 'hmac',
        last_four: made.secret!.slice(-4),
        created_at: expect.any(String),
        expires_at: null,
      },
      expect.objectContaining({
        last_four: endpoint.secret.slice(-4),
        expires_at: made.replaces[0]!.expires_at,
      }),
    ]);
    const shown = (await hub.api('GET', `/webhook_endpoints/${endpoint.id}`)).body;
    expect(shown['secret']).toBe(`whsec_…${made.secret!.slice(-4)}`);
  });

  it('are shown in clear to a key that may see them, and the hub’s log says to which', async () => {
    const endpoint = await makeEndpoint();
    const [{ id }] = (await secretsOf(endpoint)) as [Secret];
    expect((await ask('GET', endpoint, `/${id}`)).body).not.toHaveProperty('secret');
    const answer = await ask('GET', endpoint, `/${id}?reveal=true`);
    expect(answer.body['secret']).toBe(endpoint.secret);
    expect(answer.headers['cache-control']).toBe('no-store');
    await eventually(() => {
      const said = installation.programs[0].observations().find((line) => line['secretId'] === id);
      expect(said).toMatchObject({
        destinationId: endpoint.id,
        apiKeyId: expect.stringMatching(/^api_key_/),
      });
    });
    expect(installation.programs[0].output()).not.toContain(endpoint.secret.slice(6, 20));
  });

  it('are shown in clear to no other key, and it is told why', async () => {
    const endpoint = await makeEndpoint();
    const [{ id }] = (await secretsOf(endpoint)) as [Secret];
    await rows.query(`update api_key set permissions = '{}'`);
    try {
      const answer = await ask('GET', endpoint, `/${id}?reveal=true`);
      expect([answer.status, answer.body['code']]).toEqual([403, 'permission_missing']);
      expect(answer.body['message']).toContain('secrets:reveal');
      expect(answer.text).not.toContain(endpoint.secret.slice(6, 20));
      expect((await ask('GET', endpoint, `/${id}`)).status).toBe(200);
    } finally {
      await rows.query(`update api_key set permissions = '{secrets:reveal}'`);
    }
  });

  it('keep their last one: an endpoint that signs nothing would not be believed', async () => {
    const endpoint = await makeEndpoint();
    const [{ id }] = (await secretsOf(endpoint)) as [Secret];
    const answer = await ask('DELETE', endpoint, `/${id}`);
    expect([answer.status, answer.body['code']]).toEqual([409, 'last_secret']);
    expect(answer.body['message']).toContain('rotate');
    expect(await secretsOf(endpoint)).toMatchObject([{ id }]);
  });

  it('that are unknown, or another endpoint’s, are not found', async () => {
    const endpoint = await makeEndpoint();
    const other = await makeEndpoint({ endpoint_url: `${sink.url}/other` });
    const [{ id }] = (await secretsOf(other)) as [Secret];
    for (const [method, path] of [
      ['GET', `/${id}`],
      ['GET', `/${id}?reveal=true`],
      ['DELETE', `/${id}`],
      ['DELETE', '/secret_unknown'],
    ] as const)
      expect((await ask(method, endpoint, path)).body['code']).toBe('entity_not_found');
    expect((await ask('GET', { id: 'we_unknown' })).status).toBe(404);
  });
});

describe('an endpoint that is signed for with a key pair', () => {
  const jwksOf = ({ id }: { id: string }): Promise<HttpAnswer> =>
    hub.send({ method: 'GET', path: `/.well-known/webhooks/${id}/jwks.json` });

  /** By the published keys alone, as a receiver that shares no secret does. */
  async function isSignedByPublished(request: ReceivedRequest, endpoint: { id: string }): Promise<boolean> {
    const { keys } = (await jwksOf(endpoint)).body as unknown as { keys: Record<string, string>[] };
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': list } = headersOf(request);
    const content = Buffer.from(`${id}.${time}.${request.body.toString()}`);
    const signatures = list!.split(' ').filter((each) => each.startsWith('v1a,'));
    return keys.some((jwk) =>
      signatures.some((each) =>
        verify(
          null,
          content,
          createPublicKey({ key: jwk, format: 'jwk' }),
          Buffer.from(each.slice('v1a,'.length), 'base64'),
        ),
      ),
    );
  }

  it('publishes the public half for everyone, and shows it in the API; the private half is nowhere', async () => {
    const endpoint = await makeEndpoint({ signatures: ['v1', 'v1a'] });
    const [key] = endpoint['public_keys'] as string[];
    expect(key).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
    const answer = await jwksOf(endpoint);
    expect(answer.headers['cache-control']).toContain('max-age=300');
    const pair = (await secretsOf(endpoint)).find(({ kind }) => kind === 'ed25519');
    expect(answer.body).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), use: 'sig', alg: 'EdDSA', kid: pair!.id }],
    });
    expect(pair).toMatchObject({ public_key: key });
    const request = await next();
    expect(isSignedWith(request, endpoint.secret)).toBe(true);
    expect(await isSignedByPublished(request, endpoint)).toBe(true);
    expect(request.headers).not.toHaveProperty('workos-signature');
  });

  it('gets it when it asks for it later, and its shared secret stays', async () => {
    const endpoint = await makeEndpoint();
    expect((await jwksOf(endpoint)).body).toEqual({ keys: [] });
    const changed = await hub.api('PATCH', `/webhook_endpoints/${endpoint.id}`, {
      signatures: ['v1', 'v1a'],
    });
    expect(changed.body).toMatchObject({
      signatures: ['v1', 'v1a'],
      endpoint_url: endpoint['endpoint_url'],
      public_keys: [expect.stringMatching(/^whpk_/)],
    });
    const request = await next();
    expect(isSignedWith(request, endpoint.secret)).toBe(true);
    expect(await isSignedByPublished(request, endpoint)).toBe(true);
  });

  it('rotates it by itself; both keys are published and both sign while they overlap', async () => {
    const endpoint = await makeEndpoint({ signatures: ['v1a'] });
    const before = await jwksOf(endpoint);
    const made = await rotate(endpoint, { kind: 'ed25519', overlap_seconds: 600 });
    expect(made).toMatchObject({ kind: 'ed25519', public_key: expect.stringMatching(/^whpk_/) });
    expect(made).not.toHaveProperty('secret');
    const { keys } = (await jwksOf(endpoint)).body as unknown as { keys: { kid: string }[] };
    const [old] = (before.body as unknown as { keys: { kid: string }[] }).keys;
    expect(keys.map(({ kid }) => kid)).toEqual([made.id, old!.kid]);
    const versions = headersOf(await next())
      ['webhook-signature']!.split(' ')
      .map((each) => each.split(',')[0]);
    expect(versions).toEqual(['v1a', 'v1a']);
    const shared = (await secretsOf(endpoint)).filter(({ kind }) => kind === 'hmac');
    expect(shared).toMatchObject([{ expires_at: null }]);
  });

  it('gets no key pair from outside: the private half has never been anywhere else', async () => {
    const endpoint = await makeEndpoint({ signatures: ['v1a'] });
    const body = { kind: 'ed25519', secret: `whsec_${randomBytes(32).toString('base64')}` };
    const answer = await ask('POST', endpoint, '/rotate', body);
    expect([answer.status, answer.body['errors']]).toMatchObject([
      422,
      [{ field: 'secret', code: 'not_supported' }],
    ]);
  });

  it('is not found where there is no destination', async () => {
    expect((await jwksOf({ id: 'we_unknown' })).status).toBe(404);
  });
});

describe('an endpoint', () => {
  it('may have thin bodies and the signatures of others, and come back to the defaults', async () => {
    const endpoint = await makeEndpoint({ payload: 'thin', signatures: ['github', 'stripe'] });
    expect(endpoint).toMatchObject({ payload: 'thin', signatures: ['github', 'stripe'], public_keys: [] });
    const request = await next();
    expect(Object.keys(JSON.parse(request.body.toString()).data as object)).toEqual([
      'object',
      'id',
      'directory_id',
      'organization_id',
    ]);
    expect(request.headers).toMatchObject({
      'x-hub-signature-256': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
      'stripe-signature': expect.stringMatching(/^t=\d{10},v1=[0-9a-f]{64}$/),
    });
    expect(request.headers).not.toHaveProperty('webhook-signature');
    const back = await hub.api('PATCH', `/webhook_endpoints/${endpoint.id}`, {
      payload: null,
      signatures: null,
    });
    expect(back.body).toMatchObject({ payload: 'full', signatures: ['v1', 'workos'] });
    expect(isSignedWith(await next(), endpoint.secret)).toBe(true);
  });

  it.each([
    ['no signature at all', { signatures: [] }, 'signatures'],
    ['a signature that does not exist', { signatures: ['v2'] }, 'signatures'],
    ['a payload that does not exist', { payload: 'none' }, 'payload'],
  ])('is refused with %s', async (_title, more, field) => {
    const body = { endpoint_url: `${sink.url}/hook`, events: [], ...more };
    const answer = await hub.api('POST', '/webhook_endpoints', body);
    expect([answer.status, answer.body['errors']]).toMatchObject([422, [{ field }]]);
  });
});
