/**
 * Our PATCH against a second independent one, SCIMMY's PatchOp on its User schema with the enterprise extension. Each point on which it does
 * otherwise is a row below with an example, and everything else must come out the same.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import SCIMMY from 'scimmy';
import { ENTERPRISE_URN, isObject, matches, parseFilter, USER_URN, type Attributes } from '@app/scim';
import { bounded } from '../support/bounds.js';
import {
  canonical,
  compare,
  ours,
  unmarked,
  without,
  type Outcome,
  type PatchDifference,
} from './patching.js';
import { isList, kept, operations, taken, type Operation } from './written-patch.js';

SCIMMY.Schemas.User.definition.extend(SCIMMY.Schemas.EnterpriseUser.definition, false);

async function theirs(operation: Operation, before: Attributes): Promise<Outcome> {
  const schemas = [USER_URN, ...(ENTERPRISE_URN in before ? [ENTERPRISE_URN] : [])];
  try {
    const person = new SCIMMY.Schemas.User({ schemas, id: '1', ...structuredClone(before) } as never);
    const message = new SCIMMY.Messages.PatchOp({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [structuredClone(operation)],
    } as never);
    const after = (await message.apply(person)) as unknown;
    // Nothing comes back when nothing has changed.
    return after === undefined ? before : canonical(JSON.parse(JSON.stringify(after)));
  } catch {
    return 'refused';
  }
}

const target = ({ path = '' }: Operation): ReturnType<typeof taken> => taken(path);

function choice(
  operation: Operation,
  before: Attributes,
): { values: string; filter: string | undefined; any: boolean } {
  const { name, filter } = target(operation);
  const any = filter !== undefined && matches(parseFilter(`${name}[${filter}]`, 'User'), before);
  return { values: JSON.stringify(before[name] ?? []), filter, any };
}

const withoutTarget = (attributes: Attributes, operation: Operation): Attributes =>
  without(target(operation).name, attributes);
const marks = ({ value }: Operation): boolean =>
  value === true || JSON.stringify(value ?? null).includes('"primary":true');
const inList = (operation: Operation): boolean => isList(target(operation).name);

const DIFFERENCES: readonly PatchDifference[] = [
  {
    name: 'primary',
    because:
      'RFC 7643 §2.4: true stands at most once in a list, and RFC 7644 §3.5.2 gives it to the value marked last; the oracle keeps both marks, or refuses',
    applies: (operation) => (inList(operation) || operation.path === undefined) && marks(operation),
    beside: unmarked,
    refuses: 'they',
  },
  {
    name: 'case',
    because:
      'RFC 7643 §2.2: text in a filter is compared without regard to case unless caseExact; the oracle compares exactly',
    applies: (operation, before) => {
      const { values, filter = '' } = choice(operation, before);
      return (
        /"work"/i.test(filter) && (filter + values).includes('"work"') && (filter + values).includes('"Work"')
      );
    },
    beside: withoutTarget,
    refuses: 'either',
  },
  {
    name: 'set where the filter chooses nothing',
    because:
      'RFC 7644 §3.5.2.3: replace is noTarget, and add is left open: the value is made here; the oracle adds for one and refuses the other',
    applies: (operation, before) => {
      const { filter, any } = choice(operation, before);
      return operation.op !== 'remove' && filter !== undefined && !any;
    },
    beside: withoutTarget,
    refuses: 'either',
  },
  {
    name: 'replace of chosen values',
    because:
      'RFC 7644 §3.5.2.3: the values are replaced; members that are not named are kept here, so that a change of value loses no type; the oracle drops them',
    applies: (operation) =>
      operation.op === 'replace' && inList(operation) && target(operation).filter !== undefined,
    beside: withoutTarget,
    refuses: 'either',
  },
  {
    name: 'replace of a complex value',
    because: 'RFC 7644 §3.5.2.3: sub-attributes that are not named are left unchanged; the oracle drops them',
    applies: ({ op, path }) => op === 'replace' && (path === 'name' || path === ENTERPRISE_URN),
    beside: withoutTarget,
  },
  {
    name: 'replace of a list without a path',
    because: 'RFC 7644 §3.5.2.3: the values of a list are replaced; the oracle adds to them',
    applies: ({ op, path, value }) =>
      op === 'replace' && path === undefined && isObject(value) && 'emails' in value,
    beside: (attributes) => without('emails', attributes),
    refuses: 'they',
  },
  {
    name: 'a sub-attribute of a list',
    because: 'RFC 7644 §3.5.2: the path names it in every value; the oracle refuses it without a filter',
    applies: (operation) =>
      inList(operation) && target(operation).filter === undefined && target(operation).part !== undefined,
    refuses: 'they',
  },
  {
    name: 'a part of what is absent or behind a URN',
    because: 'RFC 7644 §3.5.2.1: the attribute is added; the oracle finds no target',
    applies: ({ path = '' }) => /manager\.value$|^urn:ietf:params:scim:schemas:core/.test(path),
    beside: withoutTarget,
    refuses: 'they',
  },
  {
    name: 'names in any case',
    because: 'RFC 7643 §2.1: names of attributes are case-insensitive; the oracle finds none',
    applies: ({ path = '' }) => /^(TITLE|Name)/.test(path),
    refuses: 'they',
  },
  {
    name: 'an extension removed as a whole',
    because: 'RFC 7644 §3.5.2: a path may be the URN of a schema; the oracle refuses to remove it',
    applies: ({ op, path }) => op === 'remove' && path === ENTERPRISE_URN,
    refuses: 'they',
  },
  {
    name: 'canonical values',
    because: 'RFC 7643 §7: canonical values are a suggestion; the oracle refuses others',
    applies: (operation, before) =>
      (inList(operation) && target(operation).part === 'type') ||
      /"type":"(?!work|home|other)/.test(JSON.stringify(before)),
    refuses: 'they',
  },
  {
    name: 'nothing',
    because:
      'RFC 7643 §2.5: null and, here, an empty text unassign an attribute; the oracle keeps or refuses them',
    applies: ({ value }) => value === null || value === '',
    beside: withoutTarget,
    refuses: 'they',
  },
  {
    name: 'active is never unset',
    because:
      'RFC 7643 §4.1.1 leaves the meaning of no value open; a person must not lose or regain access by silence',
    applies: ({ op, path }) => path === 'active' && op === 'remove',
    beside: (attributes) => without('active', attributes),
  },
];

const ADA = { userName: 'ada' };
const EXAMPLES: [string, Operation, Attributes, Outcome, Outcome][] = [
  [
    'primary',
    { op: 'add', path: 'emails', value: [{ value: 'b', primary: true }] },
    { ...ADA, emails: [{ value: 'a', primary: true }] },
    {
      ...ADA,
      emails: [
        { value: 'a', primary: false },
        { value: 'b', primary: true },
      ],
    },
    {
      ...ADA,
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: false },
      ],
    },
  ],
  [
    'case',
    { op: 'remove', path: 'emails[type eq "WORK"]' },
    { ...ADA, emails: [{ type: 'work', value: 'b' }] },
    ADA,
    { ...ADA, emails: [{ type: 'work', value: 'b' }] },
  ],
  [
    'set where the filter chooses nothing',
    { op: 'add', path: 'emails[type eq "home"].value', value: 'h' },
    { ...ADA, emails: [{ type: 'work', value: 'w' }] },
    {
      ...ADA,
      emails: [
        { type: 'work', value: 'w' },
        { type: 'home', value: 'h' },
      ],
    },
    'refused',
  ],
  [
    'replace of chosen values',
    { op: 'replace', path: 'emails[type eq "work"]', value: { value: 'b' } },
    { ...ADA, emails: [{ type: 'work', value: 'a' }] },
    { ...ADA, emails: [{ type: 'work', value: 'b' }] },
    { ...ADA, emails: [{ value: 'b' }] },
  ],
  [
    'replace of a complex value',
    { op: 'replace', path: 'name', value: { givenName: 'b' } },
    { ...ADA, name: { givenName: 'a', familyName: 'f' } },
    { ...ADA, name: { givenName: 'b', familyName: 'f' } },
    { ...ADA, name: { givenName: 'b' } },
  ],
  [
    'replace of a list without a path',
    { op: 'replace', value: { emails: [{ value: 'b' }] } },
    { ...ADA, emails: [{ value: 'a' }] },
    { ...ADA, emails: [{ value: 'b' }] },
    { ...ADA, emails: [{ value: 'a' }, { value: 'b' }] },
  ],
  [
    'a sub-attribute of a list',
    { op: 'replace', path: 'emails.display', value: 'd' },
    { ...ADA, emails: [{ value: 'a' }] },
    { ...ADA, emails: [{ value: 'a', display: 'd' }] },
    'refused',
  ],
  [
    'a part of what is absent or behind a URN',
    { op: 'add', path: `${USER_URN}:name.familyName`, value: 'f' },
    ADA,
    { ...ADA, name: { familyName: 'f' } },
    'refused',
  ],
  ['names in any case', { op: 'add', path: 'TITLE', value: 'a' }, ADA, { ...ADA, title: 'a' }, 'refused'],
  [
    'an extension removed as a whole',
    { op: 'remove', path: ENTERPRISE_URN },
    { ...ADA, [ENTERPRISE_URN]: { department: 'a' } },
    ADA,
    'refused',
  ],
  [
    'canonical values',
    { op: 'add', path: 'emails', value: [{ value: 'a', type: 'school' }] },
    ADA,
    { ...ADA, emails: [{ value: 'a', type: 'school' }] },
    'refused',
  ],
  [
    'nothing',
    { op: 'replace', path: 'active', value: '' },
    { ...ADA, active: true },
    { ...ADA, active: true },
    'refused',
  ],
  [
    'active is never unset',
    { op: 'remove', path: 'active' },
    { ...ADA, active: true },
    { ...ADA, active: true },
    ADA,
  ],
];

describe('where SCIMMY does otherwise', () => {
  it.each(EXAMPLES)('%s: %j', async (_difference, operation, before, our, their) => {
    expect({ our: ours(operation, before), their: await theirs(operation, before) }).toEqual({ our, their });
  });

  it('every row of the table has an example', () => {
    const shown = EXAMPLES.map(([difference]) => difference);
    expect(DIFFERENCES.filter(({ name }) => !shown.includes(name))).toEqual([]);
  });
});

describe('a PATCH', () => {
  const seen = new Set<string>();

  it('comes out the same as by SCIMMY, but for the differences in the table', async () => {
    await fc.assert(
      fc.asyncProperty(kept, fc.array(operations, { minLength: 1, maxLength: 3 }), async (person, steps) => {
        let before = person;
        for (const operation of steps) {
          const our = ours(operation, before);
          const their = await theirs(operation, before);
          for (const name of compare(operation, before, { our, their, differences: DIFFERENCES }))
            seen.add(name);
          if (typeof our !== 'string') before = our;
        }
      }),
      bounded(500),
    );
    expect(DIFFERENCES.filter(({ name }) => !seen.has(name))).toEqual([]);
  });
});
