// The PATCH of SCIM 1.1: a part of the resource, with what to remove in meta.attributes. draft-scim-api-01 §3.3.2. Read once, completely,
// before anything is touched; it becomes a PATCH of 2.0, apart from lists (see values).
import { Notes } from '../body/notes.js';
import type { Dialect } from '../dialects/index.js';
import { ScimError } from '../errors.js';
import { isBlank, isObject, type Attributes, type Json } from '../json.js';
import { MAX_IGNORED_NAMES, MAX_OPERATIONS } from '../limits.js';
import { applyEdits, type Edit } from '../patch/edit.js';
import { parsePatch, type ParsedPatch } from '../patch/parse.js';
import type { Target } from '../patch/target.js';
import { printPath, resolvePath, type ResolvedPath } from '../path.js';
import { splitUrn, type Described } from '../schema/lookup.js';
import { nameFromV1 } from './names.js';
import { elementsOf, valueFromV1 } from './resource.js';
import { changedList, readValueChanges, refuseTooManyValues, type ValueChange } from './values.js';

interface ListChange {
  target: Target;
  /** meta.attributes names the list: nothing of it stays but what the body gives. */
  clears: boolean;
  changes: ValueChange[];
}

interface Draft {
  type: Described;
  notes: Notes;
  /** What meta.attributes names and nothing in the body replaces. */
  removals: string[];
  /** What the body gives of everything but lists, by the name it was given under. */
  singles: [name: string, value: unknown][];
  members: { clears: boolean; given: unknown };
  lists: Map<string, ListChange>;
}

/**
 * Reads the body of a PATCH: first goes what meta.attributes names, then the rest is merged into what is there. A value of a list is added
 * when no value equals it, else merged; `"operation": "delete"` removes it, and is ignored where meta.attributes names the whole list.
 * Null and empty clear a single value; an empty list adds nothing.
 * @throws ScimError 400 with invalidSyntax, invalidValue, mutability or tooMany.
 */
export function parsePatchV1(type: Described, body: unknown, dialect: Dialect): ParsedPatch {
  if (!isObject(body))
    throw new ScimError(
      400,
      'The body of a PATCH must be a JSON object: a part of the resource, with what to remove in meta.attributes.',
      'invalidSyntax',
    );
  // Whoever sends the PATCH of 2.0 to this root means it; as an unknown attribute it would be a deactivation that is lost in silence.
  if (Array.isArray(memberOf(body, 'operations'))) return parsePatch(type, body, dialect);
  const draft: Draft = {
    type,
    notes: new Notes(),
    removals: [],
    singles: [],
    members: { clears: false, given: undefined },
    lists: new Map(),
  };
  for (const name of removedNames(body)) readRemoval(draft, name);
  for (const [name, value] of Object.entries(body)) {
    if (!/^(?:schemas|meta)$/i.test(name)) readChanges(draft, name, value);
  }
  return parsed(draft, dialect);
}

