import { describe, expect, it } from '@jest/globals';
import { blamesTheEvent, breakerState, FAILURES_THAT_OPEN, healthAfter, type Health } from './breaker.js';
import type { Outcome } from './protocol.js';
import { RETRY_POLICIES } from './retry-policy.js';

const start = new Date('2026-01-05T12:00:00.000Z');
const policy = RETRY_POLICIES.soon;
const well: Health = { consecutiveFailures: 0, restingUntil: null };
const down: Outcome = { kind: 'unreachable', reason: 'connection refused' };
const fine: Outcome = { kind: 'delivered', status: 204 };

const after = (health: Health, outcome: Outcome, { now = start, counts = true } = {}): Health =>
  healthAfter(health, { outcome, counts }, { now, policy });

function failing(times: number, health = well): Health {
  return times === 0 ? health : failing(times - 1, after(health, down));
}

function restInSeconds(health: Health, now = start): number {
  return ((health.restingUntil?.getTime() ?? now.getTime()) - now.getTime()) / 1_000;
}

describe('the breaker', () => {
  it('stays closed below the limit, and opens at it', () => {
    expect(breakerState(failing(FAILURES_THAT_OPEN - 1), start)).toBe('closed');
    expect(breakerState(failing(FAILURES_THAT_OPEN), start)).toBe('resting');
  });

  it('is not moved by retries: one poisonous event cannot open it', () => {
    expect(after(failing(3), down, { counts: false })).toEqual(failing(3));
  });

  it('is not moved further by those that were in flight when it opened', () => {
    const open = failing(FAILURES_THAT_OPEN);
    expect(failing(7, open)).toEqual(open);
  });

  it('lets one probe through after the rest, and rests twice as long after each that fails, up to a limit', () => {
    let health = failing(FAILURES_THAT_OPEN);
    const rests = [restInSeconds(health)];
    for (let probe = 0; probe < 9; probe++) {
      const now = health.restingUntil!;
      expect(breakerState(health, now)).toBe('half-open');
      health = after(health, down, { now });
      rests.push(restInSeconds(health, now));
    }
    expect(rests).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
  });

  it('closes with the first success', () => {
    const open = failing(FAILURES_THAT_OPEN);
    const now = open.restingUntil!;
    expect(after(open, fine, { now })).toEqual(well);
  });

  it('rests when the receiver asks for it, without counting that as more than a failure', () => {
    const health = after(well, { kind: 'refused', status: 429, retryAfterInSeconds: 120 });
    expect(breakerState(health, start)).toBe('resting');
    expect(breakerState(health, health.restingUntil!)).toBe('closed');
    expect(restInSeconds(after(health, fine))).toBe(120);
  });

  it.each<[string, Outcome]>([
    ['impossible', { kind: 'impossible', reason: 'no email' }],
    ['superseded', { kind: 'superseded', reason: 'came back' }],
  ])('says nothing about the endpoint when a delivery is %s', (_, outcome) => {
    expect(after(failing(4), outcome)).toEqual(failing(4));
  });

  it.each<[number, boolean]>([
    [400, true],
    [404, true],
    [408, false],
    [429, false],
    [500, false],
    [302, false],
  ])('an answer of %i blames the event: %s', (status, expected) => {
    expect(blamesTheEvent({ kind: 'refused', status })).toBe(expected);
  });
});
