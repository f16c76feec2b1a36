/** Telling a destination again: ranges, snapshots, starting points, rewinding and tests, from the request to what arrives. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';
import {
  eventually,
  freePort,
  freshDatabase,
  runProgram,
  Sink,
  type FreshDatabase,
  type ReceivedRequest,
  type RunningProgram,
} from '../support/index.js';

interface Arrived {
  id: string;
  event: string;
  data: { [name: string]: unknown; id?: string; user?: { id: string }; group?: { id: string } };
  context: { sequence: number; snapshot?: true; test?: true };
}

let database: FreshDatabase;
let rows: pg.Client;
let hub: TestHub;
let hubProgram: RunningProgram;
let worker: RunningProgram;
let env: Record<string, string>;
let sink: Sink;
let directory: TestDirectory;

beforeAll(async () => {
  database = await freshDatabase();
  rows = new pg.Client({ connectionString: database.url });
  await rows.connect();
  const port = await freePort();
  const apiKey = `sk_${randomBytes(24).toString('hex')}`;
  env = {
    DATABASE_URL: database.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
  };
  hubProgram = runProgram('hub', env);
  worker = runProgram('worker', env);
  await Promise.all([hubProgram.ready, worker.ready]);
  hub = TestHub.at(`http://127.0.0.1:${port}`, apiKey);
}, 60_000);

afterAll(async () => {
  await hub.close();
  await Promise.all([hubProgram.stop(), worker.stop()]);
  await rows.end();
  await database.drop();
}, 60_000);

beforeEach(async () => {
  sink = await Sink.open();
  directory = await hub.connect({ type: 'okta scim v2.0' });
});

afterEach(async () => {
  await rows.query('delete from destination');
  await sink.close();
});

const arrived = (request: ReceivedRequest): Arrived => JSON.parse(request.body.toString()) as Arrived;
const ids = (requests: readonly ReceivedRequest[] = sink.received): string[] =>
  requests.map((request) => arrived(request).id);
const post = (path: string, body?: unknown): Promise<HttpAnswer> => hub.api('POST', path, body);

async function makeEndpoint(more: object = {}): Promise<Body> {
  const body = {
    endpoint_url: `${sink.url}/hook`,
    events: [],
    organization_id: directory.organizationId,
    ...more,
  };
  return expected(201, await post('/webhook_endpoints', body)).body;
}

async function makeRevocation(more: object = {}): Promise<Body> {
  const body = {
    protocol: 'global-token-revocation',
    organization_id: directory.organizationId,
    settings: { endpoint_url: `${sink.url}/revoke` },
    ...more,
  };
  return expected(201, await post('/destinations', body)).body;
}

/** Events of 400 people who were changed, written into the log itself: a request for each would take minutes. */
async function manyEvents(count: number): Promise<void> {
  await directory.makeUser('many@example.com');
  const sql = `
    with last as (
      select * from event where directory_id = $1 and type = 'UserCreated' order by position desc limit 1
    ), head as (update log_head set position = position + $2::bigint returning position
    ), moved as (update directory_head set sequence = sequence + $2::bigint where directory_id = $1 returning sequence
    ), person as (
      select n, left(last.subjects[1], -4) || lpad((n % 400)::text, 4, '0') as id from last, generate_series(1, $2::bigint) as n
    )
    insert into event (position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id,
                       occurred_at, digest)
    select head.position - $2::bigint + n, last.directory_id, last.organization_id, moved.sequence - $2::bigint + n,
           'UserProfileChanged', array[person.id], replace(last.data::text, last.subjects[1], person.id)::json,
           '{"displayName": "Before"}', last.request_id, last.occurred_at, last.digest
      from last, head, moved, person`;
  await rows.query(sql, [directory.id, count]);
}

const replayOf = async (endpoint: Body, id: string): Promise<Body> =>
  expected(200, await hub.api('GET', `/destinations/${endpoint.id}/replays/${id}`)).body;

