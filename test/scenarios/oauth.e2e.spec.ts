/** OAuth 2.0 client credentials: RFC 6749 §4.4, with secrets and with signed assertions (RFC 7523), on two hubs. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { admin, eventually, type Admin } from '../support/index.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { expected, type Body, type HttpAnswer, type TestDirectory, type TestHub } from '../support/hub.js';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface Client extends Body {
  client_id: string;
  client_secret: string;
}

let running: TestHubs;
let hub: TestHub;
let other: TestHub;
let operator: Admin;
let directory: TestDirectory;
let clients: string;

beforeAll(async () => {
  // All requests here come from one address.
  running = await startHubs(2, { ROLLCALL_OAUTH_RATE_PER_ADDRESS: '0', ROLLCALL_LOG_LEVEL: 'debug' });
  [hub, other] = running.hubs as [TestHub, TestHub];
  operator = await admin(running.databaseUrl);
  directory = await hub.connect();
  clients = `/directories/${directory.id}/oauth_clients`;
}, 60_000);
afterAll(async () => {
  await operator.close();
  await running.close();
}, 60_000);

async function make(body: object = {}): Promise<Client> {
  return expected(201, await hub.api('POST', clients, { name: 'Entra', ...body })).body as Client;
}

interface Asked {
  at?: TestHub;
  authorization?: string;
}

function ask(
  form: Record<string, string> | string,
  { at = hub, authorization }: Asked = {},
): Promise<HttpAnswer> {
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString();
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(authorization === undefined ? {} : { authorization }),
  };
  return at.send({ method: 'POST', path: '/oauth/token', headers, body });
}

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

async function tokenOf({ client_id, client_secret }: Client, at = hub): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  return expected(200, await ask(form, { at })).body['access_token'] as string;
}

function read(token: string, at = hub): Promise<HttpAnswer> {
  const headers = { authorization: `Bearer ${token}` };
  return at.send({ method: 'GET', path: `${directory.root}/Users`, headers });
}

async function refusedWithinASecond(token: string, at: TestHub): Promise<void> {
  const start = performance.now();
  for (;;) {
    const asked = performance.now();
    const answer = await read(token, at);
    if (answer.status === 401) return;
    if (asked - start > 1_000) throw new Error(`still ${answer.status} after ${asked - start} ms`);
  }
}

/** RFC 6749 §5.2: the code, a sentence in its alphabet, nothing cached. */
function expectRefusal(answer: HttpAnswer, status: number, error: string, description: RegExp): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: { error, error_description: expect.stringMatching(description) },
  });
  expect(answer.body['error_description']).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    pragma: 'no-cache',
  });
  if (status === 401) expect(answer.headers['www-authenticate']).toBe('Basic realm="oauth"');
}

