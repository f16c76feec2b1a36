import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { admin, emptyDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { Database } from './database.js';
import { assertMigrated, migrate, SchemaBehind } from './migrations.js';

let empty: FreshDatabase;
let operator: Admin;

beforeEach(async () => {
  empty = await emptyDatabase();
  operator = await admin(empty.url);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await operator.close();
  await empty.drop();
});

const GROUND = 'ground0000000000001';

/** Every column and index there is, with the ledger. */
async function shape(): Promise<unknown> {
  return {
    columns: await operator.rows(
      `select table_schema, table_name, column_name, data_type from information_schema.columns
        where table_schema in ('public', 'bullmq') order by 1, 2, 3`,
    ),
    indexes: await operator.rows(`select indexdef from pg_indexes where schemaname = 'public' order by 1`),
    ledger: await operator.rows('select name from migration order by name'),
    heads: await operator.rows('select position, length(salt) as salt from log_head'),
  };
}

describe('an empty database', () => {
  it('is behind, and says what it lacks and what to do', async () => {
    const asked = assertMigrated(empty.url);
    await expect(asked).rejects.toBeInstanceOf(SchemaBehind);
    await expect(asked).rejects.toMatchObject({ missing: expect.arrayContaining([GROUND]) });
    await expect(asked).rejects.toThrow(/rollcall migrate/);
  });

  it('is brought to this release, and a program can work in it', async () => {
    await migrate(empty.url);
    await assertMigrated(empty.url);
    const database = await Database.connect(empty.url, { poolSize: 1 });
    expect(await database.rows('select current_user::text as name, position from log_head')).toEqual([
      { name: 'rollcall_app', position: 0 },
    ]);
    await database.close();
  });

  it('may be migrated by two programs at once', async () => {
    await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)]);
    await assertMigrated(empty.url);
    expect(
      await operator.rows('select name, count(*) from migration group by name having count(*) > 1'),
    ).toEqual([]);
  });

  it('may be migrated at the same moment as another one of the same server', async () => {
    const other = await emptyDatabase();
    await Promise.all([migrate(empty.url), migrate(other.url)]);
    await Promise.all([assertMigrated(empty.url), assertMigrated(other.url)]);
    const neighbour = await admin(other.url);
    const salts = await Promise.all(
      [operator, neighbour].map((each) => each.rows<{ salt: Buffer }>('select salt from log_head')),
    );
    expect(salts[0]![0]!.salt.equals(salts[1]![0]!.salt)).toBe(false);
    await neighbour.close();
    await other.drop();
  });
});

describe('a database of this release', () => {
  beforeEach(() => migrate(empty.url));

  it('is not changed by migrating it again', async () => {
    const before = await shape();
    await migrate(empty.url);
    expect(await shape()).toEqual(before);
  });

  it('that lacks one migration names it', async () => {
    await operator.rows('delete from migration where name = $1', [GROUND]);
    await expect(assertMigrated(empty.url)).rejects.toMatchObject({ missing: [GROUND] });
  });

  it('is untouched when a migration fails half-way', async () => {
    jest.spyOn(console, 'log').mockImplementation(() => {}); // TypeORM prints failed migrations by itself
    await operator.rows('delete from migration');
    const before = await shape();
    await expect(migrate(empty.url)).rejects.toThrow(/already exists/);
    expect(await shape()).toEqual(before);
  });
});
