import { describe, expect, it } from '@jest/globals';
import type { ResourceType } from '../json.js';
import { MAX_FILTER_CHARACTERS, MAX_FILTER_DEPTH, MAX_FILTER_EXPRESSIONS } from '../limits.js';
import { refusalOf } from '../testing/refusal.js';
import { parseFilter } from './parse.js';
import { printFilter } from './print.js';

const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const reads = (text: string, type: ResourceType = 'User'): string => printFilter(parseFilter(text, type));

describe('a filter', () => {
  it.each([
    ['userName eq "bjensen"', 'userName eq "bjensen"'],
    ['USERNAME Eq "bjensen"', 'userName eq "bjensen"'],
    ['name.familyName co "O\'Malley"', 'name.familyName co "O\'Malley"'],
    ['userName sw "J"', 'userName sw "J"'],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', 'userName sw "J"'],
    ['title pr', 'title pr'],
    ['title PR', 'title pr'],
    ['meta.lastModified gt "2011-05-13T04:42:34Z"', 'meta.lastModified gt "2011-05-13T04:42:34Z"'],
    [
      'meta.Created gt 2015-10-10T14:38:21.8617979-07:00',
      'meta.created gt "2015-10-10T14:38:21.8617979-07:00"',
    ],
    ['meta.lastModified le "2011-05-13T04:42:34"', 'meta.lastModified le "2011-05-13T04:42:34Z"'],
    ['title pr and userType eq "Employee"', 'title pr and userType eq "Employee"'],
    ['schemas eq "urn:x"', 'schemas eq "urn:x"'],
    [
      'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
      'userType eq "Employee" and (emails.value co "example.com" or emails.value co "example.org")',
    ],
    [
      'userType ne "Employee" and not (emails co "example.com")',
      'userType ne "Employee" and not (emails.value co "example.com")',
    ],
    [
      'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
      'userType eq "Employee" and emails[type eq "work" and value co "@example.com"]',
    ],
    [
      'emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo.com"]',
      'emails[type eq "work"] or ims[type eq "xmpp" and value co "@foo.com"]',
    ],
    ['emails[type eq "work"].value eq "x"', 'emails[type eq "work" and value eq "x"]'],
    ['emails[type eq "a" or type eq "b"].value pr', 'emails[(type eq "a" or type eq "b") and value pr]'],
    ['emails[not (type eq "a")]', 'emails[not (type eq "a")]'],
    [`${ENTERPRISE}:manager.value eq "2"`, `${ENTERPRISE}:manager.value eq "2"`],
    [`${ENTERPRISE} pr`, `${ENTERPRISE} pr`],
    ['department eq "Tour"', `${ENTERPRISE}:department eq "Tour"`],
    ['id eq "X" and manager eq "Y"', `id eq "X" and ${ENTERPRISE}:manager.value eq "Y"`],
    ['emails pr', 'emails pr'],
    ['title eq null', 'title eq null'],
    ['  title   pr  ', 'title pr'],
    ['not(title pr)', 'not (title pr)'],
    ['(((title pr)))', 'title pr'],
    ['title eq "a \\"quoted\\" \\u00e9\\\\ \\n line"', 'title eq "a \\"quoted\\" é\\\\ \\n line"'],
    ['title eq "(and) or ] not"', 'title eq "(and) or ] not"'],
    ['title eq ""', 'title eq ""'],
  ])('%s reads %s', (text, expected) => {
    expect(reads(text)).toBe(expected);
  });

  it.each([
    ['id eq "G" and members eq "U"', 'id eq "G" and members.value eq "U"'],
    ['members[value eq "U"]', 'members[value eq "U"]'],
    ['displayName eq "A \\"B\\""', 'displayName eq "A \\"B\\""'],
  ])('of groups: %s reads %s', (text, expected) => {
    expect(reads(text, 'Group')).toBe(expected);
  });

  it('may leave the quotes off a value, as some identity providers do', () => {
    expect(reads('externalId eq jyoung')).toBe('externalId eq "jyoung"');
    expect(reads('externalId eq 007')).toBe('externalId eq "007"');
    expect(reads('externalId eq 12')).toBe('externalId eq "12"');
    expect(reads('userName sw O')).toBe('userName sw "O"');
    expect(reads('(emails[type eq work].value eq a@b.c)')).toBe(
      'emails[type eq "work" and value eq "a@b.c"]',
    );
    expect(
      reads('name.FamilyName eq Employee and (emails.Value co example.com or emails.Value co example.org)'),
    ).toBe(
      'name.familyName eq "Employee" and (emails.value co "example.com" or emails.value co "example.org")',
    );
  });

  it.each(['active eq true', 'active eq "true"', 'active eq "True"', 'active eq True', 'active eq TRUE'])(
    'reads %s as a boolean',
    (text) => {
      expect(parseFilter(text, 'User')).toEqual({
        kind: 'compare',
        path: { name: 'active' },
        operator: 'eq',
        value: true,
        comparison: 'boolean',
      });
    },
  );

  it('binds not closer than and, and closer than or', () => {
    const [a, b, c] = ['title', 'locale', 'timezone'].map((name) => ({ kind: 'present', path: { name } }));
    expect(parseFilter('title pr or locale pr and timezone pr', 'User')).toEqual({
      kind: 'or',
      left: a,
      right: { kind: 'and', left: b, right: c },
    });
    expect(parseFilter('title pr and locale pr or timezone pr', 'User')).toEqual({
      kind: 'or',
      left: { kind: 'and', left: a, right: b },
      right: c,
    });
    expect(parseFilter('not (title pr) and locale pr', 'User')).toEqual({
      kind: 'and',
      left: { kind: 'not', filter: a },
      right: b,
    });
    expect(parseFilter('(title pr or locale pr) and timezone pr', 'User')).toEqual({
      kind: 'and',
      left: { kind: 'or', left: a, right: b },
      right: c,
    });
  });

  it('says how values are compared, from the schema', () => {
    expect(parseFilter('userName eq "x"', 'User')).toMatchObject({ comparison: 'caseInsensitive' });
    expect(parseFilter('externalId eq "x"', 'User')).toMatchObject({ comparison: 'caseExact' });
    expect(parseFilter('meta.created gt "2011-05-13T04:42:34Z"', 'User')).toMatchObject({
      comparison: 'dateTime',
    });
  });
});

