/** The people of a directory are seen under the names that its attribute mapping gives, and a changed mapping is told of. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const PROGRAM_TIMEOUT_IN_MILLISECONDS = 60_000;

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
}, PROGRAM_TIMEOUT_IN_MILLISECONDS);
afterAll(() => hub.close(), PROGRAM_TIMEOUT_IN_MILLISECONDS);

const pathOf = (directory: TestDirectory): string => `/directories/${directory.id}/attribute_mapping`;
const put = (directory: TestDirectory, ...attributes: object[]): Promise<HttpAnswer> =>
  hub.api('PUT', pathOf(directory), { attributes });
const preview = (directory: TestDirectory, body: object): Promise<HttpAnswer> =>
  hub.api('POST', `${pathOf(directory)}/preview`, body);

/** Sets the mapping and waits until everybody has been looked at. */
async function map(directory: TestDirectory, ...attributes: object[]): Promise<void> {
  expected(200, await put(directory, ...attributes));
  await eventually(async () => {
    const { applying } = expected(200, await hub.api('GET', pathOf(directory))).body;
    if (applying !== null) throw new Error('still applying');
  });
}

type Custom = Record<string, unknown>;
const customOf = (event: { data: object } | undefined): Custom =>
  (event?.data as { custom_attributes: Custom }).custom_attributes;
const told = async (directory: TestDirectory): Promise<string[]> =>
  (await directory.events()).map(({ event, context }) => `${event} by ${context.cause}`);

const COST = { name: 'cost_center', path: `${ENTERPRISE}:costCenter` };
const WORK = { name: 'work_email', path: 'emails[type eq "work"].value', lowercase: true };
const KIND = {
  name: 'employee_type',
  path: 'userType',
  values: { FT: 'full-time', PT: 'part-time' },
  fallback: 'other',
};
const ada = {
  userType: 'FT',
  emails: [
    { type: 'home', value: 'ada@home.example' },
    { type: 'work', value: 'Ada@Work.Example' },
  ],
  [ENTERPRISE]: { costCenter: 'C1', manager: { value: 'boss@acme.example' } },
};

describe('an attribute mapping', () => {
  it('is empty at first, is shown as it was set, and is replaced as a whole', async () => {
    const directory = await hub.connect();
    const head = { object: 'attribute_mapping', directory_id: directory.id };
    const none = { ...head, attributes: [], applying: null };
    expect((await hub.api('GET', pathOf(directory))).body).toEqual(none);
    expect(expected(200, await put(directory, COST, WORK)).body).toMatchObject({
      ...head,
      attributes: [COST, WORK],
    });
    await map(directory);
    expect((await hub.api('GET', pathOf(directory))).body).toEqual(none);
  });

  it('makes of somebody new what the rules say, and leaves the predefined attributes as they are', async () => {
    const directory = await hub.connect();
    await map(
      directory,
      COST,
      WORK,
      KIND,
      { name: 'plan', default: 'free' },
      { name: 'nick', path: 'nickName' },
    );
    await directory.makeUser('ada', ada);
    const [created] = await directory.events();
    expect(created).toMatchObject({ event: 'dsync.user.created' });
    expect(customOf(created)).toMatchObject({
      cost_center: 'C1',
      work_email: 'ada@work.example',
      employee_type: 'full-time',
      plan: 'free',
      cost_center_name: 'C1',
      manager_email: 'boss@acme.example',
      employment_start_date: null,
      username: 'ada',
    });
    expect(Object.keys(customOf(created))).not.toContain('nick');
  });

  it('may say something else for a predefined attribute, also for those that stand beside the others', async () => {
    const directory = await hub.connect();
    await map(
      directory,
      { name: 'username', path: 'externalId' },
      { name: 'job_title', path: 'nickName' },
      { name: 'emails', path: 'emails[type eq "work"]' },
    );
    await directory.makeUser('ada', { ...ada, externalId: 'e-1', title: 'Countess' });
    const [created] = await directory.events();
    const work = [{ type: 'work', value: 'Ada@Work.Example' }];
    expect(created!.data).toMatchObject({ username: 'e-1', job_title: null, emails: work });
    expect(customOf(created)).toMatchObject({ username: 'e-1', job_title: null, emails: work });
  });

  it('is told of in the update of a profile, with the old values', async () => {
    const directory = await hub.connect();
    await map(directory, KIND);
    const { id } = await directory.makeUser('ada', ada);
    expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', path: 'userType', value: 'PT' }));
    const last = (await directory.events()).at(-1)!;
    expect(last.context.cause).toBe('UserProfileChanged');
    expect(customOf(last)).toMatchObject({ employee_type: 'part-time' });
    expect(last.data['previous_attributes']).toEqual({
      custom_attributes: { employee_type: 'full-time' },
      raw_attributes: { userType: 'FT' },
    });
    const before = await hub.logPosition();
    expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', path: 'userType', value: 'PT' }));
    expect(await hub.logPosition()).toBe(before);
  });
});

