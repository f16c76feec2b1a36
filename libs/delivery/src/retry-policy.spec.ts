import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FailureOptions, RetryOptions } from './options.js';
import type { Outcome } from './protocol.js';
import {
  nextStep,
  policyOf,
  RETRY_AFTER_AT_MOST_IN_SECONDS,
  RETRY_POLICIES,
  type RetryPolicy,
} from './retry-policy.js';

const now = new Date('2026-01-05T12:00:00.000Z');
const refused: Outcome = { kind: 'refused', status: 500 };
const unreachable: Outcome = { kind: 'unreachable', reason: 'connection refused' };
const ago = (seconds: number): Date => new Date(now.getTime() - 1_000 * seconds);
const HOUR = 3_600;
const DAY = 24 * HOUR;

interface Case {
  outcome?: Outcome;
  dice?: number;
  triedFor?: number;
}

function waitInSeconds(
  policy: RetryPolicy,
  attempt: number,
  { outcome = refused, dice = 1, triedFor = 0 }: Case = {},
): number | string {
  const next = nextStep(policy, { attempt, outcome, firstAttemptAt: ago(triedFor) }, { now, dice });
  return next.state === 'waiting' ? (next.at.getTime() - now.getTime()) / 1_000 : next.state;
}

const policyWith = (retry: RetryOptions, onFailure: FailureOptions = {}): RetryPolicy =>
  policyOf('soon', { retry, onFailure });

describe('a webhook', () => {
  it.each([
    [1, 5],
    [2, 30],
    [3, 120],
    [4, 600],
    [5, 1_800],
    [6, 7_200],
    [7, 18_000],
    [8, 36_000],
    [9, 43_200],
    [16, 43_200],
    [100, 43_200],
  ])('after failed attempt %i waits %s seconds at most', (attempt, expected) => {
    expect(waitInSeconds(RETRY_POLICIES.soon, attempt)).toBe(expected);
    expect(waitInSeconds(RETRY_POLICIES.soon, attempt, { outcome: unreachable })).toBe(expected);
  });

  it('waits anything up to that, so that a crowd does not return as one, and never less than a tenth of it', () => {
    expect(waitInSeconds(RETRY_POLICIES.soon, 3, { dice: 0 })).toBe(12);
    expect(waitInSeconds(RETRY_POLICIES.soon, 3, { dice: 0.5 })).toBe(66);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, dice) => {
          const longest = waitInSeconds(RETRY_POLICIES.soon, attempt) as number;
          const wait = waitInSeconds(RETRY_POLICIES.soon, attempt, { dice }) as number;
          expect(wait).toBeGreaterThanOrEqual(0.1 * longest - 0.001);
          expect(wait).toBeLessThanOrEqual(longest);
        },
      ),
    );
  });

  it('is tried for five days since its first attempt, with a last attempt right at the end', () => {
    const left = 600;
    expect(waitInSeconds(RETRY_POLICIES.soon, 20, { triedFor: 5 * DAY - left })).toBe(left);
    expect(waitInSeconds(RETRY_POLICIES.soon, 20, { triedFor: 5 * DAY })).toBe('given-up');
  });
});

describe('a revocation', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 5],
    [4, 15],
    [5, 30],
    [6, 60],
    [65, 60],
    [66, 900],
    [300, 900],
  ])('after failed attempt %i waits about %i seconds', (attempt, expected) => {
    expect(waitInSeconds(RETRY_POLICIES.now, attempt, { dice: 0.5 })).toBe(expected);
    expect(waitInSeconds(RETRY_POLICIES.now, attempt, { dice: 0 })).toBeCloseTo(0.9 * expected);
    expect(waitInSeconds(RETRY_POLICIES.now, attempt, { dice: 1 })).toBeCloseTo(1.1 * expected);
  });

  it('is tried for three days, and no longer', () => {
    expect(waitInSeconds(RETRY_POLICIES.now, 300, { triedFor: 3 * DAY - 1 })).toBe(1);
    expect(waitInSeconds(RETRY_POLICIES.now, 300, { triedFor: 3 * DAY })).toBe('given-up');
  });

  it('waits as its destination says, where it says so', () => {
    const own = policyOf('now', { retry: { delays_seconds: [7], then_every_seconds: 300 }, onFailure: {} });
    expect([1, 2, 3].map((attempt) => waitInSeconds(own, attempt, { dice: 0.5 }))).toEqual([7, 300, 300]);
    expect(waitInSeconds(own, 3, { triedFor: 3 * DAY })).toBe('given-up');
  });
});

