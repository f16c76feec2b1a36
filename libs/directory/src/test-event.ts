/** An event about nobody, for trying out an endpoint. It is marked as a test, and stands in no log. */
import type { ExampleType } from './published.js';
import type { DirectoryFacts, DomainEvent, RecordedEvent } from './recorded.js';
import { subjectsOf } from './recorded.js';
import type { Group, User } from './state.js';

/** What a test is called unless somebody asks for an example of another type: nobody's software acts upon it. */
export const TEST_TYPE = 'webhook.test';
export type TestType = typeof TEST_TYPE | ExampleType;

/**
 * @param id of the test; it is the id of the message as well.
 * @param type `webhook.test`, or a published type of which an example is wanted.
 * @param at ISO 8601.
 */
export function testEvent({ id, type, at }: { id: string; type: TestType; at: string }): RecordedEvent {
  const event = exampleOf(type === TEST_TYPE ? 'dsync.activated' : type, at);
  return {
    ...event,
    position: 0,
    id,
    directoryId: DIRECTORY_ID,
    organizationId: ORGANIZATION_ID,
    sequence: 0,
    requestId: id,
    occurredAt: at,
    subjects: subjectsOf(event),
    test: type,
  };
}

// No id of ours has this form, so that an example can meet nothing real.
const DIRECTORY_ID = 'directory_test';
const ORGANIZATION_ID = 'org_test';
const DOMAIN = { id: 'org_domain_test', domain: 'example.com' };

function exampleOf(type: ExampleType, at: string): DomainEvent {
  const times = { version: 1, created: at, lastModified: at };
  const user: User = {
    id: 'directory_user_test',
    attributes: {
      userName: 'test@example.com',
      externalId: 'test',
      name: { givenName: 'Test', familyName: 'Person' },
      displayName: 'Test Person',
      emails: [{ value: 'test@example.com', type: 'work', primary: true }],
      active: true,
    },
    ...times,
  };
  const group: Group = { id: 'directory_group_test', attributes: { displayName: 'Test Group' }, ...times };
  const directory: DirectoryFacts = {
    id: DIRECTORY_ID,
    organizationId: ORGANIZATION_ID,
    name: 'Test Directory',
    type: 'generic scim v2.0',
    externalKey: 'test',
    created: at,
    updated: at,
  };
  const member = { type: 'User' as const, user };
  switch (type) {
    case 'dsync.activated':
      return { type: 'DirectoryActivated', data: { directory, domains: [DOMAIN] } };
    case 'dsync.deleted':
      return { type: 'DirectoryDeleted', data: { directory } };
    case 'dsync.user.created':
      return { type: 'UserCreated', data: { user } };
    case 'dsync.user.updated':
      return { type: 'UserProfileChanged', data: { user }, previous: { displayName: 'Test' } };
    case 'dsync.user.deleted':
      return { type: 'UserDeleted', data: { user } };
    case 'dsync.group.created':
      return { type: 'GroupCreated', data: { group } };
    case 'dsync.group.updated':
      return { type: 'GroupChanged', data: { group }, previous: { displayName: 'Test' } };
    case 'dsync.group.deleted':
      return { type: 'GroupDeleted', data: { group } };
    case 'dsync.group.user_added':
      return { type: 'MembershipChanged', data: { change: 'added', group, member } };
    case 'dsync.group.user_removed':
      return { type: 'MembershipChanged', data: { change: 'removed', group, member } };
  }
}
