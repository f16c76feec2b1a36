import { generic } from './generic.js';
import type { Quirks } from './quirks.js';

/**
 * OneLogin asks for nothing beyond what the parser gives to everyone: the URNs of the drafts (`urn:scim:schemas:core:2.0`), explicit nulls and
 * empty texts from its JSON template, `{"op":"add","path":"members[value eq \"x\"]"}`; its `?` and `&` at the end are the HTTP server's.
 */
export const onelogin = { ...generic, directoryTypes: ['onelogin scim v2.0'] } as const satisfies Quirks;
