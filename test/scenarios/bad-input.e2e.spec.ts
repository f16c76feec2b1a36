/** What the hub says to requests that are wrong: a status, a keyword and a sentence, and never an event. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
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

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const BODY_LIMIT_IN_BYTES = 100_000;

let hub: TestHub;
let directory: TestDirectory;
let ada: Body;
let group: Body;

beforeAll(async () => {
  hub = await TestHub.start({ ROLLCALL_SCIM_BODY_LIMIT_BYTES: String(BODY_LIMIT_IN_BYTES) });
  directory = await hub.connect();
  ada = await directory.makeUser('ada@example.com', { externalId: 'a-1', name: { familyName: 'Lovelace' } });
  await directory.makeUser('grace@example.com', { externalId: 'g-1' });
  group = await directory.makeGroup('Engineering', [ada.id]);
  // As it is with its group.
  ada = (await directory.scim('GET', `/Users/${ada.id}`)).body;
});
afterAll(() => hub.close());

let position: number;
beforeEach(async () => {
  position = await hub.logPosition();
});
afterEach(async () => {
  expect(await hub.logPosition()).toBe(position);
});

/** RFC 7644 §3.12, and the id under which the operator finds the request. */
function expectRefusal(answer: HttpAnswer, status: number, detail: RegExp, scimType?: string): void {
  expect({ status: answer.status, body: answer.body }).toEqual({
    status,
    body: {
      schemas: [ERROR],
      status: String(status),
      ...(scimType ? { scimType } : {}),
      detail: expect.stringMatching(detail),
    },
  });
  expect(answer.body.detail).toMatch(/^["A-Za-z].*[.]$/);
  expect(answer.headers['content-type']).toBe('application/scim+json; charset=utf-8');
  expect(answer.headers['x-request-id']).toMatch(/^req_[0-9A-Z]{26}$/);
}

const patchOf = (...Operations: unknown[]): object => ({ schemas: [PATCH_OP], Operations });
const user = (more: object): object => ({ schemas: [USER], userName: 'new@example.com', ...more });
/** Paths and bodies of the tables may name the two that are there. */
const named = <T>(given: T): T =>
  JSON.parse(JSON.stringify(given).replaceAll(':ada', ada.id).replaceAll(':group', group.id)) as T;

describe('a body that is not what it should be', () => {
  it.each<[string, string, string]>([
    ['broken', '{"userName":', 'is not valid JSON'],
    ['not JSON at all', 'userName=ada', 'is not valid JSON'],
    ['a list', '[]', 'must be a JSON object'],
    ['a text', '"ada"', 'must be a JSON object'],
    ['null', 'null', 'must be a JSON object'],
  ])('that is %s is 400 invalidSyntax', async (_what, body, detail) => {
    expectRefusal(await directory.scim('POST', '/Users', body), 400, new RegExp(detail), 'invalidSyntax');
  });

  it('that is missing is 400 invalidSyntax', async () => {
    const headers = { 'content-type': 'application/scim+json' };
    const answer = await directory.scim('POST', '/Users', '', headers);
    expectRefusal(answer, 400, /must be a JSON object/, 'invalidSyntax');
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'application/octet-stream'])(
    'of the type %s is 415',
    async (type) => {
      const answer = await directory.scim('POST', '/Users', user({}), { 'content-type': type });
      expectRefusal(answer, 415, /application\/scim\+json/);
    },
  );

  it('is read as application/json and with any charset that is named', async () => {
    for (const type of ['application/json', 'application/scim+json; charset=utf-8', 'text/json']) {
      const body = patchOf({ op: 'replace', path: 'name.familyName', value: 'Lovelace' });
      const answer = await directory.scim('PATCH', `/Users/${ada.id}`, body, { 'content-type': type });
      expect(answer.status).toBe(200);
    }
  });

  it('over the limit is 413, and one at the limit is read', async () => {
    const sized = (bytes: number): string => {
      const empty = JSON.stringify({ schemas: [PATCH_OP], Operations: [], padding: '' });
      return empty.replace('"padding":""', `"padding":"${'x'.repeat(bytes - empty.length)}"`);
    };
    const atLimit = await directory.scim('PATCH', `/Users/${ada.id}`, sized(BODY_LIMIT_IN_BYTES));
    expect(atLimit.status).toBe(200);
    const over = await directory.scim('PATCH', `/Users/${ada.id}`, sized(BODY_LIMIT_IN_BYTES + 1));
    expectRefusal(over, 413, /too large.*ROLLCALL_SCIM_BODY_LIMIT_BYTES/);
  });
});

describe('a request that cannot be read as HTTP', () => {
  it('because its filter is too long for a URL is 431 in the words of SCIM', async () => {
    const filter = encodeURIComponent(`userName eq "${'x'.repeat(20_000)}"`);
    const answer = await directory.scim('GET', `/Users?filter=${filter}`);
    expect(answer.status).toBe(431);
    expect(answer.body).toMatchObject({ schemas: [ERROR], status: '431', code: 'headers_too_large' });
    expect(answer.body.detail).toMatch(/shorter filter/);
    expect(answer.headers['content-type']).toBe('application/scim+json; charset=utf-8');
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9A-Z]{26}$/);
  });
});

