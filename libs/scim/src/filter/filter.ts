// What a filter means, free of how it was written: RFC 7644 §3.4.2.2.
import type { AttributePath } from '../path.js';

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';

/** How two values are compared, from the attribute's type and caseExact. */
export type Comparison = 'caseExact' | 'caseInsensitive' | 'boolean' | 'number' | 'dateTime';

export interface Compare {
  kind: 'compare';
  path: AttributePath;
  operator: Operator;
  /** null only with eq and ne: `eq null` is "absent", `ne null` is "present". */
  value: string | number | boolean | null;
  comparison: Comparison;
}

/**
 * Inside a value-path the paths name sub-attributes of its attribute, as `{ name: 'type' }`. `emails[type eq "work"].value eq "x"` is read as
 * `emails[type eq "work" and value eq "x"]`: both say that one and the same value fulfils everything.
 */
export type Filter =
  | { kind: 'and' | 'or'; left: Filter; right: Filter }
  | { kind: 'not'; filter: Filter }
  | Compare
  | { kind: 'present'; path: AttributePath }
  | { kind: 'value-path'; path: AttributePath; filter: Filter };

/** How many comparisons a filter is made of. */
export function expressionsIn(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return expressionsIn(filter.left) + expressionsIn(filter.right);
    case 'not':
    case 'value-path':
      return expressionsIn(filter.filter);
    default:
      return 1;
  }
}
