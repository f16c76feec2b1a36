import type { Quirks } from './quirks.js';

/** Okta asks for nothing beyond what the parser gives to everyone (an `id` inside a path-less value, `groups` in a PUT). */
export const okta = {
  directoryTypes: ['okta scim v2.0'],
  createsTargetOfFilteredReplace: false,
  ignoresReadOnlyReset: false,
} as const satisfies Quirks;
