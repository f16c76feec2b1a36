import { describe, expect, it } from '@jest/globals';
import type { Attributes, Json } from '../json.js';
import { MAX_COMPARISONS, MAX_OPERATIONS, MAX_VALUES } from '../limits.js';
import { refusalOf } from '../testing/refusal.js';
import { parsePatch } from './parse.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const work = { type: 'work', value: 'w', primary: true };
const home = { type: 'home', value: 'h' };
const ada: Attributes = { userName: 'ada', active: true, name: { givenName: 'Ada' }, emails: [work, home] };

const parsed = (...operations: Json[]) => parsePatch('User', { Operations: operations }, 'generic');
const patched = (operation: Json, current = ada) => parsed(operation).apply(current);
const changed = (more: Attributes): Attributes => ({ ...ada, ...more });

describe('add', () => {
  it.each<[string, Json, Attributes]>([
    ['sets what has one value', { op: 'add', path: 'title', value: 'T' }, changed({ title: 'T' })],
    ['replaces what has one value', { op: 'add', path: 'userName', value: 'b' }, changed({ userName: 'b' })],
    [
      'puts parts into a complex value',
      { op: 'add', path: 'name', value: { familyName: 'L' } },
      changed({ name: { givenName: 'Ada', familyName: 'L' } }),
    ],
    [
      'appends',
      { op: 'add', path: 'emails', value: [{ type: 'other', value: 'o' }] },
      changed({ emails: [work, home, { type: 'other', value: 'o' }] }),
    ],
    [
      'appends one that is not in a list',
      { op: 'add', path: 'emails', value: { value: 'o' } },
      changed({ emails: [work, home, { value: 'o' }] }),
    ],
    [
      'does not repeat what is there',
      { op: 'add', path: 'emails', value: [{ type: 'home', value: 'h' }] },
      ada,
    ],
    [
      'takes the mark of primary from the others',
      { op: 'add', path: 'emails', value: [{ value: 'o', primary: true }] },
      changed({ emails: [{ ...work, primary: false }, home, { value: 'o', primary: true }] }),
    ],
    [
      'moves the mark of primary',
      { op: 'add', path: 'emails[type eq "home"].primary', value: 'True' },
      changed({
        emails: [
          { ...work, primary: false },
          { ...home, primary: true },
        ],
      }),
    ],
    [
      'creates the value that a filter describes',
      { op: 'add', path: 'emails[type eq "other" and primary eq false].value', value: 'o' },
      changed({ emails: [work, home, { type: 'other', primary: false, value: 'o' }] }),
    ],
    [
      'adds parts to chosen values',
      { op: 'add', path: 'emails[type eq "home"]', value: { display: 'H' } },
      changed({ emails: [work, { ...home, display: 'H' }] }),
    ],
    ['of nothing to a list does nothing', { op: 'add', path: 'emails', value: [] }, ada],
    [
      'takes the name of a list for its first value',
      { op: 'add', path: 'phoneNumbers.value', value: '1' },
      changed({ phoneNumbers: [{ value: '1' }] }),
    ],
  ])('%s', (_title, operation, after) => {
    expect(patched(operation)).toEqual(after);
  });
});

describe('replace', () => {
  it.each<[string, Json, Attributes]>([
    ['sets what has one value', { op: 'replace', path: 'userName', value: 'b' }, changed({ userName: 'b' })],
    ['sets what was absent', { op: 'replace', path: 'title', value: 'T' }, changed({ title: 'T' })],
    [
      'replaces all values of a list',
      { op: 'replace', path: 'emails', value: [{ value: 'n' }] },
      changed({ emails: [{ value: 'n' }] }),
    ],
    [
      'reads a bare value for a list',
      { op: 'replace', path: 'emails', value: 'n' },
      changed({ emails: [{ value: 'n' }] }),
    ],
    [
      'keeps the parts it does not name',
      { op: 'replace', path: 'emails[type eq "work"]', value: { value: 'n' } },
      changed({ emails: [{ ...work, value: 'n' }, home] }),
    ],
    [
      'may change what its filter chose by',
      { op: 'replace', path: 'emails[value eq "h"]', value: [{ value: 'n', type: 'other' }] },
      changed({ emails: [work, { type: 'other', value: 'n' }] }),
    ],
    [
      'touches every chosen value and no sibling',
      { op: 'replace', path: 'emails[type pr].display', value: 'D' },
      changed({
        emails: [
          { ...work, display: 'D' },
          { ...home, display: 'D' },
        ],
      }),
    ],
    [
      'by null removes',
      { op: 'replace', path: 'name', value: null },
      { userName: 'ada', active: true, emails: [work, home] },
    ],
    [
      'by an empty list removes',
      { op: 'replace', path: 'emails', value: [] },
      { userName: 'ada', active: true, name: { givenName: 'Ada' } },
    ],
    [
      'by null removes the last part and so the whole',
      { op: 'replace', path: 'name.givenName', value: null },
      { userName: 'ada', active: true, emails: [work, home] },
    ],
    [
      'by null removes chosen values',
      { op: 'replace', path: 'emails[type eq "work"]', value: null },
      changed({ emails: [home] }),
    ],
    ['never unsets active', { op: 'replace', path: 'active', value: null }, ada],
    [
      'of the whole enterprise extension puts parts into it',
      { op: 'replace', path: EXT, value: { department: 'd' } },
      changed({ [EXT]: { department: 'd' } }),
    ],
  ])('%s', (_title, operation, after) => {
    expect(patched(operation)).toEqual(after);
  });

  it.each([
    'emails[type eq "other"].value',
    'emails[type eq "other"]',
    'roles[value co "x"].display',
    'name[givenName eq "Bea"].familyName',
  ])('of what %s does not choose has no target', (path) => {
    expect(refusalOf(() => patched({ op: 'replace', path, value: 'x' }))).toMatchObject({
      status: 400,
      scimType: 'noTarget',
    });
  });
});

