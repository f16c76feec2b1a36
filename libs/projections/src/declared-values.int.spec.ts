/** Attributes that a directory declared: searched by SQL exactly as in memory, and never able to make a query fail. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { extendedShape, matches, parseFilter, readSchemaExtension, type Attributes } from '@app/scim';
import fc from 'fast-check';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { holdersOfValues } from './declared-values.js';
import { findResources } from './page.js';
import { saveUsers, type PlacedUser } from './users.js';

const URN = 'urn:example:acme:2.0:User';
const shape = extendedShape('User', [
  readSchemaExtension(URN, {
    name: 'Acme',
    attributes: [
      { name: 'badge', caseExact: true },
      { name: 'level', type: 'integer' },
      { name: 'since', type: 'dateTime' },
      { name: 'contractor', type: 'boolean' },
      { name: 'skills', multiValued: true },
      {
        name: 'rooms',
        type: 'complex',
        multiValued: true,
        subAttributes: [{ name: 'value' }, { name: 'floor', type: 'integer' }],
      },
    ],
  }),
]);

const DATES = ['2024-01-01T00:00:00Z', '2024-01-01T02:00:00+02:00', '2025-06-01T12:00:00Z'];
const extensions = fc.record(
  {
    badge: fc.constantFrom('A7', 'a7', 'B'),
    level: fc.constantFrom(1, 2, 10),
    since: fc.constantFrom(...DATES),
    contractor: fc.boolean(),
    skills: fc.uniqueArray(fc.constantFrom('sewing', 'Flying'), { minLength: 1 }),
    rooms: fc.array(fc.record({ value: fc.constantFrom('12', '13'), floor: fc.constantFrom(1, 2) }), {
      minLength: 1,
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);

const comparisons = fc.oneof(
  fc
    .constantFrom('badge', 'level', 'since', 'contractor', 'skills', 'rooms')
    .map((name) => `${URN}:${name} pr`),
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'le'), fc.constantFrom('A7', 'a7', 'b'))
    .map(([operator, text]) => `${URN}:badge ${operator} "${text}"`),
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'co', 'ew'), fc.constantFrom('SEWING', 'ing', 'flying'))
    .map(([operator, text]) => `${URN}:skills ${operator} "${text}"`),
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), fc.constantFrom(1, 2, 9.5))
    .map(([operator, number]) => `${URN}:level ${operator} ${number}`),
  fc
    .tuple(fc.constantFrom('eq', 'ne', 'gt', 'le'), fc.constantFrom(...DATES))
    .map(([operator, date]) => `${URN}:since ${operator} "${date}"`),
  fc.boolean().map((value) => `${URN}:contractor eq ${value}`),
  fc
    .tuple(fc.constantFrom('and', 'or'), fc.constantFrom(1, 2), fc.constantFrom('12', '13'))
    .map(([word, floor, value]) => `${URN}:rooms[floor eq ${floor} ${word} not (value eq "${value}")]`),
);
const filters = fc.letrec((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    comparisons,
    fc
      .tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter'))
      .map(([a, word, b]) => `(${a} ${word} ${b})`),
    tie('filter').map((inner) => `not (${inner})`),
  ),
})).filter as fc.Arbitrary<string>;

const user = (directoryId: string, index: number, attributes: Attributes): PlacedUser => ({
  directoryId,
  id: `${directoryId}-${index}`,
  attributes: { userName: `${directoryId}-${index}`, ...attributes },
  version: 1,
  created: '2026-01-01T00:00:00.000Z',
  lastModified: '2026-01-01T00:00:00.000Z',
});

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

describe('attributes that a directory declared', () => {
  it('are found by SQL as they are in memory', async () => {
    const made = fc.sample(extensions, { numRuns: 40, seed: 7 });
    const users = made.map((extension, index) =>
      user('d1', index, Object.keys(extension).length > 0 ? { [URN]: extension } : {}),
    );
    await saveUsers(database, users);
    const ask = async (filter: string): Promise<string[]> => {
      const wanted = { directoryId: 'd1', startIndex: 1, count: 100, filter: parseFilter(filter, shape) };
      return (await findResources(database, shape, wanted)).resources.map(({ id }) => id);
    };
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => {
        const tree = parseFilter(filter, shape);
        const expected = users.filter(({ attributes }) => matches(tree, attributes)).map(({ id }) => id);
        expect(await ask(filter)).toEqual(expected.sort());
      }),
      { numRuns: 300 },
    );
  });

  it('of an earlier declaration cannot make a query fail', async () => {
    await saveUsers(database, [
      user('d2', 1, { [URN]: { level: 'high', since: 'yesterday', skills: 'sewing', rooms: 3 } }),
      user('d2', 2, { [URN]: { level: 2, since: DATES[0]! } }),
    ]);
    for (const filter of ['level gt 1', `since lt "${DATES[2]}"`]) {
      const wanted = {
        directoryId: 'd2',
        startIndex: 1,
        count: 10,
        filter: parseFilter(`${URN}:${filter}`, shape),
      };
      const { resources } = await findResources(database, shape, wanted);
      expect(resources.map(({ id }) => id)).toEqual(['d2-2']);
    }
    for (const filter of ['skills eq "flying"', 'rooms[floor eq 1]', 'rooms.floor eq 1']) {
      const wanted = {
        directoryId: 'd2',
        startIndex: 1,
        count: 10,
        filter: parseFilter(`${URN}:${filter}`, shape),
      };
      expect((await findResources(database, shape, wanted)).resources).toEqual([]);
    }
  });

  it('are counted, in one directory, by how many hold a value', async () => {
    const asked = { directoryId: 'd2', schema: URN, names: ['level', 'skills', 'badge'] };
    expect(await holdersOfValues(database, 'User', asked)).toEqual([
      { name: 'level', holders: 2 },
      { name: 'skills', holders: 1 },
    ]);
    expect(await holdersOfValues(database, 'Group', asked)).toEqual([]);
  });
});
