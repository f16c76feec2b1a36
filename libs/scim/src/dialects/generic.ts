import type { Quirks } from './quirks.js';

/**
 * Follows RFC 7643 and 7644 to the letter wherever the letter is unambiguous, with every tolerance that harms nobody. Directories of a
 * provider without a dialect speak it; the other dialects say only where they differ.
 */
export const generic = {
  directoryTypes: ['generic scim v2.0'],
  createsTargetOfFilteredReplace: false,
  ignoresReadOnlyReset: false,
  ignoresUnknownAttributes: false,
  readsComparisonBehindPath: false,
  findsPercentEncodedValues: false,
} as const satisfies Quirks;
