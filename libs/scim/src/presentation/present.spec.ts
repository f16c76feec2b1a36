import { describe, expect, it } from '@jest/globals';
import { parsePatch } from '../patch/parse.js';
import { parseResource } from '../body/parse.js';
import { replacedBy } from '../body/desire.js';
import { present, type StoredResource } from './present.js';
import { parseProjection, wantsAttribute } from './projection.js';

const EXT = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const baseUrl = 'https://hub.example/scim/v2';

const ada: StoredResource = {
  id: 'u1',
  version: 3,
  created: '2026-01-01T00:00:00.000Z',
  lastModified: '2026-01-02T00:00:00.000Z',
  attributes: {
    emails: [
      { value: 'w', type: 'work', primary: true },
      { value: 'h', type: 'home' },
    ],
    active: true,
    name: { familyName: 'Lovelace', givenName: 'Ada' },
    userName: 'ada',
    externalId: 'e1',
    [EXT]: { department: 'd', manager: { value: 'm/1' } },
  },
};

const shown = (query: { attributes?: string; excludedAttributes?: string } = {}) =>
  present('User', ada, {
    baseUrl,
    projection: parseProjection('User', query),
    groups: [{ value: 'g1', display: 'G', type: 'direct' }],
  });

describe('a user in an answer', () => {
  it('has everything, in the order of the schema', () => {
    const body = shown();
    expect(body).toEqual({
      schemas: [USER, EXT],
      id: 'u1',
      externalId: 'e1',
      meta: {
        resourceType: 'User',
        created: '2026-01-01T00:00:00.000Z',
        lastModified: '2026-01-02T00:00:00.000Z',
        location: 'https://hub.example/scim/v2/Users/u1',
        version: 'W/"3"',
      },
      userName: 'ada',
      name: { familyName: 'Lovelace', givenName: 'Ada' },
      active: true,
      emails: [
        { value: 'w', type: 'work', primary: true },
        { value: 'h', type: 'home' },
      ],
      groups: [{ value: 'g1', display: 'G', type: 'direct', $ref: `${baseUrl}/Groups/g1` }],
      [EXT]: { department: 'd', manager: { value: 'm/1', $ref: `${baseUrl}/Users/m%2F1` } },
    });
    expect(Object.keys(body).slice(0, 3)).toEqual(['schemas', 'id', 'externalId']);
  });

  it('names the enterprise schema only when there is something in it', () => {
    const body = present('User', { ...ada, attributes: { userName: 'ada' } }, { baseUrl });
    expect(body['schemas']).toEqual([USER]);
    expect(body).not.toHaveProperty(EXT);
    expect(body).not.toHaveProperty('groups');
  });

  it.each<[string, string[], object]>([
    ['userName', ['schemas', 'id', 'userName'], { userName: 'ada' }],
    ['USERNAME, externalid', ['schemas', 'id', 'externalId', 'userName'], {}],
    ['id', ['schemas', 'id'], { schemas: [USER] }],
    ['name.familyName', ['schemas', 'id', 'name'], { name: { familyName: 'Lovelace' } }],
    ['emails.value', ['schemas', 'id', 'emails'], { emails: [{ value: 'w' }, { value: 'h' }] }],
    ['emails.display', ['schemas', 'id'], {}],
    ['emails[type eq "work"]', ['schemas', 'id', 'emails'], {}],
    [
      'emails[type eq "a,b"].type',
      ['schemas', 'id', 'emails'],
      { emails: [{ type: 'work' }, { type: 'home' }] },
    ],
    ['emails,emails.value', ['schemas', 'id', 'emails'], { emails: ada.attributes['emails'] }],
    [`${USER}:userName`, ['schemas', 'id', 'userName'], {}],
    [`${EXT}:department`, ['schemas', 'id', EXT], { schemas: [USER, EXT], [EXT]: { department: 'd' } }],
    ['manager.value', ['schemas', 'id', EXT], { [EXT]: { manager: { value: 'm/1' } } }],
    [
      EXT,
      ['schemas', 'id', EXT],
      { [EXT]: { department: 'd', manager: { value: 'm/1', $ref: `${baseUrl}/Users/m%2F1` } } },
    ],
    ['meta.version', ['schemas', 'id', 'meta'], { meta: { version: 'W/"3"' } }],
    ['groups.value', ['schemas', 'id', 'groups'], { groups: [{ value: 'g1' }] }],
    ['shoeSize', ['schemas', 'id'], {}],
    ['password', ['schemas', 'id'], {}],
  ])('asked for %s alone shows that and what is always shown', (attributes, names, part) => {
    const body = shown({ attributes });
    expect(Object.keys(body).sort()).toEqual([...names].sort());
    expect(body).toMatchObject(part);
  });

  it.each<[string, string]>([
    ['emails', 'emails'],
    ['Meta', 'meta'],
    [EXT, EXT],
    ['groups', 'groups'],
    ['externalId', 'externalId'],
  ])('without %s shows all else', (excludedAttributes, name) => {
    const names = Object.keys(shown());
    expect(Object.keys(shown({ excludedAttributes }))).toEqual(names.filter((one) => one !== name));
  });

  it('keeps the id, whatever is excluded', () => {
    expect(Object.keys(shown({ excludedAttributes: 'id,schemas,shoeSize' }))).toEqual(Object.keys(shown()));
  });

  it('can leave out a part of an attribute', () => {
    const body = shown({ excludedAttributes: `name.familyName,emails.type,${EXT}:manager` });
    expect(body).toMatchObject({
      name: { givenName: 'Ada' },
      emails: [{ value: 'w', primary: true }, { value: 'h' }],
      [EXT]: { department: 'd' },
    });
    expect(body['name']).not.toHaveProperty('familyName');
    expect(body[EXT]).not.toHaveProperty('manager');
  });

  it('follows attributes when both lists are given', () => {
    expect(Object.keys(shown({ attributes: 'userName', excludedAttributes: 'userName' }))).toContain(
      'userName',
    );
  });

  it('sent back by PUT or PATCH changes nothing', () => {
    const body = shown();
    expect(replacedBy('User', parseResource('User', body, 'okta'))(ada.attributes)).toEqual(ada.attributes);
    const patch = parsePatch('User', { Operations: [{ op: 'replace', value: body }] }, 'okta');
    expect(patch.apply(ada.attributes)).toEqual(ada.attributes);
  });
});

