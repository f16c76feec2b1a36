/** Whether a caller wants to see what it has written: RFC 7240 §4.2. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Asked } from './scim-request.js';

export type Preference = 'minimal' | 'representation';

const RETURN = /(?:^|[,;])\s*return\s*=\s*"?(minimal|representation)"?\s*(?=$|[,;])/i;

/** Of several Prefer headers, which arrive as one, the first word on the matter counts. */
export function preferenceOf(request: FastifyRequest): Preference | undefined {
  const header = request.headers['prefer'];
  const text = Array.isArray(header) ? header.join(',') : header;
  return RETURN.exec(text ?? '')?.[1]?.toLowerCase() as Preference | undefined;
}

/**
 * Whether the answer to a write shows the resource. Who says which attributes it wants to see wants to see them (RFC 7644 §3.5.2); else the
 * caller's preference decides, and says so in its answer.
 * @param usual what happens when nobody said anything.
 */
export function showsResource(asked: Asked, reply: FastifyReply, usual: boolean): boolean {
  if (asked.projection.attributes ?? asked.projection.excludedAttributes) return true;
  if (!asked.prefers) return usual;
  reply.header('preference-applied', `return=${asked.prefers}`);
  return asked.prefers === 'representation';
}
