// Reads a PATCH once, completely, before anything is touched: RFC 7644 §3.5.2.
import { Notes } from '../body/notes.js';
import { wrongType } from '../body/value.js';
import { quirksOf, type Dialect } from '../dialects/index.js';
import type { Quirks } from '../dialects/quirks.js';
import { quote, ScimError } from '../errors.js';
import { expressionsIn } from '../filter/filter.js';
import { isBlank, isObject, type Attributes } from '../json.js';
import { MAX_COMPARISONS } from '../limits.js';
import { resolvePath } from '../path.js';
import { findDefinition, splitUrn, type Described } from '../schema/lookup.js';
import { withComparisonInside } from './comparison-behind-path.js';
import { applyEdits, type Edit } from './edit.js';
import { editsFor, type Manner } from './edits.js';
import { membershipSteps, refuseTooManySteps, type MembershipStep } from './membership.js';
import { readOperations, type Operation } from './operation.js';
import { readTarget, type Target } from './target.js';

export interface ParsedPatch {
  /**
   * The attributes after all operations; a pure function. All or nothing: when it throws, nothing has happened.
   * @throws ScimError 400 noTarget when a filter chooses no value and none may be created; 400 tooMany.
   */
  apply(current: Attributes): Attributes;
  /** What happens to the members of a group, in order. */
  members: MembershipStep[];
  /** Names inside values that the schemas do not know, and that were dropped. */
  ignored: string[];
  /** The names of the dialect's quirks that took effect; complete once `apply` has run. */
  quirks: string[];
  /** Whether a password was given; its value is dropped. */
  hasPassword: boolean;
}

interface Draft {
  type: Described;
  manner: Manner;
  quirks: Quirks;
  edits: Edit[];
  members: MembershipStep[];
  hasPassword: boolean;
}

/**
 * Reads the body of a PATCH.
 * @throws ScimError 400 with invalidSyntax, invalidPath, invalidFilter, invalidValue, mutability, noTarget or tooMany.
 */
export function parsePatch(type: Described, body: unknown, dialect: Dialect): ParsedPatch {
  const quirks = quirksOf(dialect);
  const notes = new Notes();
  const manner = { notes, createsTargetOfFilteredReplace: quirks.createsTargetOfFilteredReplace };
  const draft: Draft = { type, manner, quirks, edits: [], members: [], hasPassword: false };
  for (const operation of readOperations(body)) readOne(draft, operation);
  refuseTooManySteps(draft.members);
  refuseTooMuchWork(draft.edits);
  const { edits, members, hasPassword } = draft;
  return {
    apply: (current) => applyEdits(current, edits),
    members,
    ignored: notes.ignored,
    quirks: notes.quirks,
    hasPassword,
  };
}

function refuseTooMuchWork(edits: Edit[]): void {
  const comparisons = edits.reduce((sum, edit) => sum + comparisonsIn(edit), 0);
  if (comparisons <= MAX_COMPARISONS) return;
  throw new ScimError(
    400,
    `A PATCH may make ${MAX_COMPARISONS} comparisons in all, this one asks for more.`,
    'tooMany',
  );
}

function comparisonsIn(edit: Edit): number {
  const { filter } = edit.target;
  return (filter ? expressionsIn(filter) : 0) + (edit.kind === 'clear-values' ? edit.values.length : 0);
}

function readOne(draft: Draft, operation: Operation): void {
  const path = operation.path === undefined ? undefined : mendedPath(draft, operation.path);
  if (path !== undefined && draft.quirks.ignoresUnknownAttributes && isAboutUnknown(draft, path)) {
    draft.manner.notes.ignore(path);
    return draft.manner.notes.quirk('ignoresUnknownAttributes');
  }
  const target = path === undefined ? undefined : readTarget(draft.type, path);
  if (target && target.whole === undefined) return readExplicit(draft, operation, target);
  readWhole(draft, operation, target);
}

