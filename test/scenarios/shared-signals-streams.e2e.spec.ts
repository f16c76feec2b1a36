/**
 * The management API of the Shared Signals transmitter (OpenID SSF 1.0 §7 and §8), module by module as OpenID's conformance
 * suite has them: discovery, authorization, stream control, status, subjects, verification.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expected, type Body, type HttpAnswer, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { Sink } from '../support/index.js';
import { CAEP, POLL, PUSH, RISC, SSF, SsfReceiver } from '../support/ssf-receiver.js';

let installation: Installation;
let hub: TestHub;
let sink: Sink;
let organizationId: string;
let receiver: SsfReceiver;

beforeAll(async () => {
  installation = await startInstallation({ settings: { ROLLCALL_OAUTH_RATE_PER_ADDRESS: '0' } });
  hub = installation.hub;
  sink = await Sink.open();
  sink.answers({ status: 202 });
}, 60_000);
afterAll(async () => {
  await sink.close();
  await installation.close();
}, 60_000);
beforeEach(async () => {
  organizationId = await hub.makeOrganization();
  receiver = await SsfReceiver.of(hub, organizationId);
});

const push = (more: object = {}): object => ({
  delivery: { method: PUSH, endpoint_url: `${sink.url}/events`, ...more },
});
const REVOKED = `${CAEP}session-revoked`;

/** Not a word of what was done for somebody else. */
function expectRefusal(answer: HttpAnswer, status: number, message: RegExp): void {
  expect({ status: answer.status, message: answer.body['message'] }).toEqual({
    status,
    message: expect.stringMatching(message),
  });
}

