// Values are read by the path language of PATCH, and whatever the attributes hold, reading them does not fail.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Attributes, Json } from './json.js';
import { ENTERPRISE_URN } from './schema/enterprise.js';
import { extendedShape } from './schema/lookup.js';
import { readSchemaExtension } from './schema/declared.js';
import { readValuePath, valuesAtPath } from './value-path.js';

const ACME = 'urn:example:params:scim:schemas:extension:acme:2.0:User';
const shape = extendedShape('User', [
  readSchemaExtension(ACME, {
    name: 'Acme',
    description: 'Acme',
    attributes: [{ name: 'badge' }, { name: 'skills', multiValued: true }],
  }),
]);

const ada: Attributes = {
  userName: 'ada',
  name: { givenName: 'Ada' },
  emails: [
    { value: 'a@home.example', type: 'home' },
    { value: 'a@work.example', type: 'work', primary: true },
    { value: 'b@work.example', type: 'work' },
  ],
  [ENTERPRISE_URN]: { department: 'R&D', manager: { value: 'm' } },
  [ACME]: { badge: '7', skills: ['ts', 'sql'] },
};

describe('a path of values', () => {
  it.each<[string, Json[]]>([
    ['userName', ['ada']],
    ['USERNAME', ['ada']],
    ['name.givenName', ['Ada']],
    ['name.familyName', []],
    ['title', []],
    ['emails.value', ['a@home.example', 'a@work.example', 'b@work.example']],
    ['emails[type eq "work"].value', ['a@work.example', 'b@work.example']],
    ['emails[type eq "work" and primary eq true].value', ['a@work.example']],
    ['emails[primary eq true]', [{ value: 'a@work.example', type: 'work', primary: true }]],
    ['emails[type eq "other"].value', []],
    [`${ENTERPRISE_URN}:department`, ['R&D']],
    ['manager.value', ['m']],
    [`${ACME}:badge`, ['7']],
    [`${ACME}:skills`, ['ts', 'sql']],
    [ACME, [{ badge: '7', skills: ['ts', 'sql'] }]],
  ])('%s finds what stands there', (path, values) => {
    expect(valuesAtPath(readValuePath(shape, path), ada)).toEqual(values);
  });

  it.each([
    ['shoeSize', 'invalidPath'],
    ['urn:unknown:User:x', 'invalidPath'],
    ['urn:ietf:params:scim:schemas:core:2.0:User', 'invalidPath'],
    ['id', 'invalidPath'],
    ['meta.created', 'invalidPath'],
    ['groups', 'invalidPath'],
    ['groups.value', 'invalidPath'],
    ['password', 'invalidPath'],
    ['manager.displayName', 'invalidPath'],
    ['userName[value eq "x"]', 'invalidPath'],
    ['emails[type xx "work"]', 'invalidFilter'],
    ['emails[type eq "work"', 'invalidFilter'],
    ['', 'invalidPath'],
  ])('%j is refused', (path, scimType) => {
    expect(() => readValuePath(shape, path)).toThrow(expect.objectContaining({ status: 400, scimType }));
  });

  it('is data: it can be stored, and reads the same', () => {
    for (const path of ['emails[type eq "work"].value', `${ACME}:skills`, 'name.givenName']) {
      const read = readValuePath(shape, path);
      const stored = JSON.parse(JSON.stringify(read)) as typeof read;
      expect(stored).toEqual(read);
      expect(valuesAtPath(stored, ada)).toEqual(valuesAtPath(read, ada));
    }
  });

  it('never fails, whatever stands there', () => {
    const paths = [
      'userName',
      'name.givenName',
      'emails.value',
      'emails[type co "w" or not (primary eq true)].value',
      `${ACME}:skills`,
      ACME,
      'manager.value',
    ].map((path) => readValuePath(shape, path));
    const names = ['userName', 'name', 'emails', ENTERPRISE_URN, ACME];
    const odd = fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(odd, (attributes) => {
        for (const path of paths)
          for (const value of valuesAtPath(path, attributes as Attributes)) expect(value).toBeDefined();
      }),
    );
  });
});