describe('a request that shows the wrong token, or none', () => {
  const read = (authorization: string | undefined, path = '/scim/v2/Users'): Promise<HttpAnswer> =>
    hub.send({ method: 'GET', path, headers: authorization === undefined ? {} : { authorization } });

  // RFC 6750 §3.1: an error code only where something was sent.
  it.each<[string, string | undefined, RegExp, string]>([
    ['without a header', undefined, /no bearer token/, 'Bearer realm="scim"'],
    ['with an empty header', '', /no bearer token/, 'Bearer realm="scim"'],
    ['with Bearer and nothing', 'Bearer ', /no bearer token/, 'Bearer realm="scim"'],
    ['with another scheme', 'Digest username="ada"', /no bearer token/, 'Bearer realm="scim"'],
    [
      'with an unknown token',
      'Bearer scim_unknown',
      /not known/,
      'Bearer realm="scim", error="invalid_token"',
    ],
    [
      'with an unknown token alone',
      'scim_unknown',
      /not known/,
      'Bearer realm="scim", error="invalid_token"',
    ],
    ['with Basic', 'Basic YWRhOmxvdmVsYWNl', /not known/, 'Bearer realm="scim", error="invalid_token"'],
  ])('%s is 401 and says what to send', async (_what, authorization, detail, challenge) => {
    const answer = await read(authorization);
    expectRefusal(answer, 401, detail);
    expect(answer.headers['www-authenticate']).toBe(challenge);
  });

  it('is let in with the token alone, with Bearer in any case or twice, and with Basic', async () => {
    for (const prefix of ['', 'Bearer ', 'bearer ', 'BEARER ', 'Bearer Bearer '])
      expect((await read(prefix + directory.token)).status).toBe(200);
    const basic = Buffer.from(`anything:${directory.token}`).toString('base64');
    expect((await read(`Basic ${basic}`)).status).toBe(200);
  });

  it('is refused before its body is read, however large or broken that is', async () => {
    const headers = { authorization: 'Bearer scim_unknown', 'content-type': 'application/scim+json' };
    const path = '/scim/v2/Users';
    const large = 'x'.repeat(2 * BODY_LIMIT_IN_BYTES);
    expectRefusal(await hub.send({ method: 'POST', path, headers, body: '{' }), 401, /not known/);
    expectRefusal(await hub.send({ method: 'POST', path, headers, body: large }), 401, /not known/);
  });

  it('of another directory is 401 at this directory, and sees its own at the common root', async () => {
    const other = await hub.connect();
    position = await hub.logPosition();
    const answer = await read(`Bearer ${other.token}`, `${directory.root}/Users`);
    expectRefusal(answer, 401, /does not belong to directory_/);
    expect((await read(`Bearer ${other.token}`)).body.totalResults).toBe(0);
    expect((await read(`Bearer ${directory.token}`)).body.totalResults).toBe(2);
  });

  it('may not read with an API key, nor the API with a token', async () => {
    expectRefusal(await read(`Bearer ${hub.apiKey}`), 401, /not known/);
    expect((await read(`Bearer ${directory.token}`, '/directories')).status).toBe(401);
  });

  it('changes nothing by whatever it sends', async () => {
    for (const [method, path, body] of [
      ['POST', '/Users', user({})],
      ['PATCH', `/Users/${ada.id}`, patchOf({ op: 'replace', path: 'active', value: false })],
      ['DELETE', `/Groups/${group.id}`, undefined],
    ] as const) {
      const answer = await directory.scim(method, path, body, { authorization: 'Bearer scim_unknown' });
      expectRefusal(answer, 401, /not known/);
    }
  });

  it('belongs to a directory that was deleted: 401, for writes from the first moment on', async () => {
    const gone = await hub.connect();
    const person = await gone.makeUser('last@example.com');
    expect((await hub.api('DELETE', `/directories/${gone.id}`)).status).toBe(202);
    position = await hub.logPosition();
    expect((await gone.scim('POST', '/Users', user({}))).status).toBe(401);
    expect((await gone.scim('DELETE', `/Users/${person.id}`)).status).toBe(401);
    // Processes look a token up once a second.
    await eventually(async () => expectRefusal(await gone.scim('GET', '/Users'), 401, /not known/));
  });
});

