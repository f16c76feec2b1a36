/** For clients whose way leads through what lets only GET and POST pass: `X-HTTP-Method-Override`, which PingFederate sends. */
import type { IncomingMessage } from 'node:http';

const REPLACEABLE = new Set(['PUT', 'PATCH', 'DELETE']);

/** The router chooses by the method of the message itself, so it is changed before the router sees it. Only for
 * SCIM 2.0 and for POST; that of SCIM 1.1 has a form of its own. */
export function overrideMethod(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): void {
  if (request.method !== 'POST' || !request.url?.startsWith('/scim/v2/')) return;
  const wanted = String(request.headers['x-http-method-override'] ?? '')
    .trim()
    .toUpperCase();
  if (REPLACEABLE.has(wanted)) request.method = wanted;
}
