/** Versions of resources: RFC 7644 §3.14. Who writes on the ground of what it read learns when that is no longer so. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  GROUP,
  PATCH_OP,
  TestHub,
  USER,
  type Body,
  type HttpAnswer,
  type TestDirectory,
} from '../support/hub.js';

let hub: TestHub;
let directory: TestDirectory;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = await hub.connect();
});
afterAll(() => hub.close());

const retitled = (title: string): object => ({
  schemas: [PATCH_OP],
  Operations: [{ op: 'replace', path: 'title', value: title }],
});
let count = 0;
const newUser = (): Promise<Body> => directory.makeUser(`person${(count += 1)}@example.com`);
const pathOf = ({ id }: Body): string => `/Users/${id}`;

function expectStale(answer: HttpAnswer, version: string): void {
  expect([answer.status, answer.body]).toEqual([
    412,
    {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '412',
      detail: expect.stringContaining(`has the version ${version}`),
    },
  ]);
}

describe('an answer that is about one resource', () => {
  it('names its version and its place: on POST, GET, PUT and PATCH', async () => {
    const body = { schemas: [USER], userName: 'ada@example.com' };
    const post = await directory.scim('POST', '/Users', body);
    const path = pathOf(post.body);
    const answers = [
      post,
      await directory.scim('GET', path),
      await directory.scim('PUT', path, { ...body, title: 'Countess' }),
      await directory.scim('PATCH', path, retitled('Analyst')),
    ];
    for (const { headers, body: shown } of answers) {
      expect(headers['etag']).toBe(shown.meta.version);
      expect(headers['location']).toBe(shown.meta.location);
      expect(headers['content-location']).toBe(shown.meta.location);
    }
    expect(answers.map(({ headers }) => headers['etag'])).toEqual(['W/"1"', 'W/"1"', 'W/"2"', 'W/"3"']);
  });

  it('names them for groups, also where it shows nothing', async () => {
    const { id } = await newUser();
    const post = await directory.scim('POST', '/Groups', { schemas: [GROUP], displayName: 'Engineering' });
    const path = `/Groups/${post.body.id}`;
    const add = { schemas: [PATCH_OP], Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }] };
    const patch = await directory.scim('PATCH', path, add);
    expect([patch.status, patch.text, patch.headers['etag']]).toEqual([204, '', 'W/"2"']);
    expect(patch.headers['location']).toBe(post.headers['location']);
    const get = await directory.scim('GET', path);
    expect(get.headers['etag']).toBe('W/"2"');
    expect(get.headers['content-location']).toBe(get.body.meta.location);
  });

  it('stays within the root that the caller used', async () => {
    const user = await newUser();
    const authorization = `Bearer ${directory.token}`;
    const answer = await hub.send({
      method: 'GET',
      path: `/scim/v2${pathOf(user)}`,
      headers: { authorization },
    });
    expect(answer.headers['location']).toBe(`${hub.url}/scim/v2${pathOf(user)}`);
    expect(answer.body.meta.location).toBe(answer.headers['location']);
  });

  it('keeps the version when nothing changed', async () => {
    const path = pathOf(await newUser());
    for (const title of ['Same', 'Same'])
      expect((await directory.scim('PATCH', path, retitled(title))).headers['etag']).toBe('W/"2"');
  });

  it('is a list: then there is no version of it', async () => {
    expect((await directory.scim('GET', '/Users')).headers['etag']).toBeUndefined();
  });
});

describe('If-None-Match on GET', () => {
  it.each(['W/"1"', '"1"', '*', 'W/"7", W/"1"', '1'])(
    '%s: 304 with the version and without a body',
    async (tag) => {
      const user = await newUser();
      const answer = await directory.scim('GET', pathOf(user), undefined, { 'if-none-match': tag });
      expect([answer.status, answer.text]).toEqual([304, '']);
      expect(answer.headers).toMatchObject({ etag: 'W/"1"', location: user.meta.location });
    },
  );

  it('of another version: the resource', async () => {
    const path = pathOf(await newUser());
    await directory.scim('PATCH', path, retitled('New'));
    const answer = await directory.scim('GET', path, undefined, { 'if-none-match': 'W/"1"' });
    expect([answer.status, answer.headers['etag'], answer.body['title']]).toEqual([200, 'W/"2"', 'New']);
  });

  it('works for groups and for HEAD', async () => {
    const { id } = await directory.makeGroup('Readers');
    for (const method of ['GET', 'HEAD']) {
      const answer = await directory.scim(method, `/Groups/${id}`, undefined, { 'if-none-match': 'W/"1"' });
      expect([method, answer.status, answer.headers['etag']]).toEqual([method, 304, 'W/"1"']);
    }
  });

  it('of nobody is 404', async () => {
    const answer = await directory.scim('GET', '/Users/nobody', undefined, { 'if-none-match': '*' });
    expect(answer.status).toBe(404);
  });
});

const WRITES: [string, (user: Body) => object | undefined][] = [
  ['PUT', ({ userName }) => ({ schemas: [USER], userName, title: 'Written' })],
  ['PATCH', () => retitled('Written')],
  ['DELETE', () => undefined],
];

describe.each(WRITES)('%s', (method, bodyOf) => {
  const write = (user: Body, headers: Record<string, string>): Promise<HttpAnswer> =>
    directory.scim(method, pathOf(user), bodyOf(user), headers);

  it.each([
    ['If-Match', 'W/"1"'],
    ['If-Match', '"1"'],
    ['If-Match', '*'],
    ['If-Match', 'W/"9", W/"1"'],
    ['If-None-Match', 'W/"9"'],
  ])('with %s: %s is done', async (name, tag) => {
    const answer = await write(await newUser(), { [name]: tag });
    expect(answer.status).toBe(method === 'DELETE' ? 204 : 200);
  });

  it.each([
    ['If-Match', 'W/"2"'],
    ['If-Match', 'W/"2", "3"'],
    ['If-Match', '"W/1"'],
    ['If-None-Match', 'W/"1"'],
    ['If-None-Match', '*'],
  ])('with %s: %s is 412, changes nothing and leaves no event', async (name, tag) => {
    const user = await newUser();
    const position = await hub.logPosition();
    expectStale(await write(user, { [name]: tag }), 'W/"1"');
    expect(await hub.logPosition()).toBe(position);
    expect((await directory.scim('GET', pathOf(user))).body).toEqual(user);
  });

  it('with both needs both', async () => {
    const user = await newUser();
    expectStale(await write(user, { 'If-Match': 'W/"1"', 'If-None-Match': 'W/"1"' }), 'W/"1"');
    const done = await write(user, { 'If-Match': 'W/"1"', 'If-None-Match': 'W/"2"' });
    expect(done.status).toBeLessThan(300);
  });

  it('of nobody is 404, whatever the condition', async () => {
    const nobody = { ...(await newUser()), id: 'nobody' };
    for (const headers of [{ 'If-Match': '*' }, { 'If-None-Match': '*' }, { 'If-Match': 'W/"1"' }])
      expect((await write(nobody, headers)).status).toBe(404);
  });
});

describe('two who read the same version and both write', () => {
  it('are one who is done and one who is told', async () => {
    const user = await newUser();
    const answers = await Promise.all(
      ['One', 'Other', 'Third'].map((title) =>
        directory.scim('PATCH', pathOf(user), retitled(title), { 'If-Match': user.meta.version }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  it('a group too, whose version its members belong to', async () => {
    const { id } = await newUser();
    const group = await directory.makeGroup('Contended');
    const add = { schemas: [PATCH_OP], Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }] };
    const headers = { 'If-Match': group.meta.version };
    expect((await directory.scim('PATCH', `/Groups/${group.id}`, add, headers)).status).toBe(204);
    expectStale(await directory.scim('DELETE', `/Groups/${group.id}`, undefined, headers), 'W/"2"');
    expectStale(await directory.scim('PATCH', `/Groups/${group.id}`, add, headers), 'W/"2"');
  });
});

describe('a GET with If-Match', () => {
  it('of another version is 412', async () => {
    const user = await newUser();
    const get = (tag: string): Promise<HttpAnswer> =>
      directory.scim('GET', pathOf(user), undefined, { 'if-match': tag });
    expect((await get('W/"1"')).status).toBe(200);
    expectStale(await get('W/"2"'), 'W/"1"');
  });
});