describe('a replay', () => {
  it('is counted first, then told again in order with the same ids, and its progress can be read', async () => {
    const endpoint = await makeEndpoint();
    const ada = await directory.makeUser('ada@example.com');
    await directory.patch(`/Users/${ada.id}`, { op: 'replace', value: { title: 'Countess' } });
    const bea = await directory.makeUser('bea@example.com');
    await sink.receives(3);
    const events = await directory.events();
    await eventually(async () => {
      const { body } = await post(`/destinations/${endpoint.id}/replays`, {
        everything: true,
        dry_run: true,
      });
      expect(body['total']).toBe(4);
    });
    const first = ids();
    sink.received.length = 0;
    const selection = { after: events[0]!.id, subject_ids: [ada.id, bea.id] };
    const dry = expected(
      200,
      await post(`/webhook_endpoints/${endpoint.id}/replays`, { ...selection, dry_run: true }),
    );
    expect(dry.body).toMatchObject({
      object: 'replay_dry_run',
      kind: 'replay',
      selection,
      total: 2,
      complete: true,
      by_type: { 'dsync.user.updated': 1, 'dsync.user.created': 1 },
      by_directory: [{ directory_id: directory.id, total: 2 }],
      first: { event_id: events[1]!.id },
      last: { event_id: events[2]!.id },
    });
    expect(sink.received).toEqual([]);
    const made = expected(201, await post(`/webhook_endpoints/${endpoint.id}/replays`, selection)).body;
    expect(made).toMatchObject({ object: 'replay', kind: 'replay', total: 2, after: events[0]!.id });
    await sink.receives(2);
    expect(ids().sort()).toEqual(first.filter((id) => id !== events[0]!.id).sort());
    for (const { headers, body } of sink.received) {
      expect(headers['rollcall-replay']).toBe(made.id);
      new Webhook(endpoint['secret'] as string).verify(body.toString(), headers as Record<string, string>);
    }
    await eventually(async () =>
      expect(await replayOf(endpoint, made.id)).toMatchObject({
        state: 'done',
        sent: 2,
        failed: 0,
        skipped: 0,
        remaining: 0,
        percent: 100,
        position: events[2]!.id,
      }),
    );
    const listed = expected(200, await hub.api('GET', `/destinations/${endpoint.id}/replays`)).body;
    expect(listed).toMatchObject({ object: 'list', data: [{ id: made.id }] });
  });

  it('of one event tells it once more', async () => {
    const endpoint = await makeEndpoint();
    await directory.makeUser('ada@example.com');
    await sink.receives(1);
    const [event] = await directory.events();
    const made = expected(
      201,
      await post(`/destinations/${endpoint.id}/replays`, { event_ids: [event!.id] }),
    ).body;
    await sink.receives(2);
    const [first, second] = sink.received.map(arrived);
    // The chain of a replay is its own: this one has nothing before it.
    expect(second).toEqual({ ...first, context: { ...first!.context, previous_sequence: null } });
    expect(sink.received[1]!.headers['rollcall-replay']).toBe(made.id);
  });

  it('that is long can be watched, stopped and resumed, survives a killed worker, and has no hole', async () => {
    const endpoint = await makeEndpoint({ start_from: 'beginning' });
    await manyEvents(1_500);
    await sink.receives(1_502, { withinInSeconds: 60 });
    const all = await hub.events(directory.organizationId);
    sink.received.length = 0;
    sink.answers({ status: 204, delayInMilliseconds: 5 });

    const made = await eventually(async () => {
      const dry = await post(`/destinations/${endpoint.id}/replays`, { everything: true, dry_run: true });
      expect(dry.body['total']).toBe(all.length);
      return expected(
        201,
        await post(`/destinations/${endpoint.id}/replays`, { everything: true, max_per_second: 400 }),
      ).body;
    });
    expect(made['total']).toBe(all.length);
    expect((await post(`/destinations/${endpoint.id}/replays`, { everything: true })).body['code']).toBe(
      'replay_running',
    );
    await sink.receives(100, { withinInSeconds: 30 });
    await eventually(async () => {
      const { sent, percent, remaining, state } = await replayOf(endpoint, made.id);
      expect(state).toBe('running');
      expect(sent as number).toBeGreaterThan(0);
      expect(percent as number).toBeGreaterThan(0);
      expect((remaining as number) + (sent as number)).toBe(all.length);
    });
    await worker.kill9();
    worker = runProgram('worker', env);
    await worker.ready;
    const atTheCrash = sink.received.length;
    await sink.receives(atTheCrash + 100, { withinInSeconds: 60 });

    const stopped = expected(200, await post(`/destinations/${endpoint.id}/replays/${made.id}/stop`)).body;
    expect(stopped['state']).toBe('stopped');
    // What was under way when it was stopped has ended when the count stands still and nothing is being sent.
    await eventually(async () => {
      const { rows: held } = await rows.query('select from delivery_state where lease_token is not null');
      expect(held).toEqual([]);
    });
    const { sent } = await replayOf(endpoint, made.id);
    expect(sent as number).toBeLessThan(all.length);
    const quiet = sink.received.length;
    expect(quiet).toBeLessThan(all.length);
    expected(200, await post(`/destinations/${endpoint.id}/replays/${made.id}/resume`));
    await eventually(async () => expect((await replayOf(endpoint, made.id))['state']).toBe('done'), {
      withinInSeconds: 60,
    });
    const again = new Set(ids());
    expect(all.filter(({ id }) => !again.has(id))).toEqual([]);
    expect(await replayOf(endpoint, made.id)).toMatchObject({ sent: all.length, failed: 0, skipped: 0 });
    expect(disordered(sink.received.map(arrived))).toEqual([]);
    expect((await post(`/destinations/${endpoint.id}/replays/${made.id}/resume`)).body['code']).toBe(
      'replay_done',
    );
  }, 240_000);
});

