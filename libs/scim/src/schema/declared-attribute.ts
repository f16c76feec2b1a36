// One attribute of a declared schema extension, in the words of RFC 7643 §7.
import { isUnstorable } from '../filter/reader.js';
import { isObject } from '../json.js';
import { MAX_DECLARED_ATTRIBUTES } from '../limits.js';
import type { SchemaProblem } from './declared.js';
import { attribute, type AttributeDefinition, type Details } from './definition.js';

export interface DeclaredPlace {
  field: string;
  problems: SchemaProblem[];
  /** The names beside it so far, in lower case: names are the same in any case. */
  known: Set<string>;
  nested: boolean;
}

const NAME = /^[a-z][a-z0-9_-]{0,99}$/i;
const SIMPLE = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'binary', 'reference'] as const;
/** Characters of a name, a description, a canonical value. */
export const MAX_LINE = 500;
const VALUES = 200;
const MEMBERS = new Set([
  'name',
  'type',
  'multiValued',
  'description',
  'required',
  'caseExact',
  'mutability',
  'returned',
  'uniqueness',
  'canonicalValues',
  'referenceTypes',
  'subAttributes',
]);

/** @returns undefined when it has a problem, which is noted in its place. */
export function readDeclaredAttribute(raw: unknown, place: DeclaredPlace): AttributeDefinition | undefined {
  if (!isObject(raw)) return wrong(place, '', 'must be an object with a name and a type');
  const before = place.problems.length;
  for (const member of Object.keys(raw))
    if (!MEMBERS.has(member)) wrong(place, member, 'is not a characteristic of an attribute');
  const name = readName(raw['name'], place);
  const types = place.nested ? SIMPLE : ([...SIMPLE, 'complex'] as const);
  const details: Details = {
    type: oneOf(types, raw['type'] ?? 'string', 'type', place),
    multiValued: flag(raw, 'multiValued', place),
    required: flag(raw, 'required', place),
    caseExact: flag(raw, 'caseExact', place),
    // What identity providers send is published to consumers, so nothing can be write-only; and nobody here would ever set what is read-only.
    mutability: oneOf(['readWrite', 'immutable'], raw['mutability'] ?? 'readWrite', 'mutability', place),
    returned: oneOf(['default', 'always', 'request'], raw['returned'] ?? 'default', 'returned', place),
    uniqueness: oneOf(['none'], raw['uniqueness'] ?? 'none', 'uniqueness', place),
    ...texts(raw, 'canonicalValues', place),
    ...texts(raw, 'referenceTypes', place),
  };
  const description = raw['description'] ?? '';
  if (!isLine(description)) wrong(place, 'description', `must be a text of at most ${MAX_LINE} characters`);
  const subAttributes = readSubAttributes(raw, details.type, place);
  if (subAttributes) details.subAttributes = subAttributes;
  return place.problems.length > before ? undefined : attribute(name, String(description), details);
}

function readName(raw: unknown, place: DeclaredPlace): string {
  const name = typeof raw === 'string' ? raw : '';
  // Names such as `constructor` mean something to every object of the language this is written in.
  if (!NAME.test(name) || name in {})
    wrong(place, 'name', 'must start with a letter and hold letters, digits, - and _ (RFC 7643 §2.1)');
  else if (place.known.has(name.toLowerCase())) wrong(place, 'name', 'is the name of another attribute too');
  place.known.add(name.toLowerCase());
  return name;
}

function readSubAttributes(
  raw: { [name: string]: unknown },
  type: AttributeDefinition['type'] | undefined,
  place: DeclaredPlace,
): AttributeDefinition[] | undefined {
  const given = raw['subAttributes'];
  if (type !== 'complex') {
    if (given !== undefined && !(Array.isArray(given) && given.length === 0))
      wrong(place, 'subAttributes', 'belongs to an attribute of the type complex');
    return undefined;
  }
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_DECLARED_ATTRIBUTES) {
    wrong(place, 'subAttributes', `must be a list of 1 to ${MAX_DECLARED_ATTRIBUTES} attributes`);
    return undefined;
  }
  const known = new Set<string>();
  return given.flatMap((one: unknown, index) => {
    const field = `${place.field}.subAttributes[${index}]`;
    const read = readDeclaredAttribute(one, { ...place, field, known, nested: true });
    return read ? [read] : [];
  });
}

function flag(raw: { [name: string]: unknown }, name: string, place: DeclaredPlace): boolean {
  const value = raw[name] ?? false;
  if (typeof value !== 'boolean') wrong(place, name, 'must be true or false');
  return value === true;
}

function oneOf<Word extends string>(
  words: readonly Word[],
  value: unknown,
  name: string,
  place: DeclaredPlace,
): Word {
  const found = words.find((word) => word === value);
  if (found === undefined)
    wrong(place, name, words.length > 1 ? `must be one of ${words.join(', ')}` : `can only be ${words[0]}`);
  return found ?? words[0]!;
}

function texts(
  raw: { [name: string]: unknown },
  name: 'canonicalValues' | 'referenceTypes',
  place: DeclaredPlace,
): Details {
  const given = raw[name];
  if (given === undefined || (Array.isArray(given) && given.length === 0)) return {};
  const good =
    Array.isArray(given) && given.length <= VALUES && given.every((one) => isLine(one) && one !== '');
  if (!good) wrong(place, name, `must be a list of at most ${VALUES} texts`);
  return good ? { [name]: given } : {};
}

/** Whether a value is a short text that can be stored: without NUL and halves of characters. */
export function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LINE && !isUnstorable(value);
}

function wrong({ field, problems }: DeclaredPlace, member: string, message: string): undefined {
  problems.push({ field: member === '' ? field : `${field}.${member}`, message });
  return undefined;
}
