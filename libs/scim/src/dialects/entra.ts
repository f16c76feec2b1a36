import type { Quirks } from './quirks.js';

/** Microsoft Entra ID. */
export const entra = {
  directoryTypes: ['azure scim v2.0'],
  // {"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"+1-555-0100"} for a person without a work number
  createsTargetOfFilteredReplace: true,
  // {"op":"replace","path":"id","value":null} beside real changes
  ignoresReadOnlyReset: true,
} as const satisfies Quirks;
