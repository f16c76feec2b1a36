// The filter values that Microsoft's validator encodes once too often.
import { describe, expect, it } from '@jest/globals';
import { parseFilter } from './parse.js';
import { printFilter } from './print.js';
import { readFilter } from './read.js';

describe('a filter value that is percent-encoded', () => {
  it.each([
    ['userName eq "a%40b.example"', '(userName eq "a%40b.example" or userName eq "a@b.example")'],
    ['id eq "x" and userName eq "a%20b"', 'id eq "x" and (userName eq "a%20b" or userName eq "a b")'],
    ['emails[value eq "a%40b"]', 'emails[value eq "a%40b" or value eq "a@b"]'],
    ['not (userName eq "a%40b")', 'not (userName eq "a%40b" or userName eq "a@b")'],
  ])('is found as it is and decoded, for Entra: %s', (written, meant) => {
    const entra = readFilter(written, 'User', 'entra');
    expect(printFilter(entra.filter)).toBe(printFilter(parseFilter(meant, 'User')));
    expect(entra.quirks).toEqual(['findsPercentEncodedValues']);
    const generic = readFilter(written, 'User', 'generic');
    expect(generic).toEqual({ filter: parseFilter(written, 'User'), ignored: [], quirks: [] });
  });

  it.each([
    'userName eq "100%"',
    'userName eq "a%zz"',
    'userName eq "a%ff"',
    'userName eq "a%00b"',
    'userName sw "a%40"',
    'userName ne "a%40b"',
    'active eq true',
    'meta.created gt "2015-10-10T14:38:21Z"',
    'title pr',
  ])('is not seen in %s', (written) => {
    const entra = readFilter(written, 'User', 'entra');
    expect(entra).toEqual({ filter: parseFilter(written, 'User'), ignored: [], quirks: [] });
  });
});
