// The `path` of a bulk operation: RFC 7644 §3.7.
import { quote, ScimError } from '../errors.js';
import { isUnstorable } from '../filter/reader.js';
import type { ResourceType } from '../json.js';
import { referenceIn } from './reference.js';

/** What an operation is about: an endpoint, or one resource, by its id or by the bulkId of the operation that makes it. */
export interface Address {
  type: ResourceType;
  id?: string;
  bulkId?: string;
}

const TYPES = new Map<string, ResourceType>([
  ['users', 'User'],
  ['groups', 'Group'],
]);
const NEVER_IN_A_BULK = new Set([
  'bulk',
  'me',
  '.search',
  'schemas',
  'resourcetypes',
  'serviceproviderconfig',
]);
const SCHEME_AND_HOST = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * Reads `/Users`, `/Users/{id}` and `/Users/bulkId:{bulkId}`, with or without the first slash, and the same as a whole URL. A query is passed over.
 * @param roots the paths that a whole URL may have before the endpoint, such as `/scim/v2`, the longest first. Hosts are not compared: behind a
 * proxy there may be several.
 * @throws ScimError 400 invalidSyntax when there is no path; 404 for one that leads nowhere; 501 for an endpoint that takes no part in a bulk.
 */
export function readAddress(path: unknown, roots: readonly string[]): Address {
  if (typeof path !== 'string' || path.trim() === '') {
    throw new ScimError(
      400,
      'The operation needs a path, such as /Users or /Users/{id}. RFC 7644 §3.7.',
      'invalidSyntax',
    );
  }
  const [endpoint = '', segment, ...more] = segmentsOf(path.trim(), roots);
  const named = [endpoint, segment].map((name) => name?.toLowerCase() ?? '');
  if (named.some((name) => NEVER_IN_A_BULK.has(name)))
    throw new ScimError(501, `${quote(path)} takes no part in a bulk. Send it as a request of its own.`);
  const type = TYPES.get(endpoint.toLowerCase());
  if (!type || more.length > 0) throw nowhere(path);
  if (segment === undefined) return { type };
  const bulkId = referenceIn(segment);
  return bulkId === undefined ? { type, id: segment } : { type, bulkId };
}

function segmentsOf(path: string, roots: readonly string[]): string[] {
  const beyondHost = path.replace(SCHEME_AND_HOST, '').replace(/[?#].*$/s, '');
  const root = roots.find((each) => beyondHost === each || beyondHost.startsWith(`${each}/`));
  if (root === undefined && SCHEME_AND_HOST.test(path)) throw nowhere(path);
  return beyondHost
    .slice(root?.length ?? 0)
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => decoded(segment, path));
}

function decoded(segment: string, path: string): string {
  let text: string | undefined;
  try {
    text = decodeURIComponent(segment);
  } catch {
    text = undefined;
  }
  if (text === undefined || isUnstorable(text))
    throw new ScimError(400, `The path ${quote(path)} holds what no path can hold.`, 'invalidValue');
  return text;
}

function nowhere(path: string): ScimError {
  return new ScimError(
    404,
    `There is nothing at ${quote(path)}. The paths of a bulk begin with /Users or /Groups.`,
  );
}
