// The PATCH requests of Microsoft Entra ID, in its default mode and with the aadOptscim062020 flag, one row per shape.
import { describe, expect, it } from '@jest/globals';
import type { Attributes, Json } from '../json.js';
import { refusalOf } from '../testing/refusal.js';
import { parsePatch } from './parse.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const ada: Attributes = { userName: 'ada', active: true, name: { givenName: 'Ada', familyName: 'Lovelace' } };

const patched = (operations: Json[], current: Attributes = ada, dialect: 'entra' | 'generic' = 'entra') =>
  parsePatch(
    'User',
    { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations },
    dialect,
  ).apply(current);

describe('Entra', () => {
  it.each<[string, Json[], Attributes, Attributes]>([
    [
      'deactivates by text',
      [{ op: 'Replace', path: 'active', value: 'False' }],
      ada,
      { ...ada, active: false },
    ],
    [
      'deactivates by a boolean',
      [{ op: 'replace', path: 'active', value: false }],
      ada,
      { ...ada, active: false },
    ],
    ['reactivates', [{ op: 'Replace', path: 'active', value: 'True' }], { ...ada, active: false }, ada],
    [
      'clears a part of the name and deactivates, without a path',
      [{ op: 'Replace', value: { name: { familyName: null }, active: false } }],
      ada,
      { userName: 'ada', active: false, name: { givenName: 'Ada' } },
    ],
    [
      'sets many attributes one by one',
      [
        { op: 'Add', path: 'displayName', value: 'Pvlo' },
        { op: 'Replace', path: 'emails[type eq "work"].value', value: 'TestBcwqnm@test.microsoft.com' },
        { op: 'Add', path: 'name.givenName', value: 'Gtfd' },
        { op: 'Add', path: 'name.familyName', value: 'Pkqf' },
        { op: 'Add', path: 'externalId', value: 'Eqpj' },
        { op: 'Add', path: `${EXT}:employeeNumber`, value: 'Eqpj' },
      ],
      ada,
      {
        userName: 'ada',
        active: true,
        displayName: 'Pvlo',
        emails: [{ type: 'work', value: 'TestBcwqnm@test.microsoft.com' }],
        name: { givenName: 'Gtfd', familyName: 'Pkqf' },
        externalId: 'Eqpj',
        [EXT]: { employeeNumber: 'Eqpj' },
      },
    ],
    [
      'sets many attributes by dotted and URN keys without a path',
      [
        { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@test.microsoft.com' },
        {
          op: 'replace',
          value: {
            displayName: 'Bjfe',
            'name.givenName': 'Kkom',
            'name.familyName': 'Unua',
            [`${EXT}:employeeNumber`]: 'Aklq',
          },
        },
      ],
      {
        ...ada,
        emails: [
          { type: 'home', value: 'h' },
          { type: 'work', value: 'old', primary: true },
        ],
      },
      {
        ...ada,
        emails: [
          { type: 'home', value: 'h' },
          { type: 'work', value: 'new@test.microsoft.com', primary: true },
        ],
        displayName: 'Bjfe',
        name: { givenName: 'Kkom', familyName: 'Unua' },
        [EXT]: { employeeNumber: 'Aklq' },
      },
    ],
    [
      'replaces primary values, and creates those that are missing',
      [
        { op: 'replace', path: 'emails[primary eq true].value', value: 'flat@example.com' },
        { op: 'replace', path: 'phoneNumbers[primary eq true].value', value: '+1-555-0199' },
        { op: 'replace', path: 'roles[primary eq "True"].value', value: 'senior-engineer' },
        { op: 'replace', path: 'entitlements[primary eq "true"].value', value: 'vpn-admin' },
        { op: 'replace', value: { 'name.formatted': 'Replaced', [`${EXT}:employeeNumber`]: '99999' } },
      ],
      { ...ada, emails: [{ value: 'a', primary: true, type: 'work' }], roles: [{ value: 'junior' }] },
      {
        ...ada,
        emails: [{ value: 'flat@example.com', primary: true, type: 'work' }],
        phoneNumbers: [{ primary: true, value: '+1-555-0199' }],
        roles: [{ value: 'junior' }, { primary: true, value: 'senior-engineer' }],
        entitlements: [{ primary: true, value: 'vpn-admin' }],
        name: { givenName: 'Ada', familyName: 'Lovelace', formatted: 'Replaced' },
        [EXT]: { employeeNumber: '99999' },
      },
    ],
    [
      'replaces a value that is not there, and the rest is not lost',
      [
        { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '+1-555-0100' },
        { op: 'Replace', path: 'name.familyName', value: 'King' },
      ],
      ada,
      {
        ...ada,
        phoneNumbers: [{ type: 'work', value: '+1-555-0100' }],
        name: { givenName: 'Ada', familyName: 'King' },
      },
    ],
    ...(['Add', 'replace'] as const).map((op): [string, Json[], Attributes, Attributes] => [
      `builds one address by several operations (${op})`,
      [
        { op, path: 'addresses[type eq "work"].streetAddress', value: '100 Enterprise Blvd' },
        { op, path: 'addresses[type eq "work"].locality', value: 'San Francisco' },
        { op, path: 'addresses[type eq "work"].region', value: 'CA' },
        { op, path: 'addresses[type eq "work"].postalCode', value: '94105' },
        { op, path: 'addresses[type eq "work"].country', value: 'US' },
        { op, path: 'phoneNumbers[type eq "mobile"].value', value: '1' },
      ],
      ada,
      {
        ...ada,
        addresses: [
          {
            type: 'work',
            streetAddress: '100 Enterprise Blvd',
            locality: 'San Francisco',
            region: 'CA',
            postalCode: '94105',
            country: 'US',
          },
        ],
        phoneNumbers: [{ type: 'mobile', value: '1' }],
      },
    ]),
    ...['', null].map((value): [string, Json[], Attributes, Attributes] => [
      `clears one value by ${JSON.stringify(value)} and keeps its entry`,
      [{ op: 'replace', path: 'phoneNumbers[type eq "work"].value', value }],
      {
        ...ada,
        phoneNumbers: [
          { type: 'work', value: '1' },
          { type: 'home', value: '2' },
        ],
      },
      { ...ada, phoneNumbers: [{ type: 'work' }, { type: 'home', value: '2' }] },
    ]),
    [
      'clears a value that is not there',
      [{ op: 'Replace', path: 'emails[type eq "work"].value', value: null }],
      ada,
      ada,
    ],
    [
      'drops an entry',
      [{ op: 'Remove', path: 'emails[type eq "work"]' }],
      {
        ...ada,
        emails: [
          { type: 'work', value: '1' },
          { type: 'home', value: '2' },
        ],
      },
      { ...ada, emails: [{ type: 'home', value: '2' }] },
    ],
    [
      'drops the last entry',
      [{ op: 'Remove', path: 'emails[type eq "work"]' }],
      { ...ada, emails: [{ type: 'work', value: '1' }] },
      ada,
    ],
    [
      'resets the id, and only the rest is done',
      [
        { op: 'replace', path: 'id', value: null },
        { op: 'add', path: 'title', value: 'T' },
      ],
      ada,
      { ...ada, title: 'T' },
    ],
    [
      'replaces a part of the name and keeps the other',
      [{ op: 'Replace', path: 'name', value: { familyName: 'New' } }],
      ada,
      { ...ada, name: { givenName: 'Ada', familyName: 'New' } },
    ],
    [
      'wraps a scalar in a list',
      [{ op: 'Replace', path: 'displayName', value: ['X'] }],
      ada,
      { ...ada, displayName: 'X' },
    ],
    ['sends no operations', [], ada, ada],
    ['changes nothing', [{ op: 'Add', path: 'userName', value: 'ada' }], ada, ada],
    [
      'adds roles as JSON in text',
      [{ op: 'Add', path: 'roles', value: [{ value: '{"id":"1"}' }, { value: '{"id":"2"}' }] }],
      ada,
      { ...ada, roles: [{ value: '{"id":"1"}' }, { value: '{"id":"2"}' }] },
    ],
  ])('%s', (_title, operations, before, after) => {
    expect(patched(operations, before)).toEqual(after);
  });

  const withManager = { ...ada, [EXT]: { manager: { value: 'old' } } };

  it.each<[Json, Attributes, string | undefined]>([
    [
      { op: 'Add', path: 'manager', value: [{ $ref: 'http://host/scim/Users/2819c223', value: '2819c223' }] },
      ada,
      '2819c223',
    ],
    [{ op: 'Add', path: `${EXT}:manager`, value: '271' }, ada, '271'],
    [{ op: 'Replace', path: 'manager', value: '271' }, withManager, '271'],
    [{ op: 'Replace', path: 'manager', value: { $ref: 'http://host/scim/Users/271' } }, withManager, '271'],
    [{ op: 'Replace', path: 'manager.value', value: '271' }, ada, '271'],
    [{ op: 'Replace', path: 'manager.$ref', value: '../Users/271' }, withManager, '271'],
    [{ op: 'replace', path: `${EXT}.manager`, value: 'id' }, withManager, 'id'],
    [{ op: 'replace', value: { [EXT]: { manager: { value: 'id' } } } }, withManager, 'id'],
    [{ op: 'Remove', path: 'manager[value eq "old"]' }, withManager, undefined],
    [{ op: 'Remove', path: 'manager[value eq "other"]' }, withManager, 'old'],
    [{ op: 'Remove', path: 'manager' }, withManager, undefined],
    [{ op: 'Remove', path: `${EXT}:manager.value` }, withManager, undefined],
    [{ op: 'Replace', path: `${EXT}:manager`, value: '' }, withManager, undefined],
    [{ op: 'Replace', path: `${EXT}:manager`, value: null }, withManager, undefined],
    [{ op: 'Replace', path: EXT, value: null }, withManager, undefined],
    [{ op: 'Remove', path: EXT }, withManager, undefined],
  ])('says a manager: %j', (operation, before, manager) => {
    expect(patched([operation], before)).toEqual(
      manager === undefined ? ada : { ...ada, [EXT]: { manager: { value: manager } } },
    );
  });

  it('drops the extension only when nothing else is in it', () => {
    const before = { ...ada, [EXT]: { manager: { value: 'old' }, department: 'd' } };
    expect(patched([{ op: 'Replace', path: 'manager', value: '' }], before)).toEqual({
      ...ada,
      [EXT]: { department: 'd' },
    });
  });

  it.each<[string, Json, string]>([
    ['a remove without a path', { op: 'Remove', value: { displayName: 'Ada' } }, 'noTarget'],
    [
      'a comparison behind the brackets that chooses nothing',
      { op: 'Add', path: 'emails[type eq "work"].value sw "x"', value: 'x' },
      'noTarget',
    ],
    ['a path that is none', { op: 'Remove', path: 'company name' }, 'invalidPath'],
    [
      'a sub-attribute that nobody knows behind brackets',
      { op: 'Replace', path: 'emails[type eq "work"].shoe', value: 'x' },
      'invalidPath',
    ],
    [
      'a mistake in the brackets',
      { op: 'Add', path: 'emails[type is "work"].value', value: 'x' },
      'invalidFilter',
    ],
    ['a new id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    [
      'what cannot be created from the filter',
      { op: 'replace', path: 'emails[type ne "work"].value', value: 'x' },
      'noTarget',
    ],
  ])('is refused %s', (_title, operation, scimType) => {
    expect(refusalOf(() => patched([operation]))).toMatchObject({ status: 400, scimType });
  });

  it('says which of its quirks took effect, and only when one did', () => {
    const phone = { op: 'Replace', path: 'phoneNumbers[type eq "work"].value', value: '+1' };
    const id = { op: 'replace', path: 'id', value: null };
    const quirksOf = (operations: Json[], current: Attributes): string[] => {
      const patch = parsePatch('User', { Operations: operations }, 'entra');
      patch.apply(current);
      return patch.quirks;
    };
    expect(quirksOf([phone, id, phone], ada)).toEqual([
      'ignoresReadOnlyReset',
      'createsTargetOfFilteredReplace',
    ]);
    expect(quirksOf([phone], { ...ada, phoneNumbers: [{ type: 'work', value: '+2' }] })).toEqual([]);
  });

  describe('ends a path with a comparison', () => {
    const emails = [
      { type: 'work', value: 'old@example.com' },
      { type: 'work', value: 'ada@example.com' },
      { type: 'home', value: 'old@example.org' },
    ];
    const before = { ...ada, emails };
    const path = 'emails[type eq "work"].value sw "old"';

    it('to remove the values of which it is true', () => {
      const { apply, quirks } = parsePatch('User', { Operations: [{ op: 'Remove', path }] }, 'entra');
      expect(apply(before)).toEqual({ ...ada, emails: emails.slice(1) });
      expect(quirks).toEqual(['readsComparisonBehindPath']);
    });

    it('to replace the values of which it is true', () => {
      expect(patched([{ op: 'Replace', path, value: 'new@example.com' }], before)).toEqual({
        ...ada,
        emails: [{ type: 'work', value: 'new@example.com' }, ...emails.slice(1)],
      });
    });

    it('whose filter holds an or, which stays inside the brackets', () => {
      const either = 'emails[type eq "work" or type eq "home"].value sw "old"';
      expect(patched([{ op: 'Remove', path: either }], before)).toEqual({ ...ada, emails: [emails[1]] });
    });

    it('which is no path to anybody else', () => {
      const refusal = refusalOf(() => patched([{ op: 'Remove', path }], before, 'generic'));
      expect(refusal).toMatchObject({ status: 400, scimType: 'invalidPath' });
    });
  });

  describe('names an attribute that no schema has', () => {
    const unknown = [
      { op: 'remove', path: 'companyName' },
      { op: 'Add', path: 'urn:ietf:params:scim:schemas:extension:Acme:2.0:User:tag', value: 'x' },
      { op: 'Replace', path: 'badges[type eq "work"].value', value: 'x' },
      { op: 'Replace', path: 'name.shoe', value: 'x' },
    ];
    const operations = [...unknown, { op: 'Replace', path: 'active', value: 'False' }];

    it('which is noted, and the deactivation in the same request is not lost', () => {
      const { apply, ignored, quirks } = parsePatch('User', { Operations: operations }, 'entra');
      expect(apply(ada)).toEqual({ ...ada, active: false });
      expect(quirks).toEqual(['ignoresUnknownAttributes']);
      expect(ignored).toEqual(unknown.map(({ path }) => path));
    });

    it('which is a wrong path from anybody else', () => {
      for (const operation of unknown) {
        const refusal = refusalOf(() => patched([operation], ada, 'generic'));
        expect(refusal).toMatchObject({ status: 400, scimType: 'invalidPath' });
      }
    });
  });
});
