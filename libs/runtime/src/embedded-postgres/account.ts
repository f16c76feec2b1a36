/** PostgreSQL refuses to run as root: there an account that exists already runs it. No account is made or changed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { NoEmbeddedDatabase } from './no-embedded-database.js';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * @param owner of the database's folder, if there is one: its files stay with whoever made them.
 * @returns undefined when this process may run PostgreSQL itself.
 */
export function accountForPostgres(owner: { uid: number; gid: number } | undefined): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (owner && owner.uid !== 0) return { name: `uid ${owner.uid}`, ...owner };
  for (const name of ['postgres', 'nobody']) {
    const account = lookUp(name);
    if (account) return account;
  }
  throw new NoEmbeddedDatabase(
    'PostgreSQL does not run as root, and there is neither an account `postgres` nor `nobody` to run it as. ' +
      'Start Rollcall as an ordinary user, or give it a PostgreSQL server with DATABASE_URL.',
  );
}

function lookUp(name: string): Account | undefined {
  const ask = (what: '-u' | '-g'): number =>
    Number(execFileSync('id', [what, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    const account = { name, uid: ask('-u'), gid: ask('-g') };
    return account.uid > 0 && account.gid > 0 ? account : undefined;
  } catch {
    return undefined;
  }
}

const FIRST_CLOSED_FOLDER = 'for folder do [ -x "$folder" ] || { printf %s "$folder"; exit 0; }; done';

/** The topmost folder on the way to `path` that the account may not enter. It is asked by trying, so ACLs count. */
export function firstClosedFolder(path: string, account: Account | undefined): string | undefined {
  const way: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    way.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  const answer = runAs(account, '/bin/sh', ['-c', FIRST_CLOSED_FOLDER, 'sh', ...way]);
  return answer.stdout || undefined;
}

/** Runs a short command as the account, to see what it may do. */
export function runAs(
  account: Account | undefined,
  command: string,
  args: string[],
): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: '/',
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  });
  return { code: status, stdout: stdout ?? '', stderr: error?.message ?? stderr ?? '' };
}
