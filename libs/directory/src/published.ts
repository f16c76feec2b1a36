/**
 * An event as consumers see it: the WorkOS envelope, so that software written for it works unchanged. A pure
 * function of the log's row, hence every webhook and the events API agree byte for byte on what happened.
 */
import type { Json } from '@app/scim';
import type { Member } from './group/events.js';
import type { DomainEventType, RecordedEvent } from './recorded.js';
import { publishedDestination } from './published-destination.js';
import { publishedDirectory } from './published-directory.js';
import { previousOfGroup, publishedGroup } from './published-group.js';
import { previousOfUser, publishedUser } from './published-user.js';
import { TEST_TYPE } from './test-event.js';

export interface PublishedEvent {
  object: 'event';
  id: string;
  event: PublishedType | typeof TEST_TYPE;
  data: { [key: string]: Json };
  created_at: string;
  /** Beyond WorkOS; its SDKs ignore what they do not know. */
  context: {
    sequence: number;
    cause: DomainEventType;
    request_id: string;
    /** Not news: this is how it is, told to somebody who begins to listen. */
    snapshot?: true;
    /** About nobody. */
    test?: true;
  };
}

export const PUBLISHED_TYPES = [
  'dsync.activated',
  'dsync.deleted',
  'dsync.user.created',
  'dsync.user.updated',
  'dsync.user.deleted',
  'dsync.group.created',
  'dsync.group.updated',
  'dsync.group.deleted',
  'dsync.group.user_added',
  'dsync.group.user_removed',
  'destination.failing',
  'destination.recovered',
  'destination.disabled',
  'destination.paused',
  'destination.backlog',
  'destination.delivery_skipped',
] as const;
export type PublishedType = (typeof PUBLISHED_TYPES)[number];

/** What directories tell. There are no examples of what befalls destinations. */
export type ExampleType = Exclude<PublishedType, `destination.${string}`>;
export const EXAMPLE_TYPES = PUBLISHED_TYPES.filter((type): type is ExampleType => !isOperationalType(type));

/** Whether a type tells of destinations. Software written for WorkOS does not know them: only who names them gets them. */
export function isOperationalType(type: string): boolean {
  return type.startsWith('destination.');
}
const TEST_MESSAGE = 'This is a test. Nothing has happened; answer with a 2xx status.';

/** The domain events that can be published as the given type, so that a reader can ask the log for those only. */
export function causesOf(type: PublishedType): DomainEventType[] {
  switch (type) {
    case 'dsync.activated':
      return ['DirectoryActivated'];
    case 'dsync.deleted':
      return ['DirectoryDeleted'];
    case 'dsync.user.created':
      return ['UserCreated', 'UserReactivated'];
    case 'dsync.user.updated':
      return ['UserProfileChanged', 'UserDeactivated', 'UserReactivated'];
    case 'dsync.user.deleted':
      return ['UserDeleted', 'UserDeactivated'];
    case 'dsync.group.created':
      return ['GroupCreated'];
    case 'dsync.group.updated':
      return ['GroupChanged'];
    case 'dsync.group.deleted':
      return ['GroupDeleted'];
    case 'dsync.group.user_added':
      return ['MembershipChanged', 'MembershipRestated'];
    case 'dsync.group.user_removed':
      return ['MembershipChanged'];
    case 'destination.failing':
      return ['DestinationFailing'];
    case 'destination.recovered':
      return ['DestinationRecovered'];
    case 'destination.disabled':
      return ['DestinationDisabled'];
    case 'destination.paused':
      return ['DestinationPaused'];
    case 'destination.backlog':
      return ['DestinationBacklog'];
    case 'destination.delivery_skipped':
      return ['DeliverySkipped'];
  }
}

/**
 * The name under which an event is published. It follows what the consumer believes, which the event itself knows: of
 * somebody concealed they hear nothing, and a deactivation that conceals is a deletion to them.
 * @returns undefined when consumers have no word for it: a group inside a group, a password, a purge to come.
 */
