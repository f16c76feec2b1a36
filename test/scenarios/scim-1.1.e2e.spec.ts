/** SCIM 1.1 over HTTP, for the integrations that still speak it: draft-scim-api-01 and draft-scim-core-schema-01. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
import { expected, TestHub, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const CORE = 'urn:scim:schemas:core:1.0';
const ENTERPRISE = 'urn:scim:schemas:extension:enterprise:1.0';
const OKTA_GROUP = 'urn:okta:custom:group:1.0';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

type Send = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<HttpAnswer>;

/** As a client of SCIM 1.1 does. */
function speaker(directory: TestDirectory, root = `/scim/v1/${directory.id}`): Send {
  return (method, path, body, headers = {}) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const authorization = `Bearer ${directory.token}`;
    const all = { authorization, accept: 'application/json', ...type, ...headers };
    return hub.send({ method, path: root + path, body, headers: all });
  };
}

async function connected(): Promise<{ directory: TestDirectory; send: Send }> {
  const directory = await hub.connect();
  return { directory, send: speaker(directory) };
}

const errorOf = ({ status, body }: HttpAnswer): [number, unknown] => [status, body['Errors']];
const described = (code: number, sentence: string): [number, unknown] => [
  code,
  [{ description: expect.stringContaining(sentence), code: String(code) }],
];
const filterOf = (filter: string): string => `filter=${encodeURIComponent(filter)}`;

describe('a person in SCIM 1.1', () => {
  const ada = {
    schemas: [CORE, ENTERPRISE],
    userName: 'ada@example.com',
    externalId: 'a-1',
    name: { givenName: 'Ada', familyName: 'Lovelace' },
    emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
    [ENTERPRISE]: { department: 'Engines', manager: { managerId: 'm-1', displayName: 'Charles' } },
  };

  it('is created, read, changed, sent away, taken back, and deleted, by the same events as in 2.0', async () => {
    const { directory, send } = await connected();
    const created = expected(201, await send('POST', '/Users', { ...ada, password: 'never kept' }));
    const { id, meta } = created.body;
    expect(created.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      location: meta.location,
    });
    expect(meta.location).toMatch(new RegExp(`/scim/v1/${directory.id}/Users/${id}$`));
    const manager = { managerId: 'm-1', $ref: meta.location.replace(id, 'm-1') };
    expect(created.body).toEqual({
      ...ada,
      [ENTERPRISE]: { department: 'Engines', manager },
      id,
      active: true,
      groups: [],
      meta: {
        created: expect.any(String),
        lastModified: expect.any(String),
        location: meta.location,
        version: 'W/"1"',
      },
    });
    const path = `/Users/${id}`;
    const read = expected(200, await send('GET', path)).body;
    expect(read).toEqual(created.body);
    expect(await directory.causes()).toEqual(['UserCreated']);

    // What was read, changed and sent back as a whole.
    const put = expected(200, await send('PUT', path, { ...read, title: 'Countess' }));
    expect(put.body).toMatchObject({ title: 'Countess', [ENTERPRISE]: { manager } });
    expect((await send('PUT', path, put.body)).body.meta.version).toBe('W/"2"');

    const patch = { schemas: [CORE], active: 'false', meta: { attributes: ['title', 'name.givenName'] } };
    expect(expected(200, await send('PATCH', path, patch)).body).toMatchObject({
      active: false,
      name: { familyName: 'Lovelace' },
    });
    const second = {
      emails: [
        { value: 'a@home.org', type: 'home' },
        { value: 'ADA@example.com', operation: 'delete' },
      ],
    };
    expect(expected(200, await send('PATCH', path, second)).body['emails']).toEqual([
      { value: 'a@home.org', type: 'home' },
    ]);
    expect(expected(200, await send('PATCH', `${path}?attributes=active`, { active: true })).body).toEqual({
      schemas: [CORE],
      id,
      active: true,
    });
    const in2 = (await directory.scim('GET', path)).body;
    expect(in2).toMatchObject({ active: true, emails: [{ value: 'a@home.org' }] });
    expect(in2).not.toHaveProperty('title');

    const gone = await send('DELETE', path);
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect(errorOf(await send('GET', path))).toEqual(described(404, `User ${id} was not found`));
    expect(await directory.causes()).toEqual([
      'UserCreated',
      'UserProfileChanged',
      'UserProfileChanged',
      'UserDeactivated',
      'UserProfileChanged',
      'UserReactivated',
      'UserDeleted',
    ]);
    expect(JSON.stringify(await directory.events())).not.toContain('never kept');
  });

  it('is found by the filters of 1.1, page by page, in the attributes that are asked for', async () => {
    const { directory, send } = await connected();
    const a = await directory.makeUser('a', { title: 'A' });
    const b = await directory.makeUser('b', { title: 'B' });
    const c = await directory.makeUser('c', { title: 'C' });
    await send('PATCH', `/Users/${b.id}`, { [ENTERPRISE]: { manager: { managerId: a.id } } });
    const found = async (query: string): Promise<unknown> =>
      expected(200, await send('GET', `/Users?${query}`)).body.Resources.map(({ id }) => id);
    expect(await found(filterOf('userName Eq "B"'))).toEqual([b.id]);
    expect(await found(filterOf(`${ENTERPRISE}:manager.managerId eq "${a.id}"`))).toEqual([b.id]);
    expect(await found(filterOf(`${CORE}:title pr and (userName sw "a" or userName eq "c")`))).toEqual([
      a.id,
      c.id,
    ]);
    expect(await found('filter=userName%2520eq%2520%2522c%2522')).toEqual([c.id]);
    expect(await found('filter=userName+eq+%22c%22&')).toEqual([c.id]);

    const page = expected(200, await send('GET', '/Users?startIndex=2&count=1&attributes=userName')).body;
    expect(page).toEqual({
      schemas: [CORE],
      totalResults: 3,
      startIndex: 2,
      itemsPerPage: 1,
      Resources: [{ schemas: [CORE], id: b.id, userName: 'b' }],
    });
    const mistake = 'manager.managerId xx "1"';
    const refused = await send('GET', `/Users?${filterOf(mistake)}`);
    expect(errorOf(refused)).toEqual(described(400, `Position ${mistake.indexOf('xx') + 1} of the filter`));
  });

  it('is refused a second time, and told who has the name', async () => {
    const { send } = await connected();
    const { id } = expected(201, await send('POST', '/Users', { schemas: [CORE], userName: 'ada' })).body;
    const again = await send('POST', '/Users', { schemas: [CORE], userName: 'ADA' });
    expect(errorOf(again)).toEqual(described(409, id));
  });

  it('changes only in the version that the caller has read', async () => {
    const { directory, send } = await connected();
    const { id } = await directory.makeUser('ada');
    const change = { title: 'Countess' };
    expected(200, await send('PATCH', `/Users/${id}`, change, { 'if-match': 'W/"1"' }));
    const late = await send('PATCH', `/Users/${id}`, { title: 'Lady' }, { 'if-match': 'W/"1"' });
    expect(errorOf(late)).toEqual(described(412, 'W/"2"'));
  });
});

