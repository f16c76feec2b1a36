/**
 * Fuzz of everything that reads what strangers send: broken, hostile and half-valid input, for some seconds, or as many as
 * ROLLCALL_FUZZ_SECONDS says. A failing input is printed with the number of its round; the same seed meets it again.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  createdFrom,
  InvalidSchema,
  matches,
  parseBulk,
  parseFilter,
  parsePaging,
  parsePatch,
  parsePatchV1,
  parseProjection,
  parseResource,
  planBulk,
  printFilter,
  printPath,
  queryFromV1,
  readEntityTags,
  readSchemaExtension,
  resolvePath,
  resourceFromV1,
  ScimError,
  shapeOf,
  unitsOf,
  type Attributes,
  type Dialect,
  type Json,
  type ResourceType,
} from '@app/scim';
import { fuzzTime, SEED } from '../support/bounds.js';
import { BODIES, FILTERS, PATCHES, PATHS } from './corpus.js';
import { Dice } from './dice.js';
import { hostileBody, hostileJson, hostileText, mutatedJson, mutatedText } from './hostile.js';
import { deepFrozen, flawIn, uncanonicalIn } from './laws.js';

const TYPES: readonly ResourceType[] = ['User', 'Group'];
const DIALECTS: readonly Dialect[] = ['generic', 'okta', 'entra'];
const DECLARATION = {
  name: 'Acme',
  description: 'Attributes of Acme',
  attributes: [
    { name: 'badge', type: 'string', caseExact: true, canonicalValues: ['blue'] },
    { name: 'desk', type: 'complex', multiValued: true, subAttributes: [{ name: 'floor', type: 'integer' }] },
  ],
};

/** One reader: makes an input, and reads it; what it says of the result is a broken law. */
type Reader = (dice: Dice) => { input: unknown; read: () => string | undefined };

const filterText = (dice: Dice): string =>
  dice.chance(0.2) ? hostileText(dice) : mutatedText(dice, dice.pick(FILTERS));
const pathText = (dice: Dice): string =>
  dice.chance(0.2) ? hostileText(dice) : mutatedText(dice, dice.pick(PATHS));

/** As it arrives: through JSON.parse, which keeps `__proto__` as a key. Undefined when it is no JSON. */
function received(dice: Dice, value: unknown): unknown {
  try {
    return JSON.parse(hostileBody(dice, value)) as unknown;
  } catch {
    return value;
  }
}

function body(dice: Dice, type: ResourceType): unknown {
  if (dice.chance(0.15)) return received(dice, hostileJson(dice));
  let value = dice.pick(BODIES[type]);
  for (let left = dice.below(4); left > 0; left -= 1) value = mutatedJson(dice, value);
  return received(dice, value);
}

function patch(dice: Dice, type: ResourceType): unknown {
  if (dice.chance(0.3)) {
    const operation = (): object => ({
      op: dice.pick(['add', 'Replace', 'remove', 'move', hostileJson(dice, 0)]),
      ...(dice.chance(0.85) && { path: pathText(dice) }),
      ...(dice.chance(0.85) && { value: hostileJson(dice) }),
    });
    return received(dice, { Operations: dice.times(3, operation) });
  }
  let value = dice.pick(PATCHES[type]);
  for (let left = dice.below(4); left > 0; left -= 1) value = mutatedJson(dice, value);
  return received(dice, value);
}

/** Operations that refer to each other, in circles too, with whatever the parsers of resources are given. */
function bulk(dice: Dice): unknown {
  const reference = (): string => `bulkId:${dice.below(5)}`;
  const operation = (): object => {
    const type = dice.pick(TYPES);
    const id = dice.pick(['x', reference(), hostileText(dice)]);
    const members = dice.times(3, () => ({ value: reference() }));
    const data = dice.pick([body(dice, type), patch(dice, type), { displayName: 'g', members }]);
    return {
      method: dice.pick(['POST', 'put', 'PATCH', 'DELETE', 'GET', hostileJson(dice, 0)]),
      path: dice.pick([
        `/${type}s`,
        `/${type}s/${id}`,
        `https://x/scim/v2/${type}s/${id}`,
        hostileText(dice),
      ]),
      bulkId: dice.pick([String(dice.below(5)), hostileText(dice), 1, null]),
      version: dice.pick(['W/"1"', hostileJson(dice, 0)]),
      data,
    };
  };
  const value = { failOnErrors: dice.pick([undefined, 1, -1, '2']), Operations: dice.times(8, operation) };
  return received(dice, dice.chance(0.5) ? value : mutatedJson(dice, value));
}

