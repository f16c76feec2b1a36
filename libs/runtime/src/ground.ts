/** Opens what a program stands on, and closes it in the order that loses nothing. */
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { Clock } from './clock.js';
import type { Config } from './config.js';
import { Database, type DatabaseOptions } from './database.js';
import { assertMigrated } from './migrations.js';
import { Observations } from './observations.js';
import { Queues } from './queues.js';
import type { Ground } from './runtime.module.js';
import { Sealing } from './sealing.js';
import { sparingly } from './sparingly.js';

export interface OpenGround extends Ground {
  close(): Promise<void>;
}

/**
 * @param config a configuration with a database: the embedded start has put its own URL in by now.
 * @throws SchemaBehind when the database was not migrated to this release.
 */
export async function openGround(
  config: Config,
  program: string,
  entities: EntityTarget<ObjectLiteral>[],
  more: Pick<DatabaseOptions, 'silentInTransactionInMilliseconds'> = {},
): Promise<OpenGround> {
  const url = config.databaseUrl;
  if (!url)
    throw new Error(
      'DATABASE_URL is missing. Set it, or use `npm start`, which brings a database of its own.',
    );
  const observations = new Observations({ level: config.logLevel });
  await assertMigrated(url);
  const database = await Database.connect(url, {
    entities,
    poolSize: config.databasePoolSize,
    applicationName: `rollcall-${program}`,
    ...more,
  });
  const queues = new Queues({
    databaseUrl: url,
    redisUrl: config.redisUrl,
    prefix: config.queuePrefix,
    onError: sparingly((where, error, repeated) =>
      observations.warn('queue unavailable', { where, error, ...(repeated > 0 ? { repeated } : {}) }),
    ),
  });
  return {
    database,
    queues,
    observations,
    sealing: new Sealing(config.secretKey),
    clock: new Clock(),
    close: async () => {
      await queues.close();
      await database.close();
    },
  };
}
