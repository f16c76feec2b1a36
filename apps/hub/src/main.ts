/** The hub: answers HTTP. Started by the command line (`hub`, or together with a worker by `start`). */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AddressGuard, Bell, WAKE_QUEUE } from '@app/delivery';
import { nestLogger, openGround, type Config } from '@app/runtime';
import { ApiKeys, SigningKeys, TENANCY_ENTITIES } from '@app/tenancy';
import { bodyValidation } from './consumer/validation.js';
import { DirectorySetUp } from './directory-set-up.js';
import { firstSteps, type FirstSteps } from './first-steps.js';
import { AllErrorsFilter } from './http/all-errors.filter.js';
import { dress, makeAdapter } from './http/server.js';
import { HubModule } from './hub.module.js';
import { HubSettings } from './hub-settings.js';
import { LogMoved } from './log-moved.js';

export interface RunningHub {
  url: string;
  /** What was made for a new installation; undefined when somebody was here before. */
  made: FirstSteps | undefined;
  close(): Promise<void>;
}

/** @param config with a database URL. @param options.makeFirst makes an organization and a directory when there is none. */
export async function startHub(
  config: Config,
  options: { version: string; makeFirst?: boolean },
): Promise<RunningHub> {
  const ground = await openGround(config, 'hub', TENANCY_ENTITIES);
  const { observations } = ground;
  const settings = new HubSettings(config.publicUrl, options.version);
  const bell = new Bell(ground.queues.queue(WAKE_QUEUE), observations);
  const guard = new AddressGuard({ allowedNetworks: config.allowedPrivateNetworks });
  const module = HubModule.of({ ground, settings, logMoved: new LogMoved(() => bell.ring()), guard });
  const errors = new AllErrorsFilter(observations);
  const adapter = makeAdapter({
    bodyLimitInBytes: config.scimBodyLimitInBytes,
    answerError: (error, request, reply) => errors.answer(error, request, reply),
    observations,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(observations),
    bodyParser: false,
  });
  dress(app.getHttpAdapter().getInstance() as unknown as FastifyInstance, observations);
  app.useGlobalFilters(errors);
  app.useGlobalPipes(bodyValidation());
  await app.get(SigningKeys).ensure();
  if (config.apiKey) await app.get(ApiKeys).adopt('ROLLCALL_API_KEY', config.apiKey);
  const made = options.makeFirst ? await firstSteps(app.get(DirectorySetUp), app) : undefined;
  await app.listen(config.port, config.host);
  const url = await app.getUrl();
  observations.info('hub listening', { url, publicUrl: config.publicUrl });
  return {
    url,
    made,
    close: async () => {
      await app.close();
      await ground.close();
    },
  };
}
