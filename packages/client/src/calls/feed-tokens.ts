/** Keys for a part of the log, and nothing else: see docs/consumer-api/events.md. */
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

/** At least one of organization, directory and events. */
export interface NewFeedToken {
  name: string;
  organization_id?: string;
  directory_id?: string;
  /** Types; all that directories tell without any. */
  events?: string[];
  /** The named consumers that it may read and acknowledge for. */
  consumers?: string[];
  expires_at?: string | null;
}

export interface FeedToken {
  object: 'feed_token';
  id: string;
  name: string;
  last_four: string;
  organization_id: string | null;
  directory_id: string | null;
  events: string[] | null;
  consumers: string[];
  state: 'active' | 'expired';
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export interface FeedTokensQuery extends PageQuery {
  organization_id?: string;
}

export function feedTokens(send: Send) {
  const list = (query: FeedTokensQuery = {}, how?: CallOptions) =>
    send<List<FeedToken>>('GET', '/feed_tokens', { ...how, query });
  return {
    /** The token itself is in this answer only. */
    create: (body: NewFeedToken, how?: CallOptions) =>
      send<FeedToken & { bearer_token: string }>('POST', '/feed_tokens', { ...how, body }),
    list,
    all: (query: FeedTokensQuery = {}, how?: CallOptions) =>
      everything((page: FeedTokensQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) => send<FeedToken>('GET', path`/feed_tokens/${id}`, how),
    /** Whoever reads with it is turned away within a second. */
    delete: (id: string, how?: CallOptions) =>
      send<{ object: 'feed_token'; id: string; deleted: true }>('DELETE', path`/feed_tokens/${id}`, how),
  };
}
