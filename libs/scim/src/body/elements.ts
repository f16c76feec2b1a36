// Lists of values: which two are the same value, and which one is primary. RFC 7643 §2.4.
import { isObject, type Attributes, type Json } from '../json.js';

/** A list with every value once and at most one primary, the first. */
export function settled(elements: Json[]): Json[] {
  return distinct(onePrimary([], elements));
}

/**
 * The list without repeated values; of two with the same type and value, the later one's further members are taken over, and the mark of
 * primary stays with either.
 */
function distinct(elements: Json[]): Json[] {
  const byKey = new Map<string, Json>();
  for (const element of elements) {
    const key = identity(element);
    const known = byKey.get(key);
    byKey.set(key, isObject(known) && isObject(element) ? joined(known, element) : element);
  }
  return byKey.size === elements.length ? elements : [...byKey.values()];
}

function joined(known: Attributes, element: Attributes): Attributes {
  return known['primary'] === true ? { ...known, ...element, primary: true } : { ...known, ...element };
}

/**
 * What makes a value the same value again: its type and value; a value without `value`, such as an address, counts as a whole. Never the mark of
 * primary, which comes and goes.
 */
export function identity(element: Json): string {
  if (!isObject(element)) return JSON.stringify(element);
  const { type, value, primary: _mark, ...rest } = element;
  if (value !== undefined)
    return JSON.stringify([typeof type === 'string' ? type.toLowerCase() : null, value]);
  return JSON.stringify([type ?? null, Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/**
 * The list with at most one primary value. Whoever makes a value primary, in `after` and not yet in `before`, takes the mark from the others, as
 * RFC 7644 §3.5.2 asks; among equals the first has it.
 */
export function onePrimary(before: Json[], after: Json[]): Json[] {
  const primaries = after.filter(isPrimary);
  if (primaries.length < 2) return after;
  const old = new Set(before);
  const winner = primaries.find((element) => !old.has(element)) ?? primaries[0];
  return after.map((element) =>
    element !== winner && isPrimary(element) ? { ...element, primary: false } : element,
  );
}

function isPrimary(element: Json): element is Attributes {
  return isObject(element) && element['primary'] === true;
}
