/** Who may come in: the bearer tokens of a directory, and how soon a change of them holds on every hub. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { admin, eventually, type Admin } from '../support/index.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { expected, type Body, type HttpAnswer, type TestDirectory, type TestHub } from '../support/hub.js';

let running: TestHubs;
let hub: TestHub;
let other: TestHub;
let operator: Admin;
let directory: TestDirectory;
let tokens: string;

beforeAll(async () => {
  running = await startHubs(2, { ROLLCALL_LOG_LEVEL: 'debug' });
  [hub, other] = running.hubs as [TestHub, TestHub];
  operator = await admin(running.databaseUrl);
  directory = await hub.connect();
  tokens = `/directories/${directory.id}/tokens`;
}, 60_000);
afterAll(async () => {
  await operator.close();
  await running.close();
}, 60_000);

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();

async function make(
  body: object = { name: 'Okta' },
  path = tokens,
): Promise<Body & { bearer_token: string }> {
  return expected(201, await hub.api('POST', path, body)).body as Body & { bearer_token: string };
}

/** What a hub answers to who shows the token. */
function read(token: string, at: TestHub = hub): Promise<HttpAnswer> {
  return at.send({
    method: 'GET',
    path: `${directory.root}/Users`,
    headers: { authorization: `Bearer ${token}` },
  });
}

/** Asks again and again until the hub refuses; fails when that takes a second or more. */
async function refusedWithinASecond(token: string, at: TestHub): Promise<HttpAnswer> {
  const start = performance.now();
  for (;;) {
    const asked = performance.now();
    const answer = await read(token, at);
    if (answer.status === 401) return answer;
    if (asked - start > 1_000) throw new Error(`still ${answer.status} after ${asked - start} ms`);
  }
}