describe('a client with a secret', () => {
  it('gets a short-lived token for its directory, from any hub for any hub', async () => {
    const client = await make();
    expect(client).toMatchObject({
      object: 'oauth_client',
      client_id: expect.stringMatching(/^oauth_client_/),
      client_secret: expect.stringMatching(/^scim_cs_/),
      token_endpoint: `${hub.url}/oauth/token`,
      authentication_methods: ['client_secret_basic', 'client_secret_post'],
      jwks: null,
      secrets: [
        { last_four: client.client_secret.slice(-4), created_at: expect.any(String), expires_at: null },
      ],
      last_used_at: null,
    });
    const authorization = basic(client.client_id, client.client_secret);
    const answer = await ask('grant_type=client_credentials', { at: other, authorization });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^scim_at_/),
      token_type: 'Bearer',
      expires_in: 3_600,
      scope: 'scim',
    });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' });
    expect((await read(answer.body['access_token'] as string)).status).toBe(200);
    const shown = (await hub.api('GET', `${clients}/${client.id}`)).body;
    expect(shown).not.toHaveProperty('client_secret');
    expect(shown['last_used_at']).not.toBeNull();
  });

  it.each<[string, (client: Client) => [Record<string, string>, string?]]>([
    ['in the header', (c) => [{}, basic(c.client_id, c.client_secret)]],
    [
      'in the header, form-encoded as the RFC has it',
      (c) => [{}, basic(encodeURIComponent(c.client_id).replaceAll('_', '%5F'), c.client_secret)],
    ],
    [
      'in the header, with its id in the body as well',
      (c) => [{ client_id: c.client_id }, basic(c.client_id, c.client_secret)],
    ],
    ['in the body', (c) => [{ client_id: c.client_id, client_secret: c.client_secret }]],
    ['with the scope', (c) => [{ client_id: c.client_id, client_secret: c.client_secret, scope: 'scim' }]],
    [
      'with parameters that nobody knows',
      (c) => [{ client_id: c.client_id, client_secret: c.client_secret, audience: 'x', resource: '' }],
    ],
  ])('may show it %s', async (_how, shown) => {
    const [form, authorization] = shown(await make());
    const answer = await ask(
      { grant_type: 'client_credentials', ...form },
      authorization === undefined ? {} : { authorization },
    );
    expect(answer.status).toBe(200);
  });

  it('is known by a hash, and neither secrets nor access tokens stand in a log line or a list of tokens', async () => {
    const client = await make();
    const token = await tokenOf(client);
    await read(token);
    await ask({
      grant_type: 'client_credentials',
      client_id: client.client_id,
      client_secret: `${client.client_secret}x`,
    });
    const rows = JSON.stringify([
      await operator.rows('select s::text from oauth_client_secret s'),
      await operator.rows('select t::text from directory_token t'),
    ]);
    for (const secret of [client.client_secret.slice(8, 40), token.slice(8, 40)]) {
      expect(rows).not.toContain(secret);
      expect(running.output()).not.toContain(secret);
    }
    const list = (await hub.api('GET', `/directories/${directory.id}/tokens?limit=100`)).body;
    expect(list.data.map((each) => each['name'])).toEqual(['First token']);
  });

  it('gets another secret while the old one goes on; with an overlap of 0 that and its access tokens end at once', async () => {
    const client = await make();
    const first = await tokenOf(client);
    const rotate = async (body?: object): Promise<Client> =>
      expected(201, await hub.api('POST', `${clients}/${client.id}/rotate`, body)).body as Client;
    const second = await rotate();
    expect(second['secrets']).toEqual([
      expect.objectContaining({ expires_at: expect.any(String) }),
      expect.objectContaining({ expires_at: null, last_four: second.client_secret.slice(-4) }),
    ]);
    for (const each of [client, second]) await tokenOf(each, other);
    expect((await read(first, other)).status).toBe(200);

    const third = await rotate({ overlap_seconds: 0 });
    for (const { client_id, client_secret } of [client, second]) {
      const form = { grant_type: 'client_credentials', client_id, client_secret };
      expectRefusal(await ask(form, { at: other }), 401, 'invalid_client', /not known/);
    }
    await Promise.all([hub, other].map((at) => refusedWithinASecond(first, at)));
    expect((await read(await tokenOf(third), other)).status).toBe(200);
  });

  it('ends with its access tokens within a second on every hub when it is deleted', async () => {
    const client = await make();
    const token = await tokenOf(client);
    for (const at of [hub, other]) expect((await read(token, at)).status).toBe(200);
    expect((await hub.api('DELETE', `${clients}/${client.id}`)).status).toBe(204);
    await Promise.all([hub, other].map((at) => refusedWithinASecond(token, at)));
    const { client_id, client_secret } = client;
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    expectRefusal(await ask(form), 401, 'invalid_client', /not known/);
    expect((await hub.api('GET', `${clients}/${client.id}`)).status).toBe(404);
  });

  it('ends with its directory', async () => {
    const gone = await hub.connect();
    const path = `/directories/${gone.id}/oauth_clients`;
    const client = expected(201, await hub.api('POST', path, { name: 'Entra' })).body as Client;
    const token = await tokenOf(client);
    expect((await hub.api('DELETE', `/directories/${gone.id}`)).status).toBe(202);
    const { client_id, client_secret } = client;
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    expectRefusal(await ask(form), 401, 'invalid_client', /not known/);
    await refusedWithinASecond(token, other);
  });
});

