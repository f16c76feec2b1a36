/** The ordinary routes of people and groups with `as_of`, and who may ask about the past at all. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

let hub: TestHub;

beforeAll(async () => {
  hub = await TestHub.start();
}, 120_000);

afterAll(() => hub.close());

const read = (path: string): Promise<HttpAnswer> => hub.api('GET', path);
const get = async (path: string): Promise<Body> => expected(200, await read(path)).body;

/** The same question about a moment of the past. */
const then = (path: string, asOf: string): string =>
  `${path}${path.includes('?') ? '&' : '?'}as_of=${encodeURIComponent(asOf)}`;

/** What a path answered while the directory's last event was this one. */
interface Witnessed {
  path: string;
  position: string;
  answer: Body;
}

describe('people and groups with as_of', () => {
  let people: TestDirectory;
  let ada: Body;
  let bea: Body;
  let engineers: Body;
  let paths: string[];
  const witnessed: Witnessed[] = [];

  /** Roles follow memberships in the background: what is read counts where no event came meanwhile. */
  async function witness(): Promise<void> {
    const before = (await people.events()).at(-1)!.id;
    const answers = await Promise.all(paths.map(read));
    if ((await people.events()).at(-1)!.id !== before) return witness();
    answers.forEach(({ status, body: answer }, index) => {
      if (status === 200) witnessed.push({ path: paths[index]!, position: before, answer });
    });
  }

  beforeAll(async () => {
    people = await hub.connect({ type: 'okta scim v2.0' });
    const mapping = {
      rules: [{ group: { name: 'Engineers' }, roles: ['engineer'] }],
      default_role: 'member',
    };
    expected(200, await hub.api('PUT', `/directories/${people.id}/role_mapping`, mapping));
    const attributes = [{ name: 'level', path: 'title', values: { Lady: 1, Countess: 2 } }];
    expected(200, await hub.api('PUT', `/directories/${people.id}/attribute_mapping`, { attributes }));
    ada = await people.makeUser('ada', { title: 'Countess', emails: [{ value: 'ada@example.com' }] });
    bea = await people.makeUser('bea');
    engineers = await people.makeGroup('Engineers', [ada.id, bea.id]);
    const readers = await people.makeGroup('Readers', [ada.id]);
    paths = [
      `/directory_users?directory=${people.id}`,
      `/directory_users?directory=${people.id}&order=asc&limit=1`,
      `/directory_users?directory=${people.id}&order=normal&limit=1`,
      `/directory_users?directory=${people.id}&order=asc&limit=1&after=${ada.id}`,
      `/directory_users?group=${engineers.id}`,
      `/directory_users?directory=${people.id}&group=${engineers.id}&limit=1`,
      `/directory_users/${ada.id}`,
      `/directory_users/${bea.id}`,
      `/directory_groups?directory=${people.id}`,
      `/directory_groups?user=${ada.id}`,
      `/directory_groups?directory=${people.id}&user=${ada.id}&order=asc&limit=1`,
      `/directory_groups/${engineers.id}`,
    ];
    await eventually(async () => {
      expect(await get(`/directory_users/${bea.id}`)).toMatchObject({ role: { slug: 'engineer' } });
      expect(await get(`/directory_users/${ada.id}`)).toMatchObject({ role: { slug: 'engineer' } });
    });
    await witness();
    await people.patch(`/Users/${ada.id}`, { op: 'replace', path: 'title', value: 'Lady' });
    await witness();
    await people.patch(`/Users/${bea.id}`, { op: 'replace', path: 'active', value: false });
    await people.patch(`/Groups/${engineers.id}`, {
      op: 'remove',
      path: `members[value eq "${ada.id}"]`,
    });
    await witness();
    await people.patch(`/Groups/${engineers.id}`, {
      op: 'replace',
      value: { displayName: 'Inventors' },
    });
    await people.scim('DELETE', `/Groups/${readers.id}`);
    await witness();
    await people.scim('DELETE', `/Users/${bea.id}`);
    await witness();
  });

  it('are what the same request answered then: attributes, groups and roles', async () => {
    expect(new Set(witnessed.map(({ position }) => position)).size).toBe(5);
    expect(witnessed.length).toBeGreaterThan(50);
    for (const { path, position, answer } of witnessed) {
      const { as_of: moment, ...past } = await get(then(path, position));
      expect({ path, past }).toEqual({ path, past: answer });
      expect(moment).toMatchObject({ position });
    }
    const [first] = witnessed.filter(({ path }) => path === `/directory_users/${ada.id}`);
    expect(first!.answer).toMatchObject({
      role: { slug: 'engineer' },
      custom_attributes: { level: 2 },
      groups: [{ name: 'Engineers' }, { name: 'Readers' }],
    });
  });

  it('are there after the directory is gone, and nobody is there since', async () => {
    const gone = await hub.connect();
    const dan = await gone.makeUser('dan');
    const { id: position } = (await gone.events()).at(-1)!;
    expected(202, await hub.api('DELETE', `/directories/${gone.id}`));
    expect(await get(then(`/directory_users/${dan.id}`, position))).toMatchObject({
      username: 'dan',
      groups: [],
    });
    const list = `/directory_users?directory=${gone.id}`;
    expect((await get(then(list, position))).data).toHaveLength(1);
    expect((await get(then(list, new Date().toISOString()))).data).toEqual([]);
  });

  it('are refused where the past has no such question, with words that help', async () => {
    const { position } = witnessed[0]!;
    const refused = async (path: string, status: number, code: string, message: RegExp): Promise<void> => {
      const answer = await read(path);
      expect([path, answer.status, answer.body['code']]).toEqual([path, status, code]);
      expect(answer.body['message']).toMatch(message);
    };
    const unprocessable = 'invalid_request_parameters';
    const ofDirectory = `/directory_users?directory=${people.id}`;
    await refused(then('/directory_users', position), 422, unprocessable, /needs directory or group/);
    await refused(then('/directory_groups', position), 422, unprocessable, /needs directory or user/);
    await refused(then(`${ofDirectory}&email=ada@example.com`, position), 422, unprocessable, /email .* now/);
    await refused(then(`${ofDirectory}&idp_id=x`, position), 422, unprocessable, /idp_id .* now/);
    await refused(`${ofDirectory}&as_of=`, 422, unprocessable, /as_of is needed/);
    await refused(then(ofDirectory, 'yesterday'), 422, unprocessable, /ISO 8601/);
    await refused(then(ofDirectory, '2001-01-01'), 422, unprocessable, /not there then/);
    await refused(then(`${ofDirectory}&after=nobody`, position), 400, 'invalid_cursor', /no cursor/);
    await refused(then(`${ofDirectory}&limit=101`, position), 422, unprocessable, /limit/);
    const nowhere = 'entity_not_found';
    await refused(then(`/directory_users/${engineers.id}`, position), 404, nowhere, /user/);
    await refused(then('/directory_groups/nobody', position), 404, nowhere, /group/);
    await refused(then('/directory_users?directory=directory_x', position), 404, nowhere, /Directory/);
    const last = witnessed.at(-1)!.position;
    await refused(then(`/directory_users/${bea.id}`, last), 404, nowhere, /user of/);
    await refused(then(`/directory_groups?user=${bea.id}`, last), 404, nowhere, /user of/);
  });
});

