import { chmod, cp, lstat, mkdir, mkdtemp, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { accountForPostgres, runAs } from './account.js';
import { findBinaries, installedFolder } from './binaries.js';

jest.setTimeout(60_000);

let parent: string;
let closed: string;
let copy: string;
const account = accountForPostgres(undefined);

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rollcall-binaries-'));
  await chmod(parent, 0o711);
  // A checkout in a folder that nobody else may enter, made under a umask that closes its files as well.
  closed = join(parent, 'closed', 'native');
  copy = join(parent, 'copy');
  await mkdir(join(parent, 'closed'));
  await cp(installedFolder(), closed, { recursive: true, verbatimSymlinks: true });
  // As npm leaves it with --ignore-scripts.
  await rm(join(closed, 'lib', 'libpq.so.5'), { force: true });
  await chmod(join(closed, 'share', 'postgresql', 'postgres.bki'), 0o600);
  await chmod(join(closed, 'bin', 'postgres'), 0o600);
  await chmod(join(parent, 'closed'), 0o700);
});

afterAll(() => rm(parent, { recursive: true, force: true }));

describe("PostgreSQL's programs", () => {
  it('are used where npm put them, if the account that runs them can reach them', async () => {
    await chmod(parent, 0o711);
    const reachable = join(parent, 'reachable');
    await cp(installedFolder(), reachable, { recursive: true, verbatimSymlinks: true });
    expect(await findBinaries(account, copy, reachable)).toEqual({ folder: reachable, majorVersion: '18' });
    await rm(reachable, { recursive: true });
  });

  it('are copied from a closed checkout: complete, usable, and writable for nobody else', async () => {
    expect(await findBinaries(account, copy, closed)).toEqual({
      folder: copy,
      majorVersion: '18',
      copiedFrom: closed,
    });
    expect(runAs(account, join(copy, 'bin', 'postgres'), ['--version']).stdout).toMatch(/PostgreSQL\) 18/);
    expect(await readlink(join(copy, 'lib', 'libpq.so.5'))).toMatch(/^libpq\.so\.5\.\d+$/);
    for (const path of [copy, join(copy, 'bin', 'postgres'), join(copy, 'share', 'postgresql')]) {
      const { mode, uid } = await stat(path);
      expect(mode & 0o777).toBe(0o755);
      expect(uid).toBe(process.getuid?.());
    }
  });

  it('are copied once, and again when the copy is no longer whole', async () => {
    const { ino } = await lstat(copy);
    await findBinaries(account, copy, closed);
    expect((await lstat(copy)).ino).toBe(ino);
    await rm(join(copy, 'share', 'postgresql', 'tsearch_data'), { recursive: true });
    await findBinaries(account, copy, closed);
    expect((await stat(join(copy, 'share', 'postgresql', 'tsearch_data'))).isDirectory()).toBe(true);
  });

  it('that do not run here are told so, with the way out', async () => {
    await writeFile(join(closed, 'bin', 'postgres'), 'for another kind of machine');
    await expect(findBinaries(account, copy, closed)).rejects.toThrow(
      /does not run on this machine .*DATABASE_URL/,
    );
  });
});
