import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import {
  extendedShape,
  matches,
  parseFilter,
  parseSort,
  type Described,
  type Json,
  type ResourceType,
} from '@app/scim';
import fc from 'fast-check';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { saveGroups } from './groups.js';
import { saveMemberships, type Membership } from './memberships.js';
import { findPage, type Page, type Part, type Window } from './page.js';
import { BASE_URL, filters, imagined, seen } from './testing/imagined.js';
import { ordered } from './testing/ordered.js';
import { saveUsers, type PlacedUser } from './users.js';

let fresh: FreshDatabase;
let database: Database;

const URN = 'urn:example:badge';
const badge = extendedShape('User', [
  {
    id: URN,
    name: 'Badge',
    description: 'A badge.',
    attributes: (
      [
        ['number', 'integer', false],
        ['since', 'dateTime', false],
        ['colours', 'string', true],
      ] as const
    ).map(([name, type, multiValued]) => ({
      name,
      type,
      multiValued,
      description: name,
      required: false,
      caseExact: false,
      mutability: 'readWrite' as const,
      returned: 'default' as const,
      uniqueness: 'none' as const,
    })),
  },
]);
const SHAPES: Record<ResourceType, Described> = { User: badge, Group: 'Group' };

const users = imagined('User', 'd1', 40).map((user, index): PlacedUser => {
  if (index % 3 === 0) return user;
  const extension: { [name: string]: Json } = {
    number: [10, 9, -1, 1.5, 100][index % 5]!,
    since: ['2030-01-01T12:00:00Z', '2030-01-01T12:30:00+01:00', '2029-12-31T23:59:59Z'][index % 3]!,
    colours: [['red', 'Blue'], ['Green'], ['blue']][index % 3]!,
  };
  return { ...user, attributes: { ...user.attributes, [URN]: extension } };
});
const resources: Record<ResourceType, PlacedUser[]> = { User: users, Group: imagined('Group', 'd1', 25) };
const everybody = [...resources.User, ...resources.Group];
const memberships: Membership[] = users.flatMap((user, index) =>
  index % 4 === 0
    ? []
    : [resources.Group[index % 7]!, resources.Group[(index * 3) % 11]!].map((group) => ({
        directoryId: 'd1',
        groupId: group.id,
        memberId: user.id,
        memberType: 'User' as const,
      })),
);

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
  await saveUsers(database, [...users, ...imagined('User', 'd2', 10)]);
  await saveGroups(database, [...resources.Group, ...imagined('Group', 'd2', 10)]);
  await saveMemberships(
    database,
    memberships.filter(
      (one, index) =>
        index === memberships.findIndex((m) => m.groupId === one.groupId && m.memberId === one.memberId),
    ),
    [],
  );
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

interface Asked {
  types: ResourceType[];
  filter?: string;
  sortBy?: string;
  sortOrder?: string;
}

function partsOf({ types, filter, ...sorting }: Asked): Part[] {
  const shapes = types.map((type) => SHAPES[type]);
  const sorts = parseSort(shapes, sorting);
  return shapes.map((type, index) => ({
    type,
    sort: sorts?.[index],
    filter: filter === undefined ? undefined : parseFilter(filter, type, shapes),
  }));
}

function expectedOf(asked: Asked): string[] {
  const parts = partsOf(asked);
  return ordered(
    asked.types.flatMap((type, index) =>
      resources[type]
        .map((one) => ({ id: one.id, seen: shown(type, one), sort: parts[index]!.sort }))
        .filter(({ seen: whole }) => !parts[index]!.filter || matches(parts[index]!.filter, whole)),
    ),
  );
}

/** Lists in the order of their ids, as they are shown. */
function shown(type: ResourceType, one: PlacedUser): ReturnType<typeof seen> {
  const whole = seen(type, one, memberships, everybody);
  for (const list of ['groups', 'members']) {
    const elements = whole[list] as { value: string }[] | undefined;
    if (elements) whole[list] = [...elements].sort((a, b) => (a.value < b.value ? -1 : 1));
  }
  return whole;
}

