/** What can be known of another process: whether it lives, since when, and what it was started as. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const PROC = existsSync('/proc/self/stat');

/** A text that no other process with the same id shares; undefined when there is no such process. */
export function birthOf(pid: number): string | undefined {
  if (!PROC) return ask(pid, 'lstart=');
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = fieldsAfterName(stat);
  // A zombie has ended already; only its parent has not heard of it yet.
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // Field 22 is the start time in ticks since the machine's start, hence the id of that start too.
  return `${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''} ${fields[19]}`;
}

/** Whether the process lives and `word` is one of the words it was started with. */
export function wasStartedWith(pid: number, word: string): boolean {
  if (birthOf(pid) === undefined) return false;
  if (!PROC) return ask(pid, 'command=')?.includes(word) ?? false;
  return read(`/proc/${pid}/cmdline`)?.split('\0').includes(word) ?? false;
}

export function parentOf(pid: number): number | undefined {
  if (!PROC) return Number(ask(pid, 'ppid=')) || undefined;
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : Number(fieldsAfterName(stat)[1]);
}

/** The program's file name, such as `node` or `sh`. */
export function nameOf(pid: number): string | undefined {
  return PROC ? read(`/proc/${pid}/comm`)?.trim() : ask(pid, 'comm=')?.split('/').pop();
}

/** The second field is the program's name in parentheses and may itself contain spaces and parentheses. */
function fieldsAfterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function ask(pid: number, what: string): string | undefined {
  try {
    const answer = execFileSync('ps', ['-o', what, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return answer.trim() || undefined;
  } catch {
    return undefined;
  }
}
