// Laws that hold for every PATCH.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseResource } from '../body/parse.js';
import { createdFrom } from '../body/desire.js';
import type { Dialect } from '../dialects/index.js';
import { ScimError } from '../errors.js';
import type { Attributes, Json, ResourceType } from '../json.js';
import { parsePatch } from './parse.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const word = fc.constantFrom('a', 'b', 'c', 'work', 'home', '');
const element = fc.record(
  {
    type: fc.constantFrom('work', 'home'),
    value: word,
    display: word,
    primary: fc.constantFrom(true, false, 'True'),
  },
  { requiredKeys: [] },
);

const users = fc
  .record(
    {
      userName: fc.constantFrom('ada', 'bea'),
      active: fc.boolean(),
      title: word,
      name: fc.record({ givenName: word, familyName: word }, { requiredKeys: [] }),
      emails: fc.array(element, { maxLength: 4 }),
      addresses: fc.array(fc.record({ type: word, locality: word }), { maxLength: 2 }),
      [EXT]: fc.record({ department: word, manager: word }, { requiredKeys: [] }),
    },
    { requiredKeys: ['userName'] },
  )
  .map((body): Attributes => createdFrom('User', parseResource('User', body, 'generic')));

const paths = fc.constantFrom(
  'title',
  'active',
  'name',
  'name.givenName',
  'emails',
  'emails.value',
  'emails[type eq "work"]',
  'emails[type eq "work"].value',
  'emails[primary eq true].display',
  'emails[type eq "home" and value co "a"].primary',
  'addresses[type eq "work"].locality',
  'manager',
  'department',
  EXT,
  'members',
  'id',
  undefined,
);

const values = fc.oneof(
  word,
  element,
  fc.array(element, { maxLength: 3 }),
  fc.constantFrom(true, false, 'True', null),
  fc.record(
    { title: word, name: fc.record({ givenName: word }), emails: fc.array(element, { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
);

const operations = fc.record({ op: fc.constantFrom('add', 'Replace', 'remove'), path: paths, value: values });
const patches = fc.record({ Operations: fc.array(operations, { maxLength: 4 }) });
const dialects = fc.constantFrom<Dialect>('generic', 'okta', 'entra');

/** The outcome, or undefined when it was refused; anything but a ScimError is a defect. */
function outcome(
  body: unknown,
  current: Attributes,
  { type, dialect }: { type: ResourceType; dialect: Dialect },
): Attributes | undefined {
  try {
    return parsePatch(type, body, dialect).apply(current);
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    return undefined;
  }
}

function holdsBlank(value: Json): boolean {
  if (value === null || value === '') return true;
  if (typeof value !== 'object') return false;
  const parts = Object.values(value);
  return parts.length === 0 || parts.some(holdsBlank);
}

describe('every PATCH', () => {
  it('leaves the given attributes as they are', () => {
    fc.assert(
      fc.property(users, patches, dialects, (user, body, dialect) => {
        const before = structuredClone(user);
        outcome(body, user, { type: 'User', dialect });
        expect(user).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it('makes canonical attributes of canonical attributes', () => {
    fc.assert(
      fc.property(users, patches, dialects, (user, body, dialect) => {
        const after = outcome(body, user, { type: 'User', dialect }) ?? user;
        expect(holdsBlank(after)).toBe(false);
        const primaries = Array.isArray(after['emails'])
          ? after['emails'].filter((one) => (one as Attributes)['primary'] === true)
          : [];
        expect(primaries.length).toBeLessThan(2);
        // Canonical means: read again, it says the same.
        expect(parseResource('User', after, 'generic').attributes).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });

  it('done twice is done once, when it replaces without a filter', () => {
    const replaces = fc.record({
      op: fc.constant('replace'),
      path: fc.constantFrom('title', 'active', 'name', 'name.givenName', 'emails', 'manager', EXT, undefined),
      value: values,
    });
    fc.assert(
      fc.property(users, replaces, (user, operation) => {
        const body = { Operations: [operation] };
        const once = outcome(body, user, { type: 'User', dialect: 'generic' });
        if (once) expect(outcome(body, once, { type: 'User', dialect: 'generic' })).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });

  it('that sends back what is there changes nothing', () => {
    fc.assert(
      fc.property(users, fc.constantFrom('add', 'replace'), (user, op) => {
        expect(
          outcome({ Operations: [{ op, value: user }] }, user, { type: 'User', dialect: 'okta' }),
        ).toEqual(user);
      }),
      { numRuns: 200 },
    );
  });

  it('is understood or refused, whatever JSON it is', () => {
    const anyOperation = fc.record(
      {
        op: fc.oneof(fc.constantFrom('add', 'replace', 'remove'), fc.jsonValue()),
        path: fc.oneof(paths, fc.jsonValue()),
        value: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const anyBody = fc.oneof(
      fc.jsonValue(),
      fc.record({ Operations: fc.array(anyOperation, { maxLength: 5 }) }),
    );
    fc.assert(
      fc.property(
        anyBody,
        fc.constantFrom<ResourceType>('User', 'Group'),
        dialects,
        (body, type, dialect) => {
          outcome(body, { userName: 'ada', displayName: 'g' }, { type, dialect });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('and every whole resource too', () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(
          'userName',
          'emails',
          'name',
          'members',
          'active',
          EXT,
          'manager',
          '__proto__',
          'schemas',
        ),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(body, fc.constantFrom<ResourceType>('User', 'Group'), dialects, (given, type, dialect) => {
        try {
          expect(holdsBlank({ x: 1, ...parseResource(type, given, dialect).attributes })).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(ScimError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
