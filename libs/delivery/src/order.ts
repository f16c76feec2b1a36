/** Who may go next: an event waits for every earlier unfinished one that shares a key, and for nobody else. */
import type { RecordedEvent } from '@app/directory';
import type { Protocol } from './protocol.js';

/** `subject`: one after the other for each person and group. `directory`: for each directory. `none`: in any order. */
export const ORDERINGS = ['subject', 'directory', 'none'] as const;
export type Ordering = (typeof ORDERINGS)[number];

/** Its receiver is told what becomes of people, to whom a group means nothing. */
export function isAboutPeople({
  endsAccess,
  tellsGroups,
}: Pick<Protocol, 'endsAccess' | 'tellsGroups'>): boolean {
  return endsAccess === true || tellsGroups === true;
}

/**
 * What an event holds while it is unfinished.
 * @param aboutPeople of the members of a group that is emptied none waits for another.
 */
export function keysOf(event: RecordedEvent, ordering: Ordering, aboutPeople = false): readonly string[] {
  switch (ordering) {
    case 'subject':
      return aboutPeople ? event.subjects.slice(-1) : event.subjects;
    case 'directory':
      return [event.directoryId];
    case 'none':
      return [];
  }
}

export interface Candidate {
  position: number;
  /** See `keysOf`. */
  keys: readonly string[];
  /** `waiting`: tried, and not due again yet. It starts nothing, but those who share a key wait behind it. */
  state: 'ready' | 'waiting' | 'in-flight';
}

/**
 * @param candidates everything unfinished, in order of position.
 * @param atOnce how many may be in flight together, those that already are included.
 * @returns those that may start now, in order.
 */
export function startable<C extends Candidate>(candidates: readonly C[], atOnce: number): C[] {
  const flying = candidates.filter((candidate) => candidate.state === 'in-flight');
  const room = atOnce - flying.length;
  const starting: C[] = [];
  if (room <= 0) return starting;
  // What is in flight holds its keys in both directions: a person may have put an older event back in front of it.
  const held = new Set(flying.flatMap((candidate) => candidate.keys));
  for (const candidate of candidates) {
    if (candidate.state === 'in-flight') continue;
    const free = !candidate.keys.some((key) => held.has(key));
    if (free && candidate.state === 'ready' && starting.push(candidate) === room) break;
    for (const key of candidate.keys) held.add(key);
  }
  return starting;
}

/** One that may travel in one request with others. */
export interface Companion extends Candidate {
  /** Only those of one party travel together; null: alone. */
  party: string | null;
}

/**
 * As `startable`, for requests of several events: all or nothing, in order, so that events that share a key may go in one
 * request, while everything else waits for the whole of it.
 * @param room how many requests may start.
 * @param size the events in one request at most.
 */
export function startableTogether<C extends Companion>(
  candidates: readonly C[],
  { room, size }: { room: number; size: number },
): C[][] {
  const requests: C[][] = [];
  const open = new Map<string, C[]>();
  // The request that has a key, or null: it is held by one that does not start now.
  const owner = new Map<string, C[] | null>();
  for (const { state, keys } of candidates)
    if (state === 'in-flight') for (const key of keys) owner.set(key, null);
  for (const candidate of candidates) {
    if (candidate.state === 'in-flight') continue;
    const { party, keys } = candidate;
    const joined = party === null ? undefined : open.get(party);
    const request = joined ?? (requests.length < room ? [] : undefined);
    const goes =
      request !== undefined &&
      candidate.state === 'ready' &&
      keys.every((key) => !owner.has(key) || owner.get(key) === request);
    for (const key of keys) owner.set(key, goes ? request : null);
    if (!goes) continue;
    if (request !== joined) requests.push(request);
    request.push(candidate);
    if (party !== null && request.length < size) open.set(party, request);
    else if (party !== null) open.delete(party);
    if (requests.length === room && open.size === 0) break;
  }
  return requests;
}
