/** A server of an earlier run may still be stopping, or its process id file may name a process that is not it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Observations } from '../observations.js';
import { birthOf, wasStartedWith } from '../processes.js';
import { NoEmbeddedDatabase } from './no-embedded-database.js';

const PATIENCE_IN_SECONDS = 60;
const LOOK_EVERY_IN_MILLISECONDS = 100;

/** Larger than any process id can be, so that nobody has it. */
const NOBODY = 2_147_483_647;

/**
 * Called while we hold the folder's lock: whoever started a server here is gone.
 * @throws when a server of this folder does not stop.
 */
export async function settleLeftOver(cluster: string, log: Pick<Observations, 'info'>): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const pid = Number(text?.split('\n')[0]);
  if (text === undefined || !Number.isInteger(pid) || pid <= 0) return;
  if (wasStartedWith(pid, cluster)) return stopServer(pid, cluster, log);
  if (birthOf(pid) === undefined) return;
  // The number was given to another program since. PostgreSQL would take that one for a server and refuse to start.
  // The file itself stays: its other lines let PostgreSQL make sure that no process of the old server lives.
  await writeFile(file, text.replace(/^\d+/, String(NOBODY)));
}

/** @throws when it does not stop. */
export async function stopServer(
  pid: number,
  cluster: string,
  log: Pick<Observations, 'info'>,
): Promise<void> {
  log.info('waiting for the database of an earlier run to stop', { pid });
  const end = Date.now() + PATIENCE_IN_SECONDS * 1000;
  try {
    process.kill(pid, 'SIGINT');
    while (wasStartedWith(pid, cluster) && Date.now() < end) await pause(LOOK_EVERY_IN_MILLISECONDS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
      throw new NoEmbeddedDatabase(
        `A database server (process ${pid}) still runs in ${cluster} and may not be stopped by us.`,
        {
          cause: error,
        },
      );
  }
  if (wasStartedWith(pid, cluster))
    throw new NoEmbeddedDatabase(
      `The database server of an earlier run (process ${pid}) did not stop within ${PATIENCE_IN_SECONDS} seconds. ` +
        `Look at it, then try again: kill -QUIT ${pid}`,
    );
}