/** A part of a resource as SCIM 1.1 sends it to change one. */
function partV1(dice: Dice, type: ResourceType): unknown {
  const part: Record<string, unknown> = { ...(dice.pick(BODIES[type]) as object) };
  if (dice.chance(0.7)) part['meta'] = { attributes: dice.times(3, () => dice.pick(PATHS)) };
  const deleting = { value: 'x', operation: dice.pick(['delete', 'Delete', 'add', 'none']) };
  if (dice.chance(0.5)) part[dice.pick(['members', 'emails', 'roles'])] = dice.times(3, () => deleting);
  let value: unknown = part;
  for (let left = dice.below(4); left > 0; left -= 1) value = mutatedJson(dice, value);
  return received(dice, value);
}

/** Resources that are there already; nothing may change them in place. The bodies hold names of other resources where those have to be objects. */
const STORED = {
  User: BODIES.User.flatMap((sent) => storedFrom('User', sent)),
  Group: BODIES.Group.flatMap((sent) => storedFrom('Group', sent)),
};

function storedFrom(type: ResourceType, sent: unknown): Attributes[] {
  try {
    return [deepFrozen(createdFrom(type, parseResource(type, sent, 'generic')))];
  } catch (error) {
    if (error instanceof ScimError) return [];
    throw error;
  }
}

