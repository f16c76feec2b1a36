/** What people can see of deliveries and decide about them, and what machines can measure: with a hub and a worker as they run. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';
import {
  eventually,
  freePort,
  freshDatabase,
  runProgram,
  Sink,
  type FreshDatabase,
  type RunningProgram,
} from '../support/index.js';

let database: FreshDatabase;
let hubProgram: RunningProgram;
let worker: RunningProgram;
let hub: TestHub;
let sink: Sink;
let collector: Sink;
let directory: TestDirectory;
let ports: { hub: number; worker: number };

const METRICS_TOKEN = 'a-token-for-scrapers';

beforeAll(async () => {
  database = await freshDatabase();
  collector = await Sink.open();
  collector.answers({ status: 200, body: '{}', headers: { 'content-type': 'application/json' } });
  const [port, hubMetrics, workerMetrics] = [await freePort(), await freePort(), await freePort()];
  ports = { hub: hubMetrics, worker: workerMetrics };
  const apiKey = `sk_${randomBytes(24).toString('hex')}`;
  const env = {
    DATABASE_URL: database.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
    ROLLCALL_METRICS_TOKEN: METRICS_TOKEN,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  hubProgram = runProgram('hub', { ...env, ROLLCALL_METRICS_PORT: String(ports.hub) });
  worker = runProgram('worker', {
    ...env,
    ROLLCALL_METRICS_PORT: String(ports.worker),
    ROLLCALL_WORKER_NAME: 'worker-a',
  });
  await Promise.all([hubProgram.ready, worker.ready]);
  hub = TestHub.at(`http://127.0.0.1:${port}`, apiKey);
}, 120_000);

afterAll(async () => {
  await hub.close();
  await Promise.all([hubProgram.stop(), worker.stop()]);
  await collector.close();
  await database.drop();
}, 90_000);

beforeEach(async () => {
  sink = await Sink.open();
  directory = await hub.connect({ type: 'okta scim v2.0' });
});
afterEach(() => sink.close());

async function makeEndpoint(): Promise<string> {
  const body = { endpoint_url: `${sink.url}/hook`, events: [], organization_id: directory.organizationId };
  return expected(201, await hub.api('POST', '/webhook_endpoints', body)).body.id;
}

const get = async (path: string): Promise<Body> => expected(200, await hub.api('GET', path)).body;
const attemptsOf = async (query: string): Promise<Body[]> => (await get(`/delivery_attempts?${query}`)).data;

/** Refuses every body that holds a text: a person's name, a type of event. */
function refusing(text: string): void {
  sink.answers(({ body }) =>
    body.toString().includes(text)
      ? { status: 400, body: 'no such tenant, token=abcdef123456' }
      : { status: 204 },
  );
}

const rename = async (id: string, name: string): Promise<HttpAnswer> =>
  expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', value: { displayName: name } }));

async function parkedOf(endpoint: string, count: number, query = ''): Promise<Body[]> {
  return eventually(
    async () => {
      const { data } = await get(`/destinations/${endpoint}/parked_deliveries${query}`);
      if (data.length !== count) throw new Error(`${data.length} of ${count} deliveries are parked`);
      return data;
    },
    { withinInSeconds: 30 },
  );
}

