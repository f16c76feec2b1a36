/** Snapshots, digests and comparisons as an app asks for them, from the first request to the proof that nothing is missing. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Holding, linesOf, type Told } from '../support/holding.js';
import { expected, TestHub, type TestDirectory } from '../support/hub.js';

const NDJSON = 'application/x-ndjson';

let hub: TestHub;
let directory: TestDirectory;

beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());
beforeEach(async () => {
  directory = await hub.connect();
});

interface Asked {
  status: number;
  headers: Headers;
  text: string;
}

async function ask(path: string, { method = 'GET', body, headers = {} }: RequestInit = {}): Promise<Asked> {
  const answer = await fetch(hub.url + path, {
    method,
    headers: { authorization: `Bearer ${hub.apiKey}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const compare = (
  body: string | Uint8Array<ArrayBuffer>,
  more: { query?: string; headers?: object } = {},
): Promise<Asked> =>
  ask(`/directories/${directory.id}/compare${more.query ?? ''}`, {
    method: 'POST',
    body,
    headers: { 'content-type': NDJSON, ...more.headers },
  });

async function snapshot(of = `directories/${directory.id}`): Promise<ReturnType<typeof Holding.of>> {
  const { status, text } = await ask(`/${of}/snapshot`);
  expect(status).toBe(200);
  return Holding.of(text);
}

/** Every event after the cursor, as an app polls them. */
async function polled(cursor: unknown): Promise<Told[]> {
  const all: Told[] = [];
  for (let after = cursor as string | null; ;) {
    const query = new URLSearchParams({ limit: '100', organization_id: directory.organizationId });
    if (after !== null) query.set('after', after);
    const page = expected(200, await hub.api('GET', `/events?${query}`)).body;
    all.push(...(page.data as unknown as Told[]));
    if (page.list_metadata.after === null) return all;
    after = page.list_metadata.after;
  }
}

function codeOf({ text }: Asked): {
  code: string;
  message: string;
  errors?: { field: string; code: string }[];
} {
  return JSON.parse(text) as ReturnType<typeof codeOf>;
}

