// For dialects whose filter values may arrive percent-encoded once too often.
import { isUnstorable } from './reader.js';
import type { Compare, Filter } from './filter.js';

/**
 * The filter in which every `eq` with a percent-encoded text also finds the decoded one: `userName eq "a%40b"` becomes
 * `(userName eq "a%40b" or userName eq "a@b")`. A filter without such a text is given back as it is.
 */
export function alsoDecoded(filter: Filter): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const left = alsoDecoded(filter.left);
      const right = alsoDecoded(filter.right);
      return left === filter.left && right === filter.right ? filter : { ...filter, left, right };
    }
    case 'not':
    case 'value-path': {
      const inner = alsoDecoded(filter.filter);
      return inner === filter.filter ? filter : { ...filter, filter: inner };
    }
    case 'compare': {
      const value = decodedValue(filter);
      return value === undefined ? filter : { kind: 'or', left: filter, right: { ...filter, value } };
    }
    case 'present':
      return filter;
  }
}

function decodedValue({ operator, value, comparison }: Compare): string | undefined {
  if (operator !== 'eq' || typeof value !== 'string' || !/%[0-9a-f]{2}/i.test(value)) return undefined;
  if (comparison !== 'caseExact' && comparison !== 'caseInsensitive') return undefined;
  try {
    const decoded = decodeURIComponent(value);
    return decoded === value || isUnstorable(decoded) ? undefined : decoded;
  } catch {
    return undefined; // a percent sign that is only a percent sign
  }
}