describe('a filter that cannot be understood is refused with its place', () => {
  it.each([
    ['', 1, 'the name of an attribute'],
    ['   ', 4, 'the name of an attribute'],
    ['userName', 9, 'one of eq'],
    ['userName eq', 12, 'a value'],
    ['userName eq ', 13, 'a value'],
    ['userName equals "x"', 10, 'one of eq'],
    ['userName = "x"', 10, 'one of eq'],
    ['userName eq "x', 13, 'closing quote'],
    ['userName eq "\\x"', 13, 'JSON string'],
    ["userName eq 'x'", 13, 'double quotes'],
    ['userName eq "x" y', 17, 'and, or, or the end'],
    ['userName eq "x" and', 17, 'and, or, or the end'],
    ['userName eq "x" and ', 21, 'the name of an attribute'],
    ['userName eq "x")', 16, 'and, or, or the end'],
    ['(userName eq "x"', 17, '")"'],
    ['shoeSize eq "x"', 1, 'an attribute that a User has'],
    ['title pr and shoeSize pr', 14, 'an attribute that a User has'],
    ['password eq "x"', 1, 'an attribute that may be searched'],
    ['emails[shoeSize eq "x"]', 8, 'an attribute that emails has'],
    ['emails[type eq "x"', 19, '"]"'],
    ['emails[emails[type eq "x"]]', 8, 'an attribute that emails has'],
    ['userName[value eq "x"]', 9, 'no "["'],
    ['emails[type eq "x"].shoeSize eq "y"', 21, 'an attribute that emails has'],
    ['active gt true', 8, 'one of eq, ne, pr'],
    ['active co "tr"', 8, 'one of eq, ne, pr'],
    ['active eq "yes"', 11, 'true or false'],
    ['title gt null', 10, 'other than null'],
    ['name eq "x"', 6, 'a sub-attribute of name'],
    ['meta.created gt "yesterday"', 17, 'a date and time'],
    ['meta.created gt "2011-02-30T00:00:00Z"', 17, 'a date and time'],
    ['meta.created co "2011"', 14, 'one of eq'],
    ['not title pr', 4, '"(" after not'],
    ['userName eq "\\u0000"', 13, 'NUL'],
    ['userName eq "\\ud800"', 13, 'half characters'],
    ['userName eq x[y', 14, 'and, or, or the end'],
  ])('%s', (text, position, expected) => {
    const { status, scimType, detail } = refusalOf(() => parseFilter(text, 'User'));
    expect({ status, scimType }).toEqual({ status: 400, scimType: 'invalidFilter' });
    expect(detail).toContain(`Position ${position} of the filter: expected`);
    expect(detail).toContain(expected);
  });
});

describe('the limits of a filter', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}title pr${')'.repeat(depth)}`;
  const joined = (count: number) => Array.from({ length: count }, () => 'title pr').join(' or ');
  const long = (length: number) => `title eq "${'x'.repeat(length - 11)}"`;

  it('are met exactly', () => {
    expect(reads(nested(MAX_FILTER_DEPTH))).toBe('title pr');
    expect(reads(joined(MAX_FILTER_EXPRESSIONS))).toBe(joined(MAX_FILTER_EXPRESSIONS));
    expect(reads(long(MAX_FILTER_CHARACTERS))).toHaveLength(MAX_FILTER_CHARACTERS);
  });

  it.each([
    ['depth', nested(MAX_FILTER_DEPTH + 1), 'deeper than 30 levels'],
    ['expressions', joined(MAX_FILTER_EXPRESSIONS + 1), 'more than 200 expressions'],
    ['characters', long(MAX_FILTER_CHARACTERS + 1), 'longer than 10000 characters'],
  ])('on %s hold one past them', (_limit, text, expected) => {
    const refusal = refusalOf(() => parseFilter(text, 'User'));
    expect(refusal).toMatchObject({ status: 400, scimType: 'invalidFilter' });
    expect(refusal.detail).toContain(expected);
  });
});
