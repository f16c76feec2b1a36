import { describe, expect, it } from '@jest/globals';
import { ENTERPRISE_URN } from '../schema/enterprise.js';
import { matches } from './match.js';
import { parseFilter } from './parse.js';

const ada = {
  id: 'U1',
  userName: 'Ada@Example.com',
  externalId: 'Ext-1',
  active: true,
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [
    { type: 'work', value: 'ada@example.com', primary: true },
    { type: 'home', value: 'ada@home.org' },
  ],
  [ENTERPRISE_URN]: { department: 'Engines', manager: { value: 'M1' } },
  meta: { created: '2020-01-01T00:00:00.000Z' },
};

describe('Ada', () => {
  it.each([
    ['userName eq "ada@example.com"'],
    ['userName co "EXAMPLE"'],
    ['userName sw "ADA"'],
    ['userName ew ".COM"'],
    ['externalId eq "Ext-1"'],
    ['active eq true'],
    ['active ne false'],
    ['name.familyName gt "lova"'],
    ['name.familyName lt "lovf"'],
    ['name.familyName ge "lovelace"'],
    ['name.familyName le "Lovelace"'],
    ['emails eq "ada@home.org"'],
    ['emails.value co "home"'],
    ['emails[type eq "work" and value co "@example"]'],
    ['emails[type eq "home"].value eq "ADA@home.org"'],
    ['emails[primary eq true].type eq "work"'],
    ['department eq "engines"'],
    ['manager eq "M1"'],
    [`${ENTERPRISE_URN} pr`],
    ['emails pr'],
    ['not (title pr)'],
    ['title eq null'],
    ['userName ne null'],
    ['title ne "x"'],
    ['emails.type ne "other"'],
    ['meta.created eq "2020-01-01T01:00:00+01:00"'],
    ['meta.created lt "2020-01-01T00:00:00.001Z"'],
    ['title pr or userName pr and active eq true'],
  ])('fulfils %s', (filter) => {
    expect(matches(parseFilter(filter, 'User'), ada)).toBe(true);
  });

  it.each([
    ['externalId eq "ext-1"'],
    ['manager eq "m1"'],
    ['active eq false'],
    ['title pr'],
    ['title gt "a"'],
    ['title co ""'],
    ['emails[type eq "work" and value co "@home"]'],
    ['emails.type ne "home"'],
    ['userName eq null'],
    ['nickName ne null'],
    ['emails[type eq "work"].display pr'],
    ['name[givenName eq "Bea"]'],
    ['emails[primary eq false]'],
    ['meta.created gt "2020-01-01T00:00:00Z"'],
  ])('does not fulfil %s', (filter) => {
    expect(matches(parseFilter(filter, 'User'), ada)).toBe(false);
  });
});
