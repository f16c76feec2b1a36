import type { Quirks } from './quirks.js';

/** Microsoft Entra ID, in its default mode and with `aadOptscim062020`: which one is on, it does not say. */
export const entra = {
  directoryTypes: ['azure scim v2.0'],
  // {"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"+1-555-0100"} for a person without a work number
  createsTargetOfFilteredReplace: true,
  // {"op":"replace","path":"id","value":null} beside real changes
  ignoresReadOnlyReset: true,
  // {"op":"remove","path":"companyName"}, of an attribute that somebody mapped and no schema here has
  ignoresUnknownAttributes: true,
  // {"op":"Remove","path":"emails[type eq \"work\"].value sw \"old\""}
  readsComparisonBehindPath: true,
  // GET /Users?filter=userName eq "ada%2540example.com", from Microsoft's validator
  findsPercentEncodedValues: true,
} as const satisfies Quirks;
