/**
 * Our PATCH against an independent one, scim-patch. It works on plain JSON without schemas, so it differs wherever the meaning depends on one; each
 * such point is a row below with an example, and everything else must come out the same.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scimPatch, type ScimPatchOperation } from 'scim-patch';
import { ENTERPRISE_URN, isObject, matches, parseFilter, type Attributes } from '@app/scim';
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

function theirs(operation: Operation, before: Attributes): Outcome {
  const resource = { schemas: [], meta: {} as never, ...structuredClone(before) };
  let after: unknown;
  try {
    after = scimPatch(resource, [structuredClone(operation) as ScimPatchOperation], {
      mutateDocument: false,
      treatMissingAsAdd: false,
    });
  } catch {
    return 'refused';
  }
  return canonical(after);
}

const target = ({ path = '' }: Operation): ReturnType<typeof taken> => taken(path);

/** The values of the list that a path chooses among, and whether its filter chooses any. */
function choice(
  operation: Operation,
  before: Attributes,
): { values: unknown[]; filter: string | undefined; any: boolean } {
  const { name, filter } = target(operation);
  const values = before[name];
  const any = filter !== undefined && matches(parseFilter(`${name}[${filter}]`, 'User'), before);
  return { values: Array.isArray(values) ? values : [], filter, any };
}

const withoutTarget = (attributes: Attributes, operation: Operation): Attributes =>
  without(target(operation).name, attributes);
const marks = ({ value }: Operation): boolean =>
  value === true || JSON.stringify(value ?? null).includes('"primary":true');

const DIFFERENCES: readonly PatchDifference[] = [
  {
    name: 'primary',
    because:
      'RFC 7643 §2.4: true stands at most once in a list, and RFC 7644 §3.5.2 gives it to the value marked last; the oracle marks what it is told to',
    applies: (operation) =>
      (isList(target(operation).name) || operation.path === undefined) && marks(operation),
    beside: unmarked,
  },
  {
    name: 'case',
    because:
      'RFC 7643 §2.2: text in a filter is compared without regard to case unless caseExact; the oracle compares exactly',
    applies: (operation, before) => {
      const { values, filter = '' } = choice(operation, before);
      return (
        /"work"/i.test(filter) &&
        /"work"/.test(filter + JSON.stringify(values)) &&
        /"Work"/.test(filter + JSON.stringify(values))
      );
    },
    beside: withoutTarget,
    refuses: 'either',
  },
  {
    name: 'add where the filter chooses nothing',
    because:
      'RFC 7644 §3.5.2.1 leaves it open; the value is made here from what the filter demands, by the oracle for one eq and a sub-attribute only',
    applies: (operation, before) => {
      const { filter, any } = choice(operation, before);
      return operation.op === 'add' && filter !== undefined && !any;
    },
    beside: withoutTarget,
    refuses: 'either',
  },
  {
    name: 'remove where the filter chooses nothing',
    because: 'RFC 7644 §3.5.2.2 names no error for it: what should be gone is gone; the oracle refuses',
    applies: (operation, before) => {
      const { filter, any } = choice(operation, before);
      return operation.op === 'remove' && filter !== undefined && !any;
    },
    refuses: 'they',
  },
  {
    name: 'active is never unset',
    because:
      'RFC 7643 §4.1.1 leaves the meaning of no value open; a person must not lose or regain access by silence',
    applies: ({ op, path, value }) =>
      path === 'active' && (op === 'remove' || value === null || value === ''),
    beside: (attributes) => without('active', attributes),
    refuses: 'they',
  },
  {
    name: 'userName is required',
    because:
      'RFC 7644 §3.5.2.2: removing a required attribute is refused with mutability; the oracle knows no schema',
    applies: ({ op, path }) => op === 'remove' && path === 'userName',
    refuses: 'we',
  },
  {
    name: 'a complex value without a path',
    because:
      'RFC 7644 §3.5.2.3: sub-attributes that are not named are left unchanged; the oracle puts the value in their place, and an extension beside itself',
    applies: ({ path, value }, before) =>
      path === undefined &&
      isObject(value) &&
      (('name' in value && 'name' in before) || ENTERPRISE_URN in value),
    beside: (attributes) => without('name', without(ENTERPRISE_URN, attributes)),
  },
  {
    name: 'nothing for a complex attribute',
    because: 'RFC 7643 §2.5: null unassigns it, and here an empty text does too; the oracle refuses them',
    applies: ({ path, value }) => path === 'name' && (value === null || value === ''),
    refuses: 'they',
  },
  {
    name: 'names in any case',
    because:
      'RFC 7643 §2.1: names of attributes are case-insensitive; the oracle sets a member of that very name',
    applies: ({ path = '' }) => /^(TITLE|Name)/.test(path),
    beside: (attributes) => without('title', without('name', attributes)),
  },
  {
    name: 'an extension as a whole',
    because:
      'RFC 7644 §3.5.2: a path may be the URN of a schema; the oracle takes its last part for an attribute',
    applies: ({ path }) => path === ENTERPRISE_URN,
    beside: (attributes) => without(ENTERPRISE_URN, attributes),
    refuses: 'either',
  },
];

