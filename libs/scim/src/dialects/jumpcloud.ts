import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/** JumpCloud asks for nothing beyond what the parser gives to everyone; the same `add` of a member again and again is no change. */
export const jumpcloud = { ...generic, directoryTypes: ['jump cloud scim v2.0'] } as const satisfies Quirks;
