// From an operation on one attribute to the edits it means: RFC 7644 §3.5.2.1 to §3.5.2.3.
import type { Notes } from '../body/notes.js';
import { readList, readMerge, readValue, type Place } from '../body/value.js';
import { ScimError } from '../errors.js';
import { isBlank, isObject, type Attributes } from '../json.js';
import type { Edit } from './edit.js';
import type { Operation } from './operation.js';
import type { Target } from './target.js';

export interface Manner {
  notes: Notes;
  /** A replace whose filter chooses nothing creates the value (see the dialects). */
  createsTargetOfFilteredReplace: boolean;
}

/**
 * The edits of one operation. On a single-valued attribute add and replace are the same: Entra chooses between them without a rule. A null or
 * empty value clears. Replacing a complex value keeps the members that the operation does not name; wiping them is not what any identity
 * provider means by it.
 * @throws ScimError 400 invalidValue, 400 mutability when a required attribute would go.
 */
export function editsFor(operation: Operation, target: Target, manner: Manner): Edit[] {
  if (target.subAttribute) return subAttributeEdits(operation, target, manner);
  if (target.filter) return filteredEdits(operation, target, manner);
  return target.attribute.multiValued
    ? listEdits(operation, target, manner)
    : singleEdits(operation, target, manner);
}

function subAttributeEdits({ op, value }: Operation, target: Target, manner: Manner): Edit[] {
  const { attribute, subAttribute, filter } = target;
  if (!subAttribute) return [];
  const given = op === 'remove' ? null : value;
  const merge = readMerge(attribute, { [subAttribute.name]: given }, placeOf(target, manner));
  return [{ kind: 'merge', target, merge, ...creation(op === 'add' || !filter, manner) }];
}

function filteredEdits({ op, value }: Operation, target: Target, manner: Manner): Edit[] {
  if (op === 'remove') return [{ kind: 'clear', target }];
  if (isBlank(value)) return op === 'replace' ? [{ kind: 'clear', target }] : [];
  const merge = readMerge(target.attribute, value, placeOf(target, manner));
  return [{ kind: 'merge', target, merge, ...creation(op === 'add', manner) }];
}

/** Whether a value may come to be where the filter chooses none: by the RFC, or because the dialect means it. */
function creation(lawful: boolean, manner: Manner): { creates: boolean; whenCreated?: () => void } {
  if (lawful || !manner.createsTargetOfFilteredReplace) return { creates: lawful };
  return { creates: true, whenCreated: () => manner.notes.quirk('createsTargetOfFilteredReplace') };
}

function listEdits({ op, value }: Operation, target: Target, manner: Manner): Edit[] {
  // RFC 7644 §3.5.2.2 knows no value here. One that is given says which values go; reading it as "all" would lose the others.
  if (op === 'remove' && (value === undefined || value === null)) return [{ kind: 'clear', target }];
  const values = isBlank(value) ? undefined : readList(target.attribute, value, placeOf(target, manner));
  switch (op) {
    case 'remove':
      return values
        ? [{ kind: 'clear-values', target, values: values.filter(isObject) as Attributes[] }]
        : [];
    case 'add':
      return values ? [{ kind: 'append', target, values }] : [];
    case 'replace':
      return values ? [{ kind: 'set', target, value: values }] : [{ kind: 'clear', target }];
  }
}

function singleEdits({ op, value }: Operation, target: Target, manner: Manner): Edit[] {
  const { attribute } = target;
  const isSpace = attribute.required && typeof value === 'string' && value.trim() === '';
  if (op === 'remove' || isBlank(value) || isSpace) {
    if (attribute.required)
      throw new ScimError(400, `${attribute.name} is required and cannot be removed.`, 'mutability');
    // A person must not lose or regain access by silence: `active` is set, never unset.
    return attribute.name === 'active' ? [] : [{ kind: 'clear', target }];
  }
  const place = placeOf(target, manner);
  if (attribute.type === 'complex') {
    return [{ kind: 'merge', target, merge: readMerge(attribute, value, place), creates: true }];
  }
  const read = readValue(attribute, value, place);
  return read === undefined ? [] : [{ kind: 'set', target, value: read }];
}

function placeOf({ attribute }: Target, { notes }: Manner): Place {
  return { label: attribute.name, notes };
}