const READERS: Record<string, Reader> = {
  parseFilter: (dice) => {
    const [input, type] = [filterText(dice), dice.pick(TYPES)];
    const resource = dice.pick(STORED[type]);
    return {
      input,
      read: () => {
        const filter = parseFilter(input, type);
        expect(typeof matches(filter, resource)).toBe('boolean');
        expect(parseFilter(printFilter(filter), type)).toEqual(filter);
        return flawIn(filter);
      },
    };
  },
  'the path of a PATCH': (dice) => {
    const type = dice.pick(TYPES);
    const input = {
      op: dice.pick(['add', 'replace', 'remove']),
      path: pathText(dice),
      value: dice.pick(['x', { value: 'x' }, true]),
    };
    const resource = dice.pick(STORED[type]);
    return {
      input,
      read: () => {
        const { apply, members } = parsePatch(type, { Operations: [input] }, dice.pick(DIALECTS));
        return flawIn(members) ?? uncanonicalIn(type, apply(resource));
      },
    };
  },
  parsePatch: (dice) => {
    const [type, dialect] = [dice.pick(TYPES), dice.pick(DIALECTS)];
    const input = patch(dice, type);
    const resource = dice.pick(STORED[type]);
    return {
      input,
      read: () => {
        const { apply, members, ignored } = parsePatch(type, input, dialect);
        const after = apply(resource);
        expect(apply(resource)).toEqual(after);
        expect(ignored.every((name) => typeof name === 'string')).toBe(true);
        return flawIn(members) ?? uncanonicalIn(type, after);
      },
    };
  },
  parseResource: (dice) => {
    const [type, dialect] = [dice.pick(TYPES), dice.pick(DIALECTS)];
    const input = body(dice, type);
    return {
      input,
      read: () => {
        const { attributes, members = [] } = parseResource(type, input, dialect);
        expect(parseResource(type, attributes, dialect).attributes).toEqual(attributes);
        expect(members.filter((id) => typeof id !== 'string' || id === '')).toEqual([]);
        return flawIn(members) ?? uncanonicalIn(type, attributes);
      },
    };
  },
  parseProjection: (dice) => {
    const type = dice.pick(TYPES);
    const names = (): string => dice.times(5, () => pathText(dice)).join(',');
    const input = { attributes: names(), excludedAttributes: names() };
    return {
      input,
      read: () => {
        const { attributes = [], excludedAttributes = [] } = parseProjection(type, input);
        for (const path of [...attributes, ...excludedAttributes])
          expect(resolvePath(type, printPath(path))?.path).toEqual(path);
        return undefined;
      },
    };
  },
  parsePaging: (dice) => {
    const number = (): string =>
      dice.pick(['1', '-5', '+7', '1e9', '0x10', '9'.repeat(400), hostileText(dice)]);
    const input = { startIndex: number(), count: number() };
    return {
      input,
      read: () => {
        const { startIndex, count } = parsePaging(input, { defaultCount: 100, maxCount: 1_000 });
        const lawful =
          Number.isSafeInteger(startIndex) &&
          startIndex >= 1 &&
          Number.isInteger(count) &&
          count >= 0 &&
          count <= 1_000;
        return lawful ? undefined : `startIndex ${startIndex}, count ${count}`;
      },
    };
  },
  'the PATCH of SCIM 1.1': (dice) => {
    const [type, dialect] = [dice.pick(TYPES), dice.pick(DIALECTS)];
    const input = partV1(dice, type);
    const resource = dice.pick(STORED[type]);
    return {
      input,
      read: () => {
        const { apply, members } = parsePatchV1(type, input, dialect);
        return flawIn(members) ?? uncanonicalIn(type, apply(resource));
      },
    };
  },
  'a resource and a query of SCIM 1.1': (dice) => {
    const type = dice.pick(TYPES);
    const input = { resource: partV1(dice, type), filter: filterText(dice), attributes: pathText(dice) };
    return {
      input,
      read: () => {
        const { attributes } = parseResource(type, resourceFromV1(type, input.resource), 'generic');
        const { filter = '', ...query } = queryFromV1({ filter: input.filter, attributes: input.attributes });
        parseProjection(type, query);
        return uncanonicalIn(type, attributes) ?? flawIn(parseFilter(filter, type));
      },
    };
  },
  'a bulk': (dice) => {
    const input = bulk(dice);
    return {
      input,
      read: () => {
        const { operations } = parseBulk(input, { maxOperations: 100, roots: ['/scim/v2'] });
        let made = 0;
        const planned = planBulk(operations, { shapeOf, newId: (type) => `${type}-${(made += 1)}` });
        const done = unitsOf(planned.map(({ needs }) => needs)).flat();
        expect(done.toSorted((a, b) => a - b)).toEqual(operations.map((_operation, index) => index));
        return flawIn(planned.map(({ resource }) => resource?.id));
      },
    };
  },
  readEntityTags: (dice) => {
    const input = dice.pick([hostileText(dice), mutatedText(dice, 'W/"1", "2",*')]);
    return { input, read: () => void readEntityTags(input)?.(1) };
  },
  readSchemaExtension: (dice) => {
    const input = dice.chance(0.2) ? hostileJson(dice) : mutatedJson(dice, DECLARATION);
    const urn = dice.chance(0.8) ? 'urn:acme:scim:1.0:User' : mutatedText(dice, 'urn:acme:scim:1.0:User');
    return { input: { urn, input }, read: () => flawIn(readSchemaExtension(urn, input)) };
  },
};

/** Seconds of this processor that one input may cost, however busy the machine is. */
const SECONDS_FOR_ONE = 1;

function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}

/** Reads one input; the answer is what is wrong with how that went. */
function outcome(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvalidSchema) return undefined;
    if (!(error instanceof ScimError)) return `threw ${String((error as Error).stack)}`;
    return error.status >= 400 && error.status < 500 && error.detail !== ''
      ? flawIn(error.detail)
      : `status ${error.status}`;
  }
}

const own = Object.getOwnPropertyNames(Object.prototype).sort();
afterAll(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(own);
});

describe('whatever is sent', () => {
  const readers = Object.entries(READERS);
  const seconds = fuzzTime(10) / readers.length;

  it.each(readers)(
    '%s reads it or refuses it',
    (_name, reader) => {
      const until = Date.now() + seconds;
      let round = 0;
      for (; Date.now() < until; round += 1) {
        const { input, read } = reader(new Dice(SEED + round));
        let wrong: string | undefined;
        const spent = cost(() => (wrong = outcome(read)));
        if (spent > SECONDS_FOR_ONE) wrong ??= `took ${spent} s`;
        if (wrong) throw new Error(`seed ${SEED}, round ${round}: ${wrong}\n${shown(input)}`);
      }
      expect(round).toBeGreaterThan(20);
    },
    seconds + 30_000,
  );
});