describe('GET /directories/{id}/snapshot', () => {
  it('names its place, then everybody, every group and who is in which, as published, and then its digest', async () => {
    const ada = await directory.makeUser('ada', { externalId: 'a-1', name: { givenName: 'Ada' } });
    const group = await directory.makeGroup('Engineers', [ada.id]);
    const { headers, text } = await ask(`/directories/${directory.id}/snapshot`);
    expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(headers.get('vary')).toBe('accept-encoding');
    const lines = linesOf(text);
    const events = await directory.events();
    const [created, made, added] = [
      'dsync.user.created',
      'dsync.group.created',
      'dsync.group.user_added',
    ].map((type) => events.find(({ event }) => event === type)!);
    expect(lines).toEqual([
      {
        object: 'snapshot',
        directory_id: directory.id,
        organization_id: directory.organizationId,
        sequence: added!.context.sequence,
        position_cursor: added!.id,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
      created!.data,
      made!.data,
      { object: 'directory_membership', directory_id: directory.id, group_id: group.id, user_id: ada.id },
      {
        object: 'snapshot_end',
        users: { count: 1, digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
        groups: { count: 1, digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
        memberships: { count: 1, digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
        digest: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ]);
  });

  it('is gone on from without a hole and without a repetition', async () => {
    const ada = await directory.makeUser('ada');
    const { holding, head } = await snapshot();
    expect(await polled(head['position_cursor'])).toEqual([]);
    const bea = await directory.makeUser('bea');
    const group = await directory.makeGroup('Engineers', [ada.id, bea.id]);
    expected(
      200,
      await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Countess' }),
    );
    expected(204, await directory.scim('DELETE', `/Users/${bea.id}`));
    for (const event of await polled(head['position_cursor'])) holding.apply(event);
    const now = await snapshot();
    expect(holding.sorted()).toEqual(now.holding.sorted());
    expect([...holding.memberships]).toEqual([`${group.id} ${ada.id}`]);
  });

  it('leaves out whom consumers do not know of, and groups inside groups', async () => {
    const settings = { deactivations_published_as: 'deleted' };
    expected(200, await hub.api('PATCH', `/directories/${directory.id}`, { settings }));
    const ada = await directory.makeUser('ada');
    const bea = await directory.makeUser('bea');
    const inner = await directory.makeGroup('Inner', [ada.id, bea.id]);
    await directory.makeGroup('Outer', [inner.id]);
    expected(200, await directory.patch(`/Users/${bea.id}`, { op: 'replace', path: 'active', value: false }));
    const { holding } = await snapshot();
    expect([...holding.users.keys()]).toEqual([ada.id]);
    expect([...holding.memberships]).toEqual([`${inner.id} ${ada.id}`]);
    expect(holding.groups.size).toBe(2);
  });

  it('is compressed for whoever can read that, and not for others', async () => {
    await directory.makeUser('ada');
    const raw = async (encoding: string): Promise<{ encoding: unknown; text: string }> => {
      const headers = { authorization: `Bearer ${hub.apiKey}`, 'accept-encoding': encoding };
      const { request } = await import('undici');
      const answer = await request(`${hub.url}/directories/${directory.id}/snapshot`, { headers });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      const packed = answer.headers['content-encoding'];
      return { encoding: packed, text: String(packed === 'gzip' ? gunzipSync(bytes) : bytes) };
    };
    const [plain, packed] = [await raw('identity'), await raw('br;q=1, gzip;q=0.5')];
    expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip']);
    expect((await raw('gzip;q=0')).encoding).toBeUndefined();
    expect(Holding.of(packed.text).holding.sorted()).toEqual(Holding.of(plain.text).holding.sorted());
  });

  it('answers HEAD without reading anything out', async () => {
    const { status, text } = await ask(`/directories/${directory.id}/snapshot`, { method: 'HEAD' });
    expect({ status, text }).toEqual({ status: 200, text: '' });
  });

  it('of a directory without anybody is its first and its last line', async () => {
    const { head, end } = await snapshot();
    expect(head['sequence']).toBe(1);
    expect(end).toMatchObject({
      users: { count: 0, digest: '0000000000000000' },
      digest: '0000000000000000',
    });
  });
});

describe('GET /organizations/{id}/snapshot', () => {
  it('has all of its directories at one place, and nobody else’s', async () => {
    const second = await hub.connect({ organizationId: directory.organizationId });
    const stranger = await hub.connect();
    const [ada, bea] = [await directory.makeUser('ada'), await second.makeUser('bea')];
    await stranger.makeUser('eve');
    const { holding, head } = await snapshot(`organizations/${directory.organizationId}`);
    expect([...holding.users.keys()].sort()).toEqual([ada.id, bea.id].sort());
    expect(head).toMatchObject({
      organization_id: directory.organizationId,
      sequences: { [directory.id]: 2, [second.id]: 2 },
    });
    expect(await polled(head['position_cursor'])).toEqual([]);
    const digest = JSON.parse(
      (await ask(`/organizations/${directory.organizationId}/digest`)).text,
    ) as object;
    expect(digest).toMatchObject({ object: 'organization_digest', ...holding.digest() });
  });

  it('of an organization without directories has nobody in it, and is gone on from behind its making', async () => {
    const empty = await TestHub.start();
    try {
      const organization = await empty.makeOrganization();
      const answer = await fetch(`${empty.url}/organizations/${organization}/snapshot`, {
        headers: { authorization: `Bearer ${empty.apiKey}` },
      });
      const made = expected(200, await empty.api('GET', '/events?events=organization.created')).body.data;
      expect(Holding.of(await answer.text()).head).toMatchObject({
        position_cursor: made[0]!.id,
        sequences: {},
      });
    } finally {
      await empty.close();
    }
  });
});

describe('GET /directories/{id}/digest', () => {
  it('is what an app computes, and moves with every change that it is told of', async () => {
    const seen = new Set<string>();
    const same = async (): Promise<void> => {
      const digest = JSON.parse((await ask(`/directories/${directory.id}/digest`)).text) as Record<
        string,
        unknown
      >;
      const { holding, head } = await snapshot();
      const { created_at: _, object: __, ...place } = head;
      expect(digest).toMatchObject({ object: 'directory_digest', ...place, ...holding.digest() });
      seen.add(String(digest['digest']));
    };
    await same();
    const ada = await directory.makeUser('ada');
    await same();
    const group = await directory.makeGroup('Engineers');
    await same();
    expected(
      204,
      await directory.patch(`/Groups/${group.id}`, {
        op: 'add',
        path: 'members',
        value: [{ value: ada.id }],
      }),
    );
    await same();
    expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false }));
    await same();
    expect(seen.size).toBe(5);
  });

  it('stays as it is when nothing is told: a password, a group inside a group', async () => {
    const ada = await directory.makeUser('ada');
    const [inner, outer] = [await directory.makeGroup('Inner'), await directory.makeGroup('Outer')];
    const digest = async (): Promise<unknown> =>
      (JSON.parse((await ask(`/directories/${directory.id}/digest`)).text) as { digest: string }).digest;
    const before = await digest();
    expected(
      200,
      await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'password', value: 'Secret-1' }),
    );
    const members = [{ value: inner.id }];
    expected(
      204,
      await directory.patch(`/Groups/${outer.id}`, { op: 'add', path: 'members', value: members }),
    );
    expect(await digest()).toBe(before);
  });
});

