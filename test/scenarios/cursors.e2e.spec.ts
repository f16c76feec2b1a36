/** Pages by cursor, RFC 9865: a walk through many resources that loses nobody while others come and go. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expected, TestHub, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

let hub: TestHub;
let directory: TestDirectory;
let other: TestDirectory;

const PEOPLE = 23;

beforeAll(async () => {
  hub = await TestHub.start();
  directory = await hub.connect();
  other = await hub.connect();
  for (const where of [directory, other])
    await Promise.all(
      Array.from({ length: PEOPLE }, (_, index) =>
        where.makeUser(`person${String(index).padStart(2, '0')}@example.com`, {
          title: index % 2 === 0 ? 'Engineer' : undefined,
        }),
      ),
    );
  await Promise.all(['Alpha', 'Beta', 'Gamma'].map((name) => directory.makeGroup(name)));
});
afterAll(() => hub.close());

type Page = Body & { nextCursor?: string; previousCursor?: string };
type Query = Record<string, string | number>;

const asked = async (path: string, query: Query): Promise<Page> => {
  const words = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return expected(200, await directory.scim('GET', `${path}?${words}`)).body;
};
const searched = async (path: string, query: Query): Promise<Page> =>
  expected(200, await directory.scim('POST', `${path}/.search`, query)).body;

const WAYS: [string, typeof asked][] = [
  ['GET', asked],
  ['POST .search', searched],
];

function expectRefusal(answer: HttpAnswer, scimType: string, detail: RegExp): void {
  expect([answer.status, answer.body]).toEqual([
    400,
    {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: '400',
      scimType,
      detail: expect.stringMatching(detail),
    },
  ]);
}

describe.each(WAYS)('a walk by %s', (_way, ask) => {
  it.each<[string, string, Query, number]>([
    ['all people', '/Users', {}, PEOPLE],
    ['all people in an order', '/Users', { sortBy: 'userName', sortOrder: 'descending' }, PEOPLE],
    ['all people by what not all have', '/Users', { sortBy: 'title' }, PEOPLE],
    ['some people', '/Users', { filter: 'title pr', sortBy: 'title' }, 12],
    ['all groups', '/Groups', { sortBy: 'displayName' }, 3],
    ['everything', '', { sortBy: 'displayName' }, PEOPLE + 3],
    ['everything that was made last', '', { sortBy: 'meta.created', sortOrder: 'descending' }, PEOPLE + 3],
  ])('through %s meets each once, there and back', async (_what, path, query, total) => {
    const whole = await ask(path, { ...query, count: 1_000 });
    const ids: string[] = [];
    let page = await ask(path, { ...query, cursor: '', count: 5 });
    expect(page.previousCursor).toBeUndefined();
    for (;;) {
      expect(page).toMatchObject({ totalResults: total, itemsPerPage: page.Resources.length });
      expect(page).not.toHaveProperty('startIndex');
      ids.push(...page.Resources.map(({ id }) => id));
      if (page.nextCursor === undefined) break;
      expect(page.nextCursor).toMatch(/^[\w.~-]+$/);
      expect(page.Resources.length).toBe(5);
      page = await ask(path, { ...query, cursor: page.nextCursor, count: 5 });
    }
    expect(ids).toEqual(whole.Resources.map(({ id }) => id));
    const back = page.Resources.map(({ id }) => id);
    while (page.previousCursor !== undefined) {
      page = await ask(path, { ...query, cursor: page.previousCursor, count: 5 });
      back.unshift(...page.Resources.map(({ id }) => id));
    }
    expect(back).toEqual(ids);
  });
});

describe('a cursor', () => {
  const first = (query: Query = {}): Promise<Page> => asked('/Users', { cursor: '', count: 5, ...query });
  const withCursor = (cursor: string, query: Query = {}, where = directory): Promise<HttpAnswer> =>
    where.scim(
      'GET',
      `/Users?${new URLSearchParams({ cursor, count: '5', ...query } as Record<string, string>)}`,
    );

  it('leads on from GET to POST and back, with another count, and with other attributes', async () => {
    const page = await first();
    const next = await searched('/Users', { cursor: page.nextCursor!, count: 3, attributes: 'userName' });
    expect(next.Resources.length).toBe(3);
    expect(Object.keys(next.Resources[0]!).sort()).toEqual(['id', 'schemas', 'userName']);
    const third = await asked('/Users', { cursor: next.nextCursor!, count: 100 });
    expect(third.Resources.length).toBe(PEOPLE - 8);
    expect(third.nextCursor).toBeUndefined();
  });

  it('is good for the same filter in other letters', async () => {
    const page = await first({ filter: 'userName sw "person"' });
    const answer = await withCursor(page.nextCursor!, { filter: 'USERNAME SW "person"' });
    expect(answer.status).toBe(200);
  });

  it.each<[string, Query]>([
    ['another filter', { filter: 'userName sw "p"' }],
    ['no filter', { filter: '' }],
    ['another order', { sortBy: 'userName' }],
    ['the opposite order', { sortBy: 'title', sortOrder: 'descending' }],
  ])('is not good for %s: 400 invalidCursor', async (_what, { filter, ...query }) => {
    const page = await first({ filter: 'title pr', sortBy: 'title' });
    const wanted = {
      filter: 'title pr',
      sortBy: 'title',
      ...query,
      ...(filter === '' ? {} : { filter }),
    } as Query;
    if (filter === '') delete wanted['filter'];
    if (filter === undefined) wanted['filter'] = 'title pr';
    expectRefusal(await withCursor(page.nextCursor!, wanted), 'invalidCursor', /none of this query/);
  });

  it('is not good for another type, nor in another directory, and the words are the same', async () => {
    const { nextCursor } = await first();
    expectRefusal(
      await directory.scim('GET', `/Groups?cursor=${nextCursor}`),
      'invalidCursor',
      /none of this query/,
    );
    expectRefusal(
      await directory.scim('GET', `?cursor=${nextCursor}`),
      'invalidCursor',
      /none of this query/,
    );
    expectRefusal(await withCursor(nextCursor!, {}, other), 'invalidCursor', /none of this query/);
  });

  it('cannot be made up or changed', async () => {
    const { nextCursor } = await first();
    const changed = nextCursor!.slice(0, -2) + (nextCursor!.endsWith('AA') ? 'BB' : 'AA');
    for (const made of ['x', 'v1.a.b.c', '1', '%00', changed, `${nextCursor}A`, 'é'])
      expectRefusal(await withCursor(made), 'invalidCursor', /none of this query/);
  });

  it('and an index exclude each other', async () => {
    expectRefusal(
      await directory.scim('GET', '/Users?cursor&startIndex=1'),
      'invalidCursor',
      /exclude each other/,
    );
    const search = await directory.scim('POST', '/Users/.search', { cursor: '', startIndex: 3 });
    expectRefusal(search, 'invalidCursor', /exclude each other/);
  });

  it.each(['0', '-3', 'many'])('cannot lead to %s resources: 400 invalidCount', async (count) => {
    expectRefusal(
      await directory.scim('GET', `/Users?cursor=&count=${count}`),
      'invalidCount',
      /from 1 to 1000/,
    );
  });

  it('without a value is the first page, and may ask for more than a page can hold', async () => {
    const page = expected(200, await directory.scim('GET', '/Users?cursor&count=99999')).body as Page;
    expect(page.Resources.length).toBe(PEOPLE);
    expect(page.nextCursor).toBeUndefined();
  });

  it('keeps its place: nobody is lost or seen twice when others come and go', async () => {
    const where = await hub.connect();
    const names = ['b', 'd', 'f', 'h', 'j'];
    const made = await Promise.all(names.map((name) => where.makeUser(name)));
    const page = async (cursor: string): Promise<Page> =>
      expected(200, await where.scim('GET', `/Users?sortBy=userName&count=2&cursor=${cursor}`)).body;
    const one = await page('');
    await Promise.all(['a', 'c', 'e'].map((name) => where.makeUser(name)));
    await where.scim('DELETE', `/Users/${made[1]!.id}`);
    const two = await page(one.nextCursor!);
    await where.scim('DELETE', `/Users/${made[0]!.id}`);
    const three = await page(two.nextCursor!);
    expect([one, two, three].map(({ Resources }) => Resources.map(({ userName }) => userName))).toEqual([
      ['b', 'd'],
      ['e', 'f'],
      ['h', 'j'],
    ]);
    expect(three.nextCursor).toBeUndefined();
  });
});

describe('a query without a cursor', () => {
  it('is paged by index, as ever', async () => {
    const page = (await asked('/Users', { startIndex: 6, count: 5 })) as Page;
    expect(page).toMatchObject({ totalResults: PEOPLE, startIndex: 6, itemsPerPage: 5 });
    expect(page).not.toHaveProperty('nextCursor');
  });
});
