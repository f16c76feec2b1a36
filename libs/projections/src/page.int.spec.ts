import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { parseFilter, type ResourceType } from '@app/scim';
import {
  admin,
  freshDatabase,
  plansOf,
  type Admin,
  type FreshDatabase,
} from '../../../test/support/index.js';
import { saveGroups } from './groups.js';
import { findPage, findResources } from './page.js';
import { saveUsers, type PlacedUser } from './users.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;

const PEOPLE = 5_000;
const NOON = '2030-01-01T12:00:00.000Z';

const person = (directoryId: string, index: number): PlacedUser => ({
  directoryId,
  id: `${directoryId}_user_${String(index).padStart(5, '0')}`,
  attributes: {
    userName: `User${index}@example.com`,
    externalId: `ext-${index}`,
    title: index % 10 === 0 ? 'Chief' : 'Engineer',
    emails: [
      { value: `User${index}@example.com`, type: 'work' },
      { value: `home${index}@example.org`, type: 'home' },
    ],
  },
  version: 1,
  created: NOON,
  lastModified: NOON,
});
const group = (directoryId: string, index: number): PlacedUser => ({
  ...person(directoryId, index),
  id: `${directoryId}_group_${String(index).padStart(5, '0')}`,
  attributes: { displayName: `Group ${index}`, externalId: `ext-${index}` },
});
const many = (count: number, make: (index: number) => PlacedUser): PlacedUser[] =>
  Array.from({ length: count }, (_, index) => make(index));

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
  operator = await admin(fresh.url);
  await saveUsers(database, [
    ...many(PEOPLE, (index) => person('large', index)),
    ...many(23, (index) => person('small', index)).reverse(),
  ]);
  await saveGroups(
    database,
    many(PEOPLE, (index) => group('large', index)),
  );
  await operator.rows('analyze');
});

afterAll(async () => {
  await operator.close();
  await database.close();
  await fresh.drop();
});

const list = (startIndex: number, count: number, filter?: string): ReturnType<typeof findResources> =>
  findResources(database, 'User', {
    directoryId: 'small',
    startIndex,
    count,
    ...(filter === undefined ? {} : { filter: parseFilter(filter, 'User') }),
  });
const all = many(23, (index) => person('small', index));

describe('a page of resources', () => {
  it('shows each as it was saved', async () => {
    expect(await list(1, 100)).toEqual({ resources: all, totalResults: 23 });
  });

  it.each([1, 2, 5, 22, 23, 24, 100])(
    'of %i at a time leads through all of them, each once, oldest first',
    async (count) => {
      const shown: PlacedUser[] = [];
      for (;;) {
        const page = await list(shown.length + 1, count);
        expect(page.totalResults).toBe(23);
        shown.push(...page.resources);
        if (page.resources.length === 0 || shown.length >= 23) break;
      }
      expect(shown).toEqual(all);
    },
  );

  it.each([
    ['nothing asked for', 1, 0, undefined, 0, 23],
    ['beyond the end', 24, 10, undefined, 0, 23],
    ['far beyond the end', 9_999, 10, undefined, 0, 23],
    ['the last one', 23, 10, undefined, 1, 23],
    ['of those that match, the first', 1, 2, 'title eq "chief"', 2, 3],
    ['of those that match, the last', 3, 2, 'title eq "chief"', 1, 3],
    ['of those that match, none', 1, 2, 'title eq "x"', 0, 0],
    ['beyond those that match', 4, 2, 'title eq "chief"', 0, 3],
  ])('knows how many there are: %s', async (_what, startIndex, count, filter, length, total) => {
    const page = await list(startIndex, count, filter);
    expect([page.resources.length, page.totalResults]).toEqual([length, total]);
  });

  it('keeps its place when a resource on it changes', async () => {
    const before = await list(1, 5);
    await saveUsers(database, [{ ...all[2]!, version: 2, lastModified: '2030-02-01T00:00:00.000Z' }]);
    const after = await list(1, 5);
    expect(after.resources.map(({ id }) => id)).toEqual(before.resources.map(({ id }) => id));
    await saveUsers(database, [all[2]!]);
  });
});