describe('"did they get it?"', () => {
  it('is answered by the attempts: of a destination, at an event, about a person', async () => {
    const endpoint = await makeEndpoint();
    const ada = await directory.makeUser('ada@example.com');
    await directory.makeUser('bob@example.com');
    await sink.receives(2, { withinInSeconds: 30 });
    const all = await eventually(async () => {
      const { data } = await get(`/destinations/${endpoint}/attempts?limit=50`);
      expect(data).toHaveLength(2);
      return data;
    });
    const [event] = await directory.events();
    const [mine] = await attemptsOf(`subject=${ada.id}`);
    expect(mine).toEqual({
      object: 'delivery_attempt',
      id: expect.stringMatching(/^attempt_[0-9A-Z]{26}$/),
      destination_id: endpoint,
      organization_id: directory.organizationId,
      directory_id: directory.id,
      event_id: event!.id,
      event_cause: 'UserCreated',
      position: expect.any(Number),
      request_id: event!.context.request_id,
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      kind: 'delivery',
      attempt: 1,
      batch_size: 1,
      started_at: expect.any(String),
      duration_in_milliseconds: expect.any(Number),
      outcome: 'delivered',
      status: 204,
      error: null,
      answer: null,
      worker: 'worker-a',
    });
    expect(await get(`/delivery_attempts/${mine!.id}`)).toEqual(mine);
    expect(await attemptsOf(`event=${event!.id}`)).toEqual([mine]);
    expect(await attemptsOf(`event=${event!.id}&subject=${ada.id}&destination=${endpoint}`)).toEqual([mine]);
    expect(await attemptsOf(`directory=${directory.id}&status=2xx&outcome=delivered`)).toHaveLength(2);
    expect(await attemptsOf(`organization_id=${directory.organizationId}&status=4xx`)).toEqual([]);
    expect(await attemptsOf('subject=directory_user_of_nobody')).toEqual([]);
    expect((await get(`/webhook_endpoints/${endpoint}/attempts`)).data).toEqual(all);
  });

  it('is answered for each destination of an event', async () => {
    refusing('ada@example.com');
    const endpoint = await makeEndpoint();
    const ada = await directory.makeUser('ada@example.com');
    await parkedOf(endpoint, 1);
    await rename(ada.id, 'Ada');
    await parkedOf(endpoint, 2);
    const [created, renamed] = await directory.events();
    const [first] = (await get(`/events/${created!.id}/deliveries`)).data;
    expect(first).toMatchObject({
      ...{
        object: 'event_delivery',
        destination_id: endpoint,
        protocol: 'webhook',
        destination_state: 'enabled',
      },
      ...{ state: 'waiting', last_outcome: 'refused', last_status: 400, delivered_at: null },
    });
    const [second] = (await get(`/events/${renamed!.id}/deliveries`)).data;
    expect(second).toMatchObject({ state: 'behind', attempts: 0 });
  }, 60_000);
});

describe('failed deliveries', () => {
  it('are listed, and go out at once when a person retries them', async () => {
    refusing('ada@example.com');
    const endpoint = await makeEndpoint();
    const ada = await directory.makeUser('ada@example.com');
    await rename(ada.id, 'Ada');
    const [behind, waiting] = await parkedOf(endpoint, 2);
    expect(waiting).toMatchObject({
      ...{ object: 'parked_delivery', state: 'waiting', event: 'dsync.user.created', cause: 'UserCreated' },
      ...{ subjects: [ada.id], last_outcome: { kind: 'refused', status: 400 }, behind_event_id: null },
      sequence: expect.any(Number),
      decision: null,
    });
    expect(behind).toMatchObject({ state: 'behind', behind_event_id: waiting!['event_id'], due_at: null });
    expect(await parkedOf(endpoint, 1, '?state=behind')).toEqual([behind]);
    const [attempt] = await attemptsOf(`destination=${endpoint}&status=4xx&limit=1`);
    expect(attempt).toMatchObject({ outcome: 'refused', answer: 'no such tenant, token=(redacted)' });

    const path = `/destinations/${endpoint}/parked_deliveries`;
    const refused = await hub.api('POST', `${path}/${String(behind!['event_id'])}/retry`);
    expect([refused.status, refused.body['code']]).toEqual([409, 'waits_behind_another']);
    // Refused still, so that only this request can have put it back.
    const retried = expected(
      200,
      await hub.api('POST', `${path}/${String(waiting!['event_id'])}/retry`),
    ).body;
    expect(retried).toMatchObject({
      ...{ state: 'waiting', attempts: 0 },
      decision: { action: 'retry', by: expect.stringMatching(/^api_key_/) },
    });
    sink.answers({ status: 204 });
    await hub.api('POST', `${path}/${String(waiting!['event_id'])}/retry`);
    await parkedOf(endpoint, 0);
  }, 90_000);

  it('are retried all together, once the receiver is mended', async () => {
    refusing('@example.com');
    const endpoint = await makeEndpoint();
    for (const name of ['ada', 'bob', 'eve']) await directory.makeUser(`${name}@example.com`);
    await parkedOf(endpoint, 3);
    const path = `/webhook_endpoints/${endpoint}/parked_deliveries/retry`;
    expect(expected(200, await hub.api('POST', path, {})).body).toMatchObject({ retried: 0, more: false });
    const wish = { states: ['waiting'], limit: 2 };
    expect(expected(200, await hub.api('POST', path, wish)).body).toMatchObject({ retried: 2, more: true });
    sink.answers({ status: 204 });
    expect(expected(200, await hub.api('POST', path, { ...wish, limit: 9 })).body).toMatchObject({
      more: false,
    });
    await parkedOf(endpoint, 0);
  }, 90_000);

  it('can be given up by a person, who has to mean it', async () => {
    refusing('"event":"dsync.user.created"');
    const endpoint = await makeEndpoint();
    const ada = await directory.makeUser('ada@example.com');
    await rename(ada.id, 'Ada');
    const [, waiting] = await parkedOf(endpoint, 2);
    const eventId = String(waiting!['event_id']);
    const path = `/destinations/${endpoint}/parked_deliveries/${eventId}/give_up`;
    const unconfirmed = await hub.api('POST', path, { confirm: 'yes' });
    expect([unconfirmed.status, unconfirmed.body['errors']]).toEqual([
      422,
      [{ field: 'confirm', code: 'not_confirmed', message: expect.stringContaining(eventId) }],
    ]);
    const body = { confirm: eventId, reason: 'was never ours' };
    expect(expected(200, await hub.api('POST', path, body)).body).toMatchObject({
      state: 'given_up',
      decision: { action: 'give_up', reason: 'was never ours' },
    });
    const again = await hub.api('POST', path, body);
    expect([again.status, again.body['code']]).toEqual([409, 'not_outstanding']);
    // What stood behind it is free.
    await eventually(async () => expect(await parkedOf(endpoint, 1)).toMatchObject([{ event_id: eventId }]), {
      withinInSeconds: 30,
    });
    expect(await parkedOf(endpoint, 1, '?state=given_up')).toMatchObject([{ event_id: eventId }]);
  }, 90_000);
});