const pageOf = (asked: Asked, window: Window): Promise<Page> =>
  findPage(database, { directoryId: 'd1', baseUrl: BASE_URL, parts: partsOf(asked), window });
const idsOf = ({ found }: Page): string[] => found.map(({ resource }) => resource.id);

const BY_USER = [
  ...['userName', 'title', 'displayName', 'profileUrl', 'externalId', 'active', 'id', 'name.familyName'],
  ...['emails', 'emails.type', 'emails.display', 'emails.primary', 'roles.value', 'department', 'manager'],
  ...['meta.created', 'meta.lastModified', 'meta.version', 'meta.location', 'meta.resourceType'],
  ...['groups', 'groups.display', 'groups.type', 'groups.$ref', 'schemas', 'USERNAME'],
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
  ...['number', 'since', 'colours'].map((name) => `${URN}:${name}`),
];
const BY_GROUP = ['displayName', 'externalId', 'members', 'members.display', 'members.type', 'meta.created'];
const SORTS: [ResourceType[], string[]][] = [
  [['User'], BY_USER],
  [['Group'], BY_GROUP],
  [
    ['User', 'Group'],
    [
      'displayName',
      'userName',
      'members',
      'meta.lastModified',
      'externalId',
      'groups.display',
      `${URN}:number`,
    ],
  ],
];
const CASES = SORTS.flatMap(([types, names]) => names.map((name) => [types, name] as const));

describe('an order as SQL', () => {
  it.each(CASES)('of %j by %s is the one that the RFC words', async (types, sortBy) => {
    for (const sortOrder of ['ascending', 'descending']) {
      const asked = { types: [...types], sortBy, sortOrder };
      const page = await pageOf(asked, { startIndex: 1, count: 100 });
      expect(idsOf(page)).toEqual(expectedOf(asked));
      expect(page.totalResults).toBe(page.found.length);
    }
  });

  it('tells resources apart: most orders are none of ids alone', () => {
    const byId = expectedOf({ types: ['User'] });
    const telling = BY_USER.filter(
      (sortBy) => expectedOf({ types: ['User'], sortBy }).join() !== byId.join(),
    );
    expect(telling.length).toBeGreaterThan(BY_USER.length - 8);
  });

  it('puts what has no value last when ascending and first when descending', async () => {
    const titles = async (sortOrder: string): Promise<boolean[]> =>
      (
        await pageOf({ types: ['User'], sortBy: 'title', sortOrder }, { startIndex: 1, count: 100 })
      ).found.map(({ resource }) => resource.attributes['title'] !== undefined);
    const ascending = await titles('ascending');
    expect(new Set(ascending).size).toBe(2);
    expect(ascending).toEqual([...ascending].sort((a, b) => Number(b) - Number(a)));
    expect(await titles('descending')).toEqual([...ascending].reverse());
  });
});

/** Everything from the first page to the last, and back from there. */
async function walked(
  asked: Asked,
  count: number,
): Promise<{ there: string[]; back: string[]; pages: number }> {
  const there: string[] = [];
  let page = await pageOf(asked, { count });
  let pages = 1;
  there.push(...idsOf(page));
  expect(page.previous).toBeUndefined();
  for (; page.next; pages += 1) {
    page = await pageOf(asked, { count, from: { direction: 'after', place: page.next } });
    there.push(...idsOf(page));
  }
  const back = idsOf(page);
  while (page.previous) {
    page = await pageOf(asked, { count, from: { direction: 'before', place: page.previous } });
    expect(page.next).toBeDefined();
    back.unshift(...idsOf(page));
  }
  return { there, back, pages };
}

