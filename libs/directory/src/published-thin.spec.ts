import { describe, expect, it } from '@jest/globals';
import type { Attributes, Json } from '@app/scim';
import fc from 'fast-check';
import { published } from './published.js';
import { publishedThin } from './published-thin.js';
import type { DomainEvent, RecordedEvent } from './recorded.js';
import { anyEvent } from './testing/any-event.js';
import { groupAttributes, userAttributes } from './testing/history.js';

const user = {
  id: 'directory_user_1',
  attributes: { userName: 'ada' },
  version: 1,
  created: '',
  lastModified: '',
};
const group = { ...user, id: 'directory_group_1', attributes: { displayName: 'Engineers' } };
const directory = {
  id: 'directory_1',
  organizationId: 'org_1',
  name: 'People',
  type: 'okta scim v2.0',
  externalKey: 'key',
  created: '',
  updated: '',
};

function thinOf(event: DomainEvent): unknown {
  const standing = {
    position: 12,
    id: 'event_12',
    directoryId: 'directory_1',
    organizationId: 'org_1',
    sequence: 5,
    requestId: 'request-1',
    occurredAt: '2030-01-01T12:00:00.000Z',
    subjects: [],
  };
  return publishedThin({ ...event, ...standing } as RecordedEvent);
}

const thinUser = {
  object: 'directory_user',
  id: 'directory_user_1',
  directory_id: 'directory_1',
  organization_id: 'org_1',
};
const thinGroup = { ...thinUser, object: 'directory_group', id: 'directory_group_1' };

describe('the thin form of an event', () => {
  it('has the envelope of the full one', () => {
    expect(thinOf({ type: 'UserCreated', data: { user } })).toEqual({
      object: 'event',
      id: 'event_12',
      event: 'dsync.user.created',
      data: thinUser,
      created_at: '2030-01-01T12:00:00.000Z',
      context: { sequence: 5, cause: 'UserCreated', request_id: 'request-1' },
    });
  });

  it.each<[string, DomainEvent, object]>([
    ['a person', { type: 'UserDeleted', data: { user } }, thinUser],
    [
      'an update, without what changed',
      { type: 'UserProfileChanged', data: { user }, previous: { title: 'Countess' } },
      thinUser,
    ],
    ['a group', { type: 'GroupCreated', data: { group } }, thinGroup],
    [
      'a membership, both of them',
      { type: 'MembershipChanged', data: { change: 'added', group, member: { type: 'User', user } } },
      { directory_id: 'directory_1', user: thinUser, group: thinGroup },
    ],
    [
      'a directory',
      { type: 'DirectoryActivated', data: { directory } },
      { object: 'directory', id: 'directory_1', organization_id: 'org_1' },
    ],
  ])('names %s', (_title, event, data) => {
    expect(thinOf(event)).toMatchObject({ data });
    expect((thinOf(event) as { data: object }).data).toEqual(data);
  });

  it('is there exactly when the full one is', () => {
    const nested = { type: 'Group' as const, group };
    const event: DomainEvent = {
      type: 'MembershipChanged',
      data: { change: 'added', group, member: nested },
    };
    expect(thinOf(event)).toBeUndefined();
    expect(thinOf({ type: 'UserCredentialChanged', data: { user } })).toBeUndefined();
  });

  it('has each of its values at the same place in the full one', () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        expect(published(event)).toMatchObject({ ...publishedThin(event) });
      }),
    );
  });

  it('holds no attribute of anybody, whatever they look like', () => {
    const someone = anyEvent(userAttributes.map(marked), groupAttributes.map(marked));
    fc.assert(
      fc.property(someone, (event) => {
        expect(JSON.stringify(published(event))).toContain(MARK);
        expect(JSON.stringify(publishedThin(event))).not.toContain(MARK);
      }),
    );
  });
});

/** Stands in no id and in no name of ours. */
const MARK = '§';

function marked(attributes: Attributes): Attributes {
  return mark(attributes) as Attributes;
}

function mark(value: Json): Json {
  if (typeof value === 'string') return MARK + value;
  if (Array.isArray(value)) return value.map(mark);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mark(each)]));
}
