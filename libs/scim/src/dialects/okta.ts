import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/** Okta asks for nothing beyond what the parser gives to everyone (an `id` inside a path-less value, `groups` in a PUT). */
export const okta = { ...generic, directoryTypes: ['okta scim v2.0'] } as const satisfies Quirks;
