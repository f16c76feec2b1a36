/** Lets one launcher at a time install or build in this checkout; the others wait, and then find it done. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './places.mjs';

const LOOK_EVERY_IN_MILLISECONDS = 200;

/** @param {string} what for the person who waits: "build", "install" */
export async function alone(what, work) {
  const file = join(ROOT, '.launching');
  const mine = String(process.pid);
  let told = false;
  while (!take(file, mine)) {
    const holder = holderOf(file);
    if (holder !== undefined && !lives(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told && holder !== undefined)
      console.error(
        `Waiting for the ${what} of process ${holder} (remove .launching if that is not Rollcall) …`,
      );
    told = true;
    await pause(LOOK_EVERY_IN_MILLISECONDS);
  }
  try {
    return await work();
  } finally {
    if (holderOf(file) === process.pid) rmSync(file, { force: true });
  }
}

/** A link is made only when the name is free, and the file behind it is complete from its first moment. */
function take(file, mine) {
  const draft = `${file}.${mine}`;
  try {
    writeFileSync(draft, mine);
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
