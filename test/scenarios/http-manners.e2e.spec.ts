/** The manners of HTTP: methods, types, headers. What a client that knows HTTP and not Rollcall may rely on. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  expected,
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
let ada: Body;
let group: Body;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = await hub.connect();
  ada = await directory.makeUser('ada@example.com', { title: 'Countess', name: { familyName: 'Lovelace' } });
  group = await directory.makeGroup('Engineering', [ada.id]);
});
afterAll(() => hub.close());

let position: number;
beforeEach(async () => {
  position = await hub.logPosition();
});

async function expectError(answer: HttpAnswer, status: number, detail: RegExp): Promise<void> {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      detail: expect.stringMatching(detail),
    },
  });
  expect(await hub.logPosition()).toBe(position);
}

const named = (path: string): string => path.replace(':ada', ada.id).replace(':group', group.id);

const COLLECTION = 'GET, HEAD, OPTIONS, POST';
const RESOURCE = 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT';
const DISCOVERY = 'GET, HEAD, OPTIONS';
const PATHS: [string, string][] = [
  ['/Users', COLLECTION],
  ['/Groups', COLLECTION],
  ['/Users/', COLLECTION],
  ['/Users?count=1', COLLECTION],
  ['/Users/:ada', RESOURCE],
  ['/Groups/:group', RESOURCE],
  ['/ServiceProviderConfig', DISCOVERY],
  ['/ResourceTypes', DISCOVERY],
  ['/ResourceTypes/User', DISCOVERY],
  ['/Schemas', DISCOVERY],
  [`/Schemas/${USER}`, DISCOVERY],
  ['/.search', 'OPTIONS, POST'],
  ['/Bulk', 'OPTIONS, POST'],
  ['/Users/.search', 'OPTIONS, POST'],
  ['/Groups/.search', 'OPTIONS, POST'],
  ['', DISCOVERY],
];
const refused = PATHS.flatMap(([path, allow]) =>
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'SEARCH', 'PURGE']
    .filter((method) => !allow.split(', ').includes(method))
    .map((method) => [method, path, allow] as const),
);

describe('a method that a path has not', () => {
  it.each(refused)('%s %s is 405, and Allow names those that it has', async (method, path, allow) => {
    const answer = await directory.scim(method, named(path));
    await expectError(answer, 405, new RegExp(`^${method} is not possible at /scim/v2/.* ${allow}\\.$`));
    expect(answer.headers['allow']).toBe(allow);
    expect(answer.headers['content-type']).toBe('application/scim+json; charset=utf-8');
  });

  it('is 405 with a body too, and under the root that names no directory', async () => {
    await expectError(await directory.scim('PUT', '/Users', { userName: 'x' }), 405, /PUT is not possible/);
    const authorization = `Bearer ${directory.token}`;
    for (const path of ['/scim/v2/Users', '/scim/v2', '/scim/v2/']) {
      const answer = await hub.send({ method: 'DELETE', path, headers: { authorization } });
      await expectError(answer, 405, /^DELETE is not possible at \/scim\/v2.* GET, HEAD, OPTIONS/);
    }
  });

  it('is 401 for a stranger, who learns nothing of the paths', async () => {
    for (const path of ['/Users', '/Nonsense', '/Me', '/.search'])
      for (const method of ['DELETE', 'OPTIONS', 'HEAD', 'GET']) {
        const answer = await hub.send({ method, path: `/scim/v2${path}` });
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(answer.headers['allow']).toBeUndefined();
      }
  });
});

describe('OPTIONS', () => {
  it.each(PATHS)('at %s is 204 and names the methods', async (path, allow) => {
    const answer = await directory.scim('OPTIONS', named(path));
    expect([answer.status, answer.text, answer.headers['allow']]).toEqual([204, '', allow]);
  });
});

describe('a path that nothing has', () => {
  it.each([
    ['GET', '/Devices'],
    ['POST', '/Users/x/y'],
    ['OPTIONS', '/Nonsense'],
    ['DELETE', '/Schemas/a/b'],
    ['PATCH', '/users'],
  ])('%s %s is 404 and names the endpoints', async (method, path) => {
    await expectError(
      await directory.scim(method, path),
      404,
      /^There is nothing at .* Users, Groups, ServiceProviderConfig/,
    );
  });

  it('is 404 without a directory in the path as well', async () => {
    const authorization = `Bearer ${directory.token}`;
    const answer = await hub.send({ method: 'GET', path: '/scim/v2/Devices', headers: { authorization } });
    await expectError(answer, 404, /There is nothing at GET \/scim\/v2\/Devices/);
  });
});

describe('HEAD', () => {
  it.each([
    '/Users',
    '/Users/:ada',
    '/Groups/:group',
    '/ServiceProviderConfig',
    '/Schemas',
    '/ResourceTypes',
    '',
  ])('at %s has the headers of GET and no body', async (path) => {
    const get = await directory.scim('GET', named(path));
    const head = await directory.scim('HEAD', named(path));
    expect([head.status, head.text]).toEqual([200, '']);
    expect(get.status).toBe(200);
    for (const header of ['content-type', 'content-length', 'etag', 'location', 'content-location'])
      expect([header, head.headers[header]]).toEqual([header, get.headers[header]]);
    expect(Number(head.headers['content-length'])).toBe(Buffer.byteLength(get.text));
  });

  it('of nobody is 404 without a body', async () => {
    const answer = await directory.scim('HEAD', '/Users/nobody');
    expect([answer.status, answer.text]).toEqual([404, '']);
  });
});

describe('/Me', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'is 501 for %s, since a token is nobody in particular',
    async (method) => {
      const answer = await directory.scim(method, '/Me');
      if (method === 'HEAD') expect(answer.status).toBe(501);
      else await expectError(answer, 501, /^There is no \/Me: the token belongs to the identity provider/);
    },
  );

  it('is 501 with a body and with parameters', async () => {
    await expectError(await directory.scim('PATCH', '/Me', { schemas: [PATCH_OP] }), 501, /no \/Me/);
    await expectError(await directory.scim('GET', '/Me?attributes=userName'), 501, /no \/Me/);
  });
});

describe('discovery', () => {
  it.each([
    '/ServiceProviderConfig',
    '/ResourceTypes',
    '/ResourceTypes/User',
    '/Schemas',
    `/Schemas/${USER}`,
  ])('%s cannot be filtered: 403', async (path) => {
    const filter = encodeURIComponent('id eq "User"');
    await expectError(await directory.scim('GET', `${path}?filter=${filter}`), 403, /without a filter/);
  });

  it('passes over other parameters', async () => {
    const answer = await directory.scim('GET', '/ResourceTypes?attributes=id&sortBy=id&startIndex=2&count=1');
    expect(answer.body.Resources.map(({ id }) => id)).toEqual(['User', 'Group']);
  });

  it('says what can be done', async () => {
    expect((await directory.scim('GET', '/ServiceProviderConfig')).body).toMatchObject({
      patch: { supported: true },
      filter: { supported: true, maxResults: 1_000 },
      sort: { supported: true },
      etag: { supported: true },
      changePassword: { supported: false },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 1_000,
      },
    });
  });

  it('shows each schema and each type by its id', async () => {
    for (const list of ['Schemas', 'ResourceTypes']) {
      const all = expected(200, await directory.scim('GET', `/${list}`)).body;
      expect(all.Resources.length).toBe(all.totalResults);
      for (const one of all.Resources)
        expect((await directory.scim('GET', `/${list}/${one.id}`)).body).toEqual(one);
    }
    await expectError(await directory.scim('GET', '/Schemas/urn:none'), 404, /no schema urn:none/);
  });
});

describe('the type of an answer', () => {
  it.each([
    ['application/scim+json', 'application/scim+json; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['text/json', 'application/json; charset=utf-8'],
    ['*/*', 'application/scim+json; charset=utf-8'],
    ['application/scim+json; charset=utf-8', 'application/scim+json; charset=utf-8'],
    ['application/json;q=0.5, application/scim+json', 'application/scim+json; charset=utf-8'],
  ])('for "Accept: %s" is %s, of errors too', async (accept, type) => {
    const headers = { accept };
    expect((await directory.scim('GET', '/Users', undefined, headers)).headers['content-type']).toBe(type);
    const error = await directory.scim('GET', '/Users/nobody', undefined, headers);
    expect([error.status, error.headers['content-type']]).toEqual([404, type]);
  });

  it('that the client can read there is none: 406, and nothing is done', async () => {
    const body = { schemas: [USER], userName: 'unreadable@example.com' };
    for (const accept of ['text/html', 'application/xml', 'application/scim+json;q=0']) {
      const answer = await directory.scim('POST', '/Users', body, { accept });
      await expectError(answer, 406, /Accept application\/scim\+json or application\/json/);
    }
    await expectError(
      await directory.scim('DELETE', `/Users/${ada.id}`, undefined, { accept: 'text/html' }),
      406,
      /Accept/,
    );
  });

  it('is no matter to a stranger: 401 comes before 406 and 415', async () => {
    const headers = { accept: 'text/html', 'content-type': 'text/plain' };
    const answer = await hub.send({ method: 'POST', path: '/scim/v2/Users', body: 'x', headers });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      401,
      'application/scim+json; charset=utf-8',
    ]);
  });

  it('is not asked for: SCIM', async () => {
    const authorization = `Bearer ${directory.token}`;
    const answer = await hub.send({
      method: 'GET',
      path: `${directory.root}/Users`,
      headers: { authorization },
    });
    expect(answer.headers['content-type']).toBe('application/scim+json; charset=utf-8');
  });
});

