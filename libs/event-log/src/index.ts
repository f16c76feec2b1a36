export {
  append,
  APPENDED_AT_ONCE,
  emptyHead,
  loadHeads,
  type DirectoryHead,
  type NewEvent,
} from './append.js';
export { checkpointPosition, moveCheckpoint, takeCheckpoint } from './checkpoint.js';
export {
  ackConsumer,
  advanceConsumer,
  createConsumer,
  findConsumer,
  leaseConsumer,
  listConsumers,
  readConsumerLags,
  removeConsumer,
  seekConsumer,
  type Acknowledged,
  type Consumer,
  type ConsumerLag,
  type NewConsumer,
} from './consumers.js';
export type { Entry } from './entry.js';
export { EventLog, headPosition, type LogPage } from './event-log.js';
export { tracesAfter, type FeedRead, type Place, type Trace, type UnparsedEntry } from './feed.js';
export { lockDirectory, StillLocked, tryLockDirectories } from './lock.js';
export { countRulesChange } from './rules-version.js';
export type { Selection } from './selection.js';
export { verifyLog, type Flaw, type Verdict } from './verify.js';
