/** The thread of revocations: started by fast-lane.ts, and nothing but a worker with only them. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Observed, Observing } from '@app/runtime';
import { configGiven, type FastLaneOrder, type FastLaneWord } from './fast-lane-words.js';
import { startWorker } from './main.js';

const CONNECTIONS_EVERY_IN_MILLISECONDS = 2_000;

const port = parentPort!;
const order = workerData as FastLaneOrder;
const say = (word: FastLaneWord): void => port.postMessage(word);

/** Metrics and traces are made in the main thread, out of what this one hears. */
const elsewhere: Observing = {
  hears: true,
  metrics: undefined,
  metricsPort: undefined,
  attach: ({ observations, database }: Observed) => {
    observations.heardBy((event, fields) => say({ kind: 'observed', event, fields: { ...fields } }));
    setInterval(
      () => say({ kind: 'connections', ...database.connections }),
      CONNECTIONS_EVERY_IN_MILLISECONDS,
    ).unref();
  },
  close: () => Promise.resolve(),
};

const worker = await startWorker(configGiven(order), {
  version: order.version,
  urgencies: ['now'],
  ...(order.heard ? { observing: elsewhere } : {}),
});
port.on('message', () => {
  void worker.close().finally(() => port.close());
});
say({ kind: 'listening' });
