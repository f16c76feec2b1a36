/** Other processes: asking them, and what they cost. */
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';

/** Milliseconds on a clock that all processes of this machine share. */
export function now() {
  return performance.timeOrigin + performance.now();
}

export async function start(file) {
  const child = fork(new URL(file, import.meta.url));
  const ended = once(child, 'exit').then(([code]) => {
    if (code) throw new Error(`${file} ended with ${code}`);
  });
  ended.catch(() => undefined);
  const answer = async () => (await Promise.race([once(child, 'message'), ended.then(() => [])]))[0];
  const ask = (message) => {
    child.send(message);
    return answer();
  };
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { pid: child.pid, ask, answer, stop };
}

// USER_HZ: Linux says 100 everywhere that matters.
const TICKS_PER_SECOND = 100;

/** Seconds of processor time of a process and the children it has now; NaN where there is no /proc. */
export function cpuSeconds(pid) {
  try {
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(statOf);
    const own = all.filter((each) => each.pid === pid || each.parent === pid);
    return own.reduce((sum, each) => sum + each.ticks, 0) / TICKS_PER_SECOND;
  } catch {
    return NaN;
  }
}

export function parentOf(pid) {
  return statOf(pid)[0]?.parent;
}

function statOf(pid) {
  try {
    // The name, in brackets, may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isNaN(ticks) ? [] : [{ pid: Number(pid), parent: Number(fields[1]), ticks }];
  } catch {
    return []; // it has ended
  }
}
