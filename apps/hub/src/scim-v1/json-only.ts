/** SCIM 1.1 was spoken in JSON and in XML, and callers choose by header or by the end of the path: draft-scim-api-01 §3.6. Here it is JSON. */
import { ScimError } from '@app/scim';
import { isScimV1 } from './root.js';

const JSON_RANGES = ['application/json', 'application/scim+json', 'text/json', 'application/*', '*/*', '*'];

/** The refusal of a request of SCIM 1.1 that will have something else than JSON; undefined for every other request. */
export function otherFormatWanted(path: string, accept: string | undefined): ScimError | undefined {
  if (!isScimV1(path)) return undefined;
  if (acceptsJson(accept) && !path.toLowerCase().endsWith('.xml')) return undefined;
  return new ScimError(
    406,
    'SCIM is spoken in JSON here. Send "Accept: application/json", and no .xml in the path.',
  );
}

function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept
    .split(',')
    .some((range) => JSON_RANGES.includes(range.split(';', 1)[0]!.trim().toLowerCase()));
}