describe('the tokens of a directory', () => {
  it('begin with the one that was made with it', async () => {
    const fresh = await hub.connect();
    const { body } = expected(200, await hub.api('GET', `/directories/${fresh.id}/tokens`));
    expect(body).toEqual({
      object: 'list',
      data: [
        {
          object: 'directory_token',
          id: expect.stringMatching(/^directory_token_/),
          directory_id: fresh.id,
          name: 'First token',
          last_four: fresh.token.slice(-4),
          state: 'active',
          created_at: expect.any(String),
          expires_at: null,
          last_used_at: null,
        },
      ],
      list_metadata: { before: null, after: null },
    });
  });

  it('are many, each with a name and its own end, and each opens the directory', async () => {
    const made = await make({ name: 'Okta, production', expires_at: '2090-01-31T12:00:00+02:00' });
    expect(made).toMatchObject({
      name: 'Okta, production',
      expires_at: '2090-01-31T10:00:00.000Z',
      bearer_token: expect.stringMatching(/^scim_/),
      last_four: made.bearer_token.slice(-4),
    });
    expect((await read(made.bearer_token)).status).toBe(200);
    expect((await read(directory.token)).status).toBe(200);
    const shown = expected(200, await hub.api('GET', `${tokens}/${made.id}`));
    expect(shown.text).not.toContain(made.bearer_token);
    expect(shown.body).not.toHaveProperty('bearer_token');
  });

  it('are listed newest first, a page at a time', async () => {
    const fresh = await hub.connect();
    const path = `/directories/${fresh.id}/tokens`;
    for (const name of ['second', 'third']) await make({ name }, path);
    const first = expected(200, await hub.api('GET', `${path}?limit=2`)).body;
    expect(first.data.map((token) => token['name'])).toEqual(['third', 'second']);
    const rest = await hub.api('GET', `${path}?limit=2&after=${first.list_metadata.after}`);
    expect(expected(200, rest).body.data.map((token) => token['name'])).toEqual(['First token']);
  });

  it('get another name or another end, and lose their end with null', async () => {
    const { id, bearer_token } = await make({ name: 'old', expires_at: inSeconds(3_600) });
    const change = (body: object): Promise<HttpAnswer> => hub.api('PATCH', `${tokens}/${id}`, body);
    expect((await change({ name: 'new' })).body).toMatchObject({
      name: 'new',
      expires_at: expect.any(String),
    });
    expect((await change({ expires_at: null })).body).toMatchObject({ name: 'new', expires_at: null });
    expect((await change({})).body).toMatchObject({ name: 'new', expires_at: null });
    expect((await read(bearer_token)).status).toBe(200);
  });

  it('are kept as hashes with four characters, and stand in no log line', async () => {
    const { bearer_token } = await make();
    await read(bearer_token);
    const rows = JSON.stringify(await operator.rows('select t::text from directory_token t'));
    expect(rows).toContain(bearer_token.slice(-4));
    expect(rows).not.toContain(bearer_token.slice(5, 30));
    expect(running.output()).toContain('"event":"request"');
    expect(running.output()).not.toContain(bearer_token.slice(5, 30));
  });

  it('are at most fifty that work', async () => {
    const fresh = await hub.connect();
    const path = `/directories/${fresh.id}/tokens`;
    await Promise.all(Array.from({ length: 49 }, (_, index) => make({ name: `token ${index}` }, path)));
    const answer = await hub.api('POST', path, { name: 'one too many' });
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({
      code: 'limit_reached',
      message: 'There may be at most 50 tokens. Delete one that is not used any more.',
    });
    const [newest] = (await hub.api('GET', path)).body.data;
    expected(200, await hub.api('DELETE', `${path}/${newest!.id}`));
    expect((await hub.api('POST', path, { name: 'room again' })).status).toBe(201);
  });

  it.each<[string, unknown, string, string]>([
    ['without a name', {}, 'name', 'required'],
    ['with an empty name', { name: '' }, 'name', 'invalid_is_not_empty'],
    ['with an end that is no time', { name: 'a', expires_at: 'tomorrow' }, 'expires_at', 'invalid_matches'],
    [
      'with an end without a time zone',
      { name: 'a', expires_at: '2090-01-01T00:00:00' },
      'expires_at',
      'invalid_matches',
    ],
    [
      'with a thirteenth month',
      { name: 'a', expires_at: '2090-13-31T00:00:00Z' },
      'expires_at',
      'invalid_date',
    ],
    [
      'with an end that is over',
      { name: 'a', expires_at: '2020-01-01T00:00:00Z' },
      'expires_at',
      'in_the_past',
    ],
    ['with a field that does not exist', { name: 'a', scope: 'scim' }, 'scope', 'unknown_field'],
  ])('are not made %s', async (_how, body, field, code) => {
    const before = (await hub.api('GET', `${tokens}?limit=100`)).body.data.length;
    const answer = await hub.api('POST', tokens, body);
    expect(answer.status).toBe(422);
    expect(answer.body['errors']).toEqual([expect.objectContaining({ field, code })]);
    expect((await hub.api('GET', `${tokens}?limit=100`)).body.data).toHaveLength(before);
  });

  it('are looked for in their own directory only', async () => {
    const stranger = await hub.connect();
    const { id } = await make();
    for (const [method, path] of [
      ['GET', `/directories/${stranger.id}/tokens/${id}`],
      ['DELETE', `/directories/${stranger.id}/tokens/${id}`],
      ['POST', `/directories/${stranger.id}/tokens/${id}/rotate`],
      ['GET', `${tokens}/directory_token_none`],
      ['GET', '/directories/directory_none/tokens'],
    ] as const) {
      expect((await hub.api(method, path)).body).toMatchObject({ code: 'entity_not_found' });
    }
    expect((await hub.send({ method: 'GET', path: tokens })).status).toBe(401);
  });
});

describe('a token that is deleted', () => {
  it('is refused by every hub within a second, like an unknown one', async () => {
    const { id, bearer_token } = await make();
    for (const at of [hub, other]) expect((await read(bearer_token, at)).status).toBe(200);
    expected(200, await hub.api('DELETE', `${tokens}/${id}`));
    const refused = await Promise.all([hub, other].map((at) => refusedWithinASecond(bearer_token, at)));
    for (const { body } of refused) expect(body.detail).toMatch(/^The bearer token is not known\./);
  });

  it('may be the last one: the answer says that nobody gets in any more', async () => {
    const fresh = await hub.connect();
    const path = `/directories/${fresh.id}/tokens`;
    const second = await make({ name: 'second' }, path);
    const first = (await hub.api('GET', path)).body.data[1]!;
    expect((await hub.api('DELETE', `${path}/${first.id}`)).body).toEqual({
      object: 'directory_token',
      id: first.id,
      deleted: true,
      tokens_left: 1,
    });
    expect((await hub.api('DELETE', `${path}/${second.id}`)).body).toMatchObject({
      tokens_left: 0,
      warning: expect.stringContaining('no bearer token any more'),
    });
  });
});