describe('a request for what is not there', () => {
  it.each<[string, string]>([
    ['GET', '/Persons'],
    ['POST', '/Bulks'],
  ])('%s %s is 404 and names the endpoints', async (method, path) => {
    expectRefusal(await directory.scim(method, path), 404, /Users, Groups, ServiceProviderConfig/);
  });

  const calls: [string, string, object | undefined][] = [
    ['GET', '/Users/nobody', undefined],
    ['PUT', '/Users/nobody', user({})],
    ['PATCH', '/Users/nobody', patchOf({ op: 'replace', path: 'active', value: false })],
    ['PATCH', '/Users/nobody', patchOf()],
    ['DELETE', '/Users/nobody', undefined],
    ['GET', '/Groups/nobody', undefined],
    ['PUT', '/Groups/nobody', { schemas: [GROUP], displayName: 'Nobody' }],
    ['PATCH', '/Groups/nobody', patchOf({ op: 'add', path: 'members', value: [{ value: ':ada' }] })],
    ['DELETE', '/Groups/nobody', undefined],
    ['GET', '/Groups/:ada', undefined],
    ['DELETE', '/Users/:group', undefined],
  ];
  it.each(calls)('%s %s is 404', async (method, path, body) => {
    const answer = await directory.scim(method, named(path), body && named(body));
    expectRefusal(answer, 404, /^(User|Group) \S+ was not found/);
  });

  it('asks for the resource of another directory: 404', async () => {
    const other = await hub.connect();
    position = await hub.logPosition();
    for (const method of ['GET', 'DELETE'])
      expectRefusal(await other.scim(method, `/Users/${ada.id}`), 404, /^User \S+ was not found/);
  });

  it('has an id that nothing could have', async () => {
    expectRefusal(await directory.scim('GET', `/Users/${'x'.repeat(150)}`), 404, /not found/);
    expectRefusal(await directory.scim('GET', `/Users/${'x'.repeat(500)}`), 414, /path is too long/);
    expectRefusal(await directory.scim('GET', '/Users/%00'), 400, /NUL/, 'invalidValue');
    expectRefusal(await directory.scim('DELETE', '/Groups/a%00b'), 400, /NUL/, 'invalidValue');
    expectRefusal(await directory.scim('GET', '/Users/%zz'), 400, /not a valid url component/);
  });
});

