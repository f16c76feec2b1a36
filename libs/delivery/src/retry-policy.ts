/** When a failed delivery is tried again. Data and a function of its arguments: no clock, no dice of its own. */
import type { Manner } from './options.js';
import type { Outcome, Urgency } from './protocol.js';

export interface RetryPolicy {
  /** The wait after the first, second, … failed attempt. */
  delaysInSeconds: readonly number[];
  /** The wait after each further one. */
  thenEveryInSeconds: number;
  /** Which part of a wait is waited, from and to: the dice say where in between, so that a hundred do not return as one. */
  spread: readonly [from: number, to: number];
  /** It is given up after so many attempts, or so long after the first one, whichever comes first; with neither, never. */
  giveUp: { afterAttempts?: number | undefined; afterSeconds?: number | undefined };
  /** How long an endpoint rests at first when its breaker opens, and at most. */
  restInSeconds: { first: number; atMost: number };
}

export type Next =
  { state: 'done' } | { state: 'waiting'; at: Date } | { state: 'given-up' | 'superseded'; because: string };

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Nobody may put us off for longer than this, whatever `Retry-After` says. */
export const RETRY_AFTER_AT_MOST_IN_SECONDS = DAY;

/** A receiver that says "again at once" is still given a moment, as is a last attempt before the end. */
const PAUSE_AT_LEAST_IN_SECONDS = 1;

/** After the waits that a person gave; the shortest that `then_every_seconds` may be. */
const THEN_EVERY_AT_LEAST_IN_SECONDS = MINUTE;

/**
 * Webhooks: a minute's hiccup is caught at once, a weekend's outage and a bit more is survived. Full jitter: anything
 * up to the wait, which spreads a returning crowd best, but no less than a tenth of it, so that no attempt follows at once.
 */
const soon: RetryPolicy = {
  delaysInSeconds: [5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR],
  thenEveryInSeconds: 12 * HOUR,
  spread: [0.1, 1],
  giveUp: { afterSeconds: 5 * DAY },
  restInSeconds: { first: 5, atMost: 10 * MINUTE },
};

/** Revocations: somebody may be using a session they should not have, so it is tried each minute for an hour. */
const now: RetryPolicy = {
  delaysInSeconds: [1, 2, 5, 15, 30, ...Array<number>(60).fill(MINUTE)],
  thenEveryInSeconds: 15 * MINUTE,
  spread: [0.9, 1.1],
  giveUp: { afterSeconds: 3 * DAY },
  restInSeconds: { first: 1, atMost: MINUTE },
};

/** What holds where a destination says nothing else. */
export const RETRY_POLICIES: Record<Urgency, RetryPolicy> = { now, soon };

/** The policy of a destination: that of its protocol's urgency, with what its owner says otherwise. */
export function policyOf(
  urgency: Urgency,
  { retry, onFailure }: Pick<Manner, 'retry' | 'onFailure'>,
): RetryPolicy {
  const usual = RETRY_POLICIES[urgency];
  const { delays_seconds: delays, then_every_seconds: thenEvery } = retry;
  const last = delays && Math.max(delays.at(-1)!, THEN_EVERY_AT_LEAST_IN_SECONDS);
  return {
    ...usual,
    delaysInSeconds: delays ?? usual.delaysInSeconds,
    thenEveryInSeconds: thenEvery ?? last ?? usual.thenEveryInSeconds,
    giveUp: giveUpOf(onFailure) ?? usual.giveUp,
  };
}

/** Undefined: as usual. */
function giveUpOf({ policy, after_attempts: attempts, after_hours: hours }: Manner['onFailure']) {
  if (policy === 'block') return {};
  if (attempts === undefined && hours === undefined) return undefined;
  return { afterAttempts: attempts, afterSeconds: hours === undefined ? undefined : hours * HOUR };
}

export interface Tried {
  /** How many attempts have consumed a wait, this one included. */
  attempt: number;
  /** When the first one failed. Time in which the destination was down or stopped is not in it. */
  firstAttemptAt: Date;
  outcome: Outcome;
}

/** @param moment the time, and a number from 0 to 1. */
export function nextStep(policy: RetryPolicy, tried: Tried, moment: { now: Date; dice: number }): Next {
  const { outcome } = tried;
  switch (outcome.kind) {
    case 'delivered':
      return { state: 'done' };
    case 'impossible':
      return { state: 'given-up', because: outcome.reason };
    case 'superseded':
      return { state: 'superseded', because: outcome.reason };
    case 'refused':
    case 'unreachable':
      return again(policy, tried, moment);
  }
}

function again(
  { delaysInSeconds, thenEveryInSeconds, spread: [from, to], giveUp }: RetryPolicy,
  { attempt, firstAttemptAt, outcome }: Tried,
  { now, dice }: { now: Date; dice: number },
): Next {
  if (giveUp.afterAttempts !== undefined && attempt >= giveUp.afterAttempts)
    return { state: 'given-up', because: `all ${attempt} attempts failed` };
  const triedForInSeconds = (now.getTime() - firstAttemptAt.getTime()) / 1_000;
  const leftInSeconds = (giveUp.afterSeconds ?? Infinity) - triedForInSeconds;
  if (leftInSeconds < PAUSE_AT_LEAST_IN_SECONDS) {
    const hours = Math.round((giveUp.afterSeconds ?? 0) / HOUR);
    return { state: 'given-up', because: `it failed for ${hours} hours (${attempt} attempts)` };
  }
  const wait = (delaysInSeconds[attempt - 1] ?? thenEveryInSeconds) * (from + (to - from) * dice);
  const pause = Math.max(askedPauseInSeconds(outcome), eventPauseInSeconds(outcome));
  // The last attempt comes at the end, not after it; but never sooner than the receiver asked for.
  return waiting(Math.max(Math.min(wait, leftInSeconds), pause), now);
}

/** Tried again after so many seconds. */
export function waiting(seconds: number, now: Date): Extract<Next, { state: 'waiting' }> {
  return { state: 'waiting', at: new Date(now.getTime() + 1_000 * seconds) };
}

/** The pause that the receiver asked for altogether, within reason; 0 when it asked for none. */
export function askedPauseInSeconds(outcome: Outcome): number {
  if (outcome.kind !== 'refused' || outcome.retryAfterInSeconds === undefined) return 0;
  return Math.max(withinReason(outcome.retryAfterInSeconds), PAUSE_AT_LEAST_IN_SECONDS);
}

function eventPauseInSeconds(outcome: Outcome): number {
  return withinReason(outcome.kind === 'refused' ? outcome.eventPauseInSeconds : 0);
}

function withinReason(seconds = 0): number {
  return Math.min(Math.max(seconds, 0), RETRY_AFTER_AT_MOST_IN_SECONDS);
}
