/** What identity providers asked and what they were answered: kept for some days, found by people, without secrets. */
import { request as rawRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { admin, eventually, freshDatabase, type Admin, type FreshDatabase } from '../support/index.js';
import {
  expected,
  GROUP,
  PATCH_OP,
  TestDirectory,
  TestHub,
  USER,
  type Body,
  type HttpAnswer,
} from '../support/hub.js';

const BODY_LIMIT_IN_BYTES = 100_000;
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

let fresh: FreshDatabase;
let operator: Admin;
let hub: TestHub;
let directory: TestDirectory;
let ada: Body;

beforeAll(async () => {
  fresh = await freshDatabase();
  operator = await admin(fresh.url);
  hub = await TestHub.start({
    DATABASE_URL: fresh.url,
    ROLLCALL_SCIM_BODY_LIMIT_BYTES: String(BODY_LIMIT_IN_BYTES),
  });
  directory = await hub.connect({ type: 'azure scim v2.0' });
  ada = await directory.makeUser('ada@example.com', { externalId: 'a-1' });
}, 30_000);
afterAll(async () => {
  await hub.close();
  await operator.close();
  await fresh.drop();
});

const idOf = (answer: HttpAnswer): string => answer.headers['x-request-id']!;

/** The record of the request that was answered so; it is written a moment later. */
function recordOf(answer: HttpAnswer): Promise<Body> {
  return eventually(async () => expected(200, await hub.api('GET', `/scim_requests/${idOf(answer)}`)).body);
}

async function found(query: Record<string, string>): Promise<Body[]> {
  const path = `/scim_requests?${new URLSearchParams({ limit: '100', ...query })}`;
  return expected(200, await hub.api('GET', path)).body.data;
}

/** Waits for a request of ours behind which all earlier ones are written too. */
async function allWritten(): Promise<void> {
  await recordOf(await directory.scim('GET', '/ServiceProviderConfig'));
}

describe('a request that succeeded', () => {
  it('is kept with what was asked, what was answered, and how long it took', async () => {
    const body = { schemas: [USER], userName: 'grace@example.com', name: { familyName: 'Hopper' } };
    const answer = await directory.scim('POST', '/Users?attributes=userName', body, {
      'user-agent': 'Microsoft-Entra',
    });
    const { token_id: tokenId, ...record } = await recordOf(answer);
    expect(String(tokenId)).toMatch(/^(?:null|directory_token_[0-9A-Z]{26})$/);
    expect(record).toEqual({
      object: 'scim_request',
      id: idOf(answer),
      directory_id: directory.id,
      organization_id: directory.organizationId,
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      method: 'POST',
      path: `${directory.root}/Users?attributes=userName`,
      user_agent: 'Microsoft-Entra',
      outcome: 'succeeded',
      status: 201,
      scim_type: null,
      detail: null,
      duration_in_milliseconds: expect.any(Number),
      dialect: 'entra',
      quirks: [],
      ignored: [],
      unknown_members: [],
      body_bytes: JSON.stringify(body).length,
      event_count: 1,
      body,
      body_truncated: false,
      events: [{ id: expect.stringMatching(/^event_/), position: expect.any(Number) }],
    });
    expect(record['duration_in_milliseconds']).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(String(record['received_at'])) - Date.now())).toBeLessThan(60_000);
  });

  it('leads to its events, and each event leads back to it', async () => {
    const { headers } = expected(
      201,
      await directory.scim('POST', '/Groups', {
        schemas: [GROUP],
        displayName: 'Engineering',
        members: [{ value: ada.id }, { value: 'directory_user_01ARZ3NDEKTSV4RRFFQ69G5FAV' }],
      }),
    );
    const record = await recordOf({ headers } as HttpAnswer);
    const events = (await directory.events()).filter(
      ({ context }) => context.request_id === headers['x-request-id'],
    );
    expect(events.map(({ event }) => event)).toEqual(['dsync.group.created', 'dsync.group.user_added']);
    const linked = record['events'] as { id: string; position: number }[];
    expect(linked.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    expect(linked[1]!.position).toBe(linked[0]!.position + 1);
    expect(await hub.logPosition()).toBe(linked[1]!.position);
    expect(record).toMatchObject({
      event_count: 2,
      unknown_members: ['directory_user_01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    });
    for (const { context } of await directory.events())
      expect((await hub.api('GET', `/scim_requests/${context.request_id}`)).status).toBe(200);
  });

  it('that came together with others has its own events and no others', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `together-${index}@example.com`);
    const answers = await Promise.all(
      names.map((userName) => directory.scim('POST', '/Users', { schemas: [USER], userName })),
    );
    const events = await directory.events();
    for (const answer of answers) {
      const mine = events.filter(({ context }) => context.request_id === idOf(answer));
      expect(mine).toHaveLength(1);
      expect((await recordOf(answer))['events']).toMatchObject([{ id: mine[0]!.id }]);
    }
  });

  it('that changed nothing has no events', async () => {
    const answer = await directory.patch(`/Users/${ada.id}`, { op: 'replace', value: { active: true } });
    expect(await recordOf(answer)).toMatchObject({ status: 200, event_count: 0, events: [] });
  });

  it('tells the names that were ignored and the quirks of its dialect that took effect', async () => {
    const answer = await directory.patch(
      `/Users/${ada.id}`,
      { op: 'replace', path: 'id', value: null },
      { op: 'add', value: { shoeSize: 42, [`${ENTERPRISE}:shoeColour`]: 'red' } },
      { op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: '+1-555-0100' },
    );
    const { ignored, quirks } = await recordOf(expected(200, answer));
    expect(quirks).toEqual(
      expect.arrayContaining(['ignoresReadOnlyReset', 'createsTargetOfFilteredReplace']),
    );
    expect(ignored).toEqual(expect.arrayContaining(['shoeSize']));
  });

  it('is kept when it only asked for something, also for nothing that is there', async () => {
    const filter = encodeURIComponent('userName eq "nobody@example.com"');
    const answer = await directory.scim('GET', `/Users?filter=${filter}`);
    expect(await recordOf(answer)).toMatchObject({
      method: 'GET',
      path: `${directory.root}/Users?filter=${filter}`,
      status: 200,
      body: null,
      body_bytes: null,
    });
    expect(await recordOf(await directory.scim('GET', '/Schemas'))).toMatchObject({ status: 200 });
  });

  it('is kept however its path is written', async () => {
    const headers = { authorization: `Bearer ${directory.token}` };
    for (const path of ['//scim/v2/Users', '/%73cim/v2/Users', '/scim//v2/Users/?count=1']) {
      const answer = await hub.send({ method: 'GET', path, headers });
      expect(await recordOf(expected(200, answer))).toMatchObject({ path, directory_id: directory.id });
    }
  });

  it('is kept by its beginning when its body is large', async () => {
    const members = Array.from({ length: 900 }, () => ({ value: ada.id }));
    const body = { schemas: [GROUP], displayName: 'Large', members };
    const answer = expected(201, await directory.scim('POST', '/Groups', body));
    const record = await recordOf(answer);
    expect(record).toMatchObject({ body_truncated: true, body_bytes: JSON.stringify(body).length });
    expect(String(record['body'])).toHaveLength(16_384);
    expect(JSON.stringify(body).startsWith(String(record['body']))).toBe(true);
  });

  it('is kept although its body came in chunks, and although nobody waited for the answer', async () => {
    const { port } = new URL(hub.url);
    const path = `${directory.root}/Users`;
    const headers = { authorization: `Bearer ${directory.token}`, 'content-type': 'application/scim+json' };
    const body = JSON.stringify({ schemas: [USER], userName: 'impatient@example.com' });
    const sending = rawRequest({ port, path, method: 'POST', headers });
    const gone = new Promise((resolve) => sending.on('close', resolve).on('error', () => {}));
    // The request is read and understood, and waits for its turn to write, when the patience of its sender ends.
    const lock = [directory.id];
    await operator.rows('select pg_advisory_lock(hashtextextended($1, 8203))', lock);
    sending.write(body.slice(0, 10));
    sending.end(body.slice(10));
    await operator.waitingForLocks(1);
    sending.destroy();
    await gone;
    await operator.rows('select pg_advisory_unlock(hashtextextended($1, 8203))', lock);
    const events = await eventually(async () => {
      const [event] = (await directory.events()).filter(
        ({ data }) => data['username'] === 'impatient@example.com',
      );
      expect(event).toBeDefined();
      return event!;
    });
    await eventually(async () => {
      const record = await hub.api('GET', `/scim_requests/${events.context.request_id}`);
      expect(expected(200, record).body).toMatchObject({
        outcome: 'succeeded',
        status: 201,
        detail: 'The connection was closed before the answer was sent.',
        body_bytes: body.length,
        events: [{ id: events.id }],
      });
    });
  });
});

describe('a request that was refused', () => {
  const scim = (method: string, path: string, body?: unknown, headers = {}): Promise<HttpAnswer> =>
    directory.scim(method, path, body, headers);

  it.each<[string, () => Promise<HttpAnswer>, object]>([
    [
      'with a wrong value: 400',
      () => scim('POST', '/Users', { schemas: [USER], userName: 7e300, active: 'perhaps' }),
      { status: 400, scim_type: 'invalidValue' },
    ],
    [
      'with a wrong filter: 400',
      () => scim('GET', '/Users?filter=userName%20is%20%22a%22'),
      { status: 400, scim_type: 'invalidFilter' },
    ],
    [
      'with a wrong path: 400',
      () => directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'emails[', value: 'x' }),
      { status: 400, scim_type: 'invalidFilter' },
    ],
    [
      'with a body that is not JSON: 400, and nothing of the body',
      () => scim('POST', '/Users', '{"userName":"eve","password":'),
      { status: 400, scim_type: 'invalidSyntax', body: null, body_bytes: 29 },
    ],
    ['for a path that is no URL: 400', () => scim('GET', '/Users/%zz'), { status: 400 }],
    ['for a path that holds NUL: 400', () => scim('GET', '/Users/%00'), { status: 400 }],
    [
      'under the root of another directory: 401',
      () =>
        hub.send({
          method: 'GET',
          path: '/scim/v2/directory_01ARZ3NDEKTSV4RRFFQ69G5FAV/Users',
          headers: { authorization: `Bearer ${directory.token}` },
        }),
      { status: 401, directory_id: expect.stringMatching(/^directory_/) },
    ],
    ['for a person who is not there: 404', () => scim('GET', '/Users/nobody'), { status: 404 }],
    ['at a place where there is nothing: 404', () => scim('GET', '/Gadgets'), { status: 404 }],
    [
      'with a name that is taken: 409',
      () => scim('POST', '/Users', { schemas: [USER], userName: 'ADA@example.com' }),
      { status: 409, scim_type: 'uniqueness', detail: expect.stringContaining('directory_user_') },
    ],
    [
      'with a version that is not there any more: 412',
      () => scim('DELETE', `/Users/${ada.id}`, undefined, { 'if-match': 'W/"99"' }),
      { status: 412 },
    ],
    [
      'with a body that is too large: 413, by its size',
      () => scim('POST', '/Users', 'x'.repeat(BODY_LIMIT_IN_BYTES + 1)),
      { status: 413, body: null, body_bytes: BODY_LIMIT_IN_BYTES + 1 },
    ],
    ['for a path that is too long: 414', () => scim('GET', `/Users/${'x'.repeat(500)}`), { status: 414 }],
    [
      'with a body of another type: 415, and nothing of the body',
      () => scim('POST', '/Users', '<user/>', { 'content-type': 'application/xml' }),
      { status: 415, body: null, body_bytes: 7 },
    ],
  ])('%s', async (_how, ask, mark) => {
    const position = await hub.logPosition();
    const answer = await ask();
    const record = await recordOf(answer);
    const status = answer.status;
    expect(record).toMatchObject({ outcome: 'refused', status, event_count: 0, events: [], ...mark });
    expect(record).toMatchObject({ directory_id: directory.id, dialect: 'entra' });
    expect(record['detail']).toBe(answer.body.detail);
    expect(record['scim_type']).toBe(answer.body['scimType'] ?? null);
    expect(await hub.logPosition()).toBe(position);
  });

  it('by a stranger is not kept: nobody must be able to fill the log', async () => {
    const stranger = { authorization: 'Bearer scim_nobody', 'content-type': 'application/json' };
    const path = `${directory.root}/Users`;
    const answers = [
      await hub.send({ method: 'GET', path, headers: stranger }),
      await hub.send({ method: 'GET', path }),
      await hub.send({ method: 'POST', path, headers: stranger, body: '{' }),
      await hub.send({ method: 'POST', path, headers: stranger, body: 'x'.repeat(BODY_LIMIT_IN_BYTES + 1) }),
      await hub.send({ method: 'GET', path: '/scim/v2/Gadgets', headers: stranger }),
      await hub.send({ method: 'GET', path: '/scim/v2/%zz', headers: stranger }),
      await hub.api('GET', `${directory.root}/Users`),
    ];
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
    await allWritten();
    for (const answer of answers) {
      expect((await hub.api('GET', `/scim_requests/${idOf(answer)}`)).status).toBe(404);
      expect(await found({ request_id: idOf(answer) })).toEqual([]);
    }
  });
});