describe('POST /directories/{id}/compare', () => {
  it('answers what is missing, what is stale and what is too much, in an order that can be applied', async () => {
    const [ada, bea, cyd] = [
      await directory.makeUser('ada'),
      await directory.makeUser('bea'),
      await directory.makeUser('cyd'),
    ];
    const group = await directory.makeGroup('Engineers', [ada.id, bea.id]);
    const { holding, head } = await snapshot();
    const [shownAda, shownBea] = [holding.users.get(ada.id)!, holding.users.get(bea.id)!];
    holding.users.delete(ada.id);
    holding.users.set(bea.id, { ...shownBea, updated_at: '2020-01-01T00:00:00.000Z' });
    holding.users.set('gone', { ...shownBea, id: 'gone' });
    holding.memberships.delete(`${group.id} ${bea.id}`);
    holding.memberships.add(`${group.id} ${cyd.id}`);
    const { status, headers, text } = await compare(holding.body());
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    const [first, ...rest] = linesOf(text);
    const last = rest.pop();
    const membership = { object: 'directory_membership', group_id: group.id };
    expect(first).toMatchObject({ object: 'comparison', position_cursor: head['position_cursor'] });
    expect(rest.slice(0, 2).sort((one, other) => (one['object']! < other['object']! ? -1 : 1))).toEqual([
      { object: 'missing', data: shownAda },
      { object: 'stale', data: shownBea, held: { updated_at: '2020-01-01T00:00:00.000Z' } },
    ]);
    expect(rest.slice(2)).toEqual([
      { object: 'missing', data: { ...membership, directory_id: directory.id, user_id: bea.id } },
      { object: 'extra', data: { ...membership, user_id: cyd.id }, line: 6 },
      { object: 'extra', data: { object: 'directory_user', id: 'gone' }, line: 3 },
    ]);
    expect(last).toEqual({
      object: 'comparison_end',
      equal: false,
      missing: { users: 1, groups: 0, memberships: 1 },
      stale: { users: 1, groups: 0, memberships: 0 },
      extra: { users: 1, groups: 0, memberships: 1 },
    });
  });

  it('takes bare ids, one kind only, gzip, empty lines and times of any zone', async () => {
    const [ada, bea] = [await directory.makeUser('ada'), await directory.makeUser('bea')];
    await directory.makeGroup('Engineers', [ada.id]);
    const bare = await compare(`${ada.id}\n\n"${bea.id}"`, { query: '?kinds=users' });
    expect(linesOf(bare.text)).toMatchObject([{ kinds: ['users'] }, { equal: true }]);
    const { holding } = await snapshot();
    const packed = await compare(new Uint8Array(gzipSync(holding.body())), {
      headers: { 'content-encoding': 'gzip' },
    });
    expect(linesOf(packed.text)[1]).toMatchObject({ equal: true });
    const elsewhere = [...holding.users.values()].map(({ object, id, updated_at }) => {
      const there = new Date(Date.parse(updated_at) + 2 * 3_600_000).toISOString().replace('Z', '+02:00');
      return JSON.stringify({ object, id, updated_at: there });
    });
    const zoned = await compare(elsewhere.join('\r\n'), { query: '?kinds[]=users' });
    expect(linesOf(zoned.text)[1]).toMatchObject({ equal: true });
  });

  it('of an app that holds nothing is everything', async () => {
    await directory.makeGroup('Engineers', [(await directory.makeUser('ada')).id]);
    const { text } = await compare('');
    expect(linesOf(text).map(({ object }) => object)).toEqual([
      'comparison',
      'missing',
      'missing',
      'missing',
      'comparison_end',
    ]);
  });

  it('never shows anything of another directory', async () => {
    const stranger = await hub.connect();
    const eve = await stranger.makeUser('eve');
    const { text } = await compare(`${eve.id}\n`, { query: '?kinds=users' });
    expect(linesOf(text)[1]).toEqual({
      object: 'extra',
      data: { object: 'directory_user', id: eve.id },
      line: 1,
    });
  });

  it.each<[string, string, string, string, string]>([
    ['what is no JSON', 'ada\n', 'line 1', 'invalid_json', 'neither JSON'],
    ['JSON of another shape', '\n[1]\n', 'line 2', 'invalid_line', 'JSON object'],
    ['another object', '{"object":"event","id":"x"}', 'line 1', 'unknown_object', 'directory_user'],
    [
      'a field that is not compared',
      '{"object":"directory_user","id":"x","state":"active"}',
      'line 1',
      'unknown_field',
      "'state'",
    ],
    ['no id', '{"object":"directory_group"}', 'line 1', 'required', '"id"'],
    ['an id that is none', '{"object":"directory_user","id":7}', 'line 1', 'invalid_id', '200'],
    ['an id with NUL', '{"object":"directory_user","id":"a\\u0000"}', 'line 1', 'invalid_id', '200'],
    [
      'half a membership',
      '{"object":"directory_membership","group_id":"g"}',
      'line 1',
      'required',
      '"user_id"',
    ],
    [
      'a time without a zone',
      '{"object":"directory_user","id":"x","updated_at":"2026-01-05T08:00:00"}',
      'line 1',
      'invalid_time',
      'zone',
    ],
    [
      'a time that is none',
      '{"object":"directory_user","id":"x","updated_at":"2026-13-05T08:00:00Z"}',
      'line 1',
      'invalid_time',
      'ISO 8601',
    ],
    [
      'the same twice',
      'directory_user_1\ndirectory_user_2\n"directory_user_1"',
      'line 3',
      'duplicate',
      'line 1',
    ],
  ])('refuses %s, and names the line', async (_what, body, field, code, word) => {
    const answer = await compare(body);
    expect(answer.status).toBe(422);
    expect(codeOf(answer)).toMatchObject({ code: 'invalid_request_parameters', errors: [{ field, code }] });
    expect(codeOf(answer).message).toContain(field);
    expect(codeOf(answer).message).toContain(word);
  });

  it('names twenty wrong lines and no more, however many there are, also behind many good ones', async () => {
    const good = Array.from({ length: 30_000 }, (_, n) => `directory_user_${n}\n`).join('');
    const answer = await compare(`${good}${'x\n'.repeat(50_000)}`);
    expect(answer.status).toBe(422);
    expect(codeOf(answer).errors).toHaveLength(20);
    expect(codeOf(answer).errors![0]).toMatchObject({ field: 'line 30001' });
  });

  it.each<[string, () => Promise<Asked>, number, string]>([
    ['a line that is too long', () => compare('x'.repeat(5_000)), 422, 'invalid_request_parameters'],
    [
      'a kind that was not asked for',
      () => compare('directory_group_1', { query: '?kinds=users' }),
      422,
      'invalid_request_parameters',
    ],
    ['an unknown kind', () => compare('', { query: '?kinds=people' }), 422, 'invalid_request_parameters'],
    [
      'another type of body',
      () => compare('{}', { headers: { 'content-type': 'application/json' } }),
      415,
      'unsupported_media_type',
    ],
    [
      'what is not gzip',
      () => compare('x', { headers: { 'content-encoding': 'gzip' } }),
      400,
      'invalid_content_encoding',
    ],
    [
      'another encoding',
      () => compare('x', { headers: { 'content-encoding': 'br' } }),
      415,
      'unsupported_content_encoding',
    ],
    [
      'an unknown directory',
      () =>
        ask('/directories/directory_x/compare', {
          method: 'POST',
          body: '',
          headers: { 'content-type': NDJSON },
        }),
      404,
      'entity_not_found',
    ],
    [
      'lines where none are read',
      () => ask('/organizations', { method: 'POST', body: '{}', headers: { 'content-type': NDJSON } }),
      415,
      'unsupported_media_type',
    ],
  ])('refuses %s', async (_what, asking, status, code) => {
    const answer = await asking();
    expect({ status: answer.status, ...codeOf(answer) }).toMatchObject({ status, code });
    expect(codeOf(answer)).not.toHaveProperty('error');
  });

  it('leaves nothing behind for the next comparison', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { text } = await compare(`directory_user_${round}\n`, { query: '?kinds=users' });
      expect(linesOf(text).slice(1, -1)).toMatchObject([
        { object: 'extra', data: { id: `directory_user_${round}` } },
      ]);
    }
  });
});

