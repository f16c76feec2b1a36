// The data everything here is made of, and what it means for two pieces of it to be the same.

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * A resource's attributes in canonical form: names in the schema's case, no nulls, no empty strings, arrays or objects; booleans only where
 * somebody gave them. Core attributes stand at the top level, extension attributes under their full URN. Never holds id, meta, schemas,
 * password, groups (of a User) or members (of a Group).
 */
export type Attributes = { [name: string]: Json };

export type ResourceType = 'User' | 'Group';

/** Whether two values are the same; the order of an object's keys says nothing, the order of an array does. */
export function equal(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((element, index) => equal(element, b[index] ?? null));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && equal(a[name] ?? null, b[name] ?? null));
}

/** The top-level attribute names and extension URNs in which two resources differ; empty when nothing changed. */
export function difference(before: Attributes, after: Attributes): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !equal(before[name] ?? null, after[name] ?? null));
}

/** Whether a value is an object, and neither null nor an array. */
export function isObject(value: Json | undefined): value is { [key: string]: Json };
export function isObject(value: unknown): value is { [key: string]: unknown };
export function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value says nothing. RFC 7643 §2.5: null, an empty array and an absent attribute are one state; an empty string joins them. */
export function isBlank(value: unknown): boolean {
  // One level only: a hostile body can nest arrays deeper than the stack is.
  return isNothing(value) || (Array.isArray(value) && value.every(isNothing));
}

function isNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}
