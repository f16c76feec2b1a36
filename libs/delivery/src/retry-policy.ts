/** When a failed delivery is tried again. Data and a function of its arguments: no clock, no dice of its own. */
import type { Outcome, Urgency } from './protocol.js';

export interface RetryPolicy {
  /** The wait after the first, second, … failed attempt. One more failure than there are waits, and it is given up. */
  delaysInSeconds: readonly number[];
  /** 0.2 spreads each wait over 80 % to 120 % of itself, so that a hundred failed deliveries do not return as one. */
  jitter: number;
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

/** Webhooks: a minute's hiccup is caught at once, a weekend's outage and a bit more is survived (about 5 days). */
const soon: RetryPolicy = {
  delaysInSeconds: upTo(5 * DAY, 12 * HOUR, [
    5,
    30,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
  ]),
  jitter: 0.2,
  restInSeconds: { first: 5, atMost: 10 * MINUTE },
};

/** Revocations: somebody may be using a session they should not have, so it is tried each minute for an hour. */
const now: RetryPolicy = {
  delaysInSeconds: upTo(3 * DAY, 15 * MINUTE, [1, 2, 5, 15, 30, ...Array<number>(60).fill(MINUTE)]),
  jitter: 0.1,
  restInSeconds: { first: 1, atMost: MINUTE },
};

export const RETRY_POLICIES: Record<Urgency, RetryPolicy> = { now, soon };

/**
 * @param attempt how many attempts have consumed a wait, this one included.
 * @param moment the time, and a number from 0 to 1.
 */
export function nextStep(
  policy: RetryPolicy,
  { attempt, outcome }: { attempt: number; outcome: Outcome },
  moment: { now: Date; dice: number },
): Next {
  switch (outcome.kind) {
    case 'delivered':
      return { state: 'done' };
    case 'impossible':
      return { state: 'given-up', because: outcome.reason };
    case 'superseded':
      return { state: 'superseded', because: outcome.reason };
    case 'refused':
    case 'unreachable': {
      const delay = policy.delaysInSeconds[attempt - 1];
      if (delay === undefined) return { state: 'given-up', because: `all ${attempt} attempts failed` };
      const spread = delay * (1 + policy.jitter * (2 * moment.dice - 1));
      const inSeconds = Math.max(spread, askedPauseInSeconds(outcome), eventPauseInSeconds(outcome));
      return { state: 'waiting', at: new Date(moment.now.getTime() + 1_000 * inSeconds) };
    }
  }
}

/** The pause that the receiver asked for, within reason; 0 when it asked for none. */
export function askedPauseInSeconds(outcome: Outcome): number {
  return withinReason(outcome.kind === 'refused' ? outcome.retryAfterInSeconds : 0);
}

function eventPauseInSeconds(outcome: Outcome): number {
  return withinReason(outcome.kind === 'refused' ? outcome.eventPauseInSeconds : 0);
}

function withinReason(seconds = 0): number {
  return Math.min(Math.max(seconds, 0), RETRY_AFTER_AT_MOST_IN_SECONDS);
}

/** The waits given, then one more of the same length as long as all together stay within the limit. */
function upTo(limit: number, then: number, first: number[]): number[] {
  const delays = [...first];
  const sum = (): number => delays.reduce((total, delay) => total + delay, 0);
  while (sum() + then <= limit) delays.push(then);
  return delays;
}
