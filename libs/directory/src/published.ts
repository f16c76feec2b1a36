/**
 * An event as consumers see it: the WorkOS envelope, so that software written for it works unchanged. A pure
 * function of the log's row, hence every webhook and the events API agree byte for byte on what happened.
 */
import type { Json } from '@app/scim';
import type { Member } from './group/events.js';
import { causeNamed, isOperationalType, OPERATIONAL_NAMES, OPERATIONAL_TYPES } from './operational.js';
import type { OperationalType } from './operational.js';
import { isOfOrganization, isOperational, type DomainEventType, type RecordedEvent } from './recorded.js';
import { publishedDestination } from './published-destination.js';
import { publishedActivation, publishedDirectory } from './published-directory.js';
import { previousOfGroup, publishedGroup } from './published-group.js';
import { previousOf, publishedOfOrganization } from './published-organization.js';
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
    /** Of an update whose reader in WorkOS's SDK drops what stands beside the data. */
    previous_attributes?: { [key: string]: Json };
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
  ...OPERATIONAL_TYPES,
] as const;
export type PublishedType = (typeof PUBLISHED_TYPES)[number];

/** What directories tell. There are no examples of the others. */
export type ExampleType = Exclude<PublishedType, OperationalType>;
export const EXAMPLE_TYPES = PUBLISHED_TYPES.filter((type): type is ExampleType => !isOperationalType(type));

const TEST_MESSAGE = 'This is a test. Nothing has happened; answer with a 2xx status.';

/** The domain events that can be published as the given type, so that a reader can ask the log for those only. */
export function causesOf(type: PublishedType): DomainEventType[] {
  if (isOperationalType(type)) return [causeNamed(type)];
  switch (type) {
    case 'dsync.activated':
      return ['DirectoryActivated'];
    case 'dsync.deleted':
      return ['DirectoryDeleted'];
    case 'dsync.user.created':
      return ['UserCreated', 'UserReactivated'];
    case 'dsync.user.updated':
      return [
        'UserProfileChanged',
        'UserRemapped',
        'UserRolesChanged',
        'UserAdopted',
        'UserDeactivated',
        'UserReactivated',
      ];
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
  }
}

/**
 * The name under which an event is published. It follows what the consumer believes, which the event itself knows: of
 * somebody concealed they hear nothing, and a deactivation that conceals is a deletion to them.
 * @returns undefined when consumers have no word for it: a group inside a group, a password, a purge to come, or
 * they need none: who was in a group that is deleted.
 */
export function publishedType(event: RecordedEvent): PublishedType | undefined {
  if (isOperational(event) || isOfOrganization(event)) return OPERATIONAL_NAMES[event.type];
  switch (event.type) {
    case 'DirectoryActivated':
      return 'dsync.activated';
    case 'DirectoryDeleted':
      return 'dsync.deleted';
    case 'UserCreated':
      return event.data.user.concealed ? undefined : 'dsync.user.created';
    case 'UserProfileChanged':
    case 'UserRemapped':
    case 'UserRolesChanged':
    case 'UserAdopted':
      return event.data.user.concealed ? undefined : 'dsync.user.updated';
    case 'UserDeactivated':
      return event.data.user.concealed ? 'dsync.user.deleted' : 'dsync.user.updated';
    case 'UserReactivated':
      return event.data.revealed ? 'dsync.user.created' : 'dsync.user.updated';
    case 'UserDeleted':
      return event.data.user.concealed ? undefined : 'dsync.user.deleted';
    case 'UserCredentialChanged':
    case 'UserPurgeScheduled':
    case 'StreamVerificationRequested':
    case 'StreamUpdated':
      return undefined;
    case 'GroupCreated':
      return 'dsync.group.created';
    case 'GroupChanged':
      return 'dsync.group.updated';
    case 'GroupDeleted':
      return 'dsync.group.deleted';
    case 'MembershipChanged':
      if (!isKnownPerson(event.data.member) || event.data.because === 'group_deleted') return undefined;
      return event.data.change === 'added' ? 'dsync.group.user_added' : 'dsync.group.user_removed';
    case 'MembershipRestated':
      return isKnownPerson(event.data.member) ? 'dsync.group.user_added' : undefined;
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

function marksOf(event: RecordedEvent): Partial<PublishedEvent['context']> {
  const { snapshot, test } = event;
  return {
    ...(event.type === 'OrganizationUpdated' ? { previous_attributes: previousOf(event) } : {}),
    ...(snapshot ? { snapshot } : {}),
    ...(test ? { test: true } : {}),
  };
}

function publishedData(event: RecordedEvent, type: PublishedType): { [key: string]: Json } {
  if (isOperational(event)) return publishedDestination(event);
  if (isOfOrganization(event)) return publishedOfOrganization(event);
  switch (event.type) {
    case 'UserCreated':
    case 'UserCredentialChanged':
    case 'UserPurgeScheduled':
    case 'UserDeleted':
      return publishedUser(event.data.user, event);
    case 'UserProfileChanged':
    case 'UserRemapped':
    case 'UserRolesChanged':
    case 'UserAdopted':
    case 'UserDeactivated':
    case 'UserReactivated': {
      const { user } = event.data;
      const after = publishedUser(user, event);
      if (type !== 'dsync.user.updated') return after;
      const before = 'before' in event.data ? event.data.before : {};
      const previous = 'previous' in event ? event.previous : {};
      return { ...after, previous_attributes: previousOfUser(user, { ...before, previous }, event) };
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
      return publishedActivation(event.data);
    case 'DirectoryDeleted': {
      const { external_key: _, ...rest } = publishedDirectory(event.data.directory);
      return { ...rest, state: 'active' };
    }
    case 'StreamVerificationRequested':
    case 'StreamUpdated':
      throw new Error('what is told to one stream has no published form');
  }
}
