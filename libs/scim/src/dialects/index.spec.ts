// Which directory speaks which dialect, and what each of them may do that the RFC does not.
import { describe, expect, it } from '@jest/globals';
import { dialectOf, quirksOf, type Dialect } from './index.js';

const TYPES: [string, Dialect][] = [
  ['generic scim v2.0', 'generic'],
  ['okta scim v2.0', 'okta'],
  ['azure scim v2.0', 'entra'],
  ['onelogin scim v2.0', 'onelogin'],
  ['jump cloud scim v2.0', 'jumpcloud'],
  ['pingfederate scim v2.0', 'ping'],
  ['gsuite directory', 'google'],
  ['rippling scim v2.0', 'rippling'],
  ['cyberark scim v2.0', 'cyberark'],
  ['sailpoint scim v2.0', 'sailpoint'],
];

describe('the dialect of a directory', () => {
  it.each<[string, Dialect]>([
    ...TYPES,
    ['hibob', 'generic'],
    ['Okta SCIM v2.0', 'generic'],
    ['', 'generic'],
  ])('of type "%s" is %s', (directoryType, dialect) => {
    expect(dialectOf(directoryType)).toBe(dialect);
  });

  it('is claimed by one dialect only', () => {
    const claimed = TYPES.flatMap(([, dialect]) => quirksOf(dialect).directoryTypes);
    expect(new Set(claimed).size).toBe(claimed.length);
  });

  it('deviates from the RFC for Entra alone', () => {
    const deviating = TYPES.map(([, dialect]) => dialect).filter((dialect) =>
      Object.values(quirksOf(dialect)).includes(true),
    );
    expect(deviating).toEqual(['entra']);
  });
});
