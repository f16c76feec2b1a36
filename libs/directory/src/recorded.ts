/** An event as the log gives it back: what happened, and where it stands. */
import type { DestinationEvent } from './destination/events.js';
import type { StreamEvent } from './destination/stream-events.js';
import type { GroupEvent } from './group/events.js';
import { memberId } from './group/events.js';
import { subjectsOfOrganizationEvent, type OrganizationEvent } from './organization/events.js';
import type { TestType } from './test-event.js';
import type { UserEvent } from './user/events.js';

/** A directory as its own events and the consumers know it. */
export interface DirectoryFacts {
  id: string;
  organizationId: string;
  name: string;
  /** The identity provider, in the consumer API's words, for example `okta scim v2.0`. */
  type: string;
  externalKey: string;
  created: string;
  updated: string;
}

/** A domain of the organization that a directory is of. */
export interface NamedDomain {
  id: string;
  domain: string;
}

export type DirectoryEvent =
  // What the organization had at that moment; logs of earlier releases do not say it.
  | { type: 'DirectoryActivated'; data: { directory: DirectoryFacts; domains?: readonly NamedDomain[] } }
  | { type: 'DirectoryDeleted'; data: { directory: DirectoryFacts } };

export type DomainEvent =
  UserEvent | GroupEvent | DirectoryEvent | DestinationEvent | StreamEvent | OrganizationEvent;
export type DomainEventType = DomainEvent['type'];

export interface Standing {
  /** Place in the whole log: no gaps, in order of commit. */
  position: number;
  /** The id that the outside world knows the event by. */
  id: string;
  directoryId: string;
  organizationId: string;
  /** Place among the events of its directory, from 1, no gaps: a receiver can prove it missed nothing. */
  sequence: number;
  requestId: string;
  occurredAt: string;
  /** Whom it is about. Two events that share one must be delivered in order. */
  subjects: string[];
  /** It tells what exists at some later place in the log, and not what happened; see `toldAsItIs`. */
  snapshot?: true;
  /** It is about nobody; see `testEvent`. */
  test?: TestType;
  /** Of a membership, read for who tells of groups; the log itself does not have it. */
  afterwards?: Afterwards;
}

/** Where a person stands right after a membership has changed. */
export interface Afterwards {
  /** The names of the groups that they are in directly, in alphabetical order; of those that count, where some do. */
  groups: readonly string[];
  /** It was the last one of those that grant access. */
  endsAccess: boolean;
}

export type RecordedEvent = DomainEvent & Standing;

/** A row of the log before anyone knows what its data mean. */
export interface LogEntry extends Standing {
  type: string;
  data: unknown;
  previous: unknown;
}

/** Every type there is, so that a row of another release is noticed rather than half understood. */
export const DOMAIN_EVENT_TYPES: Record<DomainEventType, true> = {
  UserCreated: true,
  UserProfileChanged: true,
  UserRemapped: true,
  UserRolesChanged: true,
  UserAdopted: true,
  UserCredentialChanged: true,
  UserDeactivated: true,
  UserPurgeScheduled: true,
  UserReactivated: true,
  UserDeleted: true,
  GroupCreated: true,
  GroupChanged: true,
  GroupDeleted: true,
  MembershipChanged: true,
  MembershipRestated: true,
  DirectoryActivated: true,
  DirectoryDeleted: true,
  DestinationFailing: true,
  DestinationRecovered: true,
  DestinationDisabled: true,
  DestinationPaused: true,
  DestinationBacklog: true,
  DeliverySkipped: true,
  RevocationOverdue: true,
  StreamVerificationRequested: true,
  StreamUpdated: true,
  OrganizationCreated: true,
  OrganizationUpdated: true,
  OrganizationDeleted: true,
  OrganizationDomainCreated: true,
  OrganizationDomainUpdated: true,
  OrganizationDomainDeleted: true,
  OrganizationDomainVerified: true,
  OrganizationDomainVerificationFailed: true,
  CustomerKeyCreated: true,
  CustomerKeyUpdated: true,
  CustomerKeyRevoked: true,
};

/** @throws when the log holds a type that this release does not know: go on with the newer release. */
export function recorded(entry: LogEntry): RecordedEvent {
  if (!Object.hasOwn(DOMAIN_EVENT_TYPES, entry.type)) {
    throw new Error(
      `event ${entry.position} is of the unknown type ${entry.type}: it was written by a newer release`,
    );
  }
  return entry as RecordedEvent;
}

/** Whether it tells of a destination, and not of a directory. */
export function isOperational(event: RecordedEvent): event is DestinationEvent & Standing {
  return (
    event.type.startsWith('Destination') ||
    event.type === 'DeliverySkipped' ||
    event.type === 'RevocationOverdue'
  );
}

/** Whether it tells of an organization itself, of its domains or of the keys of its own API. */
export function isOfOrganization(event: RecordedEvent): event is OrganizationEvent & Standing {
  return event.type.startsWith('Organization') || event.type.startsWith('CustomerKey');
}

/** Whether it is for one stream of security events, and for nobody else. */
export function isForOneStream(event: RecordedEvent): event is StreamEvent & Standing {
  return event.type === 'StreamVerificationRequested' || event.type === 'StreamUpdated';
}

/** Whom an event is about: the person, the group, both for a membership, a destination, or an organization. */
export function subjectsOf(event: DomainEvent): string[] {
  switch (event.type) {
    case 'UserCreated':
    case 'UserProfileChanged':
    case 'UserRemapped':
    case 'UserRolesChanged':
    case 'UserAdopted':
    case 'UserCredentialChanged':
    case 'UserDeactivated':
    case 'UserPurgeScheduled':
    case 'UserReactivated':
    case 'UserDeleted':
      return [event.data.user.id];
    case 'GroupCreated':
    case 'GroupChanged':
    case 'GroupDeleted':
      return [event.data.group.id];
    case 'MembershipChanged':
    case 'MembershipRestated':
      return [event.data.group.id, memberId(event.data.member)];
    case 'DirectoryActivated':
    case 'DirectoryDeleted':
      return [event.data.directory.id];
    case 'DestinationFailing':
    case 'DestinationRecovered':
    case 'DestinationDisabled':
    case 'DestinationPaused':
    case 'DestinationBacklog':
    case 'DeliverySkipped':
    case 'RevocationOverdue':
      return [event.data.destination.id];
    case 'StreamVerificationRequested':
    case 'StreamUpdated':
      return [event.data.streamId];
    default:
      return subjectsOfOrganizationEvent(event);
  }
}