describe('how a destination stands', () => {
  it('is shown with it, alone and in lists', async () => {
    const endpoint = await makeEndpoint();
    await directory.makeUser('ada@example.com');
    await sink.receives(1, { withinInSeconds: 30 });
    const [event] = await directory.events();
    const standing = {
      ...{
        idle: true,
        lag: { events: 0, at_least: false, seconds: 0 },
        breaker: 'closed',
        resting_until: null,
      },
      ...{ parked: { waiting: 0, behind: 0, given_up: 0, superseded: 0 }, consecutive_failures: 0 },
      last_delivered_at: expect.any(String),
      last_delivered_event_id: event!.id,
    };
    await eventually(async () =>
      expect(await get(`/webhook_endpoints/${endpoint}`)).toMatchObject({ standing }),
    );
    const { data } = await get('/webhook_endpoints?limit=100');
    expect(data.find(({ id }) => id === endpoint)).toMatchObject({ standing });
  });

  it('tells how far a paused one is behind', async () => {
    const settings = { endpoint_url: `${sink.url}/revoke` };
    const wish = { protocol: 'global-token-revocation', organization_id: directory.organizationId, settings };
    const { id } = expected(201, await hub.api('POST', '/destinations', wish)).body;
    expected(200, await hub.api('PATCH', `/destinations/${id}`, { state: 'paused' }));
    await directory.makeUser('ada@example.com');
    const { standing } = await get(`/destinations/${id}`);
    expect(standing).toMatchObject({ idle: false, lag: { events: expect.any(Number), at_least: false } });
  });
});