describe('a group in SCIM 1.1', () => {
  it('gains and loses members one by one, all at once, and whole', async () => {
    const { directory, send } = await connected();
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => directory.makeUser(name)));
    const ids = (...users: (typeof a)[]): object[] => users.map((user) => ({ value: user!.id }));
    const body = { schemas: [CORE], displayName: 'G', members: ids(a) };
    const { id, meta } = expected(201, await send('POST', '/Groups', body)).body;
    expect(meta.location).toContain('/scim/v1/');
    const path = `/Groups/${id}`;
    const members = async (): Promise<unknown> => {
      const group = expected(200, await send('GET', path)).body;
      return group.members.map(({ value }) => value).sort();
    };
    const patch = async (change: object): Promise<void> => {
      const answer = await send('PATCH', path, { schemas: [CORE], ...change });
      expect([answer.status, answer.text]).toEqual([204, '']);
    };
    await patch({ members: [...ids(b, c), { value: a!.id, operation: 'delete' }] });
    expect(await members()).toEqual([b!.id, c!.id].sort());
    await patch({ displayName: 'Renamed', members: [] });
    expect(await members()).toEqual([b!.id, c!.id].sort());
    await patch({ meta: { attributes: ['members'] }, members: ids(a) });
    expect(await members()).toEqual([a!.id]);
    await patch({ meta: { attributes: ['members'] } });
    expect(await members()).toEqual([]);
    const whole = expected(
      200,
      await send('PUT', path, { schemas: [CORE], displayName: 'G', members: ids(b) }),
    );
    expect(whole.body).toEqual({
      schemas: [CORE],
      id,
      displayName: 'G',
      members: [{ value: b!.id, type: 'User', display: 'b' }],
      meta: expect.objectContaining({ location: meta.location }),
    });
    const person = expected(200, await send('GET', `/Users/${b!.id}`)).body;
    expect(person.groups).toEqual([{ value: id, display: 'G', type: 'direct' }]);
    const shown = await send('PATCH', `${path}?attributes=members`, { members: ids(c) });
    expect(expected(200, shown).body.members).toHaveLength(2);
    expected(204, await send('DELETE', path));
  });

  it("keeps Okta's description where the directory has a schema for it, and drops it elsewhere", async () => {
    const { directory, send } = await connected();
    const body = { schemas: [CORE, OKTA_GROUP], displayName: 'G', [OKTA_GROUP]: { description: 'West' } };
    expect(expected(201, await send('POST', '/Groups', body)).body).not.toHaveProperty([OKTA_GROUP]);
    const schema = {
      resource_type: 'Group',
      name: 'OktaGroup',
      description: 'Okta',
      attributes: [{ name: 'description' }],
    };
    const declared = `/directories/${directory.id}/schema_extensions/${OKTA_GROUP}`;
    expected(200, await hub.api('PUT', declared, schema));
    await eventually(async () => {
      const { body: known } = expected(200, await send('GET', '/Schemas/Groups'));
      expect(known['attributes']).toContainEqual(expect.objectContaining({ schema: OKTA_GROUP }));
    });
    expect(expected(201, await send('POST', '/Groups', body)).body).toMatchObject({
      schemas: [CORE, OKTA_GROUP],
      [OKTA_GROUP]: { description: 'West' },
    });
  });
});

