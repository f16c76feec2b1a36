// What a PATCH of SCIM 1.1 does to a list: draft-scim-api-01 §3.3.2. A value is added when it is not there, merged when it is, and taken
// away by "operation": "delete". Which value is meant depends on the values that are there, so this happens when they are known.
import { onePrimary } from '../body/elements.js';
import { readMerge, readValue, type Place } from '../body/value.js';
import { ScimError } from '../errors.js';
import { equal, isObject, type Attributes, type Json } from '../json.js';
import { MAX_VALUES } from '../limits.js';
import type { AttributeDefinition } from '../schema/definition.js';
import { findDefinition } from '../schema/lookup.js';
import { elementsOf } from './resource.js';

export interface ValueChange {
  deletes: boolean;
  /** The value as it was given, canonical. */
  given: Json;
  /** Its members that were given as null or empty. */
  clear: string[];
}

/** @throws ScimError 400 invalidValue for a value that cannot be mended; 400 tooMany. */
export function readValueChanges(definition: AttributeDefinition, raw: unknown, place: Place): ValueChange[] {
  const elements = elementsOf(raw, place.label);
  refuseTooManyValues(elements.length, place);
  return elements.flatMap(({ deletes, rest }) => {
    const { given, clear } = readGiven(definition, rest, place);
    return given === undefined ? [] : [{ deletes, given, clear }];
  });
}

/** @throws ScimError 400 tooMany when more values of one list are given than it may have. */
export function refuseTooManyValues(count: number, { label }: Place): void {
  if (count > MAX_VALUES) throw new ScimError(400, `${label} has more than ${MAX_VALUES} values.`, 'tooMany');
}

function readGiven(
  definition: AttributeDefinition,
  raw: unknown,
  place: Place,
): { given: Json | undefined; clear: string[] } {
  if (definition.type === 'complex') {
    const { set, clear } = readMerge(definition, raw, place);
    return { given: Object.keys(set).length > 0 ? set : undefined, clear };
  }
  const bare = isObject(raw) ? raw['value'] : raw;
  return { given: readValue({ ...definition, multiValued: false }, bare, place), clear: [] };
}

/** A value of the list; undefined once it has gone. */
interface Entry {
  element: Json | undefined;
}

/** A list that is being changed, with its values by what makes them equal: the work grows with the list, not with its square. */
interface Workbench {
  entries: Entry[];
  byValue: Map<Json | undefined, Entry[]>;
  caseExact: boolean;
}

/** The list after all changes: those that take away first, as the text of 1.1 demands. */
export function changedList(
  definition: AttributeDefinition,
  current: Json[],
  changes: ValueChange[],
): Json[] {
  const caseExact = findDefinition(definition.subAttributes, 'value')?.caseExact ?? definition.caseExact;
  const bench: Workbench = { entries: [], byValue: new Map(), caseExact };
  for (const element of current) put(bench, element);
  for (const { deletes, given } of changes) {
    if (deletes) for (const entry of leaving(bench, given)) entry.element = undefined;
  }
  const kept = elementsIn(bench);
  for (const change of changes) if (!change.deletes) merge(bench, change);
  return onePrimary(kept, elementsIn(bench));
}

function put(bench: Workbench, element: Json): void {
  const entry = { element };
  const key = keyOf(bench, valueOf(element));
  const alike = bench.byValue.get(key);
  if (alike) alike.push(entry);
  else bench.byValue.set(key, [entry]);
  bench.entries.push(entry);
}

function elementsIn({ entries }: Workbench): Json[] {
  return entries.flatMap(({ element }) => element ?? []);
}

function merge(bench: Workbench, { given, clear }: ValueChange): void {
  const entry = mergeable(bench, given);
  if (!entry) return put(bench, given);
  if (!isObject(entry.element) || !isObject(given)) return;
  const kept = Object.entries(entry.element).filter(([name]) => !clear.includes(name));
  entry.element = { ...Object.fromEntries(kept), ...given };
}

/**
 * The values that are meant to go: by `value`, but never one of another type than was given. Where one number is both work and home, a retry
 * of "delete the one at home" would else take the other. A value without `value` is meant by all that was given.
 */
function leaving(bench: Workbench, given: Json): Entry[] {
  if (valueOf(given) === undefined) return saying(bench, given);
  const type = typeOf(given);
  const isOther = (element: Json | undefined): boolean => ![type, undefined].includes(typeOf(element));
  const alike = alikeIn(bench, valueOf(given));
  return type === undefined ? alike : alike.filter(({ element }) => !isOther(element));
}

/**
 * The one value to merge into, to the letter if there is one; undefined when there is none. A value without `value` cannot be matched, says
 * §3.3.2.
 */
function mergeable(bench: Workbench, given: Json): Entry | undefined {
  if (valueOf(given) === undefined) return undefined;
  const all = alikeIn(bench, valueOf(given));
  const exactly = all.filter(({ element }) => valueOf(element) === valueOf(given));
  const alike = exactly.length > 0 ? exactly : all;
  if (alike.length < 2) return alike[0];
  const type = typeOf(given);
  const sameType = alike.find(({ element }) => typeOf(element) === type);
  return sameType ?? (type === undefined ? alike[0] : undefined);
}

/** The values with the same `value`, in any case where case says nothing. */
function alikeIn(bench: Workbench, value: Json | undefined): Entry[] {
  const found = bench.byValue.get(keyOf(bench, value)) ?? [];
  return found.filter(({ element }) => element !== undefined);
}

function keyOf({ caseExact }: Workbench, value: Json | undefined): Json | undefined {
  return typeof value === 'string' && !caseExact ? value.toLowerCase() : value;
}

/** The values that say all that was given. */
function saying({ entries }: Workbench, given: Json): Entry[] {
  const members = isObject(given) ? Object.entries(given) : [];
  const says = (element: Attributes): boolean =>
    members.every(([name, value]) => equal(element[name] ?? null, value));
  return members.length === 0 ? [] : entries.filter(({ element }) => isObject(element) && says(element));
}

function valueOf(element: Json | undefined): Json | undefined {
  return isObject(element) ? element['value'] : element;
}

/** The label of a value; case says nothing in it. */
function typeOf(element: Json | undefined): Json | undefined {
  const type = isObject(element) ? element['type'] : undefined;
  return typeof type === 'string' ? type.toLowerCase() : type;
}