describe('the type of a body', () => {
  it.each(['application/xml', 'text/plain', 'multipart/form-data; boundary=x'])(
    'may not be %s: 415',
    async (type) => {
      const answer = await directory.scim('POST', '/Users', '<user/>', { 'content-type': type });
      await expectError(answer, 415, /Send application\/scim\+json or application\/json/);
    },
  );

  it.each(['application/json', 'text/json', 'application/scim+json;charset=UTF-8', 'APPLICATION/JSON'])(
    'may be %s',
    async (type) => {
      const body = { schemas: [PATCH_OP], Operations: [] };
      const answer = await directory.scim('PATCH', `/Users/${ada.id}`, body, { 'content-type': type });
      expect(answer.status).toBe(200);
    },
  );
});

describe('X-HTTP-Method-Override', () => {
  it.each(['PUT', 'patch', 'PATCH', 'DELETE'])('of %s does to a POST what it says', async (method) => {
    const { id } = await directory.makeUser(
      `override by ${method}${method.toLowerCase() === method ? ' small' : ''}`,
    );
    const bodies: Record<string, object | undefined> = {
      PUT: { schemas: [USER], userName: `override by ${method}`, title: 'Put' },
      PATCH: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'title', value: 'Put' }] },
    };
    const headers = { 'x-http-method-override': method };
    const answer = await directory.scim('POST', `/Users/${id}`, bodies[method.toUpperCase()], headers);
    if (method === 'DELETE') expect(answer.status).toBe(204);
    else expect([answer.status, answer.body['title']]).toEqual([200, 'Put']);
    expect((await directory.scim('GET', `/Users/${id}`)).status).toBe(method === 'DELETE' ? 404 : 200);
  });

  it('says nothing to a GET, and nothing that is not meant for writing', async () => {
    const get = await directory.scim('GET', `/Users/${ada.id}`, undefined, {
      'x-http-method-override': 'DELETE',
    });
    expect(get.body.id).toBe(ada.id);
    const search = await directory.scim('POST', '/Users/.search', {}, { 'x-http-method-override': 'GET' });
    expect(search.status).toBe(200);
  });

  it('reaches nothing but SCIM', async () => {
    const made = await hub.api(
      'POST',
      '/organizations',
      { name: 'Kept' },
      { 'x-http-method-override': 'DELETE' },
    );
    expect(made.status).toBe(201);
  });
});