describe('a person who came by signing in', () => {
  it('is seen by the mapping from the beginning, and when SCIM adopts them', async () => {
    const directory = await hub.connect();
    expected(
      200,
      await hub.api('PATCH', `/directories/${directory.id}`, { settings: { just_in_time: true } }),
    );
    await map(directory, COST, { name: 'plan', default: 'free' });
    const asked = { directory_id: directory.id, user_name: 'ada', just_in_time: {} };
    expect(expected(200, await hub.api('POST', '/sign_in_checks', asked)).body).toMatchObject({
      created: true,
    });
    await directory.makeUser('ada', ada);
    const [made, adopted] = await directory.events();
    expect(customOf(made)).toMatchObject({ plan: 'free' });
    expect(adopted).toMatchObject({
      event: 'dsync.user.updated',
      context: { cause: 'UserAdopted' },
      data: { previous_attributes: { origin: 'jit', custom_attributes: { cost_center: null } } },
    });
    expect(customOf(adopted)).toMatchObject({ plan: 'free', cost_center: 'C1' });
  });
});

describe('a changed mapping', () => {
  it('is one dsync.user.updated for everybody who looks different, and nothing for anybody else', async () => {
    const directory = await hub.connect();
    const first = await directory.makeUser('ada', ada);
    await directory.makeUser('bea', { nickName: 'Bea' });
    const third = await directory.makeUser('cid', { [ENTERPRISE]: { costCenter: 'C3' } });
    const before = (await directory.events()).length;
    await map(directory, COST);
    const news = (await directory.events()).slice(before);
    expect(news.map(({ event, context, data }) => [event, context.cause, data.id])).toEqual([
      ['dsync.user.updated', 'UserRemapped', first.id],
      ['dsync.user.updated', 'UserRemapped', third.id],
    ]);
    expect(news[0]!.data['previous_attributes']).toEqual({ custom_attributes: { cost_center: null } });
    expect(customOf(news[1])).toMatchObject({ cost_center: 'C3' });
    // The same mapping again, and another that comes to the same.
    await map(directory, COST);
    await map(directory, { ...COST, path: 'costCenter' });
    expect((await directory.events()).length).toBe(before + 2);
    await map(directory);
    const gone = (await directory.events()).slice(before + 2);
    expect(gone.map(({ data }) => data['previous_attributes'])).toEqual([
      { custom_attributes: { cost_center: 'C1' } },
      { custom_attributes: { cost_center: 'C3' } },
    ]);
    expect(Object.keys(customOf(gone[0]))).not.toContain('cost_center');
  });

  it('is caused by the request that changed it', async () => {
    const directory = await hub.connect();
    await directory.makeUser('ada', ada);
    const answer = expected(200, await put(directory, COST));
    const last = await eventually(async () => {
      const event = (await directory.events()).at(-1)!;
      if (event.context.cause !== 'UserRemapped') throw new Error('not yet');
      return event;
    });
    expect(last.context.request_id).toBe(answer.headers['x-request-id']);
  });

  it('holds for every write that begins after it, and each person is right in the end', async () => {
    const directory = await hub.connect();
    const people = await Promise.all(
      Array.from({ length: 30 }, (_, index) => directory.makeUser(`p${index}`, { title: `t${index}` })),
    );
    const rules = [1, 2, 3, 4].map((version) => ({
      name: 'said',
      path: 'title',
      values: {},
      fallback: `v${version}`,
    }));
    const writing = people.map((person, index) =>
      directory.patch(`/Users/${person.id}`, { op: 'replace', path: 'title', value: `new${index}` }),
    );
    for (const rule of rules) expected(200, await put(directory, rule));
    await Promise.all(writing);
    const late = await directory.makeUser('late', { title: 'x' });
    await map(directory, rules.at(-1)!);
    const last = new Map<string, unknown>();
    for (const { event, data } of await directory.events())
      if (event.startsWith('dsync.user.')) last.set(data.id, customOf({ data })['said']);
    expect(last.size).toBe(31);
    expect(new Set(last.values())).toEqual(new Set(['v4']));
    const made = (await directory.events()).find(({ data }) => data.id === late.id);
    expect(made && customOf(made)['said']).toBe('v4');
  });
});