describe('a group in an answer', () => {
  const group = { ...ada, id: 'g1', attributes: { displayName: 'G' } };

  it('shows its members with their addresses when they are given', () => {
    const members = [
      { value: 'u1', type: 'User' as const, display: 'Ada' },
      { value: 'g2', type: 'Group' as const },
    ];
    expect(present('Group', group, { baseUrl, members })).toMatchObject({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'G',
      members: [
        { value: 'u1', type: 'User', display: 'Ada', $ref: `${baseUrl}/Users/u1` },
        { value: 'g2', type: 'Group', $ref: `${baseUrl}/Groups/g2` },
      ],
      meta: { resourceType: 'Group', location: `${baseUrl}/Groups/g1` },
    });
  });

  it('shows an empty list of members as such, and none when none were given', () => {
    expect(present('Group', group, { baseUrl, members: [] })['members']).toEqual([]);
    expect(present('Group', group, { baseUrl })).not.toHaveProperty('members');
  });
});

describe('whether the caller may see an attribute', () => {
  it.each<[object, boolean]>([
    [{}, true],
    [{ attributes: 'displayName' }, false],
    [{ attributes: 'displayName,Members' }, true],
    [{ attributes: 'members.value' }, true],
    [{ excludedAttributes: 'members' }, false],
    [{ excludedAttributes: 'members.display' }, true],
    [{ excludedAttributes: 'displayName' }, true],
    [{ attributes: '', excludedAttributes: ' ' }, true],
    [{ attributes: 'shoeSize' }, false],
  ])('is told by %j', (query, wanted) => {
    expect(wantsAttribute(parseProjection('Group', query), 'members')).toBe(wanted);
  });
});