/** First deliveries that came after the first delivery of a later event about the same person. */
function disordered(events: Arrived[]): string[] {
  const last = new Map<string, number>();
  const seen = new Set<string>();
  return events.flatMap(({ id, data, context }) => {
    if (seen.has(id)) return [];
    seen.add(id);
    const before = last.get(data.id!) ?? 0;
    last.set(data.id!, Math.max(before, context.sequence));
    return context.sequence < before ? [id] : [];
  });
}

describe('a new destination', () => {
  it('may begin at the beginning, after an event, or now', async () => {
    await directory.makeUser('ada@example.com');
    await directory.makeUser('bea@example.com');
    const events = await hub.events(directory.organizationId);
    await makeEndpoint({ start_from: 'beginning' });
    await sink.receives(3);
    expect(ids().sort()).toEqual(events.map(({ id }) => id).sort());
    sink.received.length = 0;
    await makeEndpoint({ start_from: { after: events[1]!.id }, endpoint_url: `${sink.url}/other` });
    await sink.receives(1);
    expect(ids()).toEqual([events[2]!.id]);
  });

  it('may begin with a snapshot: everything that is there, and then every change after exactly that', async () => {
    const ada = await directory.makeUser('ada@example.com');
    const gone = await directory.makeUser('gone@example.com');
    const group = await directory.makeGroup('All', [ada.id, gone.id]);
    await directory.patch(`/Users/${ada.id}`, { op: 'replace', value: { title: 'Countess' } });
    await directory.scim('DELETE', `/Users/${gone.id}`);
    const endpoint = await makeEndpoint({ start_from: 'snapshot' });
    const bea = await directory.makeUser('bea@example.com');
    await sink.receives(5);
    const told = sink.received.map(arrived);
    const facts = told.map(({ event, data, context }) => [
      event,
      data.id ?? data.user?.id,
      context.snapshot ?? false,
    ]);
    expect(facts.slice(0, 4)).toEqual(
      expect.arrayContaining([
        ['dsync.activated', directory.id, true],
        ['dsync.user.created', ada.id, true],
        ['dsync.group.created', group.id, true],
        ['dsync.group.user_added', ada.id, true],
      ]),
    );
    expect(facts[4]).toEqual(['dsync.user.created', bea.id, false]);
    expect(told.find(({ data }) => data.id === ada.id)!.data['job_title']).toBe('Countess');
    expect(told.find(({ data }) => data.user)!.data.user).toMatchObject({ job_title: 'Countess' });
    await eventually(async () =>
      expect(await replayOf(endpoint, endpoint['replay_id'] as string)).toMatchObject({
        kind: 'snapshot',
        state: 'done',
        total: 4,
        sent: 4,
      }),
    );
  });
});

