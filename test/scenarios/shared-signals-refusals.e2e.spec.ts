/** What receivers get wrong, each with the answer of its specification: RFC 6749, RFC 6750, RFC 8936, OpenID SSF 1.0 §8. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { admin, type Admin } from '../support/index.js';
import { expected, type Body, type HttpAnswer, type TestDirectory, type TestHub } from '../support/hub.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { CAEP, POLL, PUSH, SSF, SsfReceiver } from '../support/ssf-receiver.js';

const REVOKED = `${CAEP}session-revoked`;
const ADA = { format: 'email', email: 'ada@example.com' };

let running: TestHubs;
let hub: TestHub;
let operator: Admin;
let directory: TestDirectory;
let receiver: SsfReceiver;

beforeAll(async () => {
  running = await startHubs(1, {
    ROLLCALL_OAUTH_RATE_PER_ADDRESS: '0',
    // For documentation only: an address that may be called, and nobody is there.
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '203.0.113.0/24',
  });
  hub = running.hubs[0]!;
  operator = await admin(running.databaseUrl);
}, 60_000);
afterAll(async () => {
  await operator.close();
  await running.close();
}, 60_000);
beforeEach(async () => {
  directory = await hub.connect();
  receiver = await SsfReceiver.of(hub, directory.organizationId);
});

/** Every call that there is, for a stream. */
const calls = (id: string): [method: string, endpoint: string, body?: object][] => [
  ['GET', `configuration?stream_id=${id}`],
  ['PATCH', 'configuration', { stream_id: id, description: 'mine' }],
  ['PUT', 'configuration', { stream_id: id }],
  ['DELETE', `configuration?stream_id=${id}`],
  ['GET', `status?stream_id=${id}`],
  ['POST', 'status', { stream_id: id, status: 'paused' }],
  ['POST', 'add_subject', { stream_id: id, subject: ADA }],
  ['POST', 'remove_subject', { stream_id: id, subject: ADA }],
  ['POST', 'verification', { stream_id: id }],
  ['POST', `${hub.url}/ssf/poll/${id}`, { returnImmediately: true }],
];

const idOf = (stream: Body): string => stream['stream_id'] as string;

describe('an access token', () => {
  const refusedEverywhere = async (token: string, challenge: string): Promise<void> => {
    const stream = await receiver.makeStream();
    for (const [method, endpoint, body] of calls(idOf(stream))) {
      const answer = await receiver.call(method, endpoint, body, token);
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, challenge]);
    }
    expect((await receiver.call('GET', 'configuration')).body).toEqual([stream]);
  };
  const INVALID = 'Bearer realm="ssf", error="invalid_token"';

  it('for another audience opens nothing: not one that an identity provider got for its directory', async () => {
    const path = `/directories/${directory.id}/oauth_clients`;
    const client = expected(201, await hub.api('POST', path, { name: 'Entra' })).body;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client['client_id'] as string,
      client_secret: client['client_secret'] as string,
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const asked = await hub.send({ method: 'POST', path: '/oauth/token', headers, body: form.toString() });
    await refusedEverywhere(expected(200, asked).body['access_token'] as string, INVALID);
  });

  it('for another audience opens nothing: not the bearer token of a directory', () =>
    refusedEverywhere(directory.token, INVALID));

  it('opens nothing once it has expired, and it is said when it did', async () => {
    const token = await receiver.accessToken();
    await operator.rows(
      `update ssf_access_token set expires_at = '2026-01-05T12:00:00Z' where client_id = $1 and token_hash = sha256($2::bytea)`,
      [receiver.clientId, token],
    );
    await refusedEverywhere(token, INVALID);
    const { body } = await receiver.call('GET', 'configuration', undefined, token);
    expect(body['message']).toMatch(/expired at 2026-01-05T12:00:00.000Z.*\/oauth\/token/);
  });

  it('is needed, as a bearer token and in the header', async () => {
    const token = await receiver.accessToken();
    const basic = { authorization: `Basic ${Buffer.from(`x:${token}`).toString('base64')}` };
    for (const [path, headers] of [
      ['/ssf/stream', {}],
      ['/ssf/stream', basic],
      [`/ssf/stream?access_token=${token}`, {}],
    ] as const) {
      const answer = await hub.send({ method: 'GET', path, headers });
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="ssf"']);
    }
  });

  it.each(['ssf.everything', 'ssf.read ssf.everything', 'openid', 'SSF.READ'])(
    'cannot be had for the scope %s, which there is not',
    async (scope) => {
      const answer = await receiver.askForToken(scope);
      expect([answer.status, answer.body['error']]).toEqual([400, 'invalid_scope']);
      expect(answer.body['error_description']).toMatch(/ssf\.read and ssf\.manage/);
    },
  );

  it('with ssf.read opens what reads, and to everything else the answer names the scope that lacks', async () => {
    const stream = await receiver.makeStream();
    const reader = await receiver.accessToken('ssf.read');
    for (const [method, endpoint, body] of calls(idOf(stream))) {
      const answer = await receiver.call(method, endpoint, body, reader);
      if (method === 'GET' || endpoint.includes('/poll/')) {
        expect(answer.status).toBe(200);
        continue;
      }
      expect([answer.status, answer.body['code']]).toEqual([403, 'insufficient_scope']);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="ssf", error="insufficient_scope", scope="ssf.manage"',
      );
    }
    expect((await receiver.call('GET', 'configuration')).body).toEqual([stream]);
  });
});

