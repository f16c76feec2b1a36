/** What a directory does with people who leave, as its owner has set it; passwords; and groups inside groups. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, freshDatabase, type FreshDatabase } from '../support/index.js';
import { admin, type Admin } from '../support/admin.js';
import { expected, TestHub, USER, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const ROLLCALL_SECRET_KEY = randomBytes(32).toString('base64');
const settings = (): Record<string, string> => ({ DATABASE_URL: database.url, ROLLCALL_SECRET_KEY });

let database: FreshDatabase;
let operator: Admin;
let hub: TestHub;
// Starting a program takes a busy machine longer than the usual five seconds.
const PROGRAM_TIMEOUT_IN_MILLISECONDS = 60_000;

beforeAll(async () => {
  database = await freshDatabase();
  hub = await TestHub.start(settings());
  operator = await admin(database.url);
}, PROGRAM_TIMEOUT_IN_MILLISECONDS);
afterAll(async () => {
  await operator.close();
  await hub.close();
  await database.drop();
}, PROGRAM_TIMEOUT_IN_MILLISECONDS);

const USUAL = {
  delete_policy: 'delete',
  purge_after_days: null,
  deactivations_published_as: 'updated',
  just_in_time: false,
};
const change = (directory: TestDirectory, body: object): Promise<HttpAnswer> =>
  hub.api('PATCH', `/directories/${directory.id}`, body);

/** A directory that works by these settings. They are in force within a second, and here nobody has to wait for it. */
async function connected(wish: object): Promise<TestDirectory> {
  const directory = await hub.connect();
  expected(200, await change(directory, { settings: wish }));
  return directory;
}

/** All that stands in the log, also what is not published. */
async function logOf(
  directory: TestDirectory,
): Promise<{ type: string; data: unknown; request_id: string }[]> {
  return operator.rows(
    `select type, data, request_id from event where directory_id = $1 and type <> 'DirectoryActivated'
      order by position`,
    [directory.id],
  );
}
const typesOf = async (directory: TestDirectory): Promise<string[]> =>
  (await logOf(directory)).map(({ type }) => type);
const toldOf = async (directory: TestDirectory): Promise<string[]> =>
  (await directory.events()).map(({ event }) => event);
const active = (value: boolean): object => ({ op: 'replace', path: 'active', value });

