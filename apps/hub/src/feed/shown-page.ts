/** A page of events as the API answers it. */
import type { FeedPage } from './feed-reading.js';

/**
 * `after` is null when nothing is left, on which pollers written for WorkOS stop; `cursor` is where to go on in any case, also past
 * events that were not wanted.
 */
export function shownPage({ events, more, cursor }: FeedPage): object {
  const after = more ? (events.at(-1)?.id ?? null) : null;
  return { object: 'list', data: events, list_metadata: { before: null, after, cursor } };
}
