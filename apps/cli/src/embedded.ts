/** What the embedded start decides for the operator: a database, a secret key, and that this machine may be called. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings, startEmbeddedPostgres, type Environment, type Observations } from '@app/runtime';

export interface Embedded {
  env: Environment;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.0/8,::1/128';

export async function embeddedEnvironment(
  given: Environment,
  log: Observations,
  onUnexpectedEnd: () => void,
): Promise<Embedded> {
  const { dataDir } = readSettings(given, ['dataDir']);
  const database = await startEmbeddedPostgres({ dataDir, log, onUnexpectedEnd });
  const env = {
    ...given,
    DATABASE_URL: database.url,
    ROLLCALL_SECRET_KEY: given.ROLLCALL_SECRET_KEY ?? (await keptSecretKey(dataDir)),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: given.ROLLCALL_ALLOWED_PRIVATE_NETWORKS ?? LOOPBACK,
  };
  return { env, stop: () => database.stop() };
}

/** Made once; readable by the owner only. Without it the secrets in the database cannot be opened again. */
async function keptSecretKey(dataDir: string): Promise<string> {
  const file = join(dataDir, 'secret-key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(32).toString('base64');
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}
