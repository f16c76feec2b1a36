/** What happened to somebody, who said so, and who heard of it: see docs/consumer-api/history.md. */
import type { Json } from '../events.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';
import type { ReceiptState } from './revocations.js';

export interface Named {
  type: 'user' | 'group';
  id: string;
  name: Json;
}

/** The request that made an event, as long as it is kept. */
export interface SaidBy {
  request_id: string;
  kept: boolean;
  request: {
    received_at: string;
    method: string;
    path: string;
    status: number;
    identity_provider: string;
    /** No name where it was deleted since. */
    token: { id: string; name: string | null; client_id: string | null } | null;
    user_agent: string | null;
  } | null;
}

export interface TimelineEntry {
  object: 'timeline_entry';
  /** Of the event. */
  id: string;
  /** Null: consumers have no word for it, or did not know of the person. */
  event: string | null;
  cause: string;
  changes: { attribute: string; from: Json; to: Json }[];
  membership: {
    change: 'added' | 'removed' | 'restated';
    group: Named;
    member: Named;
    because: string | null;
  } | null;
  occurred_at: string;
  sequence: number;
  directory_id: string;
  said_by: SaidBy;
  deliveries: {
    destination_id: string;
    protocol: string | null;
    state: string;
    attempts: number;
    delivered_at: string | null;
    last_outcome: string | null;
    last_status: number | null;
  }[];
  receipts: {
    destination_id: string;
    protocol: string;
    state: ReceiptState;
    attempts: number;
    requested_at: string;
    acknowledged_at: string | null;
    status: number | null;
    reason: string | null;
  }[];
}

/** @param noun people, or groups; also those that are gone. */
export function timeline(send: Send, noun: 'directory_users' | 'directory_groups') {
  const list = (id: string, query: PageQuery = {}, how?: CallOptions) =>
    send<List<TimelineEntry>>('GET', `/${noun}${path`/${id}/timeline`}`, { ...how, query });
  return {
    list,
    all: (id: string, query: PageQuery = {}, how?: CallOptions) =>
      everything((page: PageQuery) => list(id, page, how), query),
  };
}
