import { printPath } from '../path.js';
import type { Filter } from './filter.js';

/** A filter as text; parsing the text gives the same filter again. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'or':
      return `${printFilter(filter.left)} or ${grouped(filter.right, ['or'])}`;
    case 'and':
      return `${grouped(filter.left, ['or'])} and ${grouped(filter.right, ['or', 'and'])}`;
    case 'not':
      return `not (${printFilter(filter.filter)})`;
    case 'compare':
      return `${printPath(filter.path)} ${filter.operator} ${JSON.stringify(filter.value)}`;
    case 'present':
      return `${printPath(filter.path)} pr`;
    case 'value-path':
      return `${printPath(filter.path)}[${printFilter(filter.filter)}]`;
  }
}

function grouped(filter: Filter, kinds: Filter['kind'][]): string {
  const text = printFilter(filter);
  return kinds.includes(filter.kind) ? `(${text})` : text;
}
