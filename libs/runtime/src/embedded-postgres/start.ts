/** The embedded start's PostgreSQL: real, durable, on this machine only, and gone when this process is gone. */
import { join } from 'node:path';
import type { Observations } from '../observations.js';
import type { Account } from './account.js';
import { findBinaries, type Binaries } from './binaries.js';
import { ensureCluster, readKeys, writeKeys, type Keys } from './cluster.js';
import { DATABASE, ensureDatabase, untilItAnswers, urlOf } from './connect.js';
import { openDataFolder } from './data-folder.js';
import { lockFolder } from './data-lock.js';
import { freePort } from './free-port.js';
import { startGuarded, type Guarded } from './guardian.js';
import { settleLeftOver } from './left-over.js';
import { serverArguments } from './server-settings.js';
import { NoEmbeddedDatabase } from './no-embedded-database.js';

export interface EmbeddedPostgresOptions {
  dataDir: string;
  /** Without it, the port of the last start if it is free, else one that the system chooses. */
  port?: number;
  log: Pick<Observations, 'debug' | 'info' | 'warn' | 'error'>;
  /** The server ended although nobody asked it to. */
  onUnexpectedEnd?: (reason: Error) => void;
}

export interface EmbeddedPostgres {
  readonly url: string;
  readonly port: number;
  /** Stops the server and gives the folder free. Close all connections first: the server does not wait for them. */
  stop(): Promise<void>;
}

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32')
    throw new NoEmbeddedDatabase(
      'The embedded PostgreSQL runs on Linux and macOS; here, set DATABASE_URL to a PostgreSQL server.',
    );
  const folder = await openDataFolder(options.dataDir);
  const release = await lockFolder(folder.path);
  try {
    const { home, account } = folder;
    const binaries = await findBinaries(account, join(folder.path, 'postgres-programs'));
    if (binaries.copiedFrom)
      options.log.info('the database runs from a copy of its programs', {
        because: `the account that runs it cannot use ${binaries.copiedFrom}`,
        copy: binaries.folder,
      });
    const keys = await readKeys(folder.path);
    const made = await ensureCluster({ home, binaries, account, password: keys.password });
    if (made) options.log.info('database made', { folder: home });
    const cluster = join(home, 'cluster');
    await settleLeftOver(cluster, options.log);
    const server = await startOnFreePort({ cluster, binaries, account, keys }, options);
    await writeKeys(folder.path, { ...keys, port: server.port });
    return await handOver({ server, password: keys.password, cluster, release }, options);
  } catch (error) {
    await release();
    throw error;
  }
}

interface Server {
  port: number;
  guarded: Guarded;
}

interface ServerOptions {
  cluster: string;
  binaries: Binaries;
  account: Account | undefined;
  keys: Keys;
}

// Between choosing a free port and taking it, another program can take it; thrice in a row is not chance.
const PORTS_TO_TRY = 3;

async function startOnFreePort(
  { cluster, binaries, account, keys }: ServerOptions,
  options: EmbeddedPostgresOptions,
): Promise<Server> {
  for (let tried = 1; ; tried++) {
    const port = options.port ?? (await freePort(tried === 1 ? keys.port : undefined));
    const guarded = startGuarded(join(binaries.folder, 'bin', 'postgres'), serverArguments(cluster, port), {
      account,
      onLine: (line) => options.log.debug('postgres', { line }),
    });
    try {
      await untilItAnswers(guarded, urlOf(port, keys.password, 'postgres'));
      return { port, guarded };
    } catch (error) {
      await guarded.stop();
      const taken = /could not bind|could not create any TCP/.test(guarded.lastWords());
      if (!taken || options.port !== undefined || tried === PORTS_TO_TRY) throw error;
    }
  }
}

interface Running {
  server: Server;
  password: string;
  cluster: string;
  release: () => Promise<void>;
}

async function handOver(
  { server: { port, guarded }, password, cluster, release }: Running,
  { log, onUnexpectedEnd }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  try {
    await ensureDatabase(urlOf(port, password, 'postgres'));
  } catch (error) {
    await guarded.stop();
    throw error;
  }
  // A program that has nothing left to do may end; the server then ends with it.
  guarded.unref();
  log.info('database started', { port });
  let stopping: Promise<void> | undefined;
  void guarded.ended.then((code) => {
    if (stopping) return;
    const reason = new Error(`the database ended by itself (exit code ${code}): ${guarded.lastWords()}`);
    log.error('database ended', { error: reason });
    onUnexpectedEnd?.(reason);
  });
  const stop = async (): Promise<void> => {
    await guarded.stop();
    // Where the guardian was killed, its watcher has asked the server to stop, and we wait for that.
    await settleLeftOver(cluster, log);
    await release();
    log.info('database stopped');
  };
  return { url: urlOf(port, password, DATABASE), port, stop: () => (stopping ??= stop()) };
}
