/** People, groups and directories as those see them who consume them: what is read is what the feed has told, no more and no less. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
}, 30_000);
afterAll(() => hub.close());

const get = (path: string): Promise<HttpAnswer> => hub.api('GET', path);
const read = async (path: string): Promise<Body> => expected(200, await get(path)).body;
const idsOf = ({ data }: Body): string[] => data.map(({ id }) => id);
const ids = async (path: string): Promise<string[]> => idsOf(await read(path));

function expectRefusal(answer: HttpAnswer, status: number, code: string, message: RegExp): void {
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
  expect(answer.body['message']).toMatch(message);
  expect(answer.body).not.toHaveProperty('error');
}

/** Of a directory in which deactivations are published as deletions. */
async function connectForgetful(): Promise<TestDirectory> {
  const directory = await hub.connect();
  const settings = { deactivations_published_as: 'deleted' };
  expected(200, await hub.api('PATCH', `/directories/${directory.id}`, { settings }));
  return directory;
}

/** All of them, through as many pages as it takes. */
async function everything(path: string): Promise<Body[]> {
  const all: Body[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Body = await read(`${path}&limit=3&after=${after}`);
    all.push(...page.data);
    after = page.list_metadata.after;
  }
  return all;
}

describe('a person', () => {
  it('is shown in every field that WorkOS has, with the groups that they are in directly', async () => {
    const directory = await hub.connect();
    const made = await directory.makeUser('ada@example.com', {
      externalId: 'okta-1',
      name: { givenName: 'Ada', familyName: 'Lovelace' },
      title: 'Countess',
      emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
    });
    const group = await directory.makeGroup('Engineering', [made.id]);
    const shownGroup = {
      object: 'directory_group',
      id: group.id,
      idp_id: group.id,
      directory_id: directory.id,
      organization_id: directory.organizationId,
      name: 'Engineering',
      raw_attributes: { displayName: 'Engineering' },
      created_at: expect.stringMatching(ISO),
      updated_at: expect.stringMatching(ISO),
    };
    const shown = await read(`/directory_users/${made.id}`);
    const emails = [{ value: 'ada@example.com', type: 'work', primary: true }];
    expect(shown).toEqual({
      object: 'directory_user',
      id: made.id,
      directory_id: directory.id,
      organization_id: directory.organizationId,
      idp_id: 'okta-1',
      email: 'ada@example.com',
      first_name: 'Ada',
      last_name: 'Lovelace',
      name: 'Ada Lovelace',
      state: 'active',
      custom_attributes: expect.objectContaining({ job_title: 'Countess', department_name: null }),
      raw_attributes: expect.objectContaining({ userName: 'ada@example.com', title: 'Countess' }),
      emails,
      job_title: 'Countess',
      username: 'ada@example.com',
      groups: [shownGroup],
      created_at: expect.stringMatching(ISO),
      updated_at: expect.stringMatching(ISO),
    });
    expect((await read(`/directory_users?directory=${directory.id}`)).data).toEqual([shown]);
    expect(await read(`/directory_groups/${group.id}`)).toEqual(shownGroup);
    expect((await read(`/directory_groups?user=${made.id}`)).data).toEqual([shownGroup]);
  });

  it('has an empty list of groups, and null for what the provider does not say', async () => {
    const directory = await hub.connect();
    const { id } = await directory.makeUser('nobody');
    expect(await read(`/directory_users/${id}`)).toMatchObject({
      ...{ idp_id: id, email: null, first_name: null, last_name: null, name: null, job_title: null },
      ...{ groups: [], emails: [] },
    });
    expect(await read(`/directory_users/${id}`)).not.toHaveProperty('role');
  });

  it('is in the groups that they are in directly, and not in those around them, as the feed tells it', async () => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada');
    const inner = await directory.makeGroup('inner', [ada.id]);
    const outer = await directory.makeGroup('outer', [inner.id]);
    expect((await read(`/directory_users/${ada.id}`)).groups.map((group) => Object(group).id)).toEqual([
      inner.id,
    ]);
    expect(await ids(`/directory_groups?user=${ada.id}`)).toEqual([inner.id]);
    expect(await ids(`/directory_users?group=${inner.id}`)).toEqual([ada.id]);
    expect(await ids(`/directory_users?group=${outer.id}`)).toEqual([]);
  });

  it('whom the feed has told of as deleted is nowhere, and is back when they come back', async () => {
    const directory = await connectForgetful();
    const [ada, bob] = [
      await directory.makeUser('ada', { externalId: 'x-1' }),
      await directory.makeUser('bob'),
    ];
    const group = await directory.makeGroup('Engineering', [ada.id, bob.id]);
    const active = (value: boolean) =>
      directory.patch(`/Users/${ada.id}`, { op: 'replace', value: { active: value } });
    expected(200, await active(false));
    expectRefusal(
      await get(`/directory_users/${ada.id}`),
      404,
      'entity_not_found',
      /Directory User not found/,
    );
    expectRefusal(await get(`/directory_groups?user=${ada.id}`), 404, 'entity_not_found', /Directory User/);
    const lists = [`directory=${directory.id}`, `group=${group.id}`];
    for (const list of lists) expect(await ids(`/directory_users?${list}`)).toEqual([bob.id]);
    expect(await ids(`/directory_users?directory=${directory.id}&idp_id=x-1`)).toEqual([]);
    expect(await read(`/directories/${directory.id}`)).toMatchObject({
      metadata: { users: { active: 1, inactive: 0 }, groups: 1 },
    });
    expected(200, await active(true));
    for (const list of lists) expect(await ids(`/directory_users?${list}`)).toEqual([bob.id, ada.id]);
    expect((await read(`/directory_users/${ada.id}`)).groups).toMatchObject([{ id: group.id }]);
  });
});

