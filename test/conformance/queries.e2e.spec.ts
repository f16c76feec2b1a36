/** Reading, searching and lists: RFC 7644 §3.4 and §3.9. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Body } from '../support/hub.js';
import { errorBody, ENTERPRISE, LIST, serverUnderTest, unique, USER } from './server.js';

const server = serverUnderTest();
const mark = unique('q');
const people: Body[] = [];

beforeAll(async () => {
  const wishes = [
    {
      userName: `${mark}-Ada`,
      title: 'Engineer',
      active: true,
      name: { familyName: 'Lovelace', givenName: 'Ada' },
      emails: [
        { value: `ada@${mark}.org`, type: 'work', primary: true },
        { value: `ada@home.${mark}.org`, type: 'home' },
      ],
      [ENTERPRISE]: { department: 'Engines' },
    },
    {
      userName: `${mark}-bob`,
      title: 'Guide',
      active: false,
      name: { familyName: 'Builder', givenName: 'Bob' },
      emails: [{ value: `bob@${mark}.org`, type: 'home' }],
    },
    { userName: `${mark}-Cleo`, active: true, externalId: `${mark}-EXT` },
  ];
  for (const wish of wishes) people.push(await server.user(wish));
}, 60_000);

/** Who of the three is found, by the first letter of the name. */
async function found(filter: string): Promise<string> {
  const { status, body, text } = await server.find('Users', `userName sw "${mark}" and (${filter})`);
  if (status !== 200) throw new Error(`${filter}: ${status} ${text}`);
  return body.Resources.map(({ userName }) => userName.slice(mark.length + 1)[0]!.toLowerCase())
    .sort()
    .join('');
}

describe('RFC 7644 §3.4.1, reading a known resource', () => {
  it('answers 200 with the resource', async () => {
    const answer = await server.send('GET', `/Users/${people[0]!.id}`);
    expect(answer).toMatchObject({
      status: 200,
      body: { id: people[0]!.id, schemas: expect.arrayContaining([USER]) },
    });
  });

  it('answers 404 when there is none', async () => {
    const answer = await server.send('GET', '/Users/nobody-has-this-id');
    expect(answer).toMatchObject({ status: 404, body: errorBody(404) });
  });
});

describe('RFC 7644 §3.4.2, lists', () => {
  it('a list is a ListResponse with totalResults and Resources', async () => {
    const { status, body } = await server.find('Users', `userName sw "${mark}"`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ schemas: [LIST], totalResults: 3 });
    expect(body.Resources).toHaveLength(3);
  });

  it('a search that finds nothing is 200 with totalResults 0', async () => {
    const answer = await server.find('Users', `userName eq "${unique('nobody')}"`);
    expect(answer).toMatchObject({ status: 200, body: { totalResults: 0 } });
    expect(answer.body.Resources ?? []).toEqual([]);
  });
});

describe('RFC 7644 §3.4.2.2, filters', () => {
  it.each([
    ['eq', `userName eq "${mark}-ada"`, 'a'],
    ['ne', `title ne "Guide"`, 'ac'],
    ['co', `name.familyName co "ove"`, 'a'],
    ['sw', `name.familyName sw "lov"`, 'a'],
    ['ew', `name.familyName ew "LACE"`, 'a'],
    ['pr', `title pr`, 'ab'],
    ['pr of a complex attribute', `name pr`, 'ab'],
    ['pr of a list', `emails pr`, 'ab'],
    ['gt', `title gt "F"`, 'b'],
    ['ge', `title ge "Engineer"`, 'ab'],
    ['lt', `title lt "F"`, 'a'],
    ['le', `title le "Guide"`, 'ab'],
  ])('%s', async (_operator, filter, names) => {
    expect(await found(filter)).toBe(names);
  });

  it('dates are compared as instants', async () => {
    expect(await found('meta.created gt "2001-01-01T00:00:00Z"')).toBe('abc');
    expect(await found('meta.created lt "2001-01-01T00:00:00+01:00"')).toBe('');
  });

  it('booleans are compared without quotes', async () => {
    expect(await found('active eq false')).toBe('b');
  });

  it('operators and attribute names are case-insensitive', async () => {
    expect(await found('TITLE EQ "Guide" OR Title Eq "Engineer"')).toBe('ab');
  });

  it('text is compared as the attribute’s caseExact says', async () => {
    expect(await found('title eq "GUIDE"')).toBe('b');
    expect(await found(`externalId eq "${mark}-ext"`)).toBe('');
    expect(await found(`externalId eq "${mark}-EXT"`)).toBe('c');
  });

  it('not binds closer than and, and closer than or', async () => {
    expect(await found('title eq "Guide" or title eq "Engineer" and active eq false')).toBe('b');
    expect(await found('(title eq "Guide" or title eq "Engineer") and active eq true')).toBe('a');
    expect(await found('not (title eq "Guide") and active eq true')).toBe('ac');
  });

  it('a value path asks one value of a list for everything', async () => {
    expect(await found(`emails[type eq "work" and value co "ada"]`)).toBe('a');
    expect(await found(`emails[type eq "work" and value co "home"]`)).toBe('');
    expect(await found(`emails.type eq "work" and emails.value co "home"`)).toBe('a');
  });

  it('a list is compared by the value of its values', async () => {
    expect(await found(`emails eq "bob@${mark}.org"`)).toBe('b');
  });

  it('§3.10: attributes may be named with their URN', async () => {
    expect(await found(`${USER}:title eq "Guide"`)).toBe('b');
    expect(await found(`${ENTERPRISE}:department eq "Engines"`)).toBe('a');
  });

  it.each([
    ['a missing value', 'userName eq'],
    ['an unknown operator', 'userName is "x"'],
    ['a bracket that is not closed', 'emails[type eq "work"'],
    ['a parenthesis that is not closed', '(userName eq "x"'],
    ['an unknown attribute', 'shoeSize eq 44'],
    ['order on a boolean', 'active gt true'],
    ['something behind the end', 'userName eq "x" y'],
  ])('%s is 400 invalidFilter', async (_what, filter) => {
    const answer = await server.find('Users', filter);
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'invalidFilter') });
  });
});