const EXAMPLES: [string, Operation, Attributes, Outcome, Outcome][] = [
  [
    'primary',
    { op: 'add', path: 'emails', value: [{ value: 'b', primary: true }] },
    { emails: [{ value: 'a', primary: true }] },
    {
      emails: [
        { value: 'a', primary: false },
        { value: 'b', primary: true },
      ],
    },
    {
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: false },
      ],
    },
  ],
  [
    'case',
    { op: 'remove', path: 'emails[type eq "WORK"]' },
    { title: 'a', emails: [{ type: 'work', value: 'b' }] },
    { title: 'a' },
    { title: 'a', emails: [{ type: 'work', value: 'b' }] },
  ],
  [
    'add where the filter chooses nothing',
    { op: 'add', path: 'emails[type eq "home" and display eq "d"].value', value: 'h' },
    { emails: [{ type: 'work', value: 'w' }] },
    {
      emails: [
        { type: 'work', value: 'w' },
        { type: 'home', display: 'd', value: 'h' },
      ],
    },
    'refused',
  ],
  [
    'remove where the filter chooses nothing',
    { op: 'remove', path: 'emails[type eq "home"].display' },
    { title: 'a' },
    { title: 'a' },
    'refused',
  ],
  ['active is never unset', { op: 'remove', path: 'active' }, { active: true }, { active: true }, {}],
  ['userName is required', { op: 'remove', path: 'userName' }, { userName: 'ada' }, 'mutability', {}],
  [
    'a complex value without a path',
    { op: 'replace', value: { name: { givenName: 'A' } } },
    { name: { givenName: 'a', familyName: 'f' } },
    { name: { givenName: 'A', familyName: 'f' } },
    { name: { givenName: 'A' } },
  ],
  [
    'nothing for a complex attribute',
    { op: 'replace', path: 'name', value: null },
    { name: { givenName: 'a' } },
    {},
    'refused',
  ],
  ['names in any case', { op: 'remove', path: 'TITLE' }, { title: 'a' }, {}, { title: 'a' }],
  [
    'an extension as a whole',
    { op: 'replace', path: ENTERPRISE_URN, value: { department: 'b' } },
    { [ENTERPRISE_URN]: { department: 'a' } },
    { [ENTERPRISE_URN]: { department: 'b' } },
    { [ENTERPRISE_URN]: { department: 'a' } },
  ],
];

describe('where scim-patch does otherwise', () => {
  it.each(EXAMPLES)('%s: %j', (_difference, operation, before, our, their) => {
    expect({ our: ours(operation, before), their: theirs(operation, before) }).toEqual({ our, their });
  });

  it('every row of the table has an example', () => {
    const shown = EXAMPLES.map(([difference]) => difference);
    expect(DIFFERENCES.filter(({ name }) => !shown.includes(name))).toEqual([]);
  });
});

describe('a PATCH', () => {
  const seen = new Set<string>();

  it('comes out the same as by scim-patch, but for the differences in the table', () => {
    fc.assert(
      fc.property(kept, fc.array(operations, { minLength: 1, maxLength: 3 }), (person, steps) => {
        let before = person;
        for (const operation of steps) {
          const our = ours(operation, before);
          const their = theirs(operation, before);
          for (const name of compare(operation, before, { our, their, differences: DIFFERENCES }))
            seen.add(name);
          if (typeof our !== 'string') before = our;
        }
      }),
      bounded(1_200),
    );
    expect(DIFFERENCES.filter(({ name }) => !seen.has(name))).toEqual([]);
  });
});
