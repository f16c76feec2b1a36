import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { matches, parseFilter, type ResourceType } from '@app/scim';
import fc from 'fast-check';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { filterSql } from './find.js';
import { saveGroups } from './groups.js';
import { saveMemberships, type Membership } from './memberships.js';
import { findResources } from './page.js';
import { Parameters } from './parameters.js';
import { BASE_URL, filters, imagined, seen } from './testing/imagined.js';
import { saveUsers } from './users.js';

let fresh: FreshDatabase;
let database: Database;

const resources = { User: imagined('User', 'd1', 40), Group: imagined('Group', 'd1', 25) };
const others = { User: imagined('User', 'd2', 40), Group: imagined('Group', 'd2', 25) };
const everybody = [...resources.User, ...resources.Group];
const memberships: Membership[] = resources.User.flatMap((user, index) =>
  index % 3 === 0
    ? []
    : [resources.Group[index % 7]!, resources.Group[index % 5]!].map((group) => ({
        directoryId: 'd1',
        groupId: group.id,
        memberId: user.id,
        memberType: 'User' as const,
      })),
);
// Groups inside groups: a chain, a diamond, and a circle.
for (const [outer, inner] of [
  [1, 2],
  [10, 1],
  [11, 1],
  [12, 10],
  [12, 11],
  [3, 12],
  [12, 3],
  [13, 13],
]) {
  memberships.push({
    directoryId: 'd1',
    groupId: resources.Group[outer!]!.id,
    memberId: resources.Group[inner!]!.id,
    memberType: 'Group',
  });
}

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
  await saveUsers(database, [...resources.User, ...others.User]);
  await saveGroups(database, [...resources.Group, ...others.Group]);
  await saveMemberships(database, memberships, []);
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const CASES_PER_STATEMENT = 300;

/** For each filter the ids that PostgreSQL finds; all of them in one statement. */
async function found(type: ResourceType, texts: string[]): Promise<string[][]> {
  const parameters = new Parameters(BASE_URL);
  const table = type === 'User' ? 'scim_user' : 'scim_group';
  const directory = parameters.add('d1');
  const parts = texts.map(
    (text, index) =>
      `select ${index} as case, array(select r.id from ${table} r where r.directory_id = ${directory}
         and (${filterSql(type, parseFilter(text, type), parameters)}) order by r.id) as ids`,
  );
  const rows = await database.rows<{ ids: string[] }>(
    `${parts.join(' union all ')} order by 1`,
    parameters.values,
  );
  return rows.map(({ ids }) => ids);
}

