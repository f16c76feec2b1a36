import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { saveUsers, type PlacedUser } from '@app/projections';
import { Database, type Tx } from '@app/runtime';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../../test/support/index.js';
import { KnownCounts } from './known-counts.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;
let counted = 0;
let counts: KnownCounts;

const NOON = '2030-01-01T12:00:00.000Z';

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
  operator = await admin(fresh.url);
  const watched: Tx = {
    rows: (sql, values) => {
      if (typeof sql !== 'string' && sql.name === 'counts-of-directories') counted += 1;
      return database.rows(sql, values);
    },
  };
  counts = new KnownCounts(watched as Database);
});

afterAll(async () => {
  await operator.close();
  await database.close();
  await fresh.drop();
});

async function write(directoryId: string, sequence: number, active = true): Promise<void> {
  const user: PlacedUser = {
    ...{ directoryId, id: `${directoryId}_${sequence}`, version: 1, created: NOON, lastModified: NOON },
    attributes: { userName: `user-${sequence}`, active },
  };
  await saveUsers(database, [user]);
  await operator.rows(
    `insert into directory_head values ('${directoryId}', ${sequence}, '', false)
     on conflict (directory_id) do update set sequence = excluded.sequence`,
  );
}
const usersOf = async (...ids: string[]): Promise<unknown[]> =>
  [...(await counts.of(ids))].map(([id, { activeUsers, inactiveUsers }]) => [id, activeUsers, inactiveUsers]);

it('counts once for all who ask at once, and again only when the log has moved', async () => {
  await write('one', 1);
  const answers = await Promise.all(Array.from({ length: 50 }, () => usersOf('one')));
  expect(answers).toEqual(answers.map(() => [['one', 1, 0]]));
  expect(counted).toBe(1);
  expect(await usersOf('one')).toEqual([['one', 1, 0]]);
  expect(counted).toBe(1);
  await write('one', 2, false);
  expect(await usersOf('one')).toEqual([['one', 1, 1]]);
  expect(counted).toBe(2);
});

it('counts those that it does not know in one statement, and knows nothing of those that are not there', async () => {
  await Promise.all([write('two', 1), write('three', 1)]);
  const before = counted;
  expect((await usersOf('one', 'two', 'nowhere', 'three')).sort()).toEqual([
    ['one', 1, 1],
    ['three', 1, 0],
    ['two', 1, 0],
  ]);
  expect(counted).toBe(before + 1);
});

it('is never behind what was written before the question, however many write and ask', async () => {
  await write('busy', 1);
  for (let sequence = 2; sequence <= 20; sequence += 1) {
    const early = usersOf('busy');
    await write('busy', sequence);
    const [[, active]] = (await usersOf('busy')) as [[string, number]];
    expect(active).toBe(sequence);
    await early;
  }
});

it('tells those who wait when the database cannot count, and counts for the next one', async () => {
  await write('four', 1);
  await operator.rows('alter table scim_group rename to elsewhere');
  const waiting = await Promise.allSettled([usersOf('four'), usersOf('four')]);
  await operator.rows('alter table elsewhere rename to scim_group');
  expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await usersOf('four')).toEqual([['four', 1, 0]]);
});
