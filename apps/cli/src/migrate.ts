/** `migrate`: brings the database that DATABASE_URL names to this release. Its role must own the schema. */
import { environment, migrate as migrateDatabase, readSettings } from '@app/runtime';

export async function migrate(): Promise<void> {
  const { databaseUrl } = readSettings(environment(), ['databaseUrl']);
  if (!databaseUrl) throw new Error('DATABASE_URL is missing: it names the database to migrate.');
  await migrateDatabase(databaseUrl);
  console.log('The database is at this release.');
}
