/** Groups give roles: by rules in order, through groups inside groups, and whoever asks why is told. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import {
  expected,
  TestHub,
  type Body,
  type HttpAnswer,
  type ReadEvent,
  type TestDirectory,
} from '../support/hub.js';

const PROGRAM_TIMEOUT_IN_MILLISECONDS = 60_000;
let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
}, PROGRAM_TIMEOUT_IN_MILLISECONDS);
afterAll(() => hub.close(), PROGRAM_TIMEOUT_IN_MILLISECONDS);

interface Mapping {
  rules: object[];
  default_role?: string | null;
}

const pathOf = ({ id }: { id: string }): string =>
  `/${id.startsWith('org_') ? 'organizations' : 'directories'}/${id}/role_mapping`;
const put = (owner: { id: string }, mapping: object): Promise<HttpAnswer> =>
  hub.api('PUT', pathOf(owner), mapping);

/** Sets the mapping and waits until everybody has been looked at. */
async function map(owner: { id: string }, mapping: Mapping): Promise<void> {
  expected(200, await put(owner, mapping));
  await applied(owner);
}

function applied(owner: { id: string }): Promise<void> {
  return eventually(async () => {
    const { applying } = expected(200, await hub.api('GET', pathOf(owner))).body;
    if (applying !== null) throw new Error('still applying');
  });
}

const byName = (name: string, ...roles: string[]): object => ({ group: { name }, roles });
const ADMINS = { rules: [byName('Admins', 'admin')], default_role: 'member' };

/** The roles of each person as a consumer knows them who applies the feed, the foremost first. */
async function rolesTold(directory: TestDirectory): Promise<Map<string, string[]>> {
  const known = new Map<string, string[]>();
  for (const { event, data } of await directory.events()) {
    if (!event.startsWith('dsync.user.')) continue;
    const roles = (data['roles'] ?? []) as { slug: string }[];
    expect(data['role']).toEqual(roles[0]);
    known.set(
      data.id,
      roles.map(({ slug }) => slug),
    );
  }
  return known;
}

const toldOf = (directory: TestDirectory, person: Body, roles: string[]): Promise<void> =>
  eventually(async () => expect((await rolesTold(directory)).get(person.id)).toEqual(roles));

const change = (
  directory: TestDirectory,
  group: Body,
  op: 'add' | 'remove',
  member: Body,
): Promise<HttpAnswer> =>
  directory.patch(
    `/Groups/${group.id}`,
    op === 'add'
      ? { op, path: 'members', value: [{ value: member.id }] }
      : { op, path: `members[value eq "${member.id}"]` },
  );

