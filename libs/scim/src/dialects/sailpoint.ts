import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/** SailPoint. Its `replace` of a complex attribute means "merge", which is how the parser reads everybody's. */
export const sailpoint = { ...generic, directoryTypes: ['sailpoint scim v2.0'] } as const satisfies Quirks;