it('a request in the words of SCIM 1.1 leaves its record too', async () => {
  const PASSWORD = 'correct-horse-battery';
  const path = `/scim/v1/${directory.id}/Users`;
  const headers = { authorization: `Bearer ${directory.token}`, 'content-type': 'application/json' };
  const send = (body: object): Promise<HttpAnswer> => hub.send({ method: 'POST', path, headers, body });
  const person = { schemas: ['urn:scim:schemas:core:1.0'], userName: 'old@example.com', password: PASSWORD };
  const made = await recordOf(expected(201, await send(person)));
  expect(made).toMatchObject({
    path,
    status: 201,
    body: { ...person, password: '(redacted)' },
    event_count: 1,
  });
  const [event] = (await directory.events()).filter(({ context }) => context.request_id === made.id);
  expect(made['events']).toMatchObject([{ id: event!.id }]);
  const refused = await recordOf(expected(409, await send(person)));
  expect(refused).toMatchObject({ status: 409, detail: expect.stringContaining('userName is in use') });
});

it('a password, a token or a secret is in no row, wherever somebody put it', async () => {
  const PASSWORD = 'correct-horse-battery';
  const user = `/Users/${ada.id}`;
  const carried = (Operations: unknown, schemas = [PATCH_OP]): object => ({ schemas, Operations });
  const answers = [
    await directory.scim('POST', '/Users', {
      schemas: [USER],
      userName: 'pw@example.com',
      password: PASSWORD,
    }),
    await directory.scim('PUT', user, { schemas: [USER], userName: 'ada@example.com', PASSWORD }),
    await directory.patch(user, { op: 'replace', path: 'password', value: PASSWORD }),
    await directory.patch(user, { op: 'Add', path: `${USER}:password`, value: PASSWORD }),
    await directory.patch(user, {
      op: 'replace',
      value: { password: PASSWORD, [`${USER}:password`]: PASSWORD },
    }),
    await directory.patch(user, { op: 'replace', path: `password[value eq "${PASSWORD}"]`, value: 1 }),
    await directory.patch(user, {
      op: 'replace',
      path: 'password',
      value: { password: PASSWORD, n: [PASSWORD] },
    }),
    await directory.scim(
      'POST',
      '/Bulk',
      carried([{ method: 'POST', path: '/Users', data: { password: PASSWORD } }]),
    ),
    await directory.scim('GET', `/Users?filter=${encodeURIComponent(`password eq "${PASSWORD}"`)}`),
    await directory.scim('GET', `/Users?filter=${encodeURIComponent(`password eq ${PASSWORD}`)}`),
    await directory.scim('GET', `/Users?password=${PASSWORD}&access_token=${PASSWORD}`),
    await directory.scim('GET', `/Users?x=${directory.token}`),
    await directory.scim('GET', `/${directory.token}/${hub.apiKey}`),
    await directory.scim('POST', '/Users/.search', { filter: `password sw "${PASSWORD}"` }),
    await directory.scim('POST', '/Users', { userName: directory.token, title: `Bearer ${hub.apiKey}` }),
    await directory.scim('POST', '/Users', `{"password":"${PASSWORD}"`),
    await directory.scim('POST', '/Users', `password=${PASSWORD}`, { 'content-type': 'text/plain' }),
    await directory.scim('GET', '/Users', undefined, { 'user-agent': `curl ${directory.token}` }),
  ];
  for (const answer of answers) await recordOf(answer);
  const rows = await operator.rows<{ row: string }>('select scim_request::text as row from scim_request');
  expect(rows.length).toBeGreaterThan(answers.length);
  const secrets = [PASSWORD, directory.token, hub.apiKey];
  expect(rows.filter(({ row }) => secrets.some((secret) => row.includes(secret)))).toEqual([]);
  expect(rows.filter(({ row }) => row.includes('(redacted)')).length).toBeGreaterThan(10);
});

