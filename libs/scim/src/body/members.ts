// The members of a group as callers name them: RFC 7643 §4.2.
import { ScimError } from '../errors.js';
import { isBlank } from '../json.js';
import { MAX_MEMBERS } from '../limits.js';
import { shapeOf, findDefinition } from '../schema/lookup.js';
import type { Notes } from './notes.js';
import { readMerge, wrongType } from './value.js';

const MEMBERS = findDefinition(shapeOf('Group').attributes, 'members');

/**
 * The ids of members given as text, as objects with `value` or `$ref`, or as a list of those; blanks are dropped, repeated ids too.
 * @throws ScimError 400 invalidValue for an element that names nobody; 400 tooMany.
 */
export function readMembers(raw: unknown, notes: Notes): string[] {
  if (isBlank(raw)) return [];
  const given = (Array.isArray(raw) ? raw : [raw]).filter((element) => !isBlank(element));
  refuseTooMany(given.length);
  return [...new Set(given.map((element) => readMember(element, notes)))];
}

/** @throws ScimError 400 tooMany when a request names more members than it may. */
export function refuseTooMany(count: number): void {
  if (count > MAX_MEMBERS)
    throw new ScimError(400, `The request names more than ${MAX_MEMBERS} members.`, 'tooMany');
}

function readMember(raw: unknown, notes: Notes): string {
  const place = { label: 'members', notes };
  if (!MEMBERS || typeof raw === 'number') throw wrongType(place, 'objects with a value', raw);
  const { value } = readMerge(MEMBERS, raw, place).set;
  if (typeof value !== 'string')
    throw new ScimError(400, 'Each of members needs a value, the id of the member.', 'invalidValue');
  return value;
}
