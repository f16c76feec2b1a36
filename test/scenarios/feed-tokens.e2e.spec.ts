/** Tokens that may read a part of the log, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStream } from '../support/event-stream.js';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';
import { eventually } from '../support/index.js';

let hub: TestHub;
/** Two directories of one organization, and one of another. */
let mine: TestDirectory;
let sister: TestDirectory;
let foreign: TestDirectory;

beforeAll(async () => {
  hub = await TestHub.start();
  mine = await hub.connect();
  sister = await hub.connect({ organizationId: mine.organizationId });
  foreign = await hub.connect();
  for (const directory of [mine, sister, foreign]) {
    const user = await directory.makeUser('ada');
    await directory.makeGroup('Engineering', [user.id]);
  }
}, 60_000);
afterAll(() => hub.close());

interface Token {
  id: string;
  bearer: Record<string, string>;
}

async function token(scope: object, name = 'Reader'): Promise<Token> {
  const { body } = expected(201, await hub.api('POST', '/feed_tokens', { name, ...scope }));
  return { id: body.id, bearer: { authorization: `Bearer ${String(body['bearer_token'])}` } };
}

const read = (path: string, { bearer }: Token): Promise<HttpAnswer> =>
  hub.api('GET', path, undefined, bearer);
const told = (body: Body): string[] =>
  body.data.map((each) => {
    const { event, data } = each as unknown as { event: string; data: Record<string, unknown> };
    const id = String(data['directory_id'] ?? data['id']);
    const whose = id === mine.id ? 'mine' : id === sister.id ? 'sister' : 'foreign';
    return `${whose} ${event.replace('dsync.', '')}`;
  });

const EACH = ['activated', 'user.created', 'group.created', 'group.user_added'];
const all = (...whose: string[]): string[] => whose.flatMap((who) => EACH.map((type) => `${who} ${type}`));

