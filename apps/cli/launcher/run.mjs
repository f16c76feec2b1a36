import { spawn } from 'node:child_process';
import { ROOT } from './places.mjs';
import { Problem } from './problem.mjs';

const running = new Set();

// Ctrl-C reaches the whole terminal, so the command ends by itself; what npm passes on reaches only us. Either way
// the command is waited for: it may have a database to stop.
const wait = () => {};
const passOn = () => {
  for (const child of running) child.kill('SIGTERM');
};

/** Only while a command runs: the program that is started afterwards, in this process, has its own way to stop. */
function listenToSignals(on) {
  const change = on ? 'on' : 'off';
  process[change]('SIGINT', wait);
  process[change]('SIGTERM', passOn);
}

/**
 * Runs a command to its end and keeps what it says.
 * @param {'both' | 'stderr'} keep jest writes its report for programs to stdout and that for people to stderr
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, env = {}, keep = 'both') {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += keep === 'both' ? text : ''));
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    if (running.size === 0) listenToSignals(true);
    running.add(child);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running.delete(child);
      if (running.size === 0) listenToSignals(false);
      if (signal === 'SIGINT' || code === 130) reject(new Problem('Stopped.', 130));
      else resolve({ code: code ?? 1, output });
    });
  });
}

/** Runs a step that a person waits for: says what it is, and how long it took. */
export async function step(title, work) {
  const start = performance.now();
  process.stderr.write(`${title} … `);
  try {
    const result = await work();
    process.stderr.write(`${secondsSince(start)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write(`failed after ${secondsSince(start)} s\n`);
    throw error;
  }
}

export function secondsSince(start) {
  return ((performance.now() - start) / 1000).toFixed(1);
}
