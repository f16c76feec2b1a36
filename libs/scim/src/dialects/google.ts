import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/** Google Workspace. It publishes no wire format; what is known of it (`docs/identity-providers/google-workspace.md`) needs no quirk. */
export const google = { ...generic, directoryTypes: ['gsuite directory'] } as const satisfies Quirks;
