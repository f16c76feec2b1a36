/** Bulks over HTTP, RFC 7644 §3.7: what is answered, what is there afterwards, and what consumers are told of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
import {
  expected,
  GROUP,
  PATCH_OP,
  TestHub,
  USER,
  type HttpAnswer,
  type TestDirectory,
} from '../support/hub.js';

const BULK_REQUEST = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
const BULK_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';
const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const BODY_LIMIT = 1_048_576;

interface Operation {
  method: string;
  bulkId?: string;
  location?: string;
  version?: string;
  status: string;
  response?: { status: string; scimType?: string; detail: string };
}

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ ROLLCALL_SCIM_BODY_LIMIT_BYTES: String(BODY_LIMIT) });
});
afterAll(() => hub.close());

const send = (directory: TestDirectory, Operations: unknown[], more: object = {}): Promise<HttpAnswer> =>
  directory.scim('POST', '/Bulk', { schemas: [BULK_REQUEST], ...more, Operations });
/** The operations of an answer that was given. */
async function bulk(
  directory: TestDirectory,
  Operations: unknown[],
  more: object = {},
): Promise<Operation[]> {
  const answer = expected(200, await send(directory, Operations, more));
  expect(answer.body).toEqual({ schemas: [BULK_RESPONSE], Operations: expect.any(Array) });
  return answer.body['Operations'] as Operation[];
}
const statuses = (operations: Operation[]): string[] => operations.map(({ status }) => status);
const idIn = ({ location }: Operation): string => location!.split('/').at(-1)!;
const user = (bulkId: string, data: object = {}) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { schemas: [USER], userName: bulkId, ...data },
});
const group = (bulkId: string, members: unknown[] = [], data: object = {}) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { schemas: [GROUP], displayName: bulkId, members, ...data },
});
const patch = (path: string, ...Operations: object[]) => ({
  method: 'PATCH',
  path,
  data: { schemas: [PATCH_OP], Operations },
});
const totals = async (directory: TestDirectory): Promise<number[]> =>
  Promise.all(
    ['/Users', '/Groups'].map(
      async (path) => (await directory.scim('GET', `${path}?count=0`)).body.totalResults,
    ),
  );

