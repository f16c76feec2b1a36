// Evaluates a filter in memory: RFC 7644 §3.4.2.2.
import { isBlank, isObject, type Json } from '../json.js';
import type { AttributePath } from '../path.js';
import type { Compare, Comparison, Filter, Operator } from './filter.js';

type Test = (value: Json) => boolean;

/**
 * Whether a value fulfils a filter: a resource's attributes, or one value of a list when the filter stood in brackets behind its name.
 *
 * A list fulfils a comparison when any of its values does. `ne` is the opposite of `eq`: true when no value equals, and so also when there
 * is none. Order and parts (`gt`, `co`, …) never hold for an absent value. `eq null` holds for an absent value.
 */
export function matches(filter: Filter, value: Json): boolean {
  return testOf(filter)(value);
}

/** The same as a function, for asking about many values. */
export function testOf(filter: Filter): Test {
  switch (filter.kind) {
    case 'and': {
      const [left, right] = [testOf(filter.left), testOf(filter.right)];
      return (value) => left(value) && right(value);
    }
    case 'or': {
      const [left, right] = [testOf(filter.left), testOf(filter.right)];
      return (value) => left(value) || right(value);
    }
    case 'not': {
      const test = testOf(filter.filter);
      return (value) => !test(value);
    }
    case 'present':
      return (value) => valuesAt(filter.path, value).length > 0;
    case 'value-path': {
      const test = testOf(filter.filter);
      return (value) => valuesAt(filter.path, value).some(test);
    }
    case 'compare':
      return compareTest(filter);
  }
}

/** Everything that stands at a path, lists taken apart, blanks left out. */
function valuesAt({ schema, name, subAttribute }: AttributePath, value: Json): readonly Json[] {
  const owner =
    schema === undefined
      ? value
      : isObject(value) && Object.hasOwn(value, schema)
        ? value[schema]
        : undefined;
  const found = member(owner, name);
  return subAttribute === undefined ? found : found.flatMap((one) => member(one, subAttribute));
}

const NOTHING: readonly Json[] = [];

function member(value: Json | undefined, name: string): readonly Json[] {
  if (!isObject(value) || !Object.hasOwn(value, name)) return NOTHING;
  const found = value[name];
  if (found === undefined || found === null || found === '') return NOTHING;
  return Array.isArray(found) ? found.filter((one) => !isBlank(one)) : [found];
}

function compareTest({ path, operator, value, comparison }: Compare): Test {
  if (value === null) {
    const wanted = operator === 'ne';
    return (owner) => valuesAt(path, owner).length > 0 === wanted;
  }
  const wanted = comparable(value, comparison);
  if (operator === 'ne') {
    return (owner) => !valuesAt(path, owner).some((found) => comparable(found, comparison) === wanted);
  }
  return (owner) =>
    valuesAt(path, owner).some((found) => holds(operator, comparable(found, comparison), wanted));
}

function comparable(value: Json, comparison: Comparison): Json {
  if (typeof value !== 'string') return value;
  if (comparison === 'caseInsensitive') return value.toLowerCase();
  return comparison === 'dateTime' ? Date.parse(value) : value;
}

function holds(operator: Operator, found: Json, wanted: Json): boolean {
  if (operator === 'eq') return found === wanted;
  if (typeof found === 'string' && typeof wanted === 'string') {
    if (operator === 'co') return found.includes(wanted);
    if (operator === 'sw') return found.startsWith(wanted);
    if (operator === 'ew') return found.endsWith(wanted);
    return inOrder(operator, found < wanted ? -1 : Number(found > wanted));
  }
  return typeof found === 'number' && typeof wanted === 'number' && inOrder(operator, found - wanted);
}

function inOrder(operator: Operator, sign: number): boolean {
  switch (operator) {
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