describe('a token that expires', () => {
  it('works until that moment and not a moment longer on every hub, and its 401 says when it was', async () => {
    const end = inSeconds(1.5);
    const { id, bearer_token } = await make({ name: 'short', expires_at: end });
    // Both have just looked it up and would remember it for longer than it lives.
    await eventually(async () => {
      expect(Date.parse(end) - Date.now()).toBeLessThan(400);
      for (const at of [hub, other]) expect((await read(bearer_token, at)).status).toBe(200);
    });
    while (Date.now() < Date.parse(end)) await new Promise((resolve) => setImmediate(resolve));
    for (const at of [hub, other]) {
      const answer = await read(bearer_token, at);
      expect(answer.status).toBe(401);
      expect(answer.body.detail).toBe(
        `The bearer token expired at ${end}. Make a new one for this directory and paste it into the identity provider.`,
      );
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="scim", error="invalid_token"');
    }
    expect((await hub.api('GET', `${tokens}/${id}`)).body).toMatchObject({ state: 'expired' });
    expected(200, await hub.api('PATCH', `${tokens}/${id}`, { expires_at: inSeconds(3_600) }));
    await eventually(async () => expect((await read(bearer_token, other)).status).toBe(200));
  });
});

describe('a token that is replaced', () => {
  it('goes on for a day beside the new one, which has its name', async () => {
    const old = await make({ name: 'Okta' });
    const rotated = expected(201, await hub.api('POST', `${tokens}/${old.id}/rotate`));
    const made = rotated.body as Body & { bearer_token: string; replaces: Body };
    expect(made).toMatchObject({ name: 'Okta', expires_at: null, replaces: { id: old.id, state: 'active' } });
    const end = Date.parse(made.replaces['expires_at'] as string);
    expect(Math.abs(end - Date.now() - 86_400_000)).toBeLessThan(10_000);
    for (const token of [old.bearer_token, made.bearer_token])
      for (const at of [hub, other]) expect((await read(token, at)).status).toBe(200);
  });

  it('ends at once with an overlap of 0, on every hub within a second', async () => {
    const old = await make();
    for (const at of [hub, other]) await read(old.bearer_token, at);
    const rotated = await hub.api('POST', `${tokens}/${old.id}/rotate`, {
      overlap_seconds: 0,
      name: 'fresh',
    });
    const made = expected(201, rotated).body as Body & { bearer_token: string };
    expect(made).toMatchObject({ name: 'fresh', replaces: { id: old.id, name: 'Okta', state: 'expired' } });
    const refused = await Promise.all([hub, other].map((at) => refusedWithinASecond(old.bearer_token, at)));
    for (const { body } of refused) expect(body.detail).toMatch(/^The bearer token expired at /);
    expect((await read(made.bearer_token, other)).status).toBe(200);
  });

  it('hands its length of life on, and never lives longer by being replaced', async () => {
    const old = await make({ name: 'an hour', expires_at: inSeconds(3_600) });
    const rotated = await hub.api('POST', `${tokens}/${old.id}/rotate`, { overlap_seconds: 7_200 });
    const made = expected(201, rotated).body as Body & { replaces: Body };
    expect(made.replaces['expires_at']).toBe(old['expires_at']);
    const life = Date.parse(made['expires_at'] as string) - Date.parse(made['created_at'] as string);
    expect(Math.abs(life - 3_600_000)).toBeLessThan(5_000);
  });

  it.each([-1, 1.5, '10', 31 * 86_400, null])(
    'is not replaced with an overlap of %j',
    async (overlap_seconds) => {
      const { id } = await make();
      const answer = await hub.api('POST', `${tokens}/${id}/rotate`, { overlap_seconds });
      expect(answer.status).toBe(422);
      expect(answer.body['errors']).toEqual([expect.objectContaining({ field: 'overlap_seconds' })]);
      expected(200, await hub.api('DELETE', `${tokens}/${id}`));
    },
  );
});

describe('the last use of a token', () => {
  it('is written a few seconds later, and for each token by itself', async () => {
    const [used, unused] = [await make({ name: 'used' }), await make({ name: 'unused' })];
    const before = Date.now();
    await read(used.bearer_token, other);
    await eventually(
      async () => {
        const { body } = await hub.api('GET', `${tokens}/${used.id}`);
        expect(Date.parse(body['last_used_at'] as string)).toBeGreaterThanOrEqual(before);
      },
      { withinInSeconds: 15 },
    );
    expect((await hub.api('GET', `${tokens}/${unused.id}`)).body['last_used_at']).toBeNull();
    for (const { id } of [used, unused]) expected(200, await hub.api('DELETE', `${tokens}/${id}`));
  }, 30_000);
});
