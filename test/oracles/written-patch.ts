/** People as they are kept, and single operations on them in every form that RFC 7644 §3.5.2 knows. */
import fc from 'fast-check';
import { createdFrom, ENTERPRISE_URN, parseResource, type Attributes, type Json } from '@app/scim';

export interface Operation {
  op: 'add' | 'replace' | 'remove';
  path?: string;
  value?: Json;
}

const LISTS = ['emails', 'phoneNumbers'] as const;
export const word = fc.constantFrom('a', 'b', 'work', 'Work', 'home', 'x y');
const kinds = fc.constantFrom('work', 'home', 'other');

/** Objects as JSON.parse makes them. */
const record = <Members extends Record<string, fc.Arbitrary<unknown>>>(members: Members) =>
  fc.record(members, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<{ [name: string]: Json }>;

const filledRecord = <Members extends Record<string, fc.Arbitrary<unknown>>>(members: Members) =>
  record(members).filter((value) => Object.keys(value).length > 0);

const elements = fc
  .tuple(word, record({ type: kinds, display: word, primary: fc.boolean() }))
  .map(([value, more]): Json => ({ value, ...more }));
const lists = fc.array(elements, { minLength: 1, maxLength: 3 });
const names = filledRecord({ givenName: word, familyName: word, formatted: word });
const managers = word.map((value) => ({ value }));
const enterprise = filledRecord({ department: word, costCenter: word, manager: managers });

/** Canonical, as Rollcall keeps them. */
export const kept: fc.Arbitrary<Attributes> = record({
  title: word,
  nickName: word,
  active: fc.boolean(),
  name: names,
  emails: lists,
  phoneNumbers: lists,
  [ENTERPRISE_URN]: enterprise,
}).map((more) => createdFrom('User', parseResource('User', { userName: 'ada', ...more }, 'generic')));

const filterTexts = fc.oneof(
  kinds.map((kind) => `type eq "${kind}"`),
  word.map((text) => `value eq "${text}"`),
  word.map((text) => `value co "${text}"`),
  fc.constantFrom('primary eq true', 'display pr', 'not (primary eq true)'),
  fc.tuple(kinds, word).map(([kind, text]) => `type eq "${kind}" and value eq "${text}"`),
  fc.tuple(kinds, word).map(([kind, text]) => `type eq "${kind}" or display eq "${text}"`),
);

const list = fc.constantFrom(...LISTS);
const set = fc.constantFrom<Operation['op']>('add', 'replace');
const given = (path: fc.Arbitrary<string>, value: fc.Arbitrary<Json>): fc.Arbitrary<Operation> =>
  fc.record({ op: set, path, value }, { noNullPrototype: true });

const simple = fc.oneof(
  given(fc.constantFrom('title', 'nickName', 'userName', 'displayName'), word),
  given(fc.constant('active'), fc.boolean()),
  given(fc.constantFrom('name.givenName', 'name.familyName'), word),
  given(fc.constant('name'), names),
  given(
    fc.constantFrom('department', 'costCenter').map((name) => `${ENTERPRISE_URN}:${name}`),
    word,
  ),
  given(fc.constant(`${ENTERPRISE_URN}:manager`), managers),
  given(fc.constant(`${ENTERPRISE_URN}:manager.value`), word),
);

const onLists = fc.oneof(
  given(list, lists),
  given(
    fc.tuple(list, filterTexts).map(([name, filter]) => `${name}[${filter}]`),
    elements,
  ),
  given(
    fc
      .tuple(list, filterTexts, fc.constantFrom('value', 'display', 'type'))
      .map(([name, filter, part]) => `${name}[${filter}].${part}`),
    word,
  ),
  given(
    fc.tuple(list, filterTexts).map(([name, filter]) => `${name}[${filter}].primary`),
    fc.boolean(),
  ),
  given(
    list.map((name) => `${name}.display`),
    word,
  ),
);

const removals: fc.Arbitrary<Operation> = fc
  .oneof(
    fc.constantFrom(
      'title',
      'nickName',
      'active',
      'userName',
      'name',
      'name.givenName',
      `${ENTERPRISE_URN}:department`,
    ),
    fc.constantFrom(`${ENTERPRISE_URN}:manager`, ENTERPRISE_URN),
    list,
    fc.tuple(list, filterTexts).map(([name, filter]) => `${name}[${filter}]`),
    fc
      .tuple(list, filterTexts, fc.constantFrom('display', 'type', 'primary'))
      .map(([name, filter, part]) => `${name}[${filter}].${part}`),
  )
  .map((path) => ({ op: 'remove', path }));

const wholes: fc.Arbitrary<Operation> = fc
  .tuple(
    set,
    filledRecord({
      title: word,
      active: fc.boolean(),
      name: names,
      emails: lists,
      [ENTERPRISE_URN]: enterprise,
    }),
  )
  .map(([op, value]) => ({ op, value }));

/** Names in another case, or behind the URN of the core schema. */
const oddlyNamed = given(
  fc.constantFrom(
    'TITLE',
    'Name.GivenName',
    'urn:ietf:params:scim:schemas:core:2.0:User:title',
    'urn:ietf:params:scim:schemas:core:2.0:User:name.familyName',
  ),
  word,
);

export const operations: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: simple },
  { weight: 5, arbitrary: onLists },
  { weight: 3, arbitrary: removals },
  { weight: 2, arbitrary: wholes },
  { weight: 1, arbitrary: oddlyNamed },
  { weight: 1, arbitrary: given(fc.constant(ENTERPRISE_URN), enterprise) },
  {
    weight: 1,
    arbitrary: given(fc.constantFrom('title', 'active', 'name', 'name.givenName'), fc.constantFrom(null, '')),
  },
);

/** What a path is about: `emails[type eq "work"].value`, taken apart. */
export function taken(path: string): { name: string; filter?: string; part?: string } {
  const [, name = path, filter, part] =
    /^(.*?)(?:\[(.*)\])?(?:\.(\w+))?$/.exec(path.replace(`${ENTERPRISE_URN}`, 'EXT')) ?? [];
  return {
    name: name.replace('EXT', ENTERPRISE_URN),
    ...(filter === undefined ? {} : { filter }),
    ...(part === undefined ? {} : { part }),
  };
}

export const isList = (name: string): boolean => (LISTS as readonly string[]).includes(name);
