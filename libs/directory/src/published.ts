/**
 * An event as consumers see it: the WorkOS envelope, so that software written for it works unchanged. A pure
 * function of the log's row, hence a webhook's body and the events API agree byte for byte.
 */
import type { Json } from '@app/scim';
import type { DomainEventType, RecordedEvent } from './recorded.js';
import { publishedDirectory } from './published-directory.js';
import { previousOfGroup, publishedGroup } from './published-group.js';
import { previousOfUser, publishedUser } from './published-user.js';

export interface PublishedEvent {
  object: 'event';
  id: string;
  event: PublishedType;
  data: { [key: string]: Json };
  created_at: string;
  /** Beyond WorkOS; its SDKs ignore what they do not know. */
  context: { sequence: number; cause: DomainEventType; request_id: string };
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
] as const;
export type PublishedType = (typeof PUBLISHED_TYPES)[number];

/** The domain events that can be published as the given type, so that a reader can ask the log for those only. */
export function causesOf(type: PublishedType): DomainEventType[] {
  switch (type) {
    case 'dsync.activated':
      return ['DirectoryActivated'];
    case 'dsync.deleted':
      return ['DirectoryDeleted'];
    case 'dsync.user.created':
      return ['UserCreated'];
    case 'dsync.user.updated':
      return ['UserProfileChanged', 'UserDeactivated', 'UserReactivated'];
    case 'dsync.user.deleted':
      return ['UserDeleted'];
    case 'dsync.group.created':
      return ['GroupCreated'];
    case 'dsync.group.updated':
      return ['GroupChanged'];
    case 'dsync.group.deleted':
      return ['GroupDeleted'];
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed':
      return ['MembershipChanged'];
  }
}

/** The name under which an event is published; undefined when consumers have no word for it (a group inside a group). */
export function publishedType(event: RecordedEvent): PublishedType | undefined {
  switch (event.type) {
    case 'DirectoryActivated':
      return 'dsync.activated';
    case 'DirectoryDeleted':
      return 'dsync.deleted';
    case 'UserCreated':
      return 'dsync.user.created';
    case 'UserProfileChanged':
    case 'UserDeactivated':
    case 'UserReactivated':
      return 'dsync.user.updated';
    case 'UserDeleted':
      return 'dsync.user.deleted';
    case 'GroupCreated':
      return 'dsync.group.created';
    case 'GroupChanged':
      return 'dsync.group.updated';
    case 'GroupDeleted':
      return 'dsync.group.deleted';
    case 'MembershipChanged':
      if (event.data.member.type === 'Group') return undefined;
      return event.data.change === 'added' ? 'dsync.group.user_added' : 'dsync.group.user_removed';
  }
}

/** @returns the published form, or undefined for the few events that have none. */
export function published(event: RecordedEvent): PublishedEvent | undefined {
  const type = publishedType(event);
  if (!type) return undefined;
  return {
    object: 'event',
    id: event.id,
    event: type,
    data: publishedData(event),
    created_at: event.occurredAt,
    context: { sequence: event.sequence, cause: event.type, request_id: event.requestId },
  };
}

function publishedData(event: RecordedEvent): { [key: string]: Json } {
  switch (event.type) {
    case 'UserCreated':
    case 'UserDeleted':
      return publishedUser(event.data.user, event);
    case 'UserProfileChanged':
    case 'UserDeactivated':
    case 'UserReactivated': {
      const after = publishedUser(event.data.user, event);
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
  }
}
