import { describe, expect, it } from '@jest/globals';
import { MORNING, NOON, person as given } from '../testing/history.js';
import { decideUserChange, decideUserCreation, decideUserDeletion } from './decide.js';
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
    const events = decideUserDeletion(user);
    expect(events).toEqual([{ type: 'UserDeleted', data: { user } }]);
    expect(events.reduce<typeof user | undefined>(evolveUser, user)).toBeUndefined();
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
