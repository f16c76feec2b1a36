import { describe, expect, it } from '@jest/globals';
import { MORNING, NOON, person as given } from '../testing/history.js';
import { USUAL_LEAVING_POLICY, type LeavingPolicy } from '../leaving-policy.js';
import { decideUserChange, decideUserCreation, decideUserDeletion, decideUserPurge } from './decide.js';
import type { UserEvent } from './events.js';
import { evolveUser } from './evolve.js';

const attributes = { userName: 'ada', active: true, title: 'Countess' };
const [ada] = decideUserCreation('directory_user_1', attributes, MORNING);
const left: UserEvent = {
  type: 'UserDeactivated',
  data: {
    user: {
      id: 'directory_user_1',
      attributes: { ...attributes, active: false },
      version: 2,
      created: MORNING,
      lastModified: NOON,
    },
  },
  previous: { active: true },
};
const typesOf = (events: UserEvent[]): string[] => events.map((event) => event.type);

describe('a new person', () => {
  it('starts with version 1, created and last modified at the same time', () => {
    expect(given(ada!)).toEqual({
      id: 'directory_user_1',
      attributes,
      version: 1,
      created: MORNING,
      lastModified: MORNING,
    });
  });
});

describe('a change of a person', () => {
  it('deactivates, and says only that', () => {
    const user = given(ada!);
    expect(decideUserChange(user, { ...attributes, active: false }, NOON)).toEqual([left]);
  });

  it('says nothing when nothing changed', () => {
    const user = given(ada!);
    expect(decideUserChange(user, structuredClone(attributes), NOON)).toEqual([]);
  });

  it('says nothing when somebody inactive is deactivated again', () => {
    const user = given(ada!, left);
    expect(decideUserChange(user, { ...attributes, active: false }, NOON)).toEqual([]);
  });

  it('takes a person of whom nobody said anything for active', () => {
    const [silent] = decideUserCreation('u', { userName: 'ada' }, MORNING);
    expect(decideUserChange(given(silent!), { userName: 'ada', active: true }, NOON)).toEqual([]);
    expect(typesOf(decideUserChange(given(silent!), { userName: 'ada', active: false }, NOON))).toEqual([
      'UserDeactivated',
    ]);
  });

  it('changes the profile first and deactivates last, when one request does both', () => {
    const events = decideUserChange(given(ada!), { userName: 'ada', active: false, title: 'Retired' }, NOON);
    expect(events).toMatchObject([
      {
        type: 'UserProfileChanged',
        data: { user: { attributes: { title: 'Retired', active: true }, version: 2 } },
        previous: { title: 'Countess' },
      },
      {
        type: 'UserDeactivated',
        data: { user: { attributes: { title: 'Retired', active: false }, version: 3 } },
        previous: { active: true },
      },
    ]);
  });

  it('reactivates first and then changes the profile, when one request does both', () => {
    const events = decideUserChange(given(ada!, left), { ...attributes, title: 'Back' }, NOON);
    expect(events).toMatchObject([
      {
        type: 'UserReactivated',
        data: { user: { attributes: { title: 'Countess', active: true }, version: 3 } },
        previous: { active: false },
      },
      {
        type: 'UserProfileChanged',
        data: { user: { attributes: { title: 'Back', active: true }, version: 4 } },
        previous: { title: 'Countess' },
      },
    ]);
  });

  it('of the profile of somebody inactive leaves them inactive', () => {
    const events = decideUserChange(given(ada!, left), { userName: 'ada', active: false }, NOON);
    expect(events).toMatchObject([
      {
        type: 'UserProfileChanged',
        data: { user: { attributes: { userName: 'ada', active: false } } },
        previous: { title: 'Countess' },
      },
    ]);
  });

  it('keeps null as the previous value of what did not exist', () => {
    const [event] = decideUserChange(given(ada!), { ...attributes, nickName: 'A' }, NOON);
    expect(event).toMatchObject({ type: 'UserProfileChanged', previous: { nickName: null } });
  });

  it('grows version and lastModified with each event, also within one millisecond', () => {
    const events = decideUserChange(given(ada!), { userName: 'bea', active: false }, MORNING);
    expect(events.map((event) => event.data.user)).toMatchObject([
      { version: 2, lastModified: '2030-01-01T08:00:00.001Z', created: MORNING },
      { version: 3, lastModified: '2030-01-01T08:00:00.002Z', created: MORNING },
    ]);
  });

  it('grows lastModified also when the clock was set back', () => {
    const [event] = decideUserChange(
      given(ada!),
      { userName: 'bea', active: true },
      '2029-12-31T23:59:59.000Z',
    );
    expect(event?.data.user.lastModified).toBe('2030-01-01T08:00:00.001Z');
  });
});