describe('a walk by cursors', () => {
  it.each(CASES)('through %j by %s meets everybody once, there and back', async (types, sortBy) => {
    for (const [sortOrder, count] of [
      ['ascending', 7],
      ['descending', 4],
    ] as const) {
      const asked = { types: [...types], sortBy, sortOrder };
      const { there, back, pages } = await walked(asked, count);
      expect(there).toEqual(expectedOf(asked));
      expect(back).toEqual(there);
      expect(pages).toBe(Math.ceil(there.length / count));
    }
  });

  it.each<[ResourceType[]]>([[['User']], [['Group']], [['User', 'Group']]])(
    'through %j meets those that fulfil a filter, and knows how many they are',
    async (types) => {
      const texts = fc.sample(filters(types[0]!, everybody), 25);
      for (const filter of texts) {
        const asked = { types, filter, sortBy: 'externalId' };
        const first = await pageOf(asked, { count: 3 });
        const wanted = expectedOf(asked);
        expect({ filter, total: first.totalResults, ids: (await walked(asked, 3)).there }).toEqual({
          filter,
          total: wanted.length,
          ids: wanted,
        });
      }
    },
  );

  it('keeps its place when others come and go', async () => {
    const [{ attributes: _, ...template }] = imagined('User', 'd3', 1) as [PlacedUser];
    const person = (title: string): PlacedUser => ({
      ...template,
      id: `d3_${title}`,
      attributes: { userName: title, title },
    });
    await saveUsers(database, ['b', 'd', 'f', 'h', 'j'].map(person));
    const parts = partsOf({ types: ['User'], sortBy: 'title' });
    const window = (page?: Page): Window => ({
      count: 2,
      ...(page?.next && { from: { direction: 'after', place: page.next } }),
    });
    const first = await findPage(database, { directoryId: 'd3', parts, window: window() });
    await saveUsers(database, ['a', 'c', 'e', 'i'].map(person));
    await database.rows(`delete from scim_user where id = 'd3_d'`);
    const second = await findPage(database, { directoryId: 'd3', parts, window: window(first) });
    const third = await findPage(database, { directoryId: 'd3', parts, window: window(second) });
    expect([first, second, third].map(idsOf)).toEqual([
      ['d3_b', 'd3_d'],
      ['d3_e', 'd3_f'],
      ['d3_h', 'd3_i'],
    ]);
    expect(second.totalResults).toBe(8);
  });
});

describe('a page of several types', () => {
  it.each([
    ['userName pr', ['User']],
    ['members pr', ['Group']],
    ['not (userName pr)', ['Group']],
    ['members ne "x"', ['Group', 'User']],
    ['groups pr or members pr', ['Group', 'User']],
    ['meta.resourceType eq "Group"', ['Group']],
    ['emails[value pr]', ['User']],
    ['not (emails[value pr])', ['Group', 'User']],
    ['urn:ietf:params:scim:schemas:core:2.0:Group:displayName pr', ['Group']],
    ['urn:ietf:params:scim:schemas:core:2.0:User:displayName pr', ['User']],
    ['userName eq null', ['Group']],
    [`${URN}:number gt 5`, ['User']],
    ['id pr or id pr', ['Group', 'User']],
  ])('where %s holds %j: what a type has not is absent there', async (filter, types) => {
    const asked = { types: ['User', 'Group'] as ResourceType[], filter };
    const page = await pageOf(asked, { startIndex: 1, count: 100 });
    expect([...new Set(page.found.map(({ type }) => type))].sort()).toEqual(types);
    expect(idsOf(page)).toEqual(expectedOf(asked));
    expect(page.found.filter(({ resource }) => resource.directoryId !== 'd1')).toEqual([]);
  });

  it('has one order and one total over both, page by page', async () => {
    const asked: Asked = { types: ['User', 'Group'], sortBy: 'displayName' };
    const ids: string[] = [];
    for (let startIndex = 1; startIndex <= 65; startIndex += 10) {
      const page = await pageOf(asked, { startIndex, count: 10 });
      expect(page.totalResults).toBe(65);
      ids.push(...idsOf(page));
    }
    expect(ids).toEqual(expectedOf(asked));
  });
});