describe('what an answer to a write shows', () => {
  const rename = (title: string): object => ({
    schemas: [PATCH_OP],
    Operations: [{ op: 'replace', path: 'title', value: title }],
  });
  const minimal = { prefer: 'return=minimal' };
  const whole = { prefer: 'return=representation' };

  it('is nothing for those who prefer so, of every verb', async () => {
    const body = { schemas: [USER], userName: 'minimal@example.com' };
    const post = await directory.scim('POST', '/Users', body, minimal);
    expect([post.status, post.text, post.headers['preference-applied']]).toEqual([201, '', 'return=minimal']);
    const path = post.headers['location']!.replace(/^.*(?=\/Users)/, '');
    for (const [method, change] of [
      ['PUT', body],
      ['PATCH', rename('Quiet')],
    ] as const) {
      const answer = await directory.scim(method, path, change, minimal);
      expect([answer.status, answer.text, answer.headers['preference-applied']]).toEqual([
        204,
        '',
        'return=minimal',
      ]);
      expect(answer.headers).toMatchObject({
        etag: expect.stringMatching(/^W\/"\d+"$/),
        location: post.headers['location'],
      });
      expect(answer.headers['content-location']).toBeUndefined();
    }
    expect((await directory.scim('GET', path)).body['title']).toBe('Quiet');
  });

  it('is the group for those who prefer so, and else nothing of a PATCH', async () => {
    const path = `/Groups/${group.id}`;
    const change = {
      schemas: [PATCH_OP],
      Operations: [{ op: 'replace', path: 'displayName', value: 'Engineering' }],
    };
    const usual = await directory.scim('PATCH', path, change);
    expect([usual.status, usual.text]).toEqual([204, '']);
    const shown = await directory.scim('PATCH', path, change, whole);
    expect([shown.status, shown.headers['preference-applied']]).toEqual([200, 'return=representation']);
    expect(shown.body).toMatchObject({ displayName: 'Engineering', members: [{ value: ada.id }] });
  });

  it.each([
    ['attributes=displayName', ['displayName', 'id', 'schemas']],
    ['excludedAttributes=members', ['displayName', 'id', 'meta', 'schemas']],
  ])('is what %s names, whatever is preferred', async (query, names) => {
    const change = {
      schemas: [PATCH_OP],
      Operations: [{ op: 'add', path: 'members', value: [{ value: ada.id }] }],
    };
    for (const headers of [{}, minimal]) {
      const answer = await directory.scim('PATCH', `/Groups/${group.id}?${query}`, change, headers);
      expect([answer.status, Object.keys(answer.body).sort()]).toEqual([200, names]);
    }
  });

  it('is projected for POST, PUT and PATCH as for GET', async () => {
    const body = {
      schemas: [USER],
      userName: 'projected@example.com',
      title: 'T',
      emails: [{ value: 'p@x.example' }],
    };
    const post = await directory.scim('POST', '/Users?attributes=userName,emails.value', body);
    expect(post.body).toEqual({
      schemas: [USER],
      id: expect.any(String),
      userName: 'projected@example.com',
      emails: [{ value: 'p@x.example' }],
    });
    const path = `/Users/${post.body.id}`;
    for (const [method, change] of [
      ['PUT', body],
      ['PATCH', rename('U')],
    ] as const) {
      const some = await directory.scim(method, `${path}?attributes=title`, change);
      expect(Object.keys(some.body).sort()).toEqual(['id', 'schemas', 'title']);
      const most = await directory.scim(method, `${path}?excludedAttributes=title,id,emails`, change);
      expect(Object.keys(most.body).sort()).toEqual([
        'active',
        'groups',
        'id',
        'meta',
        'schemas',
        'userName',
      ]);
    }
    const unknown = await directory.scim('GET', `${path}?attributes=shoeSize,password`);
    expect(Object.keys(unknown.body).sort()).toEqual(['id', 'schemas']);
  });
});

