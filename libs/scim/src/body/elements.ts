// Lists of values: which two are the same value, and which one is primary. RFC 7643 §2.4.
import { isObject, type Json } from '../json.js';

/**
 * A list made regular: no value twice, and at most one primary. Whoever makes a value primary, in `after` and not yet in `before`, takes the
 * mark from the others, as RFC 7644 §3.5.2 asks; among equals the first has it.
 */
export function settled(before: Json[], after: Json[]): Json[] {
  // Again at the end, because values without `value` can become alike when they lose the mark.
  return distinct(settlePrimary(before, distinct(after)));
}

/** The list without repeated values; of two with the same type and value, the later one's further members are taken over. */
function distinct(elements: Json[]): Json[] {
  const byKey = new Map<string, Json>();
  for (const element of elements) {
    const key = identity(element);
    const known = byKey.get(key);
    byKey.set(key, isObject(known) && isObject(element) ? { ...known, ...element } : element);
  }
  return byKey.size === elements.length ? elements : [...byKey.values()];
}

/** What makes a value the same value again: its type and value; a value without `value`, such as an address, counts as a whole. */
function identity(element: Json): string {
  if (!isObject(element)) return JSON.stringify(element);
  const { type, value } = element;
  if (value !== undefined)
    return JSON.stringify([typeof type === 'string' ? type.toLowerCase() : null, value]);
  return JSON.stringify(Object.entries(element).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function settlePrimary(before: Json[], after: Json[]): Json[] {
  const primaries = after.filter(isPrimary);
  if (primaries.length < 2) return after;
  const old = new Set(before);
  const winner = primaries.find((element) => !old.has(element)) ?? primaries[0];
  return after.map((element) =>
    element !== winner && isObject(element) && isPrimary(element) ? { ...element, primary: false } : element,
  );
}

function isPrimary(element: Json): boolean {
  return isObject(element) && element['primary'] === true;
}
