// What a PATCH does to a group and its members, in the words of Entra, Okta and everyone else; one row per shape.
import { describe, expect, it } from '@jest/globals';
import type { Json } from '../json.js';
import { MAX_MEMBERS } from '../limits.js';
import { refusalOf } from '../testing/refusal.js';
import type { MembershipStep } from './membership.js';
import { parsePatch } from './parse.js';

const parsed = (...operations: Json[]) => parsePatch('Group', { Operations: operations }, 'generic');

describe('the members of a group', () => {
  it.each<[string, Json, MembershipStep[]]>([
    [
      'added in a value that says the name again',
      { op: 'add', path: 'members', value: { members: [{ value: 'a' }] } },
      [{ kind: 'add', ids: ['a'] }],
    ],
    [
      'Entra adds',
      { op: 'Add', path: 'members', value: [{ $ref: null, value: 'f648' }] },
      [{ kind: 'add', ids: ['f648'] }],
    ],
    [
      'Entra removes one by value',
      { op: 'Remove', path: 'members', value: [{ $ref: null, value: 'f648' }] },
      [{ kind: 'remove', ids: ['f648'] }],
    ],
    [
      'Entra removes one by value alone',
      { op: 'Remove', path: 'members', value: [{ value: '2392066' }] },
      [{ kind: 'remove', ids: ['2392066'] }],
    ],
    [
      'Entra removes one by filter',
      { op: 'remove', path: 'members[value eq "7f4b"]' },
      [{ kind: 'remove', ids: ['7f4b'] }],
    ],
    ['null empties', { op: 'Replace', path: 'members', value: null }, [{ kind: 'replace', ids: [] }]],
    ['a bare remove empties', { op: 'remove', path: 'members' }, [{ kind: 'replace', ids: [] }]],
    [
      'a remove with null empties',
      { op: 'remove', path: 'members', value: null },
      [{ kind: 'replace', ids: [] }],
    ],
    ['a bare id is added', { op: 'add', path: 'members', value: 'id 1' }, [{ kind: 'add', ids: ['id 1'] }]],
    [
      'other keys are ignored',
      { name: 'addMember', op: 'add', path: 'members', value: [{ displayName: 'x', value: 'a' }] },
      [{ kind: 'add', ids: ['a'] }],
    ],
    [
      'Okta replaces all',
      { op: 'replace', path: 'members', value: [{ value: 'a', display: 'A' }, { value: 'b' }] },
      [{ kind: 'replace', ids: ['a', 'b'] }],
    ],
    [
      'Okta pushes an empty group',
      { op: 'replace', path: 'members', value: [] },
      [{ kind: 'replace', ids: [] }],
    ],
    [
      'Okta pushes an empty group without a path',
      { op: 'replace', value: { members: [], id: 'g', displayName: 'G' } },
      [{ kind: 'replace', ids: [] }],
    ],
    [
      'one object is added',
      { op: 'add', path: 'members', value: { value: 'a' } },
      [{ kind: 'add', ids: ['a'] }],
    ],
    [
      'without a path they are added',
      { op: 'Add', value: { members: [{ $ref: null, value: 'a' }] } },
      [{ kind: 'add', ids: ['a'] }],
    ],
    [
      'without a path they are replaced',
      { op: 'replace', value: { displayName: 'X', members: [{ value: 'a' }] } },
      [{ kind: 'replace', ids: ['a'] }],
    ],
    [
      'a value nested under members is added',
      { op: 'add', path: '', value: { Members: ['a', 'b'] } },
      [{ kind: 'add', ids: ['a', 'b'] }],
    ],
    [
      'the filter decides over the value',
      { op: 'remove', path: 'members[value eq "a"]', value: [{ value: 'a' }] },
      [{ kind: 'remove', ids: ['a'] }],
    ],
    ['a bare id is removed', { op: 'remove', path: 'members', value: 'a' }, [{ kind: 'remove', ids: ['a'] }]],
    [
      'bare ids are removed',
      { op: 'remove', path: 'Members', value: ['a', 'b'] },
      [{ kind: 'remove', ids: ['a', 'b'] }],
    ],
    [
      'several are removed by or',
      { op: 'remove', path: 'members[value eq "a" or value eq "b"]' },
      [{ kind: 'remove', ids: ['a', 'b'] }],
    ],
    [
      'the sub-attribute value means the member',
      { op: 'remove', path: 'members[value eq "a"].value' },
      [{ kind: 'remove', ids: ['a'] }],
    ],
    [
      'a filtered add adds',
      { op: 'add', path: 'members[value eq "x"]', value: [{ value: 'x' }] },
      [{ kind: 'add', ids: ['x'] }],
    ],
    [
      'a filtered add without value adds',
      { op: 'add', path: 'members[value eq "x"]' },
      [{ kind: 'add', ids: ['x'] }],
    ],
    [
      'a filtered replace exchanges',
      { op: 'replace', path: 'members[value eq "x"]', value: { value: 'y' } },
      [
        { kind: 'remove', ids: ['x'] },
        { kind: 'add', ids: ['y'] },
      ],
    ],
    [
      'a full name means the same',
      { op: 'add', path: 'urn:ietf:params:scim:schemas:core:2.0:Group:members', value: ['a'] },
      [{ kind: 'add', ids: ['a'] }],
    ],
    ['adding nobody does nothing', { op: 'add', path: 'members', value: [] }, []],
    ['removing an empty list removes nobody', { op: 'remove', path: 'members', value: [] }, []],
    ['removing a list of null removes nobody', { op: 'remove', path: 'members', value: [null] }, []],
    [
      'what a member is called is not kept',
      { op: 'replace', path: 'members[value eq "a"].display', value: 'A' },
      [],
    ],
    [
      'repeated ids count once',
      { op: 'add', path: 'members', value: ['a', { value: 'a' }] },
      [{ kind: 'add', ids: ['a'] }],
    ],
  ])('%s', (_title, operation, steps) => {
    expect(parsed(operation).members).toEqual(steps);
  });

  it('are removed by any other filter, which is handed on', () => {
    expect(parsed({ op: 'remove', path: 'members[type eq "Group"]' }).members).toEqual([
      {
        kind: 'remove-where',
        filter: {
          kind: 'compare',
          path: { name: 'type' },
          operator: 'eq',
          value: 'Group',
          comparison: 'caseInsensitive',
        },
      },
    ]);
  });

  it('change in the order of the operations', () => {
    const { members } = parsed(
      { op: 'remove', path: 'members[value eq "a"]' },
      { op: 'add', path: 'members', value: [{ value: 'b', display: 'B' }] },
      { op: 'remove', path: 'members', value: [{ value: 'c' }] },
    );
    expect(members).toEqual([
      { kind: 'remove', ids: ['a'] },
      { kind: 'add', ids: ['b'] },
      { kind: 'remove', ids: ['c'] },
    ]);
  });

  it.each<[string, Json, string]>([
    ['a number', { op: 'add', path: 'members', value: 5 }, 'invalidValue'],
    [
      'objects that name nobody',
      { op: 'replace', path: 'members', value: [{ display: 'x' }] },
      'invalidValue',
    ],
    ['an add without value', { op: 'add', path: 'members' }, 'invalidValue'],
    ['a replace without value', { op: 'replace', path: 'members' }, 'invalidValue'],
    ['an add by a vague filter', { op: 'add', path: 'members[type eq "User"]', value: ['a'] }, 'invalidPath'],
    [
      'another id for a member',
      { op: 'replace', path: 'members[value eq "a"].value', value: 'b' },
      'mutability',
    ],
    ['to take the ids from all', { op: 'remove', path: 'members.value' }, 'mutability'],
    ['an unknown sub-attribute', { op: 'remove', path: 'members[value eq "a"].shoe' }, 'invalidPath'],
  ])('are not changed by %s', (_title, operation, scimType) => {
    expect(refusalOf(() => parsed(operation))).toMatchObject({ status: 400, scimType });
  });

  it('may be named up to the limit over all operations, and not one more', () => {
    const half = {
      op: 'add',
      path: 'members',
      value: Array.from({ length: MAX_MEMBERS / 2 }, (_, index) => `${index}`),
    };
    expect(parsed(half, half).members).toHaveLength(2);
    const one = { op: 'add', path: 'members', value: 'one more' };
    expect(refusalOf(() => parsed(half, half, one))).toMatchObject({ status: 400, scimType: 'tooMany' });
  });
});

describe('the attributes of a group', () => {
  const before = { displayName: 'Old', externalId: 'e' };

  it.each<[string, Json]>([
    ['Entra renames', { op: 'Replace', path: 'displayName', value: 'New' }],
    ['Okta renames, with the id', { op: 'replace', value: { id: 'abf4dd94', displayName: 'New' } }],
    ['JumpCloud renames', { op: 'replace', value: { displayName: 'New' } }],
    ['with members beside', { op: 'replace', value: { displayName: 'New', members: ['a'] } }],
  ])('%s', (_title, operation) => {
    expect(parsed(operation).apply(before)).toEqual({ displayName: 'New', externalId: 'e' });
  });

  it('stay as they are when only members change', () => {
    expect(parsed({ op: 'remove', path: 'members' }).apply(before)).toEqual(before);
  });
});
