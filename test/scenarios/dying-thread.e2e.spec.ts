/** A worker without its thread of revocations would look alive and tell nobody of those who leave. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../support/index.js';
import { runProgram } from '../support/program.js';

const PRELOADED = pathToFileURL(join(process.cwd(), 'test', 'support', 'dying-thread.mjs')).href;

let database: FreshDatabase;
let folder: string;

beforeEach(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'rollcall-thread-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
  await database.drop();
});

it.each([
  ['throws', 'something that nobody catches'],
  ['exits', 'the thread of revocations ended by itself (7)'],
])(
  'a worker whose thread of revocations %s ends with an error, so that its supervisor starts it again',
  async (how, said) => {
    const file = join(folder, 'how');
    const worker = runProgram('worker', {
      DATABASE_URL: database.url,
      ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
      NODE_OPTIONS: `--import=${PRELOADED}`,
      HOW_THE_THREAD_ENDS: file,
    });
    try {
      await worker.ready;
      await writeFile(file, how);
      const { code, signal } = await worker.ended;
      expect({ code, signal }).toEqual({ code: 1, signal: null });
      expect(worker.output()).toContain(said);
    } finally {
      await worker.kill9();
    }
  },
  60_000,
);