function memberOf(object: { [name: string]: unknown }, name: string): unknown {
  const key = Object.keys(object).find((each) => each.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
}

function removedNames(body: { [name: string]: unknown }): string[] {
  const meta = memberOf(body, 'meta');
  const attributes = isObject(meta) ? memberOf(meta, 'attributes') : undefined;
  if (isBlank(attributes)) return [];
  const names = (Array.isArray(attributes) ? attributes : [attributes]).flatMap((name) => {
    if (typeof name === 'string') return name.split(',').map((each) => each.trim());
    throw new ScimError(
      400,
      'meta.attributes must be a list of the names of the attributes to remove.',
      'invalidValue',
    );
  });
  if (names.length <= MAX_OPERATIONS) return names;
  throw new ScimError(400, `meta.attributes has more than ${MAX_OPERATIONS} names.`, 'tooMany');
}

function readRemoval(draft: Draft, written: string): void {
  const name = nameFromV1(written);
  const found = resolvePath(draft.type, name);
  if (!found) {
    if (written !== '') draft.notes.ignore(`meta.attributes ${written}`);
  } else if (found.attribute.name === 'members' && !found.subAttribute) draft.members.clears = true;
  else if (isChangedList(found)) listOf(draft, found).clears = true;
  else draft.removals.push(name);
}

function readChanges(draft: Draft, name: string, value: unknown): void {
  if (splitUrn(draft.type, name)?.rest !== '') return readChange(draft, name, value);
  if (!isObject(value)) return void draft.singles.push([name, value]);
  for (const [sub, member] of Object.entries(value)) readChange(draft, `${name}:${sub}`, member);
}

function readChange(draft: Draft, name: string, value: unknown): void {
  const found = resolvePath(draft.type, name);
  if (!found) draft.notes.ignore(name);
  else if (found.attribute.name === 'members' && !found.subAttribute) draft.members.given = value;
  else if (isChangedList(found)) {
    const { changes } = listOf(draft, found);
    const place = { label: found.attribute.name, notes: draft.notes };
    changes.push(...readValueChanges(found.attribute, value, place));
    // One list may come under several spellings of its name.
    refuseTooManyValues(changes.length, place);
  } else draft.singles.push([name, valueFromV1(draft.type, name, value)]);
}

/** Whether a name means a list that callers may change, as a whole. Members of groups are kept apart. */
function isChangedList({ attribute, subAttribute }: ResolvedPath): boolean {
  return attribute.multiValued && !subAttribute && attribute.mutability !== 'readOnly';
}

function listOf({ lists }: Draft, { path, attribute }: ResolvedPath): ListChange {
  const key = `${path.schema ?? ''} ${path.name}`;
  const schema = path.schema === undefined ? {} : { schema: path.schema };
  const list = lists.get(key) ?? {
    target: { written: path.name, attribute, ...schema },
    clears: false,
    changes: [],
  };
  lists.set(key, list);
  return list;
}

function parsed(draft: Draft, dialect: Dialect): ParsedPatch {
  const { type, notes, lists } = draft;
  const patch = parsePatch(type, { Operations: operationsOf(draft) }, dialect);
  return {
    ...patch,
    apply: (current) => {
      const after = patch.apply(current);
      const edits = [...lists.values()].map((list): Edit => {
        const before = list.clears ? [] : currentList(after, list.target);
        const changes = list.clears ? list.changes.filter(({ deletes }) => !deletes) : list.changes;
        return {
          kind: 'set',
          target: list.target,
          value: changedList(list.target.attribute, before, changes),
        };
      });
      return applyEdits(after, edits);
    },
    ignored: [...patch.ignored, ...notes.ignored].slice(0, MAX_IGNORED_NAMES),
  };
}

function currentList(attributes: Attributes, { schema, attribute }: Target): Json[] {
  const owner = schema === undefined ? attributes : attributes[schema];
  const list = isObject(owner) ? owner[attribute.name] : undefined;
  return Array.isArray(list) ? list : [];
}

function operationsOf({ type, removals, singles, members }: Draft): object[] {
  // A single value that the body gives anew is replaced by it; to remove it first would be refused where it is required.
  const given = singles.filter(([, value]) => !isBlank(value)).map(([name]) => keyOf(type, name));
  const replaced = new Set(given);
  const removes = removals
    .filter(
      (name) => resolvePath(type, name)?.attribute.type === 'complex' || !replaced.has(keyOf(type, name)),
    )
    .map((path) => ({ op: 'remove', path }));
  const changes = singles.length > 0 ? [{ op: 'replace', value: Object.fromEntries(singles) }] : [];
  return [...removes, ...changes, ...membershipOf(members)];
}

function keyOf(type: Described, name: string): string | undefined {
  const path = resolvePath(type, name)?.path;
  return path && printPath(path);
}

function membershipOf({ clears, given }: Draft['members']): object[] {
  const elements = elementsOf(given, 'members');
  const chosen = (deletes: boolean): unknown[] =>
    elements.filter((element) => element.deletes === deletes).map(({ rest }) => rest);
  const [leaving, coming] = [chosen(true), chosen(false)];
  if (clears) return [{ op: 'replace', path: 'members', value: coming }];
  return [
    ...(leaving.length > 0 ? [{ op: 'remove', path: 'members', value: leaving }] : []),
    ...(coming.length > 0 ? [{ op: 'add', path: 'members', value: coming }] : []),
  ];
}
