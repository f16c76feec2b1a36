/** Versions of resources in headers: RFC 7644 §3.14, RFC 9110 §13. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PreconditionFailed } from '@app/provisioning';
import { entityTag, locationOf, readEntityTags, type VersionTest } from '@app/scim';
import type { Asked } from './scim-request.js';

export interface Conditions {
  /** Which versions of the resource the request is good for. */
  onlyIf?: VersionTest;
  /** Which versions the caller has already, so that a read need not show them. */
  known?: VersionTest;
}

export function conditionsOf(request: FastifyRequest): Conditions {
  const match = readEntityTags(request.headers['if-match']);
  const known = readEntityTags(request.headers['if-none-match']);
  if (request.method === 'GET' || request.method === 'HEAD')
    return { ...(match && { onlyIf: match }), ...(known && { known }) };
  // For a write, "none of these" is a condition like "one of these": RFC 9110 §13.1.2.
  if (!known) return match ? { onlyIf: match } : {};
  return { onlyIf: (version) => (match?.(version) ?? true) && !known(version) };
}

/** The headers of an answer about one resource, whether it shows it or not. */
export function describe(
  reply: FastifyReply,
  { shape, baseUrl }: Asked,
  { id, version }: { id: string; version: number },
): void {
  reply.header('etag', entityTag(version)).header('location', locationOf(shape.type, id, baseUrl));
}

/** Of an answer that shows the resource it describes: Content-Location is the same as `meta.location`, RFC 7643 §3.1. */
export function showing(reply: FastifyReply): void {
  reply.header('content-location', reply.getHeader('location'));
}

/**
 * Whether a read may be answered without the resource; the answer is a 304 then.
 * @throws PreconditionFailed when the caller asked for a version that the resource has not.
 */
export function isKnown(
  reply: FastifyReply,
  { onlyIf, known }: Asked,
  { id, version }: { id: string; version: number },
): boolean {
  if (onlyIf && !onlyIf(version)) throw new PreconditionFailed(id, version);
  if (!known?.(version)) return false;
  reply.status(304);
  return true;
}