describe('values of every kind', () => {
  it.each([
    ['another alphabet', 'Жук Ωμέγα 漢字 ﷺ'],
    ['emoji and joined emoji', '🚀👩‍👩‍👧‍👦🏳️‍🌈'],
    ['combining letters', 'e\u0301 ≠ é'],
    ['right to left', '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627'],
    ['what SQL and JSON would trip over', `'"\\{}$1%_;--\t\u2028`],
    ['65,536 characters', '€'.repeat(65_536)],
  ])('are kept as they came: %s', async (what, value) => {
    const { id } = await directory.makeUser(`${what}@example.com`, {
      title: value,
      name: { givenName: value },
    });
    const shown = (await directory.scim('GET', `/Users/${id}`)).body;
    expect(shown).toMatchObject({ title: value, name: { givenName: value } });
    if (value.length > 1_000) return;
    const filter = encodeURIComponent(`title eq ${JSON.stringify(value)}`);
    const found = await directory.scim('GET', `/Users?filter=${filter}&attributes=id`);
    expect(found.body.Resources.map((one) => one.id)).toEqual([id]);
  });

  it('one character more than that is refused, and names the attribute', async () => {
    const body = { schemas: [USER], userName: 'long@example.com', title: 'x'.repeat(65_537) };
    expect((await directory.scim('POST', '/Users', body)).body).toMatchObject({
      status: '400',
      scimType: 'invalidValue',
      detail: expect.stringMatching(/^title/),
    });
  });

  it('null says the same as nothing, and an empty list that there is none', async () => {
    const { id } = await directory.makeUser('cleared@example.com', {
      title: 'T',
      nickName: null,
      name: null,
      emails: [{ value: 'c@example.com', type: null }],
      roles: [{ value: 'r' }],
    });
    const path = `/Users/${id}`;
    const first = (await directory.scim('GET', path)).body;
    expect(first).toMatchObject({ title: 'T', emails: [{ value: 'c@example.com' }] });
    for (const name of ['nickName', 'name']) expect(first).not.toHaveProperty(name);
    const put = await directory.scim('PUT', path, {
      schemas: [USER],
      userName: 'cleared@example.com',
      title: null,
      emails: [],
      roles: [{ value: 'r' }],
    });
    expect(put.status).toBe(200);
    for (const name of ['title', 'emails']) expect(put.body).not.toHaveProperty(name);
    expect(put.body).toMatchObject({ roles: [{ value: 'r' }] });
    const clear = { schemas: [PATCH_OP], Operations: [{ op: 'replace', value: { roles: [] } }] };
    expect((await directory.scim('PATCH', path, clear)).body).not.toHaveProperty('roles');
    const emptied = await directory.scim('PUT', `/Groups/${group.id}`, {
      schemas: [GROUP],
      displayName: 'Engineering',
      members: [],
    });
    expect(emptied.body).not.toHaveProperty('members.0');
  });
});