describe('a role mapping', () => {
  it('is none at first, is shown as it was set, and one that says nothing takes it away', async () => {
    const directory = await hub.connect();
    const head = {
      object: 'role_mapping',
      directory_id: directory.id,
      organization_id: directory.organizationId,
    };
    const none = { ...head, inherited: false, rules: [], default_role: null, applying: null };
    expect((await hub.api('GET', pathOf(directory))).body).toEqual(none);
    await map(directory, ADMINS);
    expect((await hub.api('GET', pathOf(directory))).body).toEqual({ ...none, ...ADMINS });
    await map(directory, { rules: [] });
    expect((await hub.api('GET', pathOf(directory))).body).toEqual(none);
  });

  it('gives somebody new the default role at once, with the creation', async () => {
    const directory = await hub.connect();
    await map(directory, ADMINS);
    await directory.makeUser('ada');
    const [created] = await directory.events();
    expect(created).toMatchObject({
      event: 'dsync.user.created',
      data: { role: { slug: 'member' }, roles: [{ slug: 'member' }] },
    });
  });

  it('gives a role with the group and takes it with the group, and tells both with the old roles', async () => {
    const directory = await hub.connect();
    await map(directory, ADMINS);
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('admins');
    expected(204, await change(directory, group, 'add', ada));
    await toldOf(directory, ada, ['admin']);
    expected(204, await change(directory, group, 'remove', ada));
    await toldOf(directory, ada, ['member']);
    const news = (await directory.events()).filter(({ context }) => context.cause === 'UserRolesChanged');
    expect(news.map(({ data }) => data['previous_attributes'])).toEqual([
      { role: { slug: 'member' }, roles: [{ slug: 'member' }] },
      { role: { slug: 'admin' }, roles: [{ slug: 'admin' }] },
    ]);
  });

  it('has the first rule say the role, and all rules the roles, in their order', async () => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada');
    const staff = await directory.makeGroup('Staff', [ada.id]);
    const billing = await directory.makeGroup('Billing', [ada.id]);
    await map(directory, {
      rules: [
        byName('Nobody', 'owner'),
        { group: { id: billing.id }, roles: ['billing', 'viewer'] },
        { group: { name: 'STAFF' }, roles: ['editor', 'viewer'] },
      ],
      default_role: 'member',
    });
    await toldOf(directory, ada, ['billing', 'viewer', 'editor']);
    expected(204, await directory.scim('DELETE', `/Groups/${billing.id}`));
    await toldOf(directory, ada, ['editor', 'viewer']);
    expected(204, await directory.scim('DELETE', `/Groups/${staff.id}`));
    await toldOf(directory, ada, ['member']);
  });

  it('follows the name and the external id of a group', async () => {
    const directory = await hub.connect();
    await map(directory, {
      rules: [byName('Admins', 'admin'), { group: { external_id: 'x-1' }, roles: ['ops'] }],
    });
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('Team', [ada.id]);
    const rename = (path: string, value: string): Promise<HttpAnswer> =>
      directory.patch(`/Groups/${group.id}`, { op: 'replace', path, value });
    expected(204, await rename('displayName', 'ADMINS'));
    await toldOf(directory, ada, ['admin']);
    expected(204, await rename('externalId', 'x-1'));
    await toldOf(directory, ada, ['admin', 'ops']);
    expected(204, await rename('displayName', 'Team'));
    await toldOf(directory, ada, ['ops']);
  });

  it('counts groups inside groups, also those that contain each other', async () => {
    const directory = await hub.connect();
    await map(directory, { rules: [byName('Company', 'employee')] });
    const ada = await directory.makeUser('ada');
    const inner = await directory.makeGroup('Inner', [ada.id]);
    const middle = await directory.makeGroup('Middle', [inner.id]);
    expected(204, await change(directory, inner, 'add', middle));
    const company = await directory.makeGroup('Company');
    expected(204, await change(directory, company, 'add', middle));
    await toldOf(directory, ada, ['employee']);
    expected(204, await change(directory, company, 'remove', middle));
    await toldOf(directory, ada, []);
    expected(204, await change(directory, company, 'add', inner));
    await toldOf(directory, ada, ['employee']);
  });

  it('tells nobody whose roles stay what they are', async () => {
    const directory = await hub.connect();
    const [ada, bea] = [await directory.makeUser('ada'), await directory.makeUser('bea')];
    await directory.makeGroup('Admins', [ada.id]);
    await map(directory, ADMINS);
    await toldOf(directory, bea, ['member']);
    const before = (await directory.events()).length;
    await map(directory, { ...ADMINS, rules: [byName('admins', 'admin'), byName('Nobody', 'x')] });
    expect((await directory.events()).length).toBe(before);
    await map(directory, { ...ADMINS, default_role: 'guest' });
    expect((await directory.events()).slice(before).map(({ data }) => data.id)).toEqual([bea.id]);
  });

  it('goes on for whoever is inactive: their roles stay shown and follow their groups', async () => {
    const directory = await hub.connect();
    await map(directory, ADMINS);
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('Admins', [ada.id]);
    await toldOf(directory, ada, ['admin']);
    expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false }));
    await toldOf(directory, ada, ['admin']);
    expected(204, await change(directory, group, 'remove', ada));
    await toldOf(directory, ada, ['member']);
    expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: true }));
    await toldOf(directory, ada, ['member']);
  });

  it('is right for whoever was concealed when they come back', async () => {
    const directory = await hub.connect();
    const settings = { settings: { deactivations_published_as: 'deleted' } };
    expected(200, await hub.api('PATCH', `/directories/${directory.id}`, settings));
    await map(directory, ADMINS);
    const ada = await directory.makeUser('ada', { active: false });
    const group = await directory.makeGroup('Admins');
    expected(204, await change(directory, group, 'add', ada));
    expect((await directory.events()).filter(({ event }) => event.startsWith('dsync.user.'))).toEqual([]);
    expect((await hub.api('GET', `/directories/${directory.id}/roles`)).body.data).toEqual([]);
    expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: true }));
    await toldOf(directory, ada, ['admin']);
  });

  it('says at a sign-in what groups give at that moment', async () => {
    const directory = await hub.connect();
    await map(directory, ADMINS);
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('Admins');
    const rolesAtSignIn = async (): Promise<unknown> => {
      const asked = { directory_id: directory.id, user_name: 'ada' };
      const { body } = expected(200, await hub.api('POST', '/sign_in_checks', asked));
      return (body['user'] as Body)['roles'];
    };
    // Without waiting for anything: each answer is right when it is given.
    for (let turn = 0; turn < 5; turn += 1) {
      expected(204, await change(directory, group, 'add', ada));
      expect(await rolesAtSignIn()).toEqual([{ slug: 'admin' }]);
      expected(204, await change(directory, group, 'remove', ada));
      expect(await rolesAtSignIn()).toEqual([{ slug: 'member' }]);
    }
  });

  it('is followed within a moment of the change', async () => {
    const directory = await hub.connect();
    await map(directory, ADMINS);
    const group = await directory.makeGroup('Admins');
    const latencies: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const person = await directory.makeUser(`p${index}`);
      expected(204, await change(directory, group, 'add', person));
      const mine = await eventually(async () => {
        const events = (await directory.events()).filter(
          ({ data }) => data.id === person.id || data.user?.id === person.id,
        );
        if (events.at(-1)?.context.cause !== 'UserRolesChanged') throw new Error('not yet');
        return events;
      });
      const at = (event: ReadEvent | undefined): number => Date.parse(event?.created_at ?? '');
      latencies.push(at(mine.at(-1)) - at(mine.find(({ event }) => event === 'dsync.group.user_added')));
    }
    const sorted = latencies.sort((a, b) => a - b);
    const figures = { p50: sorted[10], p90: sorted[18], most: sorted.at(-1) };
    process.stdout.write(`milliseconds from user_added to user.updated: ${JSON.stringify(figures)}\n`);
    expect(latencies).toHaveLength(20);
  });
});