describe('a required attribute', () => {
  const REQUIRED = { ...COST, required: true };
  const set = (value: string | undefined): object => ({
    op: value === undefined ? 'remove' : 'replace',
    path: `${ENTERPRISE}:costCenter`,
    ...(value === undefined ? {} : { value }),
  });
  const refused = {
    status: 400,
    body: {
      scimType: 'invalidValue',
      detail: expect.stringMatching(/cost_center is required.*costCenter/),
    },
  };

  it('is not taken from anybody active, and nobody active begins without it', async () => {
    const directory = await hub.connect();
    await map(directory, REQUIRED);
    const { id } = await directory.makeUser('ada', ada);
    const before = await hub.logPosition();
    expect(await directory.patch(`/Users/${id}`, set(undefined))).toMatchObject(refused);
    const replaced = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName: 'ada' };
    expect(await directory.scim('PUT', `/Users/${id}`, replaced)).toMatchObject(refused);
    expect(await directory.scim('POST', '/Users', { ...replaced, userName: 'bea' })).toMatchObject(refused);
    expect(await hub.logPosition()).toBe(before);
    expected(200, await directory.patch(`/Users/${id}`, set('C2')));
    await directory.makeUser('cid', { active: false });
  });

  it('never stops a deactivation or a deletion', async () => {
    const directory = await hub.connect();
    await map(directory, REQUIRED);
    const [first, second] = [await directory.makeUser('ada', ada), await directory.makeUser('bea', ada)];
    const off = { op: 'replace', path: 'active', value: false };
    expected(200, await directory.patch(`/Users/${first.id}`, set(undefined), off));
    expected(204, await directory.scim('DELETE', `/Users/${second.id}`));
    expect((await told(directory)).slice(-3)).toEqual([
      'dsync.user.updated by UserProfileChanged',
      'dsync.user.updated by UserDeactivated',
      'dsync.user.deleted by UserDeleted',
    ]);
  });

  it('does not stop whoever lacked it before, and the preview lists them', async () => {
    const directory = await hub.connect();
    const bea = await directory.makeUser('bea');
    await directory.makeUser('gone', { active: false });
    const wish = { attributes: [REQUIRED] };
    expect(expected(200, await preview(directory, wish)).body).toMatchObject({
      looked_at: 2,
      would_change: 0,
      lack_required: 1,
      lacking: [{ id: bea.id, user_name: 'bea', attributes: ['cost_center'] }],
      after: null,
    });
    await map(directory, REQUIRED);
    expected(200, await directory.patch(`/Users/${bea.id}`, { op: 'replace', path: 'title', value: 'x' }));
    expected(200, await directory.patch(`/Users/${bea.id}`, set('C1')));
    expect(await directory.patch(`/Users/${bea.id}`, set(undefined))).toMatchObject(refused);
  });

  it('keeps a sign-in from making somebody, whom the identity provider then makes', async () => {
    const directory = await hub.connect();
    expected(
      200,
      await hub.api('PATCH', `/directories/${directory.id}`, { settings: { just_in_time: true } }),
    );
    await map(directory, REQUIRED);
    const signIn = (): Promise<HttpAnswer> =>
      hub.api('POST', '/sign_in_checks', {
        directory_id: directory.id,
        user_name: 'ada',
        just_in_time: {},
      });
    expect(await signIn()).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'just_in_time', code: 'required_attribute' }] },
    });
    expect(await directory.events()).toEqual([]);
    await directory.makeUser('ada', ada);
    expect(await signIn()).toMatchObject({ status: 200, body: { decision: 'allow', created: false } });
  });

  it('is refused in its operation of a bulk, and the others are done', async () => {
    const directory = await hub.connect();
    await map(directory, REQUIRED);
    const post = (userName: string, data: object): object => ({
      method: 'POST',
      path: '/Users',
      bulkId: userName,
      data: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, ...data },
    });
    const bulk = {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [post('a', ada), post('b', {}), post('c', ada)],
    };
    const answer = expected(200, await directory.scim('POST', '/Bulk', bulk)).body;
    const operations = answer['Operations'] as Body[];
    expect(operations.map(({ status }) => status)).toEqual(['201', '400', '201']);
  });
});

