/**
 * Our filters against an independent reader of RFC 7644 §3.4.2.2, scim2-parse-filter. It works on plain JSON without schemas, so it answers
 * differently wherever the meaning depends on one; each such point is a row below with an example, and everything else must be the same.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { filter as testerOf, parse, stringify, type Filter as TheirFilter } from 'scim2-parse-filter';
import {
  ENTERPRISE_URN,
  matches,
  parseFilter,
  printFilter,
  printPath,
  USER_URN,
  type Filter,
  type Json,
} from '@app/scim';
import { comparedIn } from './attributes.js';
import { bounded } from '../support/bounds.js';
import { people } from './people.js';
import { differing, evaluate, RFC, type Difference, type Opinion } from './reading.js';
import { filters, leavesOf, spacings, textOf, type Leaf, type Written } from './written-filter.js';

const ours = (text: string, person: Json): boolean => matches(parseFilter(text, 'User'), person);

function theirs(text: string, person: Json): boolean | 'refused' {
  try {
    return testerOf(parse(text))(person);
  } catch {
    return 'refused';
  }
}

/** The oracle leaves a backslash as it is unless a quote follows it. */
function theirLiteral(literal: string): Json {
  return JSON.parse(literal.startsWith('"') ? literal.replace(/\\(?!")/g, '\\\\') : literal) as Json;
}

const namesSchema = ({ name, known }: Pick<Leaf, 'name' | 'known'>): boolean =>
  known.path.name.startsWith('urn:') ||
  (known.path.schema === undefined ? /^urn:/i.test(name) : !/^urn:/i.test(name));

const DIFFERENCES: readonly Difference[] = [
  {
    name: 'value',
    because:
      'RFC 7643 §2.4: a complex attribute that is compared stands for its value; the oracle compares the object',
    applies: (_reading, leaf) =>
      leaf.known.definition.type === 'complex' && leaf.operator.toLowerCase() !== 'pr',
    change: ({ named }) => ({ found: named.map(String) }),
  },
  {
    name: 'schema names',
    because:
      'RFC 7644 §3.10: a name may carry the URN of its schema; the oracle looks for a member of that name',
    applies: (_reading, leaf) => namesSchema(leaf),
    change: () => ({ found: [] }),
  },
  {
    name: 'case',
    because:
      'RFC 7643 §2.2: text is compared without regard to case unless caseExact; the oracle compares exactly',
    applies: ({ foldsCase }) => foldsCase,
    change: () => ({ foldsCase: false }),
  },
  {
    name: 'instants',
    because: 'RFC 7644 §3.4.2.2: dates are compared by time; the oracle compares them as text',
    applies: ({ comparesInstants }) => comparesInstants,
    change: () => ({ comparesInstants: false }),
  },
  {
    name: 'ne',
    because:
      'ne is the opposite of eq, also for a list and for what is absent; the oracle asks for a value that differs',
    applies: ({ operator, wanted, found }) => operator === 'ne' && wanted !== null && found.length !== 1,
    change: () => ({ ne: 'some differs' }),
  },
  {
    name: 'eq null',
    because: 'RFC 7643 §2.5: null is the same as unassigned; the oracle finds nothing at an absent attribute',
    applies: ({ operator, wanted }) => operator === 'eq' && wanted === null,
    change: () => ({ absentEqualsNull: false }),
  },
  {
    name: 'booleans as text',
    because: 'a boolean in quotes is what some identity providers send; the oracle compares it as text',
    applies: (_reading, leaf) =>
      comparedIn(leaf.known)?.type === 'boolean' && leaf.literal?.startsWith('"') === true,
    change: (_reading, { literal = '' }) => ({ wanted: theirLiteral(literal) }),
  },
  {
    name: 'numbers and booleans for text',
    because:
      'a bare word stands for text where the attribute is text; the oracle compares it as what JSON makes of it',
    applies: (_reading, leaf) =>
      comparedIn(leaf.known)?.type !== 'boolean' && /^(-?\d+(\.\d+)?|true)$/.test(leaf.literal ?? ''),
    change: (_reading, { literal = '' }) => ({ wanted: theirLiteral(literal) }),
  },
  {
    name: 'escapes',
    because:
      'RFC 7644 §3.4.2.2: a value is a JSON string, RFC 8259 §7; the oracle keeps escapes other than of quotes as written',
    applies: (_reading, { literal }) =>
      /^".*\\[^"]/s.test(literal ?? '') && literal !== undefined && canReadLiteral(literal),
    change: (_reading, { literal = '' }) => ({ wanted: theirLiteral(literal) }),
  },
];

function canReadLiteral(literal: string): boolean {
  try {
    theirLiteral(literal);
    return true;
  } catch {
    return false;
  }
}

/**
 * What the oracle does not read at all: bare words, $ref, negative numbers before a space or a parenthesis, and escapes that come to a
 * different end of the string.
 */
function refuses(filter: Written, text: string): boolean {
  return (
    /\s-[\d.]+[\s)]/.test(text) ||
    leavesOf(filter).some(
      ({ name, literal }) => name.includes('$') || (literal !== undefined && !canReadLiteral(literal)),
    )
  );
}

const seen = new Set<string>();
const ORACLE: Opinion = {
  leaf: differing(DIFFERENCES, seen),
  // RFC 7644 §3.4.2.2: one value must fulfil the whole filter in brackets. The oracle asks each comparison of the list as a whole.
  values: (known, name, owner) => {
    const values = namesSchema({ name, known }) ? [] : RFC.values(known, name, owner);
    return values.length > 0 ? [[...values]] : [];
  },
  restAsksTheSameValue: false,
};

describe('a filter', () => {
  it('means what RFC 7644 says, read word by word', () => {
    fc.assert(
      fc.property(filters, spacings, people, (filter, spacing, person) => {
        expect(ours(textOf(filter, spacing), person)).toBe(evaluate(filter, person, RFC));
      }),
      bounded(2_500),
    );
  });

  it('means the same to scim2-parse-filter, but for the differences in the table', () => {
    let compared = 0;
    fc.assert(
      fc.property(filters, spacings, people, (filter, spacing, person) => {
        const text = textOf(filter, spacing);
        const answer = theirs(text, person);
        expect(answer).toBe(refuses(filter, text) ? 'refused' : evaluate(filter, person, ORACLE));
        compared += Number(answer !== 'refused');
      }),
      bounded(2_500),
    );
    expect(compared).toBeGreaterThan(1_250);
    // A row that nothing needs would hide what it was made for.
    expect(DIFFERENCES.filter(({ name }) => !seen.has(name))).toEqual([]);
  });
});

describe('the tree of a filter', () => {
  it('is the same to scim2-parse-filter when it is printed, and the same again when that is read back', () => {
    let compared = 0;
    fc.assert(
      fc.property(filters, (filter) => {
        const tree = parseFilter(textOf(filter), 'User');
        const printed = printFilter(tree);
        // Escapes are told apart by the table above; $ref is no name to the oracle.
        fc.pre(!/[\\$]/.test(printed));
        const theirTree = parse(printed);
        expect(theirTree).toEqual(inTheirForm(tree));
        expect(inTheirForm(parseFilter(stringify(theirTree), 'User'))).toEqual(flattened(theirTree));
        compared += 1;
      }),
      bounded(2_000),
    );
    expect(compared).toBeGreaterThan(1_000);
  });
});

/** `a and b and c` is one list to the oracle, and a list in the first place of another to us. */
function inTheirForm(filter: Filter): TheirFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { op: filter.kind, filters: joined(filter.kind, filter).map(inTheirForm) };
    case 'not':
      return { op: 'not', filter: inTheirForm(filter.filter) };
    case 'present':
      return { op: 'pr', attrPath: printPath(filter.path) };
    case 'value-path':
      return { op: '[]', attrPath: printPath(filter.path), valFilter: inTheirForm(filter.filter) };
    case 'compare':
      return { op: filter.operator, attrPath: printPath(filter.path), compValue: filter.value };
  }
}