describe('the mapping of an organization', () => {
  it('holds for its directories that have none of their own, also for those made later', async () => {
    const here = await hub.connect();
    const organization = { id: here.organizationId };
    const own = await hub.connect({ organizationId: organization.id });
    await map(own, { rules: [], default_role: 'own' });
    const [ada, bea] = [await here.makeUser('ada'), await own.makeUser('bea')];
    await here.makeGroup('Admins', [ada.id]);
    await map(organization, ADMINS);
    await toldOf(here, ada, ['admin']);
    await toldOf(own, bea, ['own']);
    expect((await hub.api('GET', pathOf(here))).body).toMatchObject({ ...ADMINS, inherited: true });
    const later = await hub.connect({ organizationId: organization.id });
    const cid = await later.makeUser('cid');
    expect((await later.events())[0]).toMatchObject({ data: { id: cid.id, role: { slug: 'member' } } });
    await map(own, { rules: [] });
    await toldOf(own, bea, ['member']);
    const dan = await own.makeUser('dan');
    await toldOf(own, dan, ['member']);
    await map(organization, { rules: [] });
    await toldOf(here, ada, []);
    await toldOf(later, cid, []);
    expect(await hub.api('GET', pathOf(organization))).toMatchObject({
      status: 200,
      body: { object: 'role_mapping', organization_id: organization.id, rules: [], default_role: null },
    });
  });
});