describe('a stream', () => {
  it('that there is not, or that is somebody else’s, is not found by any call, and nothing is done to it', async () => {
    const stream = await receiver.makeStream();
    const neighbour = await SsfReceiver.of(hub, directory.organizationId);
    const stranger = await SsfReceiver.of(hub, await hub.makeOrganization());
    for (const [who, id] of [
      [receiver, 'destination_none'],
      [neighbour, idOf(stream)],
      [stranger, idOf(stream)],
    ] as const)
      for (const [method, endpoint, body] of calls(id)) {
        const answer = await who.call(method, endpoint, body);
        expect([answer.status, answer.body['code']]).toEqual([404, 'stream_not_found']);
      }
    expect((await receiver.call('GET', `configuration?stream_id=${idOf(stream)}`)).body).toEqual(stream);
  });

  it('delivers of the events that are asked for those that there are, and says which', async () => {
    const unknown = [`${CAEP}device-compliance-change`, 'urn:example:unknown'];
    const stream = await receiver.makeStream({ events_requested: [...unknown, REVOKED] });
    expect(stream).toMatchObject({ events_requested: [...unknown, REVOKED], events_delivered: [REVOKED] });
    const change = { stream_id: idOf(stream), events_requested: [unknown[0], `${CAEP}credential-change`] };
    expect(expected(200, await receiver.call('PATCH', 'configuration', change)).body).toMatchObject({
      events_requested: change.events_requested,
      events_delivered: [`${CAEP}credential-change`],
    });
  });

  it('may ask for nothing that there is: then nothing is delivered but what is told of the stream itself', async () => {
    const events_requested = ['urn:example:unknown'];
    const stream = await receiver.makeStream({ events_requested });
    expect(stream).toMatchObject({ events_requested, events_delivered: [] });
    const ada = await directory.makeUser('ada', { emails: [{ value: 'ada@example.com' }] });
    expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false }));
    expect((await receiver.call('POST', 'verification', { stream_id: idOf(stream) })).status).toBe(204);
    const told = await receiver.told(await receiver.poll(stream, { returnImmediately: true }));
    expect(told.map(([, type]) => type)).toEqual([`${SSF}verification`]);
    const change = { stream_id: idOf(stream), events_requested: ['urn:example:other'] };
    expect(expected(200, await receiver.call('PATCH', 'configuration', change)).body).toMatchObject({
      events_delivered: [],
    });
  });

  it('is one of ten at most; the eleventh is a conflict until one is deleted', async () => {
    const made = await Promise.all(
      Array.from({ length: 13 }, () => receiver.call('POST', 'configuration', {})),
    );
    const refused = made.filter(({ status }) => status === 409);
    expect(refused.map(({ body }) => body['code'])).toEqual(
      Array.from({ length: 3 }, () => 'too_many_streams'),
    );
    const id = idOf(made.find(({ status }) => status === 201)!.body);
    expect((await receiver.call('DELETE', `configuration?stream_id=${id}`)).status).toBe(204);
    expect((await receiver.call('POST', 'configuration', {})).status).toBe(201);
  });

  it('that is polled is verified every 30 seconds at most, each stream by itself', async () => {
    const [one, other] = [await receiver.makeStream(), await receiver.makeStream()];
    const verify = ({ stream_id }: Body): Promise<HttpAnswer> =>
      receiver.call('POST', 'verification', { stream_id, state: 'x' });
    expect((await verify(one)).status).toBe(204);
    const soon = await verify(one);
    expect([soon.status, soon.body['code']]).toEqual([429, 'too_many_verifications']);
    expect(Number(soon.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(soon.headers['retry-after'])).toBeLessThanOrEqual(30);
    expect((await verify(other)).status).toBe(204);
    expect(Object.keys((await receiver.poll(one, { returnImmediately: true })).sets)).toHaveLength(1);
  });

  it.each<[string, object]>([
    ['iss', { iss: 'https://elsewhere.example.com' }],
    ['aud', { aud: ['https://elsewhere.example.com'] }],
    ['events_supported', { events_supported: [REVOKED] }],
    ['events_delivered', { events_delivered: [] }],
    ['min_verification_interval', { min_verification_interval: '30' }],
    [
      'delivery.endpoint_url',
      { delivery: { method: POLL, endpoint_url: 'https://elsewhere.example.com/poll' } },
    ],
  ])('is not changed where the transmitter’s %s comes back as another', async (name, foreign) => {
    const stream = await receiver.makeStream({ events_requested: [REVOKED] });
    for (const method of ['PATCH', 'PUT']) {
      const answer = await receiver.call(method, 'configuration', {
        ...stream,
        description: 'x',
        ...foreign,
      });
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_request']);
      expect(answer.body['message']).toContain(`${name}: the transmitter sets this`);
    }
    expect((await receiver.call('GET', 'configuration')).body).toEqual([stream]);
  });

  it.each<[string, unknown]>([
    ['not at all', undefined],
    ['in no format', {}],
    ['in a format that there is not', { format: 'carrier-pigeon', ring: '7' }],
    ['in a format that the stream does not use', { format: 'iss_sub', iss: 'https://x', sub: '1' }],
    ['in a complex way', { format: 'complex', user: ADA }],
    ['with less than the format has', { format: 'email' }],
    ['with more than a text', { format: 'email', email: ['ada@example.com'] }],
  ])('takes no subject that is named %s', async (_, subject) => {
    const { stream_id } = await receiver.makeStream();
    for (const endpoint of ['add_subject', 'remove_subject']) {
      const answer = await receiver.call('POST', endpoint, { stream_id, subject });
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_request']);
    }
  });

  it.each<[string, string]>([
    ['is no URL', 'wiki'],
    ['is of another scheme', 'ftp://wiki.example.com/events'],
    ['has a password in it', 'https://me:secret@wiki.example.com/events'],
    ['is in a private network', 'https://10.0.0.1/events'],
    ['is this very machine', 'https://127.0.0.1/events'],
    ['is this very machine, in the new manner', 'https://[::1]/events'],
    ['gives out the secrets of clouds', 'http://169.254.169.254/latest/meta-data'],
    ['cannot be found', 'https://nowhere.invalid/events'],
  ])('is pushed to no address that %s, neither at first nor later', async (_, endpoint_url) => {
    const delivery = { method: PUSH, endpoint_url };
    const made = await receiver.call('POST', 'configuration', { delivery });
    expect([made.status, made.body['code']]).toEqual([400, 'invalid_request']);
    expect(made.body['message']).toContain('endpoint_url');
    expect((await receiver.call('GET', 'configuration')).body).toEqual([]);
    const fine = { method: PUSH, endpoint_url: 'https://203.0.113.7/events' };
    const stream = await receiver.makeStream({ delivery: fine });
    const change = { stream_id: idOf(stream), delivery };
    expect((await receiver.call('PATCH', 'configuration', change)).status).toBe(400);
    expect((await receiver.call('GET', 'configuration')).body).toEqual([stream]);
  });

  it.each(['HS256', 'none', 'RS512', '', 7])('is not signed with %j', async (signing_algorithm) => {
    const answer = await receiver.call('POST', 'configuration', { signing_algorithm });
    expect([answer.status, answer.body['message']]).toEqual([
      400,
      expect.stringMatching(/RS256, ES256, EdDSA/),
    ]);
  });
});

describe('a stream with another signature', () => {
  it.each(['ES256', 'EdDSA'])(
    'of %s is given in the same bytes each time, and each can be verified',
    async (algorithm) => {
      const stream = await receiver.makeStream({ signing_algorithm: algorithm });
      expect(stream['signing_algorithm']).toBe(algorithm);
      receiver.algorithm = algorithm;
      const ada = await directory.makeUser('ada', { emails: [{ value: 'ada@example.com' }] });
      const off = { op: 'replace', path: 'active', value: false };
      expected(200, await directory.patch(`/Users/${ada.id}`, off));
      const polled = await receiver.poll(stream, { returnImmediately: true });
      expect(await receiver.told(polled)).toHaveLength(4);
      expect(await receiver.poll(stream, { returnImmediately: true })).toEqual(polled);
      const replaced = { stream_id: stream['stream_id'], delivery: { method: POLL } };
      expect(expected(200, await receiver.call('PUT', 'configuration', replaced)).body).toMatchObject({
        signing_algorithm: 'RS256',
      });
    },
  );
});
