import { describe, expect, it } from '@jest/globals';
import { keyed, rolesBy, type RoleMapping } from './role-mapping.js';

const mapping: RoleMapping = {
  rules: [
    { group: { name: 'Admins' }, roles: ['admin', 'viewer'] },
    { group: { id: 'g' }, roles: ['editor', 'viewer'] },
    { group: { external_id: 'x' }, roles: ['viewer'] },
  ],
  defaultRole: 'member',
};

describe('the roles of a person', () => {
  it.each([
    ['are the default one where no rule applies', [], ['member']],
    ['are those of the rule that applies', [1], ['editor', 'viewer']],
    ['come in the order of the rules, each once', [2, 1, 0, 1], ['admin', 'viewer', 'editor']],
    ['are the default one for rules that there are not', [7, -1], ['member']],
  ])('%s', (_what, places, roles) => {
    expect(rolesBy(mapping, places)).toEqual(roles);
  });

  it('are none where no rule applies and there is no default one', () => {
    expect(rolesBy({ ...mapping, defaultRole: null }, [])).toEqual([]);
  });
});

it('a rule is looked up by the lower case that groups have, also beyond ASCII', () => {
  expect(keyed({ group: { name: 'ÄRZTE İ' }, roles: [] }).name_key).toBe('ÄRZTE İ'.toLowerCase());
  expect(keyed({ group: { id: 'A' }, roles: [] })).toEqual({ group: { id: 'A' }, roles: [] });
});
