/**
 * Our filters against a second independent reader, SCIMMY's Filter. It turns a filter into alternatives of comparisons joined by and, so it is
 * asked about filters of that form (with not before single comparisons, and brackets); forms beyond it are named with an example at the end.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import SCIMMY from 'scimmy';
import { ENTERPRISE_URN, matches, parseFilter, USER_URN, type Json } from '@app/scim';
import { ATTRIBUTES, comparedIn, found, partsOf } from './attributes.js';
import { bounded } from '../support/bounds.js';
import { people } from './people.js';
import { answer, evaluate, readingOf, RFC, type Opinion, type Reading } from './reading.js';
import { leavesAmong, leavesOf, textOf, type Leaf, type Written } from './written-filter.js';

type Person = { [name: string]: Json };

const ours = (text: string, person: Person): boolean => matches(parseFilter(text, 'User'), person);

function theirs(text: string, person: Person): boolean | 'refused' {
  try {
    return new SCIMMY.Types.Filter(text).match([person]).length > 0;
  } catch {
    return 'refused';
  }
}

/** The points on which the oracle reads one comparison differently; each has an example below. */
const DIFFERENCES: readonly {
  name: string;
  because: string;
  change(reading: Reading, leaf: Leaf): Partial<Reading> | undefined;
}[] = [
  {
    name: 'case',
    because:
      'RFC 7643 §2.2: text is compared without regard to case unless caseExact; the oracle compares exactly',
    change: ({ foldsCase }) => (foldsCase ? { foldsCase: false } : undefined),
  },
  {
    name: 'instants',
    because:
      'RFC 7644 §3.4.2.2: dates are equal when their times are; the oracle compares eq and ne as text, and order by time',
    change: ({ comparesInstants, operator }) =>
      comparesInstants && (operator === 'eq' || operator === 'ne') ? { comparesInstants: false } : undefined,
  },
  {
    name: 'numbers and booleans for text',
    because:
      'a bare word stands for text where the attribute is text; the oracle compares it as what JSON makes of it',
    change: (_reading, leaf) =>
      comparedIn(leaf.known)?.type !== 'boolean' && /^(-?\d+(\.\d+)?|true)$/.test(leaf.literal ?? '')
        ? { wanted: JSON.parse(leaf.literal ?? '') as Json, ordersOneTypeOnly: true }
        : undefined,
  },
  {
    name: 'escapes',
    because:
      'RFC 7644 §3.4.2.2: a value is a JSON string, RFC 8259 §7; the oracle keeps its escapes as written',
    change: (_reading, { literal }) =>
      literal?.startsWith('"') && literal.includes('\\') ? { wanted: literal.slice(1, -1) } : undefined,
  },
  {
    name: 'absent',
    because:
      'RFC 7644 §3.4.2.2: nothing is a part of an absent value; the oracle looks for parts in the word undefined',
    change: ({ operator, found: values }) =>
      ['co', 'sw', 'ew'].includes(operator) && values.length === 0 ? { found: ['undefined'] } : undefined,
  },
  {
    name: 'schema names',
    because:
      'RFC 7644 §3.10: a name may carry the URN of its schema; the oracle looks for a member of that name',
    change: (_reading, { name, known }) =>
      /^urn:/i.test(name) || known.path.schema !== undefined ? { found: [] } : undefined,
  },
];

const seen = new Set<string>();

function theirReading(leaf: Leaf, owner: Json): boolean {
  const names = DIFFERENCES.toReversed();
  return answer(
    names.reduce(
      (reading, { name, change }) => {
        const changed = { ...reading, ...change(reading, leaf) };
        if (answer(changed) !== answer(reading)) seen.add(name);
        return changed;
      },
      readingOf(leaf, owner),
    ),
  );
}

/** A list is asked value by value, with the not that stands before the comparison; each value is asked like a resource of its own. */
function theirLeaf(leaf: Leaf, owner: Json, negated: boolean): boolean {
  const { path, inList } = leaf.known;
  if (!inList) return theirReading(leaf, owner) !== negated;
  const { subAttribute: name = '', ...list } = path;
  const element: Leaf = { ...leaf, name, known: { ...leaf.known, path: { name }, inList: false } };
  const answers = found(owner, list).map((value) => theirReading(element, value) !== negated);
  if (answers.some(Boolean) !== (RFC.leaf(leaf, owner) !== negated)) seen.add('value by value');
  return answers.some(Boolean);
}

const ORACLE: Opinion = {
  leaf: (leaf, owner) => theirLeaf(leaf, owner, false),
  values: RFC.values,
  restAsksTheSameValue: true,
};

function theirAnswer(filter: Written, owner: Json): boolean {
  switch (filter.kind) {
    case 'or':
      return filter.parts.some((part) => theirAnswer(part, owner));
    case 'and':
      return filter.parts.every((part) => theirAnswer(part, owner));
    case 'not':
      return theirLeaf(filter.part as Leaf, owner, true);
    default:
      return evaluate(filter, owner, ORACLE);
  }
}

/** Attributes with a comparison of their own: an attribute, or a part of one; not an extension's parts, which have no name without its URN. */
const ASKED = ATTRIBUTES.filter(
  ({ path, definition }) =>
    definition.type !== 'complex' && !(path.schema !== undefined && path.subAttribute !== undefined),
);