describe('a filter as SQL', () => {
  it.each(['User', 'Group'] as const)('finds every %s that fulfils it, and no other', async (type) => {
    const texts = fc.sample(filters(type, [...resources.User, ...resources.Group]), CASES_PER_STATEMENT);
    const bySql = await found(type, texts);
    const wrong = texts.flatMap((text, index) => {
      const filter = parseFilter(text, type);
      const inMemory = resources[type].filter((one) =>
        matches(filter, seen(type, one, memberships, everybody)),
      );
      const ids = inMemory.map(({ id }) => id).sort();
      return JSON.stringify(ids) === JSON.stringify(bySql[index])
        ? []
        : [{ text, inMemory: ids, bySql: bySql[index] }];
    });
    expect(wrong.sort((a, b) => a.text.length - b.text.length).slice(0, 5)).toEqual([]);
    // Filters that find nobody, or everybody, would prove little.
    const telling = bySql.filter((ids) => ids.length > 0 && ids.length < resources[type].length);
    expect(telling.length).toBeGreaterThan(CASES_PER_STATEMENT / 5);
  });

  it.each(['User', 'Group'] as const)(
    'never reaches a %s of another directory, however it is written',
    async (type) => {
      const texts = [
        ...fc.sample(filters(type, [...resources.User, ...others.User]), 30),
        'id pr or id pr',
        'id pr or not (id pr)',
        'not (id eq "x") or id ne "y"',
      ];
      for (const text of texts) {
        const filter = parseFilter(text, type);
        const page = await findResources(database, type, {
          directoryId: 'd2',
          filter,
          startIndex: 1,
          count: 100,
        });
        expect(page.resources.filter(({ directoryId }) => directoryId !== 'd2')).toEqual([]);
        expect(page.totalResults).toBeLessThanOrEqual(others[type].length);
      }
    },
  );

  it('treats values as values, whatever they hold', async () => {
    for (const value of ["' or 1=1 --", '$1', '%', '_', '{}', '\\', 'a}b,"c']) {
      const text = ['userName', 'emails.value', 'emails[type eq "work"].value', 'externalId', 'title', 'id']
        .map((name) => `${name} eq ${JSON.stringify(value)}`)
        .join(' or ');
      expect(await found('User', [text])).toEqual([
        resources.User.filter((user) => matches(parseFilter(text, 'User'), seen('User', user, []))).map(
          ({ id }) => id,
        ),
      ]);
    }
  });

  it.each(['ΟΔΟΣ', 'İzmir', 'STRASSE ß', 'ǅ', 'Å', 'Ａ'])(
    'finds a value by itself, in any alphabet: %s',
    async (value) => {
      const user = {
        ...resources.User[0]!,
        directoryId: 'd3',
        id: 'd3_User',
        attributes: {
          userName: value,
          title: value,
          emails: [{ value, type: value }],
          name: { givenName: value },
        },
      };
      await saveUsers(database, [user]);
      const paths = ['userName', 'title', 'emails.value', 'emails.type', 'name.givenName'];
      const text = [
        ...paths.map((path) => `${path} eq "${value}"`),
        `emails[value eq "${value}" and type eq "${value}"]`,
      ];
      const filter = parseFilter(text.join(' and '), 'User');
      const page = await findResources(database, 'User', {
        directoryId: 'd3',
        filter,
        startIndex: 1,
        count: 2,
      });
      expect(page.resources.map(({ id }) => id)).toEqual(['d3_User']);
    },
  );

  it.each([
    ['2030-01-01T12:00:00Z', true],
    ['2030-01-01T12:00:00.000Z', true],
    ['2030-01-01T12:00:00', true],
    ['2030-01-01T12:00', true],
    ['2030-01-01t12:00:00z', true],
    ['2030-01-01T13:00:00.0000000+0100', true],
    ['2030-01-01T11:59:59.999Z', false],
  ])('understands a time written as %s', async (time, equal) => {
    const [user] = imagined('User', 'd4', 1);
    await saveUsers(database, [{ ...user!, lastModified: '2030-01-01T12:00:00.000Z' }]);
    const filter = parseFilter(`meta.lastModified eq "${time}"`, 'User');
    const page = await findResources(database, 'User', {
      directoryId: 'd4',
      filter,
      startIndex: 1,
      count: 2,
    });
    expect(page.totalResults).toBe(equal ? 1 : 0);
  });

  it('finds a stored time by the time that was shown, though PostgreSQL keeps more digits', async () => {
    const [user] = imagined('User', 'd5', 1);
    await saveUsers(database, [{ ...user!, created: '2030-01-01T12:00:00.123456Z' }]);
    const [row] = await findResources(database, 'User', { directoryId: 'd5', startIndex: 1, count: 2 }).then(
      (page) => page.resources,
    );
    const filter = parseFilter(`meta.created eq "${row!.created}"`, 'User');
    const page = await findResources(database, 'User', {
      directoryId: 'd5',
      filter,
      startIndex: 1,
      count: 2,
    });
    expect(page.totalResults).toBe(1);
  });

  it('says that everybody has a meta with a location', async () => {
    const all = resources.User.map(({ id }) => id);
    expect(
      await found('User', ['meta pr', 'meta.location pr', 'not (meta pr)', 'meta.location eq "x"']),
    ).toEqual([all, all, [], []]);
  });
});