describe('a destination of its own manner', () => {
  it.each<[string, RetryOptions, number[]]>([
    ['its waits, then the last one for ever', { delays_seconds: [10, 100] }, [10, 100, 100, 100]],
    ['a minute at least once its waits are used up', { delays_seconds: [1, 2] }, [1, 2, 60, 60]],
    ['its waits, then what it says', { delays_seconds: [10], then_every_seconds: 600 }, [10, 600, 600, 600]],
    ['the usual ones, then what it says', { then_every_seconds: 60 }, [5, 30, 120, 600]],
  ])('waits %s', (_, retry, expected) => {
    const waits = expected.map((_wait, index) => waitInSeconds(policyWith(retry), index + 1));
    expect(waits).toEqual(expected);
  });

  it.each<[string, FailureOptions, number, number, number | string]>([
    ['after so many attempts', { after_attempts: 3 }, 3, 60, 'given-up'],
    ['not before them, however long it takes', { after_attempts: 3 }, 2, 30 * DAY, 30],
    ['after so many hours', { after_hours: 2 }, 2, 2 * HOUR, 'given-up'],
    ['not before them, however often it was tried', { after_hours: 2 }, 500, HOUR, HOUR],
    ['after whichever comes first', { after_attempts: 3, after_hours: 2 }, 2, 2 * HOUR, 'given-up'],
    ['after whichever comes first', { after_attempts: 3, after_hours: 2 }, 3, 0, 'given-up'],
    ['never when it blocks', { policy: 'block' }, 1_000, 365 * DAY, 43_200],
    [
      'never when it blocks, whatever else is said',
      { policy: 'block', after_attempts: 1 },
      9,
      9 * DAY,
      43_200,
    ],
    ['as usual when it only says "park"', { policy: 'park' }, 9, 5 * DAY, 'given-up'],
  ])('gives an event up %s', (_, onFailure, attempt, triedFor, expected) => {
    expect(waitInSeconds(policyWith({}, onFailure), attempt, { triedFor })).toBe(expected);
  });

  it('gives up what cannot be sent at all, also when it blocks', () => {
    const outcome: Outcome = { kind: 'impossible', reason: 'no email' };
    expect(waitInSeconds(policyWith({}, { policy: 'block' }), 1, { outcome })).toBe('given-up');
  });

  it('that blocks never gives up, whatever happens', () => {
    const blocks = policyWith({}, { policy: 'block' });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: 1e9 }),
        (attempt, triedFor) => {
          expect(typeof waitInSeconds(blocks, attempt, { triedFor })).toBe('number');
        },
      ),
    );
  });
});

describe('what an outcome means', () => {
  it.each<[string, Outcome, number | string]>([
    ['delivered', { kind: 'delivered', status: 204 }, 'done'],
    ['impossible', { kind: 'impossible', reason: 'no email' }, 'given-up'],
    ['superseded', { kind: 'superseded', reason: 'came back' }, 'superseded'],
    ['refused with a longer Retry-After', { kind: 'refused', status: 503, retryAfterInSeconds: 90 }, 90],
    ['refused with a shorter Retry-After', { kind: 'refused', status: 503, retryAfterInSeconds: 1 }, 5],
    ['refused with a pause for this event', { kind: 'refused', status: 422, eventPauseInSeconds: 900 }, 900],
    [
      'refused with a Retry-After of a year',
      { kind: 'refused', status: 429, retryAfterInSeconds: 31_536_000 },
      RETRY_AFTER_AT_MOST_IN_SECONDS,
    ],
  ])('%s', (_, outcome, expected) => {
    expect(waitInSeconds(RETRY_POLICIES.soon, 1, { outcome })).toBe(expected);
  });
});
