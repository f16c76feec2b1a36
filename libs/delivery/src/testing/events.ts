/** Recorded events as the log would give them back, for the specs of protocols. */
import { subjectsOf, type DomainEvent, type RecordedEvent, type User } from '@app/directory';

export const ada: User = {
  id: 'directory_user_01HZX3V5J8W3Z0YQK9T4R7M2NA',
  attributes: {
    userName: 'ada@example.com',
    externalId: '00u1ada',
    name: { givenName: 'Ada', familyName: 'Lovelace' },
    displayName: 'Ada Lovelace · Gräfin',
    emails: [{ value: 'ada@example.com', type: 'work', primary: true }],
    active: true,
  },
  version: 1,
  created: '2026-01-05T11:59:00.000Z',
  lastModified: '2026-01-05T11:59:00.000Z',
};

export const admins: User = {
  id: 'directory_group_01HZX3V5J8W3Z0YQK9T4R7M2NB',
  attributes: { displayName: 'Admins' },
  version: 1,
  created: '2026-01-05T11:59:00.000Z',
  lastModified: '2026-01-05T11:59:00.000Z',
};

export function given(event: DomainEvent, position = 7): RecordedEvent {
  return {
    ...event,
    position,
    id: `event_01KE7M0000000000000000000${position % 10}`,
    directoryId: 'directory_01HZX3V5J8W3Z0YQK9T4R7M2ND',
    organizationId: 'org_01HZX3V5J8W3Z0YQK9T4R7M2NE',
    sequence: position,
    requestId: 'request_1',
    occurredAt: '2026-01-05T12:00:00.000Z',
    subjects: subjectsOf(event),
  };
}

const left: User = { ...ada, version: 2, attributes: { ...ada.attributes, active: false } };

export const created = given({ type: 'UserCreated', data: { user: ada } });
export const renamed = given({
  type: 'UserProfileChanged',
  data: { user: ada },
  previous: { displayName: 'Ada' },
});
export const deactivated = given({
  type: 'UserDeactivated',
  data: { user: left },
  previous: { active: true },
});
/** Consumers are told that the person was deleted. */
export const concealed = given({
  type: 'UserDeactivated',
  data: { user: { ...left, concealed: true } },
  previous: { active: true },
});
export const passwordChanged = given({ type: 'UserCredentialChanged', data: { user: ada } });
export const purgeScheduled = given({
  type: 'UserPurgeScheduled',
  data: { user: { ...left, purgeAfter: '2026-02-05T12:00:00.000Z' } },
});
export const reactivated = given({
  type: 'UserReactivated',
  data: { user: ada },
  previous: { active: false },
});
export const deleted = given({ type: 'UserDeleted', data: { user: ada } });
/** Of somebody who has a user name, and nothing else that an application could know them by. */
export const deletedNameless = given({
  type: 'UserDeleted',
  data: { user: { ...ada, attributes: { userName: 'ada' } } },
});
export const groupCreated = given({ type: 'GroupCreated', data: { group: admins } });
export const joined = given({
  type: 'MembershipChanged',
  data: { change: 'added', group: admins, member: { type: 'User', user: ada } },
});
/** Out of the group again. */
export const removed = given({
  type: 'MembershipChanged',
  data: { change: 'removed', group: admins, member: { type: 'User', user: ada } },
});
export const nested = given({
  type: 'MembershipChanged',
  data: {
    change: 'added',
    group: admins,
    member: { type: 'Group', group: { ...admins, id: 'directory_group_2' } },
  },
});