describe('RFC 7644 §3.4.2.3, sorting', () => {
  const sorted = async (query: string): Promise<string> => {
    const { status, body } = await server.find('Users', `userName sw "${mark}"`, `&${query}`);
    expect(status).toBe(200);
    return body.Resources.map(({ userName }) => userName.slice(mark.length + 1)[0]!.toLowerCase()).join('');
  };

  it('ascending by default, without regard to case where the attribute has none', async () => {
    if (server.offers('sort')) expect(await sorted('sortBy=userName')).toBe('abc');
  });

  it('descending when asked', async () => {
    if (server.offers('sort')) expect(await sorted('sortBy=userName&sortOrder=descending')).toBe('cba');
  });

  it('by a sub-attribute; who has no value comes last when ascending and first when descending', async () => {
    if (!server.offers('sort')) return;
    expect(await sorted('sortBy=name.familyName')).toBe('bac');
    expect(await sorted('sortBy=name.familyName&sortOrder=descending')).toBe('cab');
  });

  it('a list is sorted by its primary value, else by its first', async () => {
    if (server.offers('sort')) expect(await sorted('sortBy=emails')).toBe('abc');
  });
});

describe('RFC 7644 §3.4.2.4, pages', () => {
  const page = async (query: string): Promise<Body> =>
    (await server.find('Users', `userName sw "${mark}"`, `&${query}`)).body;

  it('count bounds the page; totalResults counts all that match', async () => {
    const body = await page('count=2');
    expect(body.Resources).toHaveLength(2);
    expect(body).toMatchObject({ totalResults: 3, itemsPerPage: 2, startIndex: 1 });
  });

  it('pages follow each other without gap or repetition', async () => {
    const pages = [await page('startIndex=1&count=2'), await page('startIndex=3&count=2')];
    const ids = pages.flatMap(({ Resources }) => Resources.map(({ id }) => id));
    expect(ids.sort()).toEqual(people.map(({ id }) => id).sort());
  });

  it('a startIndex below 1 is 1', async () => {
    expect(await page('startIndex=0')).toMatchObject({ startIndex: 1, totalResults: 3 });
    expect((await page('startIndex=-5')).Resources).toHaveLength(3);
  });

  it('a negative count is 0, and 0 asks for the total alone', async () => {
    for (const count of [-1, 0]) {
      const body = await page(`count=${count}`);
      expect(body.totalResults).toBe(3);
      expect(body.Resources ?? []).toEqual([]);
    }
  });

  it('a page behind the end is empty and knows the total', async () => {
    const body = await page('startIndex=100');
    expect(body.totalResults).toBe(3);
    expect(body.Resources ?? []).toEqual([]);
  });
});

