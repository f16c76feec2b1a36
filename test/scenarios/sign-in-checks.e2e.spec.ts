/** May this person sign in now, and who are they? And those who sign in before the identity provider has told of them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expected, TestHub, USER, type Body, type TestDirectory } from '../support/hub.js';

let hub: TestHub;
// Starting a program takes a busy machine longer than the usual five seconds.
const PROGRAM_TIMEOUT_IN_MILLISECONDS = 60_000;

beforeAll(async () => {
  hub = await TestHub.start();
}, PROGRAM_TIMEOUT_IN_MILLISECONDS);
afterAll(() => hub.close(), PROGRAM_TIMEOUT_IN_MILLISECONDS);

interface SignIn extends Body {
  decision: string;
  reason: string;
  created: boolean;
  user: { [name: string]: unknown; id: string } | null;
}

async function check(body: object): Promise<SignIn> {
  return expected(200, await hub.api('POST', '/sign_in_checks', body)).body as SignIn;
}
const here = (directory: TestDirectory, name: object, more: object = {}): Promise<SignIn> =>
  check({ directory_id: directory.id, ...name, ...more });

async function open(wish: Parameters<TestHub['connect']>[0] = {}): Promise<TestDirectory> {
  const directory = await hub.connect(wish);
  const settings = { just_in_time: true };
  expected(200, await hub.api('PATCH', `/directories/${directory.id}`, { settings }));
  return directory;
}
const ADA = {
  externalId: 'okta-1',
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ value: 'Ada@Example.com', type: 'work', primary: true }],
};

describe('somebody who signs in', () => {
  it.each([
    ['idp_id', 'okta-1'],
    ['email', 'ada@example.COM'],
    ['user_name', 'ADA'],
  ])('is known by %s, and may come in while they are active', async (name, value) => {
    const directory = await hub.connect();
    const ada = await directory.makeUser('ada', ADA);
    const scopes = [{ directory_id: directory.id }, { organization_id: directory.organizationId }];
    for (const scope of scopes) {
      expect(await check({ ...scope, [name]: value })).toEqual({
        object: 'sign_in_check',
        decision: 'allow',
        reason: 'active',
        created: false,
        user: expect.objectContaining({
          object: 'directory_user',
          id: ada.id,
          directory_id: directory.id,
          organization_id: directory.organizationId,
          state: 'active',
          idp_id: 'okta-1',
        }),
      });
    }
    expected(200, await directory.patch(`/Users/${ada.id}`, { op: 'replace', path: 'active', value: false }));
    expect(await here(directory, { [name]: value })).toMatchObject({
      decision: 'deny',
      reason: 'deactivated',
      user: { id: ada.id, state: 'inactive' },
    });
    expected(204, await directory.scim('DELETE', `/Users/${ada.id}`));
    expect(await here(directory, { [name]: value })).toMatchObject({
      decision: 'deny',
      reason: 'deleted',
      user: null,
    });
  });

  it('is known by the id that consumers were told where the identity provider has none for them', async () => {
    const directory = await hub.connect();
    const { id } = await directory.makeUser('bea');
    expect(await here(directory, { idp_id: id })).toMatchObject({
      decision: 'allow',
      user: { id, idp_id: id },
    });
  });

  it('is unknown to others than their own directory and organization', async () => {
    const directory = await hub.connect();
    await directory.makeUser('ada', ADA);
    const stranger = await hub.connect();
    const unknown = { decision: 'unknown', reason: 'not_found', user: null };
    expect(await here(stranger, { user_name: 'ada' })).toMatchObject(unknown);
    expect(await check({ organization_id: stranger.organizationId, idp_id: 'okta-1' })).toMatchObject(
      unknown,
    );
  });

  it('may come in by the directory that they moved to, when the old one has deactivated them', async () => {
    const old = await hub.connect();
    const { id } = await old.makeUser('ada', ADA);
    expected(200, await old.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }));
    const { organizationId } = old;
    const next = await hub.connect({ organizationId });
    const moved = await next.makeUser('ada@example.com', { emails: ADA.emails });
    expect(await check({ organization_id: organizationId, email: 'ada@example.com' })).toMatchObject({
      decision: 'allow',
      user: { id: moved.id, directory_id: next.id },
    });
  });

  it('cannot be told apart from somebody with the same address', async () => {
    const directory = await hub.connect();
    const [one, other] = [
      await directory.makeUser('one', { emails: ADA.emails }),
      await directory.makeUser('other', { emails: ADA.emails }),
    ];
    const answer = await here(directory, { email: 'ada@example.com' });
    expect(answer).toMatchObject({ decision: 'deny', reason: 'ambiguous', user: null });
    expect(answer['candidates']).toEqual([one.id, other.id].sort());
    expect(await here(directory, { user_name: 'one' })).toMatchObject({
      decision: 'allow',
      user: { id: one.id },
    });
  });

  it('is not said to be anybody where consumers were told that they are gone', async () => {
    const directory = await open();
    const settings = { deactivations_published_as: 'deleted' };
    expected(200, await hub.api('PATCH', `/directories/${directory.id}`, { settings }));
    await directory.makeUser('ada', { ...ADA, active: false });
    const answer = await here(directory, { idp_id: 'okta-1' }, { just_in_time: { user_name: 'ada' } });
    expect(answer).toMatchObject({ decision: 'deny', reason: 'deactivated', user: null, created: false });
  });

  it.each([
    ['no place', { idp_id: 'x' }],
    ['two places', { idp_id: 'x', directory_id: 'd', organization_id: 'o' }],
    ['no name', { directory_id: 'd' }],
    ['two names', { directory_id: 'd', idp_id: 'x', email: 'ada@example.com' }],
    ['an empty name', { directory_id: 'd', idp_id: '' }],
    ['a field that nobody knows', { directory_id: 'd', idp_id: 'x', password: 'secret' }],
  ])('is not looked for with %s', async (_what, body) => {
    expect(await hub.api('POST', '/sign_in_checks', body)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request_parameters', errors: [expect.anything()] },
    });
  });

  it('is not looked for in a directory or an organization that is not there, nor without a key', async () => {
    const path = '/sign_in_checks';
    for (const place of [{ directory_id: 'directory_x' }, { organization_id: 'org_x' }])
      expect((await hub.api('POST', path, { ...place, idp_id: 'x' })).status).toBe(404);
    const headers = { 'content-type': 'application/json' };
    expect((await hub.send({ method: 'POST', path, body: {}, headers })).status).toBe(401);
  });
});

describe('somebody whom no identity provider has told of', () => {
  const profile = { first_name: 'Ada', last_name: 'Lovelace', email: 'ada@example.com', idp_id: 'okta-1' };

  it('is made where the directory and the application want it, and is the same the next time', async () => {
    const directory = await open();
    const made = await here(directory, { user_name: 'ada' }, { just_in_time: profile });
    expect(made).toMatchObject({
      decision: 'allow',
      created: true,
      user: {
        origin: 'jit',
        username: 'ada',
        first_name: 'Ada',
        last_name: 'Lovelace',
        email: 'ada@example.com',
        idp_id: 'okta-1',
      },
    });
    const again = await here(directory, { email: 'ADA@example.com' }, { just_in_time: profile });
    expect(again).toMatchObject({ decision: 'allow', created: false, user: { id: made.user!.id } });
    const [told, ...rest] = await directory.events();
    expect(told).toMatchObject({ event: 'dsync.user.created', data: { id: made.user!.id, origin: 'jit' } });
    expect(rest).toEqual([]);
  });

  it('is made once, however often they sign in at the same time', async () => {
    const directory = await open();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => here(directory, { email: 'ada@example.com' }, { just_in_time: {} })),
    );
    expect(new Set(answers.map(({ user }) => user?.id)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(await directory.causes()).toEqual(['UserCreated']);
  });

  it('stays unknown where the directory does not allow it, or the application does not ask', async () => {
    const closed = await hub.connect();
    expect(await here(closed, { email: 'ada@example.com' }, { just_in_time: {} })).toMatchObject({
      decision: 'unknown',
      reason: 'just_in_time_off',
    });
    const directory = await open();
    expect(await here(directory, { email: 'ada@example.com' })).toMatchObject({ reason: 'not_found' });
    await open({ organizationId: directory.organizationId });
    const anywhere = {
      organization_id: directory.organizationId,
      email: 'ada@example.com',
      just_in_time: {},
    };
    expect(await check(anywhere)).toMatchObject({ decision: 'unknown', reason: 'several_directories' });
    expect(await directory.events()).toEqual([]);
  });

  it('is not made without a name, or by what is no profile', async () => {
    const directory = await open();
    const refusals = [
      { idp_id: 'x', just_in_time: {} },
      { idp_id: 'x', just_in_time: { email: 'no address' } },
      { idp_id: 'x', just_in_time: { admin: true } },
    ];
    for (const body of refusals) {
      const answer = await hub.api('POST', '/sign_in_checks', { directory_id: directory.id, ...body });
      expect(answer).toMatchObject({ status: 422, body: { errors: [{ field: /^just_in_time/ }] } });
    }
    expect(await directory.events()).toEqual([]);
  });

  it('is not made beside somebody who was deactivated or deleted, by whatever name they come', async () => {
    const directory = await open();
    const { id } = await directory.makeUser('ada', ADA);
    expected(200, await directory.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false }));
    const names = [{ idp_id: 'okta-1' }, { email: 'ada@example.com' }, { user_name: 'ada' }];
    // Known under one name, and coming by another that nobody has.
    const disguised = { idp_id: 'okta-2', just_in_time: { ...profile, idp_id: 'okta-2' } };
    for (const name of [...names, disguised]) {
      const answer = await here(directory, name, { just_in_time: profile, ...name });
      expect(answer).toMatchObject({ decision: 'deny', reason: 'deactivated', created: false });
    }
    expected(204, await directory.scim('DELETE', `/Users/${id}`));
    for (const name of [...names, disguised]) {
      const answer = await here(directory, name, { just_in_time: profile, ...name });
      expect(answer).toMatchObject({ decision: 'deny', reason: 'deleted', created: false });
    }
    expect(await directory.causes()).toEqual(['UserCreated', 'UserDeactivated', 'UserDeleted']);
  });

  it('is not taken for somebody else of the same address, whom the identity provider knows by another id', async () => {
    const directory = await open();
    const { id } = await directory.makeUser('ada', ADA);
    const body = { just_in_time: { email: 'ada@example.com' } };
    const answer = await here(directory, { idp_id: 'okta-2' }, body);
    expect(answer).toMatchObject({ decision: 'deny', reason: 'ambiguous', candidates: [id] });
    expect(await directory.causes()).toEqual(['UserCreated']);
  });
});

describe('somebody who signed in first, and of whom the identity provider then tells', () => {
  async function guest(directory: TestDirectory, more: object = {}): Promise<string> {
    const body = { just_in_time: { last_name: 'Guest', ...more } };
    return (await here(directory, { email: 'ada@example.com' }, body)).user!.id;
  }

  it.each([
    ['userName', { userName: 'ADA@example.com', externalId: 'okta-1' }, {}],
    ['externalId', { userName: 'lovelace', externalId: 'okta-1' }, { idp_id: 'okta-1' }],
  ])('is the one whom a POST with the same %s makes', async (_name, resource, known) => {
    const directory = await open();
    const id = await guest(directory, known);
    const body = { schemas: [USER], ...resource, name: { familyName: 'Lovelace' } };
    const made = expected(201, await directory.scim('POST', '/Users', body)).body;
    expect(made).toMatchObject({ id, ...resource });
    const [, adopted, ...rest] = await directory.events();
    expect(adopted).toMatchObject({
      event: 'dsync.user.updated',
      context: { cause: 'UserAdopted' },
      data: { id, last_name: 'Lovelace', previous_attributes: { origin: 'jit', last_name: 'Guest' } },
    });
    expect(adopted!.data).not.toHaveProperty('origin');
    expect(rest).toEqual([]);
    const again = await directory.scim('POST', '/Users', body);
    expect(again.status).toBe(409);
  });

  it('is adopted by a PUT or a PATCH as well, when the provider looks before it writes', async () => {
    const directory = await open();
    const id = await guest(directory);
    const filter = encodeURIComponent('userName eq "ada@example.com"');
    expect((await directory.scim('GET', `/Users?filter=${filter}`)).body.Resources).toMatchObject([{ id }]);
    expected(
      200,
      await directory.patch(`/Users/${id}`, { op: 'replace', path: 'externalId', value: 'okta-1' }),
    );
    expect(await directory.causes()).toEqual(['UserCreated', 'UserAdopted']);
  });

  it('is out at once when the provider tells that they are inactive', async () => {
    const directory = await open();
    const id = await guest(directory);
    const body = { schemas: [USER], userName: 'ada@example.com', active: false };
    expected(201, await directory.scim('POST', '/Users', body));
    // The provider has no address for them, and the name is taken all the same.
    const name = { email: 'ada@example.com' };
    const denied = { decision: 'deny', reason: 'deactivated', created: false };
    expect(await here(directory, name, { just_in_time: {} })).toMatchObject(denied);
    expect(await here(directory, { user_name: 'ada@example.com' })).toMatchObject(denied);
    expect(await directory.causes()).toEqual(['UserCreated', 'UserAdopted', 'UserDeactivated']);
    expect((await directory.scim('GET', `/Users/${id}`)).body['active']).toBe(false);
  });

  it('is not the one meant when somebody else has the other name already', async () => {
    const directory = await open();
    await guest(directory);
    const { id } = await directory.makeUser('known', { externalId: 'okta-1' });
    const body = { schemas: [USER], userName: 'ada@example.com', externalId: 'okta-1' };
    const answer = await directory.scim('POST', '/Users', body);
    expect(answer.status).toBe(409);
    expect(await directory.causes()).toEqual(['UserCreated', 'UserCreated']);
    expect(id).toBeDefined();
  });
});