describe('what makes no sense', () => {
  const EVENT = 'event_01KE7M00000000000000000007';

  it.each([
    ['GET', '/delivery_attempts?status=teapot', undefined, 422, 'invalid_request_parameters'],
    ['GET', '/delivery_attempts?outcome=lost', undefined, 422, 'invalid_request_parameters'],
    ['GET', '/delivery_attempts?kind=guess', undefined, 422, 'invalid_request_parameters'],
    ['GET', '/delivery_attempts?limit=0', undefined, 422, 'invalid_request_parameters'],
    ['GET', '/delivery_attempts?range_start=yesterday', undefined, 422, 'invalid_request_parameters'],
    ['GET', '/delivery_attempts?order=random', undefined, 422, 'invalid_request_parameters'],
    ['GET', `/delivery_attempts?event=${EVENT}`, undefined, 422, 'invalid_request_parameters'],
    ['GET', '/delivery_attempts?after=attempt_x', undefined, 400, 'invalid_cursor'],
    ['GET', '/delivery_attempts?subject=%00', undefined, 422, 'invalid_request_parameters'],
    ['GET', '/delivery_attempts/attempt_01', undefined, 404, 'entity_not_found'],
    ['GET', '/destinations/we_none/attempts', undefined, 404, 'entity_not_found'],
    ['GET', `/events/${EVENT}/deliveries`, undefined, 404, 'entity_not_found'],
    ['GET', '/destinations/we_none/parked_deliveries', undefined, 404, 'entity_not_found'],
    ['GET', '/destinations/ID/parked_deliveries?state=lost', undefined, 422, 'invalid_request_parameters'],
    ['GET', '/destinations/ID/parked_deliveries?after=x', undefined, 400, 'invalid_cursor'],
    ['GET', `/destinations/ID/parked_deliveries/${EVENT}`, undefined, 404, 'entity_not_found'],
    ['POST', `/destinations/ID/parked_deliveries/${EVENT}/retry`, undefined, 404, 'entity_not_found'],
    [
      'POST',
      `/destinations/ID/parked_deliveries/${EVENT}/give_up`,
      { confirm: EVENT },
      404,
      'entity_not_found',
    ],
    ['POST', '/destinations/ID/parked_deliveries/x/give_up', {}, 422, 'invalid_request_parameters'],
    ['POST', '/destinations/ID/parked_deliveries/retry', { limit: 1_001 }, 422, 'invalid_request_parameters'],
    ['POST', '/destinations/ID/parked_deliveries/retry', { states: [] }, 422, 'invalid_request_parameters'],
    [
      'POST',
      '/destinations/ID/parked_deliveries/retry',
      { states: ['behind'] },
      422,
      'invalid_request_parameters',
    ],
    ['POST', '/destinations/ID/parked_deliveries/retry', { all: true }, 422, 'invalid_request_parameters'],
  ])('is refused in words: %s %s', async (method, path, body, status, code) => {
    const endpoint = await makeEndpoint();
    const answer = await hub.api(method, path.replace('ID', endpoint), body);
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ code })]);
    expect(String(answer.body['message']).length).toBeGreaterThan(10);
  });

  it('is refused without a key', async () => {
    for (const path of ['/delivery_attempts', '/destinations/x/parked_deliveries', '/events/x/deliveries'])
      expect((await hub.send({ method: 'GET', path })).status).toBe(401);
  });
});

describe('one change', () => {
  it('can be followed from the request to the receiver’s 200, in the log and in a trace', async () => {
    await makeEndpoint();
    const ada = await directory.makeUser('ada@example.com');
    const requestId = (await rename(ada.id, 'Ada')).headers['x-request-id'];
    await sink.receives(2, { withinInSeconds: 30 });
    const line = await eventually(() => {
      const found = worker
        .observations()
        .find((each) => each['event'] === 'delivery attempted' && each['requestId'] === requestId);
      if (!found) throw new Error('the attempt is not in the log');
      return found;
    });
    expect(line).toMatchObject({
      outcome: 'delivered',
      status: 204,
      attempt: 1,
      durationInMilliseconds: expect.any(Number),
    });
    // The line is said when the answer is heard; the row is written with the batch, a moment later.
    const attempt = await eventually(() => get(`/delivery_attempts/${String(line['attemptId'])}`));
    const spans = await eventually(
      () => {
        const mine = spansOf(collector).filter(({ traceId }) => traceId === attempt['trace_id']);
        expect(mine.map(({ name }) => name).sort()).toEqual(['append', 'attempt webhook', 'scim PATCH']);
        return Object.fromEntries(mine.map((span) => [span.name, span]));
      },
      { withinInSeconds: 30 },
    );
    const request = spans['scim PATCH']!;
    expect(spans['append']!.parentSpanId).toBe(request.spanId);
    expect(spans['attempt webhook']!.parentSpanId).toBe(request.spanId);
  }, 90_000);
});