describe('a preview', () => {
  it('shows each attribute of a person before and after, and changes nothing', async () => {
    const directory = await hub.connect();
    await map(directory, COST);
    const { id } = await directory.makeUser('ada', ada);
    const before = await hub.logPosition();
    const answer = expected(200, await preview(directory, { attributes: [KIND, WORK], user_id: id }));
    expect(answer.body).toEqual({
      object: 'attribute_mapping_preview',
      directory_id: directory.id,
      people: [
        {
          id,
          user_name: 'ada',
          attributes: {
            employee_type: { before: 'FT', after: 'full-time' },
            work_email: { before: null, after: 'ada@work.example' },
            cost_center: { before: 'C1', after: null },
          },
          changes: true,
          lacks: [],
        },
      ],
    });
    expect(await hub.logPosition()).toBe(before);
    expect((await hub.api('GET', pathOf(directory))).body).toMatchObject({
      attributes: [COST],
      applying: null,
    });
  });

  it('shows the first people, or those after a place', async () => {
    const directory = await hub.connect();
    const people: Body[] = [];
    for (const name of ['a', 'b', 'c']) people.push(await directory.makeUser(name, ada));
    const wish = { attributes: [COST], limit: 2 };
    const first = expected(200, await preview(directory, wish)).body;
    expect(first).toMatchObject({ looked_at: 3, would_change: 3, after: null });
    expect((first['people'] as Body[]).map(({ id }) => id)).toEqual([people[0]!.id, people[1]!.id]);
    const rest = expected(200, await preview(directory, { ...wish, after: people[1]!.id })).body;
    expect((rest['people'] as Body[]).map(({ id }) => id)).toEqual([people[2]!.id]);
  });

  it('of somebody whom the directory has not is 404', async () => {
    const [here, there] = [await hub.connect(), await hub.connect()];
    const { id } = await there.makeUser('ada');
    expect(await preview(here, { attributes: [], user_id: id })).toMatchObject({
      status: 404,
      body: { code: 'entity_not_found' },
    });
  });
});

