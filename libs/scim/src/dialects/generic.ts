import type { Quirks } from './quirks.js';

/** Follows RFC 7643 and 7644 to the letter wherever the letter is unambiguous. */
export const generic = {
  directoryTypes: ['generic scim v2.0'],
  createsTargetOfFilteredReplace: false,
  ignoresReadOnlyReset: false,
} as const satisfies Quirks;
