/** The worker: follows the log and runs errands. Started by the command line (`worker`, or together with a hub by `start`). */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { HttpSender } from '@app/delivery';
import { nestLogger, openGround, type Config } from '@app/runtime';
import { SigningKeys, TENANCY_ENTITIES } from '@app/tenancy';
import { ErrandsProcessor } from './errands.processor.js';
import { Sweep } from './sweep.js';
import { TestsProcessor } from './tests.processor.js';
import { WakeProcessor } from './wake.processor.js';
import { WorkerModule } from './worker.module.js';

export interface RunningWorker {
  /** Takes no more tickets, lets the requests in hand end (each has a deadline), writes down what came of them. */
  close(): Promise<void>;
}

/** Any number may run. @param config with a database URL. */
export async function startWorker(config: Config, options: { version: string }): Promise<RunningWorker> {
  const ground = await openGround(config, 'worker', TENANCY_ENTITIES);
  const stopping = new AbortController();
  const app = await NestFactory.createApplicationContext(
    WorkerModule.of({ ground, config, version: options.version, stopping: stopping.signal }),
    { logger: nestLogger(ground.observations) },
  );
  await app.get(SigningKeys).ensure();
  app.get(WakeProcessor).start();
  app.get(ErrandsProcessor).start();
  app.get(TestsProcessor).start();
  app.get(Sweep).start();
  ground.observations.info('worker listening', { queue: ground.queues.backend });
  return {
    close: async () => {
      stopping.abort();
      await app.get(Sweep).stop();
      await ground.queues.close();
      await app.get(ErrandsProcessor).stop();
      await app.get(HttpSender).close();
      await app.close();
      await ground.database.close();
    },
  };
}
