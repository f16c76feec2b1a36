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
 * receiver sees the same request twice, and not another one with the same events in it.
 */
export function partyOf({ attempts, batch }: Pick<Item, 'attempts' | 'batch'>): string | null {
  if (batch === null) return attempts === 0 ? 'new' : null;
  return attempts < TRIED_TOGETHER ? String(batch) : null;
}

/** What becomes of one event of a failed request. */
export interface Failed {
  item: Item;
  tried: { attempts: number; firstAttemptAt: Date };
  /** Of an event that waits for another of the same request: `behind`. */
  next: Exclude<Next, { state: 'done' }> | { state: 'behind' };
}

/**
 * Each event of a failed request has its own count of attempts and its own next step. Of those about one subject the first
 * waits for its time, and the others for the first.
 * @param stepOf the next step of an event.
 */
export function failuresOf(
  request: readonly Item[],
  stepOf: (item: Item) => { next: Next; tried: Failed['tried'] },
): Failed[] {
  const held = new Set<string>();
  return request.map((item) => {
    const { next, tried } = stepOf(item);
    // Whoever failed is not done.
    const step = next as Exclude<Next, { state: 'done' }>;
    const isBehind = step.state === 'waiting' && item.keys.some((key) => held.has(key));
    if (step.state === 'waiting') for (const key of item.keys) held.add(key);
    return { item, tried, next: isBehind ? { state: 'behind' } : step };
  });
}

/** Nobody was asked: some event of the request cannot be put into this protocol, and only alone can it be told which. */
export function fallsApart(request: readonly Item[], outcome: Outcome): boolean {
  return outcome.kind === 'impossible' && request.length > 1;
}
