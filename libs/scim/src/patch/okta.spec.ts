// What Okta sends, one row per shape; its group shapes stand with those of the others in groups.spec.ts.
import { describe, expect, it } from '@jest/globals';
import { createdFrom, replacedBy } from '../body/desire.js';
import { parseResource } from '../body/parse.js';
import { parsePatch } from './parse.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';

const emails = [{ primary: true, value: 'test.user@okta.local', type: 'work' }];
const created = {
  userName: 'test.user@okta.local',
  name: { givenName: 'Test', familyName: 'User' },
  emails,
  displayName: 'Test User',
  locale: 'en-US',
  externalId: '00ujl29u0le5T6Aj10h7',
  active: true,
};

describe('Okta', () => {
  it('creates a user with a placeholder password and an empty list of groups', () => {
    const parsed = parseResource(
      'User',
      { schemas: [USER], ...created, groups: [], password: '1mz050nq' },
      'okta',
    );
    expect(createdFrom('User', parsed)).toEqual(created);
    expect(parsed).toMatchObject({ hasPassword: true, ignored: [] });
  });

  it('updates a user by the whole resource, with what only the service may write', () => {
    const body = {
      schemas: [USER],
      id: '23a35c27',
      ...created,
      title: 'T',
      groups: [],
      meta: { resourceType: 'User' },
    };
    expect(replacedBy('User', parseResource('User', body, 'okta'))(created)).toEqual({
      ...created,
      title: 'T',
    });
  });

  it.each([true, false])('sets active to %s without a path and without schemas', (active) => {
    const patch = parsePatch('User', { Operations: [{ op: 'replace', value: { active } }] }, 'okta');
    expect(patch.apply({ ...created, active: !active })).toEqual({ ...created, active });
  });

  it('synchronizes a password, and nothing changes', () => {
    const patch = parsePatch('User', { Operations: [{ op: 'replace', value: { password: 'x' } }] }, 'okta');
    expect(patch.hasPassword).toBe(true);
    expect(patch.apply(created)).toEqual(created);
  });

  it('creates and updates groups by the whole resource', () => {
    const empty = parseResource(
      'Group',
      { schemas: [GROUP], displayName: 'Test SCIMv2', members: [] },
      'okta',
    );
    expect(empty).toEqual({
      attributes: { displayName: 'Test SCIMv2' },
      members: [],
      ignored: [],
      quirks: [],
      hasPassword: false,
    });
    const members = [{ value: '23a35c27', display: 'test.user@okta.local' }];
    const full = parseResource(
      'Group',
      { schemas: [GROUP], id: 'g', displayName: 'Test SCIMv2', members },
      'okta',
    );
    expect(full.members).toEqual(['23a35c27']);
  });

  it('renames a group with every change of members', () => {
    const Operations = [
      { op: 'replace', value: { id: 'abf4dd94', displayName: 'Test SCIMv2' } },
      { op: 'remove', path: 'members[value eq "89bb1940"]' },
      { op: 'add', path: 'members', value: [{ value: '23a35c27', display: 'test.user@okta.local' }] },
    ];
    const patch = parsePatch('Group', { Operations }, 'okta');
    expect(patch.apply({ displayName: 'Test SCIMv2' })).toEqual({ displayName: 'Test SCIMv2' });
    expect(patch.members).toEqual([
      { kind: 'remove', ids: ['89bb1940'] },
      { kind: 'add', ids: ['23a35c27'] },
    ]);
    expect(patch.ignored).toEqual([]);
  });
});
