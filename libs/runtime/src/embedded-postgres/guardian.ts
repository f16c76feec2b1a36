/**
 * Starts a server that ends when this process ends, however that happens: also by SIGKILL, and also when every Node
 * process is killed at once. A guardian, a shell of a few hundred kilobytes, starts the server and reads from a pipe
 * that only this process holds open. When the pipe closes, the guardian stops the server and waits for it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Account } from './account.js';

/**
 * Asynchronous commands of a shell read from /dev/null, hence descriptor 3 for the pipe. The watcher is a process of
 * its own, so that the server is stopped even when somebody kills the guardian. Signals meant for a whole session
 * are ignored: the program closes first and the server last. The guardian waits for everything it started, so that
 * nothing is left to a process 1 that may not care. USR1 ends a watcher that has nothing more to watch.
 */
const GUARDIAN = `
trap '' HUP INT TERM
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
{
  while read -r _; do :; done <&3
  trap '' USR1
  kill -INT "$server"
  patience=600
  while [ "$patience" -gt 0 ] && kill -0 "$server"; do
    sleep 0.1 || sleep 1
    patience=$((patience - 1))
  done
  kill -QUIT "$server"
} 2>/dev/null &
watcher=$!
wait "$server"
code=$?
kill -USR1 "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$code"
`;

/** Nothing of the operator's environment reaches a server: no PGDATA, no PGPORT, no secret. */
const ENVIRONMENT = {
  PATH: '/usr/bin:/bin:/usr/local/bin:/run/current-system/sw/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

// Enough to explain a failed start.
const LINES_KEPT = 20;

export interface Guarded {
  /** Ends once the server has ended; with its exit code (128 + signal where a signal ended it). */
  readonly ended: Promise<number>;
  /** What the server said last. */
  lastWords(): string;
  /** Asks the server to stop (SIGINT; SIGQUIT after a minute) and waits until it has. */
  stop(): Promise<number>;
  /** Lets this process end although the server runs: it then ends with it. */
  unref(): void;
}

export interface GuardedOptions {
  account?: Account | undefined;
  onLine?: (line: string) => void;
}

export function startGuarded(
  command: string,
  args: readonly string[],
  options: GuardedOptions = {},
): Guarded {
  const guardian = spawn('/bin/sh', ['-c', GUARDIAN, 'rollcall-guardian', command, ...args], {
    // A session of its own: Ctrl-C in the terminal reaches the program, not the server.
    detached: true,
    cwd: '/',
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.account ? { uid: options.account.uid, gid: options.account.gid } : {}),
  });
  const lines = linesOf(guardian, options.onLine);
  const ended = new Promise<number>((resolve, reject) => {
    guardian.on('error', reject);
    guardian.on('exit', (code, signal) => {
      guardian.stdin.destroy();
      resolve(code ?? (signal === 'SIGKILL' ? 137 : 1));
    });
  });
  // Whoever waits for `ended` sees the failure; nobody waiting is no reason to crash.
  ended.catch(() => {});
  guardian.stdin.on('error', () => {});
  return {
    ended,
    lastWords: () => lines.join('\n'),
    stop: () => {
      guardian.ref();
      guardian.stdin.end();
      return ended;
    },
    unref: () => {
      for (const handle of [guardian, guardian.stdin, guardian.stdout, guardian.stderr])
        (handle as { unref?: () => void }).unref?.();
    },
  };
}

function linesOf(process: ChildProcess, onLine: ((line: string) => void) | undefined): string[] {
  const kept: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.filter((each) => each.trim() !== '')) {
        kept.push(line);
        if (kept.length > LINES_KEPT) kept.shift();
        onLine?.(line);
      }
    });
  }
  return kept;
}
