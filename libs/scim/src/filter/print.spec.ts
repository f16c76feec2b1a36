import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Filter } from './filter.js';
import { parseFilter } from './parse.js';
import { printFilter } from './print.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'));
const textOperator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le' as const);

const comparison = (path: fc.Arbitrary<object>, how: 'caseExact' | 'caseInsensitive') =>
  fc.record({
    kind: fc.constant('compare'),
    path,
    operator: textOperator,
    value: text,
    comparison: fc.constant(how),
  });

const flag = (name: string) =>
  fc.record({
    kind: fc.constant('compare'),
    path: fc.constant({ name }),
    operator: fc.constantFrom('eq', 'ne'),
    value: fc.constantFrom(true, false, null),
    comparison: fc.constant('boolean'),
  });

const joined = (leaf: fc.Arbitrary<unknown>) =>
  fc.letrec((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({ kind: fc.constantFrom('and', 'or'), left: tie('filter'), right: tie('filter') }),
      fc.record({ kind: fc.constant('not'), filter: tie('filter') }),
    ),
  })).filter;

const insideBrackets = joined(
  fc.oneof(
    comparison(fc.constantFrom({ name: 'type' }, { name: 'value' }, { name: 'display' }), 'caseInsensitive'),
    flag('primary'),
    fc.record({ kind: fc.constant('present'), path: fc.constantFrom({ name: 'type' }, { name: 'value' }) }),
  ),
);

const filters = joined(
  fc.oneof(
    comparison(
      fc.constantFrom(
        { name: 'userName' },
        { name: 'name', subAttribute: 'givenName' },
        { name: 'emails', subAttribute: 'value' },
        { schema: ENTERPRISE, name: 'department' },
      ),
      'caseInsensitive',
    ),
    comparison(
      fc.constantFrom({ name: 'externalId' }, { schema: ENTERPRISE, name: 'manager', subAttribute: 'value' }),
      'caseExact',
    ),
    flag('active'),
    fc.record({
      kind: fc.constant('present'),
      path: fc.constantFrom({ name: 'title' }, { name: ENTERPRISE }),
    }),
    fc.record({
      kind: fc.constant('value-path'),
      path: fc.constantFrom({ name: 'emails' }, { name: 'roles' }),
      filter: insideBrackets,
    }),
  ),
) as fc.Arbitrary<Filter>;

describe('a printed filter', () => {
  it('is read as the same filter', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(printFilter(filter), 'User')).toEqual(filter);
      }),
      { numRuns: 300 },
    );
  });

  it('has parentheses only where they matter', () => {
    const same =
      'title pr and locale pr and (userName pr or active eq true) or not (emails pr) or nickName pr';
    expect(printFilter(parseFilter(same, 'User'))).toBe(same);
  });
});

describe('any text at all', () => {
  it('is either a filter or refused with invalidFilter', () => {
    const words = fc.constantFrom(
      'userName',
      'eq',
      '"x"',
      'and',
      'or',
      'not',
      '(',
      ')',
      '[',
      ']',
      'emails',
      'pr',
      '.value',
      ' ',
      'x',
      '"',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words).map((parts) => parts.join(' ')),
      fc.array(words).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (given) => {
        try {
          parseFilter(given, 'User');
        } catch (error) {
          expect(error).toMatchObject({ name: 'ScimError', status: 400, scimType: 'invalidFilter' });
        }
      }),
      { numRuns: 500 },
    );
  });
});
