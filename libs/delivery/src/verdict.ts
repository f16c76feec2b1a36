/** What one outcome means: for the event, for the endpoint, and for the destination as a whole. Pure. */
import type { StopReason } from '@app/directory';
import { blamesTheEvent, healthAfter, isOurs, resting, type Health } from './breaker.js';
import type { Outcome } from './protocol.js';
import type { ReceiverWish } from './receiver-wish.js';
import { nextStep, waiting, type Next, type RetryPolicy } from './retry-policy.js';

/** What an event has behind it. */
export interface Tried {
  /** Attempts that consumed a wait. */
  attempts: number;
  /** When the first one failed; null: there was none. */
  firstAttemptAt: Date | null;
}

export interface Heard {
  outcome: Outcome;
  /** Made to see whether a resting endpoint is back. */
  probe: boolean;
  wish?: ReceiverWish | undefined;
}

/** Deliveries to the destination end here, until a person enables it again. */
export interface Stop {
  state: 'disabled' | 'paused';
  reason: StopReason;
  /** When the failing began, where that is the reason. */
  since: Date | null;
}

export interface Verdict {
  health: Health;
  stop: Stop | null;
  /** Null: it tells nothing about this event, which stays where it is; none of its waits is consumed. */
  next: Next | null;
  tried: { attempts: number; firstAttemptAt: Date };
}

export interface Rules {
  policy: RetryPolicy;
  disableAfterHours: number;
}

/** So many that count must have failed before time alone disables: two blinks of an eye, days apart, are no outage. */
const FAILURES_THAT_DISABLE = 3;

const HOUR_IN_MILLISECONDS = 3_600_000;

/** @param moment the time, and a number from 0 to 1. */
export function judge(
  { before, heard, health }: { before: Tried; heard: Heard; health: Health },
  rules: Rules,
  moment: { now: Date; dice: number },
): Verdict {
  const { now } = moment;
  const { outcome, probe, wish } = heard;
  const firstAttemptAt = before.firstAttemptAt ?? now;
  const counts = probe || before.firstAttemptAt === null;
  const after = healthAfter(health, { outcome, counts }, { now, policy: rules.policy });
  const rested = wish?.kind === 'rest' ? resting(after, wish.seconds, now) : after;
  const stop = stopOf(heard, rested, { now, afterHours: rules.disableAfterHours });
  const verdict = {
    health: stop ? { ...rested, announcedAt: rested.announcedAt ?? now } : rested,
    stop,
    tried: { attempts: before.attempts, firstAttemptAt },
  };
  if (saysNothingOfTheEvent(heard, stop)) return { ...verdict, next: null };
  return { ...verdict, ...stepOf({ before, outcome, health: rested }, rules, moment) };
}

/**
 * What becomes of one event of a request.
 * @param health of the endpoint, this outcome included.
 */
export function stepOf(
  { before, outcome, health }: { before: Tried; outcome: Outcome; health: Health },
  { policy }: Pick<Rules, 'policy'>,
  moment: { now: Date; dice: number },
): { next: Next; tried: { attempts: number; firstAttemptAt: Date } } {
  const { now } = moment;
  const firstAttemptAt = before.firstAttemptAt ?? now;
  const throttled = outcome.kind === 'refused' && outcome.retryAfterInSeconds !== undefined;
  // "Later" is no word about the event: it waits as long as its destination rests, and that costs it nothing.
  const attempts = before.attempts + (throttled ? 0 : 1);
  const next = nextStep(policy, { attempt: attempts, firstAttemptAt, outcome }, moment);
  const until = throttled && next.state === 'waiting' ? health.restingUntil : null;
  return {
    tried: { attempts, firstAttemptAt },
    next: until ? waiting((until.getTime() - now.getTime()) / 1_000, now) : next,
  };
}

function saysNothingOfTheEvent({ outcome, probe }: Heard, stop: Stop | null): boolean {
  // What failed because the endpoint is gone or down for days must not be given up for that in the same moment.
  if (stop && stop.reason !== 'receiver_asked') return true;
  const isDown = outcome.kind === 'unreachable' || (outcome.kind === 'refused' && !blamesTheEvent(outcome));
  return isOurs(outcome) || (probe && isDown);
}

function stopOf(
  { outcome, wish }: Heard,
  { failingSince, consecutiveFailures }: Health,
  { now, afterHours }: { now: Date; afterHours: number },
): Stop | null {
  if (outcome.kind === 'refused' && outcome.gone) return { state: 'disabled', reason: 'gone', since: null };
  if (wish?.kind === 'disable') return { state: 'disabled', reason: 'receiver_asked', since: null };
  if (wish?.kind === 'pause') return { state: 'paused', reason: 'receiver_asked', since: null };
  if ((outcome.kind !== 'refused' && outcome.kind !== 'unreachable') || isOurs(outcome)) return null;
  if (failingSince === null || consecutiveFailures < FAILURES_THAT_DISABLE) return null;
  const long = now.getTime() - failingSince.getTime() >= afterHours * HOUR_IN_MILLISECONDS;
  return long ? { state: 'disabled', reason: 'failing', since: failingSince } : null;
}
