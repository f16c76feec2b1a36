import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/** Rippling. Standard SCIM 2.0 as far as its documentation says; nothing peculiar is known. */
export const rippling = { ...generic, directoryTypes: ['rippling scim v2.0'] } as const satisfies Quirks;
