/** Rules by which consumers see people, as fast-check imagines them. */
import { ENTERPRISE_URN, readValuePath, type Json } from '@app/scim';
import fc from 'fast-check';
import type { AttributeRule } from '../attribute-mapping.js';
import type { DirectoryRules } from '../directory-rules.js';

const PATHS = [
  'userName',
  'title',
  'name.givenName',
  'emails.value',
  'emails[type eq "work"].value',
  'emails[primary eq true]',
  `${ENTERPRISE_URN}:department`,
  ENTERPRISE_URN,
];
const value: fc.Arbitrary<Json> = fc.constantFrom<Json[]>('v', 7, false, ['l'], { o: 1 });

const rule: fc.Arbitrary<AttributeRule> = fc
  .record(
    {
      name: fc.constantFrom('one', 'two', 'username', 'emails', 'job_title', 'manager_email'),
      path: fc.constantFrom(...PATHS),
      default: value,
      lowercase: fc.boolean(),
      values: fc.dictionary(fc.constantFrom('a', 'b', 'ada'), value, { maxKeys: 2 }),
      fallback: value,
      required: fc.boolean(),
    },
    { requiredKeys: ['name'] },
  )
  .map(({ path, ...rest }) =>
    path === undefined ? rest : { ...rest, path, source: readValuePath('User', path) },
  );

export const anyRules: fc.Arbitrary<DirectoryRules> = fc.record({
  version: fc.constant(0),
  attributes: fc.uniqueArray(rule, { selector: ({ name }) => name, maxLength: 4 }),
  defaultRole: fc.constantFrom(null, 'member'),
});
