// The order that a caller asks for: RFC 7644 §3.4.2.3.
import { quote, ScimError } from '../errors.js';
import type { Comparison } from '../filter/filter.js';
import { comparisonOf } from '../filter/operand.js';
import { absentHere, type Named } from '../filter/parse.js';
import { resolvePath, type AttributePath } from '../path.js';
import type { AttributeDefinition } from '../schema/definition.js';
import { findDefinition, shapeOf, type Described } from '../schema/lookup.js';

export type SortOrder = 'ascending' | 'descending';

/**
 * What resources are ordered by. Of a list its primary value counts, or else its first. A resource without a value stands last when
 * ascending and first when descending.
 */
export interface Sort {
  path: AttributePath;
  /** Text that is not caseExact is ordered without regard to case. */
  comparison: Comparison;
  order: SortOrder;
}

/**
 * Reads sortBy and sortOrder for each of the types that a query is about; undefined when nothing was asked for. A type that has no such
 * attribute, while another has, is ordered as if it had no value.
 * @throws ScimError 400 invalidPath for what nothing can be ordered by, 400 invalidValue for a sortOrder that is none.
 */
export function parseSort(
  types: readonly Described[],
  query: { sortBy?: string | undefined; sortOrder?: string | undefined },
): Sort[] | undefined {
  const name = query.sortBy?.trim() ?? '';
  if (name === '') return undefined;
  const order = orderOf(query.sortOrder);
  const sorts = types.map((type) => ({ ...sortable(types, type, name), order }));
  if (sorts.some(({ comparison }) => comparison !== sorts[0]!.comparison)) {
    throw new ScimError(
      400,
      `sortBy names attributes of different kinds: ${quote(name)}. Write the URN of a schema before it to say which is meant.`,
      'invalidPath',
    );
  }
  return sorts;
}

function orderOf(text: string | undefined): SortOrder {
  const order = text?.trim().toLowerCase() ?? '';
  if (order === '' || order === 'ascending') return 'ascending';
  if (order === 'descending') return 'descending';
  throw new ScimError(400, `sortOrder is ascending or descending, not ${quote(text ?? '')}.`, 'invalidValue');
}

function sortable(types: readonly Described[], type: Described, name: string): Omit<Sort, 'order'> {
  const named: Named | undefined = resolvePath(type, name) ?? absentHere(name, types);
  const definition = named?.subAttribute ?? named?.attribute;
  if (!named || !definition || definition.returned === 'never') {
    const owners = types.map((each) => `a ${shapeOf(each).type}`).join(' or ');
    throw new ScimError(
      400,
      `sortBy names no attribute that ${owners} can be ordered by: ${quote(name)}. Name one such as displayName or meta.lastModified; /Schemas lists them all.`,
      'invalidPath',
    );
  }
  if (definition.type !== 'complex') return { path: named.path, comparison: comparisonOf(definition) };
  const value = findDefinition(definition.subAttributes, 'value');
  if (value) {
    return { path: { ...named.path, subAttribute: value.name }, comparison: comparisonOf(value) };
  }
  throw new ScimError(
    400,
    `sortBy needs one sub-attribute of ${definition.name}: ${subNames(definition)}.`,
    'invalidPath',
  );
}

function subNames({ name, subAttributes = [] }: AttributeDefinition): string {
  return subAttributes.map((sub) => `${name}.${sub.name}`).join(', ');
}
