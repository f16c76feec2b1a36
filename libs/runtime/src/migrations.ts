/** Brings a database to this release's schema: numbered SQL files, forward only, each in TypeORM's migration ledger. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runMigrations as migrateQueueSchema } from 'bullmq';
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { APPLICATION_ROLE } from './database.js';

/** Two programs that start at once migrate one after the other. The number is arbitrary, but must never change. */
const MIGRATION_LOCK = 7_205_759_403_792;

export class SchemaBehind extends Error {
  constructor(readonly missing: string[]) {
    super(
      `The database lacks ${missing.length} migration(s) of this release (${missing.join(', ')}). ` +
        'Run `npm run rollcall migrate` with a DATABASE_URL whose role owns the schema, then start again.',
    );
    this.name = 'SchemaBehind';
  }
}

/**
 * Applies what is missing, the queue's own schema included, and grants the application role its rights.
 * @param databaseUrl a role that may create tables and roles. Runs at most once at a time per database.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const lock = new pg.Client({ connectionString: databaseUrl });
  await lock.connect();
  try {
    await lock.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const source = await ledger(databaseUrl);
    try {
      await source.runMigrations({ transaction: 'each' });
    } finally {
      await source.destroy();
    }
    await migrateQueueSchema(lock as never);
    await lock.query(`
      grant usage, create on schema bullmq to ${APPLICATION_ROLE};
      grant select, insert, update, delete, truncate on all tables in schema bullmq to ${APPLICATION_ROLE};
      grant usage, select, update on all sequences in schema bullmq to ${APPLICATION_ROLE};
      grant execute on all functions in schema bullmq to ${APPLICATION_ROLE};`);
  } finally {
    await lock.end();
  }
}

/** @throws SchemaBehind when the database lacks a migration that this release needs. */
export async function assertMigrated(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const [ledger] = (
      await client.query<{ there: boolean }>(`select to_regclass('migration') is not null as there`)
    ).rows;
    const known = ledger?.there
      ? (await client.query<{ name: string }>('select name from migration')).rows.map((row) => row.name)
      : [];
    const missing = (await migrations())
      .map((migration) => migration.name)
      .filter((name) => !known.includes(name));
    if (missing.length > 0) throw new SchemaBehind(missing);
  } finally {
    await client.end();
  }
}

async function ledger(url: string): Promise<DataSource> {
  const found = await migrations();
  const source = new DataSource({
    type: 'postgres',
    url,
    migrationsTableName: 'migration',
    migrations: found.map(({ name, sql }) => migrationClass(name, sql)),
    logging: false,
  });
  return source.initialize();
}

/** TypeORM orders migrations by the 13 digits at the end of their name, so `0001-ground.sql` is `ground0000000000001`. */
async function migrations(): Promise<{ name: string; sql: string }[]> {
  const folder = join(packageRoot(), 'migrations');
  const files = (await readdir(folder)).filter((file) => /^\d{4}-[a-z-]+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: `${file.slice(5, -4)}${file.slice(0, 4).padStart(13, '0')}`,
      sql: await readFile(join(folder, file), 'utf8'),
    })),
  );
}

function migrationClass(name: string, sql: string): new () => MigrationInterface {
  return class {
    readonly name = name;
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql);
    }
    async down(): Promise<void> {
      throw new Error('migrations go forward only: restore a backup, or write the next migration');
    }
  };
}

/** The folder with package.json: the same seen from `libs/runtime/src` and from `dist/libs/runtime/src`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'migrations')) || !existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('package.json with migrations/ beside it was not found above this file');
    folder = parent;
  }
  return folder;
}
