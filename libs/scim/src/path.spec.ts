import { describe, expect, it } from '@jest/globals';
import type { ResourceType } from './json.js';
import { definitionOf, printPath, resolvePath } from './path.js';
import { ENTERPRISE_URN } from './schema/enterprise.js';

describe('the name of an attribute', () => {
  it.each<[string, object]>([
    ['userName', { name: 'userName' }],
    ['USERNAME', { name: 'userName' }],
    ['name.FamilyName', { name: 'name', subAttribute: 'familyName' }],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName', { name: 'userName' }],
    ['URN:IETF:params:scim:schemas:core:2.0:user:USERNAME', { name: 'userName' }],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:name.givenName',
      { name: 'name', subAttribute: 'givenName' },
    ],
    ['urn:scim:schemas:core:2.0:User:userName', { name: 'userName' }],
    ['urn:scim:schemas:core:2.0:userName', { name: 'userName' }],
    [`${ENTERPRISE_URN}:department`, { schema: ENTERPRISE_URN, name: 'department' }],
    [`${ENTERPRISE_URN}:manager.value`, { schema: ENTERPRISE_URN, name: 'manager', subAttribute: 'value' }],
    [`${ENTERPRISE_URN}.manager`, { schema: ENTERPRISE_URN, name: 'manager' }],
    [
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0User:department',
      { schema: ENTERPRISE_URN, name: 'department' },
    ],
    [ENTERPRISE_URN, { name: ENTERPRISE_URN }],
    ['manager', { schema: ENTERPRISE_URN, name: 'manager' }],
    ['Manager.Value', { schema: ENTERPRISE_URN, name: 'manager', subAttribute: 'value' }],
    ['meta.lastModified', { name: 'meta', subAttribute: 'lastModified' }],
    ['manager.$ref', { schema: ENTERPRISE_URN, name: 'manager', subAttribute: '$ref' }],
  ])('%s is found in the schemas', (text, path) => {
    expect(resolvePath('User', text)?.path).toEqual(path);
  });

  it.each<[ResourceType, string]>([
    ['User', 'shoeSize'],
    ['User', 'name.shoeSize'],
    ['User', 'name.givenName.more'],
    ['User', 'urn:example:User:userName'],
    ['User', 'urn:ietf:params:scim:schemas:core:2.0:User:department'],
    ['User', `${ENTERPRISE_URN}:userName`],
    ['User', 'members'],
    ['Group', 'userName'],
    ['Group', 'department'],
    ['Group', 'urn:ietf:params:scim:schemas:core:2.0:User:displayName'],
    ['User', '__proto__'],
    ['User', 'constructor'],
    ['User', ''],
  ])('of a %s is not %s', (type, text) => {
    expect(resolvePath(type, text)).toBeUndefined();
  });

  it('printed, is read as the same path', () => {
    for (const text of ['userName', 'emails.value', ENTERPRISE_URN, 'manager.value', 'department']) {
      const path = resolvePath('User', text)?.path ?? { name: '' };
      expect(resolvePath('User', printPath(path))?.path).toEqual(path);
    }
  });
});

describe('the definition behind a path', () => {
  it.each<[object, string, boolean]>([
    [{ name: 'userName' }, 'string', false],
    [{ name: 'id' }, 'string', true],
    [{ name: 'externalId' }, 'string', true],
    [{ name: 'active' }, 'boolean', false],
    [{ name: 'meta', subAttribute: 'created' }, 'dateTime', true],
    [{ name: 'emails', subAttribute: 'value' }, 'string', false],
    [{ schema: ENTERPRISE_URN, name: 'manager', subAttribute: 'value' }, 'string', true],
    [{ name: ENTERPRISE_URN }, 'complex', false],
  ])('%j is of type %s', (path, type, caseExact) => {
    expect(definitionOf('User', path as { name: string })).toMatchObject({ type, caseExact });
  });

  it('is undefined for what the schemas do not know', () => {
    expect(definitionOf('User', { name: 'shoeSize' })).toBeUndefined();
    expect(definitionOf('User', { schema: 'urn:example', name: 'userName' })).toBeUndefined();
    expect(definitionOf('User', { name: 'name', subAttribute: 'shoeSize' })).toBeUndefined();
  });
});
