/** Where events go: webhook endpoints and revocation destinations, from being made to what arrives at the receiver. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { expected, type TestHub, type Body, type TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { asInEventsApi, eventually, Sink, type ReceivedRequest } from '../support/index.js';

describe('destinations', () => {
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

  function makeEndpoint(more: object = {}): Promise<Body> {
    const body = {
      endpoint_url: `${sink.url}/hook`,
      events: [],
      organization_id: directory.organizationId,
      ...more,
    };
    return hub.api('POST', '/webhook_endpoints', body).then((answer) => expected(201, answer).body);
  }

  function makeRevocation(settings: object = {}): Promise<Body> {
    const body = {
      protocol: 'global-token-revocation',
      organization_id: directory.organizationId,
      settings: { endpoint_url: `${sink.url}/revoke`, ...settings },
    };
    return hub.api('POST', '/destinations', body).then((answer) => expected(201, answer).body);
  }

  const deactivate = (id: string) =>
    directory.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
  const reactivate = (id: string) =>
    directory.patch(`/Users/${id}`, { op: 'replace', value: { active: true } });
  const eventOf = (
    request: ReceivedRequest,
  ): { id: string; event: string; data: Body; context: { cause: string; sequence: number } } =>
    JSON.parse(request.body.toString()) as ReturnType<typeof eventOf>;

  describe('a webhook endpoint', () => {
    it('gets the events that follow, each as the events API has it, byte for byte, and with what came before it', async () => {
      await directory.makeUser('before@example.com');
      await makeEndpoint();
      const { id } = await directory.makeUser('ada@example.com');
      await deactivate(id);
      const received = await sink.receives(2);
      const { text } = await hub.api('GET', `/events?organization_id=${directory.organizationId}&limit=100`);
      for (const { body } of received) expect(text).toContain(asInEventsApi(body));
      const [first, second] = received.map((request) => eventOf(request).context);
      // The destination was made after two events of its directory that it will never get.
      expect(first).toMatchObject({ sequence: 3, previous_sequence: null });
      expect(second).toMatchObject({ sequence: 4, previous_sequence: 3 });
      expect(received[1]!.headers).toMatchObject({
        'rollcall-directory': directory.id,
        'rollcall-sequence': '4',
        'rollcall-previous-sequence': '3',
      });
      expect(received.map((request) => eventOf(request).context.cause)).toEqual([
        'UserCreated',
        'UserDeactivated',
      ]);
    });

    it('has signatures that the packages standardwebhooks and @workos-inc/node verify', async () => {
      const endpoint = await makeEndpoint();
      const secret = endpoint['secret'] as string;
      const { id } = await directory.makeUser('ada@example.com');
      const [request] = await sink.receives(1);
      const body = request!.body.toString();
      const headers = request!.headers as Record<string, string>;
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({
        event: 'dsync.user.created',
        data: { id },
      });
      const event = await new WorkOS('sk_unused').webhooks.constructEvent({
        payload: JSON.parse(body) as Record<string, unknown>,
        sigHeader: headers['workos-signature']!,
        secret,
      });
      expect(event).toMatchObject({ event: 'dsync.user.created', data: { id, directoryId: directory.id } });
      const forged = { ...headers, 'webhook-id': 'event_00000000000000000000000000' };
      expect(() => new Webhook(secret).verify(body, forged)).toThrow();
    });

    it('gets only the types that it asked for', async () => {
      await makeEndpoint({ events: ['dsync.user.deleted'] });
      const { id } = await directory.makeUser('ada@example.com');
      await directory.scim('DELETE', `/Users/${id}`);
      const [request] = await sink.receives(1);
      expect(eventOf(request!)).toMatchObject({ event: 'dsync.user.deleted', data: { id } });
      expect(sink.received).toHaveLength(1);
    });

    it('never gets another organization’s events when it belongs to one', async () => {
      await makeEndpoint();
      const other = await hub.connect();
      await other.makeUser('stranger@example.com');
      await directory.makeUser('ada@example.com');
      await sink.receives(1);
      expect(sink.received.map((request) => eventOf(request).data['directory_id'])).toEqual([directory.id]);
    });

    it('gets a refused event again, with the same id and a new signature', async () => {
      await makeEndpoint();
      sink.answers((_request, index) => ({ status: index === 0 ? 500 : 204 }));
      await directory.makeUser('ada@example.com');
      const [first, second] = await sink.receives(2, { withinInSeconds: 30 });
      expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
      expect(second!.headers['webhook-timestamp']).not.toBe(first!.headers['webhook-timestamp']);
    }, 40_000);

    it('gets nothing while it is disabled, and everything since then once it is enabled', async () => {
      const { id } = await makeEndpoint();
      expect(
        (await hub.api('PATCH', `/webhook_endpoints/${id}`, { status: 'disabled' })).body['status'],
      ).toBe('disabled');
      await directory.makeUser('ada@example.com');
      await directory.makeUser('bob@example.com');
      await hub.api('PATCH', `/webhook_endpoints/${id}`, { status: 'enabled' });
      const received = await sink.receives(2);
      expect(received.map((request) => eventOf(request).data['username'])).toEqual([
        'ada@example.com',
        'bob@example.com',
      ]);
    });

    it('shows its whole secret once, and its end afterwards', async () => {
      const made = await makeEndpoint();
      expect(made['secret']).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      const { body } = await hub.api('GET', `/webhook_endpoints/${made.id}`);
      const secret = `whsec_…${(made['secret'] as string).slice(-4)}`;
      expect(body).toEqual({ ...made, secret, standing: expect.objectContaining({ breaker: 'closed' }) });
    });

    it('can be listed, moved to another URL, and deleted', async () => {
      const { id } = await makeEndpoint();
      const listed = (await hub.api('GET', '/webhook_endpoints?limit=100')).body.data;
      expect(listed.map((endpoint) => endpoint.id)).toContain(id);
      const changed = await hub.api('PATCH', `/webhook_endpoints/${id}`, {
        endpoint_url: `${sink.url}/elsewhere`,
      });
      expect(changed.body['endpoint_url']).toBe(`${sink.url}/elsewhere`);
      await directory.makeUser('ada@example.com');
      expect((await sink.receives(1))[0]!.path).toBe('/elsewhere');
      expect((await hub.api('DELETE', `/webhook_endpoints/${id}`)).status).toBe(204);
      expect((await hub.api('GET', `/webhook_endpoints/${id}`)).body).toMatchObject({
        code: 'entity_not_found',
      });
    });

    it.each([
      ['with a second endpoint of the same URL', {}, 409, 'duplicate_endpoint'],
      [
        'with an event type that does not exist',
        { endpoint_url: 'https://example.com/x', events: ['nonsense'] },
        422,
        'invalid_request_parameters',
      ],
      [
        'with an organization that does not exist',
        { endpoint_url: 'https://example.com/x', organization_id: 'org_x' },
        422,
        'unknown_organization',
      ],
      ['with what is not a URL', { endpoint_url: 'example' }, 422, 'invalid_url'],
      [
        'with plain http outside the allowed networks',
        { endpoint_url: 'http://93.184.215.14/' },
        422,
        'invalid_url',
      ],
      [
        'with credentials in the URL',
        { endpoint_url: 'https://user:secret@example.com/' },
        422,
        'invalid_url',
      ],
      ['with a private address', { endpoint_url: 'https://10.0.0.1/' }, 422, 'invalid_url'],
      [
        'with the address of a cloud’s metadata service',
        { endpoint_url: 'http://169.254.169.254/latest' },
        422,
        'invalid_url',
      ],
      [
        'with a private address in another spelling',
        { endpoint_url: 'https://[::ffff:192.168.0.1]/' },
        422,
        'invalid_url',
      ],
    ])('is refused %s', async (_title, more, status, code) => {
      await makeEndpoint();
      const body = {
        endpoint_url: `${sink.url}/hook`,
        events: [],
        organization_id: directory.organizationId,
        ...more,
      };
      const answer = await hub.api('POST', '/webhook_endpoints', body);
      expect([answer.status, answer.body['code']]).toEqual([status, code]);
      expect(String(answer.body['message']).length).toBeGreaterThan(20);
    });
  });

  describe('a revocation destination', () => {
    it('is called when a person is deactivated, with a token that verifies against the published keys', async () => {
      await makeRevocation();
      const { id } = await directory.makeUser('ada@example.com', {
        emails: [{ value: 'ada@example.com', primary: true }],
      });
      await deactivate(id);
      const [request] = await sink.receives(1);
      expect(JSON.parse(request!.body.toString())).toEqual({
        sub_id: { format: 'email', email: 'ada@example.com' },
      });
      const token = request!.headers.authorization!.replace('Bearer ', '');
      const keys = createRemoteJWKSet(new URL(`${hub.url}/.well-known/jwks.json`));
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        audience: `${sink.url}/revoke`,
        issuer: hub.url,
      });
      expect(protectedHeader).toMatchObject({ typ: 'global-token-revocation+jwt', alg: 'RS256' });
      expect(payload.exp! - payload.iat!).toBe(300);
      expect(payload.iat! - payload.nbf!).toBe(300);
    });

    it('is called when a person is deleted', async () => {
      await makeRevocation({ subject: { format: 'opaque', attribute: 'id' } });
      const { id } = await directory.makeUser('ada@example.com');
      await directory.scim('DELETE', `/Users/${id}`);
      const [request] = await sink.receives(1);
      expect(JSON.parse(request!.body.toString())).toEqual({ sub_id: { format: 'opaque', id } });
    });

    it('is not called again for a person who came back before it answered', async () => {
      const answered = { status: 503 };
      sink.answers(() => answered);
      const destination = await makeRevocation({ subject: { format: 'opaque', attribute: 'id' } });
      const ada = await directory.makeUser('ada@example.com');
      await deactivate(ada.id);
      await sink.receives(1);
      await reactivate(ada.id);
      answered.status = 204;
      const states = `select state, last_outcome ->> 'reason' as reason from parked_delivery where destination_id = $1`;
      await eventually(
        async () => {
          const found = await rows.query<{ state: string; reason: string }>(states, [destination.id]);
          expect(found.rows).toEqual([
            { state: 'superseded', reason: expect.stringContaining('UserReactivated') },
          ]);
        },
        { withinInSeconds: 20 },
      );
      expect(sink.received).toHaveLength(1);
    }, 40_000);

    it('can be paused, changed, listed and deleted', async () => {
      const { id } = await makeRevocation();
      expect((await hub.api('PATCH', `/destinations/${id}`, { state: 'paused' })).body['state']).toBe(
        'paused',
      );
      const settings = { endpoint_url: `${sink.url}/other`, subject_key: 'subject' };
      expect((await hub.api('PATCH', `/destinations/${id}`, { settings })).body['settings']).toMatchObject(
        settings,
      );
      expect((await hub.api('GET', '/destinations?limit=100')).body.data.map((one) => one.id)).toContain(id);
      expect((await hub.api('GET', `/destinations/${id}`)).body['protocol']).toBe('global-token-revocation');
      expect((await hub.api('DELETE', `/destinations/${id}`)).status).toBe(204);
      expect((await hub.api('GET', `/destinations/${id}`)).status).toBe(404);
    });

    it.each([
      ['an unknown protocol', { protocol: 'carrier-pigeon', settings: {} }, 'unknown_protocol'],
      [
        'settings that its protocol does not know',
        { settings: { endpoint_url: 'https://example.com/', colour: 'red' } },
        'invalid_request_parameters',
      ],
      ['no endpoint_url', { settings: {} }, 'invalid_request_parameters'],
      ['a private address', { settings: { endpoint_url: 'https://127.0.0.1.nip.example/' } }, 'invalid_url'],
      [
        'a field that does not exist',
        { settings: { endpoint_url: 'https://example.com/' }, colour: 'red' },
        'invalid_request_parameters',
      ],
    ])('is refused with %s', async (_title, body, code) => {
      const answer = await hub.api('POST', '/destinations', { protocol: 'global-token-revocation', ...body });
      expect([answer.status, answer.body['code']]).toEqual([422, code]);
      expect(answer.body['error']).toBeUndefined();
    });
  });
});