export function publishedType(event: RecordedEvent): PublishedType | undefined {
  switch (event.type) {
    case 'DirectoryActivated':
      return 'dsync.activated';
    case 'DirectoryDeleted':
      return 'dsync.deleted';
    case 'UserCreated':
      return event.data.user.concealed ? undefined : 'dsync.user.created';
    case 'UserProfileChanged':
      return event.data.user.concealed ? undefined : 'dsync.user.updated';
    case 'UserDeactivated':
      return event.data.user.concealed ? 'dsync.user.deleted' : 'dsync.user.updated';
    case 'UserReactivated':
      return event.data.revealed ? 'dsync.user.created' : 'dsync.user.updated';
    case 'UserDeleted':
      return event.data.user.concealed ? undefined : 'dsync.user.deleted';
    case 'UserCredentialChanged':
    case 'UserPurgeScheduled':
      return undefined;
    case 'GroupCreated':
      return 'dsync.group.created';
    case 'GroupChanged':
      return 'dsync.group.updated';
    case 'GroupDeleted':
      return 'dsync.group.deleted';
    case 'MembershipChanged':
      if (!isKnownPerson(event.data.member)) return undefined;
      return event.data.change === 'added' ? 'dsync.group.user_added' : 'dsync.group.user_removed';
    case 'MembershipRestated':
      return isKnownPerson(event.data.member) ? 'dsync.group.user_added' : undefined;
    case 'DestinationFailing':
      return 'destination.failing';
    case 'DestinationRecovered':
      return 'destination.recovered';
    case 'DestinationDisabled':
      return 'destination.disabled';
    case 'DestinationPaused':
      return 'destination.paused';
    case 'DestinationBacklog':
      return 'destination.backlog';
    case 'DeliverySkipped':
      return 'destination.delivery_skipped';
  }
}

function isKnownPerson(member: Member): boolean {
  return member.type === 'User' && !member.user.concealed;
}

/** @returns the published form, or undefined for the few events that have none. */
export function published(event: RecordedEvent): PublishedEvent | undefined {
  const type = publishedType(event);
  if (!type) return undefined;
  const isPlainTest = event.test === TEST_TYPE;
  return {
    object: 'event',
    id: event.id,
    event: isPlainTest ? TEST_TYPE : type,
    data: isPlainTest ? { object: 'webhook_test', message: TEST_MESSAGE } : publishedData(event, type),
    created_at: event.occurredAt,
    context: { sequence: event.sequence, cause: event.type, request_id: event.requestId, ...marksOf(event) },
  };
}

function marksOf({ snapshot, test }: RecordedEvent): { snapshot?: true; test?: true } {
  return { ...(snapshot ? { snapshot } : {}), ...(test ? { test: true } : {}) };
}

function publishedData(event: RecordedEvent, type: PublishedType): { [key: string]: Json } {
  switch (event.type) {
    case 'UserCreated':
    case 'UserCredentialChanged':
    case 'UserPurgeScheduled':
    case 'UserDeleted':
      return publishedUser(event.data.user, event);
    case 'UserProfileChanged':
    case 'UserDeactivated':
    case 'UserReactivated': {
      const after = publishedUser(event.data.user, event);
      if (type !== 'dsync.user.updated') return after;
      return { ...after, previous_attributes: previousOfUser(event.data.user, event.previous, event) };
    }
    case 'GroupCreated':
    case 'GroupDeleted':
      return publishedGroup(event.data.group, event);
    case 'GroupChanged': {
      const after = publishedGroup(event.data.group, event);
      return { ...after, previous_attributes: previousOfGroup(event.data.group, event.previous, event) };
    }
    case 'MembershipChanged':
    case 'MembershipRestated':
      if (event.data.member.type === 'Group') throw new Error('a nested group has no published form');
      return {
        directory_id: event.directoryId,
        user: publishedUser(event.data.member.user, event),
        group: publishedGroup(event.data.group, event),
      };
    case 'DirectoryActivated':
      return { ...publishedDirectory(event.data.directory), state: 'active', domains: [] };
    case 'DirectoryDeleted': {
      const { external_key: _, ...rest } = publishedDirectory(event.data.directory);
      return { ...rest, state: 'active' };
    }
    case 'DestinationFailing':
    case 'DestinationRecovered':
    case 'DestinationDisabled':
    case 'DestinationPaused':
    case 'DestinationBacklog':
    case 'DeliverySkipped':
      return publishedDestination(event);
  }
}