describe('remove', () => {
  const without = (name: string): Attributes =>
    Object.fromEntries(Object.entries(ada).filter(([key]) => key !== name));

  it.each<[string, Json, Attributes]>([
    ['removes an attribute', { op: 'remove', path: 'emails' }, without('emails')],
    [
      'removes a sub-attribute, and what is left empty',
      { op: 'remove', path: 'name.givenName' },
      without('name'),
    ],
    ['removes chosen values', { op: 'remove', path: 'emails[type eq "work"]' }, changed({ emails: [home] })],
    [
      'removes a sub-attribute of chosen values',
      { op: 'remove', path: 'emails[type eq "work"].primary' },
      changed({ emails: [{ type: 'work', value: 'w' }, home] }),
    ],
    [
      'removes a sub-attribute of all values',
      { op: 'remove', path: 'emails.type' },
      changed({ emails: [{ value: 'w', primary: true }, { value: 'h' }] }),
    ],
    [
      'by value removes those alone',
      { op: 'remove', path: 'emails', value: [{ value: 'h' }] },
      changed({ emails: [work] }),
    ],
    ['by an empty list removes nothing', { op: 'remove', path: 'emails', value: [] }, ada],
    ['of what is absent succeeds', { op: 'remove', path: 'title' }, ada],
    ['of values that are absent succeeds', { op: 'remove', path: 'roles[value eq "x"]' }, ada],
    ['of parts that are absent succeeds', { op: 'remove', path: 'emails[type eq "other"].value' }, ada],
    ['never unsets active', { op: 'remove', path: 'active' }, ada],
  ])('%s', (_title, operation, after) => {
    expect(patched(operation)).toEqual(after);
  });
});

describe('an operation without a path', () => {
  it.each<[string, Json, Attributes]>([
    [
      'changes what it names and nothing else',
      { op: 'replace', value: { title: 'T' } },
      changed({ title: 'T' }),
    ],
    ['deactivates for Okta', { op: 'replace', value: { active: false } }, changed({ active: false })],
    [
      'has an empty path for some',
      { value: { active: false }, path: '', op: 'replace' },
      changed({ active: false }),
    ],
    [
      'drops read-only attributes',
      { op: 'replace', value: { id: 'x', meta: {}, groups: [], schemas: ['x'], title: 'T' } },
      changed({ title: 'T' }),
    ],
    [
      'reads dotted keys',
      { op: 'add', value: { 'name.familyName': 'L' } },
      changed({ name: { givenName: 'Ada', familyName: 'L' } }),
    ],
    [
      'reads keys with filters',
      { op: 'replace', value: { 'emails[type eq "work"].value': 'n' } },
      changed({ emails: [{ ...work, value: 'n' }, home] }),
    ],
    [
      'reads keys with URNs',
      {
        op: 'replace',
        value: { [`${EXT}:department`]: 'd', 'urn:ietf:params:scim:schemas:core:2.0:User:title': 'T' },
      },
      changed({ [EXT]: { department: 'd' }, title: 'T' }),
    ],
    [
      'reads extensions as objects',
      { op: 'replace', value: { [EXT]: { manager: 'm', department: null } } },
      changed({ [EXT]: { manager: { value: 'm' } } }),
    ],
    [
      'reads the core schema as an object',
      { op: 'replace', value: { 'urn:ietf:params:scim:schemas:core:2.0:User': { title: 'T' } } },
      changed({ title: 'T' }),
    ],
    [
      'appends to lists when it adds',
      { op: 'add', value: { emails: [{ value: 'o' }] } },
      changed({ emails: [work, home, { value: 'o' }] }),
    ],
    [
      'replaces lists when it replaces',
      { op: 'replace', value: { emails: [{ value: 'o' }] } },
      changed({ emails: [{ value: 'o' }] }),
    ],
    [
      'removes by null',
      { op: 'replace', value: { name: null } },
      { userName: 'ada', active: true, emails: [work, home] },
    ],
  ])('%s', (_title, operation, after) => {
    expect(patched(operation)).toEqual(after);
  });

  it('ignores and lists what the schemas do not know', () => {
    const patch = parsed({
      op: 'replace',
      value: { shoeSize: 9, title: 'T', [EXT]: { x: 1 }, name: { y: 1 }, 'emails[z eq 1]': 1 },
    });
    expect(patch.ignored).toEqual(['shoeSize', `${EXT}:x`, 'name.y', 'emails[z eq 1]']);
    expect(patch.apply(ada)).toEqual(changed({ title: 'T' }));
  });
});

