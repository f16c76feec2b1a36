/** What WorkOS's SDKs rely on without saying so: each rule once, on the routes of people, groups, directories, events and endpoints. */
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expected, type Body, type HttpAnswer, type TestDirectory, type TestHub } from '../support/hub.js';
import { startInstallation, type Installation } from '../support/installation.js';
import { admin, Sink, type ReceivedRequest } from '../support/index.js';

const BODY_LIMIT_IN_BYTES = 20_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const LISTS = ['/directories', '/directory_users', '/directory_groups', '/events', '/webhook_endpoints'];

let installation: Installation;
let hub: TestHub;
let directory: TestDirectory;
let ada: Body;
let group: Body;
beforeAll(async () => {
  installation = await startInstallation({
    settings: { ROLLCALL_SCIM_BODY_LIMIT_BYTES: String(BODY_LIMIT_IN_BYTES) },
  });
  hub = installation.hub;
  directory = await hub.connect();
  ada = await directory.makeUser('ada@example.com', { title: 'Countess' });
  group = await directory.makeGroup('Engineering', [ada.id]);
  expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Lady' }));
}, 60_000);
afterAll(() => installation.close(), 60_000);

const get = async (path: string): Promise<Body> => expected(200, await hub.api('GET', path)).body;
const objects = (): string[] => [
  `/directories/${directory.id}`,
  `/directory_users/${ada.id}`,
  `/directory_groups/${group.id}`,
];

describe('every error', () => {
  const tooLarge = { name: 'x'.repeat(BODY_LIMIT_IN_BYTES) };
  it.each<[string, string, string, unknown, Record<string, string>, number, string]>([
    ['for a route that there is not', 'GET', '/user_management/users', undefined, {}, 404, 'route_not_found'],
    [
      'for a method that a list does not have',
      'DELETE',
      '/directory_users',
      undefined,
      {},
      405,
      'method_not_allowed',
    ],
    [
      'for a method that an object does not have',
      'PUT',
      '/directory_groups/x',
      {},
      {},
      405,
      'method_not_allowed',
    ],
    [
      'for a method that hardly anything has',
      'PROPFIND',
      '/events',
      undefined,
      {},
      405,
      'method_not_allowed',
    ],
    ['for a body that is too large', 'POST', '/organizations', tooLarge, {}, 413, 'body_too_large'],
    ['for a body that ends too early', 'POST', '/organizations', '{"name": "Ac', {}, 400, 'invalid_json'],
    ['for a body that is a text', 'POST', '/directories', '"x"', {}, 422, 'invalid_request_parameters'],
    ['for a body that is null', 'POST', '/webhook_endpoints', 'null', {}, 422, 'invalid_request_parameters'],
    [
      'for a body of another type',
      'POST',
      '/directories',
      'a=b',
      { 'content-type': 'application/xml' },
      415,
      'unsupported_media_type',
    ],
    [
      'for a key that opens nothing',
      'GET',
      '/directory_users',
      undefined,
      { authorization: 'Bearer sk_x' },
      401,
      'unauthorized',
    ],
    [
      'for an object that there is not',
      'DELETE',
      '/webhook_endpoints/we_x',
      undefined,
      {},
      404,
      'entity_not_found',
    ],
    ['for a path that is no URL', 'GET', '/directory_users/%zz', undefined, {}, 400, 'bad_request'],
    [
      'for an id longer than any',
      'GET',
      `/directory_users/${'x'.repeat(300)}`,
      undefined,
      {},
      414,
      'path_too_long',
    ],
  ])('%s is JSON with message and code, without error, under the id of the request', async (...row) => {
    const [, method, path, body, headers, status, code] = row;
    const answer = await hub.api(method, path, body, headers);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(Object.keys(answer.body).sort()).toEqual(
      answer.body['errors'] ? ['code', 'errors', 'message'] : ['code', 'message'],
    );
    expect(String(answer.body['message'])).toMatch(/\w{3}/);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9A-Z]{26}$/);
    for (const each of (answer.body['errors'] ?? []) as object[])
      expect(each).toEqual({
        field: expect.anything(),
        code: expect.any(String),
        message: expect.any(String),
      });
  });

  it('for a method that a path does not have names those that it has', async () => {
    const answer = await hub.api('POST', '/directory_users', {});
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect(answer.body['message']).toContain('It has GET, HEAD.');
    expect((await hub.api('PUT', `/directories/${directory.id}`, {})).headers['allow']).toBe(
      'DELETE, GET, HEAD, PATCH',
    );
  });

  it('of ours is JSON too', async () => {
    const broken = await startInstallation({ workers: 0 });
    const operator = await admin(broken.databaseUrl);
    await operator.rows('drop table scim_user');
    await operator.close();
    const answer = await broken.hub.api('GET', '/directory_users');
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    expect(answer.body).not.toHaveProperty('error');
    expect(answer.text).not.toContain('scim_user');
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': expect.stringMatching(/^req_/),
    });
    await broken.close();
  }, 60_000);
});