function joined(kind: 'and' | 'or', filter: Filter): Filter[] {
  return filter.kind === kind ? [...joined(kind, filter.left), filter.right] : [filter];
}

/** The oracle prints an and within an and, and an or within an or, without parentheses; they mean the same. */
function flattened(filter: TheirFilter): TheirFilter {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const parts = filter.filters.map(flattened);
      return {
        op: filter.op,
        filters: parts.flatMap((part) => (part.op === filter.op ? part.filters : [part])),
      };
    }
    case 'not':
      return { op: 'not', filter: flattened(filter.filter) };
    case '[]':
      return { ...filter, valFilter: flattened(filter.valFilter) };
    default:
      return filter;
  }
}

describe('where scim2-parse-filter answers differently', () => {
  const LIST = {
    emails: [
      { type: 'home', value: 'A@x' },
      { type: 'work', value: 'b@x', primary: true },
    ],
  };
  const EXTENSION = { [ENTERPRISE_URN]: { department: 'R', manager: { value: 'm' } } };

  const EXAMPLES: [string, string, Json, boolean, boolean | 'refused'][] = [
    ['case', 'title eq "BOSS"', { title: 'Boss' }, true, false],
    [
      'instants',
      'meta.created eq "2020-01-01T01:00:00+01:00"',
      { meta: { created: '2020-01-01T00:00:00Z' } },
      true,
      false,
    ],
    ['ne', 'title ne "x"', {}, true, false],
    ['ne', 'emails.type ne "work"', LIST, false, true],
    ['eq null', 'title eq null', {}, true, false],
    ['booleans as text', 'active eq "True"', { active: true }, true, false],
    ['numbers and booleans for text', 'externalId eq 12', { externalId: '12' }, true, false],
    ['escapes', 'title eq "\\u0061"', { title: 'a' }, true, false],
    ['value', 'emails co "b@"', LIST, true, false],
    ['schema names', `${USER_URN}:title pr`, { title: 'a' }, true, false],
    ['schema names', 'department eq "R"', EXTENSION, true, false],
    ['schema names', `${ENTERPRISE_URN} pr`, EXTENSION, true, false],
    ['one value for all in brackets', 'emails[type eq "home" and primary eq true]', LIST, false, true],
    ['one value for brackets and what follows', 'emails[type eq "home"].primary eq true', LIST, false, true],
    ['bare words', 'title eq boss', { title: 'boss' }, true, 'refused'],
    ['negative numbers', 'externalId eq -1 and title pr', { externalId: '-1', title: 'a' }, true, 'refused'],
    ['$ref', 'manager.$ref pr or title pr', { title: 'a' }, true, 'refused'],
    ['escapes before the end', 'title eq "a\\\\"', { title: 'a\\' }, true, 'refused'],
  ];

  it.each(EXAMPLES)('%s: %s', (_difference, text, person, our, their) => {
    expect({ ours: ours(text, person), theirs: theirs(text, person) }).toEqual({ ours: our, theirs: their });
  });

  it('every row of the table has an example', () => {
    const shown = EXAMPLES.map(([difference]) => difference);
    expect(DIFFERENCES.filter(({ name }) => !shown.includes(name))).toEqual([]);
  });
});