function mendedPath({ quirks, manner }: Draft, path: string): string {
  const mended = quirks.readsComparisonBehindPath ? withComparisonInside(path) : undefined;
  if (mended !== undefined) manner.notes.quirk('readsComparisonBehindPath');
  return mended ?? path;
}

const NAME_AND_BRACKETS = /^\s*([A-Za-z][\w$:.-]*)\s*(?:\[.*\][\w$.]*)?\s*$/s;

/** Whether a path is one, and the schemas do not know the attribute in it. */
function isAboutUnknown({ type }: Draft, path: string): boolean {
  const name = NAME_AND_BRACKETS.exec(path)?.[1];
  return name !== undefined && !knownTarget(type, name);
}

/** An operation that names its attribute: what it names must exist and must be writable. */
function readExplicit(draft: Draft, operation: Operation, target: Target): void {
  const { op } = operation;
  const value = withoutItsOwnName(operation.value, target);
  if (isReadOnly(target)) {
    if (draft.quirks.ignoresReadOnlyReset && op === 'replace' && isBlank(value))
      return draft.manner.notes.quirk('ignoresReadOnlyReset');
    throw new ScimError(400, `${quote(target.written)} is read-only.`, 'mutability');
  }
  if (op !== 'remove' && value === undefined && !target.filter) {
    throw new ScimError(400, `The operation on ${quote(target.written)} needs a value.`, 'invalidValue');
  }
  change(draft, { ...operation, value }, target);
}

/** `{"path":"members","value":{"members":[…]}}`, where the name is said twice, means what it means without the second. */
function withoutItsOwnName(value: unknown, { attribute, filter, subAttribute }: Target): unknown {
  if (!isObject(value) || filter || subAttribute) return value;
  const [name, ...others] = Object.keys(value);
  if (name?.toLowerCase() !== attribute.name.toLowerCase() || others.length > 0) return value;
  return findDefinition(attribute.subAttributes, name) ? value : value[name];
}

/**
 * An operation that gives an object of attributes: it changes those and leaves the others alone. Keys may be anything that a path may be.
 * Read-only attributes are dropped, because identity providers send back what they were given; unknown ones are dropped and noted.
 */
function readWhole(draft: Draft, { op, value }: Operation, schema: Target | undefined): void {
  if (schema?.whole === 'extension' && (op === 'remove' || value === null)) {
    draft.edits.push({ kind: 'clear', target: schema });
    return;
  }
  if (op === 'remove')
    throw new ScimError(400, 'A remove needs a path that says what to remove.', 'noTarget');
  if (!isObject(value))
    throw wrongType({ label: 'The value of an operation without a path' }, 'an object', value);
  for (const [name, member] of Object.entries(value)) {
    const written = schema ? `${schema.attribute.name}:${name}` : name;
    // Behind a schema an empty name would mean the schema again, as deep as a hostile body nests it.
    const target = schema && name === '' ? undefined : knownTarget(draft.type, written);
    if (!target) draft.manner.notes.ignore(written);
    else if (target.whole !== undefined) readWhole(draft, { op, value: member }, target);
    else if (!isReadOnly(target)) change(draft, { op, value: member }, target);
  }
}

function knownTarget(type: Described, name: string): Target | undefined {
  // Looked up first: an error costs many times as much, and a body has room for a hundred thousand unknown names.
  const attribute = name.split('[', 1)[0]!.trim();
  if (!resolvePath(type, attribute) && splitUrn(type, attribute)?.rest !== '') return undefined;
  try {
    return readTarget(type, name);
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

function isReadOnly({ attribute, subAttribute }: Target): boolean {
  if (attribute.mutability === 'readOnly') return true;
  return subAttribute?.mutability === 'readOnly' && attribute.name !== 'members';
}

function change(draft: Draft, operation: Operation, target: Target): void {
  switch (target.attribute.name) {
    case 'members':
      return void draft.members.push(...membershipSteps(operation, target, draft.manner.notes));
    case 'password':
      draft.hasPassword ||= operation.op !== 'remove' && !isBlank(operation.value);
      return;
    default:
      draft.edits.push(...editsFor(operation, target, draft.manner));
  }
}
