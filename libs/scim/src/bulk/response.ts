// The answer to a bulk: RFC 7644 §3.7.3.
import { scimErrorBody, type ScimErrorBody } from '../errors.js';
import { entityTag } from '../presentation/entity-tag.js';

export const BULK_RESPONSE_URN = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

/** What became of one operation. */
export interface BulkResult {
  method: string | undefined;
  bulkId: string | undefined;
  /** The address of the resource; undefined when a POST failed, or when it was never found out which resource was meant. */
  location: string | undefined;
  /** Of the resource as it is now; undefined when the operation failed or deleted it. */
  version: number | undefined;
  /** The status that the operation would have had as a request of its own. */
  status: number;
  /** Why it failed. Successes are answered without a body, as the RFC allows. */
  refusal: { status: number; detail: string; scimType?: string | undefined } | undefined;
}

export interface BulkResponse {
  schemas: string[];
  Operations: {
    location?: string;
    method?: string;
    bulkId?: string;
    version?: string;
    status: string;
    response?: ScimErrorBody;
  }[];
}

/** @param results of the operations that were processed, in the order of the request. */
export function bulkResponse(results: readonly BulkResult[]): BulkResponse {
  const Operations = results.map(({ location, method, bulkId, version, status, refusal }) => ({
    ...(location === undefined ? {} : { location }),
    ...(method === undefined ? {} : { method }),
    ...(bulkId === undefined ? {} : { bulkId }),
    ...(version === undefined ? {} : { version: entityTag(version) }),
    status: String(status),
    ...(refusal === undefined ? {} : { response: scimErrorBody(refusal) }),
  }));
  return { schemas: [BULK_RESPONSE_URN], Operations };
}
