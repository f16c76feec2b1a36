import { describe, expect, it } from '@jest/globals';
import { createdFrom } from '../body/desire.js';
import { parseResource } from '../body/parse.js';
import { matches } from '../filter/match.js';
import { parseFilter } from '../filter/parse.js';
import type { Json } from '../json.js';
import { parsePatch } from '../patch/parse.js';
import { resourceTypes, schemas } from '../presentation/discovery.js';
import { present } from '../presentation/present.js';
import { refusalOf } from '../testing/refusal.js';
import { InvalidSchema, readSchemaExtension, sameKind } from './declared.js';
import { extendedShape } from './lookup.js';

const URN = 'urn:example:params:scim:schemas:extension:acme:2.0:User';
const BADGE = {
  name: 'Acme',
  description: 'What Acme knows of its people.',
  attributes: [
    { name: 'badge', type: 'string', caseExact: true },
    { name: 'level', type: 'integer', required: true },
    { name: 'since', type: 'dateTime' },
    { name: 'contractor', type: 'boolean' },
    { name: 'skills', multiValued: true },
    {
      name: 'rooms',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'value' }, { name: 'floor', type: 'integer' }],
    },
  ],
};
const acme = extendedShape('User', [readSchemaExtension(URN, BADGE)]);

const problemsOf = (urn: string, raw: unknown): string[] => {
  try {
    readSchemaExtension(urn, raw);
  } catch (error) {
    if (error instanceof InvalidSchema) return error.problems.map(({ field }) => field);
    throw error;
  }
  return [];
};

