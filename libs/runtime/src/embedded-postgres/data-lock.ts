/** Two programs must not use one data folder: the first leaves a file with its process id, the second says who is there. */
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { birthOf } from '../processes.js';

export class FolderInUse extends Error {
  constructor(folder: string, pid: number) {
    super(
      `The folder ${folder} is in use by process ${pid}. ` +
        'Stop that one first, or give this one a folder of its own with ROLLCALL_DATA_DIR.',
    );
    this.name = 'FolderInUse';
  }
}

interface Holder {
  pid: number;
  /** Process ids are given out again, after a restart of the machine or in a container; the birth tells them apart. */
  birth: string;
}

/** @returns what gives the folder free again. A holder that was killed loses its right by that. @throws FolderInUse */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'lock');
  const mine = JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) ?? '' } satisfies Holder);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, mine, { mode: 0o644 });
  try {
    // A link is made only when the name is free, and the file behind it is complete from its first moment.
    while (!(await succeeds(link(draft, file)))) await takeFromTheDead(folder, file);
  } finally {
    await rm(draft, { force: true });
  }
  return async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
  };
}

async function takeFromTheDead(folder: string, file: string): Promise<void> {
  const seen = contentOf(file);
  if (seen === undefined) return;
  const holder = holderIn(seen);
  if (holder && birthOf(holder.pid) === holder.birth) throw new FolderInUse(folder, holder.pid);
  const aside = `${file}.left-by-${holder?.pid ?? 'nobody'}.${process.pid}`;
  if (!(await succeeds(rename(file, aside)))) return;
  // Somebody quicker may have replaced the dead holder's file just before the rename: then it is given back.
  if (contentOf(aside) !== seen) await succeeds(link(aside, file));
  await rm(aside, { force: true });
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function holderIn(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    return typeof holder.pid === 'number' && typeof holder.birth === 'string'
      ? (holder as Holder)
      : undefined;
  } catch {
    return undefined;
  }
}

async function succeeds(attempt: Promise<void>): Promise<boolean> {
  try {
    await attempt;
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