describe('metrics', () => {
  async function scraped(port: number): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    });
    expect(answer.status).toBe(200);
    return answer.text();
  }
  const valueOf = (text: string, series: RegExp): number =>
    Number(
      text
        .split('\n')
        .find((line) => series.test(line))
        ?.split(' ')
        .at(-1) ?? NaN,
    );

  it('of the hub count requests and what is written', async () => {
    await directory.makeUser('ada@example.com');
    const text = await scraped(ports.hub);
    expect(
      valueOf(text, /^rollcall_http_requests_total\{api="scim",method="POST",status="2xx"\}/),
    ).toBeGreaterThan(0);
    expect(
      valueOf(text, /^rollcall_http_request_duration_seconds_count\{api="scim",method="POST"\}/),
    ).toBeGreaterThan(0);
    expect(valueOf(text, /^rollcall_transaction_commands_count/)).toBeGreaterThan(0);
    expect(
      valueOf(text, /^rollcall_database_connections\{program="hub",state="idle"\}/),
    ).toBeGreaterThanOrEqual(0);
  });

  it('of the worker measure the whole way to the receiver, and name nobody', async () => {
    const endpoint = await makeEndpoint();
    await directory.makeUser('ada@example.com');
    await sink.receives(1, { withinInSeconds: 30 });
    const text = await eventually(
      async () => {
        const now = await scraped(ports.worker);
        expect(valueOf(now, /^rollcall_delivery_lag_events\{protocol="webhook",urgency="soon"\}/)).toBe(0);
        expect(
          valueOf(now, /^rollcall_delivery_attempts_total\{protocol="webhook".*"2xx"\}/),
        ).toBeGreaterThan(0);
        return now;
      },
      { withinInSeconds: 30 },
    );
    for (const series of [
      /^rollcall_delivery_first_attempt_seconds_count\{protocol="webhook",urgency="soon"\}/,
      /^rollcall_delivery_delivered_seconds_count\{/,
      /^rollcall_delivery_attempt_duration_seconds_count\{/,
      /^rollcall_delivery_settle_duration_seconds_count/,
      /^rollcall_delivery_slices_total\{urgency="soon"\}/,
      /^rollcall_routed_events_total/,
      /^rollcall_destinations\{protocol="webhook",state="enabled",breaker="closed"\}/,
    ])
      expect([series.source, valueOf(text, series) > 0]).toEqual([series.source, true]);
    for (const series of [/^rollcall_queue_depth\{queue="errands-soon"\}/, /^rollcall_router_lag_events/])
      expect(valueOf(text, series)).toBeGreaterThanOrEqual(0);
    expect(text).not.toContain(endpoint);
    expect(text).not.toContain(directory.organizationId);
  }, 60_000);

  it('of the worker have what its thread for revocations does', async () => {
    const body = {
      protocol: 'global-token-revocation',
      organization_id: directory.organizationId,
      settings: { endpoint_url: `${sink.url}/revoke`, subject: { format: 'opaque', attribute: 'id' } },
    };
    expect((await hub.api('POST', '/destinations', body)).status).toBe(201);
    const { id } = await directory.makeUser('bea@example.com');
    await directory.patch(`/Users/${id}`, { op: 'replace', value: { active: false } });
    await sink.receives(1, { withinInSeconds: 30 });
    await eventually(
      async () => {
        const text = await scraped(ports.worker);
        for (const series of [
          /^rollcall_delivery_first_attempt_seconds_count\{protocol="global-token-revocation",urgency="now"\}/,
          /^rollcall_delivery_attempts_total\{protocol="global-token-revocation".*"2xx"\}/,
          /^rollcall_delivery_slices_total\{urgency="now"\}/,
          /^rollcall_database_connections\{program="fast-lane",state="idle"\}/,
        ])
          expect([series.source, valueOf(text, series) > 0]).toEqual([series.source, true]);
        expect(valueOf(text, /^rollcall_router_lag_events\{urgency="now"\}/)).toBe(0);
      },
      { withinInSeconds: 30 },
    );
  }, 60_000);

  it('are for those who show the token', async () => {
    expect((await fetch(`http://127.0.0.1:${ports.worker}/metrics`)).status).toBe(401);
  });
});

interface Sent {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
}

function spansOf({ received }: Sink): Sent[] {
  return received.flatMap(({ body }) => {
    const { resourceSpans } = JSON.parse(body.toString()) as {
      resourceSpans: { scopeSpans: { spans: Sent[] }[] }[];
    };
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  });
}