describe('a mapping that cannot be', () => {
  it.each<[string, object[], string, string]>([
    [
      'an attribute that no schema knows',
      [{ name: 'x', path: 'shoeSize' }],
      'attributes.0.path',
      'invalid_path',
    ],
    ['what is not kept', [{ name: 'x', path: 'groups' }], 'attributes.0.path', 'invalid_path'],
    ['a password', [{ name: 'x', path: 'password' }], 'attributes.0.path', 'invalid_path'],
    ['the state', [{ name: 'x', path: 'active' }], 'attributes.0.path', 'invalid_path'],
    [
      'a filter with a mistake',
      [{ name: 'x', path: 'emails[type is "work"].value' }],
      'attributes.0.path',
      'invalid_filter',
    ],
    [
      'a schema that nobody declared',
      [{ name: 'x', path: 'urn:acme:2.0:User:badge' }],
      'attributes.0.path',
      'invalid_path',
    ],
    ['a name twice', [COST, { ...COST }], 'attributes.1.name', 'duplicate_name'],
    ['a name with a space', [{ ...COST, name: 'cost center' }], 'attributes.0.name', 'invalid_matches'],
    ['a name of nothing', [{ path: 'title' }], 'attributes.0.name', 'required'],
    ['neither path nor default', [{ name: 'x' }], 'attributes.0.path', 'required'],
    [
      'a required default',
      [{ ...COST, required: true, default: 'x' }],
      'attributes.0.required',
      'contradiction',
    ],
    ['a fallback without values', [{ ...COST, fallback: 'x' }], 'attributes.0.fallback', 'needs_values'],
    ['emails that are no list', [{ name: 'emails', path: 'userName' }], 'attributes.0.path', 'not_a_list'],
    ['emails that are texts', [{ name: 'emails', path: 'emails.value' }], 'attributes.0.path', 'not_a_list'],
    ['a field that there is not', [{ ...COST, upper: true }], 'attributes.0.upper', 'unknown_field'],
    [
      'a default that is too long',
      [{ name: 'x', default: 'x'.repeat(5_000) }],
      'attributes.0.default',
      'too_long',
    ],
    ['NUL', [{ name: 'x', default: 'a\u0000b' }], 'attributes.0.default', 'invalid_text'],
    [
      '101 rules',
      Array.from({ length: 101 }, (_, index) => ({ name: `a${index}`, path: 'title' })),
      'attributes',
      'invalid_array_max_size',
    ],
  ])('is refused for %s, and nothing changes', async (_what, attributes, field, code) => {
    const directory = await hub.connect();
    const before = await hub.logPosition();
    for (const answer of [await put(directory, ...attributes), await preview(directory, { attributes })])
      expect(answer).toMatchObject({
        status: 422,
        body: {
          code: 'invalid_request_parameters',
          errors: expect.arrayContaining([expect.objectContaining({ field, code })]),
        },
      });
    expect((await hub.api('GET', pathOf(directory))).body).toMatchObject({ attributes: [] });
    expect(await hub.logPosition()).toBe(before);
  });

  it('of a directory that there is not is 404', async () => {
    for (const method of ['GET', 'PUT'])
      expect(
        await hub.api(
          method,
          '/directories/directory_x/attribute_mapping',
          method === 'PUT' ? { attributes: [] } : undefined,
        ),
      ).toMatchObject({ status: 404 });
  });
});

describe("a path into a schema of the directory's own", () => {
  it('is known once the schema is declared', async () => {
    const directory = await hub.connect();
    const urn = 'urn:example:params:scim:schemas:extension:acme:2.0:User';
    const rule = { name: 'employment_start_date', path: `${urn}:since` };
    expect((await put(directory, rule)).status).toBe(422);
    const declared = {
      resource_type: 'User',
      name: 'Acme',
      description: 'x',
      attributes: [{ name: 'since' }],
    };
    expected(200, await hub.api('PUT', `/directories/${directory.id}/schema_extensions/${urn}`, declared));
    await map(directory, rule);
    await eventually(async () => expected(200, await directory.scim('GET', `/Schemas/${urn}`)));
    await directory.makeUser('ada', { [urn]: { since: '2030-01-01' } });
    expect(customOf((await directory.events())[0])).toMatchObject({ employment_start_date: '2030-01-01' });
  });
});