describe('a request for a token that is wrong', () => {
  let client: Client;
  beforeAll(async () => {
    client = await make();
  });
  const good = (): Record<string, string> => ({
    grant_type: 'client_credentials',
    client_id: client.client_id,
    client_secret: client.client_secret,
  });

  it('is told the same of an unknown client as of a wrong secret', async () => {
    const answers = [
      await ask({ ...good(), client_secret: 'wrong' }),
      await ask({ ...good(), client_id: 'oauth_client_00000000000000000000000000' }),
      await ask({ ...good(), client_id: 'made up \0' }),
      await ask('grant_type=client_credentials', { authorization: basic(client.client_id, 'wrong') }),
    ];
    for (const answer of answers) expectRefusal(answer, 401, 'invalid_client', /not known/);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it.each<[string, () => Record<string, string> | string, number, string, RegExp]>([
    [
      'names no grant',
      () => ({ ...good(), grant_type: '' }),
      400,
      'invalid_request',
      /grant_type=client_credentials/,
    ],
    [
      'names another grant',
      () => ({ ...good(), grant_type: 'password' }),
      400,
      'unsupported_grant_type',
      /only grant_type/,
    ],
    [
      'asks for another scope',
      () => ({ ...good(), scope: 'scim admin' }),
      400,
      'invalid_scope',
      /only scope/,
    ],
    [
      'says a thing twice',
      () => `${new URLSearchParams(good())}&grant_type=client_credentials`,
      400,
      'invalid_request',
      /more than once: grant_type/,
    ],
    [
      'shows nothing',
      () => 'grant_type=client_credentials',
      401,
      'invalid_client',
      /has not shown who it is/,
    ],
    [
      'shows a secret of nobody',
      () => ({ ...good(), client_id: '' }),
      400,
      'invalid_request',
      /client_id is missing/,
    ],
    ['is empty', () => '', 401, 'invalid_client', /has not shown who it is/],
    [
      'is very large',
      () => ({ ...good(), padding: 'x'.repeat(70_000) }),
      413,
      'invalid_request',
      /too large/,
    ],
  ])('because it %s', async (_what, form, status, error, description) => {
    expectRefusal(await ask(form()), status, error, description);
  });

  it('because it shows who it is in two ways', async () => {
    const authorization = basic(client.client_id, client.client_secret);
    expectRefusal(await ask(good(), { authorization }), 400, 'invalid_request', /in two ways/);
  });

  it('because its header is not Basic', async () => {
    const form = 'grant_type=client_credentials';
    expectRefusal(await ask(form, { authorization: 'Bearer abc' }), 401, 'invalid_client', /not HTTP Basic/);
  });

  it('because it is JSON, or no POST', async () => {
    const json = { 'content-type': 'application/json' };
    const path = '/oauth/token';
    const asJson = await hub.send({ method: 'POST', path, headers: json, body: good() });
    expectRefusal(asJson, 400, 'invalid_request', /x-www-form-urlencoded/);
    const xml = await hub.send({
      method: 'POST',
      path,
      headers: { 'content-type': 'text/xml' },
      body: '<a/>',
    });
    expectRefusal(xml, 400, 'invalid_request', /x-www-form-urlencoded/);
    const get = await hub.send({ method: 'GET', path });
    expectRefusal(get, 405, 'invalid_request', /POST only/);
    expect(get.headers['allow']).toBe('POST');
  });

  it('because the client is set up for another way', async () => {
    const only = await make({ authentication_methods: ['client_secret_basic'] });
    const { client_id, client_secret } = only;
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    expectRefusal(
      await ask(form),
      401,
      'invalid_client',
      /may not use client_secret_post.*client_secret_basic/,
    );
    expect(
      (await ask({ grant_type: 'client_credentials' }, { authorization: basic(client_id, client_secret) }))
        .status,
    ).toBe(200);
  });

  it('leaves forms unsupported everywhere else', async () => {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await directory.scim('POST', '/Users', 'userName=ada', type)).status).toBe(415);
    expect((await hub.api('POST', '/organizations', 'name=Acme', type)).status).toBe(415);
  });
});