describe('the list of people', () => {
  let directory: TestDirectory;
  let people: Body[];
  beforeAll(async () => {
    directory = await hub.connect();
    people = [];
    for (const name of ['ada', 'bob', 'cy', 'dee', 'eve'])
      people.push(
        await directory.makeUser(name, {
          externalId: `ext-${name}`,
          emails: [
            { value: `${name}@example.com`, type: 'work' },
            { value: `${name}@home.example`, type: 'home' },
          ],
        }),
      );
  });
  const names = async (query: string): Promise<unknown[]> =>
    (await read(`/directory_users?${query}`)).data.map((user) => user['username']);
  const of = (query: string): Promise<unknown[]> => names(`directory=${directory.id}&${query}`);
  const page = async (query: string): Promise<[unknown[], string | null, string | null]> => {
    const { data, list_metadata } = await read(`/directory_users?directory=${directory.id}&limit=2&${query}`);
    const name = (id: string | null): string | null =>
      id && String(people.find((user) => user.id === id)?.userName);
    return [data.map((user) => user['username']), name(list_metadata.before), name(list_metadata.after)];
  };
  const at = (index: number): string => people[index]!.id;

  it('has the newest first, page by page, both ways and in every order', async () => {
    expect(await page('')).toEqual([['eve', 'dee'], null, 'dee']);
    expect(await page(`after=${at(3)}`)).toEqual([['cy', 'bob'], 'cy', 'bob']);
    expect(await page(`after=${at(1)}`)).toEqual([['ada'], 'ada', null]);
    expect(await page(`before=${at(2)}`)).toEqual([['eve', 'dee'], null, 'dee']);
    expect(await page(`before=${at(0)}`)).toEqual([['cy', 'bob'], 'cy', 'bob']);
    expect(await page('order=asc')).toEqual([['ada', 'bob'], null, 'bob']);
    expect(await page(`order=asc&after=${at(3)}`)).toEqual([['eve'], 'eve', null]);
  });

  it('in the order "normal" has the cursors the other way round, in what is asked and in what is said', async () => {
    expect(await page('order=normal')).toEqual([['eve', 'dee'], 'dee', null]);
    expect(await page(`order=normal&before=${at(3)}`)).toEqual([['cy', 'bob'], 'bob', 'cy']);
    expect(await page(`order=normal&before=${at(1)}`)).toEqual([['ada'], null, 'ada']);
  });

  it('goes on behind a person who was deleted meanwhile, and behind one who never was', async () => {
    const elsewhere = await hub.connect();
    const gone = await elsewhere.makeUser('gone');
    const late = await elsewhere.makeUser('late');
    expected(204, await elsewhere.scim('DELETE', `/Users/${gone.id}`));
    const path = `/directory_users?directory=${elsewhere.id}&order=asc`;
    expect(await ids(`${path}&after=${gone.id}`)).toEqual([late.id]);
    expect(await ids(`${path}&after=directory_user_00000000000000000000000000`)).toEqual([late.id]);
    expect(await ids(`${path}&after=directory_user_7ZZZZZZZZZZZZZZZZZZZZZZZZZ`)).toEqual([]);
  });

  it('is narrowed by address in any case, and only by the one that is shown', async () => {
    expect(await of('email=BOB@example.COM')).toEqual(['bob']);
    expect(await of('email=bob@home.example')).toEqual([]);
    expect(await of('email=bo')).toEqual([]);
    expect(await of('email=')).toHaveLength(5);
  });

  it("is narrowed by the provider's id, which is case-exact", async () => {
    expect(await of('idp_id=ext-cy')).toEqual(['cy']);
    expect(await of('idp_id=EXT-cy')).toEqual([]);
    expect(await of(`idp_id=${at(2)}`)).toEqual([]);
    expect(await of('idp_id=ext-cy&email=cy@example.com')).toEqual(['cy']);
    expect(await of('idp_id=ext-cy&email=bob@example.com')).toEqual([]);
    const plain = await directory.makeUser('plain');
    expect(await of(`idp_id=${plain.id}`)).toEqual(['plain']);
    expected(204, await directory.scim('DELETE', `/Users/${plain.id}`));
  });

  it('is narrowed by group, alone and together with the others', async () => {
    const group = await directory.makeGroup('pilots', [at(0), at(3)]);
    expect(await names(`group=${group.id}`)).toEqual(['dee', 'ada']);
    expect(await names(`group=${group.id}&limit=1&after=${at(3)}`)).toEqual(['ada']);
    expect(await names(`group=${group.id}&email=ada@example.com`)).toEqual(['ada']);
    expect(await names(`group=${group.id}&idp_id=ext-bob`)).toEqual([]);
    expect(await of(`group=${group.id}`)).toEqual(['dee', 'ada']);
    const elsewhere = await hub.connect();
    expect(await names(`directory=${elsewhere.id}&group=${group.id}`)).toEqual([]);
  });

  it('is of all directories when none is named', async () => {
    const elsewhere = await hub.connect();
    const newest = await elsewhere.makeUser('newest');
    const all = await read('/directory_users?limit=100');
    expect(idsOf(all)[0]).toBe(newest.id);
    expect(idsOf(all)).toEqual(expect.arrayContaining(people.map(({ id }) => id)));
    const group = await elsewhere.makeGroup('newest');
    expect(await ids('/directory_groups?limit=1')).toEqual([group.id]);
  });

  it.each([
    ['/directory_users?directory=directory_x', /^Directory not found: 'directory_x'/],
    ['/directory_users?group=directory_group_x', /^Directory Group not found: 'directory_group_x'/],
    ['/directory_users/directory_user_x', /^Directory User not found: 'directory_user_x'/],
    ['/directory_groups?directory=directory_x', /^Directory not found: 'directory_x'/],
    ['/directory_groups?user=directory_user_x', /^Directory User not found: 'directory_user_x'/],
    ['/directory_groups/directory_group_x', /^Directory Group not found: 'directory_group_x'/],
  ])('is refused with 404 for what is not there: %s', async (path, message) => {
    expectRefusal(await get(path), 404, 'entity_not_found', message);
  });

  it('of a directory that was deleted is refused with 404', async () => {
    const gone = await hub.connect();
    const user = await gone.makeUser('ada');
    expected(202, await hub.api('DELETE', `/directories/${gone.id}`));
    expect((await get(`/directory_users?directory=${gone.id}`)).status).toBe(404);
    expect((await get(`/directory_users/${user.id}`)).status).toBe(404);
  });

  it.each(['email=ada@example.com', 'idp_id=ext-ada'])(
    'asks for a directory or a group beside %s, which elsewhere is somebody else',
    async (query) => {
      const answer = await get(`/directory_users?${query}`);
      expectRefusal(answer, 422, 'invalid_request_parameters', /needs directory or group/);
      expect(answer.body['errors']).toMatchObject([{ field: 'directory', code: 'required' }]);
    },
  );

  it.each(['limit=0', 'limit=101', 'limit=x', 'order=upwards'])(
    'is refused with 422 for %s',
    async (query) => {
      for (const list of ['directory_users', 'directory_groups'])
        expectRefusal(await get(`/${list}?${query}`), 422, 'invalid_request_parameters', /must be/);
    },
  );

  it.each(['directory', 'group', 'email', 'idp_id', 'after', 'before'])(
    'is refused with 422 for NUL in %s',
    async (name) => {
      const answer = await get(`/directory_users?group=x&${name}=a%00b`);
      expectRefusal(answer, 422, 'invalid_request_parameters', /NUL/);
    },
  );

  it('needs a key', async () => {
    for (const path of ['/directory_users', '/directory_groups', '/directory_users/x', '/directory_groups/x'])
      expect((await hub.send({ method: 'GET', path })).status).toBe(401);
    const headers = { authorization: `Bearer ${directory.token}` };
    expect((await hub.send({ method: 'GET', path: '/directory_users', headers })).status).toBe(401);
  });
});

