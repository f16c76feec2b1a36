// Reads the value of an attribute as callers give it, mends what can be mended without doubt, and refuses the rest.
import { ScimError } from '../errors.js';
import { utcText } from '../filter/date-time.js';
import { isUnstorable } from '../filter/reader.js';
import { isBlank, isObject, type Attributes, type Json } from '../json.js';
import { MAX_KEY_CHARACTERS, MAX_STRING_CHARACTERS, MAX_VALUES } from '../limits.js';
import type { AttributeDefinition } from '../schema/definition.js';
import { findDefinition } from '../schema/lookup.js';
import { settled } from './elements.js';
import type { Notes } from './notes.js';

/** Where a value stands, for error sentences, and where unknown names are noted. */
export interface Place {
  label: string;
  notes: Notes;
}

/** A change to an object: members to set, and members that were given as null or empty. */
export interface Merge {
  set: Attributes;
  clear: string[];
}

/**
 * The canonical value, or undefined when the caller's value says nothing (null, "", [], an object of such).
 * @throws ScimError 400 invalidValue naming the attribute and the expected type; 400 tooMany for too many values.
 */
export function readValue(definition: AttributeDefinition, raw: unknown, place: Place): Json | undefined {
  if (isBlank(raw)) return undefined;
  return definition.multiValued ? readList(definition, raw, place) : readOne(definition, raw, place);
}

function readOne(definition: AttributeDefinition, raw: unknown, place: Place): Json | undefined {
  if (definition.type !== 'complex') return readSimple(definition, raw, place);
  const { set } = readMerge(definition, raw, place);
  return Object.keys(set).length > 0 ? set : undefined;
}

/** The values of a list: one value stands for a list of one, blanks are dropped, duplicates suppressed, one primary kept. */
export function readList(definition: AttributeDefinition, raw: unknown, place: Place): Json[] | undefined {
  const given = (Array.isArray(raw) ? raw : [raw]).filter((element) => !isBlank(element));
  if (given.length > MAX_VALUES)
    throw new ScimError(400, `${place.label} has more than ${MAX_VALUES} values.`, 'tooMany');
  const values = given.flatMap((one) => readOne(definition, one, place) ?? []);
  return values.length > 0 ? settled(values) : undefined;
}

/** The members of a complex value. A bare value stands for its `value`; unknown members are noted, read-only ones dropped. */
export function readMerge(definition: AttributeDefinition, raw: unknown, place: Place): Merge {
  const value = unwrapped(raw);
  const valueDefinition = findDefinition(definition.subAttributes, 'value');
  if (valueDefinition && (typeof value === 'string' || typeof value === 'number')) {
    return readMerge(definition, { value }, place);
  }
  if (!isObject(value))
    throw wrongType(place, definition.multiValued ? 'an object or a list of objects' : 'an object', value);
  const merge: Merge = { set: {}, clear: [] };
  for (const [name, member] of Object.entries(value)) {
    const sub = findDefinition(definition.subAttributes, name);
    if (!sub) place.notes.ignore(`${place.label}.${name}`);
    else readMember(merge, sub, { raw: member, place: { ...place, label: `${place.label}.${sub.name}` } });
  }
  if (valueDefinition && merge.set['$ref'] !== undefined) takeReference(merge);
  delete merge.set['$ref'];
  return { set: merge.set, clear: merge.clear.filter((name) => name !== '$ref' && !(name in merge.set)) };
}

function readMember(
  merge: Merge,
  sub: AttributeDefinition,
  { raw, place }: { raw: unknown; place: Place },
): void {
  if (sub.mutability === 'readOnly') return;
  const value = readValue(sub, raw, place);
  if (value === undefined) merge.clear.push(sub.name);
  else merge.set[sub.name] = value;
}

// A reference that comes without a value names it in its last segment. References are never kept: this service writes its own.
function takeReference(merge: Merge): void {
  const last = String(merge.set['$ref']).split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1);
  if (last !== undefined && merge.set['value'] === undefined) merge.set['value'] = decoded(last);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function readSimple(definition: AttributeDefinition, raw: unknown, place: Place): Json | undefined {
  const value = unwrapped(raw);
  switch (definition.type) {
    case 'boolean':
      return readBoolean(value, place);
    case 'integer':
    case 'decimal':
      return readNumber(definition, value, place);
    case 'dateTime':
      return readDateTime(value, place);
    default:
      return readText(value, place);
  }
}

// RFC 7643 §2.3.2 has no text for booleans; Entra and its validator send "True" and "False".
function readBoolean(value: unknown, place: Place): boolean {
  if (typeof value === 'boolean') return value;
  const lower = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (lower === 'true' || lower === 'false') return lower === 'true';
  throw wrongType(place, 'true or false', value);
}

function readNumber({ type }: AttributeDefinition, value: unknown, place: Place): number {
  const number = typeof value === 'string' ? Number(value) : value;
  const fits = type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (typeof number === 'number' && fits) return number;
  throw wrongType(place, type === 'integer' ? 'an integer' : 'a number', value);
}

function readDateTime(value: unknown, place: Place): string {
  const text = readText(value, place);
  if (utcText(text) !== undefined) return text;
  throw new ScimError(
    400,
    `${place.label} must be a date and time such as 2011-05-13T04:42:34Z.`,
    'invalidValue',
  );
}

/** By their labels: the texts that the store keeps an index of. */
const KEYS = new Set(['userName', 'externalId', 'displayName', 'emails.value']);

// Numbers are read as text: Okta's own example has externalId and postalCode as numbers.
function readText(value: unknown, place: Place): string {
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  if (typeof text !== 'string') throw wrongType(place, 'a string', value);
  const most = KEYS.has(place.label) ? MAX_KEY_CHARACTERS : MAX_STRING_CHARACTERS;
  if (text.length > most)
    throw new ScimError(400, `${place.label} is longer than ${most} characters.`, 'invalidValue');
  if (isUnstorable(text)) {
    throw new ScimError(
      400,
      `${place.label} holds NUL or half a character, which cannot be stored.`,
      'invalidValue',
    );
  }
  return text;
}

/** A list of one stands for its element; anything else is left as it is. */
export function unwrapped(raw: unknown): unknown {
  if (!Array.isArray(raw)) return raw;
  const given = raw.filter((element) => !isBlank(element));
  return given.length === 1 ? given[0] : raw;
}

/** The error for a value of a type that cannot be mended. */
export function wrongType({ label }: { label: string }, expected: string, value: unknown): ScimError {
  return new ScimError(400, `${label} must be ${expected}, not ${kindOf(value)}.`, 'invalidValue');
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return 'text';
    default:
      return `a ${typeof value}`;
  }
}
