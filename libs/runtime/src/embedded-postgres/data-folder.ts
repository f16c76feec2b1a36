/** The folder that everything of the embedded database is in, and who may enter it. */
import { constants } from 'node:fs';
import { access, chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { accountForPostgres, firstClosedFolder, type Account } from './account.js';
import { NoEmbeddedDatabase } from './no-embedded-database.js';

export interface DataFolder {
  /** Belongs to who starts Rollcall: the lock, the password, a copy of the binaries. */
  readonly path: string;
  /** Below it, belongs to the account that runs PostgreSQL. */
  readonly home: string;
  readonly account: Account | undefined;
}

/** Makes the folders where needed. @throws when the account cannot get there, with what to do about it. */
export async function openDataFolder(dataDir: string): Promise<DataFolder> {
  // 0711: another account may pass through to its own part, and see nothing on the way.
  const made = await ours(dataDir, () => mkdir(dataDir, { recursive: true, mode: 0o711 }));
  if (made) await chmod(dataDir, 0o711);
  await ours(dataDir, () => access(dataDir, constants.W_OK | constants.X_OK));
  // PostgreSQL's own files name the folder by its real path, and so must we.
  const path = await realpath(dataDir);
  const home = join(path, 'postgres');
  const owner = await stat(home).catch(() => undefined);
  const account = accountForPostgres(owner);
  assertReachable(path, account);
  if (!owner) {
    await mkdir(home, { mode: 0o700 });
    if (account) await chown(home, account.uid, account.gid);
  } else if (account && owner.uid === 0) {
    // A start that was killed between the two steps above left it to root.
    await chown(home, account.uid, account.gid);
  } else if (!account && owner.uid !== process.getuid?.()) {
    throw new NoEmbeddedDatabase(
      `${home} belongs to another account (uid ${owner.uid}). Start Rollcall as that account or as root, ` +
        'or give it a folder of its own with ROLLCALL_DATA_DIR.',
    );
  }
  return { path, home, account };
}

async function ours<Result>(dataDir: string, attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    throw new NoEmbeddedDatabase(
      `The folder for the data, ${dataDir}, cannot be made or written to (${(error as Error).message}). ` +
        'Choose another one with ROLLCALL_DATA_DIR.',
      { cause: error },
    );
  }
}

function assertReachable(path: string, account: Account | undefined): void {
  const closed = firstClosedFolder(path, account);
  if (closed === undefined) return;
  throw new NoEmbeddedDatabase(
    account
      ? `PostgreSQL does not run as root, so the account ${account.name} runs it; that account may not enter ${closed}. ` +
          `Choose another folder for the data (ROLLCALL_DATA_DIR=/var/lib/rollcall npm start), ` +
          `or let others pass through this one (chmod o+x ${closed}).`
      : `The folder ${closed} may not be entered. Choose another one with ROLLCALL_DATA_DIR.`,
  );
}