describe('the list of groups', () => {
  it('is paged like every other, by directory and by person', async () => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada');
    const groups: string[] = [];
    for (const name of ['1', '2', '3']) groups.push((await directory.makeGroup(name, [ada.id])).id);
    const [one, two, three] = groups;
    for (const by of [
      `directory=${directory.id}`,
      `user=${ada.id}`,
      `user=${ada.id}&directory=${directory.id}`,
    ]) {
      const first = await read(`/directory_groups?${by}&limit=2`);
      expect([idsOf(first), first.list_metadata]).toEqual([[three, two], { before: null, after: two }]);
      const second = await read(`/directory_groups?${by}&limit=2&after=${two}`);
      expect([idsOf(second), second.list_metadata]).toEqual([[one], { before: one, after: null }]);
      expect(await ids(`/directory_groups?${by}&order=asc`)).toEqual(groups);
    }
  });
});

describe('what is read', () => {
  /** Applies the feed, and nothing else: what a consumer holds who believes every event. */
  async function believed(directory: TestDirectory) {
    const [users, groups, members] = [
      new Map<string, object>(),
      new Map<string, object>(),
      new Set<string>(),
    ];
    for (const { event, data } of await directory.events()) {
      const { previous_attributes: _, ...entity } = data as Record<string, unknown>;
      const forget = (isGone: (membership: string) => boolean): void =>
        [...members].filter(isGone).forEach((each) => members.delete(each));
      if (event === 'dsync.user.deleted') {
        users.delete(data.id);
        forget((each) => each.endsWith(data.id));
      } else if (event === 'dsync.group.deleted') {
        groups.delete(data.id);
        forget((each) => each.startsWith(data.id));
      } else if (event === 'dsync.group.user_added') members.add(`${data.group.id} ${data.user.id}`);
      else if (event === 'dsync.group.user_removed') members.delete(`${data.group.id} ${data.user.id}`);
      else (event.startsWith('dsync.user') ? users : groups).set(data.id, entity);
    }
    return { users, groups, members };
  }

  it('is exactly what a consumer holds who applies the feed, to the last updated_at', async () => {
    const directory = await connectForgetful();
    const [ada, bob, cy, dee] = await Promise.all(
      ['ada', 'bob', 'cy', 'dee'].map((name) => directory.makeUser(name, { title: name })),
    );
    const inner = await directory.makeGroup('inner', [ada!.id, bob!.id]);
    const outer = await directory.makeGroup('outer', [inner.id, cy!.id]);
    const gone = await directory.makeGroup('gone', [ada!.id]);
    const change = async (path: string, ...operations: object[]): Promise<unknown> =>
      expected(path.startsWith('/Users') ? 200 : 204, await directory.patch(path, ...operations));
    const active = (id: string, value: boolean): Promise<unknown> =>
      change(`/Users/${id}`, { op: 'replace', value: { active: value } });
    await change(`/Users/${ada!.id}`, { op: 'replace', path: 'title', value: 'Countess' });
    // Consumers hear neither of a password nor of a group inside a group.
    await change(`/Users/${ada!.id}`, { op: 'replace', path: 'password', value: 'Kx7#mQ2!vT9p' });
    await active(bob!.id, false);
    await change(`/Users/${bob!.id}`, { op: 'replace', path: 'title', value: 'away' });
    await active(cy!.id, false);
    await active(cy!.id, true);
    await change(`/Groups/${outer.id}`, { op: 'add', path: 'members', value: [{ value: gone.id }] });
    await change(`/Groups/${outer.id}`, { op: 'add', path: 'members', value: [{ value: dee!.id }] });
    await change(`/Groups/${inner.id}`, { op: 'replace', path: 'displayName', value: 'renamed' });
    expected(204, await directory.scim('DELETE', `/Groups/${gone.id}`));
    const { users, groups, members } = await believed(directory);
    expect([users.size, groups.size, members.size]).toEqual([3, 2, 3]);
    const shown = await everything(`/directory_users?directory=${directory.id}`);
    expect(new Map(shown.map(({ groups: _, ...user }) => [user.id, user]))).toEqual(users);
    const shownGroups = await everything(`/directory_groups?directory=${directory.id}`);
    expect(new Map(shownGroups.map((group) => [group.id, group]))).toEqual(groups);
    const inGroups = shown.flatMap((user) => user.groups.map((group) => `${Object(group).id} ${user.id}`));
    expect(new Set(inGroups)).toEqual(members);
    for (const id of groups.keys()) {
      const listed = await everything(`/directory_users?group=${id}`);
      const told = [...members].filter((each) => each.startsWith(id)).map((each) => each.split(' ')[1]);
      expect(new Set(listed.map((user) => user.id))).toEqual(new Set(told));
    }
    const counts = { users: { active: 3, inactive: 0 }, groups: 2 };
    expect((await read(`/directories/${directory.id}`))['metadata']).toEqual(counts);
  });
});

describe('a directory', () => {
  it('says how many people and groups it has, alone and in the list, and is never behind', async () => {
    const directory = await hub.connect();
    const counts = async (): Promise<unknown[]> => {
      const list = await read(`/directories?organization_id=${directory.organizationId}`);
      return [(await read(`/directories/${directory.id}`))['metadata'], list.data[0]!['metadata']];
    };
    const are = (active: number, inactive: number, groups: number): unknown[] =>
      Array(2).fill({ users: { active, inactive }, groups });
    expect(await counts()).toEqual(are(0, 0, 0));
    const ada = await directory.makeUser('ada');
    await directory.makeUser('bob', { active: false });
    await directory.makeGroup('Engineering', [ada.id]);
    expect(await counts()).toEqual(are(1, 1, 1));
    expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', value: { active: false } }));
    expect(await counts()).toEqual(are(0, 2, 1));
    expected(204, await directory.scim('DELETE', `/Users/${ada.id}`));
    expect(await counts()).toEqual(are(0, 1, 1));
  });
});
