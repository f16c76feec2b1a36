import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/** CyberArk Identity. Its documentation lists the requests it makes, all of them standard; nothing peculiar is known. */
export const cyberark = { ...generic, directoryTypes: ['cyberark scim v2.0'] } as const satisfies Quirks;