describe('a filter that cannot be understood', () => {
  it.each<[string, RegExp]>([
    ['userName', /position 9 of the/i],
    ['userName eq', /position 12 of the/i],
    ['userName eq "ada', /position 13 of the/i],
    ['userName is "ada"', /position 10 of the/i],
    ['userName eq "ada" and', /position 19 of the/i],
    ['userName eq "ada" userName eq "bob"', /position 19 of the/i],
    ['(userName eq "ada"', /position 19 of the/i],
    ['userName eq "ada")', /position 18 of the/i],
    ['shoeSize eq "44"', /position 1 of the/i],
    ['emails[shoeSize eq "44"]', /position 8 of the/i],
    ['password eq "secret"', /position 1 of the/i],
    ['active gt true', /position 8 of the/i],
    ['meta.created gt "yesterday"', /position 17 of the/i],
  ])('%s is 400 invalidFilter and names the place', async (filter, detail) => {
    const answer = await directory.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`);
    expectRefusal(answer, 400, detail, 'invalidFilter');
  });

  it('never answers with everybody', async () => {
    const empty = await directory.scim('GET', '/Users?filter=');
    expectRefusal(empty, 400, /position 1 of the/i, 'invalidFilter');
    const groups = await directory.scim('GET', `/Groups?filter=${encodeURIComponent('userName eq "ada"')}`);
    expectRefusal(groups, 400, /position 1 of the/i, 'invalidFilter');
  });

  it('cannot leave its directory by "or"', async () => {
    const other = await hub.connect();
    position = await hub.logPosition();
    const filter = encodeURIComponent('userName pr or userName sw "a" or id pr');
    expect((await other.scim('GET', `/Users?filter=${filter}`)).body.totalResults).toBe(0);
  });
});

describe('a page that cannot be', () => {
  it.each(['startIndex=one', 'count=many', 'count=1.5', 'startIndex=0x1'])(
    '%s is 400 invalidValue',
    async (query) => {
      const answer = await directory.scim('GET', `/Users?${query}`);
      expectRefusal(answer, 400, /must be an integer/, 'invalidValue');
    },
  );

  it('is read as the nearest one that can', async () => {
    const first = await directory.scim('GET', '/Users?startIndex=0&count=1');
    expect(first.body).toMatchObject({ totalResults: 2, startIndex: 1, itemsPerPage: 1 });
    const none = await directory.scim('GET', '/Users?startIndex=-5&count=-1');
    expect(none.body).toMatchObject({ totalResults: 2, startIndex: 1, itemsPerPage: 0, Resources: [] });
    const beyond = await directory.scim('GET', '/Users?startIndex=1000000&count=1000000');
    expect(beyond.body).toMatchObject({ totalResults: 2, itemsPerPage: 0, Resources: [] });
  });
});

describe('a name that is taken', () => {
  it.each<[string, object, RegExp]>([
    ['userName', { userName: 'ada@example.com' }, /userName is in use by directory_user_/],
    ['userName in another case', { userName: 'ADA@Example.COM' }, /userName is in use by directory_user_/],
    ['externalId', { externalId: 'a-1' }, /externalId is in use by directory_user_/],
  ])('as %s is 409 uniqueness for a new person', async (_what, more, detail) => {
    expectRefusal(await directory.scim('POST', '/Users', user(more)), 409, detail, 'uniqueness');
  });

  it('is 409 uniqueness for a person who is there', async () => {
    const replace = (value: object): object => patchOf({ op: 'replace', value });
    const path = `/Users/${ada.id}`;
    const name = await directory.scim('PATCH', path, replace({ userName: 'GRACE@example.com' }));
    expectRefusal(name, 409, /^userName is in use/, 'uniqueness');
    const id = await directory.scim('PATCH', path, replace({ externalId: 'g-1' }));
    expectRefusal(id, 409, /^externalId is in use/, 'uniqueness');
    const put = await directory.scim('PUT', path, user({ userName: 'grace@example.com' }));
    expectRefusal(put, 409, /^userName is in use/, 'uniqueness');
    expect((await directory.scim('GET', path)).body).toEqual(ada);
  });
});

describe('a value that cannot be stored', () => {
  it.each<[string, string, string, object, RegExp]>([
    ['no userName', 'POST', '/Users', { schemas: [USER] }, /needs userName/],
    ['an empty userName', 'POST', '/Users', user({ userName: ' ' }), /needs userName/],
    ['an object as userName', 'POST', '/Users', user({ userName: { a: 1 } }), /userName must be a string/],
    ['text as active', 'POST', '/Users', user({ active: 'perhaps' }), /active must be true or false/],
    ['a number as name', 'POST', '/Users', user({ name: 5 }), /name must be an object/],
    ['NUL in a name', 'POST', '/Users', user({ displayName: 'a\0b' }), /displayName holds NUL/],
    ['no displayName', 'POST', '/Groups', { schemas: [GROUP] }, /needs displayName/],
    ['a PUT without userName', 'PUT', '/Users/:ada', { schemas: [USER] }, /needs userName/],
    [
      'active as text',
      'PATCH',
      '/Users/:ada',
      patchOf({ op: 'replace', path: 'active', value: 'no' }),
      /active must/,
    ],
    ['add without a value', 'PATCH', '/Users/:ada', patchOf({ op: 'add', path: 'title' }), /needs a value/],
  ])('%s is 400 invalidValue and names the attribute', async (_what, method, path, body, detail) => {
    const answer = await directory.scim(method, named(path), named(body));
    expectRefusal(answer, 400, detail, 'invalidValue');
  });
});

describe('a name longer than can be looked up', () => {
  // By chance, since text that repeats itself fits into an index all the same.
  const text = (characters: number): string => randomBytes(characters).toString('hex').slice(0, characters);
  const calls: [string, string, string, (value: string) => object][] = [
    ['userName', 'POST', '/Users', (value) => user({ userName: value })],
    ['externalId', 'POST', '/Users', (value) => user({ externalId: value })],
    ['emails.value', 'POST', '/Users', (value) => user({ emails: [{ value, type: 'work' }] })],
    ['userName', 'PATCH', '/Users/:ada', (value) => patchOf({ op: 'replace', value: { userName: value } })],
    ['displayName', 'POST', '/Groups', (value) => ({ schemas: [GROUP], displayName: value })],
    ['externalId', 'PUT', '/Groups/:group', (value) => ({ displayName: 'Engineering', externalId: value })],
  ];
  it.each(calls)('is 400 invalidValue as %s of %s %s', async (attribute, method, path, bodyOf) => {
    const answer = await directory.scim(method, named(path), bodyOf(text(10_000)));
    expectRefusal(answer, 400, new RegExp(`^${attribute} is longer than 512 characters`), 'invalidValue');
  });

  it('is found when it has 512 characters, of three bytes each', async () => {
    const long = await hub.connect();
    const userName = String.fromCharCode(
      ...Array.from({ length: 512 }, (_each, index) => 0x4e00 + index * 37),
    );
    const { id } = await long.makeUser(userName, { externalId: userName, emails: [{ value: userName }] });
    const filter = encodeURIComponent(`userName eq "${userName}" and externalId eq "${userName}"`);
    expect((await long.scim('GET', `/Users?filter=${filter}`)).body.Resources[0]!.id).toBe(id);
    await long.makeGroup(userName, [id]);
    position = await hub.logPosition();
  });
});

describe('a PATCH that cannot be done', () => {
  const replaceOf = (path: string, value: unknown): object => patchOf({ op: 'replace', path, value });
  it.each<[string, object, string, RegExp]>([
    ['has no Operations', { schemas: [PATCH_OP] }, 'invalidSyntax', /Operations/],
    [
      'has an op of its own',
      patchOf({ op: 'move', path: 'title', value: 'x' }),
      'invalidSyntax',
      /Operation 1.*"move"/,
    ],
    ['has an operation that is none', patchOf('replace'), 'invalidSyntax', /Operation 1/],
    ['names what nobody has', replaceOf('shoeSize', '44'), 'invalidPath', /"shoeSize".*no such attribute/],
    ['has an open bracket', replaceOf('emails[type eq "work"', 'x'), 'invalidFilter', /position 22 of the/i],
    ['filters what has no values', replaceOf('userName[value eq "x"]', 'x'), 'invalidPath', /no values/],
    [
      'goes on after the brackets',
      replaceOf('emails[type eq "work"]value', 'x'),
      'invalidPath',
      /sub-attribute/,
    ],
    [
      'filters by what nobody has',
      replaceOf('emails[size eq "1"].value', 'x'),
      'invalidFilter',
      /position 8 of the/i,
    ],
    [
      'has a number as a path',
      patchOf({ op: 'replace', path: 5, value: 'x' }),
      'invalidPath',
      /path of operation 1/,
    ],
    ['changes the id', replaceOf('id', 'other'), 'mutability', /"id" is read-only/],
    ['changes meta', replaceOf('meta.created', '2020-01-01T00:00:00Z'), 'mutability', /read-only/],
    [
      'puts a person into groups',
      patchOf({ op: 'add', path: 'groups', value: [{ value: 'x' }] }),
      'mutability',
      /"groups" is read-only/,
    ],
    [
      'removes the userName',
      patchOf({ op: 'remove', path: 'userName' }),
      'mutability',
      /userName is required/,
    ],
    ['removes without saying what', patchOf({ op: 'remove' }), 'noTarget', /needs a path/],
    [
      'replaces a value that is not there',
      replaceOf('emails[type eq "fax"].value', 'x'),
      'noTarget',
      /chooses no value/,
    ],
  ])('because it %s is 400', async (_what, body, scimType, detail) => {
    const path = `/Users/${ada.id}`;
    expectRefusal(await directory.scim('PATCH', path, body), 400, detail, scimType);
    expect((await directory.scim('GET', path)).body).toEqual(ada);
  });

  it('is undone as a whole when its last operation fails', async () => {
    const good = { op: 'replace', path: 'displayName', value: 'Countess' };
    const bad = { op: 'replace', path: 'emails[type eq "fax"].value', value: 'x' };
    const answer = await directory.patch(`/Users/${ada.id}`, good, bad);
    expectRefusal(answer, 400, /chooses no value/, 'noTarget');
    expect((await directory.scim('GET', `/Users/${ada.id}`)).body).toEqual(ada);
  });

  it('has too many operations: one thousand are done, one more is 400 tooMany', async () => {
    const operations = Array.from({ length: 1_000 }, () => ({ op: 'remove', path: 'title' }));
    const path = `/Users/${ada.id}`;
    expect((await directory.patch(path, ...operations)).status).toBe(200);
    const answer = await directory.patch(path, ...operations, { op: 'remove', path: 'title' });
    expectRefusal(answer, 400, /1000 operations, this one has 1001/, 'tooMany');
  });
});

describe('members that cannot be', () => {
  it('are all unknown: 400 invalidValue, whichever way they are given', async () => {
    const members = [{ value: 'stranger' }];
    const unknown = /None of the members named exists.*stranger/;
    const post = await directory.scim('POST', '/Groups', { schemas: [GROUP], displayName: 'New', members });
    expectRefusal(post, 400, unknown, 'invalidValue');
    const put = { schemas: [GROUP], displayName: 'Renamed', members };
    expectRefusal(await directory.scim('PUT', `/Groups/${group.id}`, put), 400, unknown, 'invalidValue');
    for (const op of ['add', 'replace']) {
      const rename = { op: 'replace', path: 'displayName', value: 'Renamed' };
      const patch = await directory.patch(`/Groups/${group.id}`, rename, {
        op,
        path: 'members',
        value: members,
      });
      expectRefusal(patch, 400, unknown, 'invalidValue');
    }
    expect((await directory.scim('GET', `/Groups/${group.id}`)).body).toEqual(group);
  });

  it('belong to another directory: they are unknown here', async () => {
    const other = await hub.connect();
    const stranger = await other.makeUser('stranger@example.com');
    position = await hub.logPosition();
    const add = { op: 'add', path: 'members', value: [{ value: stranger.id }] };
    const answer = await directory.patch(`/Groups/${group.id}`, add);
    expectRefusal(answer, 400, /None of the members named exists/, 'invalidValue');
  });

  it('are the group itself: 400 invalidValue, also beside people', async () => {
    const add = { op: 'add', path: 'members', value: [{ value: ada.id }, { value: group.id }] };
    const answer = await directory.patch(`/Groups/${group.id}`, add);
    expectRefusal(answer, 400, /cannot be a member of itself/, 'invalidValue');
  });

  it('name nobody: 400 invalidValue', async () => {
    const add = { op: 'add', path: 'members', value: [{ display: 'Ada' }] };
    const answer = await directory.patch(`/Groups/${group.id}`, add);
    expectRefusal(answer, 400, /needs a value/, 'invalidValue');
  });
});

describe('after all of that', () => {
  it('the hub goes on', async () => {
    expect(expected(200, await directory.scim('GET', '/Users')).body.totalResults).toBe(2);
    const told = ['UserCreated', 'UserCreated', 'GroupCreated', 'MembershipChanged'];
    expect(await directory.causes()).toEqual(told);
  });

  it('the log blames nobody here, and holds neither tokens nor what people were looked up by', () => {
    const log = hub.observations();
    expect(log.length).toBeGreaterThan(100);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    for (const secret of [directory.token, hub.apiKey, 'ada@example.com', 'shoeSize'])
      expect(JSON.stringify(log)).not.toContain(secret);
  });
});

describe('a path that is written in another way', () => {
  it.each([
    ['//scim/v2', 'status'],
    ['/%73cim/v2', 'status'],
    ['//scim/v1', 'Errors'],
    ['/scim//v1', 'Errors'],
  ])('%s is refused in the words of its own API', async (root, member) => {
    const headers = { authorization: `Bearer ${directory.token}` };
    for (const [method, path] of [
      ['GET', '/Users/nobody'],
      ['PATCH', '/Users'],
      ['GET', '/Hats'],
    ] as const) {
      const answer = await hub.send({ method, path: root + path, headers });
      expect([404, 405]).toContain(answer.status);
      expect(answer.body).toHaveProperty(member);
    }
  });
});