describe('an endpoint that lost what it was told', () => {
  it('is told how everything is once more, by a snapshot', async () => {
    const endpoint = await makeEndpoint();
    const ada = await directory.makeUser('ada@example.com');
    await directory.patch(`/Users/${ada.id}`, { op: 'replace', value: { title: 'Countess' } });
    await sink.receives(2);
    sink.received.length = 0;
    const made = expected(201, await post(`/destinations/${endpoint.id}/replays`, { snapshot: true })).body;
    await sink.receives(1);
    await eventually(async () => expect(await replayOf(endpoint, made.id)).toMatchObject({ state: 'done' }));
    const bea = await directory.makeUser('bea@example.com');
    await eventually(() => {
      const last = arrived(sink.received.at(-1)!);
      expect([last.data.id, last.context.snapshot]).toEqual([bea.id, undefined]);
    });
    const person = sink.received.map(arrived).find(({ data }) => data.id === ada.id)!;
    expect(person).toMatchObject({ event: 'dsync.user.created', data: { job_title: 'Countess' } });
  });

  it('is told everything again as if for the first time, by rewinding', async () => {
    const endpoint = await makeEndpoint({ start_from: 'beginning' });
    await directory.makeUser('ada@example.com');
    await directory.makeUser('bea@example.com');
    await sink.receives(3);
    const events = await hub.events(directory.organizationId);
    const rewind = (body: object): Promise<HttpAnswer> => post(`/destinations/${endpoint.id}/rewind`, body);
    await eventually(async () => {
      const dry = expected(200, await rewind({ after: 'beginning', dry_run: true }));
      expect(dry.body).toMatchObject({ object: 'rewind_dry_run', total: 3 });
    });
    sink.received.length = 0;
    expect(expected(200, await rewind({ after: events[0]!.id })).body).toMatchObject({ object: 'rewind' });
    await sink.receives(2);
    expect(ids().sort()).toEqual([events[1]!.id, events[2]!.id].sort());
    expect(sink.received.map(({ headers }) => headers['rollcall-replay'])).toEqual([undefined, undefined]);
    await eventually(async () =>
      expect((await rewind({ after: events[2]!.id })).body).toMatchObject({
        code: 'invalid_request_parameters',
        errors: [{ field: 'after', code: 'not_told_yet' }],
      }),
    );
  });
});

describe('a test of an endpoint', () => {
  it('is sent by a worker, signed and marked, and answered with what came of it', async () => {
    const endpoint = await makeEndpoint();
    await hub.api('PATCH', `/destinations/${endpoint.id}`, { state: 'paused' });
    sink.answers({ status: 202, body: 'heard' });
    const { status, body } = await post(`/webhook_endpoints/${endpoint.id}/test`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'destination_test',
      event_type: 'webhook.test',
      state: 'done',
      delivered: true,
      status: 202,
      answer: 'heard',
    });
    const [request] = sink.received;
    const signed = new Webhook(endpoint['secret'] as string).verify(
      request!.body.toString(),
      request!.headers as Record<string, string>,
    );
    expect(signed).toMatchObject({ id: body.id, event: 'webhook.test', context: { test: true } });
    expect(request!.headers['webhook-id']).toBe(body.id);
    expect(expected(200, await hub.api('GET', `/destinations/${endpoint.id}/test/${body.id}`)).body).toEqual(
      body,
    );
  });

  it('may be an example of a type, about nobody', async () => {
    const endpoint = await makeEndpoint();
    sink.answers({ status: 500 });
    const { body } = await post(`/destinations/${endpoint.id}/test`, { event_type: 'dsync.user.created' });
    expect(body).toMatchObject({ state: 'done', delivered: false, outcome: 'refused', status: 500 });
    expect(arrived(sink.received[0]!)).toMatchObject({
      event: 'dsync.user.created',
      data: { id: 'directory_user_test' },
      context: { test: true },
    });
    expect(sink.received.length).toBe(1);
  });

  it('is refused where it would end somebody’s sessions', async () => {
    const { id } = await makeRevocation();
    expect(await post(`/destinations/${id}/test`)).toMatchObject({
      status: 422,
      body: { code: 'not_testable' },
    });
  });
});

