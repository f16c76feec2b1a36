import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/** PingFederate and PingOne. Users by PUT alone, groups by PATCH; filter values without quotes are read for everyone. */
export const ping = { ...generic, directoryTypes: ['pingfederate scim v2.0'] } as const satisfies Quirks;
