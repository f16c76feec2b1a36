// What an operation does to one attribute, and doing it. Everything that can be wrong in a request is found before an edit is made, except
// that a filter may choose nothing.
import { onePrimary, settled } from '../body/elements.js';
import type { Merge } from '../body/value.js';
import { quote, ScimError } from '../errors.js';
import type { Filter } from '../filter/filter.js';
import { matches, testOf } from '../filter/match.js';
import { isObject, type Attributes, type Json } from '../json.js';
import { MAX_VALUES } from '../limits.js';
import type { Target } from './target.js';

/** One change to one attribute. */
export type Edit = { target: Target } & (
  | { kind: 'set'; value: Json }
  | { kind: 'append'; values: Json[] }
  /** Into the object at the target, or into each value that the filter chooses. */
  | { kind: 'merge'; merge: Merge; creates: boolean; whenCreated?: () => void }
  | { kind: 'clear' }
  /** Removes the values that say the same as one of these. */
  | { kind: 'clear-values'; values: Attributes[] }
);

/**
 * The attributes after all edits, canonical again; the given ones are left as they are.
 * @throws ScimError 400 noTarget when a filter chooses no value and none may be created; 400 tooMany.
 */
export function applyEdits(current: Attributes, edits: Edit[]): Attributes {
  const edited = edits.reduce(applyEdit, current);
  const lists = edits
    .filter(({ target }) => target.attribute.multiValued)
    .map(({ target }) => ({ schema: target.schema, name: target.attribute.name }));
  const once = new Map(lists.map((list) => [`${list.schema} ${list.name}`, list]));
  return [...once.values()].reduce(withRegularList, edited);
}

// Once, at the end: it costs as much as reading the whole list, and in between nobody sees that a value is there twice.
function withRegularList(
  attributes: Attributes,
  { schema, name }: { schema: string | undefined; name: string },
): Attributes {
  const owner = schema === undefined ? attributes : attributes[schema];
  const list = isObject(owner) ? owner[name] : undefined;
  if (!isObject(owner) || !Array.isArray(list)) return attributes;
  const regular = settled(list);
  if (regular.length <= MAX_VALUES) {
    const changed = { ...owner, [name]: regular };
    return schema === undefined ? changed : { ...attributes, [schema]: changed };
  }
  throw new ScimError(400, `${name} would have more than ${MAX_VALUES} values.`, 'tooMany');
}

function applyEdit(attributes: Attributes, edit: Edit): Attributes {
  const { schema, attribute } = edit.target;
  const owner = schema === undefined ? attributes : attributes[schema];
  const object: Attributes = isObject(owner) ? owner : {};
  const changed = withMember(object, attribute.name, edited(object[attribute.name], edit));
  return schema === undefined ? changed : withMember(attributes, schema, changed);
}

function withMember(object: Attributes, name: string, value: Json | undefined): Attributes {
  if (value === undefined || isEmpty(value)) {
    if (object[name] === undefined) return object;
    const { [name]: _dropped, ...rest } = object;
    return rest;
  }
  return { ...object, [name]: value };
}

function isEmpty(value: Json): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function edited(current: Json | undefined, edit: Edit): Json | undefined {
  switch (edit.kind) {
    case 'set':
      return edit.value;
    case 'append':
      return onePrimary(listed(current), [...listed(current), ...edit.values]);
    case 'merge':
      return edit.target.attribute.multiValued
        ? mergedList(listed(current), edit)
        : mergedObject(current, edit);
    case 'clear':
      return edit.target.filter ? withoutMatches(current, edit.target) : undefined;
    case 'clear-values':
      return listed(current).filter((element) => !edit.values.some((value) => saysTheSame(element, value)));
  }
}

function listed(current: Json | undefined): Json[] {
  if (current === undefined) return [];
  return Array.isArray(current) ? current : [current];
}

type MergeEdit = Extract<Edit, { kind: 'merge' }>;

function mergedList(current: Json[], edit: MergeEdit): Json[] {
  const chosen = edit.target.filter ? testOf(edit.target.filter) : () => true;
  let none = true;
  const after = current.map((element) => {
    if (!chosen(element)) return element;
    none = false;
    return merged(element, edit.merge);
  });
  return onePrimary(
    current,
    none ? [...current, ...created(edit)] : after.filter((element) => !isEmpty(element)),
  );
}

function mergedObject(current: Json | undefined, edit: MergeEdit): Json | undefined {
  const { filter } = edit.target;
  if (filter === undefined) return merged(current ?? {}, edit.merge);
  if (current !== undefined && matches(filter, current)) return merged(current, edit.merge);
  if (current !== undefined && Object.keys(edit.merge.set).length > 0) throw noTarget(edit.target);
  return created(edit)[0] ?? current;
}

function merged(element: Json, { set, clear }: Merge): Json {
  const kept = Object.entries(isObject(element) ? element : {}).filter(([name]) => !clear.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}

/** The value that comes to be when nothing is chosen: what the filter demands, and what the operation gives. */
function created({ target, merge, creates, whenCreated }: MergeEdit): Json[] {
  if (Object.keys(merge.set).length === 0) return [];
  const demanded = target.filter ? demandedBy(target.filter) : {};
  if (!creates || !demanded) throw noTarget(target);
  whenCreated?.();
  return [{ ...demanded, ...merge.set }];
}

/** The members that a filter of `eq` and `and` alone demands; undefined when it cannot be fulfilled by writing values down. */
function demandedBy(filter: Filter): Attributes | undefined {
  if (filter.kind === 'compare' && filter.operator === 'eq') {
    return filter.value === null || filter.value === '' ? {} : { [filter.path.name]: filter.value };
  }
  if (filter.kind !== 'and') return undefined;
  const left = demandedBy(filter.left);
  const right = demandedBy(filter.right);
  return left && right && { ...left, ...right };
}

function withoutMatches(current: Json | undefined, { filter, attribute }: Target): Json | undefined {
  if (!filter || current === undefined) return current;
  const chosen = testOf(filter);
  const rest = listed(current).filter((element) => !chosen(element));
  return attribute.multiValued ? rest : rest[0];
}

/** By value (and type, when given) if there is a value; else by all that is given. */
function saysTheSame(element: Json, given: Attributes): boolean {
  if (!isObject(element)) return false;
  const names =
    given['value'] === undefined ? Object.keys(given) : ['value', 'type'].filter((name) => name in given);
  return names.every((name) => element[name] === given[name]);
}

function noTarget({ written }: Target): ScimError {
  return new ScimError(400, `The filter of the path ${quote(written)} chooses no value.`, 'noTarget');
}