describe('every answer', () => {
  it.each<[string, string, unknown, number]>([
    ['GET', '/directories', undefined, 200],
    ['HEAD', '/directory_users', undefined, 200],
    ['POST', '/organizations', { name: 'Acme' }, 201],
    ['GET', '/health', undefined, 200],
    ['GET', '/nowhere', undefined, 404],
  ])('says the id of the request: %s %s', async (method, path, body, status) => {
    const answer = await hub.api(method, path, body);
    expect([answer.status, answer.headers['x-request-id']]).toEqual([status, expect.stringMatching(/^req_/)]);
  });

  it('without a body says it too', async () => {
    const made = await hub.connect();
    const answer = await hub.api('DELETE', `/directories/${made.id}`);
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
    expect(answer.headers).not.toHaveProperty('content-type');
  });

  it.each([...LISTS, 'an object'])(
    'with a body is application/json, whatever is accepted: %s',
    async (path) => {
      for (const each of path.startsWith('/') ? [path] : objects())
        for (const accept of ['application/scim+json', 'application/xml', '*/*']) {
          const answer = await hub.api('GET', each, undefined, { accept });
          expect([answer.status, answer.headers['content-type']]).toEqual([
            200,
            'application/json; charset=utf-8',
          ]);
        }
    },
  );

  it.each(['utf-8', 'gzip, deflate, br', 'identity;q=0'])(
    'is as it is for Accept-Encoding: %s',
    async (encoding) => {
      for (const path of [...LISTS, ...objects()]) {
        const plain = expected(200, await hub.api('GET', path));
        const answer = await hub.api('GET', path, undefined, { 'accept-encoding': encoding });
        expect([answer.status, answer.text]).toEqual([200, plain.text]);
        expect(answer.headers).not.toHaveProperty('content-encoding');
      }
    },
  );

  it.each(LISTS)('does not mind parameters that it does not know: %s', async (path) => {
    const odd =
      'colour=red&expand%5B%5D=groups&a%5Bb%5D%5Bc%5D=1&__proto__=x&constructor=y&directory_id=directory_x';
    const [plain, answer] = [await get(path), await get(`${path}?${odd}`)];
    expect(answer).toEqual(plain);
  });
});

describe('an empty body that is said to be JSON', () => {
  /** Without any length, as some write it, or with a length of nothing. */
  async function empty(method: string, path: string, length: boolean): Promise<number> {
    const { hostname, port } = new URL(hub.url);
    const headers = {
      authorization: `Bearer ${hub.apiKey}`,
      'content-type': 'application/json',
      ...(length ? { 'content-length': '0' } : {}),
    };
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path, headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      });
      sent.on('error', reject).end();
    });
  }

  it.each<[string, string, number]>([
    ['GET', '/directory_users', 200],
    ['HEAD', '/directory_groups', 200],
    ['DELETE', '/webhook_endpoints/we_x', 404],
    // Read as no fields at all: those who need some say which.
    ['POST', '/directories', 422],
    ['PATCH', '/directories/directory_x', 404],
    ['PUT', '/events', 405],
  ])('is read on %s %s', async (method, path, status) => {
    for (const length of [true, false]) expect(await empty(method, path, length)).toBe(status);
  });
});

