/** A page of events as the API answers it. */
import type { FastifyReply } from 'fastify';
import type { FeedPage } from './feed-reading.js';

/**
 * `after` is null when nothing is left, on which pollers written for WorkOS stop; `cursor` is where to go on in any case, also past
 * events that were not wanted.
 * @param more members of the answer besides the list's own.
 * @returns JSON as bytes: what is text already is not parsed to be written again, and a socket takes bytes as they are.
 */
export function shownPage(
  reply: FastifyReply,
  { events, more, cursor }: FeedPage,
  besides: { lease?: object } = {},
): Buffer {
  void reply.type('application/json; charset=utf-8');
  const after = more ? cursor : null;
  const rest = JSON.stringify({ list_metadata: { before: null, after, cursor }, ...besides });
  const data = events.map(({ json }) => json).join(',');
  return Buffer.from(`{"object":"list","data":[${data}],${rest.slice(1)}`);
}