describe('people find requests', () => {
  let other: TestDirectory;

  beforeAll(async () => {
    other = await hub.connect({ type: 'okta scim v2.0' });
    await other.makeUser('olga@example.com');
    await other.scim('GET', '/Users/nobody');
    await recordOf(await other.scim('GET', '/Users'));
  });

  it('of a directory, newest first, without their bodies', async () => {
    const requests = await found({ directory_id: other.id });
    expect(requests.map((request) => [request['method'], request['status'], request['dialect']])).toEqual([
      ['GET', 200, 'okta'],
      ['GET', 404, 'okta'],
      ['POST', 201, 'okta'],
    ]);
    expect(requests[2]).not.toHaveProperty('body');
    const same = await hub.api('GET', `/directories/${other.id}/requests?limit=100`);
    expect(expected(200, same).body.data).toEqual(requests);
    expect((await hub.api('GET', '/directories/directory_nobody/requests')).status).toBe(404);
  });

  it.each<[Record<string, string>, number[]]>([
    [{ status: '4xx' }, [404]],
    [{ status: '201' }, [201]],
    [{ outcome: 'refused' }, [404]],
    [{ outcome: 'succeeded', order: 'asc' }, [201, 200]],
    [{ method: 'post' }, [201]],
    [{ path: 'users/NOBODY' }, [404]],
    [{ range_start: '2020-01-01T00:00:00Z', range_end: '2020-01-02T00:00:00Z' }, []],
    [{ range_start: '2020-01-01T00:00:00Z', limit: '1' }, [200]],
    [{ organization_id: 'org_nobody' }, []],
  ])('by %j', async (query, statuses) => {
    const requests = await found({ organization_id: other.organizationId, ...query });
    expect(requests.map((request) => request['status'])).toEqual(statuses);
  });

  it('page by page', async () => {
    const path = `/scim_requests?directory_id=${other.id}&limit=2`;
    const first = expected(200, await hub.api('GET', path)).body;
    const second = expected(200, await hub.api('GET', `${path}&after=${first.list_metadata.after}`)).body;
    expect([...first.data, ...second.data].map((request) => request['status'])).toEqual([200, 404, 201]);
    expect(second.list_metadata).toEqual({ before: second.data[0]!.id, after: null });
  });

  it.each([
    ['status=teapot', 'status'],
    ['outcome=bad', 'outcome'],
    ['range_start=yesterday', 'range_start'],
    ['limit=0', 'limit'],
  ])('unless they ask for %s: 422', async (query, field) => {
    const answer = await hub.api('GET', `/scim_requests?${query}`);
    expect([answer.status, answer.body['errors']]).toMatchObject([422, [{ field }]]);
  });

  it('and nobody else does', async () => {
    for (const path of ['/scim_requests', `/directories/${other.id}/requests`, '/scim_requests/req_1'])
      expect((await hub.send({ method: 'GET', path })).status).toBe(401);
    const headers = { authorization: `Bearer ${other.token}` };
    expect((await hub.send({ method: 'GET', path: '/scim_requests', headers })).status).toBe(401);
  });

  it('by the id of what was no request of an identity provider: 404', async () => {
    const [activated] = await hub.events(other.organizationId);
    for (const id of [activated!.context.request_id, 'start', '%00']) {
      const answer = await hub.api('GET', `/scim_requests/${id}`);
      expect([400, 404]).toContain(answer.status);
    }
  });

  it('that a directory made before it was deleted', async () => {
    const gone = await hub.connect();
    const answer = await gone.scim('GET', '/Users');
    await recordOf(answer);
    await hub.api('DELETE', `/directories/${gone.id}`);
    expect((await found({ directory_id: gone.id })).map(({ id }) => id)).toEqual([idOf(answer)]);
  });
});