describe('what is said', () => {
  function everyMember(value: unknown, visit: (name: string, value: unknown) => void): void {
    if (Array.isArray(value)) return value.forEach((each) => everyMember(each, visit));
    if (typeof value !== 'object' || value === null) return;
    for (const [name, each] of Object.entries(value)) {
      visit(name, each);
      everyMember(each, visit);
    }
  }
  const everything = (): Promise<Body[]> =>
    Promise.all([...LISTS.map((path) => `${path}?limit=100`), ...objects()].map(get));

  it('has each time in milliseconds of UTC', async () => {
    let times = 0;
    everyMember(await everything(), (name, value) => {
      if (!/_at$/.test(name) || value === null) return;
      expect([name, value]).toEqual([name, expect.stringMatching(TIME)]);
      times += 1;
    });
    expect(times).toBeGreaterThan(20);
  });

  it.each(LISTS)('of a place in a list is an id or null, never an empty text: %s', async (path) => {
    const empty = path === '/webhook_endpoints' ? '' : await emptyOf(path);
    const pages = [await get(path), await get(`${path}?limit=1`), await get(path + empty)];
    for (const { list_metadata: metadata } of pages)
      for (const cursor of [metadata.before, metadata.after])
        if (cursor !== null) expect(cursor).toMatch(/^[a-z_]+_[0-9A-Z]{26}$/);
    if (empty !== '') expect(pages[2]!.list_metadata).toMatchObject({ before: null, after: null });
  });

  async function emptyOf(path: string): Promise<string> {
    if (path === '/events') return '?organization_id=org_x';
    if (path === '/directories') return `?organization_id=${await hub.makeOrganization()}`;
    return `?directory=${(await hub.connect()).id}`;
  }

  it('of any object has an id by its kind', async () => {
    const kinds: Record<string, string> = {
      directory: 'directory_',
      directory_user: 'directory_user_',
      directory_group: 'directory_group_',
      event: 'event_',
      webhook_endpoint: 'we_',
    };
    const seen = new Set<unknown>();
    const visit = (value: unknown): void => {
      if (Array.isArray(value)) return value.forEach(visit);
      if (typeof value !== 'object' || value === null) return;
      const { object, id } = value as { object?: string; id?: string };
      if (object !== undefined && object in kinds) {
        seen.add(object);
        expect(id).toMatch(new RegExp(`^${kinds[object]}[0-9A-Z]{26}$`));
      }
      Object.values(value).forEach(visit);
    };
    visit(await everything());
    expect([...seen].sort()).toEqual(['directory', 'directory_group', 'directory_user', 'event']);
  });

  it('of a directory is "linked" when it is read and "active" when it is told', async () => {
    const shown = await get(`/directories/${directory.id}`);
    const [told] = await hub.events(directory.organizationId);
    expect([shown['state'], told!.data['state']]).toEqual(['linked', 'active']);
    expect(shown).not.toHaveProperty('domains');
    expect(shown['domain']).not.toBeNull();
    expect(told!.data).toMatchObject({ domains: [], external_key: shown['external_key'] });
    for (const name of ['domain', 'metadata']) expect(told!.data).not.toHaveProperty(name);
  });

  it('of a person has groups when it is read, and never when it is told', async () => {
    expect((await get(`/directory_users/${ada.id}`)).groups).toHaveLength(1);
    expect((await get(`/directory_users?directory=${directory.id}`)).data[0]!.groups).toHaveLength(1);
    for (const { data } of await directory.events()) {
      expect(data).not.toHaveProperty('groups');
      if (data.user) expect(data.user).not.toHaveProperty('groups');
    }
  });

  it('of a person, a group and a directory has every field that SDKs take for granted', async () => {
    const [shownDirectory, shownUser, shownGroup] = await Promise.all(objects().map(get));
    const told = await directory.events();
    const users = [shownUser!, ...told.map(({ data }) => data.user ?? data)].filter(
      (each) => each['object'] === 'directory_user',
    );
    const groups = [shownGroup!, ...told.map(({ data }) => data.group ?? data)].filter(
      (each) => each['object'] === 'directory_group',
    );
    expect([users.length, groups.length]).toEqual([4, 3]);
    const always = { id: 1, idp_id: 1, directory_id: 1, organization_id: 1, created_at: 1, updated_at: 1 };
    for (const user of users) {
      for (const name of Object.keys({ ...always, state: 1, custom_attributes: 1, raw_attributes: 1 }))
        expect([name, user[name] ?? null]).toEqual([name, expect.anything()]);
      for (const name of ['email', 'first_name', 'last_name', 'name']) expect(user).toHaveProperty(name);
    }
    for (const each of groups)
      for (const name of Object.keys({ ...always, name: 1 }))
        expect([name, each[name] ?? null]).toEqual([name, expect.anything()]);
    for (const name of ['organization_id', 'external_key', 'type', 'state', 'name', 'metadata'])
      expect([name, shownDirectory![name] ?? null]).toEqual([name, expect.anything()]);
  });

  it('of an update names what was before, always', async () => {
    const updates = (await directory.events()).filter(({ event }) => event.endsWith('.updated'));
    expect(updates.map(({ data }) => data['previous_attributes'])).toEqual([
      expect.objectContaining({ job_title: 'Countess' }),
    ]);
  });
});

