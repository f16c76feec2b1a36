// Evaluates a filter in memory: RFC 7644 §3.4.2.2.
import { isBlank, isObject, type Json } from '../json.js';
import type { AttributePath } from '../path.js';
import type { Compare, Comparison, Filter, Operator } from './filter.js';

/**
 * Whether a value fulfils a filter: a resource's attributes, or one value of a list when the filter stood in brackets behind its name.
 *
 * A list fulfils a comparison when any of its values does. `ne` is the opposite of `eq`: true when no value equals, and so also when there
 * is none. Order and parts (`gt`, `co`, …) never hold for an absent value. `eq null` holds for an absent value.
 */
export function matches(filter: Filter, value: Json): boolean {
  switch (filter.kind) {
    case 'and':
      return matches(filter.left, value) && matches(filter.right, value);
    case 'or':
      return matches(filter.left, value) || matches(filter.right, value);
    case 'not':
      return !matches(filter.filter, value);
    case 'present':
      return valuesAt(filter.path, value).length > 0;
    case 'value-path':
      return valuesAt(filter.path, value).some((element) => matches(filter.filter, element));
    case 'compare':
      return compares(filter, valuesAt(filter.path, value));
  }
}

/** Everything that stands at a path, lists taken apart, blanks left out. */
function valuesAt({ schema, name, subAttribute }: AttributePath, value: Json): Json[] {
  const owner = schema === undefined ? [value] : member(value, schema);
  const found = owner.flatMap((one) => member(one, name));
  return subAttribute === undefined ? found : found.flatMap((one) => member(one, subAttribute));
}

function member(value: Json, name: string): Json[] {
  if (!isObject(value) || !Object.hasOwn(value, name)) return [];
  const found = value[name] ?? null;
  return (Array.isArray(found) ? found : [found]).filter((one) => !isBlank(one));
}

function compares({ operator, value, comparison }: Compare, found: Json[]): boolean {
  if (operator === 'ne') return !compares({ operator: 'eq', value, comparison } as Compare, found);
  if (value === null) return found.length === 0;
  const wanted = comparable(value, comparison);
  return found.some((one) => holds(operator, comparable(one, comparison), wanted));
}

function comparable(value: Json, comparison: Comparison): Json {
  if (typeof value !== 'string') return value;
  if (comparison === 'caseInsensitive') return value.toLowerCase();
  return comparison === 'dateTime' ? Date.parse(value) : value;
}

function holds(operator: Operator, found: Json, wanted: Json): boolean {
  if (typeof found === 'string' && typeof wanted === 'string') {
    if (operator === 'co') return found.includes(wanted);
    if (operator === 'sw') return found.startsWith(wanted);
    if (operator === 'ew') return found.endsWith(wanted);
    return inOrder(operator, found < wanted ? -1 : Number(found > wanted));
  }
  if (typeof found === 'number' && typeof wanted === 'number') return inOrder(operator, found - wanted);
  return operator === 'eq' && found === wanted;
}

function inOrder(operator: Operator, sign: number): boolean {
  switch (operator) {
    case 'eq':
      return sign === 0;
    case 'gt':
      return sign > 0;
    case 'ge':
      return sign >= 0;
    case 'lt':
      return sign < 0;
    case 'le':
      return sign <= 0;
    default:
      return false;
  }
}
