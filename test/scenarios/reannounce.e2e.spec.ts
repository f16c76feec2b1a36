/** One destination is told again how a directory is: all of it, a kind, or the few things that a comparison found. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
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

interface Arrived {
  id: string;
  event: string;
  data: { id: string; user?: { id: string }; group?: { id: string } };
  context: { snapshot?: true };
}

let database: FreshDatabase;
let rows: pg.Client;
let hub: TestHub;
let programs: RunningProgram[];
let sink: Sink;
let other: Sink;
let directory: TestDirectory;

beforeAll(async () => {
  database = await freshDatabase();
  rows = new pg.Client({ connectionString: database.url });
  await rows.connect();
  const port = await freePort();
  const apiKey = `sk_${randomBytes(24).toString('hex')}`;
  const env = {
    DATABASE_URL: database.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
  };
  programs = [runProgram('hub', env), runProgram('worker', env)];
  await Promise.all(programs.map(({ ready }) => ready));
  hub = TestHub.at(`http://127.0.0.1:${port}`, apiKey);
}, 120_000);

afterAll(async () => {
  await hub.close();
  await Promise.all(programs.map((program) => program.stop()));
  await rows.end();
  await database.drop();
}, 60_000);

beforeEach(async () => {
  [sink, other] = [await Sink.open(), await Sink.open()];
  directory = await hub.connect();
});

afterEach(async () => {
  await rows.query('delete from destination');
  await Promise.all([sink.close(), other.close()]);
});

async function endpoint(
  to: Sink,
  { at = '/hook', ...more }: { [name: string]: unknown; at?: string } = {},
): Promise<Body> {
  const body = {
    endpoint_url: `${to.url}${at}`,
    events: [],
    organization_id: directory.organizationId,
    ...more,
  };
  return expected(201, await hub.api('POST', '/webhook_endpoints', body)).body;
}

const reannounce = (body: object, id = directory.id): Promise<HttpAnswer> =>
  hub.api('POST', `/directories/${id}/reannounce`, body);

const arrived = (): Arrived[] => sink.received.map((each) => JSON.parse(each.body.toString()) as Arrived);

/** Waits until the replay is done, and says what came of it. */
async function told(destination: Body, body: object): Promise<string[]> {
  sink.received.length = 0;
  const wish = { destination_id: destination.id, ...body };
  const replay = expected(201, await reannounce(wish)).body;
  expect(replay).toMatchObject({ object: 'replay', kind: 'snapshot', destination_id: destination.id });
  await eventually(
    async () => {
      const path = `/destinations/${destination.id}/replays/${replay.id}`;
      expect((await hub.api('GET', path)).body).toMatchObject({ state: 'done', percent: 100 });
    },
    { withinInSeconds: 30 },
  );
  expect(arrived().map(({ context }) => context.snapshot)).toEqual(arrived().map(() => true));
  return arrived().map(({ event, data }) => {
    const { id, user, group } = data;
    return user && group ? `${event} ${group.id} ${user.id}` : `${event} ${id}`;
  });
}

describe('POST /directories/{id}/reannounce', () => {
  it('tells one destination all of one directory, or a part of it, and nobody else anything', async () => {
    const second = await hub.connect({ organizationId: directory.organizationId });
    const [ada, bea] = [await directory.makeUser('ada'), await directory.makeUser('bea')];
    await second.makeUser('cyd');
    const group = await directory.makeGroup('Engineers', [ada.id, bea.id]);
    const joined = (user: Body): string => `dsync.group.user_added ${group.id} ${user.id}`;
    const [lost, fine] = [await endpoint(sink), await endpoint(other)];
    expect(fine.id).not.toBe(lost.id);

    const everybody = [`dsync.user.created ${ada.id}`, `dsync.user.created ${bea.id}`];
    const all = [
      `dsync.activated ${directory.id}`,
      ...everybody,
      `dsync.group.created ${group.id}`,
      joined(ada),
      joined(bea),
    ];
    expect((await told(lost, {})).sort()).toEqual(all.sort());
    expect((await told(lost, { kinds: ['users'] })).sort()).toEqual(everybody);
    expect((await told(lost, { kinds: ['groups', 'memberships'] })).sort()).toEqual(
      [`dsync.group.created ${group.id}`, joined(ada), joined(bea)].sort(),
    );
    expect(await told(lost, { ids: [bea.id] })).toEqual([`dsync.user.created ${bea.id}`, joined(bea)]);
    expect(await told(lost, { ids: [bea.id], kinds: ['users'] })).toEqual([`dsync.user.created ${bea.id}`]);
    expect(other.received).toEqual([]);
  }, 120_000);

  it('refuses what it cannot do, and tells nobody anything', async () => {
    const ada = await directory.makeUser('ada');
    const stranger = await hub.connect();
    const eve = await stranger.makeUser('eve');
    const here = await endpoint(sink);
    const elsewhere = await endpoint(sink, { at: '/elsewhere', organization_id: stranger.organizationId });
    const filtered = await endpoint(sink, { at: '/filtered', filter: { directory_ids: [] } });
    const revocation = expected(
      201,
      await hub.api('POST', '/destinations', {
        protocol: 'global-token-revocation',
        organization_id: directory.organizationId,
        settings: { endpoint_url: `${sink.url}/revoke` },
      }),
    ).body;
    const to = (destination: Body, more: object = {}): object => ({
      destination_id: destination.id,
      ...more,
    });
    const cases: [object, number, string, string][] = [
      [{}, 422, 'destination_id', 'required'],
      [{ destination_id: 'we_x' }, 404, '', ''],
      [to(here, { colour: 'red' }), 422, 'colour', 'unknown_field'],
      [to(here, { kinds: [] }), 422, 'kinds', 'invalid_array_not_empty'],
      [to(here, { kinds: ['people'] }), 422, 'kinds', 'invalid_is_in'],
      [to(here, { ids: [] }), 422, 'ids', 'invalid_array_not_empty'],
      [to(here, { ids: Array(1_001).fill(ada.id) }), 422, 'ids', 'invalid_array_max_size'],
      [to(here, { ids: [ada.id, eve.id] }), 422, 'ids', 'unknown_name'],
      [to(here, { max_per_second: 0 }), 422, 'max_per_second', 'invalid_min'],
      [to(elsewhere), 422, 'destination_id', 'not_heard'],
      [to(filtered), 422, 'destination_id', 'not_heard'],
      [to(revocation), 422, 'destination_id', 'not_supported'],
    ];
    for (const [body, status, field, code] of cases) {
      const answer = await reannounce(body);
      expect({ status: answer.status, error: answer.body['error'] }).toEqual({ status, error: undefined });
      if (status === 422) expect(answer.body['errors']).toMatchObject([{ field, code }]);
    }
    expect((await reannounce(to(here), 'directory_x')).status).toBe(404);
    const replays = await hub.api('GET', `/destinations/${here.id}/replays`);
    expect(replays.body.data).toEqual([]);
    expect(sink.received).toEqual([]);
  }, 60_000);

  it('is one at a time for a destination', async () => {
    await directory.makeUser('ada');
    const here = await endpoint(sink);
    expected(200, await hub.api('PATCH', `/webhook_endpoints/${here.id}`, { status: 'disabled' }));
    expected(201, await reannounce({ destination_id: here.id }));
    const answer = await reannounce({ destination_id: here.id });
    expect([answer.status, answer.body['code']]).toEqual([409, 'replay_running']);
  });
});
