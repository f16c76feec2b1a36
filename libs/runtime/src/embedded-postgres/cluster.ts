/** Makes the database's files on first use, and keeps what is needed to get in again: the password and the last port. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { startGuarded } from './guardian.js';
import { NoEmbeddedDatabase } from './no-embedded-database.js';

/** Kept in `<data folder>/postgres.json`, readable only by who starts Rollcall. */
export interface Keys {
  password: string;
  port?: number;
}

export async function readKeys(dataDir: string): Promise<Keys> {
  const file = join(dataDir, 'postgres.json');
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Keys;
  if (existsSync(join(dataDir, 'postgres', 'cluster')))
    throw new NoEmbeddedDatabase(
      `${file} is missing; it holds the password of the database beside it. Put it back from a backup, ` +
        'or start with another ROLLCALL_DATA_DIR.',
    );
  const keys = { password: randomBytes(24).toString('base64url') };
  await writeKeys(dataDir, keys);
  return keys;
}

export async function writeKeys(dataDir: string, keys: Keys): Promise<void> {
  const file = join(dataDir, 'postgres.json');
  await writeFile(`${file}.new`, `${JSON.stringify(keys)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export interface ClusterOptions {
  /** The folder that belongs to the account; the database's files are in `cluster` below it. */
  home: string;
  binaries: Binaries;
  account: Account | undefined;
  password: string;
}

/** @returns whether it was made now. */
export async function ensureCluster(options: ClusterOptions): Promise<boolean> {
  const cluster = join(options.home, 'cluster');
  if (existsSync(cluster)) {
    await assertSameVersion(cluster, options.binaries.majorVersion);
    return false;
  }
  // The name appears only when initdb is through: a start that is killed half-way begins anew next time.
  const unfinished = `${cluster}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await withPasswordFile(options, async (passwordFile) => {
    const initdb = startGuarded(
      join(options.binaries.folder, 'bin', 'initdb'),
      [
        `--pgdata=${unfinished}`,
        `--pwfile=${passwordFile}`,
        '--username=postgres',
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The same order and the same upper and lower case on every machine, whatever locales it has.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ],
      { account: options.account },
    );
    const code = await initdb.ended;
    if (code !== 0)
      throw new NoEmbeddedDatabase(
        `PostgreSQL could not make its files in ${options.home}: ${initdb.lastWords()}`,
      );
  });
  await rename(unfinished, cluster);
  return true;
}

/** initdb reads the password from a file that its account must be able to read; the file lives for these seconds only. */
async function withPasswordFile(
  options: ClusterOptions,
  work: (file: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(options.home, '..', 'first-start-'));
  try {
    const file = join(folder, 'password');
    await writeFile(file, `${options.password}\n`, { mode: 0o600 });
    if (options.account) {
      await chown(file, options.account.uid, options.account.gid);
      await chown(folder, options.account.uid, options.account.gid);
    }
    await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function assertSameVersion(cluster: string, majorVersion: string): Promise<void> {
  const made = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (made === majorVersion) return;
  throw new NoEmbeddedDatabase(
    `The database in ${cluster} was made by PostgreSQL ${made}, and this release brings PostgreSQL ${majorVersion}. ` +
      'Dump it with the earlier release and load it into a new ROLLCALL_DATA_DIR (docs/operations.md).',
  );
}
