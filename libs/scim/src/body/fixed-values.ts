// Values that a request may not change: RFC 7643 §2.2, RFC 7644 §3.5.1 and §3.5.2.
import { ScimError } from '../errors.js';
import { equal, isObject, type Attributes, type Json } from '../json.js';
import type { AttributeDefinition } from '../schema/definition.js';
import { shapeOf, type Described } from '../schema/lookup.js';
import { identity } from './elements.js';

/** What the absence of an immutable value in what is wanted means: nothing, as in a PUT, or that it shall go. */
type Absence = 'keeps' | 'removes';

/**
 * What a PUT wants, with those values that it does not say and cannot clear: immutable ones, and read-only ones, which
 * are no client's to write. An immutable attribute without a value takes the one that is given, once.
 * @throws ScimError 400 mutability for another value than an immutable attribute has.
 */
export function withFixedValues(type: Described, current: Attributes, wanted: Attributes): Attributes {
  return everyObject(type, current, wanted, 'keeps');
}

/** @throws ScimError 400 mutability where an immutable value would change or go: a PATCH names what it changes. */
export function refuseChangedValues(type: Described, current: Attributes, wanted: Attributes): void {
  everyObject(type, current, wanted, 'removes');
}

function everyObject(
  described: Described,
  current: Attributes,
  wanted: Attributes,
  absence: Absence,
): Attributes {
  const { attributes, extensions } = shapeOf(described);
  const after = fixed(attributes, { current, wanted, absence });
  return extensions.reduce((whole, { id, attributes: members }) => {
    const [old, given] = [current[id], whole[id]].map((value) => (isObject(value) ? value : {}));
    const extension = fixed(members, { current: old!, wanted: given!, absence, prefix: `${id}:` });
    return Object.keys(extension).length === 0 ? whole : { ...whole, [id]: extension };
  }, after);
}

interface Comparison {
  current: Attributes;
  wanted: Attributes;
  absence: Absence;
  /** Stands before the names of attributes in error sentences. */
  prefix?: string;
}

function fixed(
  definitions: readonly AttributeDefinition[],
  { current, wanted, absence, prefix = '' }: Comparison,
): Attributes {
  let after = wanted;
  for (const definition of definitions) {
    const old = current[definition.name];
    if (old === undefined) continue;
    const label = prefix + definition.name;
    const value = fixedValue(definition, { old, given: wanted[definition.name], absence, label });
    if (value !== undefined && value !== wanted[definition.name])
      after = { ...after, [definition.name]: value };
  }
  return after;
}

interface Change {
  old: Json;
  given: Json | undefined;
  absence: Absence;
  label: string;
}

function fixedValue(
  definition: AttributeDefinition,
  { old, given, absence, label }: Change,
): Json | undefined {
  if (definition.mutability === 'readOnly') return absence === 'keeps' ? old : given;
  if (definition.mutability === 'immutable') {
    if (given === undefined ? absence === 'keeps' : isSame(definition, old, given)) return old;
    throw immutable(label);
  }
  const { subAttributes } = definition;
  if (!subAttributes || given === undefined || !subAttributes.some(isFixed)) return given;
  const within = { absence, prefix: `${label}.` };
  if (isObject(old) && isObject(given))
    return fixed(subAttributes, { current: old, wanted: given, ...within });
  if (!Array.isArray(old) || !Array.isArray(given)) return given;
  // A value of a list may go as a whole, and others may come; one that stays must not change where it is fixed.
  const before = new Map(old.map((element) => [identity(element), element]));
  return given.map((element) => {
    const same = before.get(identity(element));
    if (!isObject(same) || !isObject(element)) return element;
    return fixed(subAttributes, { current: same, wanted: element, ...within });
  });
}

/** Whether two values match: texts in the case that the schema asks for, lists in any order. */
function isSame(definition: AttributeDefinition, old: Json, given: Json): boolean {
  if (Array.isArray(old) && Array.isArray(given)) {
    return (
      old.length === given.length && old.every((one) => given.some((two) => isSame(definition, one, two)))
    );
  }
  if (typeof old === 'string' && typeof given === 'string' && !definition.caseExact)
    return old.toLowerCase() === given.toLowerCase();
  return equal(old, given);
}

function isFixed({ mutability }: AttributeDefinition): boolean {
  return mutability === 'immutable' || mutability === 'readOnly';
}

/**
 * For a value of a list that a PATCH has chosen and changed, whatever makes it that value.
 * @throws ScimError 400 mutability
 */
export function refuseChangedElement(
  { name, subAttributes }: AttributeDefinition,
  old: Json,
  wanted: Json,
): void {
  if (!subAttributes?.some(isFixed) || !isObject(old)) return;
  fixed(subAttributes, {
    current: old,
    wanted: isObject(wanted) ? wanted : {},
    absence: 'removes',
    prefix: `${name}.`,
  });
}

function immutable(label: string): ScimError {
  return new ScimError(
    400,
    `${label} is immutable: it has a value, which can neither change nor go. Send that value, or leave it out.`,
    'mutability',
  );
}
