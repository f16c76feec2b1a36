/**
 * Leaves an endpoint alone that answers nobody: its cursor stands still, no rows pile up, one probe at a time asks
 * whether it is back. Only first attempts and probes count, so that one poisonous event cannot stop its neighbours.
 */
import type { Outcome } from './protocol.js';
import { askedPauseInSeconds, type RetryPolicy } from './retry-policy.js';

export interface Health {
  consecutiveFailures: number;
  restingUntil: Date | null;
}

/** So many different events must fail in a row. Fewer would open it for a receiver that dislikes one batch of events. */
export const FAILURES_THAT_OPEN = 10;

export type BreakerState = 'closed' | 'resting' | 'half-open';

export function breakerState(health: Health, now: Date): BreakerState {
  if (health.restingUntil && health.restingUntil > now) return 'resting';
  return health.consecutiveFailures >= FAILURES_THAT_OPEN ? 'half-open' : 'closed';
}

/** @param counts whether the attempt was an event's first, or a probe. */
export function healthAfter(
  health: Health,
  { outcome, counts }: { outcome: Outcome; counts: boolean },
  { now, policy }: { now: Date; policy: RetryPolicy },
): Health {
  switch (outcome.kind) {
    case 'impossible':
    case 'superseded':
      return health; // the endpoint was not asked
    case 'delivered': {
      // A pause that is still to come was asked for by the receiver, or earned by those that failed beside this one.
      const restingUntil = health.restingUntil && health.restingUntil > now ? health.restingUntil : null;
      return { consecutiveFailures: 0, restingUntil };
    }
    case 'refused':
    case 'unreachable': {
      if (isOurs(outcome)) return pausedForUs(health, { now, policy });
      // Those that were in flight when it opened say nothing new, and must not lengthen the rest.
      const news = counts && breakerState(health, now) !== 'resting';
      const consecutiveFailures = health.consecutiveFailures + (news ? 1 : 0);
      const rest = Math.max(
        askedPauseInSeconds(outcome),
        news ? restInSeconds(consecutiveFailures, policy) : 0,
      );
      const until = new Date(now.getTime() + 1_000 * rest);
      const later = health.restingUntil && health.restingUntil > until ? health.restingUntil : until;
      return { consecutiveFailures, restingUntil: rest > 0 ? later : health.restingUntil };
    }
  }
}

/** The endpoint was not asked, because of something on our side: its health and the event's waits stay as they are. */
export function isOurs(outcome: Outcome): boolean {
  return outcome.kind === 'unreachable' && outcome.ours === true;
}

function pausedForUs(health: Health, { now, policy }: { now: Date; policy: RetryPolicy }): Health {
  const until = new Date(now.getTime() + 1_000 * policy.restInSeconds.first);
  const later = health.restingUntil && health.restingUntil > until ? health.restingUntil : until;
  return { ...health, restingUntil: later };
}

/** An answer that speaks about this event and not about the endpoint: anything 4xx but "too slow" and "too many". */
export function blamesTheEvent(outcome: Outcome): boolean {
  if (outcome.kind !== 'refused') return false;
  return outcome.status >= 400 && outcome.status < 500 && outcome.status !== 408 && outcome.status !== 429;
}

/** Doubles with each failed probe. */
function restInSeconds(failures: number, { restInSeconds: { first, atMost } }: RetryPolicy): number {
  if (failures < FAILURES_THAT_OPEN) return 0;
  return Math.min(atMost, first * 2 ** Math.min(failures - FAILURES_THAT_OPEN, 20));
}
