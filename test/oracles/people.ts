/** Random people with attributes of the whole User schema. */
import fc from 'fast-check';
import {
  ENTERPRISE_SCHEMA,
  ENTERPRISE_URN,
  USER_SCHEMA,
  USER_URN,
  type AttributeDefinition,
  type Json,
} from '@app/scim';

/** Few enough that a filter often meets them, odd enough that reading them takes care. */
export const TEXTS = [
  'a',
  'A',
  'ab',
  'b A',
  'work',
  'Work',
  'ü',
  'Ü',
  'x"y',
  'back\\slash',
  'end\\',
  'tab\tline\n',
  '😀',
  '12',
  '-3.5',
  'true',
  'and (or) [not] pr',
  'de',
] as const;

export const INSTANTS = [
  '2019-12-31T23:30:00.000Z',
  '2020-01-01T00:00:00.000Z',
  '2020-01-01T00:30:00.000Z',
  '2024-02-29T12:00:00.000Z',
] as const;

export const text = fc.constantFrom(...TEXTS);

/** Present more often than not. */
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

function one(definition: AttributeDefinition): fc.Arbitrary<Json> {
  switch (definition.type) {
    case 'complex':
      return object(definition.subAttributes ?? []).filter((value) => Object.keys(value).length > 0);
    case 'boolean':
      return fc.boolean();
    case 'dateTime':
      return fc.constantFrom(...INSTANTS);
    default:
      return text;
  }
}

function whole(definition: AttributeDefinition): fc.Arbitrary<Json> {
  return definition.multiValued ? fc.array(one(definition), { minLength: 1, maxLength: 3 }) : one(definition);
}

function object(definitions: readonly AttributeDefinition[]): fc.Arbitrary<{ [name: string]: Json }> {
  const members = definitions.map((definition) => [definition.name, maybe(whole(definition))] as const);
  return fc
    .record(Object.fromEntries(members))
    .map((given) =>
      Object.fromEntries(
        Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    );
}

// Objects as JSON.parse makes them, with a prototype.
const meta = fc.record(
  {
    resourceType: fc.constant('User'),
    created: fc.constantFrom(...INSTANTS),
    lastModified: fc.constantFrom(...INSTANTS),
  },
  { noNullPrototype: true },
);

/** People as a filter meets them: canonical, with id and meta. */
export const people: fc.Arbitrary<{ [name: string]: Json }> = fc
  .record({
    core: object(USER_SCHEMA.attributes.filter(({ name }) => name !== 'password')),
    extension: maybe(object(ENTERPRISE_SCHEMA.attributes)),
    externalId: maybe(text),
    meta,
  })
  .map(({ core, extension, externalId, meta: recorded }) => ({
    schemas: [USER_URN],
    id: 'a',
    ...(externalId === undefined ? {} : { externalId }),
    ...core,
    meta: recorded,
    ...(extension && Object.keys(extension).length > 0 ? { [ENTERPRISE_URN]: extension } : {}),
  }));