describe("the RFC's own examples", () => {
  it('§3.7.1: two groups that are members of each other are both made, and say so', async () => {
    const directory = await hub.connect();
    const answer = await bulk(directory, [
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'qwerty',
        data: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
          displayName: 'Group A',
          members: [{ type: 'Group', value: 'bulkId:ytrewq' }],
        },
      },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'ytrewq',
        data: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
          displayName: 'Group B',
          members: [{ type: 'Group', value: 'bulkId:qwerty' }],
        },
      },
    ]);
    expect(answer).toMatchObject([
      { method: 'POST', bulkId: 'qwerty', status: '201' },
      { method: 'POST', bulkId: 'ytrewq', status: '201' },
    ]);
    const [a, b] = answer.map(idIn);
    const list = (await directory.scim('GET', '/Groups?filter=displayName%20sw%20%22Group%22')).body;
    expect(list.totalResults).toBe(2);
    const byId = new Map(list.Resources.map((each) => [each.id, each]));
    expect(byId.get(a!)).toMatchObject({
      displayName: 'Group A',
      members: [{ type: 'Group', value: b, display: 'Group B' }],
    });
    expect(byId.get(b!)).toMatchObject({
      displayName: 'Group B',
      members: [{ type: 'Group', value: a, display: 'Group A' }],
    });
    for (const [index, id] of [a, b].entries())
      expect(byId.get(id!)!.meta.version).toBe(answer[index]!.version);
    // Consumers know of people in groups, not of groups in groups.
    expect(await directory.causes()).toEqual(['GroupCreated', 'GroupCreated']);
  });

  it('§3.7.2: a new user and a new group that has the user as its member', async () => {
    const directory = await hub.connect();
    const [alice, guides] = await bulk(directory, [
      { method: 'POST', path: '/Users', bulkId: 'qwerty', data: { schemas: [USER], userName: 'Alice' } },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'ytrewq',
        data: {
          schemas: [GROUP],
          displayName: 'Tour Guides',
          members: [{ type: 'User', value: 'bulkId:qwerty' }],
        },
      },
    ]);
    const root = `${hub.url}${directory.root}`;
    expect([alice, guides]).toEqual([
      {
        location: `${root}/Users/${idIn(alice!)}`,
        method: 'POST',
        bulkId: 'qwerty',
        version: 'W/"1"',
        status: '201',
      },
      {
        location: `${root}/Groups/${idIn(guides!)}`,
        method: 'POST',
        bulkId: 'ytrewq',
        version: 'W/"2"',
        status: '201',
      },
    ]);
    expect((await directory.scim('GET', `/Groups/${idIn(guides!)}`)).body).toMatchObject({
      displayName: 'Tour Guides',
      meta: { version: 'W/"2"' },
      members: [{ type: 'User', value: idIn(alice!), $ref: `${root}/Users/${idIn(alice!)}` }],
    });
    expect(await directory.causes()).toEqual(['UserCreated', 'GroupCreated', 'MembershipChanged']);
  });

  it('§3.7.2: a new user whose manager is another new user', async () => {
    const directory = await hub.connect();
    const [alice, bob] = await bulk(directory, [
      { method: 'POST', path: '/Users', bulkId: 'qwerty', data: { schemas: [USER], userName: 'Alice' } },
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'ytrewq',
        data: {
          schemas: [USER, ENTERPRISE],
          userName: 'Bob',
          [ENTERPRISE]: { employeeNumber: '11250', manager: { value: 'bulkId:qwerty' } },
        },
      },
    ]);
    expect((await directory.scim('GET', `/Users/${idIn(bob!)}`)).body).toMatchObject({
      userName: 'Bob',
      [ENTERPRISE]: { employeeNumber: '11250', manager: { value: idIn(alice!) } },
    });
  });

  it('§3.7.3: a user made, one replaced, one changed, and one deleted, with failOnErrors and versions', async () => {
    const directory = await hub.connect();
    const [bob, dave, old] = [
      await directory.makeUser('Bob'),
      await directory.makeUser('Dave'),
      await directory.makeUser('Old'),
    ];
    const answer = await bulk(
      directory,
      [
        { method: 'POST', path: '/Users', bulkId: 'qwerty', data: { schemas: [USER], userName: 'Alice' } },
        {
          method: 'PUT',
          path: `/Users/${bob.id}`,
          version: 'W/"1"',
          data: { schemas: [USER], id: bob.id, userName: 'Bob', nickName: 'B' },
        },
        {
          method: 'PATCH',
          path: `/Users/${dave.id}`,
          version: 'W/"1"',
          data: {
            schemas: [PATCH_OP],
            Operations: [
              { op: 'remove', path: 'nickName' },
              { op: 'add', path: 'nickName', value: 'Dave' },
            ],
          },
        },
        { method: 'DELETE', path: `/Users/${old.id}`, version: 'W/"1"' },
      ],
      { failOnErrors: 1 },
    );
    expect(answer).toEqual([
      {
        location: expect.stringMatching(/\/Users\/directory_user_/),
        method: 'POST',
        bulkId: 'qwerty',
        version: 'W/"1"',
        status: '201',
      },
      { location: bob.meta.location, method: 'PUT', version: 'W/"2"', status: '200' },
      { location: dave.meta.location, method: 'PATCH', version: 'W/"2"', status: '200' },
      { location: old.meta.location, method: 'DELETE', status: '204' },
    ]);
    expect((await directory.scim('GET', `/Users/${old.id}`)).status).toBe(404);
  });

  it('§3.7.3: with failOnErrors 1 the first error ends the bulk, and is the last thing in the answer', async () => {
    const directory = await hub.connect();
    const answer = await bulk(
      directory,
      [
        { method: 'POST', path: '/Users', bulkId: 'qwerty', data: { schemas: [USER] } },
        { method: 'POST', path: '/Users', bulkId: 'ytrewq', data: { schemas: [USER], userName: 'Bob' } },
      ],
      { failOnErrors: 1 },
    );
    expect(answer).toEqual([
      {
        method: 'POST',
        bulkId: 'qwerty',
        status: '400',
        response: {
          schemas: [ERROR],
          scimType: 'invalidValue',
          detail: 'A User needs userName.',
          status: '400',
        },
      },
    ]);
    expect(await totals(directory)).toEqual([0, 0]);
    expect(await directory.events()).toEqual([]);
  });

  it('§3.7.4: too large a bulk is answered by 413 that names the limit', async () => {
    const directory = await hub.connect();
    const answer = await send(directory, [user('ada', { title: 'x'.repeat(BODY_LIMIT) })]);
    expect(answer.status).toBe(413);
    expect(answer.body).toEqual({
      schemas: [ERROR],
      status: '413',
      detail: expect.stringContaining(
        `The size of the bulk operation exceeds the maxPayloadSize (${BODY_LIMIT}).`,
      ),
    });
  });
});