describe('a feed token', () => {
  it('is made with what it may read, shown once, listed, read and deleted', async () => {
    const wish = {
      name: 'Billing',
      directory_id: mine.id,
      events: ['dsync.user.created', 'dsync.user.updated'],
      consumers: ['billing'],
      expires_at: '2999-01-31T12:00:00Z',
    };
    const { bearer_token: secret, ...made } = expected(201, await hub.api('POST', '/feed_tokens', wish)).body;
    expect(secret).toMatch(/^feed_[\w-]{43}$/);
    expect(made).toEqual({
      object: 'feed_token',
      id: expect.stringMatching(/^feed_token_[0-9A-Z]{26}$/),
      name: 'Billing',
      last_four: String(secret).slice(-4),
      organization_id: mine.organizationId,
      directory_id: mine.id,
      events: wish.events,
      consumers: ['billing'],
      state: 'active',
      created_at: expect.any(String),
      expires_at: '2999-01-31T12:00:00.000Z',
      last_used_at: null,
    });
    expect((await hub.api('GET', `/feed_tokens/${made.id}`)).body).toEqual(made);
    const listed = await hub.api('GET', `/feed_tokens?organization_id=${mine.organizationId}`);
    expect(listed.body.data).toEqual([made]);
    expect(listed.text).not.toContain(secret);
    expect((await hub.api('DELETE', `/feed_tokens/${made.id}`)).body).toMatchObject({ deleted: true });
    expect((await hub.api('DELETE', `/feed_tokens/${made.id}`)).status).toBe(404);
  });

  it.each<[string, object, string]>([
    ['nothing to read', {}, 'organization_id'],
    ['consumers alone', { consumers: ['a'] }, 'organization_id'],
    ['an unknown organization', { organization_id: 'org_x' }, 'organization_id'],
    ['an unknown directory', { directory_id: 'directory_x' }, 'directories'],
    ['an unknown type', { events: ['dsync.user.teleported'] }, 'events'],
    ['no type at all', { events: [] }, 'events'],
    ['a field that there is not', { organization: 'x', events: ['dsync.deleted'] }, 'organization'],
    ['an end in the past', { events: ['dsync.deleted'], expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  ])('with %s is refused', async (_what, scope, field) => {
    const answer = await hub.api('POST', '/feed_tokens', { name: 'X', ...scope });
    expect([answer.status, answer.body['errors']]).toEqual([422, [expect.objectContaining({ field })]]);
  });

  it('of a directory of another organization is refused', async () => {
    const scope = { organization_id: foreign.organizationId, directory_id: mine.id };
    expect((await hub.api('POST', '/feed_tokens', { name: 'X', ...scope })).status).toBe(422);
  });
});

describe('whatever the query says, a token', () => {
  const queries = (): string[] => [
    '',
    `organization_id=${foreign.organizationId}`,
    `organization_id=${mine.organizationId}`,
    `directory=${foreign.id}`,
    `directory=${sister.id},${foreign.id}`,
    'events=dsync.group.created',
    'events=dsync.user.created,dsync.group.created',
    'events=destination.failing',
    'cause=GroupCreated',
    'subject=',
    'range_start=2020-01-01',
    'order=desc',
    'wait=1',
  ];
  it.each<[string, () => object, () => string[]]>([
    ['one organization', () => ({ organization_id: mine.organizationId }), () => all('mine', 'sister')],
    ['one directory', () => ({ directory_id: mine.id }), () => all('mine')],
    [
      'a set of types',
      () => ({ events: ['dsync.user.created'] }),
      () => ['mine user.created', 'sister user.created', 'foreign user.created'],
    ],
    [
      'types in an organization',
      () => ({ organization_id: mine.organizationId, events: ['dsync.user.created'] }),
      () => ['mine user.created', 'sister user.created'],
    ],
    [
      'types in a directory',
      () => ({ directory_id: sister.id, events: ['dsync.group.created'] }),
      () => ['sister group.created'],
    ],
  ])('of %s sees that and nothing else', async (_what, scope, expectedEvents) => {
    const reader = await token(scope());
    const may = expectedEvents();
    const whole = expected(200, await read('/events?limit=1000', reader));
    expect(told(whole.body).sort()).toEqual([...may].sort());
    for (const query of queries()) {
      const answer = await read(`/events?limit=1000&${query}`, reader);
      const seen = answer.status === 200 ? told(answer.body) : [];
      expect({
        query,
        status: [200, 403].includes(answer.status),
        alien: seen.filter((each) => !may.includes(each)),
      }).toEqual({
        query,
        status: true,
        alien: [],
      });
      if (answer.status === 403) expect(answer.body['code']).toBe('outside_scope');
      const stream = await EventStream.open(`${hub.url}/events/stream?${query}`, { headers: reader.bearer });
      expect([query, stream.status]).toEqual([query, answer.status]);
      if (stream.status === 200) await eventually(() => expect(stream.events).toHaveLength(seen.length));
      stream.close();
    }
  });

  it('opens nothing but what is read', async () => {
    const reader = await token({ organization_id: mine.organizationId });
    for (const [method, path] of [
      ['GET', '/organizations/x'],
      ['GET', '/directories'],
      ['GET', '/feed_tokens'],
      ['POST', '/feed_tokens'],
      ['GET', '/consumers'],
      ['POST', '/consumers'],
      ['GET', '/destinations'],
      ['GET', '/scim_requests'],
    ] as const)
      expect([
        path,
        (await hub.api(method, path, method === 'POST' ? {} : undefined, reader.bearer)).status,
      ]).toEqual([path, 401]);
  });
});

describe('a token that ends', () => {
  it('is refused within a second when it is deleted, also in a request that waits and in a stream', async () => {
    const reader = await token({ directory_id: mine.id });
    const page = expected(200, await read('/events?limit=1000', reader)).body;
    const { cursor } = page.list_metadata as unknown as { cursor: string };
    const waiting = read(`/events?wait=30&after=${cursor}`, reader);
    const stream = await EventStream.open(`${hub.url}/events/stream?after=${cursor}`, {
      headers: reader.bearer,
    });
    await hub.api('DELETE', `/feed_tokens/${reader.id}`);
    await eventually(async () => expect((await read('/events', reader)).status).toBe(401), {
      withinInSeconds: 1.5,
    });
    await mine.makeUser('not-for-them');
    expect((await waiting).status).toBe(401);
    expect(await stream.over).toBe('ended');
    expect(stream.events).toEqual([]);
  });

  it('is refused when it has expired, and hears when that was', async () => {
    const soon = new Date(Date.now() + 1_500).toISOString();
    const reader = await token({ directory_id: mine.id, expires_at: soon });
    expect((await read('/events', reader)).status).toBe(200);
    await eventually(async () => expect((await read('/events', reader)).status).toBe(401));
    expect((await read('/events', reader)).body['message']).toMatch(`expired at ${soon}`);
    expect((await hub.api('GET', `/feed_tokens/${reader.id}`)).body['state']).toBe('expired');
  });

  it('is known by when it was last used', async () => {
    const reader = await token({ directory_id: mine.id });
    await read('/events', reader);
    await eventually(async () => {
      const { body } = await hub.api('GET', `/feed_tokens/${reader.id}`);
      expect(body['last_used_at']).toEqual(expect.any(String));
    });
  });

  it('ends with its organization', async () => {
    const gone = await hub.connect();
    const reader = await token({ organization_id: gone.organizationId });
    expected(202, await hub.api('DELETE', `/organizations/${gone.organizationId}`));
    await eventually(async () => expect((await read('/events', reader)).status).toBe(401));
  });

  it('outlives its directory, whose end is the last that it reads', async () => {
    const gone = await hub.connect();
    const reader = await token({ directory_id: gone.id });
    await hub.api('DELETE', `/directories/${gone.id}`);
    const { data } = expected(200, await read('/events?limit=100', reader)).body;
    expect(data.map((each) => each['event'])).toEqual(['dsync.activated', 'dsync.deleted']);
  });
});
