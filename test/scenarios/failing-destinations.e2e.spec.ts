/** What becomes of a destination that fails, and who hears of it: from the API to what arrives at the receivers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { expected, type TestHub, type Body, type TestDirectory } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { asInEventsApi, eventually, Sink } from '../support/index.js';

describe('destinations that fail', () => {
  let installation: Installation;
  let hub: TestHub;
  let sink: Sink;
  let watch: Sink;
  let directory: TestDirectory;

  beforeAll(async () => {
    installation = await startInstallation();
    hub = installation.hub;
  }, 60_000);

  afterAll(async () => {
    await installation.close();
  }, 60_000);

  beforeEach(async () => {
    [sink, watch] = await Promise.all([Sink.open(), Sink.open()]);
    directory = await hub.connect({ type: 'okta scim v2.0' });
  });

  afterEach(() => Promise.all([sink.close(), watch.close()]));

  async function makeEndpoint(at: Sink, more: object = {}): Promise<Body> {
    const body = {
      endpoint_url: `${at.url}/hook?token=hidden`,
      events: [],
      organization_id: directory.organizationId,
      ...more,
    };
    return expected(201, await hub.api('POST', '/webhook_endpoints', body)).body;
  }

  const endpoint = async (id: string): Promise<Body> =>
    (await hub.api('GET', `/webhook_endpoints/${id}`)).body;
  const eventsNamed = (...names: string[]) =>
    hub.api('GET', `/events?organization_id=${directory.organizationId}&limit=100&events=${names.join(',')}`);

  it('are shown with why and since when, and others that asked for it are told, signed, as the events API tells it', async () => {
    const failing = await makeEndpoint(sink);
    const watching = await makeEndpoint(watch, { events: ['destination.*'] });
    sink.answers({ status: 410 });
    await directory.makeUser('ada@example.com');
    const [request] = await watch.receives(1);
    const body = request!.body.toString();
    const headers = request!.headers as Record<string, string>;
    expect(new Webhook(watching['secret'] as string).verify(body, headers)).toMatchObject({
      event: 'destination.disabled',
      data: { id: failing.id, reason: 'gone', state: 'disabled', endpoint_host: new URL(sink.url).host },
    });
    expect(body).not.toContain('hidden');
    expect((await eventsNamed('destination.disabled')).text).toContain(asInEventsApi(body));
    expect(await endpoint(failing.id)).toMatchObject({
      status: 'disabled',
      standing: {
        state: 'disabled',
        disabled_reason: 'gone',
        disabled_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        breaker: 'closed',
      },
    });
  });

  it('go on where they stopped when a person enables them, and the reason is gone', async () => {
    const { id } = await makeEndpoint(sink);
    sink.answers({ status: 200, headers: { 'webhook-delivery': 'pause' } });
    await directory.makeUser('ada@example.com');
    await eventually(async () => expect((await endpoint(id))['standing']).toMatchObject({ state: 'paused' }));
    sink.answers({ status: 204 });
    await directory.makeUser('bob@example.com');
    const enabled = await hub.api('PATCH', `/webhook_endpoints/${id}`, { status: 'enabled' });
    expect(enabled.body['standing']).toMatchObject({
      state: 'enabled',
      disabled_reason: null,
      disabled_at: null,
    });
    const received = await sink.receives(2);
    const names = received.map(
      ({ body }) => (JSON.parse(body.toString()) as { data: Body }).data['username'],
    );
    expect(names).toEqual(['ada@example.com', 'bob@example.com']);
  });

  it('are tried again as their own schedule says, and an event that is skipped after it is told of', async () => {
    const { id } = await makeEndpoint(sink, {
      delivery: { retry: { delays_seconds: [1, 1] }, on_failure: { policy: 'park', after_attempts: 3 } },
    });
    await makeEndpoint(watch, { events: ['destination.delivery_skipped'] });
    sink.answers({ status: 422 });
    await directory.makeUser('ada@example.com');
    const [request] = await watch.receives(1, { withinInSeconds: 30 });
    expect(JSON.parse(request!.body.toString())).toMatchObject({
      event: 'destination.delivery_skipped',
      data: {
        id,
        reason: 'all 3 attempts failed',
        skipped: {
          event_id: String(sink.received[0]!.headers['webhook-id']),
          cause: 'UserCreated',
          directory_id: directory.id,
          attempts: 3,
          status: 422,
        },
      },
    });
    expect(sink.received).toHaveLength(3);
  }, 40_000);

  it('are nothing to software written for WorkOS: it gets directory events only, unless it names others', async () => {
    await makeEndpoint(sink, { delivery: { on_failure: { after_attempts: 1 } } });
    await makeEndpoint(watch, { events: ['*'] });
    sink.answers({ status: 422 });
    const { id } = await directory.makeUser('ada@example.com');
    await eventually(async () =>
      expect((await eventsNamed('destination.delivery_skipped')).body.data).toHaveLength(1),
    );
    await directory.scim('DELETE', `/Users/${id}`);
    const events = (await watch.receives(2)).map(
      ({ body }) => (JSON.parse(body.toString()) as { event: string }).event,
    );
    expect(events).toEqual(['dsync.user.created', 'dsync.user.deleted']);
    const all = await hub.api('GET', `/events?organization_id=${directory.organizationId}&limit=100`);
    expect(all.body.data.map((event) => String(event['event']).split('.')[0])).not.toContain('destination');
  });
});
