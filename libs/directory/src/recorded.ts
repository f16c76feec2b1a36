/** An event as the log gives it back: what happened, and where it stands. */
import type { DestinationEvent } from './destination/events.js';
import type { GroupEvent } from './group/events.js';
import { memberId } from './group/events.js';
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

export type DirectoryEvent =
  | { type: 'DirectoryActivated'; data: { directory: DirectoryFacts } }
  | { type: 'DirectoryDeleted'; data: { directory: DirectoryFacts } };

export type DomainEvent = UserEvent | GroupEvent | DirectoryEvent | DestinationEvent;
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
  return event.type.startsWith('Destination') || event.type === 'DeliverySkipped';
}

/** Whom an event is about: the person, the group, both for a membership, or a destination. */
export function subjectsOf(event: DomainEvent): string[] {
  switch (event.type) {
    case 'UserCreated':
    case 'UserProfileChanged':
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
      return [event.data.destination.id];
  }
}
