/** Two who apply the same operation to the same person, and what may be different between their results. */
import { expect } from '@jest/globals';
import { parsePatch, parseResource, ScimError, type Attributes } from '@app/scim';
import type { Operation } from './written-patch.js';

/** The attributes afterwards, or the keyword of the refusal. */
export type Outcome = Attributes | string;

export interface PatchDifference {
  name: string;
  /** What the RFC says, or leaves open. */
  because: string;
  applies(operation: Operation, before: Attributes): boolean;
  /** What is left to compare: everything but the point on which they differ. */
  beside?(attributes: Attributes, operation: Operation): Attributes;
  /** Who may refuse while the other does not. */
  refuses?: 'we' | 'they' | 'either';
}

export function ours(operation: Operation, before: Attributes): Outcome {
  try {
    return parsePatch('User', { Operations: [operation] }, 'generic').apply(before);
  } catch (error) {
    if (error instanceof ScimError) return error.scimType ?? 'refused';
    throw error;
  }
}

/** What another made of a person, in canonical form (RFC 7643 §2.5: null, nothing and an empty list are one); or that it is no person any more. */
export function canonical(made: unknown): Outcome {
  try {
    return parseResource('User', made, 'generic').attributes;
  } catch (error) {
    if (error instanceof ScimError) return error.scimType ?? 'refused';
    throw error;
  }
}

/** Fails unless both say the same, or differ only where a difference that applies says so. @returns the differences that were needed. */
export function compare(
  operation: Operation,
  before: Attributes,
  { our, their, differences }: { our: Outcome; their: Outcome; differences: readonly PatchDifference[] },
): string[] {
  if (isRefusal(our) && isRefusal(their)) return [];
  if (JSON.stringify(sorted(our)) === JSON.stringify(sorted(their))) return [];
  const applying = differences.filter(({ applies }) => applies(operation, before));
  const named = applying.map(({ name }) => name);
  const side = isRefusal(our) ? 'we' : 'they';
  if (isRefusal(our) || isRefusal(their)) {
    const allowed = applying.some(({ refuses }) => refuses === side || refuses === 'either');
    if (!allowed) expect({ operation, before, our }).toEqual({ operation, before, our: their });
    return named;
  }
  const beside = (attributes: Attributes): Attributes =>
    applying.reduce((left, { beside: without }) => without?.(left, operation) ?? left, attributes);
  expect({ operation, before, named, our: beside(our) }).toEqual({
    operation,
    before,
    named,
    our: beside(their),
  });
  return named;
}

function isRefusal(outcome: Outcome): outcome is string {
  return typeof outcome === 'string';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

/** Without one attribute. */
export function without(name: string, { [name]: _left, ...rest }: Attributes): Attributes {
  return rest;
}

/** The lists with no value marked as primary. */
export function unmarked(attributes: Attributes): Attributes {
  return JSON.parse(
    JSON.stringify(attributes, (name, value: unknown) => (name === 'primary' ? undefined : value)),
  ) as Attributes;
}
