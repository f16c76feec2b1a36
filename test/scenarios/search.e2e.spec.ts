/** Queries by POST and across types: RFC 7644 §3.4.2.1 and §3.4.3. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

let hub: TestHub;
let directory: TestDirectory;
let ada: Body;
let grace: Body;
let engineering: Body;
let empty: Body;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = await hub.connect();
  ada = await directory.makeUser('ada@example.com', {
    displayName: 'Ada',
    externalId: 'a-1',
    title: 'Countess',
  });
  grace = await directory.makeUser('grace@example.com', { displayName: 'Grace', externalId: 'g-1' });
  engineering = await directory.makeGroup('Engineering', [ada.id]);
  empty = await directory.makeGroup('Ada fans');
  const stranger = await hub.connect();
  await stranger.makeUser('ada@example.com', { displayName: 'Ada' });
  await stranger.makeGroup('Engineering');
});
afterAll(() => hub.close());

const search = (path: string, body: object): Promise<HttpAnswer> =>
  directory.scim('POST', `${path}/.search`, { schemas: [SEARCH], ...body });
const idsOf = (answer: HttpAnswer): string[] => expected(200, answer).body.Resources.map(({ id }) => id);
const get = (path: string, query: Record<string, string>): Promise<HttpAnswer> =>
  directory.scim('GET', `${path}?${new URLSearchParams(query)}`);

describe('a search by POST', () => {
  it.each<[string, object]>([
    ['/Users', {}],
    ['/Users', { filter: 'userName sw "a"' }],
    ['/Users', { sortBy: 'displayName', sortOrder: 'descending', startIndex: 2, count: 1 }],
    ['/Users', { attributes: ['userName', 'emails'] }],
    ['/Users', { excludedAttributes: ['groups', 'meta'] }],
    ['/Groups', { filter: 'displayName eq "engineering"', excludedAttributes: ['members'] }],
    ['', { sortBy: 'displayName' }],
    ['', { count: 0 }],
  ])('at %s with %j answers as the query by GET does', async (path, body) => {
    const query = Object.entries(body).map(([name, value]) => [name, String(value)]);
    const byGet = await get(path, Object.fromEntries(query) as Record<string, string>);
    const byPost = await search(path, body);
    expect(byPost.status).toBe(200);
    expect(byPost.body).toEqual(expected(200, byGet).body);
    expect(byPost.headers['content-type']).toBe('application/scim+json; charset=utf-8');
  });

  it('shows the attributes of its body, and those of no URL', async () => {
    const answer = await directory.scim('POST', '/Users/.search?attributes=title', {
      attributes: ['userName'],
    });
    expect(Object.keys(answer.body.Resources[0]!).sort()).toEqual(['id', 'schemas', 'userName']);
  });

  it('passes over members that it does not know', async () => {
    const answer = await search('/Users', {
      filter: 'userName eq "ada@example.com"',
      limit: 3,
      page: { size: 1 },
    });
    expect(idsOf(answer)).toEqual([ada.id]);
  });

  it.each<[object | string, string, RegExp]>([
    [{ filter: 'userName' }, 'invalidFilter', /^Position 9 of the filter/],
    [{ filter: 5 }, 'invalidValue', /filter must be a string/],
    [{ sortBy: 'shoeSize' }, 'invalidPath', /sortBy names no attribute that a User can/],
    [{ sortBy: 'title', sortOrder: 'up' }, 'invalidValue', /ascending or descending/],
    [{ startIndex: 'one' }, 'invalidValue', /startIndex must be an integer/],
    [{ attributes: { a: 1 } }, 'invalidValue', /attributes must be a list of names/],
    [
      { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'] },
      'invalidSyntax',
      /must hold urn.*SearchRequest/,
    ],
    ['[]', 'invalidSyntax', /must be a JSON object/],
    ['{', 'invalidSyntax', /not valid JSON/],
  ])('of %j is 400 %s', async (body, scimType, detail) => {
    const answer = await directory.scim('POST', '/Users/.search', body);
    expect([answer.status, answer.body]).toMatchObject([
      400,
      { scimType, detail: expect.stringMatching(detail) },
    ]);
  });

  it('changes nothing and leaves no event', async () => {
    const position = await hub.logPosition();
    await search('', { filter: 'id pr' });
    expect(await hub.logPosition()).toBe(position);
  });
});

describe.each<[string, (query: Record<string, string>) => Promise<HttpAnswer>]>([
  ['GET /', (query) => get('', query)],
  ['POST /.search', (query) => search('', query)],
])('%s', (_way, ask) => {
  it('finds people and groups in one list with one total, each as at home', async () => {
    const answer = expected(200, await ask({ sortBy: 'displayName' })).body;
    expect(answer).toMatchObject({ totalResults: 4, startIndex: 1, itemsPerPage: 4 });
    expect(answer.Resources.map(({ id }) => id)).toEqual([ada.id, empty.id, engineering.id, grace.id]);
    for (const resource of answer.Resources) {
      const path = resource.meta.location.replace(/^.*(?=\/(Users|Groups)\/)/, '');
      expect((await directory.scim('GET', path)).body).toEqual(resource);
    }
  });

  it.each<[string, () => string[]]>([
    ['displayName sw "ada"', () => [ada.id, empty.id]],
    ['userName pr', () => [ada.id, grace.id]],
    ['not (userName pr)', () => [empty.id, engineering.id]],
    ['members.display eq "ADA"', () => [engineering.id]],
    ['groups.display eq "engineering"', () => [ada.id]],
    ['members eq "x" or title eq "countess"', () => [ada.id]],
    ['meta.resourceType eq "Group"', () => [empty.id, engineering.id]],
    ['externalId eq "g-1" or displayName eq "Ada fans"', () => [empty.id, grace.id]],
    ['urn:ietf:params:scim:schemas:core:2.0:Group:displayName co "a"', () => [empty.id]],
    ['title ne "Countess"', () => [empty.id, engineering.id, grace.id]],
    ['displayName eq "Ada" or displayName ne "Ada"', () => [ada.id, empty.id, engineering.id, grace.id]],
  ])('filters by %s: what a type has not is absent there', async (filter, ids) => {
    expect(idsOf(await ask({ filter, sortBy: 'displayName' }))).toEqual(ids());
  });

  it('shows of each type the attributes that it has', async () => {
    const { Resources } = expected(
      200,
      await ask({ attributes: 'userName,members.value', sortBy: 'displayName' }),
    ).body;
    expect(Resources.map((one) => Object.keys(one).sort())).toEqual([
      ['id', 'schemas', 'userName'],
      ['id', 'members', 'schemas'],
      ['id', 'members', 'schemas'],
      ['id', 'schemas', 'userName'],
    ]);
  });

  it('refuses what no type has', async () => {
    const filter = await ask({ filter: 'shoeSize eq "44"' });
    expect(filter.body).toMatchObject({
      scimType: 'invalidFilter',
      detail: expect.stringContaining('a User or a Group has'),
    });
    const sort = await ask({ sortBy: 'shoeSize' });
    expect(sort.body).toMatchObject({
      scimType: 'invalidPath',
      detail: expect.stringContaining('a User or a Group'),
    });
  });
});

describe('a filter on what lists show', () => {
  it.each<[string, string, () => string[]]>([
    ['/Groups', 'members.display eq "Ada"', () => [engineering.id]],
    ['/Groups', 'members[display co "da" and type eq "User"]', () => [engineering.id]],
    ['/Groups', 'members.display eq "Grace"', () => []],
    ['/Users', 'groups.display sw "Eng"', () => [ada.id]],
    ['/Users', 'groups[type eq "direct" and display eq "Engineering"]', () => [ada.id]],
    ['/Users', 'groups.display eq "Ada fans"', () => []],
    ['/Users', 'groups.$ref pr', () => [ada.id]],
  ])('at %s: %s', async (path, filter, ids) => {
    expect(idsOf(await get(path, { filter }))).toEqual(ids());
  });

  it('compares addresses as they were shown', async () => {
    const group = (await directory.scim('GET', `/Groups/${engineering.id}`)).body;
    const user = (await directory.scim('GET', `/Users/${ada.id}`)).body;
    const ask = async (path: string, name: string, address: string): Promise<string[]> =>
      idsOf(await get(path, { filter: `${name} eq "${address}"` }));
    expect(await ask('/Groups', 'members.$ref', group.members[0]!.$ref)).toEqual([group.id]);
    expect(await ask('/Users', 'groups.$ref', user.groups[0]!.$ref)).toEqual([user.id]);
    expect(await ask('/Users', 'meta.location', user.meta.location)).toEqual([user.id]);
    expect(await ask('/Users', 'meta.location', group.meta.location)).toEqual([]);
  });

  it('never tells a password, nor whether there is one', async () => {
    for (const filter of ['password pr', 'password eq "x"', 'userName pr and password ne null'])
      expect((await get('/Users', { filter })).body).toMatchObject({
        status: '400',
        scimType: 'invalidFilter',
      });
  });
});
