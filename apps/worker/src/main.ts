/**
 * The worker: follows the log and runs errands. Started by the command line (`worker`, or together with a hub by `start`), where
 * revocations have a thread of their own: see fast-lane.ts.
 */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  AttemptUpkeep,
  DELIVERY_GAUGES,
  HttpSender,
  readDeliveryGauges,
  readReceiptGauges,
  RECEIPT_GAUGES,
  URGENCIES,
  type Urgency,
} from '@app/delivery';
import { typesOfCauses } from '@app/revocation';
import {
  nestLogger,
  openGround,
  type Config,
  type Metrics,
  type Observing,
  type OpenGround,
} from '@app/runtime';
import { SigningKeys, TENANCY_ENTITIES } from '@app/tenancy';
import { ErrandsProcessor } from './errands.processor.js';
import { Sweep } from './sweep.js';
import { TestsProcessor } from './tests.processor.js';
import { WakeProcessor } from './wake.processor.js';
import { WorkerModule } from './worker.module.js';
import { Workshop } from './workshop.js';

/**
 * A worker's transactions are short, and one that is stopped or cut off in the middle of one would hold the router's
 * checkpoint, or the log head, against everybody.
 */
const SILENT_IN_TRANSACTION_IN_MILLISECONDS = 5_000;

export interface RunningWorker {
  /** Takes no more tickets, lets the requests in hand end (each has a deadline), writes down what came of them. */
  close(): Promise<void>;
}

export interface WorkerOptions {
  version: string;
  /** Metrics and traces of this process, where they are wanted. */
  observing?: Observing;
  /** Whose work is done in this thread; all of it unless told otherwise. */
  urgencies?: readonly Urgency[];
  /** What must be there as well before it says that it listens. */
  besides?: Promise<unknown>;
}

/** Any number may run. @param config with a database URL. */
export async function startWorker(config: Config, options: WorkerOptions): Promise<RunningWorker> {
  const ground = await openGround(config, 'worker', TENANCY_ENTITIES, {
    silentInTransactionInMilliseconds: SILENT_IN_TRANSACTION_IN_MILLISECONDS,
  });
  options.observing?.attach(ground, 'worker');
  const { urgencies = URGENCIES } = options;
  const stopping = new AbortController();
  const app = await NestFactory.createApplicationContext(
    WorkerModule.of({ ground, config, version: options.version, stopping: stopping.signal, urgencies }),
    { logger: nestLogger(ground.observations) },
  );
  await app.get(SigningKeys).ensure();
  // What is one for the installation, or for the process, is that of whoever sends webhooks.
  const isMain = urgencies.includes('soon');
  const upkeep = app.get(AttemptUpkeep);
  if (isMain) await upkeep.start();
  if (isMain && options.observing?.metrics) measure(options.observing.metrics, ground, app.get(Workshop));
  app.get(WakeProcessor).start();
  app.get(ErrandsProcessor).start();
  if (isMain) app.get(TestsProcessor).start();
  app.get(Sweep).start();
  await options.besides;
  if (isMain) ground.observations.info('worker listening', { queue: ground.queues.backend });
  return {
    close: async () => {
      stopping.abort();
      await upkeep.stop();
      await app.get(Sweep).stop();
      await ground.queues.close();
      await app.get(ErrandsProcessor).stop();
      await app.get(HttpSender).close();
      await app.close();
      await ground.database.close();
    },
  };
}

/** What is asked of the database and of the queues; a nervous Prometheus must not ask more often than this. */
const READ_EVERY_IN_MILLISECONDS = 5_000;

function measure(metrics: Metrics, { queues }: OpenGround, { engine }: Workshop): void {
  metrics.addSource({
    names: DELIVERY_GAUGES,
    keptForMilliseconds: READ_EVERY_IN_MILLISECONDS,
    read: () => readDeliveryGauges(engine.database, engine.protocols, engine.clock.now()),
  });
  metrics.addSource({
    names: RECEIPT_GAUGES,
    keptForMilliseconds: READ_EVERY_IN_MILLISECONDS,
    read: () =>
      readReceiptGauges(engine.database, engine.protocols, {
        eventTypes: typesOfCauses(),
        now: engine.clock.now(),
      }),
  });
  metrics.addSource({
    names: ['rollcall_queue_depth'],
    keptForMilliseconds: READ_EVERY_IN_MILLISECONDS,
    read: async () => {
      const depths = await queues.depths();
      return depths.map(({ queue, depth }) => ({
        name: 'rollcall_queue_depth',
        labels: { queue },
        value: depth,
      }));
    },
  });
}
