// Laws that hold for every change, whatever was asked.
import { describe, expect, it } from '@jest/globals';
import type { Attributes } from '@app/scim';
import fc from 'fast-check';
import { mapped } from './attribute-mapping.js';
import { decideGroupChange, decideGroupCreation } from './group/decide.js';
import { evolveGroup } from './group/evolve.js';
import type { Group, User } from './state.js';
import { groupAttributes, MORNING, NOON, times, userAttributes } from './testing/history.js';
import { anyRules } from './testing/rules.js';
import { decideUserChange, decideUserCreation } from './user/decide.js';
import { evolveUser } from './user/evolve.js';
import { decideRemapping, decideRoles } from './user/review.js';

/** Whoever is not called inactive is active. */
const meant = (attributes: Attributes): Attributes => ({
  ...attributes,
  active: attributes['active'] !== false,
});

/** Attributes as they were before an event, from what they are after it. */
function undone(after: Attributes, previous: Attributes): Attributes {
  const before = { ...after, ...previous };
  return Object.fromEntries(Object.entries(before).filter(([, value]) => value !== null));
}

const newUser = (attributes: Attributes): User =>
  decideUserCreation('u', attributes, MORNING).reduce<User | undefined>(evolveUser, undefined)!;
const newGroup = (attributes: Attributes): Group =>
  decideGroupCreation('g', attributes, MORNING).reduce<Group | undefined>(evolveGroup, undefined)!;

describe('a person', () => {
  it('looks exactly as desired after the events of a change', () => {
    fc.assert(
      fc.property(userAttributes, userAttributes, times, (before, desired, now) => {
        const user = newUser(before);
        const after = decideUserChange(user, desired, now).reduce<User | undefined>(evolveUser, user)!;
        expect(meant(after.attributes)).toEqual(meant(desired));
      }),
    );
  });

  it('needs no second change to look so', () => {
    fc.assert(
      fc.property(userAttributes, userAttributes, times, (before, desired, now) => {
        const user = newUser(before);
        const after = decideUserChange(user, desired, now).reduce<User | undefined>(evolveUser, user)!;
        expect(decideUserChange(after, desired, now)).toEqual([]);
      }),
    );
  });

  it('can be traced back: what each event calls previous is what was there before it', () => {
    fc.assert(
      fc.property(userAttributes, userAttributes, times, (before, desired, now) => {
        const events = decideUserChange(newUser(before), desired, now);
        const traced = events.reduceRight<Attributes | undefined>((after, event) => {
          const { user } = event.data;
          expect(meant(after ?? user.attributes)).toEqual(meant(user.attributes));
          return undone(user.attributes, 'previous' in event ? event.previous : {});
        }, undefined);
        expect(meant(traced ?? before)).toEqual(meant(before));
      }),
    );
  });

  it('has a greater version and a later lastModified after every event, whatever the clock says', () => {
    fc.assert(
      fc.property(userAttributes, userAttributes, times, (before, desired, now) => {
        const user = newUser(before);
        const line = [user, ...decideUserChange(user, desired, now).map((event) => event.data.user)];
        expect(line.map(({ version }) => version)).toEqual(line.map((_, index) => index + 1));
        const seen = line.map(({ lastModified }) => lastModified);
        expect([...new Set(seen)].sort()).toEqual(seen);
        expect(new Set(line.map(({ created }) => created))).toEqual(new Set([MORNING]));
      }),
    );
  });

  it('is handed in unharmed', () => {
    fc.assert(
      fc.property(userAttributes, userAttributes, times, (before, desired, now) => {
        const user = newUser(before);
        const copies = structuredClone({ user, desired });
        decideUserChange(user, desired, now);
        expect({ user, desired }).toEqual(copies);
      }),
    );
  });
});

describe('a person whom a mapping shows', () => {
  const after = (user: User, events: ReturnType<typeof decideUserChange>): User =>
    events.reduce<User | undefined>(evolveUser, user)!;

  it('is shown by it from the beginning and after every change, and can be traced back', () => {
    fc.assert(
      fc.property(userAttributes, userAttributes, anyRules, (before, desired, rules) => {
        const made = decideUserCreation('u', before, MORNING, { rules });
        const user = made.reduce<User | undefined>(evolveUser, undefined)!;
        expect(user.custom).toEqual(mapped(rules.attributes, before));
        expect(user.roles).toEqual(rules.defaultRole === null ? undefined : ['member']);
        const events = decideUserChange(user, desired, NOON, { rules });
        const changed = after(user, events);
        expect(changed.custom).toEqual(mapped(rules.attributes, desired));
        expect(changed.roles).toEqual(user.roles);
        expect(decideUserChange(changed, desired, NOON, { rules })).toEqual([]);
        const traced = events.reduceRight<unknown>(
          (custom, event) =>
            event.type === 'UserProfileChanged' && event.data.before
              ? (event.data.before.custom ?? undefined)
              : custom,
          changed.custom,
        );
        expect(traced).toEqual(user.custom);
      }),
    );
  });

  it('is shown by another one after one event at most, and needs no second look', () => {
    fc.assert(
      fc.property(userAttributes, anyRules, anyRules, times, (attributes, first, second, now) => {
        const user = after(newUser(attributes), decideRemapping(newUser(attributes), first.attributes, now));
        const events = decideRemapping(user, second.attributes, now);
        expect(events.length).toBeLessThanOrEqual(1);
        const changed = after(user, events);
        expect(decideRemapping(changed, second.attributes, now)).toEqual([]);
        expect(changed.attributes).toEqual(user.attributes);
        if (events.length > 0) {
          expect(changed.custom).toEqual(mapped(second.attributes, attributes));
          expect(changed.version).toBe(user.version + 1);
          expect(changed.lastModified > user.lastModified).toBe(true);
        }
      }),
    );
  });

  it('has the roles given after one event at most, and no event for the same ones', () => {
    const roles = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'));
    fc.assert(
      fc.property(userAttributes, roles, roles, (attributes, first, second) => {
        const user = after(newUser(attributes), decideRoles(newUser(attributes), first, NOON));
        expect(user.roles ?? []).toEqual(first);
        const events = decideRoles(user, second, NOON);
        expect(events.length).toBe(JSON.stringify(first) === JSON.stringify(second) ? 0 : 1);
        expect(after(user, events).roles ?? []).toEqual(second);
      }),
    );
  });
});

describe('a group', () => {
  it('looks exactly as desired after the events of a change, and needs no second one', () => {
    fc.assert(
      fc.property(groupAttributes, groupAttributes, times, (before, desired, now) => {
        const group = newGroup(before);
        const after = decideGroupChange(group, desired, now).reduce<Group | undefined>(evolveGroup, group)!;
        expect(after.attributes).toEqual(desired);
        expect(decideGroupChange(after, desired, now)).toEqual([]);
      }),
    );
  });

  it('can be traced back', () => {
    fc.assert(
      fc.property(groupAttributes, groupAttributes, times, (before, desired, now) => {
        for (const event of decideGroupChange(newGroup(before), desired, now)) {
          expect('previous' in event && undone(event.data.group.attributes, event.previous)).toEqual(before);
        }
      }),
    );
  });
});
