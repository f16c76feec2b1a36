/**
 * Revocations have a thread of their own, with a router, queues, places and database connections of their own: a process that
 * sends as many webhooks as it can is late for everything that it does, and this must not be late.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Config } from '@app/runtime';
import { startWorker, type RunningWorker, type WorkerOptions } from './main.js';
import { connectionsOf, lanesOf, type FastLaneOrder, type FastLaneWord } from './fast-lane-words.js';

/** A worker with both: webhooks here, revocations in their thread. A thread that ends by itself ends the program. */
export async function startWorkerWithFastLane(
  config: Config,
  options: WorkerOptions,
): Promise<RunningWorker> {
  const lanes = lanesOf(config);
  const starting = startThread(lanes.revocations, options);
  starting.catch(() => undefined); // whoever waits for it below hears of it
  const own = { ...options, urgencies: ['soon'], besides: starting } as const;
  const worker = await startWorker(lanes.webhooks, own).catch(async (error: unknown) => {
    await starting.then((fastLane) => fastLane.close()).catch(() => undefined);
    throw error;
  });
  const fastLane = await starting;
  return {
    close: async () => {
      await Promise.all([worker.close(), fastLane.close()]);
    },
  };
}

async function startThread(config: Config, { version, observing }: WorkerOptions): Promise<RunningWorker> {
  const order: FastLaneOrder = { config, version, heard: observing?.hears ?? false };
  const thread = new Worker(new URL('./fast-lane-thread.js', import.meta.url), { workerData: order });
  const ended = once(thread, 'exit');
  let closing = false;
  let connections = { inUse: 0, idle: 0, waiting: 0 };
  const listening = new Promise<void>((resolve, reject) => {
    thread.once('error', reject);
    thread.on('message', (word: FastLaneWord) => {
      if (word.kind === 'listening') resolve();
    });
    void ended.then(() => reject(new Error('the thread of revocations ended before it listened')));
  });
  if (observing?.hears) {
    observing.attach(
      {
        observations: {
          heardBy: (listener) =>
            void thread.on('message', (word: FastLaneWord) => {
              if (word.kind === 'observed') listener(word.event, word.fields);
            }),
        },
        database: {
          get connections() {
            return connections;
          },
        },
      },
      'fast-lane',
    );
    thread.on('message', (word: FastLaneWord) => {
      if (word.kind === 'connections') connections = connectionsOf(word);
    });
  }
  await listening;
  // Like an error that nobody catches in the main thread: whoever supervises the program starts it again.
  void ended.then(([code]) => {
    if (!closing) throw new Error(`the thread of revocations ended by itself (${code})`);
  });
  return {
    close: async () => {
      closing = true;
      thread.postMessage('close');
      await ended;
    },
  };
}
