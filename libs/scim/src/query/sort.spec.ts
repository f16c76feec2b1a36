import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE_URN } from '../schema/enterprise.js';
import type { Described } from '../schema/lookup.js';
import { refusalOf } from '../testing/refusal.js';
import { parseSort, type Sort } from './sort.js';

const one = (type: Described, sortBy: string): Sort | undefined => parseSort([type], { sortBy })?.[0];

describe('an order', () => {
  it.each<[Described, string, Partial<Sort>]>([
    ['User', 'userName', { path: { name: 'userName' }, comparison: 'caseInsensitive' }],
    ['User', 'USERNAME', { path: { name: 'userName' } }],
    ['User', ' id ', { path: { name: 'id' }, comparison: 'caseExact' }],
    ['User', 'name.familyName', { path: { name: 'name', subAttribute: 'familyName' } }],
    ['User', 'emails', { path: { name: 'emails', subAttribute: 'value' } }],
    ['User', 'emails.type', { path: { name: 'emails', subAttribute: 'type' } }],
    ['User', 'active', { comparison: 'boolean' }],
    ['User', 'meta.lastModified', { comparison: 'dateTime' }],
    ['User', 'manager', { path: { schema: ENTERPRISE_URN, name: 'manager', subAttribute: 'value' } }],
    ['User', `${ENTERPRISE_URN}:department`, { path: { schema: ENTERPRISE_URN, name: 'department' } }],
    ['Group', 'members.display', { path: { name: 'members', subAttribute: 'display' } }],
    ['Group', 'urn:ietf:params:scim:schemas:core:2.0:Group:displayName', { path: { name: 'displayName' } }],
  ])('of a %s by %s', (type, sortBy, sort) => {
    expect(one(type, sortBy)).toMatchObject(sort);
  });

  it.each([
    [undefined, 'ascending'],
    ['', 'ascending'],
    ['ascending', 'ascending'],
    ['Descending', 'descending'],
  ])('with the sortOrder %j is %s', (sortOrder, order) => {
    expect(parseSort(['User'], { sortBy: 'title', sortOrder })).toMatchObject([{ order }]);
  });

  it.each([{}, { sortBy: '' }, { sortBy: ' ', sortOrder: 'descending' }, { sortOrder: 'sideways' }])(
    'is not asked for by %j',
    (query) => {
      expect(parseSort(['User'], query)).toBeUndefined();
    },
  );

  it('over several types reads an attribute that one of them has not as absent there', () => {
    expect(parseSort(['User', 'Group'], { sortBy: 'userName' })).toEqual([
      { path: { name: 'userName' }, comparison: 'caseInsensitive', order: 'ascending' },
      { path: { name: '' }, comparison: 'caseInsensitive', order: 'ascending' },
    ]);
  });

  it.each([
    ['shoeSize', 'invalidPath', /names no attribute that a User can be ordered by: "shoeSize"/],
    ['emails.shoeSize', 'invalidPath', /names no attribute/],
    ['emails[type eq "work"]', 'invalidPath', /names no attribute/],
    ['members', 'invalidPath', /names no attribute/],
    ['password', 'invalidPath', /names no attribute/],
    ['name', 'invalidPath', /needs one sub-attribute of name: name\.formatted, name\.familyName/],
    ['addresses', 'invalidPath', /addresses\.locality/],
    [ENTERPRISE_URN, 'invalidPath', /needs one sub-attribute/],
  ])('cannot be by %s', (sortBy, scimType, detail) => {
    expect(refusalOf(() => one('User', sortBy))).toMatchObject({
      status: 400,
      scimType,
      detail: expect.stringMatching(detail),
    });
  });

  it('cannot be sideways', () => {
    const sort = (): unknown => parseSort(['User'], { sortBy: 'title', sortOrder: 'sideways' });
    expect(refusalOf(sort)).toMatchObject({
      status: 400,
      scimType: 'invalidValue',
      detail: 'sortOrder is ascending or descending, not "sideways".',
    });
  });
});