describe('who has which role, and why', () => {
  it('is counted, listed with the rules and groups that give it, and asked for one person', async () => {
    const directory = await hub.connect();
    const [ada, bea, cid] = [
      await directory.makeUser('ada'),
      await directory.makeUser('bea', { active: false }),
      await directory.makeUser('cid'),
    ];
    const inner = await directory.makeGroup('Inner', [ada.id]);
    const outer = await directory.makeGroup('Outer', [inner.id, bea.id]);
    const ops = await directory.makeGroup('Ops', [ada.id]);
    const rules = [byName('Outer', 'admin', 'viewer'), { group: { id: ops.id }, roles: ['viewer'] }];
    await map(directory, { rules, default_role: 'member' });
    const base = `/directories/${directory.id}/roles`;
    expect(expected(200, await hub.api('GET', `${base}?order=asc`)).body).toEqual({
      object: 'list',
      data: [
        { object: 'directory_role', slug: 'admin', users: 2, active_users: 1 },
        { object: 'directory_role', slug: 'member', users: 1, active_users: 1 },
        { object: 'directory_role', slug: 'viewer', users: 2, active_users: 1 },
      ],
      list_metadata: { before: null, after: null },
    });
    const named = ({ id, ...rest }: Body): object => ({ id, name: rest['displayName'] });
    const byOuter = { place: 0, ...rules[0] };
    const throughInner = { rule: byOuter, groups: [named(inner), named(outer)] };
    const holders = expected(200, await hub.api('GET', `${base}/viewer/users?order=asc`)).body;
    expect(holders.data).toEqual([
      {
        object: 'directory_role_holder',
        slug: 'viewer',
        user: { id: ada.id, user_name: 'ada', state: 'active' },
        because: [throughInner, { rule: { place: 1, ...rules[1] }, groups: [named(ops)] }],
      },
      {
        object: 'directory_role_holder',
        slug: 'viewer',
        user: { id: bea.id, user_name: 'bea', state: 'inactive' },
        because: [{ rule: byOuter, groups: [named(outer)] }],
      },
    ]);
    const ofAda = expected(200, await hub.api('GET', `/directory_users/${ada.id}/roles`)).body;
    expect(ofAda.data).toMatchObject([
      { object: 'directory_user_role', slug: 'admin', because: [throughInner] },
      { slug: 'viewer', because: [{}, {}] },
    ]);
    const ofCid = expected(200, await hub.api('GET', `/directory_users/${cid.id}/roles`)).body;
    expect(ofCid.data).toEqual([
      { object: 'directory_user_role', slug: 'member', because: [{ rule: null, groups: [] }] },
    ]);
  });

  it('comes in pages', async () => {
    const directory = await hub.connect();
    await map(directory, { rules: [], default_role: 'member' });
    const people: Body[] = [];
    for (const name of ['a', 'b', 'c']) people.push(await directory.makeUser(name));
    const page = async (query: string): Promise<{ ids: unknown[]; after: string | null }> => {
      const path = `/directories/${directory.id}/roles/member/users?${query}`;
      const { data, list_metadata } = expected(200, await hub.api('GET', path)).body;
      return { ids: data.map((each) => (each['user'] as Body).id), after: list_metadata.after };
    };
    const first = await page('limit=2&order=asc');
    expect(first.ids).toEqual([people[0]!.id, people[1]!.id]);
    expect(await page(`limit=2&order=asc&after=${first.after}`)).toEqual({
      ids: [people[2]!.id],
      after: null,
    });
    expect((await page('')).ids).toEqual(people.map(({ id }) => id).reverse());
    expect((await hub.api('GET', `/directories/${directory.id}/roles/member/users?limit=0`)).status).toBe(
      422,
    );
  });

  it('is 404 for a directory or a person that there is not, and empty for a role that nobody has', async () => {
    const directory = await hub.connect();
    const status = async (path: string): Promise<number> => (await hub.api('GET', path)).status;
    expect(await status('/directories/directory_x/roles')).toBe(404);
    expect(await status('/directories/directory_x/roles/admin/users')).toBe(404);
    expect(await status('/directory_users/directory_user_x/roles')).toBe(404);
    const none = await hub.api('GET', `/directories/${directory.id}/roles/admin/users`);
    expect(none).toMatchObject({ status: 200, body: { data: [] } });
  });
});

