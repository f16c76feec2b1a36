/** The life of people and groups as a directory sees it over HTTP, and what consumers are told of it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
import { expected, GROUP, PATCH_OP, TestDirectory, TestHub, USER, type Body } from '../support/hub.js';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

const filterOf = (filter: string): string => `filter=${encodeURIComponent(filter)}`;
const idsOf = (list: Body): string[] => list.Resources.map(({ id }) => id);
const active = (value: boolean): object => ({ op: 'replace', path: 'active', value });
const add = (...ids: string[]): object => ({
  op: 'add',
  path: 'members',
  value: ids.map((value) => ({ value })),
});

describe('a person', () => {
  const ada = {
    schemas: [USER],
    userName: 'ada@example.com',
    externalId: 'a-1',
    name: { givenName: 'Ada', familyName: 'Lovelace' },
    emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
    title: 'Countess',
  };

  it('is created, read, changed, sent away, taken back, and deleted', async () => {
    const directory = await hub.connect();
    const created = expected(201, await directory.scim('POST', '/Users', ada));
    const { id, meta } = created.body;
    const path = `/Users/${id}`;
    expect(created.headers['location']).toBe(meta.location);
    expect(created.body).toMatchObject({ ...ada, active: true, groups: [], meta: { version: 'W/"1"' } });
    expect((await directory.scim('GET', path)).body).toEqual(created.body);

    const put = await directory.scim('PUT', path, { ...ada, title: 'Programmer', nickName: 'A' });
    expect(put.body).toMatchObject({ id, title: 'Programmer', nickName: 'A', meta: { version: 'W/"2"' } });
    const cleared = await directory.scim('PUT', path, { schemas: [USER], userName: 'ada@example.com' });
    expect(cleared.body).toEqual({
      schemas: [USER],
      id,
      userName: 'ada@example.com',
      active: true,
      groups: [],
      meta: { ...meta, version: 'W/"3"', lastModified: expect.any(String) },
    });
    const patched = await directory.patch(path, { op: 'add', path: 'nickName', value: 'B' });
    expect(patched).toMatchObject({ status: 200, body: { id, nickName: 'B', meta: { version: 'W/"4"' } } });

    const group = await directory.makeGroup('Engineering', [id]);
    expect((await directory.patch(path, active(false))).body).toMatchObject({ active: false });
    const shown = { active: false, groups: [{ value: group.id, display: 'Engineering', type: 'direct' }] };
    expect((await directory.scim('GET', path)).body).toMatchObject(shown);
    for (const filter of ['userName eq "ada@example.com"', 'active eq false', `groups eq "${group.id}"`])
      expect(idsOf((await directory.scim('GET', `/Users?${filterOf(filter)}`)).body)).toEqual([id]);
    expect((await directory.scim('GET', `/Groups/${group.id}`)).body.members).toMatchObject([{ value: id }]);
    expect((await directory.patch(path, active(true))).body).toMatchObject({ active: true, groups: [{}] });

    const gone = await directory.scim('DELETE', path);
    expect([gone.status, gone.text]).toEqual([204, '']);
    for (const method of ['GET', 'DELETE']) expect((await directory.scim(method, path)).status).toBe(404);
    expect((await directory.scim('GET', `/Groups/${group.id}`)).body.members).toEqual([]);
    const again = await directory.makeUser('ADA@example.com', { externalId: 'a-1' });
    expect(again.id).not.toBe(id);
    expect(await directory.causes()).toEqual([
      'UserCreated',
      'UserProfileChanged',
      'UserProfileChanged',
      'UserProfileChanged',
      'GroupCreated',
      'MembershipChanged',
      'UserDeactivated',
      'UserReactivated',
      'UserDeleted',
      'UserCreated',
    ]);
  });

  it('is shown by the attributes that are asked for, and always with id and schemas', async () => {
    const directory = await hub.connect();
    const { id } = expected(201, await directory.scim('POST', '/Users', ada)).body;
    const keys = async (query: string): Promise<string[]> =>
      Object.keys((await directory.scim('GET', `/Users/${id}?${query}`)).body).sort();
    expect(await keys('attributes=userName')).toEqual(['id', 'schemas', 'userName']);
    expect(await keys('attributes=USERNAME,emails.value')).toEqual(['emails', 'id', 'schemas', 'userName']);
    expect(await keys(`attributes=${USER}:title`)).toEqual(['id', 'schemas', 'title']);
    expect(await keys('attributes=shoeSize')).toEqual(['id', 'schemas']);
    expect(await keys('excludedAttributes=emails,meta,groups,id')).toEqual([
      'active',
      'externalId',
      'id',
      'name',
      'schemas',
      'title',
      'userName',
    ]);
    const list = (await directory.scim('GET', '/Users?attributes=name.familyName')).body.Resources;
    expect(list).toEqual([{ schemas: [USER], id, name: { familyName: 'Lovelace' } }]);
    const patch = { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'title', value: 'Lady' }] };
    const answer = await directory.scim('PATCH', `/Users/${id}?attributes=title`, patch);
    expect(answer.body).toEqual({ schemas: [USER], id, title: 'Lady' });
  });

  it('may be created inactive, and is inactive to consumers from the beginning', async () => {
    const directory = await hub.connect();
    await directory.makeUser('later@example.com', { active: false });
    const [event, ...more] = await directory.events();
    expect(event).toMatchObject({ event: 'dsync.user.created', data: { state: 'inactive' } });
    expect(more).toEqual([]);
  });

  it('keeps what is known of them when unknown attributes come along', async () => {
    const directory = await hub.connect();
    const { id } = await directory.makeUser('ada@example.com', {
      shoeSize: 44,
      'urn:acme:User': { desk: 1 },
    });
    const patch = await directory.patch(`/Users/${id}`, {
      op: 'replace',
      value: { shoeSize: 45, title: 'X' },
    });
    expect(patch.body).toMatchObject({ title: 'X' });
    expect(JSON.stringify((await directory.events()).at(-1))).not.toContain('shoeSize');
  });
});

describe('a page of people', () => {
  it('holds each of them once, in the same order every time', async () => {
    const directory = await hub.connect();
    const made = await Promise.all(
      Array.from({ length: 25 }, (_each, index) => directory.makeUser(`user-${index}@example.com`)),
    );
    const read = async (count: number): Promise<string[]> => {
      const ids: string[] = [];
      for (let startIndex = 1; startIndex <= 25; startIndex += count) {
        const page = (await directory.scim('GET', `/Users?startIndex=${startIndex}&count=${count}`)).body;
        expect(page).toMatchObject({ totalResults: 25, startIndex });
        ids.push(...idsOf(page));
      }
      return ids;
    };
    const ids = await read(7);
    expect([...ids].sort()).toEqual(made.map(({ id }) => id).sort());
    expect(await read(10)).toEqual(ids);
    const total = (await directory.scim('GET', '/Users?count=0')).body;
    expect(total).toMatchObject({ totalResults: 25, itemsPerPage: 0, Resources: [] });
  });
});

describe('a group', () => {
  it('tells who comes and who goes, those who go first, and both by the group they are in then', async () => {
    const directory = await hub.connect();
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => directory.makeUser(name)));
    const group = await directory.makeGroup('Engineering', [a!.id, b!.id]);
    const put = { schemas: [GROUP], displayName: 'Research', members: [{ value: b!.id }, { value: c!.id }] };
    expected(200, await directory.scim('PUT', `/Groups/${group.id}`, put));
    const events = (await directory.events()).slice(3);
    expect(
      events.map(({ event, data }) => [event, data.user?.id, data.group?.['name'] ?? data['name']]),
    ).toEqual([
      ['dsync.group.created', undefined, 'Engineering'],
      ['dsync.group.user_added', a!.id, 'Engineering'],
      ['dsync.group.user_added', b!.id, 'Engineering'],
      ['dsync.group.updated', undefined, 'Research'],
      ['dsync.group.user_removed', a!.id, 'Research'],
      ['dsync.group.user_added', c!.id, 'Research'],
    ]);
  });

  it('answers a PATCH with nothing, unless somebody asks for attributes', async () => {
    const directory = await hub.connect();
    const user = await directory.makeUser('ada');
    const group = await directory.makeGroup('Engineering');
    const silent = await directory.patch(`/Groups/${group.id}`, add(user.id));
    expect([silent.status, silent.text]).toEqual([204, '']);
    const body = { schemas: [PATCH_OP], Operations: [add(user.id)] };
    const asked = await directory.scim('PATCH', `/Groups/${group.id}?attributes=members`, body);
    expect(asked).toMatchObject({ status: 200, body: { id: group.id, members: [{ value: user.id }] } });
  });

  it('may hold a group, which consumers have no word for', async () => {
    const directory = await hub.connect();
    const user = await directory.makeUser('ada', { displayName: 'Ada' });
    const inner = await directory.makeGroup('Inner', [user.id]);
    const outer = await directory.makeGroup('Outer', [inner.id, user.id]);
    expect(outer.members).toEqual([
      { value: inner.id, type: 'Group', display: 'Inner', $ref: inner.meta.location },
      { value: user.id, type: 'User', display: 'Ada', $ref: user.meta.location },
    ]);
    expect((await directory.scim('GET', `/Users/${user.id}`)).body.groups.map(({ value }) => value)).toEqual([
      inner.id,
      outer.id,
    ]);
    expected(204, await directory.scim('DELETE', `/Groups/${inner.id}`));
    expect((await directory.scim('GET', `/Groups/${outer.id}`)).body.members).toMatchObject([
      { value: user.id },
    ]);
    const told = (await directory.events()).map(({ event, context }) => [event, context.sequence]);
    // Number 6 is the group that came into the group, and number 8 the person who was in the one that is deleted: the numbers
    // say that something was there.
    expect(told).toEqual([
      ['dsync.user.created', 2],
      ['dsync.group.created', 3],
      ['dsync.group.user_added', 4],
      ['dsync.group.created', 5],
      ['dsync.group.user_added', 7],
      ['dsync.group.deleted', 9],
    ]);
  });

  it('leaves an unknown member out and takes the known ones', async () => {
    const directory = await hub.connect();
    const [a, b] = await Promise.all(['a', 'b'].map((name) => directory.makeUser(name)));
    const group = await directory.makeGroup('Engineering', [a!.id, 'stranger']);
    expect(group.members).toMatchObject([{ value: a!.id }]);
    expected(204, await directory.patch(`/Groups/${group.id}`, add('stranger', b!.id, 'another')));
    expect((await directory.scim('GET', `/Groups/${group.id}`)).body.members).toHaveLength(2);
    await eventually(() =>
      expect(hub.observations()).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          event: 'unknown members left out',
          directory: directory.id,
          group: group.id,
          members: ['stranger', 'another'],
        }),
      ),
    );
  });

  it('takes 300 members in one request, and gives all of them back', async () => {
    const directory = await hub.connect();
    const users = await Promise.all(
      Array.from({ length: 300 }, (_each, index) => directory.makeUser(`user-${index}`)),
    );
    const group = await directory.makeGroup('Everybody');
    expected(204, await directory.patch(`/Groups/${group.id}`, add(...users.map(({ id }) => id))));
    const { members } = (await directory.scim('GET', `/Groups/${group.id}`)).body;
    expect(members.map(({ value }) => value).sort()).toEqual(users.map(({ id }) => id).sort());
    const added = (await directory.events()).filter(({ event }) => event === 'dsync.group.user_added');
    expect(added).toHaveLength(300);
  });
});

describe('requests at the same time', () => {
  it('of one userName make one person, and one event', async () => {
    const directory = await hub.connect();
    const body = { schemas: [USER], userName: 'ada@example.com' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => directory.scim('POST', '/Users', body)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    expect(await directory.causes()).toEqual(['UserCreated']);
  });

  it('to one group lose no member, and leave numbers without a gap', async () => {
    const directory = await hub.connect();
    const users = await Promise.all(
      Array.from({ length: 50 }, (_each, index) => directory.makeUser(`user-${index}`)),
    );
    const group = await directory.makeGroup('Engineering');
    const answers = await Promise.all(users.map(({ id }) => directory.patch(`/Groups/${group.id}`, add(id))));
    expect(answers.filter(({ status }) => status !== 204)).toEqual([]);
    const { members } = (await directory.scim('GET', `/Groups/${group.id}`)).body;
    expect(members.map(({ value }) => value).sort()).toEqual(users.map(({ id }) => id).sort());
    const events = await directory.events();
    expect(events.map(({ context }) => context.sequence)).toEqual(
      Array.from({ length: 101 }, (_each, index) => index + 2),
    );
    // To consumers it is the same group all along: who is in it is no part of theirs.
    const times = events.slice(51).map(({ data }) => data.group['updated_at']);
    expect(new Set(times)).toEqual(new Set([events[50]!.data['updated_at']]));
    const versions = (await directory.scim('GET', `/Groups/${group.id}`)).body.meta.version;
    expect(versions).toBe('W/"51"');
  });

  it('of different directories do not see each other', async () => {
    const directories = await Promise.all(Array.from({ length: 5 }, () => hub.connect()));
    const names = ['a', 'b', 'c'];
    await Promise.all(directories.flatMap((each) => names.map((name) => each.makeUser(name))));
    for (const directory of directories) {
      expect((await directory.scim('GET', '/Users')).body.totalResults).toBe(3);
      expect((await directory.events()).map(({ context }) => context.sequence)).toEqual([2, 3, 4]);
    }
  });

  it('that deactivate and rename one person leave both done', async () => {
    const directory = await hub.connect();
    const { id } = await directory.makeUser('ada');
    const change = (value: object): Promise<unknown> =>
      directory.patch(`/Users/${id}`, { op: 'replace', value });
    await Promise.all([
      change({ active: false }),
      change({ displayName: 'Ada' }),
      change({ title: 'Countess' }),
      change({ active: false }),
    ]);
    const after = (await directory.scim('GET', `/Users/${id}`)).body;
    expect(after).toMatchObject({ active: false, displayName: 'Ada', title: 'Countess' });
    expect((await directory.causes()).slice(1).sort()).toEqual([
      'UserDeactivated',
      'UserProfileChanged',
      'UserProfileChanged',
    ]);
  });
});

describe.each([
  ['the root of all directories', () => '/scim/v2'],
  ['the root that names the directory', (directory: TestDirectory) => directory.root],
])('%s', (_name, rootOf) => {
  it('gives addresses under itself, and each leads to what it stands for', async () => {
    const directory = await hub.connect();
    const root = rootOf(directory);
    const headers = { authorization: `Bearer ${directory.token}`, 'content-type': 'application/scim+json' };
    const send = async (method: string, path: string, body?: unknown): Promise<Body> =>
      (await hub.send({ method, path, headers, ...(body === undefined ? {} : { body }) })).body;
    const user = await send('POST', `${root}/Users`, { schemas: [USER], userName: 'ada' });
    const group = { schemas: [GROUP], displayName: 'G', members: [{ value: user.id }] };
    const made = await hub.send({ method: 'POST', path: `${root}/Groups`, headers, body: group });
    expect(made.headers['location']).toBe(`${hub.url}${root}/Groups/${made.body.id}`);
    expect(made.body.members[0]!.$ref).toBe(`${hub.url}${root}/Users/${user.id}`);
    expect(user.meta.location).toBe(`${hub.url}${root}/Users/${user.id}`);
    const read = await send('GET', new URL(user.meta.location).pathname);
    expect(read.groups[0]!.$ref).toBe(made.body.meta.location);
    for (const { meta } of (await send('GET', `${root}/Users`)).Resources)
      expect(meta.location).toBe(user.meta.location);
    const types = await send('GET', `${root}/ResourceTypes`);
    expect(types.Resources.map(({ meta }) => meta.location)).toEqual(
      ['User', 'Group'].map((id) => `${hub.url}${root}/ResourceTypes/${id}`),
    );
    for (const document of ['Schemas', 'ServiceProviderConfig', 'ResourceTypes/User', `Schemas/${USER}`])
      expect((await hub.send({ method: 'GET', path: `${root}/${document}`, headers })).status).toBe(200);
  });
});
