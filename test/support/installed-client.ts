/** `@rollcall/client` as others have it: packed, and unpacked into the `node_modules` of a folder that has nothing else. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface InstalledClient {
  /** Programs in it can import the client. */
  folder: string;
  /** What the tarball holds. */
  files: string[];
}

/** @param packages of ours that are there, too: `pg`. Nothing is fetched from anywhere. */
export async function installedClient(packages: readonly string[] = []): Promise<InstalledClient> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-client-')));
  const pack = ['pack', '--json', '--offline', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: join('packages', 'client') });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  const modules = join(folder, 'node_modules');
  const client = join(modules, '@rollcall', 'client');
  await mkdir(client, { recursive: true });
  const tarball = join(folder, packed!.filename.split('/').at(-1)!);
  await run('tar', ['-xzf', tarball, '-C', client, '--strip-components=1']);
  for (const name of packages) await symlink(await realpath(join('node_modules', name)), join(modules, name));
  return { folder, files: packed!.files.map(({ path }) => path) };
}