describe('RFC 9865, pages by cursor', () => {
  const page = async (query: string): ReturnType<typeof server.find> =>
    server.find('Users', `userName sw "${mark}"`, `&${query}`);

  it('§2: an empty cursor asks for the first page, and nextCursor for the next', async () => {
    if (!server.offers('cursor')) return;
    const first = (await page('cursor&count=2')).body;
    expect(first.Resources).toHaveLength(2);
    const next = String(first['nextCursor']);
    const last = (await page(`cursor=${encodeURIComponent(next)}&count=2`)).body;
    expect(last).not.toHaveProperty('nextCursor');
    const ids = [...first.Resources, ...last.Resources].map(({ id }) => id);
    expect(ids.sort()).toEqual(people.map(({ id }) => id).sort());
  });

  it('§2.1: a cursor that was not given out is 400 invalidCursor', async () => {
    if (!server.offers('cursor')) return;
    expect(await page('cursor=made-up')).toMatchObject({
      status: 400,
      body: errorBody(400, 'invalidCursor'),
    });
  });

  it('§2.1: a cursor is good for the query that it was given out for', async () => {
    if (!server.offers('cursor')) return;
    const { body } = await page('cursor&count=1');
    const cursor = encodeURIComponent(String(body['nextCursor']));
    const other = await server.send('GET', `/Users?cursor=${cursor}&count=1`);
    expect(other).toMatchObject({ status: 400, body: errorBody(400, 'invalidCursor') });
  });

  it('§2.1: a count that cannot be is 400 invalidCount', async () => {
    if (!server.offers('cursor')) return;
    expect(await page('cursor&count=-1')).toMatchObject({
      status: 400,
      body: errorBody(400, 'invalidCount'),
    });
  });

  it('§4: ServiceProviderConfig tells of both ways', async () => {
    if (!server.offers('cursor')) return;
    expect(server.config['pagination']).toMatchObject({
      cursor: true,
      index: expect.any(Boolean),
      defaultPageSize: expect.any(Number),
      maxPageSize: expect.any(Number),
    });
  });
});

describe('RFC 7644 §3.4.2.5 and §3.9, which attributes are answered', () => {
  it('attributes: only these, and what is always returned', async () => {
    const { body } = await server.send('GET', `/Users/${people[0]!.id}?attributes=title,name.givenName`);
    expect(body).toMatchObject({ id: people[0]!.id, title: 'Engineer', name: { givenName: 'Ada' } });
    expect(Object.keys(body).sort()).toEqual(['id', 'name', 'schemas', 'title']);
    expect(body['name']).toEqual({ givenName: 'Ada' });
  });

  it('excludedAttributes: all but these', async () => {
    const { body } = await server.send('GET', `/Users/${people[0]!.id}?excludedAttributes=title,emails`);
    expect(body).toMatchObject({ userName: `${mark}-Ada` });
    expect(body).not.toHaveProperty('title');
    expect(body).not.toHaveProperty('emails');
  });

  it('what is always returned cannot be excluded', async () => {
    const { body } = await server.send('GET', `/Users/${people[0]!.id}?excludedAttributes=id`);
    expect(body.id).toBe(people[0]!.id);
  });

  it('attributes of an extension by their URN', async () => {
    const { body } = await server.send('GET', `/Users/${people[0]!.id}?attributes=${ENTERPRISE}:department`);
    expect(body[ENTERPRISE]).toEqual({ department: 'Engines' });
    expect(body).not.toHaveProperty('title');
  });

  it('names that no schema has are passed over', async () => {
    const { status, body } = await server.send('GET', `/Users/${people[0]!.id}?attributes=userName,shoeSize`);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(['id', 'schemas', 'userName']);
  });

  it('they hold for lists, and for answers to writes', async () => {
    const { body } = await server.find('Users', `userName sw "${mark}"`, '&attributes=userName');
    for (const user of body.Resources)
      expect(Object.keys(user).sort()).toEqual(['id', 'schemas', 'userName']);
    const put = { schemas: [USER], userName: `${mark}-Cleo`, externalId: `${mark}-EXT` };
    const answer = await server.send('PUT', `/Users/${people[2]!.id}?attributes=externalId`, put);
    expect(Object.keys(answer.body).sort()).toEqual(['externalId', 'id', 'schemas']);
  });
});

describe('RFC 7644 §3.4.3, searching with POST', () => {
  const SEARCH = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

  it('a .search of a type answers like a list with the same parameters', async () => {
    const search = {
      schemas: [SEARCH],
      filter: `userName sw "${mark}"`,
      attributes: ['userName'],
      startIndex: 1,
      count: 2,
    };
    const answer = await server.send('POST', '/Users/.search', search);
    expect(answer).toMatchObject({
      status: 200,
      body: { schemas: [LIST], totalResults: 3, itemsPerPage: 2 },
    });
    for (const user of answer.body.Resources)
      expect(Object.keys(user).sort()).toEqual(['id', 'schemas', 'userName']);
  });

  it('a .search of everything answers with users and groups', async () => {
    const group = await server.group({ displayName: `${mark}-group` });
    const filter = `userName sw "${mark}" or displayName sw "${mark}"`;
    const { status, body } = await server.send('POST', '/.search', { schemas: [SEARCH], filter });
    expect(status).toBe(200);
    expect(body.Resources.map(({ id }) => id).sort()).toEqual([...people, group].map(({ id }) => id).sort());
  });

  it('a filter that cannot be read is 400 invalidFilter', async () => {
    const answer = await server.send('POST', '/Users/.search', { schemas: [SEARCH], filter: 'userName eq' });
    expect(answer).toMatchObject({ status: 400, body: errorBody(400, 'invalidFilter') });
  });
});
