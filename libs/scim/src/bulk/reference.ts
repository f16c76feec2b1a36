// `bulkId:…` in place of an id that does not exist yet: RFC 7644 §3.7.2.
import { isObject } from '../json.js';
import { MAX_FILTER_CHARACTERS } from '../limits.js';
import { resolvePath } from '../path.js';
import type { AttributeDefinition } from '../schema/definition.js';
import { splitUrn, type Shape } from '../schema/lookup.js';

/** The id behind a bulkId. */
export type IdOf = (bulkId: string) => string;

const PREFIX = 'bulkid:';
const REFERENCE_IN_URL = /^(.*\/)bulkId:([^/?#]+)$/is;
const QUOTED = /"((?:[^"\\]|\\.)*)"/g;

// A list of objects with a value is the deepest form that an id is written in; a hostile body is nested deeper than the stack is.
const DEEPEST = 4;

/** The bulkId that a text refers to; undefined when it is no reference. */
export function referenceIn(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.slice(0, PREFIX.length).toLowerCase() !== PREFIX) return undefined;
  return trimmed.slice(PREFIX.length).trim() || undefined;
}

/**
 * The body of a POST or PUT with every reference replaced by its id. References are read only where an id may stand (members, manager, and
 * whatever else the schemas say refers to a User or Group), so that a person whose title is `bulkId:1` keeps it.
 */
export function referencesReplaced(shape: Shape, body: unknown, idOf: IdOf): unknown {
  if (!isObject(body)) return body;
  return mapped(body, (name, value) =>
    splitUrn(shape, name)?.rest === ''
      ? extensionReplaced(shape, name, value, idOf)
      : attributeReplaced(shape, name, { value, idOf }),
  );
}

/** The body of a PATCH with every reference replaced by its id, also in paths: `members[value eq "bulkId:1"]`. */
export function referencesReplacedInPatch(shape: Shape, body: unknown, idOf: IdOf): unknown {
  if (!isObject(body)) return body;
  return mapped(body, (name, operations) => {
    if (name.toLowerCase() !== 'operations' || !Array.isArray(operations)) return operations;
    return operations.map((operation) => operationReplaced(shape, operation, idOf));
  });
}

function operationReplaced(shape: Shape, operation: unknown, idOf: IdOf): unknown {
  if (!isObject(operation)) return operation;
  const key = Object.keys(operation).find((name) => name.toLowerCase() === 'path');
  const path = key === undefined ? '' : operation[key];
  if (typeof path !== 'string') return operation;
  const text = path.trim();
  const about = attributeAt(shape, text);
  return mapped(operation, (name, value) => {
    if (name === key && about && holdsIds(about)) return quotedReplaced(path, idOf);
    if (name.toLowerCase() !== 'value') return value;
    if (text === '') return referencesReplaced(shape, value, idOf);
    if (splitUrn(shape, text)?.rest === '') return extensionReplaced(shape, text, value, idOf);
    return attributeReplaced(shape, text, { value, idOf });
  });
}

function extensionReplaced(shape: Shape, urn: string, value: unknown, idOf: IdOf): unknown {
  if (!isObject(value)) return value;
  return mapped(value, (name, inner) => attributeReplaced(shape, `${urn}:${name}`, { value: inner, idOf }));
}

function attributeReplaced(
  shape: Shape,
  name: string,
  { value, idOf }: { value: unknown; idOf: IdOf },
): unknown {
  const attribute = attributeAt(shape, name);
  return attribute && holdsIds(attribute) ? valueReplaced(value, idOf, DEEPEST) : value;
}

function attributeAt(shape: Shape, path: string): AttributeDefinition | undefined {
  return resolvePath(shape, (path.split('[', 1)[0] ?? '').trim())?.attribute;
}

function holdsIds(attribute: AttributeDefinition): boolean {
  if (attribute.mutability === 'readOnly') return false;
  return refers(attribute) || (attribute.subAttributes?.some(refers) ?? false);
}

function refers({ type, referenceTypes }: AttributeDefinition): boolean {
  return (
    type === 'reference' && (referenceTypes?.some((each) => each === 'User' || each === 'Group') ?? false)
  );
}

function valueReplaced(value: unknown, idOf: IdOf, depth: number): unknown {
  if (typeof value === 'string') return textReplaced(value, idOf);
  if (depth === 0) return value;
  if (Array.isArray(value)) return value.map((element) => valueReplaced(element, idOf, depth - 1));
  if (!isObject(value)) return value;
  return mapped(value, (name, inner) =>
    ['value', '$ref'].includes(name.toLowerCase()) ? valueReplaced(inner, idOf, depth - 1) : inner,
  );
}

function textReplaced(text: string, idOf: IdOf): string {
  const bulkId = referenceIn(text);
  if (bulkId !== undefined) return idOf(bulkId);
  const [, before, named] = REFERENCE_IN_URL.exec(text) ?? [];
  return before === undefined || named === undefined ? text : before + idOf(named);
}

/** The texts in a filter, which are written as in JSON. */
function quotedReplaced(path: string, idOf: IdOf): string {
  if (path.length > MAX_FILTER_CHARACTERS) return path; // it will be refused
  return path.replace(QUOTED, (literal, inner: string) => {
    const bulkId = referenceIn(unescaped(literal, inner));
    return bulkId === undefined ? literal : JSON.stringify(idOf(bulkId));
  });
}

function unescaped(literal: string, inner: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return inner;
  }
}

function mapped(
  object: { [name: string]: unknown },
  change: (name: string, value: unknown) => unknown,
): { [name: string]: unknown } {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}
