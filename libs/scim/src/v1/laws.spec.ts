// Laws that hold for every translation between SCIM 1.1 and 2.0.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createdFrom, replacedBy } from '../body/desire.js';
import { parseResource } from '../body/parse.js';
import { ScimError } from '../errors.js';
import type { Attributes, Json, ResourceType } from '../json.js';
import { present, type StoredResource } from '../presentation/present.js';
import { parsePatchV1 } from './patch.js';
import { presentV1 } from './present.js';
import { resourceFromV1 } from './resource.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const EXT_V1 = 'urn:scim:schemas:extension:enterprise:1.0';
const word = fc.constantFrom('a', 'A', 'b', 'work', 'ü', '');
const element = fc.record(
  { type: fc.constantFrom('work', 'Work', 'home'), value: word, display: word, primary: fc.boolean() },
  { requiredKeys: [] },
);
const elements = fc.array(element, { maxLength: 5 });

const users = fc
  .record(
    {
      userName: fc.constantFrom('ada', 'bea'),
      externalId: word,
      active: fc.boolean(),
      title: word,
      name: fc.record({ givenName: word, familyName: word }, { requiredKeys: [] }),
      emails: elements,
      phoneNumbers: elements,
      photos: elements,
      addresses: fc.array(fc.record({ type: word, locality: word }), { maxLength: 3 }),
      [EXT]: fc.record({ department: word, manager: word }, { requiredKeys: [] }),
    },
    { requiredKeys: ['userName'] },
  )
  .map((body): Attributes => createdFrom('User', parseResource('User', body, 'generic')));

/** The resource as a caller of 1.1 reads it. */
function shown(type: ResourceType, attributes: Attributes): { [name: string]: Json } {
  const times = { created: '2011-05-13T04:42:34Z', lastModified: '2011-05-13T04:42:34Z' };
  const resource: StoredResource = { id: 'x', attributes, version: 1, ...times };
  const groups = [{ value: 'g', display: 'G', type: 'direct' as const }];
  const members = [{ value: 'm', type: 'User' as const, display: 'M' }];
  return presentV1(present(type, resource, { baseUrl: 'https://x/scim/v1', groups, members }));
}

describe('a resource shown as SCIM 1.1', () => {
  it('and sent back by PUT is the same resource', () => {
    fc.assert(
      fc.property(users, (user) => {
        const parsed = parseResource('User', resourceFromV1('User', shown('User', user)), 'okta');
        expect(replacedBy('User', parsed)(user)).toEqual(user);
        expect(parsed.ignored).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('and sent back by PATCH is the same resource', () => {
    fc.assert(
      fc.property(users, (user) => {
        const patch = parsePatchV1('User', shown('User', user), 'okta');
        expect(patch.apply(user)).toEqual(user);
        expect(patch.ignored).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('with its members is the same group', () => {
    const group = shown('Group', { displayName: 'G', externalId: 'e' });
    const { attributes, members } = parseResource('Group', resourceFromV1('Group', group), 'okta');
    expect([attributes, members]).toEqual([{ displayName: 'G', externalId: 'e' }, ['m']]);
    expect(parsePatchV1('Group', group, 'okta').members).toEqual([{ kind: 'add', ids: ['m'] }]);
  });

  it('names no schema of 2.0', () => {
    fc.assert(
      fc.property(users, (user) => {
        expect(JSON.stringify(shown('User', user))).not.toContain('urn:ietf');
      }),
    );
  });
});

const given = fc.record(
  {
    ...{ type: word, value: word, display: word, primary: fc.boolean() },
    operation: fc.constantFrom('delete', ''),
  },
  { requiredKeys: [] },
);
const patches = fc.record(
  {
    userName: word,
    title: word,
    active: fc.constantFrom(true, 'False', null),
    emails: fc.array(given, { maxLength: 4 }),
    Emails: fc.array(given, { maxLength: 2 }),
    addresses: fc.array(fc.record({ locality: word, operation: fc.constantFrom('delete', '') }), {
      maxLength: 2,
    }),
    [EXT_V1]: fc.record({ department: word, manager: fc.record({ managerId: word }) }, { requiredKeys: [] }),
    meta: fc.record({
      attributes: fc.array(
        fc.constantFrom('title', 'emails', 'name', 'name.givenName', 'addresses', EXT_V1, 'hat'),
      ),
    }),
  },
  { requiredKeys: [] },
);

describe('every PATCH of SCIM 1.1', () => {
  it('makes canonical attributes of canonical attributes, and leaves the given ones as they are', () => {
    fc.assert(
      fc.property(users, patches, (user, body) => {
        const before = structuredClone(user);
        const after = outcome(() => parsePatchV1('User', body, 'generic').apply(user)) ?? user;
        expect(user).toEqual(before);
        // Canonical means: read again, it says the same.
        expect(parseResource('User', after, 'generic').attributes).toEqual(after);
      }),
      { numRuns: 1000 },
    );
  });

  it('done twice is done once', () => {
    // A value without `value` cannot be matched; where a request contradicts itself, the order decides.
    const value = fc.constantFrom('a', 'A', 'b', 'c');
    const named = fc.record(
      { value, type: word, operation: fc.constantFrom('delete', '') },
      { requiredKeys: ['value'] },
    );
    const emails = fc.uniqueArray(named, { selector: (one) => one.value.toLowerCase() });
    const repeatable = fc.record({
      title: word,
      emails,
      meta: fc.constantFrom({}, { attributes: ['name', 'emails'] }),
    });
    fc.assert(
      fc.property(users, repeatable, (user, body) => {
        const apply = (current: Attributes) =>
          outcome(() => parsePatchV1('User', body, 'generic').apply(current));
        const once = apply(user);
        expect(once && apply(once)).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('is understood or refused, whatever JSON it is', () => {
    const keys = fc.constantFrom(
      'userName',
      'emails',
      'members',
      'meta',
      'name',
      'manager',
      EXT_V1,
      '__proto__',
      'schemas',
      'Operations',
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(keys, fc.jsonValue()),
      fc.dictionary(keys, fc.array(given)),
    );
    fc.assert(
      fc.property(body, fc.constantFrom<ResourceType>('User', 'Group'), (any, type) => {
        outcome(() => parsePatchV1(type, any, 'generic').apply({ userName: 'ada', displayName: 'g' }));
        outcome(() => parseResource(type, resourceFromV1(type, any), 'generic'));
        expect(({} as Attributes)['value']).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});

/** The outcome, or undefined when it was refused; anything but a ScimError is a defect. */
function outcome<Outcome>(attempt: () => Outcome): Outcome | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}
