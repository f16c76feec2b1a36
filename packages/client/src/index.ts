/** Follow directories with Rollcall: see README.md. */
export { RollcallClient } from './client.js';
export type { CallOptions, ClientOptions, Method } from './send.js';
export type { RetryOptions } from './retry.js';
export { AnswerCutOff, RollcallError, RollcallUnreachable, type FieldError } from './errors.js';
export type { List, PageQuery } from './list.js';
export { directoryOf, isDirectoryEvent } from './events.js';
export type {
  AnyEvent,
  DirectoryEvent,
  DirectoryEventType,
  DirectoryGroup,
  DirectoryUser,
  EventContext,
  EventData,
  EventOf,
  Json,
  Membership,
  Role,
  ToldDirectory,
  Updated,
} from './events.js';

export type * from './calls/index.js';
export { Comparison, EventStream, Snapshot } from './calls/index.js';

export { WebhookNotVerified, type Doubt } from './webhooks/error.js';
export type { PublicJwk } from './webhooks/keys.js';
export {
  webhookReceiver,
  type NodeRequest,
  type NodeResponse,
  type ReceiverAnswer,
  type WebhookReceiver,
} from './webhooks/receiver.js';
export type { HeadersGiven, WebhookRequest } from './webhooks/request.js';
export {
  WebhookVerifier,
  type SessionRevocation,
  type VerifierOptions,
  type WebhookBody,
} from './webhooks/verifier.js';

export {
  consume,
  type ConsumeOptions,
  type Consumer,
  type Observation,
  type Tuning,
} from './consume/consume.js';
export { CursorExpired, LogDiverged } from './consume/errors.js';
export type { Wanted } from './consume/feed.js';
export type { ClientOf, PgClient, PgPool, Transactions } from './consume/postgres.js';
export {
  beginFromSnapshot,
  type Placing,
  type SnapshotBeginning,
  type SnapshotStart,
} from './consume/snapshot-start.js';
export { postgresStore, PostgresStore, type PostgresStoreOptions } from './consume/postgres-store.js';
export { postgresTables } from './consume/postgres-tables.js';
export type {
  Announced,
  Awaited,
  Circumstances,
  HandleIn,
  Holder,
  Place,
  Placed,
  Slice,
  Store,
} from './consume/store.js';