describe('whoever may not ask', () => {
  it.each([
    ['GET', '/directories/ID/snapshot'],
    ['GET', '/directories/ID/digest'],
    ['POST', '/directories/ID/compare'],
    ['POST', '/directories/ID/reannounce'],
    ['GET', '/organizations/ORG/snapshot'],
    ['GET', '/organizations/ORG/digest'],
    ['POST', '/organizations/ORG/compare'],
  ])('is told so by %s %s', async (method, path) => {
    const at = path.replace('ID', directory.id).replace('ORG', directory.organizationId);
    for (const authorization of ['', 'Bearer sk_wrong', `Bearer ${directory.token}`]) {
      const answer = await ask(at, { method, headers: { authorization } });
      expect({ status: answer.status, ...codeOf(answer) }).toMatchObject({
        status: 401,
        code: 'unauthorized',
      });
    }
  });

  it.each([
    '/directories/directory_x/snapshot',
    '/directories/directory_x/digest',
    '/organizations/org_x/snapshot',
    '/organizations/org_x/digest',
  ])('learns that there is nothing at %s', async (path) => {
    const answer = await ask(path);
    expect({ status: answer.status, ...codeOf(answer) }).toMatchObject({
      status: 404,
      code: 'entity_not_found',
    });
  });

  it('gets nothing of a directory that was deleted', async () => {
    await directory.makeUser('ada');
    expected(202, await hub.api('DELETE', `/directories/${directory.id}`));
    expect((await ask(`/directories/${directory.id}/snapshot`)).status).toBe(404);
    const { holding } = await snapshot(`organizations/${directory.organizationId}`);
    expect(holding.users.size).toBe(0);
  });
});