it('each request is in the partition of its day', async () => {
  const rows = await operator.rows<{ place: string; day: string }>(
    `select distinct tableoid::regclass::text as place, to_char(received_at at time zone 'UTC', 'YYYYMMDD') as day
       from scim_request`,
  );
  for (const { place, day } of rows) expect(place).toBe(`scim_request_${day}`);
});

it('a hub writes what it still knows when it is stopped', async () => {
  const database = await freshDatabase();
  const short = await TestHub.start({ DATABASE_URL: database.url });
  const own = await short.connect();
  const answers = await Promise.all(Array.from({ length: 30 }, () => own.scim('GET', '/Users')));
  await short.close();
  const looking = await admin(database.url);
  const rows = await looking.rows<{ id: string }>('select id from scim_request order by id');
  expect(rows.map(({ id }) => id)).toEqual(answers.map(idOf).sort());
  await looking.close();
  await database.drop();
}, 30_000);

it('a hub that is told to keep 0 days keeps nothing', async () => {
  const database = await freshDatabase();
  const silent = await TestHub.start({ DATABASE_URL: database.url, ROLLCALL_REQUEST_LOG_DAYS: '0' });
  const own = await silent.connect();
  const person = await own.makeUser('ada@example.com');
  expected(200, await own.scim('GET', `/Users/${person.id}`));
  expect((await own.scim('POST', '/Users', '{')).status).toBe(400);
  expect(expected(200, await silent.api('GET', '/scim_requests')).body.data).toEqual([]);
  const [event] = await own.events();
  expect((await silent.api('GET', `/scim_requests/${event!.context.request_id}`)).status).toBe(404);
  await silent.close();
  const looking = await admin(database.url);
  expect(await looking.rows('select from scim_request')).toEqual([]);
  await looking.close();
  await database.drop();
}, 30_000);