describe('the settings of a directory', () => {
  it('are shown with it, are the usual ones at first, and change one by one', async () => {
    const directory = await hub.connect();
    const shown = async (): Promise<unknown> =>
      (await hub.api('GET', `/directories/${directory.id}`)).body['settings'];
    expect(await shown()).toEqual(USUAL);
    const kept = { ...USUAL, delete_policy: 'deactivate', purge_after_days: 30 };
    const answer = await change(directory, {
      settings: { delete_policy: 'deactivate', purge_after_days: 30 },
    });
    expect(answer).toMatchObject({ status: 200, body: { id: directory.id, settings: kept } });
    await change(directory, { settings: { deactivations_published_as: 'deleted' } });
    expect(await shown()).toEqual({ ...kept, deactivations_published_as: 'deleted' });
    await change(directory, { settings: { purge_after_days: null } });
    expect(await shown()).toMatchObject({ delete_policy: 'deactivate', purge_after_days: null });
    await change(directory, { settings: { purge_after_days: 7 } });
    await change(directory, { settings: { delete_policy: 'delete' } });
    expect(await shown()).toEqual({ ...USUAL, deactivations_published_as: 'deleted' });
    expect((await hub.api('GET', '/directories?limit=100')).body.data).toContainEqual(
      expect.objectContaining({ id: directory.id, settings: expect.objectContaining(USUAL_NAMES) }),
    );
  });

  it('come with a name and a type that may change too', async () => {
    const directory = await hub.connect();
    const before = (await hub.api('GET', `/directories/${directory.id}`)).body;
    const answer = await change(directory, { name: 'Staff', type: 'azure scim v2.0' });
    expect(answer.body).toMatchObject({ id: directory.id, name: 'Staff', type: 'azure scim v2.0' });
    expect(Date.parse(String(answer.body['updated_at']))).toBeGreaterThan(
      Date.parse(String(before['updated_at'])),
    );
    const same = await change(directory, {});
    expect(same).toMatchObject({ status: 200, body: answer.body });
  });

  it.each<[string, object, string, string]>([
    [
      'a policy that there is not',
      { settings: { delete_policy: 'hide' } },
      'settings.delete_policy',
      'is_in',
    ],
    ['no days', { settings: { purge_after_days: 0 } }, 'settings.purge_after_days', 'min'],
    ['half a day', { settings: { purge_after_days: 0.5 } }, 'settings.purge_after_days', ''],
    ['days as text', { settings: { purge_after_days: '30' } }, 'settings.purge_after_days', ''],
    ['a policy of null', { settings: { delete_policy: null } }, 'settings.delete_policy', 'is_in'],
    [
      'days where nobody is kept',
      { settings: { purge_after_days: 30 } },
      'settings.purge_after_days',
      'needs_deactivate',
    ],
    ['an unknown setting', { settings: { color: 'red' } }, 'settings.color', 'unknown_field'],
    ['settings that are none', { settings: 'all' }, 'settings', ''],
    ['an unknown field', { state: 'unlinked' }, 'state', 'unknown_field'],
    ['a name of null', { name: null }, 'name', ''],
    ['a type in capitals', { type: 'OKTA' }, 'type', 'matches'],
  ])('refuse %s, and nothing changes', async (_what, body, field, code) => {
    const directory = await hub.connect();
    const before = (await hub.api('GET', `/directories/${directory.id}`)).body;
    const answer = await change(directory, body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request_parameters' } });
    expect(answer.body['errors']).toMatchObject([{ field, code: expect.stringContaining(code) }]);
    expect((await hub.api('GET', `/directories/${directory.id}`)).body).toEqual(before);
  });

  it('of an unknown directory are not found, and need the API key', async () => {
    expect((await hub.api('PATCH', '/directories/directory_x', {})).status).toBe(404);
    const directory = await hub.connect();
    const answer = await hub.send({
      method: 'PATCH',
      path: `/directories/${directory.id}`,
      body: { name: 'x' },
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk_wrong' },
    });
    expect(answer.status).toBe(401);
  });

  it('are in force within a second, also for a token that was just used', async () => {
    const directory = await hub.connect();
    await directory.makeUser('warm');
    await change(directory, { settings: { delete_policy: 'deactivate' } });
    let round = 0;
    await eventually(async () => {
      const { id } = await directory.makeUser(`person-${(round += 1)}`);
      expected(204, await directory.scim('DELETE', `/Users/${id}`));
      expected(200, await directory.scim('GET', `/Users/${id}`));
    });
  });

  const USUAL_NAMES = { delete_policy: 'delete', purge_after_days: null };
});

describe('a person who is deleted where people are kept', () => {
  it('is inactive, keeps id and memberships, is not created again, and comes back', async () => {
    const directory = await connected({ delete_policy: 'deactivate', purge_after_days: 30 });
    const { id } = await directory.makeUser('ada@x.org');
    const group = await directory.makeGroup('Engineers', [id]);
    expect((await directory.scim('DELETE', `/Users/${id}`)).text).toBe('');
    expect((await directory.scim('DELETE', `/Users/${id}`)).status).toBe(204);
    const shown = expected(200, await directory.scim('GET', `/Users/${id}`)).body;
    expect(shown).toMatchObject({ id, active: false, groups: [{ value: group.id }] });
    expect(Object.keys(shown).sort()).toEqual(['active', 'groups', 'id', 'meta', 'schemas', 'userName']);
    const again = await directory.scim('POST', '/Users', { schemas: [USER], userName: 'ADA@x.org' });
    expect(again).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect(again.body.detail).toContain(`in use by ${id}`);
    const back = await directory.scim('PUT', `/Users/${id}`, {
      schemas: [USER],
      userName: 'ada@x.org',
      active: true,
    });
    expect(back.body).toMatchObject({ id, active: true, groups: [{ value: group.id }] });
    expect(await typesOf(directory)).toEqual([
      'UserCreated',
      'GroupCreated',
      'MembershipChanged',
      'UserDeactivated',
      'UserPurgeScheduled',
      'UserReactivated',
    ]);
    expect(await toldOf(directory)).toEqual([
      'dsync.user.created',
      'dsync.group.created',
      'dsync.group.user_added',
      'dsync.user.updated',
      'dsync.user.updated',
    ]);
  });

  it('who was inactive before is scheduled to be purged, which the log knows and consumers need not', async () => {
    const directory = await connected({ delete_policy: 'deactivate', purge_after_days: 30 });
    const { id } = await directory.makeUser('ada', { active: false });
    const before = Date.now();
    expected(204, await directory.scim('DELETE', `/Users/${id}`));
    const [, scheduled] = await logOf(directory);
    expect(scheduled!.type).toBe('UserPurgeScheduled');
    const { purgeAfter } = (scheduled!.data as { user: { purgeAfter: string } }).user;
    expect(Math.round((Date.parse(purgeAfter) - before) / 86_400_000)).toBe(30);
    expect(await toldOf(directory)).toEqual(['dsync.user.created']);
  });

  it(
    'is deleted for good by a hub that starts after their time has come',
    async () => {
      const directory = await connected({ delete_policy: 'deactivate', purge_after_days: 30 });
      const { id } = await directory.makeUser('ada');
      expected(204, await directory.scim('DELETE', `/Users/${id}`));
      // Thirty days, in the only way in which a test can wait for them.
      await operator.rows("update scim_user set purge_after = now() - interval '1 minute' where id = $1", [
        id,
      ]);
      const other = await TestHub.start({ ...settings(), ROLLCALL_API_KEY: hub.apiKey });
      await eventually(async () => {
        expect((await directory.scim('GET', `/Users/${id}`)).status).toBe(404);
      });
      await other.close();
      expect((await logOf(directory)).at(-1)).toMatchObject({ type: 'UserDeleted', request_id: 'purge' });
      expect((await toldOf(directory)).at(-1)).toBe('dsync.user.deleted');
    },
    PROGRAM_TIMEOUT_IN_MILLISECONDS,
  );

  it('is no concern of groups: they are deleted', async () => {
    const directory = await connected({ delete_policy: 'deactivate' });
    const { id } = await directory.makeGroup('Engineers');
    expected(204, await directory.scim('DELETE', `/Groups/${id}`));
    expect((await directory.scim('GET', `/Groups/${id}`)).status).toBe(404);
  });
});

describe('where deactivations are published as deletions', () => {
  it('consumers hear of those only whom they can see', async () => {
    const directory = await connected({ deactivations_published_as: 'deleted' });
    const { id } = await directory.makeUser('ada@x.org');
    const group = await directory.makeGroup('Engineers', [id]);
    await directory.patch(`/Users/${id}`, active(false));
    await directory.patch(`/Users/${id}`, { op: 'add', path: 'title', value: 'Countess' });
    expect((await directory.scim('GET', `/Users/${id}`)).body).toMatchObject({ active: false });
    await directory.patch(`/Users/${id}`, active(true));
    await directory.makeUser('later@x.org', { active: false });
    const told = (await directory.events()).map(({ event, context }) => [event, context.cause]);
    expect(told).toEqual([
      ['dsync.user.created', 'UserCreated'],
      ['dsync.group.created', 'GroupCreated'],
      ['dsync.group.user_added', 'MembershipChanged'],
      ['dsync.user.deleted', 'UserDeactivated'],
      ['dsync.user.created', 'UserReactivated'],
      ['dsync.group.user_added', 'MembershipRestated'],
    ]);
    const back = (await directory.events()).at(-1)!;
    expect(back.data).toMatchObject({ user: { id, job_title: 'Countess' }, group: { id: group.id } });
  });

  it('a reader who asks for one type finds all that is published as it, and no other', async () => {
    const directory = await connected({ deactivations_published_as: 'deleted' });
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.push((await directory.makeUser(name)).id);
    await directory.patch(`/Users/${ids[0]}`, active(false));
    await directory.patch(`/Users/${ids[0]}`, active(true));
    expected(204, await directory.scim('DELETE', `/Users/${ids[1]}`));
    const read = async (event: string): Promise<string[]> => {
      const query = `organization_id=${directory.organizationId}&events=${event}&limit=2`;
      const first = (await hub.api('GET', `/events?${query}`)).body;
      const { after } = first.list_metadata;
      const rest = after === null ? [] : (await hub.api('GET', `/events?${query}&after=${after}`)).body.data;
      return [...first.data, ...rest].map((each) => (each['context'] as { cause: string }).cause);
    };
    expect(await read('dsync.user.deleted')).toEqual(['UserDeactivated', 'UserDeleted']);
    expect(await read('dsync.user.created')).toEqual([
      'UserCreated',
      'UserCreated',
      'UserCreated',
      'UserReactivated',
    ]);
    expect(await read('dsync.user.updated')).toEqual([]);
  });
});

describe('a password', () => {
  it.each<[string, 'PUT' | 'PATCH', object]>([
    ['a PUT', 'PUT', { schemas: [USER], userName: 'ada', active: true, password: 'correct horse' }],
    [
      'a PATCH by path',
      'PATCH',
      { Operations: [{ op: 'replace', path: 'password', value: 'correct horse' }] },
    ],
    ['a PATCH of many', 'PATCH', { Operations: [{ op: 'add', value: { Password: 'correct horse' } }] }],
  ])('that comes by %s leaves an event without it, and nothing else', async (_what, method, body) => {
    const directory = await hub.connect();
    const { id } = await directory.makeUser('ada', { password: 'battery staple' });
    const answer = await directory.scim(method, `/Users/${id}`, body);
    expect(answer).toMatchObject({ status: 200, body: { id, meta: { version: 'W/"2"' } } });
    const log = await logOf(directory);
    expect(log.map(({ type }) => type)).toEqual(['UserCreated', 'UserCredentialChanged']);
    expect(JSON.stringify(log)).not.toMatch(/correct horse|battery staple|password/i);
    expect(await toldOf(directory)).toEqual(['dsync.user.created']);
    expect(answer.text).not.toMatch(/correct horse|battery staple/);
  });

  it('that is empty or removed is none', async () => {
    const directory = await hub.connect();
    const { id, meta } = await directory.makeUser('ada');
    for (const operation of [
      { op: 'replace', path: 'password', value: '' },
      { op: 'remove', path: 'password' },
      { op: 'replace', value: { password: null } },
    ])
      expect((await directory.patch(`/Users/${id}`, operation)).body.meta).toEqual(meta);
    expect(await typesOf(directory)).toEqual(['UserCreated']);
  });

  it('in a request that is refused leaves no event', async () => {
    const directory = await hub.connect();
    const { id } = await directory.makeUser('ada');
    const operations = [
      { op: 'replace', path: 'password', value: 'x' },
      { op: 'replace', path: 'id', value: 'y' },
    ];
    expect((await directory.patch(`/Users/${id}`, ...operations)).status).toBe(400);
    expect(await typesOf(directory)).toEqual(['UserCreated']);
  });
});

describe('groups inside groups', () => {
  it('are shown with each person as indirect, and can be searched', async () => {
    const directory = await hub.connect();
    const [ada, bea] = [await directory.makeUser('ada'), await directory.makeUser('bea')];
    const inner = await directory.makeGroup('Inner', [ada.id]);
    const outer = await directory.makeGroup('Outer', [inner.id, bea.id]);
    const around = await directory.makeGroup('Around', [outer.id]);
    // A circle: the innermost holds the outermost.
    await directory.patch(`/Groups/${inner.id}`, {
      op: 'add',
      path: 'members',
      value: [{ value: around.id }],
    });
    const groups = async (id: string): Promise<string[]> =>
      (await directory.scim('GET', `/Users/${id}`)).body.groups
        .map(({ display, type, $ref, value }) => `${display} ${type} ${$ref.endsWith(`/Groups/${value}`)}`)
        .sort();
    expect(await groups(ada.id)).toEqual([
      'Around indirect true',
      'Inner direct true',
      'Outer indirect true',
    ]);
    expect(await groups(bea.id)).toEqual([
      'Around indirect true',
      'Inner indirect true',
      'Outer direct true',
    ]);
    const found = async (filter: string): Promise<string[]> =>
      (await directory.scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)).body.Resources.map(
        ({ userName }) => userName,
      );
    expect(await found(`groups.value eq "${around.id}"`)).toEqual(['ada', 'bea']);
    expect(await found(`groups[value eq "${outer.id}" and type eq "direct"]`)).toEqual(['bea']);
    expect(await found('groups[type eq "indirect"]')).toEqual(['ada', 'bea']);
    const listed = (await directory.scim('GET', '/Users?attributes=groups.type')).body.Resources;
    expect(listed.map((user) => user.groups.length)).toEqual([3, 3]);
    expect(
      (await directory.scim('GET', `/Groups/${outer.id}`)).body.members.map(({ value }) => value).sort(),
    ).toEqual([bea.id, inner.id].sort());
    await directory.patch(`/Groups/${outer.id}`, { op: 'remove', path: `members[value eq "${inner.id}"]` });
    expect(await groups(ada.id)).toEqual(['Inner direct true']);
  });

  it('are read-only with the person, whatever is sent', async () => {
    const directory = await hub.connect();
    const { id, meta } = await directory.makeUser('ada', { groups: [{ value: 'x', type: 'direct' }] });
    const put = { schemas: [USER], userName: 'ada', active: true, groups: [{ value: 'x' }] };
    expect((await directory.scim('PUT', `/Users/${id}`, put)).body).toMatchObject({ groups: [], meta });
    const refused = await directory.patch(`/Users/${id}`, {
      op: 'add',
      path: 'groups',
      value: [{ value: 'x' }],
    });
    expect(refused).toMatchObject({ status: 400, body: { scimType: 'mutability' } });
  });
});
