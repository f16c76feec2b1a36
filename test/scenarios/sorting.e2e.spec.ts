/** The order of lists: RFC 7644 §3.4.2.3. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expected, TestHub, type Body, type TestDirectory } from '../support/hub.js';

let hub: TestHub;
let directory: TestDirectory;

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

beforeAll(async () => {
  hub = await TestHub.start();
  directory = await hub.connect();
  // One after the other, so that it is known who came first.
  await directory.makeUser('carol', {
    title: 'b',
    profileUrl: 'https://b.example',
    active: true,
    name: { familyName: 'Zuse' },
    emails: [{ value: 'z@example.com' }, { value: 'a@example.com', primary: true }],
    [ENTERPRISE]: { department: 'Sales' },
  });
  await directory.makeUser('Alice', {
    title: 'A',
    profileUrl: 'https://C.example',
    active: false,
    name: { familyName: 'hopper' },
    emails: [{ value: 'm@example.com' }, { value: 'b@example.com' }],
  });
  await directory.makeUser('bob', {
    active: true,
    profileUrl: 'https://a.example',
    [ENTERPRISE]: { department: 'art' },
  });
  await directory.makeGroup('zebras');
  await directory.makeGroup('Apes');
});
afterAll(() => hub.close());

const listed = async (path: string, query: Record<string, string>): Promise<Body[]> =>
  expected(200, await directory.scim('GET', `${path}?${new URLSearchParams(query)}`)).body.Resources;
const names = async (query: Record<string, string>): Promise<string> =>
  (await listed('/Users', query)).map(({ userName }) => userName).join(' ');

describe('people', () => {
  it.each([
    ['userName', 'without regard to case', 'Alice bob carol', 'carol bob Alice'],
    ['USERNAME', 'whatever the case of the name', 'Alice bob carol', 'carol bob Alice'],
    ['profileUrl', 'with regard to case where the schema says so', 'Alice bob carol', 'carol bob Alice'],
    ['title', 'those without a value last, and first when descending', 'Alice carol bob', 'bob carol Alice'],
    ['name.familyName', 'by a part of a complex attribute', 'Alice carol bob', 'bob carol Alice'],
    ['emails', 'by the primary value, or else the first', 'carol Alice bob', 'bob Alice carol'],
    ['emails.value', 'by a part of a list', 'carol Alice bob', 'bob Alice carol'],
    [`${ENTERPRISE}:department`, 'by an attribute of an extension', 'bob carol Alice', 'Alice carol bob'],
    [
      'active',
      'false before true, and of two that are equal the older first',
      'Alice carol bob',
      'carol bob Alice',
    ],
    ['meta.created', 'by time', 'carol Alice bob', 'bob Alice carol'],
    ['id', 'by id, which is by time too', 'carol Alice bob', 'bob Alice carol'],
  ])('by %s: %s', async (sortBy, _how, ascending, descending) => {
    expect(await names({ sortBy })).toBe(ascending);
    expect(await names({ sortBy, sortOrder: 'ascending' })).toBe(ascending);
    expect(await names({ sortBy, sortOrder: 'Descending' })).toBe(descending);
  });

  it('are sorted before they are cut into pages, and after they are filtered', async () => {
    const query = { sortBy: 'userName', filter: 'userName co "o"', count: '1' };
    expect(await names({ ...query, startIndex: '1' })).toBe('bob');
    expect(await names({ ...query, startIndex: '2' })).toBe('carol');
  });

  it('stay in the order of their making without sortBy, whatever sortOrder says', async () => {
    for (const query of [{}, { sortOrder: 'descending' }, { sortOrder: 'sideways' }, { sortBy: '' }])
      expect(await names(query)).toBe('carol Alice bob');
  });
});

describe('groups', () => {
  it('by their names', async () => {
    const shown = await listed('/Groups', { sortBy: 'displayName' });
    expect(shown.map((group) => group['displayName'])).toEqual(['Apes', 'zebras']);
  });
});

describe('an order that cannot be', () => {
  it.each([
    [
      'sortBy=shoeSize',
      'invalidPath',
      /^sortBy names no attribute that a User can be ordered by: "shoeSize"\. Name one such as/,
    ],
    [
      'sortBy=name',
      'invalidPath',
      /^sortBy needs one sub-attribute of name: name\.formatted, name\.familyName/,
    ],
    ['sortBy=password', 'invalidPath', /names no attribute/],
    ['sortBy=userName;drop%20table', 'invalidPath', /names no attribute/],
    ['sortBy=userName&sortOrder=up', 'invalidValue', /^sortOrder is ascending or descending, not "up"\.$/],
  ])('%s is 400 %s and says what is possible', async (query, scimType, detail) => {
    const answer = await directory.scim('GET', `/Users?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ scimType, detail: expect.stringMatching(detail) });
  });
});
