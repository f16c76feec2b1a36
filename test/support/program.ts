/** Runs one of our programs as an operator would: a process of its own, with nothing in its environment but what is given. */
import { spawn } from 'node:child_process';
import { basename, join } from 'node:path';

export interface RunningProgram {
  readonly pid: number;
  /** The first line that says "listening"; fails if the program ends before. */
  readonly ready: Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Everything said so far, on both channels. */
  output(): string;
  /** The lines of the log that are JSON. */
  observations(): Record<string, unknown>[];
  /** As Ctrl-C does: SIGINT, then waits. */
  stop(): Promise<void>;
  /** As the out-of-memory killer does. */
  kill9(): Promise<void>;
}

const MAIN = join(process.cwd(), 'dist', 'apps', 'cli', 'src', 'main.js');

// A program that was told to stop and does not is a failed test, not a hanging one.
const STOP_WITHIN_IN_SECONDS = 30;

export function runProgram(
  verb: string,
  env: Record<string, string> = {},
  args: string[] = [],
): RunningProgram {
  return run(verb, [MAIN, verb, ...args], env);
}

/** A program of somebody else, such as an example. */
export function runScript(file: string, env: Record<string, string> = {}): RunningProgram {
  return run(basename(file), [file], env);
}

function run(verb: string, args: string[], env: Record<string, string>): RunningProgram {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const child = spawn(process.execPath, args, {
    env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let onOutput = (): void => {};
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput();
    });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const ready = new Promise<string>((resolve, reject) => {
    onOutput = () => {
      // The part after the last line break may be half a line.
      const line = output.slice(0, output.lastIndexOf('\n')).match(/^.*\blistening\b.*$/m)?.[0];
      if (line === undefined) return;
      onOutput = () => {}; // a program may go on to say a great deal
      resolve(line);
    };
    ended.then(
      ({ code, signal }) =>
        reject(new Error(`${verb} ended (${code ?? signal}) before it listened:\n${output}`)),
      reject,
    );
  });
  // A test that kills the program before it listens need not wait for `ready`.
  ready.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ready,
    ended,
    output: () => output,
    observations: () => output.split('\n').flatMap(asObservation),
    stop: async () => {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_IN_SECONDS * 1000);
      const { signal } = await ended;
      clearTimeout(late);
      if (signal === 'SIGKILL')
        throw new Error(`${verb} did not stop within ${STOP_WITHIN_IN_SECONDS} seconds:\n${output}`);
    },
    kill9: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function asObservation(line: string): Record<string, unknown>[] {
  try {
    return line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [];
  } catch {
    return [];
  }
}