describe('the past', () => {
  let people: TestDirectory;
  let routes: string[];

  beforeAll(async () => {
    people = await hub.connect();
    const [user, group] = [await people.makeUser('eve'), await people.makeGroup('Team')];
    const { id: position } = (await people.events()).at(-1)!;
    const history = `/directories/${people.id}/history`;
    routes = [
      ...['users', 'groups', 'memberships'].map((list) => then(`${history}/${list}`, position)),
      ...[`users/${user.id}`, `users/${user.id}/groups`].map((one) => then(`${history}/${one}`, position)),
      ...[`groups/${group.id}`, `groups/${group.id}/members`].map((one) =>
        then(`${history}/${one}`, position),
      ),
      then(`/directory_users?directory=${people.id}`, position),
      then(`/directory_users/${user.id}`, position),
      then(`/directory_groups?directory=${people.id}`, position),
      then(`/directory_groups/${group.id}`, position),
      `/directory_users/${user.id}/timeline`,
      `/directory_groups/${group.id}/timeline`,
      `/directories/${people.id}/access_history?user=${user.id}`,
    ];
  });

  const statusesWith = async (secret: string): Promise<Set<number>> => {
    const authorization = `Bearer ${secret}`;
    const answers = routes.map((path) => hub.api('GET', path, undefined, { authorization }));
    return new Set((await Promise.all(answers)).map(({ status }) => status));
  };
  const keyWith = async (permissions: string[]): Promise<string> =>
    expected(201, await hub.api('POST', '/admin_api_keys', { name: 'App', permissions })).body[
      'value'
    ] as string;

  it('is open to a key with the permission history:read, and to no other', async () => {
    expect(await statusesWith(await keyWith(['history:read']))).toEqual(new Set([200]));
    const others = await keyWith(['secrets:reveal', 'api_keys:manage']);
    expect(await statusesWith(others)).toEqual(new Set([403]));
    const answer = await hub.api('GET', routes[0]!, undefined, { authorization: `Bearer ${others}` });
    expect(answer.body).toMatchObject({
      code: 'permission_missing',
      message: expect.stringContaining('history:read'),
    });
    const present = `/directory_users?directory=${people.id}`;
    const authorization = `Bearer ${others}`;
    expect((await hub.api('GET', present, undefined, { authorization })).status).toBe(200);
  });

  it('is closed to feed tokens, also of the organization itself, to its customers’ keys, and to identity providers', async () => {
    const { organizationId } = people;
    const wish = { name: 'Reader', organization_id: organizationId };
    const token = expected(201, await hub.api('POST', '/feed_tokens', wish)).body['bearer_token'] as string;
    expect(await statusesWith(token)).toEqual(new Set([401]));
    const made = await hub.api('POST', `/organizations/${organizationId}/api_keys`, { name: 'Customer' });
    expect(await statusesWith(expected(201, made).body['value'] as string)).toEqual(new Set([401]));
    expect(await statusesWith(people.token)).toEqual(new Set([401]));
  });
});
