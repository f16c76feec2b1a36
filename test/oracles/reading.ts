/**
 * A small third opinion on filters: RFC 7644 §3.4.2.2 read word by word over what is written, with one switch for each point on which readers
 * are known to differ. With no switch turned it must say what Rollcall says; with the switches of an oracle, what that oracle says.
 */
import type { Json } from '@app/scim';
import { comparedIn, found, type Known } from './attributes.js';
import type { Leaf, Written } from './written-filter.js';

/** One comparison, taken apart. */
export interface Reading {
  operator: string;
  wanted: Json;
  found: readonly Json[];
  /** What stands at the name itself; other than `found` when a complex attribute stands for its value. */
  named: readonly Json[];
  foldsCase: boolean;
  comparesInstants: boolean;
  ne: 'none equals' | 'some differs';
  absentEqualsNull: boolean;
  /** Whether values of two types are in no order; else in the one of JavaScript. */
  ordersOneTypeOnly: boolean;
}

export interface Difference {
  name: string;
  /** What the RFC says, or leaves open. */
  because: string;
  applies(reading: Reading, leaf: Leaf): boolean;
  change(reading: Reading, leaf: Leaf): Partial<Reading>;
}

/** As the RFC has it. @param owner the resource, or one value of a list when the comparison stands in brackets. */
export function readingOf(leaf: Leaf, owner: Json): Reading {
  const compared = comparedIn(leaf.known);
  const isWhole = compared !== undefined && leaf.known.definition.type === 'complex';
  const path = isWhole && leaf.operator.toLowerCase() !== 'pr' ? valueOf(leaf.known.path) : leaf.known.path;
  return {
    operator: leaf.operator.toLowerCase(),
    wanted: wantedBy(leaf),
    found: found(owner, path),
    named: found(owner, leaf.known.path),
    foldsCase: compared?.type !== 'boolean' && compared?.type !== 'dateTime' && compared?.caseExact === false,
    comparesInstants: compared?.type === 'dateTime',
    ne: 'none equals',
    absentEqualsNull: true,
    ordersOneTypeOnly: false,
  };
}

function valueOf(path: Known['path']): Known['path'] {
  return { ...path, subAttribute: 'value' };
}

function wantedBy(leaf: Leaf): Json {
  if (leaf.literal === undefined || leaf.literal === 'null') return null;
  const text = leaf.literal.startsWith('"') ? (JSON.parse(leaf.literal) as string) : leaf.literal;
  return comparedIn(leaf.known)?.type === 'boolean' ? text.toLowerCase() === 'true' : text;
}

export function answer(reading: Reading): boolean {
  const { operator, wanted, found: values, ne, absentEqualsNull } = reading;
  if (operator === 'pr') return values.length > 0;
  if (wanted === null) {
    if (operator === 'ne') return values.length > 0;
    return absentEqualsNull && values.length === 0;
  }
  if (operator === 'ne' && ne === 'none equals') return !values.some((value) => holds(reading, 'eq', value));
  return values.some((value) => holds(reading, operator, value));
}

function holds(reading: Reading, operator: string, value: Json): boolean {
  const [is, wanted] = [comparable(reading, value), comparable(reading, reading.wanted)];
  switch (operator) {
    case 'eq':
      return is === wanted;
    case 'ne':
      return is !== wanted;
    case 'co':
      return String(is).includes(String(wanted));
    case 'sw':
      return String(is).startsWith(String(wanted));
    case 'ew':
      return String(is).endsWith(String(wanted));
    default:
      if (reading.ordersOneTypeOnly && typeof is !== typeof wanted) return false;
      return inOrder(operator, is, wanted);
  }
}

function inOrder(operator: string, is: string | number, wanted: string | number): boolean {
  switch (operator) {
    case 'gt':
      return is > wanted;
    case 'ge':
      return is >= wanted;
    case 'lt':
      return is < wanted;
    default:
      return is <= wanted;
  }
}

function comparable({ foldsCase, comparesInstants }: Reading, value: Json): string | number {
  if (typeof value !== 'string') return value as number;
  if (comparesInstants) return Date.parse(value);
  return foldsCase ? value.toLowerCase() : value;
}

/** A reader's view of everything that is not joined by and, or, not and parentheses. */
export interface Opinion {
  leaf(leaf: Leaf, owner: Json): boolean;
  /** The values that a filter in brackets chooses among. */
  values(known: Known, name: string, owner: Json): readonly Json[];
  /** `emails[a].value eq b`: whether one value must fulfil both. */
  restAsksTheSameValue: boolean;
}

export const RFC: Opinion = {
  leaf: (leaf, owner) => answer(readingOf(leaf, owner)),
  values: (known, _name, owner) => found(owner, known.path),
  restAsksTheSameValue: true,
};

/** The opinion of a reader who differs in some points, applied in their order; `seen` collects the names of those that counted. */
export function differing(differences: readonly Difference[], seen: Set<string>): Opinion['leaf'] {
  return (leaf, owner) => {
    const theirs = differences.reduce(
      (reading, difference) => {
        if (!difference.applies(reading, leaf)) return reading;
        const changed = { ...reading, ...difference.change(reading, leaf) };
        if (answer(changed) !== answer(reading)) seen.add(difference.name);
        return changed;
      },
      readingOf(leaf, owner),
    );
    return answer(theirs);
  };
}

export function evaluate(filter: Written, owner: Json, opinion: Opinion): boolean {
  switch (filter.kind) {
    case 'leaf':
      return opinion.leaf(filter, owner);
    case 'and':
      return filter.parts.every((part) => evaluate(part, owner, opinion));
    case 'or':
      return filter.parts.some((part) => evaluate(part, owner, opinion));
    case 'not':
      return !evaluate(filter.part, owner, opinion);
    case 'group':
      return evaluate(filter.part, owner, opinion);
    case 'values': {
      const { known, name, part, rest } = filter;
      const values = opinion.values(known, name, owner);
      if (!rest) return values.some((value) => evaluate(part, value, opinion));
      if (opinion.restAsksTheSameValue)
        return values.some((value) => evaluate(part, value, opinion) && opinion.leaf(rest, value));
      return (
        values.some((value) => evaluate(part, value, opinion)) && opinion.leaf(behind(filter, rest), owner)
      );
    }
  }
}

/** `.value eq "x"` behind brackets, as a comparison of its own. */
function behind({ known, name }: { known: Known; name: string }, rest: Leaf): Leaf {
  const path = { ...known.path, subAttribute: rest.known.path.name };
  return { ...rest, name: `${name}.${rest.name}`, known: { ...rest.known, path, inList: known.inList } };
}
