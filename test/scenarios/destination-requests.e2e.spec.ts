/** With what a destination's requests are made: given through the API, never shown again, and there at the receiver. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { authority } from '../../libs/delivery/src/testing/strangers.js';
import { expected, type TestHub, type Body, type TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { Sink, eventually } from '../support/index.js';

const PERSON = {
  userName: 'ada',
  active: true,
  emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
};
const SECRETS = { key: 'key-0123456789-abcd', client: 'client-secret-0123-wxyz' };

describe('the requests of a destination', () => {
  let installation: Installation;
  let hub: TestHub;
  let sink: Sink;
  let directory: TestDirectory;

  beforeAll(async () => {
    installation = await startInstallation();
    hub = installation.hub;
  }, 60_000);

  afterAll(async () => {
    await installation.close();
  }, 60_000);

  beforeEach(async () => {
    sink = await Sink.open();
    directory = await hub.connect({ type: 'okta scim v2.0' });
  });

  afterEach(() => sink.close());

  const make = (request: unknown, more: object = {}): Promise<Body> =>
    hub
      .api('POST', '/webhook_endpoints', {
        endpoint_url: `${sink.url}/hook`,
        events: [],
        organization_id: directory.organizationId,
        request,
        ...more,
      })
      .then((answer) => expected(201, answer).body);

  const createUser = async (): Promise<Body> =>
    expected(201, await directory.scim('POST', '/Users', PERSON)).body;

  it('have headers and access tokens of its own', async () => {
    sink.answers(({ path }) =>
      path === '/token'
        ? {
            status: 200,
            headers: { 'content-type': 'application/json' },
            body: '{"access_token":"let-me-in","token_type":"Bearer","expires_in":3600}',
          }
        : { status: 204 },
    );
    await make({
      headers: { 'X-Api-Key': SECRETS.key },
      oauth: { token_url: `${sink.url}/token`, client_id: 'rollcall', client_secret: SECRETS.client },
    });
    await createUser();
    const [asked, told] = await sink.receives(2);
    expect(asked!.path).toBe('/token');
    expect(told).toMatchObject({
      path: '/hook',
      headers: {
        'x-api-key': SECRETS.key,
        authorization: 'Bearer let-me-in',
        'webhook-signature': expect.stringMatching(/^v1,/),
      },
    });
  });

  it('show a client certificate, and trust an authority, of its own', async () => {
    const ours = await authority('Ours');
    const server = await ours.issue('receiver', { addresses: ['127.0.0.1'] });
    const client = await ours.issue('rollcall-client');
    const greeted: string[] = [];
    const receiver: Server = createServer(
      { ...server, ca: ours.cert, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        greeted.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
        response.writeHead(204).end();
      },
    );
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    const made = await make(
      {
        certificate_authority: ours.cert,
        client_certificate: { certificate: client.cert, private_key: client.key },
      },
      { endpoint_url: `https://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook` },
    );
    expect(made['request']).toMatchObject({
      client_certificate: { subject: 'CN=rollcall-client', issuer: 'CN=Ours' },
      certificate_authority: [{ subject: 'CN=Ours' }],
    });
    await createUser();
    await eventually(() => expect(greeted).toEqual(['rollcall-client']));
    receiver.closeAllConnections();
    await new Promise((done) => receiver.close(done));
  });

  it('are never shown with their secrets, and never stored in clear', async () => {
    const request = {
      headers: { 'X-Api-Key': SECRETS.key },
      oauth: { token_url: `${sink.url}/token`, client_id: 'rollcall', client_secret: SECRETS.client },
    };
    const made = await make(request);
    const shown = {
      headers: { 'X-Api-Key': '…abcd' },
      oauth: { ...request.oauth, client_secret: '…wxyz', authentication: 'client_secret_basic' },
      client_certificate: null,
      certificate_authority: null,
    };
    expect(made['request']).toEqual(shown);
    const path = `/webhook_endpoints/${made['id']}`;
    expect(expected(200, await hub.api('GET', path)).body['request']).toEqual(shown);
    const listed = JSON.stringify(await hub.api('GET', '/webhook_endpoints?limit=100'));
    const rows = new pg.Client({ connectionString: installation.databaseUrl });
    await rows.connect();
    const stored = await rows.query('select * from destination where id = $1', [made['id']]);
    await rows.end();
    for (const text of [listed, JSON.stringify(stored.rows)]) {
      expect(text).toContain(String(made['id']));
      expect(text).not.toContain(SECRETS.key);
      expect(text).not.toContain(SECRETS.client);
    }
  });

  it('change member by member, and go with null', async () => {
    const made = await make({ headers: { 'X-One': 'one', 'X-Two': 'two' } });
    const path = `/webhook_endpoints/${made['id']}`;
    const patch = async (request: unknown): Promise<unknown> =>
      expected(200, await hub.api('PATCH', path, { request })).body['request'];
    expect(await patch({ headers: { 'X-One': null, 'X-Three': 'three' } })).toMatchObject({
      headers: { 'X-Two': '…', 'X-Three': '…' },
    });
    expect(expected(200, await hub.api('PATCH', path, { status: 'disabled' })).body).toMatchObject({
      request: { headers: { 'X-Two': '…', 'X-Three': '…' } },
    });
    expect(await patch(null)).toMatchObject({ headers: {}, oauth: null });
  });

  it('are the same for destinations of other protocols', async () => {
    const answer = await hub.api('POST', '/destinations', {
      protocol: 'global-token-revocation',
      organization_id: directory.organizationId,
      settings: { endpoint_url: `${sink.url}/revoke` },
      request: { headers: { 'X-Tenant': 'acme' } },
    });
    const { id, request } = expected(201, answer).body;
    expect(request).toMatchObject({ headers: { 'X-Tenant': '…' } });
    expect(expected(200, await hub.api('GET', `/destinations/${id}`)).body['request']).toEqual(request);
    const user = await createUser();
    await directory.patch(`/Users/${user['id']}`, { op: 'replace', value: { active: false } });
    const [revoked] = await sink.receives(1);
    expect(revoked!.headers).toMatchObject({
      'x-tenant': 'acme',
      authorization: expect.stringMatching(/^Bearer ey/),
    });
  });

  it.each<[string, unknown, string]>([
    ['a header of HTTP', { headers: { Host: 'x' } }, 'request.headers.Host'],
    ['a header of the signature', { headers: { 'webhook-id': 'x' } }, 'request.headers.webhook-id'],
    [
      'half a client certificate',
      { client_certificate: { certificate: 'x' } },
      'request.client_certificate.private_key',
    ],
    [
      'a token endpoint in a private network',
      { oauth: { token_url: 'https://10.0.0.1/', client_id: 'a', client_secret: 'b' } },
      'request.oauth.token_url',
    ],
    ['a member that there is not', { cookie: 'x' }, 'request.cookie'],
    ['something else than an object', 'x', 'request'],
  ])('are refused with %s, and nothing changes', async (_, request, field) => {
    const made = await make({ headers: { 'X-One': 'one' } });
    const path = `/webhook_endpoints/${made['id']}`;
    const shown = async (): Promise<Body> => expected(200, await hub.api('GET', path)).body;
    // The worker has heard of it: by itself, nothing changes any more.
    await eventually(async () => expect(await shown()).toMatchObject({ standing: { idle: true } }));
    const before = await shown();
    expect(before).toEqual({ ...asShownLater(made), standing: before['standing'] });
    const refused = expected(422, await hub.api('PATCH', path, { request }));
    expect(refused.body).toMatchObject({
      code: 'invalid_request_parameters',
      errors: [expect.objectContaining({ field, message: expect.any(String) })],
    });
    expect(await shown()).toEqual(before);
  });

  it('go to no port that is not allowed', async () => {
    const body = { endpoint_url: 'http://127.0.0.1:22/', events: [] };
    expect(expected(422, await hub.api('POST', '/webhook_endpoints', body)).body).toMatchObject({
      code: 'invalid_url',
      errors: [{ code: 'forbidden_port', message: expect.stringContaining('ROLLCALL_ALLOWED_PORTS') }],
    });
  });

  /** The whole secret is in the first answer only. */
  function asShownLater(made: Body): Body {
    return { ...made, secret: `whsec_…${String(made['secret']).slice(-4)}` };
  }
});
