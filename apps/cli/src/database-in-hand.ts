/** For verbs that work on a database: the one of DATABASE_URL, or the embedded one of a stopped installation. */
import { Database, environment, Observations, readSettings, startEmbeddedPostgres } from '@app/runtime';

export async function withDatabase<T>(program: string, work: (database: Database) => Promise<T>): Promise<T> {
  const settings = readSettings(environment(), ['databaseUrl', 'dataDir']);
  const log = new Observations({ level: 'warn' });
  const embedded = settings.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: settings.dataDir, log });
  try {
    const database = await Database.connect(settings.databaseUrl ?? embedded!.url, {
      applicationName: `rollcall-${program}`,
    });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  } finally {
    await embedded?.stop();
  }
}
