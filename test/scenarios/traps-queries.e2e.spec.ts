/** How other SCIM servers answer lists and errors wrongly, each symptom by its name, and the proof that this one does not. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/index.js';
import { expected, TestHub, USER, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';
const MANY = 1_050;

let hub: TestHub;
let directory: TestDirectory;
let ada: Body;
let bob: Body;
let group: Body;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = await hub.connect();
  ada = await directory.makeUser('ada@example.com', {
    externalId: 'A-1',
    emails: [{ type: 'work', value: 'ada@work.example' }],
  });
  bob = await directory.makeUser('bob@example.com', { active: false });
  group = await directory.makeGroup('Engineering', [ada.id]);
}, 60_000);
afterAll(() => hub.close());

const find = (type: 'Users' | 'Groups', filter: string, where = directory): Promise<HttpAnswer> =>
  where.scim('GET', `/${type}?filter=${encodeURIComponent(filter)}`);

async function idsOf(type: 'Users' | 'Groups', filter: string, where = directory): Promise<string[]> {
  const { body } = expected(200, await find(type, filter, where));
  expect(body.totalResults).toBe(body.Resources.length);
  return body.Resources.map(({ id }) => id);
}

describe('no list suffers from', () => {
  it.each<['Users' | 'Groups', string]>([
    ['Users', 'shoeSize eq "43"'],
    ['Users', 'password eq "x"'],
    ['Users', 'userName like "a"'],
    ['Users', 'userName eq'],
    ['Users', 'userName eq "a" and'],
    ['Users', 'userName eq "a") or (userName pr'],
    ['Users', 'userName'],
    ['Users', ''],
    ['Users', ' '],
    ['Groups', 'userName eq "ada@example.com"'],
    ['Groups', 'displayName eq "Engineering" garbage'],
    ['Groups', 'members[shoe eq 1]'],
  ])('a filter that is not understood and finds everybody: %s?filter=%s', async (type, filter) => {
    const answer = await find(type, filter);
    expect(answer).toMatchObject({ status: 400, body: { schemas: [ERROR], scimType: 'invalidFilter' } });
    expect(answer.body.Resources).toBeUndefined();
  });

  it('a search by externalId that is refused, or that searches something else', async () => {
    expect(await idsOf('Users', 'externalId eq "A-1"')).toEqual([ada.id]);
    expect(await idsOf('Users', 'externalId eq "ada@example.com"')).toEqual([]);
    expect(await idsOf('Groups', 'externalId eq "Engineering"')).toEqual([]);
  });

  it('a search for a group by displayName that does not exist', async () => {
    expect(await idsOf('Groups', 'displayName eq "Engineering"')).toEqual([group.id]);
    expect(await idsOf('Groups', 'displayName eq "engineering"')).toEqual([group.id]);
    expect(await idsOf('Groups', 'displayName eq "Engineer"')).toEqual([]);
  });

  it('a search by emails.value that does not exist', async () => {
    for (const filter of [
      'emails.value eq "ada@work.example"',
      'emails eq "ADA@work.example"',
      'emails[type eq "work"].value eq "ada@work.example"',
      'emails[type eq "work" and value eq "ada@work.example"]',
    ])
      expect(await idsOf('Users', filter)).toEqual([ada.id]);
    expect(await idsOf('Users', 'emails[type eq "home"].value eq "ada@work.example"')).toEqual([]);
  });

  it('a 404 when nobody is found', async () => {
    for (const type of ['Users', 'Groups'] as const) {
      const nobody = type === 'Users' ? 'userName eq "nobody"' : 'displayName eq "nothing"';
      const { status, body } = await find(type, nobody);
      expect(status).toBe(200);
      expect(body).toMatchObject({ totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] });
    }
  });

  it('inactive people who are hidden, and are then created again', async () => {
    expect((await directory.scim('GET', `/Users/${bob.id}`)).body).toMatchObject({ active: false });
    expect(await idsOf('Users', 'userName eq "bob@example.com"')).toEqual([bob.id]);
    expect(await idsOf('Users', 'userName pr')).toEqual([ada.id, bob.id].sort());
    const again = await directory.scim('POST', '/Users', { schemas: [USER], userName: 'bob@example.com' });
    expect(again.status).toBe(409);
  });

  it('totalResults that count the page only', async () => {
    const page = (await directory.scim('GET', '/Users?startIndex=1&count=1')).body;
    expect(page).toMatchObject({ totalResults: 2, itemsPerPage: 1 });
    expect(page.Resources).toHaveLength(1);
  });

  it('a startIndex from zero, names in other cases, and numbers that are texts', async () => {
    const body = (await directory.scim('GET', '/Users?startIndex=2&count=1')).body;
    expect(Object.keys(body).sort()).toEqual([
      'Resources',
      'itemsPerPage',
      'schemas',
      'startIndex',
      'totalResults',
    ]);
    expect(body).toMatchObject({ startIndex: 2, itemsPerPage: 1, totalResults: 2 });
    expect((await directory.scim('GET', '/Users?startIndex=0&count=1')).body).toMatchObject({
      startIndex: 1,
    });
  });
});

describe('no filter escapes its directory', () => {
  let secret: Body;
  let theirs: TestDirectory;
  beforeAll(async () => {
    theirs = await hub.connect({ organizationId: directory.organizationId });
    secret = await theirs.makeUser('secret@example.com', {
      externalId: 'S-1',
      title: 'Spy',
      emails: [{ type: 'work', value: 'secret@work.example', primary: true }],
    });
    await theirs.makeGroup('Secret', [secret.id]);
  });

  it.each<['Users' | 'Groups', string]>([
    ['Users', 'userName eq "ada@example.com" or userName eq "secret@example.com"'],
    ['Users', 'userName eq "secret@example.com" or userName pr'],
    ['Users', 'not (userName eq "ada@example.com")'],
    ['Users', '(userName eq "x") or (id pr)'],
    ['Users', 'active eq true or active eq false or not (active pr)'],
    ['Users', 'userName pr and (title eq "Spy" or externalId eq "S-1")'],
    ['Users', 'emails[value co "secret" or type eq "work"]'],
    ['Users', 'not (emails[type eq "home"]) or groups pr'],
    ['Users', 'userName eq "x\\" or 1=1 --"'],
    ['Users', `userName eq "') or (directory_id is not null"`],
    ['Users', 'userName co "%" or userName sw "_"'],
    ['Users', 'meta.created gt "2000-01-01T00:00:00Z" or meta.created le "2000-01-01T00:00:00Z"'],
    ['Groups', 'displayName eq "Secret" or displayName pr'],
    ['Groups', 'not (displayName eq "Engineering")'],
    ['Groups', 'members pr or id pr'],
  ])('%s?filter=%s', async (type, filter) => {
    const answer = await find(type, filter);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toMatch(/secret/i);
    const own = type === 'Users' ? [ada.id, bob.id] : [group.id];
    for (const { id } of answer.body.Resources) expect(own).toContain(id);
    expect(answer.body.totalResults).toBeLessThanOrEqual(own.length);
  });

  it('nor finds by the ids of another', async () => {
    expect(await idsOf('Users', `id eq "${secret.id}" or id eq "${ada.id}"`)).toEqual([ada.id]);
    expect(await idsOf('Groups', `members eq "${secret.id}" or members.value eq "${ada.id}"`)).toEqual([
      group.id,
    ]);
    expect((await directory.scim('GET', `/Users/${secret.id}`)).status).toBe(404);
  });

  it('while the other finds what is its own', async () => {
    expect(await idsOf('Users', 'userName pr or id pr', theirs)).toEqual([secret.id]);
  });
});

describe('no large directory suffers from', () => {
  let crowd: TestDirectory;
  let ids: Set<string>;
  beforeAll(async () => {
    crowd = await hub.connect();
    const names = Array.from({ length: MANY }, (_each, index) => `user-${index}@example.com`);
    ids = new Set((await Promise.all(names.map((name) => crowd.makeUser(name)))).map(({ id }) => id));
  }, 120_000);

  it('a search that looks at the first thousand only', async () => {
    for (const index of [0, 999, 1_000, MANY - 1]) {
      expect(await idsOf('Users', `userName eq "USER-${index}@example.com"`, crowd)).toHaveLength(1);
      expect(await idsOf('Users', `not (userName ne "user-${index}@example.com")`, crowd)).toHaveLength(1);
    }
  }, 30_000);

  it('pages whose order changes, so that people are missed or come twice', async () => {
    const seen: string[] = [];
    for (let startIndex = 1; startIndex <= MANY; startIndex += 100) {
      const page = (await crowd.scim('GET', `/Users?startIndex=${startIndex}&count=100&attributes=userName`))
        .body;
      expect(page.totalResults).toBe(MANY);
      seen.push(...page.Resources.map(({ id }) => id));
      // Somebody changes meanwhile, which moves nobody.
      await crowd.patch(`/Users/${seen.at(-1)}`, { op: 'replace', path: 'title', value: `T${startIndex}` });
    }
    expect(seen).toHaveLength(MANY);
    expect(new Set(seen)).toEqual(ids);
  }, 60_000);

  it('a 429 while everything is synchronized', async () => {
    // Hundreds at once, where the least that is asked for is 25 in a second.
    const reads = Array.from({ length: 600 }, (_each, index) =>
      crowd.scim(
        'GET',
        `/Users?filter=${encodeURIComponent(`userName eq "user-${index}@example.com"`)}&attributes=id`,
      ),
    );
    const statuses = (await Promise.all(reads)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  }, 60_000);
});

describe('no answer suffers from', () => {
  it('a 200 for a directory that is unknown or was deleted', async () => {
    const gone = await hub.connect();
    expected(200, await gone.scim('GET', '/Users'));
    expected(202, await hub.api('DELETE', `/directories/${gone.id}`));
    await eventually(async () => {
      expect(await gone.scim('GET', '/Users')).toMatchObject({
        status: 401,
        body: { schemas: [ERROR], status: '401' },
      });
    });
    expect((await gone.scim('POST', '/Users', { schemas: [USER], userName: 'x' })).status).toBe(401);
    const headers = { authorization: 'Bearer scim_unknown' };
    expect((await directory.scim('GET', '/Users', undefined, headers)).status).toBe(401);
    const elsewhere = await hub.send({
      method: 'GET',
      path: '/scim/v2/directory_unknown/Users',
      headers: { authorization: `Bearer ${directory.token}` },
    });
    expect(elsewhere.status).toBe(401);
  });

  it('a DELETE that is answered 200 with a body', async () => {
    const somebody = await directory.makeUser('somebody@example.com');
    const something = await directory.makeGroup('Something');
    for (const path of [`/Users/${somebody.id}`, `/Groups/${something.id}`]) {
      const { status, text } = await directory.scim('DELETE', path);
      expect([status, text]).toEqual([204, '']);
    }
  });

  it('a PUT without active that sends somebody away', async () => {
    const put = await directory.scim('PUT', `/Users/${ada.id}`, {
      schemas: [USER],
      userName: 'ada@example.com',
    });
    expect(put).toMatchObject({ status: 200, body: { active: true } });
    const kept = await directory.scim('PUT', `/Users/${bob.id}`, {
      schemas: [USER],
      userName: 'bob@example.com',
    });
    expect(kept).toMatchObject({ status: 200, body: { active: false } });
    expect(await directory.causes()).not.toContain('UserDeactivated');
  });

  it.each([
    'application/json',
    'application/scim+json',
    'application/json; charset=utf-8',
    'application/scim+json; charset=UTF-8',
    'application/scim+json;charset=utf-8',
    'text/json',
  ])('a 415 for the content type %s', async (type) => {
    const body = { Operations: [{ op: 'replace', path: 'title', value: 'T' }] };
    const answer = await directory.scim('PATCH', `/Users/${ada.id}`, body, { 'content-type': type });
    expect(answer).toMatchObject({ status: 200, body: { title: 'T' } });
    expect(answer.headers['content-type']).toMatch(/^application\/scim\+json/);
  });
});

describe('no handler falls over', () => {
  let position: number;
  beforeAll(async () => {
    position = await hub.logPosition();
  });
  afterEach(async () => {
    expect(await hub.logPosition()).toBe(position);
  });

  const noText: unknown[] = [{}, [], [[]], true, null, [null], { value: {} }, [{ value: { a: 1 } }]];
  const strange: unknown[] = [...noText, 7, -1.5e300, 'text'];

  function expectRefused(answer: HttpAnswer): void {
    expect(answer).toMatchObject({ status: 400, body: { schemas: [ERROR], status: '400' } });
    expect(answer.body.detail.length).toBeGreaterThan(10);
  }

  it.each(['userName', 'displayName'])('over a name that is no text: %s', async (name) => {
    const type = name === 'userName' ? 'Users' : 'Groups';
    for (const value of noText) expectRefused(await directory.scim('POST', `/${type}`, { [name]: value }));
  });

  // None has a name, so that nobody is made by it.
  it.each([
    'name',
    'emails',
    'active',
    'externalId',
    'schemas',
    'photos',
    'meta',
    'groups',
    'members',
    'manager',
  ])('over a resource whose %s is of any type', async (name) => {
    for (const type of ['Users', 'Groups'])
      for (const value of strange) expectRefused(await directory.scim('POST', `/${type}`, { [name]: value }));
  });

  it('over operations of any type', async () => {
    for (const value of strange)
      for (const Operations of [
        value,
        [value],
        [{ op: value, path: 'displayName' }],
        [{ op: 'remove', path: value }],
        [{ op: 'move', path: 'displayName', value }],
      ])
        for (const path of [`/Users/${ada.id}`, `/Groups/${group.id}`]) {
          const { status } = await directory.scim('PATCH', path, { Operations });
          // An empty list of operations is a request that changes nothing, and so is an object without a name in it.
          expect([200, 204, 400]).toContain(status);
        }
  });

  it('over queries of any kind', async () => {
    for (const query of [
      'count=abc',
      'startIndex=x',
      'count=-1',
      'startIndex=-7',
      'count=1e99',
      'attributes=,,',
      'attributes=..',
      'excludedAttributes=%22',
      'filter[]=x',
      'filter=a&filter=b',
      'sortBy=%00',
      'count=1&count=2',
      '&&&',
      '?',
      '=',
    ]) {
      const answer = await directory.scim('GET', `/Users?${query}`);
      expect([query, answer.status < 500]).toEqual([query, true]);
    }
  });
});
