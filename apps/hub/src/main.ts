/** The hub: answers HTTP. Started by the command line (`hub`, or together with a worker by `start`). */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AddressGuard, Bell } from '@app/delivery';
import { RequestLog, Upkeep } from '@app/request-log';
import { nestLogger, openGround, RateLimits, sparingly, type Config, type Observing } from '@app/runtime';
import { ApiKeys, PERMISSIONS, SigningKeys, TENANCY_ENTITIES } from '@app/tenancy';
import { AccessSettings } from './access/access-settings.js';
import { Admission, admitFirst } from './access/admission.js';
import { CompletenessSettings } from './consumer/completeness/index.js';
import { bodyValidation } from './consumer/validation.js';
import { DirectorySetUp } from './directory-set-up.js';
import { consumerGauges, readerGauges } from './feed/feed-gauges.js';
import { followerGauges } from './follower-gauges.js';
import { FeedSettings } from './feed/feed-settings.js';
import { FeedStreams } from './feed/feed-streams.js';
import { firstSteps, type FirstSteps } from './first-steps.js';
import { AllErrorsFilter } from './http/all-errors.filter.js';
import { Routes } from './http/routes.js';
import { dress, makeAdapter } from './http/server.js';
import { closeSilentOnes } from './http/silent-connections.js';
import { HubModule } from './hub.module.js';
import { HubSettings } from './hub-settings.js';
import { Idempotency } from './idempotency/idempotency.js';
import { apiDocument } from './openapi/document.js';
import { ApiDescription } from './openapi/openapi.controller.js';
import { LogMoved } from './log-moved.js';
import { LogWatch } from './ssf/log-watch.js';
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
    config.dnsServers,
  );
  const bell = new Bell((name) => ground.queues.queue(name), observations);
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
    feed: FeedSettings.of(config),
    completeness: CompletenessSettings.of(config),
    limits,
    logMoved: new LogMoved(bell),
    guard,
    routes,
    requestLog,
  });
  const errors = new AllErrorsFilter(observations, routes);
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
  options.observing?.metrics?.addSource(consumerGauges(ground));
  options.observing?.metrics?.addSource(followerGauges(ground));
  options.observing?.metrics?.addSource(readerGauges(app.get(LogWatch), app.get(FeedStreams)));
  const recorder = app.get(RequestRecorder);
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  routes.watch(fastify);
  dress(fastify, observations);
  closeSilentOnes(fastify);
  admitFirst(fastify, app.get(Admission));
  recorder.attach(fastify);
  app.get(Idempotency).attach(fastify);
  app.useGlobalFilters(errors);
  app.useGlobalPipes(bodyValidation());
  app.get(ApiDescription).madeBy(() => apiDocument(app, options.version));
  await app.get(SigningKeys).ensure();
  if (config.apiKey) await app.get(ApiKeys).adopt('ROLLCALL_API_KEY', config.apiKey, [...PERMISSIONS]);
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
