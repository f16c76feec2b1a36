/** The hub: answers HTTP. Started by the command line (`hub`, or together with a worker by `start`). */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AddressGuard, Bell, WAKE_QUEUE } from '@app/delivery';
import { RequestLog, Upkeep } from '@app/request-log';
import { nestLogger, openGround, RateLimits, sparingly, type Config, type Observing } from '@app/runtime';
import { ApiKeys, SigningKeys, TENANCY_ENTITIES } from '@app/tenancy';
import { AccessSettings } from './access/access-settings.js';
import { Admission, admitFirst } from './access/admission.js';
import { bodyValidation } from './consumer/validation.js';
import { DirectorySetUp } from './directory-set-up.js';
import { firstSteps, type FirstSteps } from './first-steps.js';
import { AllErrorsFilter } from './http/all-errors.filter.js';
import { Routes } from './http/routes.js';
import { dress, makeAdapter } from './http/server.js';
import { HubModule } from './hub.module.js';
import { HubSettings } from './hub-settings.js';
import { LogMoved } from './log-moved.js';
import { RequestRecorder } from './scim/request-recorder.js';

export interface RunningHub {
  url: string;
  /** What was made for a new installation; undefined when somebody was here before. */
  made: FirstSteps | undefined;
  close(): Promise<void>;
}

/** @param config with a database URL. @param options.makeFirst makes an organization and a directory when there is none. */
export async function startHub(
  config: Config,
  options: { version: string; makeFirst?: boolean; observing?: Observing },
): Promise<RunningHub> {
  const ground = await openGround(config, 'hub', TENANCY_ENTITIES);
  const { observations } = ground;
  options.observing?.attach(ground, 'hub');
  const settings = new HubSettings(
    config.publicUrl,
    options.version,
    config.scimBodyLimitInBytes,
    config.traceEndpoint !== undefined,
  );
  const bell = new Bell(ground.queues.queue(WAKE_QUEUE), observations);
  const guard = AddressGuard.of(config);
  const routes = new Routes();
  const requestLog = new RequestLog(ground.database, observations, { enabled: config.requestLogDays > 0 });
  const upkeep = new Upkeep(ground, config.requestLogDays);
  const limits = new RateLimits({
    redisUrl: config.redisUrl,
    prefix: config.queuePrefix,
    clock: ground.clock,
    onError: sparingly((where, error, repeated) =>
      observations.warn('rate limits not shared', { where, error, ...(repeated > 0 ? { repeated } : {}) }),
    ),
  });
  const module = HubModule.of({
    ground,
    settings,
    access: AccessSettings.of(config),
    limits,
    logMoved: new LogMoved(() => bell.ring()),
    guard,
    routes,
    requestLog,
  });
  const errors = new AllErrorsFilter(observations);
  const adapter = makeAdapter({
    bodyLimitInBytes: config.scimBodyLimitInBytes,
    trustedProxies: config.trustedProxies,
    answerError: (error, request, reply) => {
      recorder.watch(request, reply);
      errors.answer(error, request, reply);
    },
    observations,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: nestLogger(observations),
    bodyParser: false,
  });
  const recorder = app.get(RequestRecorder);
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  routes.watch(fastify);
  dress(fastify, observations);
  admitFirst(fastify, app.get(Admission));
  recorder.attach(fastify);
  app.useGlobalFilters(errors);
  app.useGlobalPipes(bodyValidation());
  await app.get(SigningKeys).ensure();
  if (config.apiKey) await app.get(ApiKeys).adopt('ROLLCALL_API_KEY', config.apiKey, ['secrets:reveal']);
  const made = options.makeFirst ? await firstSteps(app.get(DirectorySetUp), app) : undefined;
  await upkeep.start();
  await app.listen(config.port, config.host);
  const url = await app.getUrl();
  observations.info('hub listening', { url, publicUrl: config.publicUrl });
  return {
    url,
    made,
    close: async () => {
      await app.close();
      limits.close();
      await upkeep.stop();
      await recorder.close();
      await ground.close();
    },
  };
}