describe('a declared schema', () => {
  it('has the defaults of RFC 7643 §2.2 where the declaration says nothing', () => {
    expect(
      readSchemaExtension(URN, { name: 'A', attributes: [{ name: 'badge' }] }).attributes[0],
    ).toStrictEqual({
      name: 'badge',
      type: 'string',
      multiValued: false,
      description: '',
      required: false,
      caseExact: false,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'none',
    });
  });

  it('can be declared again from what /Schemas shows of it', () => {
    const shown = schemas('https://hub.example', [acme]).Resources.find(({ id }) => id === URN)!;
    expect(readSchemaExtension(URN, shown)).toEqual(readSchemaExtension(URN, BADGE));
  });

  it.each<[string, string, Json, string[]]>([
    ['something that is no URN', 'acme', { name: 'A', attributes: [{ name: 'a' }] }, ['id']],
    [
      'the URN of a schema that is there',
      'urn:ietf:params:scim:schemas:core:2.0:USER',
      { name: 'A', attributes: [{ name: 'a' }] },
      ['id'],
    ],
    ['a name that is missing', URN, { attributes: [{ name: 'a' }] }, ['name']],
    ['no attributes', URN, { name: 'A', attributes: [] }, ['attributes']],
    [
      'an attribute that is no object',
      URN,
      { name: 'A', attributes: ['badge', { name: 'a' }] },
      ['attributes[0]'],
    ],
    ['a name with a dot', URN, { name: 'A', attributes: [{ name: 'a.b' }] }, ['attributes[0].name']],
    [
      'a name that every object has',
      URN,
      { name: 'A', attributes: [{ name: 'constructor' }] },
      ['attributes[0].name'],
    ],
    [
      'one name in two cases',
      URN,
      { name: 'A', attributes: [{ name: 'badge' }, { name: 'Badge' }] },
      ['attributes[1].name'],
    ],
    [
      'an unknown type',
      URN,
      { name: 'A', attributes: [{ name: 'a', type: 'date' }] },
      ['attributes[0].type'],
    ],
    [
      'text that cannot be stored',
      URN,
      {
        name: 'A\0',
        description: '\ud800',
        attributes: [{ name: 'a', description: '\0', canonicalValues: ['\udfff'] }],
      },
      ['name', 'description', 'attributes[0].canonicalValues', 'attributes[0].description'],
    ],
    [
      'an unknown characteristic',
      URN,
      { name: 'A', attributes: [{ name: 'a', unique: true }] },
      ['attributes[0].unique'],
    ],
    [
      'what nobody could ever set',
      URN,
      { name: 'A', attributes: [{ name: 'a', mutability: 'readOnly' }] },
      ['attributes[0].mutability'],
    ],
    [
      'what would be stored and never shown',
      URN,
      { name: 'A', attributes: [{ name: 'a', mutability: 'writeOnly', returned: 'never' }] },
      ['attributes[0].mutability', 'attributes[0].returned'],
    ],
    [
      'uniqueness, which is not watched over',
      URN,
      { name: 'A', attributes: [{ name: 'a', uniqueness: 'server' }] },
      ['attributes[0].uniqueness'],
    ],
    [
      'a complex attribute without parts',
      URN,
      { name: 'A', attributes: [{ name: 'a', type: 'complex' }] },
      ['attributes[0].subAttributes'],
    ],
    [
      'parts of a text',
      URN,
      { name: 'A', attributes: [{ name: 'a', subAttributes: [{ name: 'b' }] }] },
      ['attributes[0].subAttributes'],
    ],
    [
      'a complex part',
      URN,
      {
        name: 'A',
        attributes: [{ name: 'a', type: 'complex', subAttributes: [{ name: 'b', type: 'complex' }] }],
      },
      ['attributes[0].subAttributes[0].type'],
    ],
    [
      'a flag that is text',
      URN,
      { name: 'A', attributes: [{ name: 'a', required: 'true' }] },
      ['attributes[0].required'],
    ],
    ['nothing at all', URN, null, ['name', 'attributes']],
  ])('is refused for %s, with the place', (_what, urn, raw, fields) => {
    expect(problemsOf(urn, raw)).toEqual(fields);
  });

  it('keeps its attributes of one kind: another type, another number, another part is another kind', () => {
    const [first] = readSchemaExtension(URN, { name: 'A', attributes: [{ name: 'a' }] }).attributes;
    const [integer] = readSchemaExtension(URN, {
      name: 'A',
      attributes: [{ name: 'a', type: 'integer' }],
    }).attributes;
    const [many] = readSchemaExtension(URN, {
      name: 'A',
      attributes: [{ name: 'a', multiValued: true }],
    }).attributes;
    expect([first, integer, many, undefined].map((one) => sameKind(one, first!))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('the attributes of a declared schema', () => {
  const user = (extension: Json): ReturnType<typeof parseResource> =>
    parseResource(acme, { schemas: [URN], userName: 'ada', [URN]: extension }, 'generic');

  it('are read, mended and kept under their URN like every other', () => {
    const read = user({
      Badge: 'A7',
      LEVEL: '3',
      contractor: 'False',
      skills: ['sewing', 'sewing', ''],
      rooms: { value: '12', floor: '1' },
    });
    expect(read.ignored).toEqual([]);
    expect(read.attributes[URN]).toEqual({
      badge: 'A7',
      level: 3,
      contractor: false,
      skills: ['sewing'],
      rooms: [{ value: '12', floor: 1 }],
    });
  });

  it('are unknown to every other directory, and then ignored', () => {
    const read = parseResource('User', { userName: 'ada', [URN]: { badge: 'A7' } }, 'generic');
    expect(read).toMatchObject({ attributes: { userName: 'ada' }, ignored: [URN] });
  });

  it.each<[string, Json]>([
    ['level', { level: 'high' }],
    ['since', { level: 1, since: '2024-02-31T00:00:00Z' }],
    ['contractor', { level: 1, contractor: 'maybe' }],
    ['rooms.floor', { level: 1, rooms: [{ floor: 1.5 }] }],
  ])('refuse a wrong %s by its name', (label, extension) => {
    expect(refusalOf(() => user(extension))).toMatchObject({ status: 400, scimType: 'invalidValue' });
    expect(refusalOf(() => user(extension)).detail).toContain(label);
  });

  it('are asked for when they are required and the extension is there at all', () => {
    expect(refusalOf(() => createdFrom(acme, user({ badge: 'A7' }))).detail).toContain('level');
    expect(createdFrom(acme, parseResource(acme, { userName: 'ada' }, 'generic'))).toEqual({
      userName: 'ada',
      active: true,
    });
  });

  it('can be searched, also by value paths and dates, in any case of the names', () => {
    const ada = {
      userName: 'ada',
      [URN]: {
        badge: 'A7',
        level: 3,
        since: '2024-05-01T00:00:00+02:00',
        skills: ['sewing', 'flying'],
        rooms: [{ value: '12', floor: 1 }],
      },
    };
    const finds = (filter: string): boolean => matches(parseFilter(filter, acme), ada);
    expect(finds(`${URN}:badge eq "A7"`)).toBe(true);
    expect(finds(`${URN.toUpperCase()}:BADGE eq "a7"`)).toBe(false);
    expect(finds(`${URN}:level gt 2 and ${URN}:skills eq "FLYING"`)).toBe(true);
    expect(finds(`${URN}:since lt "2024-04-30T22:00:01Z"`)).toBe(true);
    expect(finds(`${URN}:rooms[floor eq 1 and value sw "1"]`)).toBe(true);
    expect(finds(`${URN}:rooms.floor eq 2`)).toBe(false);
  });

  it('can be patched by path, as a whole, and without a path', () => {
    const patch = (...Operations: Json[]): Json =>
      parsePatch(acme, { Operations }, 'generic').apply({
        userName: 'ada',
        [URN]: { level: 1, skills: ['sewing'] },
      })[URN]!;
    expect(patch({ op: 'add', path: `${URN}:skills`, value: ['flying', 'sewing'] })).toEqual({
      level: 1,
      skills: ['sewing', 'flying'],
    });
    expect(patch({ op: 'replace', path: URN, value: { badge: 'B1' } })).toMatchObject({
      badge: 'B1',
      level: 1,
    });
    expect(patch({ op: 'replace', value: { [`${URN}:level`]: '4' } })).toMatchObject({ level: 4 });
    expect(patch({ op: 'remove', path: `${URN}:skills` })).toEqual({ level: 1 });
  });

  it('are shown under their URN, which then stands in schemas', () => {
    const stored = {
      id: '1',
      attributes: { userName: 'ada', [URN]: { level: 1 } },
      version: 1,
      created: 'x',
      lastModified: 'x',
    };
    const shown = present(acme, stored, { baseUrl: 'https://hub.example' });
    expect(shown).toMatchObject({ [URN]: { level: 1 } });
    expect(shown['schemas']).toContain(URN);
    expect(present('User', stored, { baseUrl: 'https://hub.example' })).not.toHaveProperty([URN]);
  });

  it('are named by /ResourceTypes', () => {
    expect(resourceTypes('', [acme]).Resources[0]!.schemaExtensions).toContainEqual({
      schema: URN,
      required: false,
    });
  });
});