function shown(input: unknown): string {
  try {
    return JSON.stringify(input).slice(0, 2_000);
  } catch {
    return 'nested too deep to show';
  }
}

describe('no form of input takes time out of proportion', () => {
  const LONG = 100_000;
  const forms = [
    '(',
    '[',
    '"',
    '"\\',
    '\\',
    ' ',
    '.',
    ':',
    'a',
    'a.',
    'urn:',
    'not ',
    'not(',
    'emails[',
    'a,',
    '[,',
    'W/"',
    '9',
    '-',
    '😀',
    'emails[type eq "',
    'userName eq "x" and ',
  ];

  it.each(forms)('%j, many times', (form) => {
    const text = form.repeat(LONG / form.length);
    const whole = `userName eq "${text}"`;
    const reads: (() => unknown)[] = [
      () => parseFilter(text, 'User'),
      () => parseFilter(text.slice(0, 9_999), 'User'),
      () => parseFilter(whole.slice(0, 9_999), 'User'),
      () => parsePatch('User', { Operations: [{ op: 'add', path: text, value: 'x' }] }, 'generic'),
      () =>
        parsePatch(
          'User',
          { Operations: [{ op: 'add', path: `emails${text.slice(0, 9_000)}`, value: 'x' }] },
          'generic',
        ),
      () => parsePatch('User', { Operations: [{ op: 'add', value: { [text]: 1 } }] }, 'generic'),
      () => parseResource('User', { userName: text, [text]: text, emails: text, manager: text }, 'generic'),
      () => parseResource('Group', { displayName: 'g', members: [{ $ref: text }] }, 'generic'),
      () => parseProjection('User', { attributes: text, excludedAttributes: text }),
      () => parsePaging({ startIndex: text, count: text }, { defaultCount: 1, maxCount: 1 }),
      () => readEntityTags(text)?.(1),
      () => queryFromV1({ filter: text, attributes: text, sortBy: text }),
      () => queryFromV1({ filter: text.slice(0, 9_999) }),
      () => parsePatchV1('User', { meta: { attributes: text }, [text]: 1 }, 'generic'),
      () => readSchemaExtension(text, { name: text, attributes: [{ name: text }] }),
    ];
    for (const read of reads) {
      expect(cost(() => expect(outcome(() => void read())).toBeUndefined())).toBeLessThan(SECONDS_FOR_ONE);
    }
  });

  it.each<[string, () => unknown]>([
    ['lists in lists', () => JSON.parse(`${'['.repeat(LONG)}${']'.repeat(LONG)}`)],
    ['objects in objects', () => JSON.parse(`${'{"value":'.repeat(5_000)}1${'}'.repeat(5_000)}`)],
    ['a list of a hundred thousand nothings', () => Array.from({ length: LONG }, () => null)],
    ['a list of twenty thousand objects', () => Array.from({ length: 20_000 }, () => ({ value: 'a' }))],
    [
      'an object of ten thousand names',
      () => Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`n${index}`, index])),
    ],
  ])('%s', (_form, make) => {
    const value = make() as Json;
    for (const type of TYPES) {
      for (const name of ['userName', 'emails', 'name', 'members', 'schemas', 'manager', 'active']) {
        const reads = [
          () => parseResource(type, { [name]: value }, 'generic'),
          () => parseResource(type, value, 'generic'),
          () => parsePatch(type, { Operations: [{ op: 'add', path: name, value }] }, 'generic'),
          () => parsePatch(type, { Operations: [{ op: 'add', value: { [name]: value } }] }, 'generic'),
          () => parsePatch(type, { Operations: value }, 'generic'),
          () => parsePatchV1(type, { [name]: value, meta: { attributes: value } }, 'generic'),
          () => resourceFromV1(type, { [name]: value }),
          () => readSchemaExtension('urn:acme:x', { name: 'x', attributes: value }),
        ];
        for (const read of reads)
          expect(cost(() => expect(outcome(() => void read())).toBeUndefined())).toBeLessThan(
            2 * SECONDS_FOR_ONE,
          );
      }
    }
  });
});