describe('a name that is looked up', () => {
  const pageOf = async (type: ResourceType, filter: string, more = {}): Promise<[string[], number]> => {
    const wanted = {
      directoryId: 'small',
      startIndex: 1,
      count: 10,
      filter: parseFilter(filter, type),
      ...more,
    };
    const { resources, totalResults } = await findResources(database, type, wanted);
    return [resources.map(({ id }) => id), totalResults];
  };

  it.each([
    ['userName eq "user7@EXAMPLE.com"', ['small_user_00007']],
    ['urn:ietf:params:scim:schemas:core:2.0:User:USERNAME eq "User7@example.com"', ['small_user_00007']],
    ['externalId eq "ext-7"', ['small_user_00007']],
    ['externalId eq "EXT-7"', []],
    ['userName eq "User4999@example.com"', []],
  ])('%s finds whom the same question asked in more words finds', async (filter, ids) => {
    expect(await pageOf('User', filter)).toEqual([ids, ids.length]);
    expect(await pageOf('User', `(${filter}) and (${filter})`)).toEqual([ids, ids.length]);
  });

  it('is paged like every other answer', async () => {
    await saveGroups(
      database,
      [1, 2, 3].map((index) => ({
        ...group('small', index),
        attributes: { displayName: index === 3 ? 'PILOTS' : 'Pilots', externalId: `twin-${index}` },
      })),
    );
    const asked = 'displayName eq "pilots"';
    const ids = [1, 2, 3].map((index) => group('small', index).id);
    expect(await pageOf('Group', asked)).toEqual([ids, 3]);
    expect(await pageOf('Group', asked, { count: 2 })).toEqual([ids.slice(0, 2), 3]);
    expect(await pageOf('Group', asked, { startIndex: 3, count: 2 })).toEqual([ids.slice(2), 3]);
    expect(await pageOf('Group', asked, { startIndex: 4 })).toEqual([[], 3]);
    expect(await pageOf('Group', asked, { count: 0 })).toEqual([[], 3]);
  });
});

describe('in a directory of thousands', () => {
  it.each<[ResourceType, string, string]>([
    ['User', 'userName eq "USER77@example.com"', 'user_name_is_unique_in_a_directory'],
    ['User', 'externalId eq "ext-77"', 'external_id_of_a_user_is_unique_in_a_directory'],
    ['User', 'emails.value eq "USER77@example.com"', 'users_by_email'],
    ['User', 'emails eq "user77@example.com"', 'users_by_email'],
    ['User', 'emails[type eq "work"].value eq "user77@example.com"', 'users_by_email'],
    ['User', 'emails[type eq "work" and value eq "user77@example.com"]', 'users_by_email'],
    ['User', 'id eq "large_user_00077"', 'scim_user_pkey'],
    ['User', 'userName eq "user77@example.com" and active ne false', 'user_name_is_unique_in_a_directory'],
    ['Group', 'displayName eq "GROUP 77"', 'groups_by_display_name'],
    ['Group', 'externalId eq "ext-77"', 'groups_by_external_id'],
    ['Group', 'id eq "large_group_00077"', 'scim_group_pkey'],
  ])('one %s is found by an index, with its total: %s', async (type, text, index) => {
    const wanted = { directoryId: 'large', filter: parseFilter(text, type), startIndex: 1 };
    // The first wants a page that is not full, the second has to count.
    for (const count of [100, 1]) {
      const page = await findResources(database, type, { ...wanted, count });
      expect(page).toMatchObject({ totalResults: 1, resources: [{ id: expect.stringMatching(/_00077$/) }] });
      const plans = await plansOf(database, (tx) => findResources(tx, type, { ...wanted, count }));
      expect(plans.length).toBe(count === 1 ? 2 : 1);
      for (const plan of plans) {
        expect(plan).toContain(index);
        expect(plan).not.toContain('Seq Scan on scim_');
      }
    }
  });

  it('the page behind a cursor is found where it begins, of one type and of two', async () => {
    const place = { id: 'large_user_02500' };
    for (const types of [['User'], ['User', 'Group']] as ResourceType[][]) {
      const query = {
        directoryId: 'large',
        parts: types.map((type) => ({ type })),
        window: { count: 10, from: { direction: 'after' as const, place } },
      };
      const page = await findPage(database, query);
      expect(page.found[0]!.resource.id).toBe('large_user_02501');
      expect(page.totalResults).toBe(types.length * PEOPLE);
      const [plan] = await plansOf(database, (tx) => findPage(tx, query));
      expect(plan).toContain('scim_user_pkey');
      expect(plan).not.toContain('Seq Scan on scim_');
    }
  });
});
