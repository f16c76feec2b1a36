export { isAlwaysList, lacking, lost, mapped, mappedValue, type AttributeRule } from './attribute-mapping.js';
export {
  isOperations,
  operationsOf,
  type DestinationEvent,
  type DestinationFacts,
  type OverdueRevocation,
  type SkippedEvent,
  type StopReason,
} from './destination/events.js';
export { STREAM_STATUSES, type StreamEvent, type StreamStatus } from './destination/stream-events.js';
export { EXISTENCE_TYPES, existenceOf, type Existence } from './existence.js';
export { NO_RULES, type DirectoryRules } from './directory-rules.js';
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
export { isOperationalType } from './operational.js';
export type {
  CustomerKeyFacts,
  DomainFacts,
  DomainState,
  OrganizationEvent,
  OrganizationFacts,
  VerificationFailure,
  VerificationStrategy,
} from './organization/events.js';
export { USUAL_LEAVING_POLICY, type LeavingPolicy } from './leaving-policy.js';
export {
  causesOf,
  EXAMPLE_TYPES,
  published,
  publishedType,
  PUBLISHED_TYPES,
  type PublishedEvent,
  type PublishedType,
} from './published.js';
export { publishedDirectory } from './published-directory.js';
export { publishedCustomerKey, publishedDomain, publishedOrganization } from './published-organization.js';
export { publishedThin } from './published-thin.js';
export { publishedGroup, type Belonging } from './published-group.js';
export { PREDEFINED_ATTRIBUTES } from './predefined-attributes.js';
export { emailOf, publishedUser, type Before } from './published-user.js';
export {
  DOMAIN_EVENT_TYPES,
  isForOneStream,
  isOfOrganization,
  isOperational,
  recorded,
  subjectsOf,
  type DirectoryEvent,
  type DirectoryFacts,
  type NamedDomain,
  type DomainEvent,
  type DomainEventType,
  type LogEntry,
  type RecordedEvent,
} from './recorded.js';
export {
  keyed,
  NO_ROLE_MAPPING,
  rolesBy,
  type GroupSelector,
  type RoleMapping,
  type RoleRule,
} from './role-mapping.js';
export { BEGINNINGS, membershipKey, toldAsItIs, type LastWords } from './snapshot.js';
export {
  isActive,
  toldAt,
  userNameKey,
  type CustomAttributes,
  type Group,
  type Resource,
  type User,
} from './state.js';
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
export { decideRemapping, decideRoles } from './user/review.js';
