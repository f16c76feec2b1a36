/** Telling a destination again: see docs/delivery/replay.md. Either kind of destination, by its id. */
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Send } from '../send.js';
import { path } from '../send.js';

export interface ReplaySelection {
  after?: string;
  until?: string;
  from_time?: string;
  to_time?: string;
  everything?: true;
  snapshot?: true;
  event_ids?: string[];
  event_types?: string[];
  directory_ids?: string[];
  organization_ids?: string[];
  subject_ids?: string[];
}

export interface NewReplay extends ReplaySelection {
  max_per_second?: number;
}

export interface Replay {
  object: 'replay';
  id: string;
  destination_id: string;
  kind: string;
  selection: ReplaySelection;
  state: 'running' | 'stopped' | 'done';
  waits_for_destination: boolean;
  after: string | null;
  until: string | null;
  position: string | null;
  /** Null until it is counted. */
  total: number | null;
  sent: number;
  failed: number;
  skipped: number;
  remaining: number | null;
  percent: number | null;
  max_per_second: number | null;
  average_per_second: number | null;
  created_at: string;
  finished_at: string | null;
}

/** What a replay would send; at least so much when it is not complete. */
export interface DryRun {
  object: 'replay_dry_run' | 'rewind_dry_run';
  destination_id: string;
  kind: string;
  selection: ReplaySelection;
  total: number;
  complete: boolean;
  by_type: { [type: string]: number };
  by_directory: { directory_id: string; total: number }[];
  first: { event_id: string; created_at: string } | null;
  last: { event_id: string; created_at: string } | null;
}

export interface DestinationTest {
  object: 'destination_test';
  id: string;
  destination_id: string;
  event_type: string;
  state: 'waiting' | 'done';
  delivered: boolean | null;
  outcome: string | null;
  status: number | null;
  error: string | null;
  /** The beginning of what the endpoint said. */
  answer: string | null;
  duration_in_milliseconds: number | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

export function replays(send: Send) {
  const list = (destinationId: string, query: PageQuery = {}, how?: CallOptions) =>
    send<List<Replay>>('GET', path`/destinations/${destinationId}/replays`, { ...how, query });
  return {
    create: (destinationId: string, body: NewReplay, how?: CallOptions) =>
      send<Replay>('POST', path`/destinations/${destinationId}/replays`, { ...how, body }),
    /** Only counts, and changes nothing. */
    dryRun: (destinationId: string, body: NewReplay, how?: CallOptions) =>
      send<DryRun>('POST', path`/destinations/${destinationId}/replays`, {
        ...how,
        body: { ...body, dry_run: true },
      }),
    list,
    all: (destinationId: string, query: PageQuery = {}, how?: CallOptions) =>
      everything((page: PageQuery) => list(destinationId, page, how), query),
    get: (destinationId: string, id: string, how?: CallOptions) =>
      send<Replay>('GET', path`/destinations/${destinationId}/replays/${id}`, how),
    stop: (destinationId: string, id: string, how?: CallOptions) =>
      send<Replay>('POST', path`/destinations/${destinationId}/replays/${id}/stop`, how),
    resume: (destinationId: string, id: string, how?: CallOptions) =>
      send<Replay>('POST', path`/destinations/${destinationId}/replays/${id}/resume`, how),
    /** One request about nobody, to see whether the endpoint hears the hub. */
    test: (destinationId: string, body: { event_type?: string } = {}, how?: CallOptions) =>
      send<DestinationTest>('POST', path`/destinations/${destinationId}/test`, { ...how, body }),
    /** A test that was `waiting` when it was answered. */
    getTest: (destinationId: string, id: string, how?: CallOptions) =>
      send<DestinationTest>('GET', path`/destinations/${destinationId}/test/${id}`, how),
  };
}