describe('a POST that stands for another method', () => {
  const over = (method: string): Record<string, string> => ({ 'x-http-method-override': method });

  it('does what the header says, to people and groups', async () => {
    const { directory, send } = await connected();
    const user = `/Users/${(await directory.makeUser('ada')).id}`;
    const group = `/Groups/${(await directory.makeGroup('G')).id}`;
    expect(
      expected(200, await send('POST', user, { userName: 'ada', title: 'A' }, over('PUT'))).body['title'],
    ).toBe('A');
    expect(expected(200, await send('POST', user, { title: 'B' }, over('patch'))).body['title']).toBe('B');
    expect(
      expected(200, await send('POST', group, { displayName: 'H' }, over('PUT'))).body['displayName'],
    ).toBe('H');
    for (const [path, method] of [
      [group, 'PATCH'],
      [group, 'DELETE'],
      [user, 'DELETE'],
    ] as const) {
      const answer = await send(
        'POST',
        path,
        method === 'PATCH' ? { displayName: 'I' } : undefined,
        over(method),
      );
      expect([answer.status, answer.text]).toEqual([204, '']);
    }
    expect(await directory.causes()).toEqual([
      'UserCreated',
      'GroupCreated',
      'UserProfileChanged',
      'UserProfileChanged',
      'GroupChanged',
      'GroupChanged',
      'GroupDeleted',
      'UserDeleted',
    ]);
  });

  it('is refused without an id or without a method, and makes nothing', async () => {
    const { directory, send } = await connected();
    const { id } = await directory.makeUser('ada');
    const position = await hub.logPosition();
    for (const answer of [
      await send('POST', '/Users', { userName: 'bea' }, over('PATCH')),
      await send('POST', '/Groups', { displayName: 'g' }, over('DELETE')),
      await send('POST', `/Users/${id}`, { title: 'x' }),
      await send('POST', `/Users/${id}`, { title: 'x' }, over('GET')),
    ])
      expect(errorOf(answer)).toEqual(described(405, 'X-HTTP-Method-Override'));
    expect(await hub.logPosition()).toBe(position);
  });
});