describe('a bulk', () => {
  it('is announced with the limits that hold', async () => {
    const directory = await hub.connect();
    expect((await directory.scim('GET', '/ServiceProviderConfig')).body['bulk']).toEqual({
      supported: true,
      maxOperations: 1_000,
      maxPayloadSize: BODY_LIMIT,
    });
    const operations = Array.from({ length: 1_001 }, () => ({ method: 'DELETE', path: '/Users/x' }));
    const answer = await send(directory, operations);
    expect(answer).toMatchObject({
      status: 413,
      body: { schemas: [ERROR], status: '413', detail: expect.stringContaining('maxOperations (1000)') },
    });
  });

  it.each<[string, unknown]>([
    ['is no object', []],
    ['has no operations', { schemas: [BULK_REQUEST] }],
    ['is something else', { schemas: [PATCH_OP], Operations: [] }],
    [
      'has a failOnErrors that is no number',
      { schemas: [BULK_REQUEST], failOnErrors: 'many', Operations: [] },
    ],
  ])('that %s is refused as a whole', async (_what, body) => {
    const directory = await hub.connect();
    expect(await directory.scim('POST', '/Bulk', body)).toMatchObject({
      status: 400,
      body: { schemas: [ERROR], scimType: 'invalidSyntax', status: '400' },
    });
  });

  it('of a thousand new people and their group: every one made, and in the log once', async () => {
    const directory = await hub.connect();
    const names = Array.from({ length: 999 }, (_, index) => `person-${index}@example.com`);
    const answer = await bulk(directory, [
      ...names.map((name, index) =>
        user(name, {
          externalId: `x-${index}`,
          name: { givenName: 'Person', familyName: String(index) },
          emails: [{ value: name, type: 'work', primary: true }],
        }),
      ),
      group(
        'everybody',
        names.map((name) => ({ value: `bulkId:${name}` })),
      ),
    ]);
    expect(new Set(statuses(answer))).toEqual(new Set(['201']));
    expect(answer.map(({ bulkId }) => bulkId)).toEqual([...names, 'everybody']);
    expect(await totals(directory)).toEqual([999, 1]);
    const members = (await directory.scim('GET', `/Groups/${idIn(answer[999]!)}`)).body.members;
    expect(members.map(({ value }) => value).sort()).toEqual(answer.slice(0, 999).map(idIn).sort());
    const events = await directory.events();
    expect(events.map(({ context }) => context.sequence)).toEqual(
      Array.from({ length: 1_999 }, (_, index) => events[0]!.context.sequence + index),
    );
    expect(new Set(events.map(({ context }) => context.request_id)).size).toBe(1);
  }, 30_000);

  it('does what can be done, answers each operation as it would be answered alone, and leaves no event of what is refused', async () => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada');
    const team = await directory.makeGroup('team');
    const before = (await directory.events()).length;
    const answer = await bulk(directory, [
      user('ADA'),
      user('bea'),
      { method: 'GET', path: `/Users/${ada.id}` },
      { method: 'PUT', path: '/Users/nobody', data: { userName: 'x' } },
      patch(`/Users/${ada.id}`, { op: 'replace', path: 'title' }),
      { ...patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Countess' }), version: 'W/"7"' },
      patch(`/Groups/${team.id}`, {
        op: 'add',
        path: 'members',
        value: [{ value: 'bulkId:bea' }, { value: ada.id }],
      }),
      group('of nobody', [{ value: 'bulkId:nobody' }]),
      group('of the refused', [{ value: 'bulkId:ADA' }]),
      { method: 'DELETE', path: '/Users/bulkId:bea' },
      { method: 'POST', path: '/Bulk', bulkId: 'b', data: {} },
      { method: 'DELETE', path: '/Users' },
      'nonsense',
      { method: 'DELETE', path: `/Groups/${ada.id}` },
    ]);
    expect(
      answer.map(({ status, location, response }) => [
        status,
        location?.split('/').slice(-2).join('/'),
        response?.scimType,
      ]),
    ).toEqual([
      ['409', undefined, 'uniqueness'],
      ['201', `Users/${idIn(answer[1]!)}`, undefined],
      ['400', `Users/${ada.id}`, 'invalidSyntax'],
      ['404', 'Users/nobody', undefined],
      ['400', `Users/${ada.id}`, 'invalidValue'],
      ['412', `Users/${ada.id}`, undefined],
      ['204', `Groups/${team.id}`, undefined],
      ['409', undefined, undefined],
      ['409', undefined, undefined],
      ['204', `Users/${idIn(answer[1]!)}`, undefined],
      ['501', undefined, undefined],
      ['405', undefined, undefined],
      ['400', undefined, 'invalidSyntax'],
      ['404', `Groups/${ada.id}`, undefined],
    ]);
    expect(answer[0]!.response!.detail).toContain(ada.id);
    for (const { status, response } of answer.filter((each) => Number(each.status) >= 400))
      expect(response).toMatchObject({ schemas: [ERROR], status, detail: expect.stringMatching(/\.$/) });
    expect((await directory.causes()).slice(before)).toEqual([
      'UserCreated',
      'MembershipChanged',
      'MembershipChanged',
      'UserDeleted',
    ]);
    const { members } = (await directory.scim('GET', `/Groups/${team.id}`)).body;
    expect(members.map(({ value }) => value)).toEqual([ada.id]);
  });

  it('goes on until as many errors as failOnErrors says, and keeps what was done', async () => {
    const directory = await hub.connect();
    const operations = [
      user('a'),
      user('a!', { userName: 'A' }),
      user('b'),
      patch('/Users/x', {}),
      user('c'),
    ];
    expect(statuses(await bulk(directory, operations, { failOnErrors: 2 }))).toEqual([
      '201',
      '409',
      '201',
      '400',
    ]);
    expect(await directory.causes()).toEqual(['UserCreated', 'UserCreated']);
  });

  it('may name what comes later, and is answered in its own order', async () => {
    const directory = await hub.connect();
    const answer = await bulk(directory, [
      patch('/Users/bulkId:ada', { op: 'add', path: 'title', value: 'Countess' }),
      group('team', ['bulkId:ada', 'bulkId:inner']),
      user('ada', { [ENTERPRISE]: { manager: 'bulkId:bea' } }),
      group('inner', []),
      user('bea', { [ENTERPRISE]: { manager: 'bulkId:ada' } }),
    ]);
    expect(answer.map(({ method, bulkId, status, version }) => [method, bulkId, status, version])).toEqual([
      ['PATCH', undefined, '200', 'W/"2"'],
      ['POST', 'team', '201', 'W/"2"'],
      ['POST', 'ada', '201', 'W/"1"'],
      ['POST', 'inner', '201', 'W/"1"'],
      ['POST', 'bea', '201', 'W/"1"'],
    ]);
    const [patched, team, ada, inner, bea] = answer.map(idIn);
    expect(patched).toBe(ada);
    expect((await directory.scim('GET', `/Users/${ada}`)).body).toMatchObject({
      title: 'Countess',
      [ENTERPRISE]: { manager: { value: bea } },
      groups: [{ value: team }],
    });
    expect((await directory.scim('GET', `/Users/${bea}`)).body[ENTERPRISE]).toMatchObject({
      manager: { value: ada },
    });
    const { members } = (await directory.scim('GET', `/Groups/${team}`)).body;
    expect(members.map(({ value }) => value).sort()).toEqual([ada, inner].sort());
  });

  it('removes a member by a filter that names a bulkId', async () => {
    const directory = await hub.connect();
    const [, team, , emptied] = await bulk(directory, [
      user('ada'),
      group('team', ['bulkId:ada', 'bulkId:bea']),
      user('bea'),
      patch('/Groups/bulkId:team', { op: 'remove', path: 'members[value eq "bulkId:ada"]' }),
    ]);
    expect(emptied).toMatchObject({ status: '204', location: team!.location });
    expect((await directory.scim('GET', `/Groups/${idIn(team!)}`)).body.members).toMatchObject([
      { display: 'bea' },
    ]);
  });

  it('sent again is as harmless as its operations are', async () => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada');
    const operations = [
      user('bea'),
      patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Countess' }),
      {
        method: 'PUT',
        path: `/Users/${ada.id}`,
        data: { userName: 'ada', title: 'Countess', nickName: 'A' },
      },
    ];
    const first = await bulk(directory, operations);
    expect(statuses(first)).toEqual(['201', '200', '200']);
    const events = await directory.events();
    const second = await bulk(directory, operations);
    expect(statuses(second)).toEqual(['409', '200', '200']);
    expect(second[0]!.response).toMatchObject({
      scimType: 'uniqueness',
      detail: expect.stringContaining(idIn(first[0]!)),
    });
    expect(second[2]!.version).toBe(first[2]!.version);
    expect(await directory.events()).toEqual(events);
  });

  it('cannot reach what belongs to another directory', async () => {
    const [mine, theirs] = [await hub.connect(), await hub.connect()];
    const [stranger, strangers] = [await theirs.makeUser('ada'), await theirs.makeGroup('team')];
    const before = await theirs.events();
    const answer = await bulk(mine, [
      { method: 'PUT', path: `/Users/${stranger.id}`, data: { userName: 'mine' } },
      patch(`/Users/${stranger.id}`, { op: 'replace', path: 'active', value: false }),
      { method: 'DELETE', path: `/Users/${stranger.id}` },
      { method: 'DELETE', path: `/Groups/${strangers.id}` },
      group('team', [{ value: stranger.id }]),
      { method: 'DELETE', path: `${hub.url}${theirs.root}/Users/${stranger.id}` },
      { method: 'DELETE', path: `${hub.url}${mine.root}/Users/${stranger.id}` },
    ]);
    expect(statuses(answer)).toEqual(['404', '404', '404', '404', '400', '404', '404']);
    expect(await theirs.events()).toEqual(before);
    expect(await mine.events()).toEqual([]);
    const foreign = await hub.send({
      method: 'POST',
      path: `${theirs.root}/Bulk`,
      headers: { authorization: `Bearer ${mine.token}`, 'content-type': 'application/scim+json' },
      body: { schemas: [BULK_REQUEST], Operations: [user('x')] },
    });
    expect(foreign.status).toBe(401);
  });

  it('is taken under the short root too, takes whole URLs, and answers with the root that was used', async () => {
    const directory = await hub.connect();
    const answer = await hub.send({
      method: 'POST',
      path: '/scim/v2/Bulk',
      headers: { authorization: directory.token, 'content-type': 'application/json' },
      body: {
        Operations: [
          { ...user('ada'), path: `${hub.url}/scim/v2/Users` },
          { ...user('bea'), path: `https://elsewhere.example.com${directory.root}/Users` },
        ],
      },
    });
    const operations = expected(200, answer).body['Operations'] as Operation[];
    for (const { location } of operations)
      expect(location).toMatch(new RegExp(`^${hub.url}/scim/v2/Users/directory_user_`));
    expect(answer.headers['content-type']).toBe('application/scim+json; charset=utf-8');
  });

  it('does not hold its own If-Match against its operations', async () => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada');
    const operation = patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Countess' });
    const body = { schemas: [BULK_REQUEST], Operations: [operation] };
    const answer = expected(200, await directory.scim('POST', '/Bulk', body, { 'if-match': 'W/"9"' }));
    expect(statuses(answer.body['Operations'] as Operation[])).toEqual(['200']);
  });

  it('is one record in the request log, with all its events and a word on what failed', async () => {
    const directory = await hub.connect();
    const answer = expected(
      200,
      await send(directory, [
        user('ada', { password: 'S3cret!' }),
        user('bea', { unheardOf: 1 }),
        user('ADA'),
        group('team', ['bulkId:ada', 'bulkId:bea']),
      ]),
    );
    const id = answer.headers['x-request-id'];
    const record = await eventually(
      async () => expected(200, await hub.api('GET', `/scim_requests/${id}`)).body,
    );
    expect(record).toMatchObject({
      status: 200,
      detail: expect.stringMatching(
        /^1 of 4 operations failed; the first: POST with the bulkId "ADA", 409: userName is in use/,
      ),
      ignored: ['unheardOf'],
      event_count: 5,
    });
    expect(JSON.stringify(record)).not.toContain('S3cret!');
    expect((record['events'] as { id: string }[]).map((event) => event.id)).toEqual(
      (await directory.events()).map((event) => event.id),
    );
  });

  it("speaks the directory's dialect, like single requests", async () => {
    const directory = await hub.connect({ type: 'azure scim v2.0' });
    const ada = await directory.makeUser('ada');
    const work = { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '+1-555-0100' };
    expect(statuses(await bulk(directory, [patch(`/Users/${ada.id}`, work)]))).toEqual(['200']);
    expect((await directory.scim('GET', `/Users/${ada.id}`)).body['phoneNumbers']).toEqual([
      { type: 'work', value: '+1-555-0100' },
    ]);
  });
});
