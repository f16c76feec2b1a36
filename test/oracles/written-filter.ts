/** Filters as a caller writes them: what is meant, and every odd way to spell it. */
import fc from 'fast-check';
import { printPath, USER_URN } from '@app/scim';
import { ATTRIBUTES, comparedIn, partsOf, type Known } from './attributes.js';
import { INSTANTS, text } from './people.js';

export interface Leaf {
  kind: 'leaf';
  known: Known;
  name: string;
  operator: string;
  /** As it is written; undefined behind pr. */
  literal: string | undefined;
}

export type Written =
  | Leaf
  | { kind: 'and' | 'or'; parts: Written[] }
  | { kind: 'not' | 'group'; part: Written }
  /** `emails[…]`, or `emails[…].value eq "x"`. */
  | { kind: 'values'; known: Known; name: string; part: Written; rest?: Leaf };

/** How the words of a filter are joined. */
export interface Spacing {
  between: string;
  inside: string;
}

const BINDING = { or: 1, and: 2 } as const;

/** The text; parentheses stand only where the meaning needs them, and where there is a group. */
export function textOf(
  filter: Written,
  spacing: Spacing = { between: ' ', inside: '' },
  binding = 0,
): string {
  const { between, inside } = spacing;
  const parenthesized = (part: Written): string => `(${inside}${textOf(part, spacing)}${inside})`;
  switch (filter.kind) {
    case 'leaf':
      return [filter.name, filter.operator, filter.literal]
        .filter((word) => word !== undefined)
        .join(between);
    case 'and':
    case 'or': {
      const own = BINDING[filter.kind];
      if (own <= binding) return parenthesized(filter);
      return filter.parts
        .map((part) => textOf(part, spacing, own))
        .join(`${between}${filter.kind}${between}`);
    }
    case 'not':
      return `not${inside}${parenthesized(filter.part)}`;
    case 'group':
      return parenthesized(filter.part);
    case 'values': {
      const rest = filter.rest ? `.${textOf(filter.rest, spacing)}` : '';
      return `${filter.name}[${inside}${textOf(filter.part, spacing)}${inside}]${rest}`;
    }
  }
}

export function leavesOf(filter: Written): Leaf[] {
  switch (filter.kind) {
    case 'leaf':
      return [filter];
    case 'and':
    case 'or':
      return filter.parts.flatMap(leavesOf);
    case 'values':
      return [...leavesOf(filter.part), ...(filter.rest ? [filter.rest] : [])];
    default:
      return leavesOf(filter.part);
  }
}

const spelled = (word: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(word) },
    { weight: 1, arbitrary: fc.constantFrom(word.toUpperCase(), word.toLowerCase()) },
  );

function names({ path }: Known): fc.Arbitrary<string> {
  const plain = printPath(path);
  if (path.schema !== undefined) {
    const { schema: _urn, ...bare } = path;
    return fc.oneof(
      { weight: 3, arbitrary: spelled(plain) },
      { weight: 1, arbitrary: spelled(printPath(bare)) },
    );
  }
  if (plain.startsWith('urn:')) return spelled(plain);
  return fc.oneof(
    { weight: 6, arbitrary: spelled(plain) },
    { weight: 1, arbitrary: spelled(`${USER_URN}:${plain}`) },
  );
}

/** A JSON string, written in one of the ways that JSON allows. */
const jsonString = (value: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constant(`"${[...value].map(escaped).join('')}"`) },
  );

function escaped(character: string): string {
  const units = [...character].length === character.length ? [character] : character.split('');
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}

const texts = fc.oneof(
  { weight: 8, arbitrary: text.chain(jsonString) },
  // Not JSON, but sent; and JSON that is no string.
  { weight: 1, arbitrary: fc.constantFrom('a', 'work', '12', '-3.5', 'true', '5b') },
);

const flags = fc.constantFrom('true', 'false', 'true', 'false', '"True"', '"false"');

