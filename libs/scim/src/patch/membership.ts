// Operations on the members of a group become steps, never part of its attributes: memberships are kept apart from the group.
import { readMembers, refuseTooMany } from '../body/members.js';
import type { Notes } from '../body/notes.js';
import { quote, ScimError } from '../errors.js';
import type { Filter } from '../filter/filter.js';
import { isBlank } from '../json.js';
import type { Operation } from './operation.js';
import type { Target } from './target.js';

/** One thing that a PATCH does to the members of a group; steps are done in order. */
export type MembershipStep =
  | { kind: 'add'; ids: string[] }
  | { kind: 'remove'; ids: string[] }
  | { kind: 'replace'; ids: string[] }
  /** Paths in the filter name sub-attributes of a member: value, type, display, $ref. */
  | { kind: 'remove-where'; filter: Filter };

/**
 * The steps for one operation whose target is `members`.
 *
 * A remove with a value removes those members and nobody else, even when the value is an empty list; only a remove without any value empties
 * the group. Entra's default way to remove one member is by value, and reading it as "all" is how groups get lost.
 */
export function membershipSteps(operation: Operation, target: Target, notes: Notes): MembershipStep[] {
  const { filter, subAttribute } = target;
  // What a member is called and what kind it is follows from who it is.
  if (subAttribute && subAttribute.name !== 'value') {
    notes.ignore(target.written);
    return [];
  }
  if (filter) return chosenSteps(operation, target, { filter, notes });
  if (operation.op === 'remove' && isAbsent(operation.value)) {
    if (subAttribute) throw immutableValue(target);
    return [{ kind: 'replace', ids: [] }];
  }
  const ids = readMembers(operation.value, notes);
  if (operation.op === 'replace') return [{ kind: 'replace', ids }];
  return ids.length > 0 ? [{ kind: operation.op, ids }] : [];
}

/** @throws ScimError 400 tooMany when the steps together name more members than a request may. */
export function refuseTooManySteps(steps: MembershipStep[]): void {
  refuseTooMany(
    steps.reduce((count, step) => count + (step.kind === 'remove-where' ? 1 : step.ids.length), 0),
  );
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function chosenSteps(
  { op, value }: Operation,
  target: Target,
  { filter, notes }: { filter: Filter; notes: Notes },
): MembershipStep[] {
  const ids = idsIn(filter);
  if (op === 'remove') return ids ? [{ kind: 'remove', ids }] : [{ kind: 'remove-where', filter }];
  if (!ids) {
    const reason = 'only members[value eq "…"] can be added or replaced';
    throw new ScimError(400, `The path ${quote(target.written)} cannot be used: ${reason}.`, 'invalidPath');
  }
  if (op === 'add') return [{ kind: 'add', ids }];
  const wanted = readMembers(value, notes);
  if (target.subAttribute && wanted.some((id) => !ids.includes(id))) throw immutableValue(target);
  const leaving = ids.filter((id) => !wanted.includes(id));
  return [
    ...(leaving.length > 0 ? [{ kind: 'remove' as const, ids: leaving }] : []),
    ...(isBlank(wanted) ? [] : [{ kind: 'add' as const, ids: wanted }]),
  ];
}

/** The ids of `value eq "x"` and of several such joined by or; undefined for every other filter. */
function idsIn(filter: Filter): string[] | undefined {
  if (filter.kind === 'compare' && filter.operator === 'eq' && filter.path.name === 'value') {
    return typeof filter.value === 'string' ? [filter.value] : undefined;
  }
  if (filter.kind !== 'or') return undefined;
  const left = idsIn(filter.left);
  const right = idsIn(filter.right);
  return left && right && [...new Set([...left, ...right])];
}

function immutableValue({ written }: Target): ScimError {
  return new ScimError(
    400,
    `${quote(written)}: the value of a member cannot change; add or remove the member.`,
    'mutability',
  );
}