describe('what the service says of itself in SCIM 1.1', () => {
  it('is said below either root, in the plural and the singular', async () => {
    const { directory, send } = await connected();
    const config = expected(200, await send('GET', '/ServiceProviderConfigs'));
    expect(config.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(config.body).toMatchObject({
      schemas: [CORE],
      patch: { supported: true },
      bulk: { supported: false },
      filter: { supported: true },
      xmlDataFormat: { supported: false },
      authenticationSchemes: [
        expect.objectContaining({ type: 'oauthbearertoken' }),
        expect.objectContaining({ type: 'oauth2' }),
      ],
    });
    expect((await send('GET', '/ServiceProviderConfig')).body).toEqual(config.body);
    const short = speaker(directory, '/scim/v1');
    expect((await short('GET', '/ServiceProviderConfigs')).body.meta.location).toMatch(
      /\/scim\/v1\/ServiceProviderConfigs$/,
    );
    const { id } = expected(201, await short('POST', '/Users', { userName: 'ada' })).body;
    expect((await send('GET', `/Users/${id}`)).body.id).toBe(id);
  });

  it('are the schemas that it validates by', async () => {
    const { send } = await connected();
    const all = expected(200, await send('GET', '/Schemas')).body;
    expect(all).toMatchObject({ schemas: [CORE], totalResults: 2 });
    for (const name of ['Users', 'Groups']) {
      const schema = expected(200, await send('GET', `/Schemas/${name}`)).body;
      expect(schema).toMatchObject({ endpoint: `/${name}`, schema: CORE });
      expect(all.Resources).toContainEqual(schema);
    }
    expect(errorOf(await send('GET', '/Schemas/Hats'))).toEqual(described(404, 'Schemas/Users'));
  });
});

describe('a version in SCIM 1.1', () => {
  it.each(['Users', 'Groups'])(
    'of %s comes with every answer, spares a read and guards a write',
    async (type) => {
      const { send } = await connected();
      const resource = { schemas: [CORE], userName: 'ada', displayName: 'Ada' };
      const created = expected(201, await send('POST', `/${type}`, resource));
      const { id, meta } = created.body;
      const path = `/${type}/${id}`;
      expect(created.headers['etag']).toBe(meta.version);
      expect((await send('GET', path)).headers['etag']).toBe(meta.version);
      const unchanged = await send('GET', path, undefined, { 'if-none-match': meta.version });
      expect(unchanged).toMatchObject({ status: 304, text: '', headers: { etag: meta.version } });
      const changed = await send('PATCH', path, { schemas: [CORE], displayName: 'Countess' });
      expect(changed.headers['etag']).toBe('W/"2"');
      const stale = { 'if-match': meta.version };
      const refused = [
        await send('PUT', path, resource, stale),
        await send('PATCH', path, { schemas: [CORE], displayName: 'Ada' }, stale),
        await send('DELETE', path, undefined, stale),
      ];
      for (const answer of refused) expect(errorOf(answer)).toEqual(described(412, 'W/"2"'));
      expect((await send('GET', path)).body['displayName']).toBe('Countess');
      expect((await send('PUT', path, resource, { 'if-match': 'W/"2"' })).headers['etag']).toBe('W/"3"');
    },
  );

  it('and sorting are announced', async () => {
    const { send } = await connected();
    const { body } = await send('GET', '/ServiceProviderConfigs');
    expect(body).toMatchObject({ etag: { supported: true }, sort: { supported: true } });
  });

  it('has lists in the order that is asked for', async () => {
    const { directory, send } = await connected();
    for (const name of ['bob', 'Ada', 'cleo']) await directory.makeUser(name);
    const { body } = await send('GET', '/Users?sortBy=userName&sortOrder=descending');
    expect(body.Resources.map(({ userName }) => userName)).toEqual(['cleo', 'bob', 'Ada']);
  });
});

describe('a request that SCIM 1.1 has no answer for here', () => {
  it.each([
    ['POST', '/Bulk', 501, 'Bulk is not spoken'],
    ['GET', '/Hats', 404, 'ServiceProviderConfigs'],
    ['PATCH', '/Users', 405, 'GET, HEAD, OPTIONS, POST'],
  ])('%s %s is answered %i in the form of 1.1', async (method, path, status, sentence) => {
    const { send } = await connected();
    const answer = await send(method, path, { Operations: [] });
    expect(errorOf(answer)).toEqual(described(status, sentence));
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('because it is XML is told that JSON is spoken', async () => {
    const { directory, send } = await connected();
    const { id } = await directory.makeUser('ada');
    const xml = { accept: 'application/xml' };
    expect(errorOf(await send('GET', '/Users', undefined, xml))).toEqual(described(406, 'JSON'));
    for (const path of ['/Users.xml', `/Users/${id}.xml`])
      expect(errorOf(await send('GET', path))).toEqual(described(406, 'JSON'));
    const sent = await send('POST', '/Users', '<User/>', { 'content-type': 'application/xml' });
    expect(errorOf(sent)).toEqual(described(415, 'application/json'));
    for (const accept of [
      'application/xml, application/json;q=0.5',
      'text/html, */*; q=.2',
      'application/scim+json',
      '',
    ])
      expected(200, await send('GET', '/Users', undefined, { accept }));
    for (const path of ['/Users.json', `/Users/${id}.json?attributes=id`])
      expected(200, await send('GET', path));
  });

  it('is refused before anything is done', async () => {
    const { directory, send } = await connected();
    const { id } = await directory.makeUser('ada');
    const position = await hub.logPosition();
    const patch = (body: unknown): Promise<HttpAnswer> => send('PATCH', `/Users/${id}`, body);
    expect(errorOf(await patch('{'))).toEqual(described(400, 'JSON'));
    expect(errorOf(await patch([]))).toEqual(described(400, 'meta.attributes'));
    expect(errorOf(await patch({ title: 'x', emails: [{ value: 'a', operation: 'x' }] }))).toEqual(
      described(400, '"delete"'),
    );
    expect(errorOf(await patch({ title: 'x', meta: { attributes: ['userName'] } }))).toEqual(
      described(400, 'userName'),
    );
    expect(errorOf(await send('POST', '/Users', { title: 'x' }))).toEqual(described(400, 'userName'));
    expect(errorOf(await send('PATCH', '/Groups/none', { displayName: 'x' }))).toEqual(
      described(404, 'none'),
    );
    const stranger = await send('GET', '/Users', undefined, { authorization: 'Bearer nobody' });
    expect(errorOf(stranger)).toEqual(described(401, 'not known'));
    expect(stranger.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(await hub.logPosition()).toBe(position);
  });
});