describe('what cannot be meant', () => {
  const unknown = 'event_00000000000000000000000000';
  it.each<[string, object, string, string]>([
    ['no bound', {}, 'after', 'required'],
    ['only a filter', { event_types: ['dsync.user.created'] }, 'after', 'required'],
    ['a bound that is null', { after: null }, 'after', 'required'],
    ['everything: false', { everything: false }, 'everything', 'invalid_equals'],
    ['everything and a bound', { everything: true, from_time: '2026-01-01' }, 'from_time', 'contradiction'],
    ['named events and everything', { event_ids: [unknown], everything: true }, 'event_ids', 'contradiction'],
    [
      'a snapshot of some directories',
      { snapshot: true, directory_ids: ['*x'] },
      'snapshot',
      'contradiction',
    ],
    ['no event at all', { event_ids: [] }, 'event_ids', 'invalid_array_not_empty'],
    ['an id that was never given out', { after: unknown }, 'after', 'unknown_event'],
    ['an id of something else', { until: 'org_1' }, 'until', 'unknown_event'],
    ['a name among the events', { event_ids: ['x'] }, 'event_ids', 'unknown_event'],
    ['a time that is none', { from_time: 'yesterday' }, 'from_time', 'invalid_is_iso8601'],
    [
      'times the wrong way round',
      { from_time: '2026-02-01', to_time: '2026-01-01' },
      'to_time',
      'invalid_range',
    ],
    [
      'a type that there is not',
      { everything: true, event_types: ['dsync.user.born'] },
      'event_types',
      'unknown_event_type',
    ],
    [
      'a directory that there is not',
      { everything: true, directory_ids: ['directory_1'] },
      'directory_ids',
      'unknown_name',
    ],
    [
      'another organization',
      { everything: true, organization_ids: ['org_1'] },
      'organization_ids',
      'unknown_name',
    ],
    ['a person’s name', { everything: true, subject_ids: ['ada'] }, 'subject_ids', 'unknown_name'],
    ['no speed', { everything: true, max_per_second: 0 }, 'max_per_second', 'invalid_min'],
    ['a field that there is not', { everything: true, faster: true }, 'faster', 'unknown_field'],
  ])('%s is refused, and nothing is begun', async (_, body, field, code) => {
    const { id } = await makeEndpoint();
    const answer = await post(`/destinations/${id}/replays`, body);
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: expect.arrayContaining([expect.objectContaining({ field, code })]) },
    });
    expect((await hub.api('GET', `/destinations/${id}/replays`)).body.data).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a word that there is not', 'yesterday'],
    ['an id without its name', unknown],
    ['an unknown event', { after: unknown }],
    ['more than one member', { after: unknown, before: unknown }],
    ['a list', ['now']],
  ])('a start from %s is refused, and no endpoint is made', async (_, start_from) => {
    const body = { endpoint_url: `${sink.url}/none`, events: [], start_from };
    expect((await post('/webhook_endpoints', body)).status).toBe(422);
    const { rows: made } = await rows.query(
      `select from destination where settings ->> 'endpoint_url' like '%/none'`,
    );
    expect(made).toEqual([]);
  });

  it('a snapshot for what ends sessions is refused with what to do instead', async () => {
    const { id } = await makeRevocation();
    const answer = await post(`/destinations/${id}/replays`, { snapshot: true });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'snapshot', code: 'not_supported' }] },
    });
    const body = {
      protocol: 'global-token-revocation',
      settings: { endpoint_url: `${sink.url}/two` },
      start_from: 'snapshot',
    };
    const made = await post('/destinations', body);
    expect(made).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'start_from', code: 'not_supported' }] },
    });
  });

  it('a destination, replay or test that there is not is not found', async () => {
    const { id } = await makeEndpoint();
    const answers = await Promise.all([
      post('/destinations/we_1/replays', { everything: true }),
      hub.api('GET', `/destinations/${id}/replays/replay_1`),
      post(`/destinations/${id}/replays/replay_1/stop`),
      post(`/destinations/${id}/replays/replay_1/resume`),
      post('/destinations/we_1/rewind', { after: 'beginning' }),
      post('/destinations/we_1/test'),
      hub.api('GET', `/destinations/${id}/test/test_1`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(404));
  });
});
