/** How other SCIM servers mistake one person for another, or lose them, each symptom by its name, and the proof that this one does not. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { expected, GROUP, TestHub, USER, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const AT_THE_SAME_TIME = 32;

let hub: TestHub;
let directory: TestDirectory;

beforeAll(async () => {
  hub = await TestHub.start();
}, 60_000);
afterAll(() => hub.close());
beforeEach(async () => {
  directory = await hub.connect();
});

const post = (userName: string, more: object = {}, where = directory): Promise<HttpAnswer> =>
  where.scim('POST', '/Users', { schemas: [USER], userName, ...more });
const setActive = (id: string, value: boolean): Promise<HttpAnswer> =>
  directory.patch(`/Users/${id}`, { op: 'replace', value: { active: value } });
const emails = (value: string): object => ({ emails: [{ value, type: 'work', primary: true }] });

describe('nobody is mistaken for somebody else by', () => {
  it('an address that is also known in another directory', async () => {
    const other = await hub.connect({ organizationId: directory.organizationId });
    const stranger = await hub.connect();
    const same = emails('ada@example.com');
    const made = await Promise.all(
      [directory, other, stranger].map((where) =>
        where.makeUser('ada@example.com', { externalId: 'a-1', ...same }),
      ),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(3);
    expected(200, await setActive(made[0]!.id, false));
    for (const [where, index] of [
      [other, 1],
      [stranger, 2],
    ] as const) {
      expect((await where.scim('GET', `/Users/${made[index]!.id}`)).body).toEqual(made[index]);
      expect(await where.causes()).toEqual(['UserCreated']);
    }
  });

  it('capitals in their name, which make two of one', async () => {
    const { id } = await directory.makeUser('ACME\\jdoe');
    const again = await post('acme\\JDOE');
    expect(again).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect(again.body.detail).toContain(id);
    const filter = encodeURIComponent('userName eq "acme\\\\JDOE"');
    expect((await directory.scim('GET', `/Users?filter=${filter}`)).body.Resources).toMatchObject([
      { id, userName: 'ACME\\jdoe' },
    ]);
    const renamed = await directory.scim('PUT', `/Users/${id}`, { schemas: [USER], userName: 'Acme\\JDoe' });
    expect(renamed).toMatchObject({ status: 200, body: { id, userName: 'Acme\\JDoe' } });
  });

  it('the address of somebody who has left, which cannot be given again', async () => {
    const { id } = await directory.makeUser('old.ada', emails('ada@example.com'));
    expected(200, await setActive(id, false));
    const next = await directory.makeUser('new.ada', emails('ada@example.com'));
    expect(next.id).not.toBe(id);
    expect((await directory.scim('GET', `/Users/${id}`)).body).toMatchObject({ active: false });
  });

  it('the old name of a group, which is its identity and clashes later', async () => {
    const first = await directory.makeGroup('Engineering');
    expected(
      204,
      await directory.patch(`/Groups/${first.id}`, { op: 'replace', path: 'displayName', value: 'Research' }),
    );
    const second = await directory.makeGroup('Engineering');
    expect(second.id).not.toBe(first.id);
    const third = await directory.makeGroup('Research');
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
    expect((await directory.scim('GET', `/Groups/${first.id}`)).body).toMatchObject({
      displayName: 'Research',
    });
  });

  it('an externalId that two people have', async () => {
    const { id } = await directory.makeUser('ada', { externalId: 'x-1' });
    const second = await post('bob', { externalId: 'x-1' });
    expect(second).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect(second.body.detail).toContain(id);
    expect(await directory.causes()).toEqual(['UserCreated']);
  });
});

describe('nobody is lost by', () => {
  it('being sent away, which deletes them or takes them out of their groups', async () => {
    const ada = await directory.makeUser('ada');
    const group = await directory.makeGroup('Engineering', [ada.id]);
    expected(200, await setActive(ada.id, false));
    expect((await directory.scim('GET', `/Groups/${group.id}`)).body.members).toMatchObject([
      { value: ada.id },
    ]);
    const back = expected(200, await setActive(ada.id, true)).body;
    expect(back.groups.map(({ value }) => value)).toEqual([group.id]);
    const told = (await directory.events()).map(({ event, data }) => [event, data['state']]);
    expect(told.slice(3)).toEqual([
      ['dsync.user.updated', 'inactive'],
      ['dsync.user.updated', 'active'],
    ]);
  });

  it('being created inactive, which is refused or opens an account', async () => {
    const made = expected(201, await post('ada', { active: false })).body;
    expect(made).toMatchObject({ active: false });
    expect((await directory.events())[0]).toMatchObject({
      event: 'dsync.user.created',
      data: { state: 'inactive' },
    });
    expect(expected(200, await setActive(made.id, true)).body).toMatchObject({ active: true });
  });

  it('being created again after they were deleted, which brings the old one back', async () => {
    const old = await directory.makeUser('ada', { externalId: 'a-1', title: 'Countess' });
    const group = await directory.makeGroup('Engineering', [old.id]);
    expected(204, await directory.scim('DELETE', `/Users/${old.id}`));
    const made = await directory.makeUser('ada', { externalId: 'a-1' });
    expect(made.id).not.toBe(old.id);
    expect(made).not.toHaveProperty('title');
    expect((await directory.scim('GET', `/Groups/${group.id}`)).body.members).toEqual([]);
    expect((await directory.scim('GET', `/Users/${old.id}`)).status).toBe(404);
  });

  it('being created again while they are only inactive, which makes two of one', async () => {
    const { id } = await directory.makeUser('ada');
    expected(200, await setActive(id, false));
    const again = await post('ada', { active: true });
    expect(again).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect(again.body.detail).toContain(id);
    expect((await directory.scim('GET', `/Users/${id}`)).body).toMatchObject({ active: false });
  });

  it('an answer that got lost, after which the same create says nothing of who is there', async () => {
    const body = { externalId: 'a-1', ...emails('ada@example.com') };
    const { id } = expected(201, await post('ada', body)).body;
    const repeated = await post('ada', body);
    expect(repeated).toMatchObject({ status: 409, body: { status: '409', scimType: 'uniqueness' } });
    expect(repeated.body.detail).toContain(id);
    expect(await directory.causes()).toEqual(['UserCreated']);
  });

  it('creates of one name at the same time, which make several', async () => {
    const answers = await Promise.all(
      Array.from({ length: AT_THE_SAME_TIME }, (_each, index) =>
        post(index % 2 ? 'Ada@example.com' : 'ada@EXAMPLE.com'),
      ),
    );
    const [made, ...others] = answers.filter(({ status }) => status === 201);
    expect(others).toEqual([]);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(AT_THE_SAME_TIME - 1);
    for (const { body } of refused) {
      expect(body).toMatchObject({ scimType: 'uniqueness' });
      expect(body.detail).toContain(made!.body.id);
    }
    expect(await directory.causes()).toEqual(['UserCreated']);
  });

  it('creates with one externalId at the same time, which make several', async () => {
    const answers = await Promise.all(
      Array.from({ length: AT_THE_SAME_TIME }, (_each, index) =>
        post(`user-${index}`, { externalId: 'one' }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: AT_THE_SAME_TIME - 1 }, () => 409)]);
    expect(await directory.causes()).toEqual(['UserCreated']);
  });

  it('changes of one person at the same time, of which some are lost', async () => {
    const { id } = await directory.makeUser('ada');
    const attributes = [
      'title',
      'nickName',
      'displayName',
      'userType',
      'locale',
      'timezone',
      'profileUrl',
      'preferredLanguage',
    ];
    const answers = await Promise.all(
      Array.from({ length: AT_THE_SAME_TIME }, (_each, index) =>
        index < attributes.length
          ? directory.patch(`/Users/${id}`, { op: 'add', path: attributes[index], value: `v${index}` })
          : directory.patch(`/Users/${id}`, {
              op: 'add',
              path: 'emails',
              value: [{ value: `${index}@example.com` }],
            }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const shown = (await directory.scim('GET', `/Users/${id}`)).body;
    expect(shown).toMatchObject(Object.fromEntries(attributes.map((name, index) => [name, `v${index}`])));
    expect(shown['emails']).toHaveLength(AT_THE_SAME_TIME - attributes.length);
    expect(shown.meta.version).toBe(`W/"${AT_THE_SAME_TIME + 1}"`);
  });
});

describe('nobody is promised', () => {
  it('that suspending somebody in Okta is heard, of which Okta says nothing', () => {
    const page = readFileSync('docs/identity-providers/okta.md', 'utf8');
    expect(page).toMatch(/suspend[^.]*sends nothing/i);
  });

  it('that a group has a name of its own, which the RFC does not ask for', async () => {
    const body = { schemas: [GROUP], displayName: 'Engineering' };
    expected(201, await directory.scim('POST', '/Groups', body));
    expected(201, await directory.scim('POST', '/Groups', body));
  });
});
