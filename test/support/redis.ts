/** A Redis server of its own for each test file that needs one: tests flush it, stop it and bring it back. */
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { startGuarded, type Guarded } from '@app/runtime';
import { describe } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { borrowRedis } from './given-redis.js';

export interface TestRedis {
  readonly url: string;
  /** Stops the server for good. */
  stop(): Promise<void>;
  /** Stops the server; everything in it is lost, as nothing is written to disk. */
  goAway(): Promise<void>;
  /** Starts it again, empty, at the same address. */
  comeBack(): Promise<void>;
  /** Forgets everything while everybody is connected. */
  flush(): Promise<void>;
}

const binary = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'redis-server'))
  .find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const given = process.env.REDIS_URL;

/** Skipped where there is no Redis at all; `npm test` says so loudly, and fails under ROLLCALL_TEST_REQUIRE_REDIS=1. */
export const describeWithRedis: typeof describe | typeof describe.skip =
  binary || given ? describe : describe.skip;

export async function startRedis(): Promise<TestRedis> {
  if (!binary && given) return borrowRedis(given);
  if (!binary) throw new Error('there is no Redis here: write describeWithRedis instead of describe');
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server = await start(binary, folder, port, url);
  return {
    url,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
    goAway: async () => void (await server.stop()),
    comeBack: async () => {
      server = await start(binary, folder, port, url);
    },
    flush: () => flush(url),
  };
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url, { disconnectTimeout: 50 });
  redis.on('error', () => {});
  await redis.flushall();
  redis.disconnect();
}

async function start(program: string, folder: string, port: number, url: string): Promise<Guarded> {
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = startGuarded(program, args);
  let ended: number | undefined;
  void server.ended.then((code) => (ended = code));
  await eventually(async () => {
    if (ended !== undefined) throw new Error(`redis-server ended (${ended}): ${server.lastWords()}`);
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, disconnectTimeout: 50 });
    redis.on('error', () => {});
    try {
      await redis.connect();
      await redis.ping();
    } finally {
      redis.disconnect();
    }
  });
  server.unref();
  return server;
}
