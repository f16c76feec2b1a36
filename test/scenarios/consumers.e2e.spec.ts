/** Named consumers: readers of the log whose place the hub keeps. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStream } from '../support/event-stream.js';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { eventually, freePort } from '../support/index.js';

let hubs: TestHubs;
let hub: TestHub;
let directory: TestDirectory;

beforeAll(async () => {
  hubs = await startHubs(2);
  hub = hubs.hubs[0]!;
  directory = await hub.connect();
  for (let n = 0; n < 10; n++) await directory.makeUser(`user-${n}`);
}, 60_000);
afterAll(() => hubs.close());

let made = 0;
async function consumer(wish: object = {}): Promise<string> {
  const name = `consumer-${(made += 1)}`;
  const filters = { directories: [directory.id], events: ['dsync.user.created'] };
  expected(201, await hub.api('POST', '/consumers', { name, filters, ...wish }));
  return name;
}
const events = (name: string, query = '', at = hub): Promise<HttpAnswer> =>
  at.api('GET', `/consumers/${name}/events?limit=3&${query}`);
const ack = (name: string, event_id: unknown, lease_token?: unknown): Promise<HttpAnswer> =>
  hub.api('POST', `/consumers/${name}/ack`, {
    event_id,
    ...(lease_token === undefined ? {} : { lease_token }),
  });
const seek = (name: string, to: string): Promise<HttpAnswer> =>
  hub.api('POST', `/consumers/${name}/seek`, { to });
const shown = async (name: string): Promise<Body> =>
  expected(200, await hub.api('GET', `/consumers/${name}`)).body;
const names = ({ body }: HttpAnswer): unknown[] =>
  body.data.map((each) => (each as unknown as { data: Body }).data['username']);
const lastOf = ({ body }: HttpAnswer): string => body.data.at(-1)!.id;
const leaseOf = ({ body }: HttpAnswer): { token: string; until: string } =>
  body['lease'] as { token: string; until: string };
const users = (...numbers: number[]): string[] => numbers.map((n) => `user-${n}`);

describe('a consumer', () => {
  it('is made, shown, listed and deleted', async () => {
    const filters = { organization_id: directory.organizationId, causes: ['UserCreated'] };
    const body = { name: 'billing', filters };
    const answer = expected(201, await hub.api('POST', '/consumers', body));
    expect(answer.body).toEqual({
      object: 'consumer',
      id: expect.stringMatching(/^consumer_[0-9A-Z]{26}$/),
      name: 'billing',
      filters,
      position: null,
      acked_at: null,
      lease: null,
      lag: { events: await hub.logPosition(), seconds: expect.any(Number) },
      created_at: expect.any(String),
    });
    expect((await hub.api('POST', '/consumers', body)).body).toMatchObject({ code: 'consumer_exists' });
    const listed = await hub.api('GET', '/consumers?limit=100');
    expect(listed.body.data.map(({ id }) => id)).toContain(answer.body.id);
    expect((await hub.api('DELETE', '/consumers/billing')).body).toMatchObject({ deleted: true });
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/events'],
    ] as const)
      expect((await hub.api(method, `/consumers/billing${path}`)).status).toBe(404);
    expect((await ack('billing', (await hub.events())[0]!.id)).status).toBe(404);
    expect((await seek('billing', 'now')).status).toBe(404);
  });

  it.each<[string, object, string]>([
    ['a name with spaces', { name: 'two words' }, 'name'],
    ['an unknown organization', { filters: { organization_id: 'org_x' } }, 'filters.organization_id'],
    ['an unknown directory', { filters: { directories: ['directory_x'] } }, 'filters.directories'],
    ['an unknown type', { filters: { events: ['dsync.x'] } }, 'filters.events'],
    ['an unknown cause', { filters: { causes: ['X'] } }, 'filters.causes'],
    ['a filter that there is not', { filters: { event: [] } }, 'filters.event'],
    ['a beginning that is none', { from: 'yesterday' }, 'from'],
  ])('with %s is refused', async (_what, wish, field) => {
    const answer = await hub.api('POST', '/consumers', { name: 'refused', ...wish });
    expect([answer.status, answer.body['errors']]).toEqual([422, [expect.objectContaining({ field })]]);
    expect((await hub.api('GET', '/consumers/refused')).status).toBe(404);
  });

  it('gets the same page again until it is acknowledged, and then the next', async () => {
    const name = await consumer();
    const first = await events(name);
    expect(names(first)).toEqual(users(0, 1, 2));
    expect(names(await events(name, '', hubs.hubs[1]))).toEqual(users(0, 1, 2));
    expect((await ack(name, first.body.data[1]!.id)).body).toMatchObject({
      moved: true,
      position: first.body.data[1]!.id,
    });
    expect(names(await events(name))).toEqual(users(2, 3, 4));
    await ack(name, lastOf(await events(name)));
    expect(names(await events(name))).toEqual(users(5, 6, 7));
  });

  it('never goes back by an older acknowledgement, and says where it stands', async () => {
    const name = await consumer();
    const { body } = await events(name);
    await ack(name, body.data[2]!.id);
    const late = expected(200, await ack(name, body.data[0]!.id));
    expect(late.body).toMatchObject({ moved: false, position: body.data[2]!.id });
    expect((await ack(name, body.data[2]!.id)).body).toMatchObject({ moved: false });
    expect(names(await events(name))).toEqual(users(3, 4, 5));
  });

  it('refuses to acknowledge what is no event', async () => {
    const name = await consumer();
    expect((await ack(name, 'event_01EHZNVPK3SFK441A1RGBFSHRT')).body).toMatchObject({
      code: 'invalid_cursor',
    });
    expect((await ack(name, 5)).status).toBe(422);
    expect((await shown(name))['position']).toBeNull();
  });

  it('has no lag when nothing is left for it, although it acknowledged only what it wanted', async () => {
    const name = await consumer();
    for (let page = await events(name); page.body.data.length > 0; page = await events(name))
      await ack(name, lastOf(page));
    await directory.makeGroup('Nothing for it');
    expect(await shown(name)).toMatchObject({ lag: { events: 1, seconds: expect.any(Number) } });
    expect((await events(name)).body.data).toEqual([]);
    expect(await shown(name)).toMatchObject({ lag: { events: 0, seconds: 0 } });
  });

  it('is moved to the beginning, to the end, to an event and to a time', async () => {
    const name = await consumer({ from: 'now' });
    expect((await events(name)).body.data).toEqual([]);
    expected(200, await seek(name, 'beginning'));
    const page = await events(name);
    expect(names(page)).toEqual(users(0, 1, 2));
    await seek(name, page.body.data[1]!.id);
    expect(names(await events(name))).toEqual(users(2, 3, 4));
    await seek(name, '2020-01-01');
    expect(names(await events(name))).toEqual(users(0, 1, 2));
    expect((await seek(name, 'now')).body).toMatchObject({ lag: { events: 0 } });
    expect((await events(name)).body.data).toEqual([]);
    for (const to of ['yesterday', '2020-13-01', '']) expect((await seek(name, to)).status).toBe(422);
    expect((await seek(name, 'event_nonsense')).body).toMatchObject({ code: 'invalid_cursor' });
  });

  it('waits for what it wants', async () => {
    const name = await consumer({ from: 'now' });
    const asked = events(name, 'wait=30', hubs.hubs[1]);
    await directory.makeGroup('Not wanted');
    await directory.makeUser('wanted');
    expect(names(await asked)).toEqual(['wanted']);
  });
});

describe('a lease', () => {
  it('puts a page into the hands of one reader, and the next into those of whoever comes first', async () => {
    const name = await consumer();
    const both = await Promise.all(hubs.hubs.map((at) => events(name, 'lease=60', at)));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [held, refused] = both[0]!.status === 200 ? both : [...both].reverse();
    expect(refused).toMatchObject({
      body: { code: 'consumer_leased' },
      headers: { 'retry-after': expect.any(String) },
    });
    // Who takes no lease does not get it either.
    expect((await events(name)).status).toBe(409);
    expect((await shown(name))['lease']).toEqual({ until: leaseOf(held!).until });
    expect((await ack(name, lastOf(held!))).body).toMatchObject({ code: 'consumer_leased' });
    expect(expected(200, await ack(name, lastOf(held!), leaseOf(held!).token)).body).toMatchObject({
      moved: true,
      lease: null,
    });
    expect(names(await events(name, 'lease=60'))).toEqual(users(3, 4, 5));
  });

  it('is kept while its page is acknowledged event by event', async () => {
    const name = await consumer();
    const held = await events(name, 'lease=60');
    const { token } = leaseOf(held);
    expect((await ack(name, held.body.data[0]!.id, token)).body['lease']).not.toBeNull();
    expect((await events(name)).status).toBe(409);
    expect((await ack(name, held.body.data[2]!.id, token)).body['lease']).toBeNull();
    // As when the answer was lost on its way.
    expect(expected(200, await ack(name, held.body.data[2]!.id, token)).body).toMatchObject({ moved: false });
  });

  it('is prolonged by who has it', async () => {
    const name = await consumer();
    const { token } = leaseOf(await events(name, 'lease=60'));
    const again = expected(200, await events(name, `lease=120&lease_token=${token}`));
    expect(names(again)).toEqual(users(0, 1, 2));
    expect(leaseOf(again).token).toBe(token);
  });

  it('that is over is somebody else’s, and who was late acknowledges nothing', async () => {
    const name = await consumer();
    const late = await events(name, 'lease=1');
    const taken = await eventually(async () => expected(200, await events(name, 'lease=60')));
    expect(names(taken)).toEqual(users(0, 1, 2));
    expect((await ack(name, lastOf(late), leaseOf(late).token)).body).toMatchObject({ code: 'lease_lost' });
    expect((await shown(name))['position']).toBeNull();
    expect((await ack(name, lastOf(taken), leaseOf(taken).token)).body).toMatchObject({ moved: true });
  });

  it('ends when the consumer is moved', async () => {
    const name = await consumer();
    const held = await events(name, 'lease=60');
    await seek(name, 'beginning');
    expect((await events(name)).status).toBe(200);
    expect((await ack(name, lastOf(held), leaseOf(held).token)).body).toMatchObject({ code: 'lease_lost' });
  });

  it.each(['3601', '-1', 'x'])('of %s seconds is refused', async (lease) => {
    expect((await events(await consumer(), `lease=${lease}`)).status).toBe(422);
  });
});

describe('a feed token', () => {
  const token = async (scope: object): Promise<Record<string, string>> => {
    const { body } = expected(201, await hub.api('POST', '/feed_tokens', { name: 'Worker', ...scope }));
    return { authorization: `Bearer ${String(body['bearer_token'])}` };
  };

  it('reads and acknowledges for the consumers that it names, and does nothing else with them', async () => {
    const name = await consumer();
    const bearer = await token({ directory_id: directory.id, consumers: [name] });
    const as = (method: string, path: string, body?: unknown): Promise<HttpAnswer> =>
      hub.api(method, `/consumers/${name}${path}`, body, bearer);
    const page = expected(200, await as('GET', '/events?limit=3'));
    expect(names(page)).toEqual(users(0, 1, 2));
    expect((await as('POST', '/ack', { event_id: lastOf(page) })).body).toMatchObject({ moved: true });
    expect((await as('GET', '')).status).toBe(200);
    expect((await as('POST', '/seek', { to: 'beginning' })).status).toBe(401);
    expect((await as('DELETE', '')).status).toBe(401);
  });

  it('reads for no consumer that it does not name, or that sees more than itself', async () => {
    const [named, unnamed] = [await consumer(), await consumer()];
    const foreign = await hub.connect();
    const scopes = [
      { directory_id: directory.id, consumers: [unnamed] },
      { directory_id: foreign.id, consumers: [named] },
      { organization_id: foreign.organizationId, consumers: [named] },
      { events: ['dsync.user.updated'], consumers: [named] },
    ];
    for (const scope of scopes) {
      const bearer = await token(scope);
      const answers = [
        await hub.api('GET', `/consumers/${named}/events`, undefined, bearer),
        await hub.api('POST', `/consumers/${named}/ack`, { event_id: 'event_x' }, bearer),
      ];
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 403, body: { code: 'outside_scope' } });
    }
    expect(
      (await hub.api('GET', `/consumers/nobody/events`, undefined, await token(scopes[0]!))).status,
    ).toBe(403);
  });
});

describe('the metrics of a hub', () => {
  it('tell how far each consumer is behind, and who waits', async () => {
    const port = await freePort();
    const own = await TestHub.start({ ROLLCALL_METRICS_PORT: String(port) });
    const value = async (series: string): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const line = text.split('\n').find((each) => each.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? NaN);
    };
    try {
      const theirs = await own.connect();
      await theirs.makeUser('behind');
      expected(201, await own.api('POST', '/consumers', { name: 'slow' }));
      expected(201, await own.api('POST', '/consumers', { name: 'quick', from: 'now' }));
      expect(await value('rollcall_consumer_lag_events{consumer="slow"}')).toBe(3); // the organization, the directory, the person
      expect(await value('rollcall_consumer_lag_seconds{consumer="slow"}')).toBeGreaterThanOrEqual(0);
      expect(await value('rollcall_consumer_lag_events{consumer="quick"}')).toBe(0);
      const headers = { authorization: `Bearer ${own.apiKey}` };
      const stream = await EventStream.open(`${own.url}/events/stream`, { headers });
      await eventually(async () => {
        expect(await value('rollcall_event_streams')).toBe(1);
        expect(await value('rollcall_event_waiters')).toBe(1);
      });
      stream.close();
      await eventually(async () => expect(await value('rollcall_event_streams')).toBe(0));
    } finally {
      await own.close();
    }
  });
});