describe('the deletion of a person', () => {
  it('shows them as they were last, and leaves nobody', () => {
    const user = given(ada!, left);
    const events = decideUserDeletion(user, NOON);
    expect(events).toEqual([{ type: 'UserDeleted', data: { user } }]);
    expect(events.reduce<typeof user | undefined>(evolveUser, user)).toBeUndefined();
  });
});

describe('a password that came for a person', () => {
  const changes = (desired: object): UserEvent[] =>
    decideUserChange(given(ada!), { ...attributes, ...desired }, NOON, { hasPassword: true });

  it('is an event of its own, one version later, that holds no value', () => {
    const after = { ...given(ada!), version: 2, lastModified: NOON, told: MORNING };
    expect(changes({})).toEqual([{ type: 'UserCredentialChanged', data: { user: after } }]);
  });

  it('comes after the profile and before they leave', () => {
    const events = changes({ title: 'Retired', active: false });
    expect(typesOf(events)).toEqual(['UserProfileChanged', 'UserCredentialChanged', 'UserDeactivated']);
    expect(events.map((event) => event.data.user.version)).toEqual([2, 3, 4]);
  });

  it('comes after they have come back', () => {
    const events = decideUserChange(given(ada!, left), attributes, NOON, { hasPassword: true });
    expect(typesOf(events)).toEqual(['UserReactivated', 'UserCredentialChanged']);
  });
});

describe('somebody who came by signing in', () => {
  const [arrival] = decideUserCreation('directory_user_1', attributes, MORNING, { origin: 'jit' });
  const guest = given(arrival!);

  it('is marked so until the identity provider tells of them', () => {
    expect(guest).toMatchObject({ origin: 'jit', version: 1 });
    const known = { ...attributes, externalId: 'e-1' };
    const [adopted, ...rest] = decideUserChange(guest, known, NOON);
    expect(adopted).toEqual({
      type: 'UserAdopted',
      data: { user: expect.not.objectContaining({ origin: 'jit' }), before: { origin: 'jit' } },
      previous: { externalId: null },
    });
    expect(rest).toEqual([]);
    expect(given(arrival!, adopted!)).toMatchObject({ id: guest.id, version: 2, attributes: known });
  });

  it('is adopted also by a word that changes nothing, and only once', () => {
    const events = decideUserChange(guest, attributes, NOON);
    expect(typesOf(events)).toEqual(['UserAdopted']);
    expect(decideUserChange(given(arrival!, ...events), attributes, NOON)).toEqual([]);
  });

  it('is adopted before they are deactivated', () => {
    expect(typesOf(decideUserChange(guest, { ...attributes, active: false }, NOON))).toEqual([
      'UserAdopted',
      'UserDeactivated',
    ]);
  });
});

const LATER = '2030-01-31T12:00:00.000Z'; // noon, 30 days on
const keeps = (purgeAfterDays: number | null): { policy: LeavingPolicy } => ({
  policy: { ...USUAL_LEAVING_POLICY, onDelete: 'deactivate', purgeAfterDays },
});

describe('the deletion of a person, where people who leave are kept', () => {
  it('deactivates them, and says when they are to be purged', () => {
    const events = decideUserDeletion(given(ada!), NOON, keeps(30));
    expect(typesOf(events)).toEqual(['UserDeactivated', 'UserPurgeScheduled']);
    expect(events[0]).toEqual(left);
    expect(given(ada!, ...events)).toMatchObject({
      version: 3,
      attributes: { active: false },
      purgeAfter: LATER,
    });
  });

  it('only deactivates them where they are kept for ever', () => {
    expect(decideUserDeletion(given(ada!), NOON, keeps(null))).toEqual([left]);
    expect(decideUserDeletion(given(ada!, left), NOON, keeps(null))).toEqual([]);
  });

  it('of somebody inactive only says when they are to be purged', () => {
    const events = decideUserDeletion(given(ada!, left), NOON, keeps(30));
    expect(typesOf(events)).toEqual(['UserPurgeScheduled']);
  });

  it('says nothing the second time, also when the days have changed since', () => {
    const gone = given(ada!, ...decideUserDeletion(given(ada!), NOON, keeps(30)));
    for (const days of [30, 1, null]) expect(decideUserDeletion(gone, LATER, keeps(days))).toEqual([]);
  });

  it('deletes whoever was kept once the directory keeps nobody any more', () => {
    const gone = given(ada!, ...decideUserDeletion(given(ada!), NOON, keeps(30)));
    expect(typesOf(decideUserDeletion(gone, NOON))).toEqual(['UserDeleted']);
  });
});

