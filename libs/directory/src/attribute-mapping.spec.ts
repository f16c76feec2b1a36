// A mapping is a function of the attributes and nothing else, and there are no attributes that it cannot take.
import { describe, expect, it } from '@jest/globals';
import { readValuePath, type Attributes, type Json } from '@app/scim';
import fc from 'fast-check';
import { lacking, lost, mapped, mappedValue, type AttributeRule } from './attribute-mapping.js';
import { PREDEFINED_ATTRIBUTES } from './predefined-attributes.js';
import { anyRules } from './testing/rules.js';

const rule = (path: string | undefined, more: Partial<AttributeRule> = {}): AttributeRule => ({
  name: 'x',
  ...(path === undefined ? {} : { path, source: readValuePath('User', path) }),
  ...more,
});

const ada: Attributes = {
  userName: 'ADA',
  userType: 'FT',
  emails: [
    { value: 'A@Home', type: 'home' },
    { value: 'A@Work', type: 'work' },
    { value: 'B@Work', type: 'work' },
  ],
};

describe('the value of a rule', () => {
  it.each<[string, AttributeRule, Json | undefined]>([
    ['what stands at the path', rule('userName'), 'ADA'],
    ['the default where nothing stands', rule('title', { default: 'none' }), 'none'],
    ['the default of a rule without a path', rule(undefined, { default: ['a'] }), ['a']],
    ['nothing without either', rule('title'), undefined],
    ['lower case', rule('userName', { lowercase: true }), 'ada'],
    ['the first that a filter finds', rule('emails[type eq "work"].value'), 'A@Work'],
    [
      'all of a list without a filter',
      rule('emails.value', { lowercase: true }),
      ['a@home', 'a@work', 'b@work'],
    ],
    ['what the values say', rule('userType', { values: { FT: 1 } }), 1],
    ['the fallback for what they do not name', rule('userType', { values: { PT: 1 }, fallback: 2 }), 2],
    ['nothing for it without a fallback', rule('userType', { values: { PT: 1 } }), undefined],
    ['the default for it then', rule('userType', { values: { PT: 1 }, default: 3 }), 3],
    ['no value of a prototype', rule('userName', { values: {}, lowercase: true }), undefined],
    ['by values in lower case', rule('userType', { lowercase: true, values: { ft: 'full' } }), 'full'],
    ['those of a list that the values name', rule('emails.value', { values: { 'A@Home': 'h' } }), ['h']],
    [
      'a list for emails, always',
      rule('emails[type eq "home"]', { name: 'emails' }),
      [{ value: 'A@Home', type: 'home' }],
    ],
  ])('is %s', (_what, given, value) => {
    expect(mappedValue(given, ada)).toEqual(value);
  });

  it('is nobody else for what is called like a part of every object', () => {
    expect(mappedValue(rule('userName', { values: {} }), { userName: 'constructor' })).toBeUndefined();
    expect(mapped([{ name: 'constructor', default: 1 }], ada)).toEqual({ constructor: 1 });
  });
});

describe('a mapping', () => {
  it('leaves out what has no value, but for predefined attributes, whose usual value is not meant', () => {
    expect(mapped([rule('title')], ada)).toBeUndefined();
    expect(mapped([rule('title', { name: 'username' })], ada)).toEqual({ username: null });
    expect(mapped([rule('photos', { name: 'emails' })], ada)).toEqual({ emails: [] });
    expect(mapped([], ada)).toBeUndefined();
  });

  it('is total: no attributes make it fail, and the same ones give the same', () => {
    const odd = fc.dictionary(
      fc.constantFrom(
        'userName',
        'title',
        'emails',
        'name',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      ),
      fc.jsonValue({ maxDepth: 4 }),
    ) as fc.Arbitrary<Attributes>;
    fc.assert(
      fc.property(anyRules, odd, ({ attributes: rules }, attributes) => {
        const copy = structuredClone(attributes);
        const made = mapped(rules, attributes);
        expect(attributes).toEqual(copy);
        expect(mapped(rules, copy)).toEqual(made);
        const names = rules.map(({ name }) => name);
        for (const [name, value] of Object.entries(made ?? {})) {
          expect(names).toContain(name);
          expect(value === null ? PREDEFINED_ATTRIBUTES : [name]).toContain(name);
        }
        expect(() => lost(rules, undefined, attributes)).not.toThrow();
      }),
    );
  });
});

describe('a required attribute', () => {
  const rules = [rule('title', { required: true })];
  const [has, lacks] = [{ title: 'x' }, {}];
  it.each<[string, Attributes | undefined, Attributes, boolean]>([
    ['nobody new begins without it', undefined, lacks, true],
    ['somebody new has it', undefined, has, false],
    ['nobody active loses it', has, lacks, true],
    ['who lacked it goes on', lacks, lacks, false],
    ['who leaves may lose it', has, { ...lacks, active: false }, false],
    ['who is new and inactive needs nothing', undefined, { active: false }, false],
    ['who comes back without it lacked it before', { active: false }, { active: true }, false],
    ['who comes back does not lose it on the way', { ...has, active: false }, { active: true }, true],
  ])('%s', (_what, before, after, refused) => {
    expect(lost(rules, before, after)).toEqual(refused ? rules : []);
  });

  it('is lacked where its value counts for nothing', () => {
    const mapping = [rule('title', { required: true, values: { a: 'A' } })];
    expect(lacking(mapping, { title: 'b' })).toEqual(mapping);
    expect(lacking(mapping, { title: 'a' })).toEqual([]);
  });
});