/** What ends a value early, words without quotes, and parts of what a URN names are no such form; see the examples. */
const readable = ({ literal = '', name, known }: Leaf): boolean =>
  !/\\"|[()[\]]|^[a-z]|^\d+[a-z]/.test(literal) &&
  !name.includes('$') &&
  !(/^urn:/i.test(name) && known.path.subAttribute !== undefined);

const leaves = leavesAmong(ASKED).filter(readable);
const LISTS = ATTRIBUTES.filter(({ definition }) => definition.multiValued);
/** Brackets that hold one comparison, or several of different parts joined by and. */
const brackets = fc.constantFrom(...LISTS).chain((known) =>
  fc
    .uniqueArray(leavesAmong(partsOf(known.definition)).filter(readable), {
      minLength: 1,
      maxLength: 3,
      selector: (leaf) => leaf.known.path.name,
    })
    .map((given): Written => {
      const parts = given.map((leaf) => ({ ...leaf, name: leaf.known.path.name }));
      const part: Written = parts.length === 1 ? parts[0]! : { kind: 'and', parts };
      return { kind: 'values', known, name: known.path.name, part };
    }),
);
const single = fc.oneof(
  { weight: 4, arbitrary: leaves as fc.Arbitrary<Written> },
  { weight: 1, arbitrary: leaves.map((part): Written => ({ kind: 'not', part })) },
  { weight: 1, arbitrary: brackets },
);
const topOf = (part: Written): string =>
  part.kind === 'values' ? part.name : leavesOf(part)[0]!.known.path.name;
const conjunctions = fc
  .uniqueArray(single, { minLength: 1, maxLength: 3, selector: topOf })
  .map((parts): Written => (parts.length === 1 ? parts[0]! : { kind: 'and', parts }));
const alternatives = fc
  .array(conjunctions, { minLength: 1, maxLength: 3 })
  .map((parts): Written => (parts.length === 1 ? parts[0]! : { kind: 'or', parts }))
  .map((filter) => Object.assign({ ...filter }, { [fc.toStringMethod]: () => textOf(filter) }));

/** The oracle looks into every complex attribute that a filter names; without them it stops. */
function complete(person: Person): Person {
  const empty = ATTRIBUTES.filter(
    ({ definition, path }) => definition.type === 'complex' && path.schema === undefined,
  );
  const emptied = empty.map(({ path, definition }) => [path.name, definition.multiValued ? [] : {}]);
  return { ...(Object.fromEntries(emptied) as Person), ...person };
}

describe('a filter', () => {
  it('means the same to SCIMMY, but for the differences in the table', () => {
    fc.assert(
      fc.property(alternatives, people, (filter, person) => {
        const text = textOf(filter);
        expect(theirs(text, complete(person))).toBe(theirAnswer(filter, person));
        expect(ours(text, person)).toBe(evaluate(filter, person, RFC));
      }),
      bounded(2_500),
    );
    const named = [...DIFFERENCES.map(({ name }) => name), 'value by value'];
    expect(named.filter((name) => !seen.has(name))).toEqual([]);
  });
});

describe('where SCIMMY answers differently', () => {
  const LIST = {
    emails: [
      { type: 'home', value: 'A@x' },
      { type: 'work', value: 'b@x', primary: true },
    ],
  };
  const EXAMPLES: [string, string, Person, boolean, boolean | 'refused'][] = [
    ['case', 'title eq "BOSS"', { title: 'Boss' }, true, false],
    [
      'instants',
      'meta.created eq "2020-01-01T01:00:00+01:00"',
      { meta: { created: '2020-01-01T00:00:00Z' } },
      true,
      false,
    ],
    ['numbers and booleans for text', 'externalId eq 12', { externalId: '12' }, true, false],
    ['escapes', 'title eq "\\u0061"', { title: 'a' }, true, false],
    ['absent', 'title co "de"', {}, false, true],
    ['schema names', `${USER_URN}:title pr`, { title: 'a' }, true, false],
    [
      'schema names',
      `${ENTERPRISE_URN}:department pr`,
      { [ENTERPRISE_URN]: { department: 'R' } },
      true,
      false,
    ],
    ['value by value', 'emails.type ne "work"', LIST, false, true],
    ['value by value', 'not (emails.type eq "work")', LIST, false, true],
    ['value by value', 'emails.primary eq null', LIST, false, true],
    // Forms that it has no alternatives of comparisons for.
    ['two comparisons of one list', 'emails.type eq "home" and emails.primary eq true', LIST, true, false],
    [
      'not before and, or, brackets',
      'not (title eq "a" and nickName eq "b")',
      { title: 'a', nickName: 'c' },
      true,
      false,
    ],
    ['not before and, or, brackets', 'not (emails[type eq "work"])', LIST, false, true],
    ['parentheses in parentheses', '((title pr))', { title: 'a' }, true, 'refused'],
    ['quotes in a value', 'title eq "a\\"b"', { title: 'a"b' }, true, 'refused'],
    ['a part of what a URN names', `${USER_URN}:name.givenName pr`, {}, false, 'refused'],
    ['an absent complex attribute', 'emails.type eq "work"', {}, false, 'refused'],
  ];

  it.each(EXAMPLES)('%s: %s', (_difference, text, person, our, their) => {
    expect({ ours: ours(text, person), theirs: theirs(text, person) }).toEqual({ ours: our, theirs: their });
  });

  it('every row of the table has an example', () => {
    const shown = EXAMPLES.map(([difference]) => difference);
    expect(DIFFERENCES.filter(({ name }) => !shown.includes(name))).toEqual([]);
  });
});
