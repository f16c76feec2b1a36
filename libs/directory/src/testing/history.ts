/** People and groups for specifications: as they are after the events given, and as fast-check imagines them. */
import { ENTERPRISE_URN, type Attributes } from '@app/scim';
import fc from 'fast-check';
import { evolveGroup } from '../group/evolve.js';
import type { GroupEvent } from '../group/events.js';
import type { Group, User } from '../state.js';
import { evolveUser } from '../user/evolve.js';
import type { UserEvent } from '../user/events.js';

export const MORNING = '2030-01-01T08:00:00.000Z';
export const NOON = '2030-01-01T12:00:00.000Z';

/** The person as they are after the events. */
export function person(...events: UserEvent[]): User {
  return present(events.reduce<User | undefined>(evolveUser, undefined));
}

/** The group as it is after the events. */
export function group(...events: GroupEvent[]): Group {
  return present(events.reduce<Group | undefined>(evolveGroup, undefined));
}

function present<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('nothing is left after these events');
  return found;
}

const word = fc.constantFrom('a', 'b', 'Ünïcode 🚀', 'line\nbreak "quoted" \\');

/** Canonical attributes of a person: no nulls, nothing empty. */
export const userAttributes: fc.Arbitrary<Attributes> = fc.record(
  {
    userName: fc.constantFrom('ada', 'Bea@example.com'),
    active: fc.boolean(),
    externalId: word,
    title: word,
    userType: word,
    displayName: word,
    name: fc
      .record({ givenName: word, familyName: word }, { requiredKeys: [] })
      .filter((name) => Object.keys(name).length > 0),
    emails: fc.array(
      fc.record({ value: word, type: fc.constantFrom('work', 'home'), primary: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    [ENTERPRISE_URN]: fc.record({ department: word, manager: fc.record({ value: word }) }),
  },
  { requiredKeys: ['userName'] },
);

export const groupAttributes: fc.Arbitrary<Attributes> = fc.record(
  { displayName: word, externalId: word },
  { requiredKeys: ['displayName'] },
);

/** Half of the time the clock stands still or goes back: the writer's clock is not to be trusted. */
export const times: fc.Arbitrary<string> = fc
  .integer({ min: -2, max: 2 })
  .map((hours) => new Date(Date.parse(NOON) + hours * 3_600_000).toISOString());
