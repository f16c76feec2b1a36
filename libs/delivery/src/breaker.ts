/**
 * Leaves an endpoint alone that answers nobody: its cursor stands still, no rows pile up, one probe at a time asks
 * whether it is back. Only first attempts and probes count, so that one poisonous event cannot stop its neighbours.
 */
import type { Outcome } from './protocol.js';
import { countOf, failuresIn, NO_OUTCOMES, successesAtTheEnd, withOutcome } from './recent-outcomes.js';
import { askedPauseInSeconds, type RetryPolicy } from './retry-policy.js';
import { meaningOf } from './status-table.js';

export interface Health {
  /** Of what counts, since the last success. */
  consecutiveFailures: number;
  /** What counts, since the breaker was last open; see `recent-outcomes.ts`. */
  recent: number;
  /** The first failure since the last success. */
  failingSince: Date | null;
  /** The breaker is open since then. */
  openedAt: Date | null;
  failedProbes: number;
  /** The endpoint is left alone until then: the breaker is open, or the receiver asked for it. */
  restingUntil: Date | null;
  /** People were told that it fails, or was stopped, and not yet that it is well again. */
  announcedAt: Date | null;
}

export const WELL: Health = {
  consecutiveFailures: 0,
  recent: NO_OUTCOMES,
  failingSince: null,
  openedAt: null,
  failedProbes: 0,
  restingUntil: null,
  announcedAt: null,
};

/** So many different events must fail in a row. Fewer would open it for a receiver that dislikes one batch of events. */
export const FAILURES_THAT_OPEN = 10;
/** Or so large a part of the last ones, when there are enough of them to speak of a part. */
export const SHARE_THAT_OPENS = 0.7;
export const SAMPLES_AT_LEAST = 10;
/** After it has closed. Fewer would tell people every few seconds of an endpoint that comes and goes. */
export const SUCCESSES_THAT_RECOVER = 5;

export type BreakerState = 'closed' | 'resting' | 'half-open';

export function breakerState(health: Pick<Health, 'openedAt' | 'restingUntil'>, now: Date): BreakerState {
  if (health.restingUntil && health.restingUntil > now) return 'resting';
  return health.openedAt ? 'half-open' : 'closed';
}

/** @param counts whether the attempt was an event's first, or a probe. */
export function healthAfter(
  health: Health,
  { outcome, counts }: { outcome: Outcome; counts: boolean },
  moment: { now: Date; policy: RetryPolicy },
): Health {
  switch (outcome.kind) {
    case 'impossible':
    case 'superseded':
      return health; // the endpoint was not asked
    case 'delivered':
      return afterSuccess(health, counts, moment.now);
    case 'refused':
    case 'unreachable':
      return isOurs(outcome)
        ? resting(health, moment.policy.restInSeconds.first, moment.now)
        : afterFailure(health, { outcome, counts }, moment);
  }
}

function afterSuccess(health: Health, counts: boolean, now: Date): Health {
  const resting = breakerState(health, now) === 'resting';
  // It was in flight when the breaker opened and says nothing new: a probe will tell.
  if (health.openedAt && resting) return health;
  // While it recovers, what was parked meanwhile is proof enough: on a quiet day nothing else comes.
  const proves = counts || health.announcedAt !== null;
  const recent = withOutcome(health.openedAt ? NO_OUTCOMES : health.recent, false);
  const after: Health = {
    ...WELL,
    recent: proves ? recent : health.recent,
    // A pause that is still to come was asked for by the receiver.
    restingUntil: resting ? health.restingUntil : null,
  };
  const recovered = successesAtTheEnd(after.recent) >= SUCCESSES_THAT_RECOVER;
  return { ...after, announcedAt: recovered ? null : health.announcedAt };
}

function afterFailure(
  health: Health,
  { outcome, counts }: { outcome: Outcome; counts: boolean },
  { now, policy }: { now: Date; policy: RetryPolicy },
): Health {
  const asked = askedPauseInSeconds(outcome);
  // Those that were in flight when it opened say nothing new, and must not lengthen the rest.
  if (!counts || breakerState(health, now) === 'resting') return resting(health, asked, now);
  const failing: Health = {
    ...health,
    consecutiveFailures: health.consecutiveFailures + 1,
    recent: withOutcome(health.recent, true),
    failingSince: health.failingSince ?? now,
  };
  if (health.openedAt) {
    const failedProbes = health.failedProbes + 1;
    return resting({ ...failing, failedProbes }, Math.max(asked, restInSeconds(failedProbes, policy)), now);
  }
  if (!opens(failing)) return resting(failing, asked, now);
  const open = { ...failing, openedAt: now, failedProbes: 0, announcedAt: health.announcedAt ?? now };
  return resting(open, Math.max(asked, restInSeconds(0, policy)), now);
}

function opens({ consecutiveFailures, recent }: Health): boolean {
  if (consecutiveFailures >= FAILURES_THAT_OPEN) return true;
  const samples = countOf(recent);
  return samples >= SAMPLES_AT_LEAST && failuresIn(recent) >= SHARE_THAT_OPENS * samples;
}

/** Left alone for so long from now, or longer where that was said before. */
export function resting(health: Health, seconds: number, now: Date): Health {
  if (seconds <= 0) return health;
  const until = new Date(now.getTime() + 1_000 * seconds);
  const later = health.restingUntil && health.restingUntil > until ? health.restingUntil : until;
  return { ...health, restingUntil: later };
}

/** The endpoint was not asked, because of something on our side: its health and the event's waits stay as they are. */
export function isOurs(outcome: Outcome): boolean {
  return outcome.kind === 'unreachable' && outcome.ours === true;
}

/** Whether the answer speaks about this event and not about the endpoint; see the table of statuses. */
export function blamesTheEvent(outcome: Outcome): boolean {
  return outcome.kind === 'refused' && meaningOf(outcome.status).blames === 'event';
}

/** Doubles with each failed probe. */
function restInSeconds(failedProbes: number, { restInSeconds: { first, atMost } }: RetryPolicy): number {
  return Math.min(atMost, first * 2 ** Math.min(failedProbes, 20));
}
