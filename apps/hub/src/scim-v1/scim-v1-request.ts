/** What the controllers of SCIM 1.1 ask of a request: what those of 2.0 ask, in the words of 1.1. */
import { Injectable } from '@nestjs/common';
import {
  listResponseV1,
  parseProjection,
  presentV1,
  queryFromV1,
  ScimError,
  type ListResponse,
  type ResourceType,
} from '@app/scim';
import type { ScimRequest } from '../scim/directory-token.guard.js';
import { queryOf, ScimRequests, type Asked } from '../scim/scim-request.js';

/** Both roots serve the same, as those of 2.0 do. */
export const scimV1Paths = (resource: string): string[] => [
  `scim/v1/${resource}`,
  `scim/v1/:directoryId/${resource}`,
];

export interface AskedV1 extends Asked {
  /** In the words of 2.0. */
  query: Record<string, string>;
}

@Injectable()
export class ScimV1Requests {
  constructor(private readonly requests: ScimRequests) {}

  read(type: ResourceType, request: ScimRequest): AskedV1 {
    const query = queryFromV1(queryOf(request));
    const asked = this.requests.read(type, request);
    return { ...asked, query, projection: parseProjection(asked.shape, query) };
  }

  baseUrl(request: ScimRequest): string {
    return this.requests.baseUrl(request);
  }
}

export function pageV1(page: ListResponse): ListResponse {
  return listResponseV1({ ...page, Resources: page.Resources.map(presentV1) });
}

/** The method that a POST to a resource means: draft-scim-api-01 §3.12, for callers behind what lets only GET and POST through. */
export function overridingMethod(request: ScimRequest): 'PUT' | 'PATCH' | 'DELETE' {
  const method = methodNamedBy(request);
  if (method === 'PUT' || method === 'PATCH' || method === 'DELETE') return method;
  throw new ScimError(
    405,
    'A resource is changed by PUT, PATCH or DELETE. Send that method, or POST with X-HTTP-Method-Override: PUT, PATCH or DELETE.',
  );
}

/** @throws ScimError 405 for a POST that means to change a resource and says not which: it must not make one. */
export function refuseOverride(request: ScimRequest): void {
  const method = methodNamedBy(request);
  if (method === undefined || method === 'POST') return;
  throw new ScimError(
    405,
    `X-HTTP-Method-Override: ${method.slice(0, 20)} needs the id of a resource in the path. To make a resource, send POST without it.`,
  );
}

function methodNamedBy(request: ScimRequest): string | undefined {
  const header = request.headers['x-http-method-override'];
  const text = (Array.isArray(header) ? header.at(-1) : header)?.trim().toUpperCase() ?? '';
  return text === '' ? undefined : text;
}
