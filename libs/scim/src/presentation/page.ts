// Pages of resources: RFC 7644 §3.4.2 and §3.4.2.4.
import { quote, ScimError } from '../errors.js';
import type { Json } from '../json.js';

export const LIST_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

export interface Paging {
  /** 1 or more. */
  startIndex: number;
  /** 0 or more; 0 asks for the total alone. */
  count: number;
}

export type ListResponse<Resource = { [name: string]: Json }> = {
  schemas: string[];
  totalResults: number;
  startIndex: number;
  itemsPerPage: number;
  Resources: Resource[];
};

/** One page; `totalResults` is the number of all that match, never the length of the page. */
export function listResponse<Resource>(
  resources: Resource[],
  { totalResults, startIndex }: { totalResults: number; startIndex: number },
): ListResponse<Resource> {
  return {
    schemas: [LIST_RESPONSE_URN],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

/**
 * Reads startIndex and count: less than one is one, a negative count is zero, more than the largest page is the largest page.
 * @throws ScimError 400 invalidValue for what is not an integer.
 */
export function parsePaging(
  query: { startIndex?: string | undefined; count?: string | undefined },
  { defaultCount, maxCount }: { defaultCount: number; maxCount: number },
): Paging {
  const startIndex = integer('startIndex', query.startIndex) ?? 1;
  const count = integer('count', query.count) ?? defaultCount;
  return { startIndex: Math.max(1, startIndex), count: Math.min(Math.max(0, count), maxCount) };
}

function integer(name: string, text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return undefined;
  if (!/^[+-]?\d+$/.test(trimmed))
    throw new ScimError(400, `${name} must be an integer, not ${quote(trimmed)}.`, 'invalidValue');
  return Math.max(Math.min(Number(trimmed), Number.MAX_SAFE_INTEGER), -1);
}
