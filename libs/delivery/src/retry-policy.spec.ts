import { describe, expect, it } from '@jest/globals';
import type { Outcome } from './protocol.js';
import {
  nextStep,
  RETRY_AFTER_AT_MOST_IN_SECONDS,
  RETRY_POLICIES,
  type RetryPolicy,
} from './retry-policy.js';

const now = new Date('2026-01-05T12:00:00.000Z');
const refused: Outcome = { kind: 'refused', status: 500 };
const unreachable: Outcome = { kind: 'unreachable', reason: 'connection refused' };

function waitInSeconds(policy: RetryPolicy, attempt: number, outcome: Outcome, dice = 0.5): number | string {
  const next = nextStep(policy, { attempt, outcome }, { now, dice });
  return next.state === 'waiting' ? Math.round((next.at.getTime() - now.getTime()) / 1_000) : next.state;
}

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
    [17, 'given-up'],
  ])('after failed attempt %i waits %s seconds', (attempt, expected) => {
    expect(waitInSeconds(RETRY_POLICIES.soon, attempt, refused)).toBe(expected);
    expect(waitInSeconds(RETRY_POLICIES.soon, attempt, unreachable)).toBe(expected);
  });

  it('is tried for five days, and no longer', () => {
    const days = sum(RETRY_POLICIES.soon.delaysInSeconds) / 86_400;
    expect(days).toBeGreaterThan(4.5);
    expect(days).toBeLessThanOrEqual(5);
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
  ])('after failed attempt %i waits %i seconds', (attempt, expected) => {
    expect(waitInSeconds(RETRY_POLICIES.now, attempt, refused)).toBe(expected);
  });

  it('is tried for three days, and no longer', () => {
    const { delaysInSeconds } = RETRY_POLICIES.now;
    expect(sum(delaysInSeconds) / 86_400).toBeGreaterThan(2.9);
    expect(sum(delaysInSeconds) / 86_400).toBeLessThanOrEqual(3);
    expect(waitInSeconds(RETRY_POLICIES.now, delaysInSeconds.length + 1, refused)).toBe('given-up');
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
    expect(waitInSeconds(RETRY_POLICIES.soon, 1, outcome)).toBe(expected);
  });

  it.each([
    [0, 96],
    [0.5, 120],
    [1, 144],
  ])('spreads a wait of two minutes: with dice %d it is %d seconds', (dice, expected) => {
    expect(waitInSeconds(RETRY_POLICIES.soon, 3, refused, dice)).toBe(expected);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