describe('discovery', () => {
  it('says where everything is, at the well-known path', async () => {
    const answer = await hub.send({ method: 'GET', path: '/.well-known/ssf-configuration' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toEqual({
      spec_version: '1_0',
      issuer: hub.url,
      jwks_uri: `${hub.url}/.well-known/jwks.json`,
      delivery_methods_supported: [PUSH, POLL],
      configuration_endpoint: `${hub.url}/ssf/stream`,
      status_endpoint: `${hub.url}/ssf/status`,
      add_subject_endpoint: `${hub.url}/ssf/subjects/add`,
      remove_subject_endpoint: `${hub.url}/ssf/subjects/remove`,
      verification_endpoint: `${hub.url}/ssf/verification`,
      authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
      default_subjects: 'ALL',
    });
  });

  it('knows no issuer with another path', async () => {
    const answer = await hub.send({ method: 'GET', path: '/.well-known/ssf-configuration/tenant/1' });
    expectRefusal(answer, 404, /No issuer has the path '\/tenant\/1'/);
  });
});

describe('receivers', () => {
  it('are made by an operator, listed without their secret, and end with their streams and tokens', async () => {
    const wish = { organization_id: organizationId, name: 'Wiki', audience: 'https://wiki.example.com' };
    const made = expected(201, await hub.api('POST', '/ssf/clients', wish)).body;
    expect(made).toMatchObject({
      object: 'ssf_client',
      client_id: expect.stringMatching(/^ssf_client_/),
      client_secret: expect.stringMatching(/^ssf_cs_/),
      audience: 'https://wiki.example.com',
    });
    const listed = await hub.api('GET', `/ssf/clients?organization_id=${organizationId}`);
    expect(listed.body.data.map(({ name }) => name)).toEqual(['Wiki', 'App']);
    expect(listed.text).not.toMatch(/"client_secret"|ssf_cs_/);
    const { stream_id: id } = await receiver.makeStream();
    expect((await hub.api('DELETE', `/ssf/clients/${receiver.clientId}`)).status).toBe(204);
    expect((await receiver.askForToken()).status).toBe(401);
    expectRefusal(await receiver.call('GET', 'configuration'), 401, /not known/);
    expect((await hub.api('GET', `/destinations/${String(id)}`)).status).toBe(404);
    expect((await hub.api('DELETE', `/ssf/clients/${receiver.clientId}`)).status).toBe(404);
  });

  it('need an organization that there is', async () => {
    const answer = await hub.api('POST', '/ssf/clients', { organization_id: 'org_none', name: 'App' });
    expect(answer.status).toBe(422);
    expect(answer.body['code']).toBe('unknown_organization');
  });

  it('get a token for the scopes that they ask for, and for no others', async () => {
    expect((await receiver.askForToken()).body).toEqual({
      access_token: expect.stringMatching(/^ssf_at_/),
      token_type: 'Bearer',
      expires_in: 3_600,
      scope: 'ssf.read ssf.manage',
    });
    expect((await receiver.askForToken('ssf.read')).body['scope']).toBe('ssf.read');
    const refused = await receiver.askForToken('scim');
    expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_scope']);
  });

  it('cannot open a directory with their token', async () => {
    const directory = await hub.connect({ organizationId });
    const headers = { authorization: `Bearer ${await receiver.accessToken()}` };
    expect((await hub.send({ method: 'GET', path: `${directory.root}/Users`, headers })).status).toBe(401);
    expect((await hub.send({ method: 'GET', path: '/events', headers })).status).toBe(401);
  });
});

describe('authorization', () => {
  it('refuses whoever shows no token, or one that is none, in the words of RFC 6750', async () => {
    const nobody = await hub.send({ method: 'GET', path: '/ssf/stream' });
    expectRefusal(nobody, 401, /no bearer token.*\/oauth\/token/);
    expect(nobody.headers['www-authenticate']).toBe('Bearer realm="ssf"');
    const stranger = await receiver.call('GET', 'configuration', undefined, 'ssf_at_made_up');
    expectRefusal(stranger, 401, /not known/);
    expect(stranger.headers['www-authenticate']).toBe('Bearer realm="ssf", error="invalid_token"');
  });

  it('lets whoever may only read change nothing', async () => {
    const stream = await receiver.makeStream();
    const reader = await receiver.accessToken('ssf.read');
    const id = stream['stream_id'];
    for (const [method, endpoint, body] of [
      ['POST', 'configuration', {}],
      ['PATCH', 'configuration', { stream_id: id, description: 'x' }],
      ['PUT', 'configuration', { stream_id: id }],
      ['DELETE', `configuration?stream_id=${String(id)}`, undefined],
      ['POST', 'status', { stream_id: id, status: 'paused' }],
      ['POST', 'verification', { stream_id: id }],
      ['POST', 'remove_subject', { stream_id: id, subject: { format: 'email', email: 'a@example.com' } }],
    ] as const) {
      const answer = await receiver.call(method, endpoint, body, reader);
      expect([answer.status, answer.body['code']]).toEqual([403, 'insufficient_scope']);
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="ssf", error="insufficient_scope", scope="ssf.manage"',
      );
    }
    expect((await receiver.call('GET', 'configuration', undefined, reader)).body).toEqual([stream]);
  });

  it('shows nobody the streams of another receiver, and does not say that they are there', async () => {
    const stream = await receiver.makeStream();
    const id = String(stream['stream_id']);
    const neighbour = await SsfReceiver.of(hub, organizationId);
    for (const [method, endpoint, body] of [
      ['GET', `configuration?stream_id=${id}`, undefined],
      ['DELETE', `configuration?stream_id=${id}`, undefined],
      ['PATCH', 'configuration', { stream_id: id, description: 'mine' }],
      ['GET', `status?stream_id=${id}`, undefined],
      ['POST', 'status', { stream_id: id, status: 'disabled' }],
      ['POST', 'verification', { stream_id: id }],
    ] as const)
      expectRefusal(await neighbour.call(method, endpoint, body), 404, /Stream not found/);
    expect((await neighbour.call('GET', 'configuration')).body).toEqual([]);
    expect((await receiver.call('GET', `configuration?stream_id=${id}`)).body).toEqual(stream);
  });

  it('lets an operator with an API key manage the streams of an organization that is named', async () => {
    const stream = await receiver.makeStream();
    const path = `/ssf/stream?organization_id=${organizationId}`;
    expect((await hub.api('GET', path)).body).toEqual([stream]);
    const wish = { organization_id: organizationId, aud: 'https://wiki.example.com' };
    expect(expected(201, await hub.api('POST', '/ssf/stream', wish)).body['aud']).toBe(wish.aud);
    expectRefusal(await hub.api('GET', '/ssf/stream'), 400, /organization_id is needed/);
    expectRefusal(await hub.api('GET', '/ssf/stream?organization_id=org_none'), 400, /names no organization/);
    expect((await receiver.call('GET', 'configuration')).body).toEqual([stream]);
  });
});

describe('stream control', () => {
  it('creates a stream, and reads it as it was created', async () => {
    const wish = {
      ...push({ authorization_header: 'Bearer of-the-receiver-1' }),
      events_requested: [REVOKED, `${RISC}account-disabled`, 'urn:example:unknown'],
      description: 'Wiki, production',
    };
    const answer = await receiver.call('POST', 'configuration', wish);
    expect(answer.status).toBe(201);
    expect(answer.text).not.toContain('of-the-receiver');
    const stream = answer.body;
    expect(stream).toEqual({
      stream_id: expect.any(String),
      iss: hub.url,
      aud: receiver.clientId,
      delivery: { method: PUSH, endpoint_url: `${sink.url}/events` },
      events_supported: expect.arrayContaining([REVOKED, `${CAEP}credential-change`]),
      events_requested: wish.events_requested,
      events_delivered: [REVOKED, `${RISC}account-disabled`],
      min_verification_interval: 30,
      description: 'Wiki, production',
      subject: { format: 'email' },
      signing_algorithm: 'RS256',
    });
    expect(
      (await receiver.call('GET', `configuration?stream_id=${String(stream['stream_id'])}`)).body,
    ).toEqual(stream);
    expect((await receiver.call('GET', 'configuration')).body).toEqual([stream]);
  });

  it('makes a stream that is polled, of all events, when nothing is said', async () => {
    const stream = await receiver.makeStream({});
    expect(stream['delivery']).toEqual({
      method: POLL,
      endpoint_url: `${hub.url}/ssf/poll/${String(stream['stream_id'])}`,
    });
    expect(stream['events_delivered']).toEqual(stream['events_supported']);
  });

  it.each<[string, object, RegExp]>([
    [
      'a method that there is not',
      { delivery: { method: 'urn:example:carrier-pigeon' } },
      /delivery\.method/,
    ],
    ['a push without an address', { delivery: { method: PUSH } }, /endpoint_url is needed/],
    ['an address that is none', { delivery: { method: PUSH, endpoint_url: 'wiki' } }, /endpoint_url/],
    [
      'an address inside the network',
      { delivery: { method: PUSH, endpoint_url: 'https://10.0.0.1/events' } },
      /endpoint_url/,
    ],
    [
      'a header that cannot be one',
      { delivery: { method: PUSH, endpoint_url: 'http://127.0.0.1:8080/', authorization_header: 'a\r\nb' } },
      /authorization_header/,
    ],
    ['events that are no list', { events_requested: REVOKED }, /events_requested/],
    ['a way to name people that there is not', { subject: { format: 'phone_number' } }, /subject\.format/],
    ['a description that is no text', { description: 7 }, /description/],
  ])('refuses %s, and makes nothing', async (_, wish, message) => {
    expectRefusal(await receiver.call('POST', 'configuration', wish), 400, message);
    expect((await receiver.call('GET', 'configuration')).body).toEqual([]);
  });

  it('refuses a body that is no JSON object', async () => {
    expectRefusal(await receiver.call('POST', 'configuration', '[]'), 400, /JSON object/);
    expectRefusal(await receiver.call('POST', 'configuration', '{"delivery":'), 400, /JSON/);
  });

  it('has at most ten streams for a receiver', async () => {
    for (let count = 0; count < 10; count++) await receiver.makeStream(push());
    expectRefusal(await receiver.call('POST', 'configuration', push()), 409, /at most 10 streams/);
    const { length } = (await receiver.call('GET', 'configuration')).body as unknown as Body[];
    expect(length).toBe(10);
  });

  it('updates what is given, and leaves the rest', async () => {
    const stream = await receiver.makeStream({ ...push(), events_requested: [REVOKED], description: 'Wiki' });
    const change = { stream_id: stream['stream_id'], events_requested: [`${RISC}account-enabled`] };
    const changed = expected(200, await receiver.call('PATCH', 'configuration', change)).body;
    expect(changed).toEqual({
      ...stream,
      events_requested: change.events_requested,
      events_delivered: change.events_requested,
    });
    expect((await receiver.call('GET', 'configuration')).body).toEqual([changed]);
  });

  it('takes back what it has shown with a change, and refuses it changed', async () => {
    const stream = await receiver.makeStream({ ...push(), events_requested: [REVOKED] });
    expect((await receiver.call('PATCH', 'configuration', { ...stream, description: 'Wiki' })).status).toBe(
      200,
    );
    for (const foreign of [
      { iss: 'https://elsewhere.example.com' },
      { aud: 'https://elsewhere.example.com' },
      { events_supported: [] },
      { events_delivered: [] },
      { min_verification_interval: 1 },
    ])
      for (const method of ['PATCH', 'PUT'])
        expectRefusal(
          await receiver.call(method, 'configuration', { ...stream, ...foreign }),
          400,
          /transmitter sets this/,
        );
  });

  it('replaces a stream: what is not there goes back to its default', async () => {
    const stream = await receiver.makeStream({ ...push(), events_requested: [REVOKED], description: 'Wiki' });
    const whole = {
      stream_id: stream['stream_id'],
      ...push(),
      events_requested: [`${CAEP}credential-change`],
    };
    const { description: _, ...rest } = stream;
    expect(expected(200, await receiver.call('PUT', 'configuration', whole)).body).toEqual({
      ...rest,
      events_requested: whole.events_requested,
      events_delivered: whole.events_requested,
    });
  });

  it('keeps the method of a stream', async () => {
    const stream = await receiver.makeStream(push());
    const change = { stream_id: stream['stream_id'], delivery: { method: POLL } };
    expectRefusal(await receiver.call('PATCH', 'configuration', change), 400, /method stays/);
  });

  it('deletes a stream once', async () => {
    const { stream_id: id } = await receiver.makeStream();
    expect((await receiver.call('DELETE', `configuration?stream_id=${String(id)}`)).status).toBe(204);
    expect((await receiver.call('DELETE', `configuration?stream_id=${String(id)}`)).status).toBe(404);
    expect((await receiver.call('GET', 'configuration')).body).toEqual([]);
    expectRefusal(await receiver.call('DELETE', 'configuration'), 400, /stream_id is needed/);
  });
});

describe('status', () => {
  it('is what the receiver says, with its reason', async () => {
    const { stream_id: id } = await receiver.makeStream(push());
    const read = async (): Promise<Body> =>
      (await receiver.call('GET', `status?stream_id=${String(id)}`)).body;
    expect(await read()).toEqual({ stream_id: id, status: 'enabled' });
    for (const status of ['paused', 'disabled'])
      expect(
        expected(200, await receiver.call('POST', 'status', { stream_id: id, status, reason: 'upkeep' }))
          .body,
      ).toEqual({ stream_id: id, status, reason: 'upkeep' });
    expect((await receiver.call('POST', 'status', { stream_id: id, status: 'enabled' })).body).toEqual(
      await read(),
    );
    expect(await read()).toEqual({ stream_id: id, status: 'enabled' });
  });

  it('is one of three', async () => {
    const { stream_id: id } = await receiver.makeStream(push());
    expectRefusal(
      await receiver.call('POST', 'status', { stream_id: id, status: 'on' }),
      400,
      /status must be one of/,
    );
    expectRefusal(await receiver.call('POST', 'status', { status: 'paused' }), 400, /stream_id/);
    expectRefusal(
      await receiver.call('POST', 'status', { stream_id: 'x', status: 'paused' }),
      404,
      /not found/,
    );
  });
});

describe('subjects', () => {
  it.each([
    [{ format: 'phone_number', phone_number: '+1' }, /subject\.format must be email/],
    [{ format: 'opaque', id: '1' }, /subject\.format must be email/],
    [{ format: 'email' }, /email must be a text/],
    ['ada@example.com', /subject must be a JSON object/],
    [undefined, /subject must be a JSON object/],
  ])('are refused in a form in which nobody is named: %j', async (subject, message) => {
    const { stream_id } = await receiver.makeStream();
    for (const endpoint of ['add_subject', 'remove_subject'])
      expectRefusal(await receiver.call('POST', endpoint, { stream_id, subject }), 400, message);
  });
});

describe('verification by push', () => {
  it('comes over the stream with the state that was sent, and seldom', async () => {
    const stream = await receiver.makeStream(push({ authorization_header: 'Bearer of-the-receiver-1' }));
    const id = stream['stream_id'] as string;
    const before = sink.received.length;
    const state = 'VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo=';
    expect((await receiver.call('POST', 'verification', { stream_id: id, state })).status).toBe(204);
    const again = await receiver.call('POST', 'verification', { stream_id: id, state });
    expectRefusal(again, 429, /every 30 s/);
    expect(Number(again.headers['retry-after'])).toBeGreaterThan(0);
    const request = (await sink.receives(before + 1)).at(-1)!;
    expect(request.headers).toMatchObject({
      'content-type': 'application/secevent+jwt',
      authorization: 'Bearer of-the-receiver-1',
    });
    const payload = await receiver.verified(request.body.toString());
    expect(payload).toMatchObject({
      sub_id: { format: 'opaque', id },
      events: { [`${SSF}verification`]: { state } },
    });
  });

  it('comes without an authorization header where the stream has none, and no answer of ours is to be kept', async () => {
    const stream = await receiver.makeStream(push());
    const { stream_id } = stream;
    const before = sink.received.length;
    const asked = await receiver.call('POST', 'verification', { stream_id });
    expect([asked.status, asked.headers['cache-control']]).toEqual([204, 'no-store']);
    const request = (await sink.receives(before + 1)).at(-1)!;
    expect(request.headers).not.toHaveProperty('authorization');
    expect(await receiver.verified(request.body.toString())).toMatchObject({
      events: { [`${SSF}verification`]: {} },
    });
    const subject = { format: 'email', email: 'ada@example.com' };
    for (const [endpoint, status] of [
      ['remove_subject', 204],
      ['add_subject', 200],
    ] as const) {
      const { headers, ...answer } = await receiver.call('POST', endpoint, { stream_id, subject });
      expect([answer.status, headers['cache-control']]).toEqual([status, 'no-store']);
    }
    const ended = await receiver.call('DELETE', `configuration?stream_id=${String(stream_id)}`);
    expect([ended.status, ended.headers['cache-control']]).toEqual([204, 'no-store']);
  });
});