describe('a webhook', () => {
  let sink: Sink;
  beforeEach(async () => {
    sink = await Sink.open();
  });
  afterEach(() => sink.close());

  async function endpoint(organizationId: string): Promise<string> {
    const body = { endpoint_url: `${sink.url}/hook`, events: [], organization_id: organizationId };
    return String(expected(201, await hub.api('POST', '/webhook_endpoints', body)).body['secret']);
  }
  const idOf = ({ body }: ReceivedRequest): string => String(JSON.parse(body.toString()).id);

  it('comes when its event can be read already, by its id and from the cursor before it', async () => {
    const here = await hub.connect();
    const [activated] = await hub.events(here.organizationId);
    const answers: [string, HttpAnswer][] = [];
    sink.answers(async (received) => {
      const path = `/events?organization_id=${here.organizationId}&limit=100&after=${activated!.id}`;
      answers.push([idOf(received), await hub.api('GET', path)]);
      return { status: 204 };
    });
    await endpoint(here.organizationId);
    await Promise.all(Array.from({ length: 20 }, (_, index) => here.makeUser(`user-${index}`)));
    await sink.receives(20);
    await sink.close();
    expect(answers.length).toBeGreaterThan(0);
    for (const [id, answer] of answers) expect(answer.body.data.map((event) => event.id)).toContain(id);
    sink = await Sink.open();
  });

  it('is signed once, over exactly its bytes, anew for each attempt, with the time in milliseconds', async () => {
    const here = await hub.connect();
    sink.answers((_request, index) => ({ status: index === 0 ? 503 : 204 }));
    const secret = await endpoint(here.organizationId);
    await here.makeUser('zoë "quoted" \\ / 😀 \u2028');
    const [first, second] = await sink.receives(2, { withinInSeconds: 20 });
    expect(second!.body.equals(first!.body)).toBe(true);
    const signedAt = [first!, second!].map(({ headers, body, at }) => {
      const [, time, signature] = /^t=(\d{13}), v1=([0-9a-f]{64})$/.exec(
        String(headers['workos-signature']),
      )!;
      expect(createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')).toBe(signature);
      expect(Math.abs(Number(time) - at.getTime())).toBeLessThan(5_000);
      return Number(time);
    });
    expect(signedAt[1]).toBeGreaterThan(signedAt[0]!);
    const text = first!.body.toString();
    expect(text).toBe(JSON.stringify(JSON.parse(text)));
    expect(first!.headers['content-type']).toMatch(/^application\/json/);
  }, 40_000);
});
