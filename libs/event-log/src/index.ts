export {
  append,
  APPENDED_AT_ONCE,
  emptyHead,
  loadHeads,
  type DirectoryHead,
  type NewEvent,
} from './append.js';
export { checkpointPosition, moveCheckpoint, takeCheckpoint } from './checkpoint.js';
export { EventLog, headPosition, type Entry, type LogPage, type Selection } from './event-log.js';
export { lockDirectory, StillLocked, tryLockDirectories } from './lock.js';
export { verifyLog, type Flaw, type Verdict } from './verify.js';
