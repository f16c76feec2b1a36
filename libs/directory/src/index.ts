export {
  isOperations,
  operationsOf,
  type DestinationEvent,
  type DestinationFacts,
  type SkippedEvent,
  type StopReason,
} from './destination/events.js';
export {
  decideGroupChange,
  decideGroupCreation,
  decideGroupDeletion,
  decideMembership,
  decideRestatement,
} from './group/decide.js';
export type { Comings } from './group/decide.js';
export { memberId, type GroupEvent, type Member } from './group/events.js';
export { evolveGroup, evolveMembers } from './group/evolve.js';
export { USUAL_LEAVING_POLICY, type LeavingPolicy } from './leaving-policy.js';
export {
  causesOf,
  isOperationalType,
  EXAMPLE_TYPES,
  published,
  publishedType,
  PUBLISHED_TYPES,
  type PublishedEvent,
  type PublishedType,
} from './published.js';
export { publishedDirectory } from './published-directory.js';
export { publishedThin } from './published-thin.js';
export { publishedGroup, type Belonging } from './published-group.js';
export { emailOf, publishedUser } from './published-user.js';
export {
  isOperational,
  recorded,
  subjectsOf,
  type DirectoryEvent,
  type DirectoryFacts,
  type DomainEvent,
  type DomainEventType,
  type LogEntry,
  type RecordedEvent,
} from './recorded.js';
export { BEGINNINGS, membershipKey, toldAsItIs, type LastWords } from './snapshot.js';
export { isActive, userNameKey, type Group, type Resource, type User } from './state.js';
export { TEST_TYPE, testEvent, type TestType } from './test-event.js';
export {
  decideUserChange,
  decideUserCreation,
  decideUserDeletion,
  decideUserPurge,
  type Circumstances,
} from './user/decide.js';
export { evolveUser } from './user/evolve.js';
export type { UserEvent } from './user/events.js';
