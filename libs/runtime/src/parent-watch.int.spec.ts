import { spawn } from 'node:child_process';
import { describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../test/support/index.js';
import { birthOf } from './processes.js';

jest.setTimeout(30_000);

const WATCHER = `
  import { onParentGone } from './dist/libs/runtime/src/parent-watch.js';
  onParentGone(() => process.exit(0));
  setInterval(() => {}, 1000);
  console.log(process.pid);
`;

/** In the place of npm: a process that runs a command line in a shell. */
const STARTER = `
  const { spawn } = require('node:child_process');
  spawn('/bin/sh', ['-c', process.argv[1], 'sh', process.execPath, process.argv[2]], { stdio: 'inherit' });
`;

describe('a program notices that its starter is gone', () => {
  it.each([
    ['where the shell became the program', 'exec "$1" --input-type=module -e "$2"'],
    ['where the shell stayed in between', '"$1" --input-type=module -e "$2"; true'],
  ])('%s', async (_where, line) => {
    const starter = spawn(process.execPath, ['-e', STARTER, line, WATCHER], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve, reject) => {
      starter.stdout.setEncoding('utf8').on('data', (text: string) => resolve(Number(text)));
      starter.on('exit', () => reject(new Error('the starter ended')));
    });
    expect(birthOf(pid)).toBeDefined();
    // Long enough to see that it does not end without a reason.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(birthOf(pid)).toBeDefined();
    starter.kill('SIGKILL');
    await eventually(() => expect(birthOf(pid)).toBeUndefined(), { withinInSeconds: 5 });
  });
});
