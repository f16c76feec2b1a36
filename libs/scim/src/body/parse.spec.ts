import { describe, expect, it } from '@jest/globals';
import type { Json, ResourceType } from '../json.js';
import { MAX_KEY_CHARACTERS, MAX_MEMBERS, MAX_STRING_CHARACTERS, MAX_VALUES } from '../limits.js';
import { refusalOf } from '../testing/refusal.js';
import { parsePatch } from '../patch/parse.js';
import { parseResource } from './parse.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const user = (body: unknown) => parseResource('User', body, 'generic');
const group = (body: unknown) => parseResource('Group', body, 'generic');

describe('creating a user, as identity providers say it', () => {
  it.each<[string, Json, Json, string[]]>([
    [
      'Entra: the enterprise URN without its object, meta, and an empty list',
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', ENTERPRISE],
        externalId: '0a21f0f2',
        userName: 'Test_User',
        active: true,
        emails: [{ primary: true, type: 'work', value: 'a@testuser.com' }],
        meta: { resourceType: 'User' },
        name: { formatted: 'g f', familyName: 'f', givenName: 'g' },
        roles: [],
      },
      {
        externalId: '0a21f0f2',
        userName: 'Test_User',
        active: true,
        emails: [{ primary: true, type: 'work', value: 'a@testuser.com' }],
        name: { formatted: 'g f', familyName: 'f', givenName: 'g' },
      },
      [],
    ],
    [
      'Entra: nulls, a URN without its last colon, enterprise names at the top',
      {
        schemas: [
          'urn:ietf:params:scim:schemas:core:2.0:User',
          'urn:ietf:params:scim:schemas:extension:enterprise:2.0User',
        ],
        externalId: 'jyoung',
        userName: 'jyoung@testuser.com',
        active: true,
        addresses: null,
        displayName: 'Joy Young',
        emails: [{ type: 'work', value: 'Joy.Young@testuser.com', primary: true }],
        meta: { resourceType: 'User' },
        name: { familyName: 'Young', givenName: 'Joy' },
        phoneNumbers: null,
        preferredLanguage: null,
        title: null,
        department: null,
        manager: null,
      },
      {
        externalId: 'jyoung',
        userName: 'jyoung@testuser.com',
        active: true,
        displayName: 'Joy Young',
        emails: [{ type: 'work', value: 'Joy.Young@testuser.com', primary: true }],
        name: { familyName: 'Young', givenName: 'Joy' },
      },
      ['department', 'manager'],
    ],
    [
      "Entra's validator: booleans as text and a bare manager",
      {
        userName: 'v@example.com',
        active: 'true',
        emails: [{ value: 'v@example.com', type: 'work', primary: 'true' }],
        addresses: [{ formatted: '1 Infinite Loop', type: 'work', primary: 'true' }],
        roles: [{ value: 'engineer', primary: 'True' }],
        [ENTERPRISE]: { manager: 'm-id' },
      },
      {
        userName: 'v@example.com',
        active: true,
        emails: [{ value: 'v@example.com', type: 'work', primary: true }],
        addresses: [{ formatted: '1 Infinite Loop', type: 'work', primary: true }],
        roles: [{ value: 'engineer', primary: true }],
        [ENTERPRISE]: { manager: { value: 'm-id' } },
      },
      [],
    ],
    [
      'names in PascalCase',
      {
        UserName: 'UserName222',
        Active: true,
        emails: [
          { Primary: true, type: 'work', value: 'testing@bob2.com' },
          { Primary: false, type: 'home', value: 'testinghome@bob3.com' },
        ],
        [ENTERPRISE.toUpperCase()]: { Department: 'bob', Manager: { Value: 'SuzzyQ' } },
      },
      {
        userName: 'UserName222',
        active: true,
        emails: [
          { primary: true, type: 'work', value: 'testing@bob2.com' },
          { primary: false, type: 'home', value: 'testinghome@bob3.com' },
        ],
        [ENTERPRISE]: { department: 'bob', manager: { value: 'SuzzyQ' } },
      },
      [],
    ],
    [
      'Okta: the whole resource sent back, with id, groups and a password',
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
        id: '23a35c27',
        userName: 'test.user@okta.local',
        name: { givenName: 'Another', middleName: 'Excited', familyName: 'User' },
        emails: [{ primary: true, value: 't@okta.local', type: 'work', display: 't@okta.local' }],
        active: true,
        groups: [],
        meta: { resourceType: 'User' },
      },
      {
        userName: 'test.user@okta.local',
        name: { givenName: 'Another', middleName: 'Excited', familyName: 'User' },
        emails: [{ primary: true, value: 't@okta.local', type: 'work', display: 't@okta.local' }],
        active: true,
      },
      [],
    ],
    [
      'numbers for text, and a name that is null',
      { userName: 'x', externalId: 12, name: null, addresses: [{ postalCode: 91608 }] },
      { userName: 'x', externalId: '12', addresses: [{ postalCode: '91608' }] },
      [],
    ],
    [
      'OneLogin: the URNs of the drafts',
      {
        schemas: ['urn:scim:schemas:core:2.0', 'urn:scim:schemas:extension:enterprise:2.0'],
        userName: 'x',
        'urn:scim:schemas:extension:enterprise:2.0': { department: 'd' },
      },
      { userName: 'x', [ENTERPRISE]: { department: 'd' } },
      [],
    ],
    [
      'unknown attributes and schemas',
      {
        schemas: ['urn:example:x'],
        userName: 'x',
        shoeSize: 9,
        name: { nick: 'y' },
        'urn:example:x': { a: 1 },
        __x: {},
      },
      { userName: 'x' },
      ['urn:example:x', 'shoeSize', 'name.nick', 'urn:example:x', '__x'],
    ],
    [
      'empty text, lists that hold nothing, a list of one around a scalar, one value for a list',
      {
        userName: ['x'],
        title: '',
        active: [false],
        roles: [null, ''],
        photos: [],
        emails: { value: 'e' },
        phoneNumbers: ['1', { value: '2' }],
        name: [{ givenName: 'g' }],
        [ENTERPRISE]: { manager: [{ $ref: 'https://example.com/scim/Users/m%201?x' }], department: '' },
      },
      {
        userName: 'x',
        active: false,
        emails: [{ value: 'e' }],
        phoneNumbers: [{ value: '1' }, { value: '2' }],
        name: { givenName: 'g' },
        [ENTERPRISE]: { manager: { value: 'm 1' } },
      },
      [],
    ],
    [
      'several primary values, of which the first stays, and repeated ones, which are one',
      {
        userName: 'x',
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: true },
          { value: 'c', type: 'work' },
          { value: 'c', type: 'Work', display: 'C' },
          { value: 'c', type: 'home' },
        ],
      },
      {
        userName: 'x',
        emails: [
          { value: 'a', primary: true },
          { value: 'b', primary: false },
          { value: 'c', type: 'Work', display: 'C' },
          { value: 'c', type: 'home' },
        ],
      },
      [],
    ],
    [
      'enterprise attributes by their full names, and the core schema as an object',
      {
        'urn:ietf:params:scim:schemas:core:2.0:User': { userName: 'x' },
        [`${ENTERPRISE}:employeeNumber`]: 7,
        [ENTERPRISE]: { department: 'd', manager: { displayName: 'read-only' } },
      },
      { userName: 'x', [ENTERPRISE]: { employeeNumber: '7', department: 'd' } },
      [],
    ],
    [
      'roles as JSON in text, which stay text',
      { userName: 'x', roles: [{ value: '{"id":"1"}' }] },
      { userName: 'x', roles: [{ value: '{"id":"1"}' }] },
      [],
    ],
    [
      'two work emails',
      {
        userName: 'x',
        emails: [
          { type: 'work', value: 'a' },
          { type: 'work', value: 'b' },
        ],
      },
      {
        userName: 'x',
        emails: [
          { type: 'work', value: 'a' },
          { type: 'work', value: 'b' },
        ],
      },
      [],
    ],
  ])('%s', (_title, body, attributes, ignored) => {
    expect(user(body)).toEqual({ attributes, ignored, quirks: [], hasPassword: false });
  });

  it('drops a password and says that there was one', () => {
    expect(user({ userName: 'x', password: '1mz050nq' })).toEqual({
      attributes: { userName: 'x' },
      ignored: [],
      quirks: [],
      hasPassword: true,
    });
  });

  it('leaves an absent active absent', () => {
    expect(user({ userName: 'x' }).attributes).not.toHaveProperty('active');
  });

  it('reports at most a hundred ignored names', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x${index}`, 1]));
    expect(user({ ...many }).ignored).toHaveLength(100);
  });
});

describe('creating a group', () => {
  it.each<[string, Json, string[] | undefined]>([
    ['without members says nothing of them', { displayName: 'g' }, undefined],
    ['with an empty list has none', { displayName: 'g', members: [] }, []],
    ['with null has none', { displayName: 'g', members: null }, []],
    [
      'with objects',
      { displayName: 'g', members: [{ value: 'a', display: 'A', type: 'User' }, { value: 'b' }] },
      ['a', 'b'],
    ],
    [
      'with repeated members has each once',
      { displayName: 'g', members: [{ value: 'a' }, { value: 'a' }] },
      ['a'],
    ],
    ['with bare ids', { displayName: 'g', members: ['a', 'b'] }, ['a', 'b']],
    ['with one bare id', { displayName: 'g', members: 'a' }, ['a']],
    ['with one object', { displayName: 'g', members: { value: 'a' } }, ['a']],
    ['with references only', { displayName: 'g', Members: [{ $ref: 'https://x/scim/Users/a' }] }, ['a']],
    ['with nulls in the list', { displayName: 'g', members: [null, { $ref: null, value: 'a' }] }, ['a']],
  ])('%s', (_title, body, members) => {
    const parsed = group(body);
    expect(parsed.members).toEqual(members);
    expect(parsed.attributes).toEqual({ displayName: 'g' });
  });

  it('ignores a second schema that it does not know, and lists it', () => {
    const urn = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
    const body = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group', urn],
      externalId: '8aa1',
      displayName: 'd',
      meta: {},
    };
    expect(group(body)).toEqual({
      attributes: { externalId: '8aa1', displayName: 'd' },
      ignored: [urn],
      quirks: [],
      hasPassword: false,
    });
  });
});

describe('what cannot be mended is refused by name', () => {
  it.each<[ResourceType, unknown, string, string]>([
    ['User', { userName: { a: 1 } }, 'invalidValue', 'userName must be a string, not an object.'],
    ['User', { userName: true }, 'invalidValue', 'userName must be a string, not a boolean.'],
    ['User', { userName: ['a', 'b'] }, 'invalidValue', 'userName must be a string, not a list.'],
    ['User', { name: 'Ada' }, 'invalidValue', 'name must be an object, not text.'],
    ['User', { active: 'yes' }, 'invalidValue', 'active must be true or false, not text.'],
    ['User', { active: 1 }, 'invalidValue', 'active must be true or false, not a number.'],
    [
      'User',
      { emails: true },
      'invalidValue',
      'emails must be an object or a list of objects, not a boolean.',
    ],
    ['User', { emails: [[['x']]] }, 'invalidValue', 'emails must be'],
    [
      'User',
      { emails: [{ value: { a: 1 } }] },
      'invalidValue',
      'emails.value must be a string, not an object.',
    ],
    ['User', { [ENTERPRISE]: 'x' }, 'invalidValue', `${ENTERPRISE} must be an object, not text.`],
    [
      'User',
      { [ENTERPRISE]: { manager: 1.5, department: {} } },
      'invalidValue',
      'department must be a string',
    ],
    ['User', { title: 'a\0b' }, 'invalidValue', 'title holds NUL'],
    ['User', { title: '\ud800' }, 'invalidValue', 'title holds NUL or half a character'],
    ['Group', { members: 5 }, 'invalidValue', 'members must be objects with a value, not a number.'],
    ['Group', { members: [{ display: 'x' }] }, 'invalidValue', 'Each of members needs a value'],
    ['Group', { members: [{ value: {} }] }, 'invalidValue', 'members.value must be a string'],
    ['User', null, 'invalidSyntax', 'The body must be a JSON object'],
    ['User', [], 'invalidSyntax', 'The body must be a JSON object'],
    ['User', 'text', 'invalidSyntax', 'The body must be a JSON object'],
    ['Group', undefined, 'invalidSyntax', 'The body must be a JSON object'],
  ])('a %s: %j', (type, body, scimType, detail) => {
    const refusal = refusalOf(() => parseResource(type, body, 'entra'));
    expect(refusal).toMatchObject({ status: 400, scimType });
    expect(refusal.detail).toContain(detail);
  });
});

describe('the limits of a body', () => {
  const members = (count: number) => ({
    displayName: 'g',
    members: Array.from({ length: count }, (_, index) => `${index}`),
  });
  const roles = (count: number) => ({ roles: Array.from({ length: count }, (_, index) => `${index}`) });

  it('are met exactly', () => {
    expect(group(members(MAX_MEMBERS)).members).toHaveLength(MAX_MEMBERS);
    expect(user(roles(MAX_VALUES)).attributes['roles']).toHaveLength(MAX_VALUES);
    expect(user({ title: 'x'.repeat(MAX_STRING_CHARACTERS) }).attributes['title']).toHaveLength(
      MAX_STRING_CHARACTERS,
    );
  });

  it('hold one past them', () => {
    expect(refusalOf(() => group(members(MAX_MEMBERS + 1)))).toMatchObject({
      status: 400,
      scimType: 'tooMany',
    });
    expect(refusalOf(() => user(roles(MAX_VALUES + 1)))).toMatchObject({ status: 400, scimType: 'tooMany' });
    expect(refusalOf(() => user({ title: 'x'.repeat(MAX_STRING_CHARACTERS + 1) })).scimType).toBe(
      'invalidValue',
    );
  });

  it.each<[string, (text: string) => unknown]>([
    ['userName', (userName) => user({ userName })],
    ['externalId', (externalId) => user({ externalId })],
    ['emails.value', (value) => user({ emails: [{ value }] })],
    ['displayName', (displayName) => group({ displayName })],
  ])('are closer for %s, which an index must hold', (name, read) => {
    expect(() => read('x'.repeat(MAX_KEY_CHARACTERS))).not.toThrow();
    expect(refusalOf(() => read('x'.repeat(MAX_KEY_CHARACTERS + 1)))).toMatchObject({
      status: 400,
      scimType: 'invalidValue',
      detail: `${name} is longer than ${MAX_KEY_CHARACTERS} characters.`,
    });
  });

  it('let no depth of nesting through to the stack', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
    expect(refusalOf(() => user({ emails: deep })).scimType).toBe('invalidValue');
    expect(refusalOf(() => group({ members: deep })).scimType).toBe('invalidValue');
    expect(refusalOf(() => user({ userName: deep })).scimType).toBe('invalidValue');
  });
});

describe('an empty name inside a schema', () => {
  const urn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
  const depth = 200_000;
  const nested = JSON.parse(
    `{"userName":"x","${urn}":${'{"":'.repeat(depth)}1${'}'.repeat(depth + 1)}`,
  ) as object;

  it('is dropped and noted, however deep it is nested', () => {
    expect(user(nested)).toMatchObject({ attributes: { userName: 'x' }, ignored: [`${urn}:`] });
    const patch = parsePatch('User', { Operations: [{ op: 'replace', value: nested }] }, 'generic');
    expect(patch).toMatchObject({ ignored: [`${urn}:`] });
    expect(patch.apply({ userName: 'y' })).toEqual({ userName: 'x' });
  });
});
