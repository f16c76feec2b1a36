/** What a directory's attribute mapping makes of a person's SCIM attributes: attributes by the names that consumers know. */
import { equal, valuesAtPath, type Attributes, type Json, type ValuePath } from '@app/scim';
import { PREDEFINED_ATTRIBUTES } from './predefined-attributes.js';
import type { CustomAttributes } from './state.js';

/** How one attribute that consumers see comes about. */
export interface AttributeRule {
  name: string;
  /** Where in the person's SCIM attributes its value stands, as its author wrote it. */
  path?: string;
  /** The same, resolved by the schemas that the directory had then. Absent: always the default. */
  source?: ValuePath;
  /** For whoever has no value. */
  default?: Json;
  lowercase?: boolean;
  /** What each value becomes, by the value as text. One that is not in it becomes `fallback`, or no value where there is none. */
  values?: { readonly [value: string]: Json };
  fallback?: Json;
  /** A write that takes it from somebody active, or makes somebody active without it, is refused. */
  required?: boolean;
}

/** Predefined attributes that software written for WorkOS takes for lists, always. */
const LISTS: readonly string[] = ['emails', 'addresses'];

export function isAlwaysList(name: string): boolean {
  return LISTS.includes(name);
}

/**
 * One attribute of one person. A path into a list gives the first value that its filter finds, or without a filter all of them.
 * @returns undefined when there is no value and no default. Total: whatever the attributes hold, it does not throw.
 */
export function mappedValue(rule: AttributeRule, attributes: Attributes): Json | undefined {
  const found = rule.source ? valuesAtPath(rule.source, attributes) : [];
  const values = found.flatMap((value) => translated(rule, value) ?? []);
  if (values.length === 0) return rule.default ?? undefined;
  if (isAlwaysList(rule.name) || (rule.source?.list && !rule.source.filter)) return values;
  return values[0];
}

/** In a list, so that a value that is a list itself stays one. */
function translated({ lowercase, values, fallback }: AttributeRule, value: Json): [Json] | undefined {
  const written = lowercase && typeof value === 'string' ? value.toLowerCase() : value;
  if (!values) return [written];
  const key = typeof written === 'object' ? JSON.stringify(written) : String(written);
  const become = Object.hasOwn(values, key) ? values[key] : fallback;
  return become === undefined || become === null ? undefined : [become];
}

/**
 * All that the mapping says of a person: undefined where it says nothing. An attribute without a value is left out, but for
 * the predefined ones: those are null then, since their usual value is not meant.
 */
export function mapped(
  rules: readonly AttributeRule[],
  attributes: Attributes,
): CustomAttributes | undefined {
  const entries = rules.flatMap((rule): [string, Json][] => {
    const value = mappedValue(rule, attributes) ?? withoutValue(rule.name);
    return value === undefined ? [] : [[rule.name, value]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function withoutValue(name: string): Json | undefined {
  if (isAlwaysList(name)) return [];
  return PREDEFINED_ATTRIBUTES.includes(name) ? null : undefined;
}

/** The required attributes that somebody with these attributes lacks. */
export function lacking(rules: readonly AttributeRule[], attributes: Attributes): AttributeRule[] {
  return rules.filter((rule) => rule.required && mappedValue(rule, attributes) === undefined);
}

/**
 * The required attributes that a write would take from a person.
 * @param before undefined for somebody new. @param after active unless it says otherwise; nobody inactive needs anything. Who lacked
 * an attribute before goes on without it, or else a new requirement would stop every write about them.
 */
export function lost(
  rules: readonly AttributeRule[],
  before: Attributes | undefined,
  after: Attributes,
): AttributeRule[] {
  if (after['active'] === false) return [];
  return lacking(rules, after).filter(
    (rule) => before === undefined || mappedValue(rule, before) !== undefined,
  );
}

export function sameCustom(a: CustomAttributes | undefined, b: CustomAttributes | undefined): boolean {
  return equal((a ?? {}) as Json, (b ?? {}) as Json);
}
