/** Several events in one request: all or nothing. Which go together, and how they fail. Pure. */
import type { Outcome } from './protocol.js';
import type { Next } from './retry-policy.js';
import type { Item } from './window.js';

/**
 * So often events are tried together. One of them may be what the receiver will not take, so from then on each goes alone,
 * and its neighbours get through.
 */
export const TRIED_TOGETHER = 2;

/**
 * Those that were never tried may go with each other; those that failed together are tried again together, so that the
 * receiver sees the same request twice, and not another one with the same events in it. No request mixes what is told again
 * with what is told as it happens.
 */
export function partyOf({
  attempts,
  batch,
  retelling,
}: Pick<Item, 'attempts' | 'batch' | 'retelling'>): string | null {
  const told = retelling?.replayId ?? 'live';
  if (batch === null) return attempts === 0 ? `${told} new` : null;
  return attempts < TRIED_TOGETHER ? `${told} ${batch}` : null;
}

/** One event of a failed request, and what the failure means for it. */
export interface Judged {
  item: Item;
  next: Exclude<Next, { state: 'done' }>;
}

/**
 * Those that wait for another of the same request: of the events about one subject the first waits for its time, and the
 * others for the first.
 */
export function thoseBehind(request: readonly Judged[]): Set<Item> {
  const held = new Set<string>();
  const behind = new Set<Item>();
  for (const { item, next } of request) {
    if (next.state !== 'waiting') continue;
    if (item.keys.some((key) => held.has(key))) behind.add(item);
    for (const key of item.keys) held.add(key);
  }
  return behind;
}

/** Nobody was asked: some event of the request cannot be put into this protocol, and only alone can it be told which. */
export function fallsApart(request: readonly Item[], outcome: Outcome): boolean {
  return outcome.kind === 'impossible' && request.length > 1;
}

/** What a half-open breaker sends: in turn something new and one after the other of what is parked, so that nothing poisonous can block the way back. */
export function probeOf(able: readonly Item[][], failedProbes: number): Item[][] {
  const parked = able.filter(([first]) => first!.origin === 'parked');
  const wanted =
    failedProbes % 2 === 0
      ? able.find(([first]) => first!.origin === 'log')
      : parked[Math.floor(failedProbes / 2) % parked.length];
  const chosen = wanted ?? able[0];
  return chosen ? [chosen] : [];
}
