/** Ends processes when we are gone, however that happened: a shell that reads from a pipe which only we hold open. */
import { spawn } from 'node:child_process';

/** Signals of the terminal are not for it: it ends when the pipe does. SIGKILL also reaches who is stopped. */
const REAPER = `
trap '' HUP INT TERM
pids=''
while read -r what pid; do
  case $what in
    add) pids="$pids $pid" ;;
    done) exit 0 ;;
  esac
done
for pid in $pids; do
  case $(ps -o args= -p "$pid") in *dist/apps/cli/src/main.js*) kill -KILL "$pid" ;; esac
done 2>/dev/null
`;

export class Reaper {
  private readonly shell = spawn('/bin/sh', ['-c', REAPER], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });

  constructor() {
    this.shell.stdin.on('error', () => {});
    this.shell.unref();
    (this.shell.stdin as unknown as { unref(): void }).unref();
  }

  watch(pid: number): void {
    this.shell.stdin.write(`add ${pid}\n`);
  }

  /** All of them have ended. */
  dismiss(): void {
    this.shell.stdin.end('done\n');
  }
}