const dates = fc.oneof(
  fc.constantFrom(...INSTANTS).map((instant) => JSON.stringify(instant)),
  fc.constantFrom('"2020-01-01T00:00:00Z"', '"2020-01-01T01:00:00+01:00"', '"2019-12-31T18:30:00.000-05:00"'),
);

function comparisons(known: Known, name: string): fc.Arbitrary<Leaf> {
  const compared = comparedIn(known);
  const leaf = (operators: string[], literals: fc.Arbitrary<string>): fc.Arbitrary<Leaf> =>
    fc.record({
      kind: fc.constant('leaf'),
      known: fc.constant(known),
      name: fc.constant(name),
      operator: fc.constantFrom(...operators).chain(spelled),
      literal: literals,
    });
  const present = leaf(['pr'], fc.constant('')).map((given) => ({ ...given, literal: undefined }));
  if (!compared) return present;
  const empty = leaf(['eq', 'ne'], fc.constant('null'));
  const order = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
  const valued =
    {
      boolean: () => leaf(['eq', 'ne'], flags),
      binary: () => leaf(['eq', 'ne'], texts),
      dateTime: () => leaf(order, dates),
    }[compared.type as string] ?? (() => leaf([...order, 'co', 'sw', 'ew'], texts));
  return fc.oneof(
    { weight: 8, arbitrary: valued() },
    { weight: 1, arbitrary: present },
    { weight: 1, arbitrary: empty },
  );
}

/** Comparisons of some attributes. */
export const leavesAmong = (among: readonly Known[]): fc.Arbitrary<Leaf> =>
  fc.constantFrom(...among).chain((known) => names(known).chain((name) => comparisons(known, name)));

/** Any tree over leaves; `deep` says how many levels at most. */
function tree(leaves: fc.Arbitrary<Written>, maxDepth: number): fc.Arbitrary<Written> {
  return fc.letrec<{ filter: Written }>((tie) => ({
    filter: fc.oneof(
      { maxDepth, depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: leaves },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constantFrom('and', 'or'),
          parts: fc.array(tie('filter'), { minLength: 2, maxLength: 3 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('not', 'group'), part: tie('filter') }) },
    ),
  })).filter;
}

const COMPLEX = ATTRIBUTES.filter(
  ({ path, definition }) =>
    definition.type === 'complex' &&
    path.schema === undefined &&
    path.name !== 'meta' &&
    !path.name.startsWith('urn:'),
);

const values: fc.Arbitrary<Written> = fc.constantFrom(...COMPLEX).chain((known) => {
  const parts = partsOf(known.definition);
  const inner = leavesAmong(parts).map((given) => withoutUrn(given));
  const behind = fc.constantFrom(...parts).chain((part) => comparisons(part, part.path.name));
  return fc
    .record({
      name: names(known),
      part: tree(inner, 2),
      rest: fc.option(behind, { nil: undefined, freq: 1 }),
    })
    .map(({ name, part, rest }): Written => {
      const base = { kind: 'values' as const, known, name, part };
      return rest ? { ...base, rest } : base;
    });
});

// Within brackets a name belongs to the attribute before them.
function withoutUrn(given: Leaf): Leaf {
  return { ...given, name: given.name.replace(/^urn:.*:/i, '') };
}

const leaves = leavesAmong(ATTRIBUTES);

/** Everything that the grammar of RFC 7644 §3.4.2.2 allows over the User schema, and what callers are known to write beside it. */
export const filters: fc.Arbitrary<Written> = shown(
  tree(fc.oneof({ weight: 4, arbitrary: leaves }, { weight: 1, arbitrary: values }), 4),
);

/** A failing case is shown as its text, which can be pasted. */
function shown<Filter extends Written>(arbitrary: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  return arbitrary.map((filter) => Object.assign(filter, { [fc.toStringMethod]: () => textOf(filter) }));
}

/** Without a line break inside words, RFC 7644 asks for one space; more is read too. */
export const spacings: fc.Arbitrary<Spacing> = fc.constantFrom(
  { between: ' ', inside: '' },
  { between: ' ', inside: '' },
  { between: '  ', inside: ' ' },
  { between: '\t', inside: ' ' },
);