describe('the form of a PATCH', () => {
  it('is read in any case, with or without schemas, op and spaces', () => {
    const bodies: Json[] = [
      { operations: [{ OP: ' REPLACE ', Path: ' TITLE ', Value: 'T' }] },
      { schemas: ['urn:x'], OPERATIONS: [{ path: 'title', value: 'T' }], id: 'u' },
      { Operations: [{ op: null, path: null, value: { title: 'T' } }] },
    ];
    for (const body of bodies)
      expect(parsePatch('User', body, 'okta').apply(ada)).toEqual(changed({ title: 'T' }));
  });

  it('may say the name in the value once more', () => {
    expect(patched({ op: 'replace', path: 'title', value: { Title: 'T' } })).toEqual(changed({ title: 'T' }));
    expect(patched({ op: 'replace', path: 'name', value: { name: { givenName: 'A' } } })).toEqual(
      changed({ name: { givenName: 'A' } }),
    );
    expect(patched({ op: 'replace', path: 'emails', value: { emails: [home] } })).toEqual(
      changed({ emails: [home] }),
    );
    const other = { op: 'replace', path: 'title', value: { nickName: 'T' } };
    expect(refusalOf(() => patched(other)).scimType).toBe('invalidValue');
  });

  it('takes text for booleans', () => {
    expect(patched({ path: 'active', value: 'false' })).toEqual(changed({ active: false }));
    expect(patched({ op: 'replace', path: 'active', value: [true] })).toEqual(ada);
  });

  it('drops passwords and says that there was one', () => {
    const patch = parsed({ op: 'replace', value: { password: 'secret' } });
    expect(patch.hasPassword).toBe(true);
    expect(patch.apply(ada)).toEqual(ada);
    expect(parsed({ op: 'replace', path: 'password', value: 'secret' }).hasPassword).toBe(true);
    expect(parsed({ op: 'remove', path: 'password' }).hasPassword).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'invalidSyntax'],
    ['a list', [], 'invalidSyntax'],
    ['no operations', {}, 'invalidSyntax'],
    ['operations that are no list', { Operations: {} }, 'invalidSyntax'],
    ['an operation that is text', { Operations: ['x'] }, 'invalidSyntax'],
    ['an unknown op', { Operations: [{ op: 'move', path: 'title' }] }, 'invalidSyntax'],
    ['an op that is a number', { Operations: [{ op: 1, path: 'title' }] }, 'invalidSyntax'],
    ['a path that is a number', { Operations: [{ op: 'add', path: 1, value: 'x' }] }, 'invalidPath'],
    ['an unknown path', { Operations: [{ op: 'add', path: 'shoeSize', value: 'x' }] }, 'invalidPath'],
    [
      'an unknown sub-attribute',
      { Operations: [{ op: 'add', path: 'name.shoe', value: 'x' }] },
      'invalidPath',
    ],
    [
      'an unknown sub-attribute behind brackets',
      { Operations: [{ op: 'add', path: 'emails[type eq "x"].shoe', value: 'x' }] },
      'invalidPath',
    ],
    [
      'brackets behind a simple attribute',
      { Operations: [{ op: 'add', path: 'userName[value eq "x"]', value: 'x' }] },
      'invalidPath',
    ],
    [
      'text behind brackets',
      { Operations: [{ op: 'add', path: 'emails[type eq "x"]value', value: 'x' }] },
      'invalidPath',
    ],
    [
      'an unknown attribute in brackets',
      { Operations: [{ op: 'add', path: 'emails[shoe eq "x"]', value: 'x' }] },
      'invalidFilter',
    ],
    [
      'brackets left open',
      { Operations: [{ op: 'add', path: 'emails[type eq "x"', value: 'x' }] },
      'invalidFilter',
    ],
    ['a remove without a path', { Operations: [{ op: 'remove' }] }, 'noTarget'],
    ['text without a path', { Operations: [{ op: 'add', value: 'x' }] }, 'invalidValue'],
    ['an add without a value', { Operations: [{ op: 'add', path: 'title' }] }, 'invalidValue'],
    ['an object for text', { Operations: [{ op: 'add', path: 'title', value: { a: 1 } }] }, 'invalidValue'],
    ['text for an object', { Operations: [{ op: 'add', path: 'name', value: 'x' }] }, 'invalidValue'],
    ['text for an extension', { Operations: [{ op: 'add', path: EXT, value: 'x' }] }, 'invalidValue'],
    ['a removal of the userName', { Operations: [{ op: 'remove', path: 'userName' }] }, 'mutability'],
    ['a userName that is null', { Operations: [{ op: 'replace', value: { userName: null } }] }, 'mutability'],
    ['a userName of spaces', { Operations: [{ op: 'add', path: 'userName', value: '  ' }] }, 'mutability'],
    ['a new id', { Operations: [{ op: 'replace', path: 'id', value: 'x' }] }, 'mutability'],
    ['a reset id', { Operations: [{ op: 'replace', path: 'id', value: null }] }, 'mutability'],
    ['new times', { Operations: [{ op: 'replace', path: 'meta.created', value: 'x' }] }, 'mutability'],
    [
      'groups of a user',
      { Operations: [{ op: 'add', path: 'groups', value: [{ value: 'g' }] }] },
      'mutability',
    ],
    ['schemas', { Operations: [{ op: 'add', path: 'schemas', value: ['x'] }] }, 'mutability'],
    [
      "a manager's name",
      { Operations: [{ op: 'add', path: 'manager.displayName', value: 'x' }] },
      'mutability',
    ],
  ])('is refused with %s', (_title, body, scimType) => {
    expect(refusalOf(() => parsePatch('User', body, 'generic'))).toMatchObject({ status: 400, scimType });
  });
});