describe('a person who is to be purged', () => {
  const gone = given(ada!, ...decideUserDeletion(given(ada!), NOON, keeps(30)));

  it('stays so when their profile or password changes', () => {
    const desired = { userName: 'ada', active: false };
    const after = given(ada!, ...decideUserChange(gone, desired, NOON, { hasPassword: true }));
    expect(after).toMatchObject({ version: 5, purgeAfter: LATER });
  });

  it('is not any more when they come back', () => {
    const back = given(ada!, ...decideUserChange(gone, attributes, NOON));
    expect(back).not.toHaveProperty('purgeAfter');
    expect(decideUserPurge(back, LATER)).toEqual([]);
  });

  it('is deleted when the time has come, and not before', () => {
    expect(decideUserPurge(gone, '2030-01-31T11:59:59.999Z')).toEqual([]);
    expect(decideUserPurge(gone, LATER)).toEqual([{ type: 'UserDeleted', data: { user: gone } }]);
  });

  it('is nobody who merely is inactive', () => {
    expect(decideUserPurge(given(ada!, left), LATER)).toEqual([]);
  });
});

describe('where deactivations are published as deletions', () => {
  const conceals = {
    policy: { ...USUAL_LEAVING_POLICY, deactivationsPublishedAs: 'deleted' } as LeavingPolicy,
  };
  const concealed = given(
    ada!,
    ...decideUserChange(given(ada!), { ...attributes, active: false }, NOON, conceals),
  );

  it('a person is concealed when they leave, in both ways of leaving', () => {
    expect(concealed).toMatchObject({ concealed: true, version: 2 });
    const policy: LeavingPolicy = { ...conceals.policy, onDelete: 'deactivate', purgeAfterDays: 1 };
    expect(given(ada!, ...decideUserDeletion(given(ada!), NOON, { policy }))).toMatchObject({
      concealed: true,
      purgeAfter: '2030-01-02T12:00:00.000Z',
    });
  });

  it('a person who is created inactive is concealed from the beginning', () => {
    const [event] = decideUserCreation('u', { userName: 'u', active: false }, NOON, conceals);
    expect(event).toMatchObject({ data: { user: { concealed: true } } });
    const [other] = decideUserCreation('u', { userName: 'u', active: true }, NOON, conceals);
    expect(other!.data.user).not.toHaveProperty('concealed');
  });

  it('a person stays concealed while they are inactive, whatever is decided now', () => {
    const after = given(ada!, ...decideUserChange(concealed, { userName: 'ada', active: false }, NOON));
    expect(after).toMatchObject({ concealed: true, version: 3 });
  });

  it('who left before that was decided is not concealed by a later word of it', () => {
    const user = given(ada!, left);
    expect(decideUserChange(user, { ...attributes, active: false }, NOON, conceals)).toEqual([]);
  });

  it('coming back reveals whoever was concealed, and nobody else', () => {
    const [back] = decideUserChange(concealed, attributes, NOON);
    expect(back).toMatchObject({ type: 'UserReactivated', data: { revealed: true } });
    expect(back!.data.user).not.toHaveProperty('concealed');
    const [other] = decideUserChange(given(ada!, left), attributes, NOON, conceals);
    expect(other!.data).not.toHaveProperty('revealed');
  });
});

describe('a damaged log', () => {
  const user = given(ada!);
  it.each<UserEvent>([
    left,
    { type: 'UserReactivated', data: { user }, previous: {} },
    { type: 'UserProfileChanged', data: { user }, previous: {} },
    { type: 'UserDeleted', data: { user } },
  ])('is refused: $type of a person who was never created', (event) => {
    expect(() => evolveUser(undefined, event)).toThrow(
      `${event.type} of directory_user_1 came before UserCreated: the log is damaged`,
    );
  });
});