describe('a client with a key pair', () => {
  let keys: { privateKey: CryptoKey; publicJwk: JWK };
  let client: Client;

  async function newKeys(alg = 'ES256'): Promise<{ privateKey: CryptoKey; publicJwk: JWK }> {
    const pair = await generateKeyPair(alg, { extractable: true });
    return { privateKey: pair.privateKey, publicJwk: await exportJWK(pair.publicKey) };
  }

  beforeAll(async () => {
    keys = await newKeys();
    client = await make({ authentication_methods: ['private_key_jwt'], jwks: { keys: [keys.publicJwk] } });
  });

  interface Claims {
    iss?: string;
    sub?: string;
    aud?: string | string[];
    jti?: string;
    exp?: number;
  }

  function sign(claims: Claims = {}, key = keys.privateKey, header: object = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const { client_id } = client;
    const all = {
      iss: client_id,
      sub: client_id,
      aud: `${hub.url}/oauth/token`,
      jti: randomUUID(),
      exp: now + 60,
      ...claims,
    };
    return new SignJWT(JSON.parse(JSON.stringify(all)) as JWTPayload)
      .setProtectedHeader({ alg: 'ES256', ...header })
      .sign(key);
  }

  const show = (assertion: string, at = hub, more: object = {}): Promise<HttpAnswer> =>
    ask(
      {
        grant_type: 'client_credentials',
        client_assertion_type: JWT_BEARER,
        client_assertion: assertion,
        ...more,
      },
      { at },
    );

  it('has no secret, and gets a token for an assertion that it signs', async () => {
    expect(client).not.toHaveProperty('client_secret');
    expect(client['secrets']).toEqual([]);
    const answer = expected(200, await show(await sign(), other, { client_id: client.client_id }));
    expect((await read(answer.body['access_token'] as string)).status).toBe(200);
  });

  it('may name the issuer as the audience', async () => {
    expect((await show(await sign({ aud: [hub.url] }))).status).toBe(200);
  });

  it('may show each assertion once, to whichever hub', async () => {
    const assertion = await sign();
    expect((await show(assertion)).status).toBe(200);
    for (const at of [hub, other])
      expectRefusal(await show(assertion, at), 401, 'invalid_client', /used before/);
    const [one, two] = [await sign(), await sign()];
    const at = [hub, other, hub, other];
    const statuses = await Promise.all([one, one, one, two].map((each, index) => show(each, at[index])));
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 200, 401, 401]);
  });

  it.each<[string, Claims, RegExp]>([
    [
      'for another audience',
      { aud: 'https://example.com/oauth/token' },
      /aud must be http:\/\/127.0.0.1:\d+\/oauth\/token/,
    ],
    ['by another issuer', { iss: 'somebody' }, /iss and sub must both be the client id/],
    ['that has expired', { exp: Math.floor(Date.now() / 1_000) - 60 }, /expired/],
    ['that lives too long', { exp: Math.floor(Date.now() / 1_000) + 1_200 }, /at most 10 minutes/],
    ['without an end', { exp: undefined as never }, /exp is missing/],
    ['without a jti', { jti: undefined as never }, /jti is missing/],
  ])('is refused with an assertion %s, and told what is wrong', async (_what, claims, description) => {
    expectRefusal(await show(await sign(claims)), 401, 'invalid_client', description);
  });

  it('is unknown with an assertion that somebody else signed, or that is none', async () => {
    const stranger = await newKeys();
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await sign()).split('.')[1]}.`;
    for (const assertion of [await sign({}, stranger.privateKey), unsigned, 'a.b.c', 'none'])
      expectRefusal(await show(assertion), 401, 'invalid_client', /^The client is not known/);
    expectRefusal(
      await ask({ grant_type: 'client_credentials', client_assertion: await sign() }),
      400,
      'invalid_request',
      /client_assertion_type=urn/,
    );
  });

  it('may have several keys without names while it changes them, and each other kind of key', async () => {
    const next = await newKeys();
    const rsa = await newKeys('PS256');
    const edwards = await newKeys('EdDSA');
    const jwks = { keys: [keys.publicJwk, next.publicJwk, rsa.publicJwk, edwards.publicJwk] };
    expected(200, await hub.api('PATCH', `${clients}/${client.id}`, { jwks }));
    expect((await show(await sign())).status).toBe(200);
    expect((await show(await sign({}, next.privateKey))).status).toBe(200);
    expect((await show(await sign({}, rsa.privateKey, { alg: 'PS256' }))).status).toBe(200);
    expect((await show(await sign({}, edwards.privateKey, { alg: 'EdDSA' }))).status).toBe(200);
  });

  it('loses its access tokens when its keys change', async () => {
    const token = expected(200, await show(await sign())).body['access_token'] as string;
    expect((await read(token)).status).toBe(200);
    expected(200, await hub.api('PATCH', `${clients}/${client.id}`, { jwks: { keys: [keys.publicJwk] } }));
    await Promise.all([hub, other].map((at) => refusedWithinASecond(token, at)));
  });

  it('gets a secret when it is to use one, and loses it again', async () => {
    const change = async (body: object): Promise<Client> =>
      expected(200, await hub.api('PATCH', `${clients}/${client.id}`, body)).body as Client;
    const both = await change({ authentication_methods: ['private_key_jwt', 'client_secret_post'] });
    expect((await read(await tokenOf(both))).status).toBe(200);
    expect((await show(await sign())).status).toBe(200);
    const signing = await change({ authentication_methods: ['private_key_jwt'] });
    expect(signing['secrets']).toEqual([]);
    const { client_id, client_secret } = both;
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    expectRefusal(await ask(form), 401, 'invalid_client', /not known/);
    const answer = await hub.api('POST', `${clients}/${client.id}/rotate`);
    expect(answer.body['errors']).toEqual([expect.objectContaining({ code: 'no_secret' })]);
  });
});

describe('a client is not made', () => {
  const method = { name: 'a', authentication_methods: ['private_key_jwt'] };
  const weak = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 0xff).toString('base64url') };
  const key = { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) };
  // RFC 7517, appendix A.1.
  const sound = {
    kty: 'EC',
    crv: 'P-256',
    x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
    y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  };
  const withKeys = (...keys: unknown[]): object => ({ ...method, jwks: { keys } });
  it.each<[string, object, string, string]>([
    ['without a name', {}, 'name', 'required'],
    [
      'with a method that there is not',
      { name: 'a', authentication_methods: ['none'] },
      'authentication_methods',
      'invalid_is_in',
    ],
    [
      'without a method',
      { name: 'a', authentication_methods: [] },
      'authentication_methods',
      'invalid_array_not_empty',
    ],
    ['for assertions without keys', method, 'jwks', 'required'],
    ['with keys that it would not use', { name: 'a', jwks: { keys: [sound] } }, 'jwks', 'not_used'],
    [
      'with an address of keys',
      { ...method, jwks_uri: 'https://example.com/jwks' },
      'jwks_uri',
      'not_supported',
    ],
    ['with no list of keys', { ...method, jwks: {} }, 'jwks.keys', 'invalid_keys'],
    ['with no keys', withKeys(), 'jwks.keys', 'invalid_keys'],
    ['with a private key', withKeys({ ...key, d: 'A' }), 'jwks.keys.0', 'private_key'],
    ['with a symmetric key', withKeys({ kty: 'oct', k: 'AAAA' }), 'jwks.keys.0', 'symmetric_key'],
    ['with a short RSA key', withKeys(weak), 'jwks.keys.0', 'invalid_key_length'],
    ['with another curve', withKeys({ ...key, crv: 'secp256k1' }), 'jwks.keys.0', 'unsupported_key'],
    [
      'with a key for another algorithm',
      withKeys({ ...key, alg: 'HS256' }),
      'jwks.keys.0.alg',
      'unsupported_algorithm',
    ],
    ['with a key to encrypt with', withKeys({ ...key, use: 'enc' }), 'jwks.keys.0.use', 'invalid_use'],
    ['with a point on no curve', withKeys(key), 'jwks.keys.0', 'invalid_key'],
    [
      'with two keys of one name',
      withKeys({ ...sound, kid: 'a' }, { ...sound, kid: 'a' }),
      'jwks.keys',
      'duplicate_kid',
    ],
    ['with what is no key', withKeys('key'), 'jwks.keys.0', 'invalid_key'],
  ])('%s', async (_how, body, field, code) => {
    const answer = await hub.api('POST', clients, body);
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toEqual([expect.objectContaining({ field, code })]);
  });
});

describe('the authorization server metadata', () => {
  it('tells clients where to ask, and how: RFC 8414', async () => {
    const answer = await other.send({ method: 'GET', path: '/.well-known/oauth-authorization-server' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      issuer: hub.url,
      token_endpoint: `${hub.url}/oauth/token`,
      grant_types_supported: ['client_credentials'],
      response_types_supported: [],
      scopes_supported: ['scim', 'ssf.read', 'ssf.manage'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining([
        'RS256',
        'PS256',
        'ES256',
        'EdDSA',
      ]),
    });
  });

  it('is backed by what the SCIM service says of itself', async () => {
    const { body } = await directory.scim('GET', '/ServiceProviderConfig');
    expect(body['authenticationSchemes']).toEqual([
      expect.objectContaining({ type: 'oauthbearertoken', primary: true }),
      expect.objectContaining({ type: 'oauth2', primary: false }),
    ]);
  });
});

describe('an access token', () => {
  it('that has expired says so, and where to get another', async () => {
    const token = await tokenOf(await make());
    expect((await read(token)).status).toBe(200);
    await operator.rows(
      "update directory_token set expires_at = now() - interval '1 minute' where oauth_client_id is not null",
    );
    await eventually(async () => {
      const answer = await read(token, other);
      expect(answer.status).toBe(401);
      expect(answer.body.detail).toMatch(
        /^The bearer token expired at .*Z\. Ask for a new one at \/oauth\/token\.$/,
      );
    });
  });
});