describe('a PATCH is all or nothing', () => {
  it('refuses everything when the last operation cannot be done', () => {
    const patch = parsed(
      { op: 'replace', path: 'title', value: 'T' },
      { op: 'replace', path: 'roles[value eq "x"].display', value: 'X' },
    );
    const before = structuredClone(ada);
    expect(refusalOf(() => patch.apply(before)).scimType).toBe('noTarget');
    expect(before).toEqual(ada);
  });
});

describe('the limits of a PATCH', () => {
  const operations = (count: number) =>
    Array.from({ length: count }, () => ({ op: 'add', path: 'title', value: 'T' }));
  const roles = (start: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ value: `${start + index}` }));

  it('are met exactly, and hold one past them', () => {
    expect(parsed(...operations(MAX_OPERATIONS)).apply(ada)).toEqual(changed({ title: 'T' }));
    expect(refusalOf(() => parsed(...operations(MAX_OPERATIONS + 1)))).toMatchObject({
      status: 400,
      scimType: 'tooMany',
    });
  });

  it('hold for what values add up to', () => {
    const full = changed({ roles: roles(0, MAX_VALUES - 1) });
    expect(patched({ op: 'add', path: 'roles', value: roles(MAX_VALUES, 1) }, full)['roles']).toHaveLength(
      MAX_VALUES,
    );
    expect(
      refusalOf(() => patched({ op: 'add', path: 'roles', value: roles(MAX_VALUES, 2) }, full)).scimType,
    ).toBe('tooMany');
  });

  it('hold for the comparisons of all its filters', () => {
    const path = `emails[${Array.from({ length: 100 }, (_, index) => `value eq "${index}"`).join(' or ')}]`;
    const many = Array.from({ length: MAX_COMPARISONS / 100 }, () => ({ op: 'remove', path }));
    expect(parsed(...many).apply(ada)).toEqual(ada);
    const oneMore = { op: 'remove', path: 'emails', value: [{ value: 'x' }] };
    expect(refusalOf(() => parsed(...many, oneMore))).toMatchObject({ status: 400, scimType: 'tooMany' });
  });
});