describe('a preview of roles', () => {
  it('shows whom a mapping would give which roles, and changes nothing', async () => {
    const directory = await hub.connect();
    await map(directory, { rules: [], default_role: 'member' });
    const [ada, bea] = [await directory.makeUser('ada'), await directory.makeUser('bea')];
    await directory.makeGroup('Admins', [ada.id]);
    const other = await hub.connect();
    const before = await hub.logPosition();
    const wish = { rules: [byName('Admins', 'admin')], default_role: 'member' };
    const answer = expected(200, await hub.api('POST', `${pathOf(directory)}/preview`, wish));
    const seen = (person: Body, changes: boolean, after: string[]): object => ({
      id: person.id,
      user_name: person.userName,
      roles: { before: ['member'], after },
      changes,
    });
    expect(answer.body).toEqual({
      object: 'role_mapping_preview',
      directory_id: directory.id,
      people: [seen(ada, true, ['admin']), seen(bea, false, ['member'])],
      looked_at: 2,
      would_change: 1,
      after: null,
    });
    const organization = { id: directory.organizationId };
    const one = { ...wish, directory_id: directory.id, user_id: ada.id };
    expect(expected(200, await hub.api('POST', `${pathOf(organization)}/preview`, one)).body).toMatchObject({
      people: [seen(ada, true, ['admin'])],
    });
    const foreign = { ...one, directory_id: other.id };
    expect((await hub.api('POST', `${pathOf(organization)}/preview`, foreign)).status).toBe(404);
    const stranger = { ...wish, user_id: ada.id };
    expect((await hub.api('POST', `${pathOf(other)}/preview`, stranger)).status).toBe(404);
    expect(await rolesTold(directory)).toEqual(new Map([ada, bea].map(({ id }) => [id, ['member']])));
    expect((await hub.api('GET', pathOf(directory))).body).toMatchObject({ rules: [] });
    expect(await hub.logPosition()).toBe(before);
  });
});

describe('a role mapping that cannot be', () => {
  const group = { name: 'Admins' };
  it.each<[string, object, string, string]>([
    ['no rules', {}, 'rules', 'required'],
    ['rules that are none', { rules: 'all' }, 'rules', ''],
    ['a rule without a group', { rules: [{ roles: ['a'] }] }, 'rules.0.group', 'required'],
    ['a group without a name', { rules: [{ group: {}, roles: ['a'] }] }, 'rules.0.group', 'one_of'],
    [
      'a group with two',
      { rules: [{ group: { ...group, id: 'x' }, roles: ['a'] }] },
      'rules.0.group',
      'one_of',
    ],
    [
      'an id of no group',
      { rules: [{ group: { id: 'x' }, roles: ['a'] }] },
      'rules.0.group.id',
      'unknown_group',
    ],
    ['no role', { rules: [{ group, roles: [] }] }, 'rules.0.roles', 'invalid_array_min_size'],
    ['a role with capitals', { rules: [{ group, roles: ['Admin'] }] }, 'rules.0.roles', 'invalid_matches'],
    ['a role twice', { rules: [{ group, roles: ['a', 'a'] }] }, 'rules.0.roles', 'invalid_array_unique'],
    ['a default with a space', { rules: [], default_role: 'a b' }, 'default_role', 'invalid_matches'],
    ['an unknown field', { rules: [], roles: [] }, 'roles', 'unknown_field'],
    [
      'an unknown field of a rule',
      { rules: [{ group, roles: ['a'], if: 1 }] },
      'rules.0.if',
      'unknown_field',
    ],
    [
      '501 rules',
      { rules: Array.from({ length: 501 }, () => ({ group, roles: ['a'] })) },
      'rules',
      'invalid_array_max_size',
    ],
  ])('is refused for %s, and nothing changes', async (_what, body, field, code) => {
    const directory = await hub.connect();
    const before = await hub.logPosition();
    expect(await put(directory, body)).toMatchObject({
      status: 422,
      body: {
        errors: expect.arrayContaining([
          expect.objectContaining({ field, code: expect.stringContaining(code) }),
        ]),
      },
    });
    expect((await hub.api('GET', pathOf(directory))).body).toMatchObject({ rules: [], default_role: null });
    expect(await hub.logPosition()).toBe(before);
  });

  it('of nobody is 404', async () => {
    for (const path of ['/directories/directory_x', '/organizations/org_x']) {
      expect((await hub.api('GET', `${path}/role_mapping`)).status).toBe(404);
      expect((await hub.api('PUT', `${path}/role_mapping`, { rules: [] })).status).toBe(404);
    }
  });
});
