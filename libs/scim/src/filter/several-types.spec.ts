import { describe, expect, it } from '@jest/globals';
import { attribute } from '../schema/definition.js';
import { extendedShape, type Described } from '../schema/lookup.js';
import { refusalOf } from '../testing/refusal.js';
import { matches } from './match.js';
import { parseFilter } from './parse.js';

const TYPES: Described[] = ['User', 'Group'];
const ada = { userName: 'ada', displayName: 'Ada', emails: [{ value: 'a@x.example', type: 'work' }] };
const engineering = { displayName: 'Engineering', members: [{ value: 'ada' }] };

describe('a filter over several types', () => {
  it.each<[string, boolean, boolean]>([
    ['displayName pr', true, true],
    ['userName pr', true, false],
    ['members pr', false, true],
    ['userName eq "ada" or members eq "ada"', true, true],
    ['userName ne "ada"', false, true],
    ['userName eq null', false, true],
    ['userName ne null', true, false],
    ['not (members.value eq "ada")', true, false],
    ['emails[type eq "work"]', true, false],
    ['emails[type eq "work"].value co "x"', true, false],
    ['not (emails[not (type eq "home")])', false, true],
    ['urn:ietf:params:scim:schemas:core:2.0:Group:displayName pr', false, true],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq null', true, true],
  ])('%s: what a type has not is absent there', (text, person, group) => {
    expect(matches(parseFilter(text, 'User', TYPES), ada)).toBe(person);
    expect(matches(parseFilter(text, 'Group', TYPES), engineering)).toBe(group);
  });

  it('is read by each type as it is read alone, where the type has the attribute', () => {
    const text = 'displayName sw "a" and meta.created gt "2030-01-01T00:00:00Z"';
    for (const type of TYPES) expect(parseFilter(text, type, TYPES)).toEqual(parseFilter(text, type));
  });

  it('cannot name what none of them has, nor what may not be searched', () => {
    expect(refusalOf(() => parseFilter('shoeSize pr', 'Group', TYPES)).detail).toContain(
      'a User or a Group has',
    );
    for (const type of TYPES)
      expect(refusalOf(() => parseFilter('password pr', type, TYPES))).toMatchObject({
        status: 400,
        scimType: 'invalidFilter',
      });
  });
});

describe('a number in a filter', () => {
  const URN = 'urn:example:badge';
  const badge = extendedShape('User', [
    { id: URN, name: 'Badge', description: '', attributes: [attribute('level', '', { type: 'decimal' })] },
  ]);
  const level = (text: string): unknown => parseFilter(`${URN}:level ge ${text}`, badge);

  it.each([
    ['5', 5],
    ['-1.5', -1.5],
    ['1e3', 1_000],
    ['"7"', 7],
  ])('may be %s', (text, value) => {
    expect(level(text)).toMatchObject({ value, comparison: 'number' });
  });

  it.each(['0x10', '""', '" 5 "', '1.', 'many', '1e999', 'true', 'Infinity'])('may not be %s', (text) => {
    expect(refusalOf(() => level(text))).toMatchObject({ scimType: 'invalidFilter' });
  });
});
