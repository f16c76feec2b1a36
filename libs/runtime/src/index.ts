export { Clock } from './clock.js';
export { dayOf, DayUpkeep } from './day-upkeep.js';
export { Database, Statement, type Tx, type DatabaseOptions } from './database.js';
export { fetched, type PictureLimits } from './picture.js';
export { crockford, fromCrockford, newId } from './identifiers.js';
export { assertMigrated, migrate, packageRoot, SchemaBehind } from './migrations.js';
export { Queues, type QueuesOptions, type TicketQueue } from './queues.js';
export { RateLimits, type Limit, type RateLimitsOptions } from './rate-limits/rate-limits.js';
export type { Rate } from './rate-limits/bucket.js';
export {
  Conditions,
  directionOf,
  pageOfRows,
  SearchTookTooLong,
  searchWithin,
  type PageOfRows,
  type PageWish,
} from './search.js';
export { Sealing, SealBroken } from './sealing.js';
export { configReference, describeConfig } from './config-description.js';
export {
  environment,
  InvalidConfig,
  readConfig,
  readSettings,
  SETTINGS,
  startedByNpm,
  type Config,
  type Environment,
  type LogLevel,
} from './config.js';
export { startGuarded, type Guarded } from './embedded-postgres/guardian.js';
export { FolderInUse } from './embedded-postgres/data-lock.js';
export { NoEmbeddedDatabase } from './embedded-postgres/no-embedded-database.js';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres/start.js';
export { nestLogger } from './nest-logger.js';
export type { Metrics, Reading, Source } from './metrics/metrics.js';
export { metricsReference } from './metrics/table.js';
export { Observations, type Listener, type ObservationsOptions } from './observations.js';
export { openObserving, type Observed, type Observing } from './observing.js';
export { onParentGone } from './parent-watch.js';
export { openGround, type OpenGround } from './ground.js';
export { RuntimeModule, type Ground } from './runtime.module.js';
export { isDatabaseAway } from './database-away.js';
export { programLogin } from './program-login.js';
export { traceIdOfRequest } from './tracing/ids.js';
export { sparingly, type Complaint } from './sparingly.js';
