import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  blamesTheEvent,
  breakerState,
  FAILURES_THAT_OPEN,
  healthAfter,
  SAMPLES_AT_LEAST,
  SHARE_THAT_OPENS,
  SUCCESSES_THAT_RECOVER,
  WELL,
  type Health,
} from './breaker.js';
import type { Outcome } from './protocol.js';
import { countOf } from './recent-outcomes.js';
import { RETRY_POLICIES } from './retry-policy.js';

const start = new Date('2026-01-05T12:00:00.000Z');
const policy = RETRY_POLICIES.soon;
const down: Outcome = { kind: 'unreachable', reason: 'connection refused' };
const fine: Outcome = { kind: 'delivered', status: 204 };

const after = (health: Health, outcome: Outcome, { now = start, counts = true } = {}): Health =>
  healthAfter(health, { outcome, counts }, { now, policy });
const heard = (health: Health, ...outcomes: Outcome[]): Health =>
  outcomes.reduce((so, outcome) => after(so, outcome), health);
const times = (count: number, outcome: Outcome): Outcome[] => Array<Outcome>(count).fill(outcome);
const failing = (count: number, health = WELL): Health => heard(health, ...times(count, down));

function restInSeconds(health: Health, now = start): number {
  return ((health.restingUntil?.getTime() ?? now.getTime()) - now.getTime()) / 1_000;
}

describe('the breaker', () => {
  it('stays closed below ten failures in a row, and opens at it', () => {
    expect(breakerState(failing(FAILURES_THAT_OPEN - 1), start)).toBe('closed');
    expect(breakerState(failing(FAILURES_THAT_OPEN), start)).toBe('resting');
    expect(breakerState(heard(failing(0), ...times(30, fine), ...times(9, down)), start)).toBe('closed');
  });

  it('opens for an endpoint that fails most of the time, although it never fails ten times in a row', () => {
    const round = [...times(4, down), fine];
    expect(breakerState(heard(WELL, ...round, ...round, down), start)).toBe('resting');
  });

  it('stays closed for one that fails half of the time', () => {
    const round = [down, fine, down, fine];
    const health = heard(WELL, ...Array<Outcome[]>(20).fill(round).flat());
    expect(breakerState(health, start)).toBe('closed');
  });

  it('opens, whatever comes, when and only when ten in a row or seven in ten of the last thirty have failed', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 120 }), (failures) => {
        let health = WELL;
        const seen: boolean[] = [];
        for (const failed of failures) {
          health = after(health, failed ? down : fine);
          seen.push(failed);
          const window = seen.slice(-30);
          const share = window.filter(Boolean).length / window.length;
          const row = seen.slice(-FAILURES_THAT_OPEN);
          const opens =
            failed &&
            ((row.length === FAILURES_THAT_OPEN && row.every(Boolean)) ||
              (window.length >= SAMPLES_AT_LEAST && share >= SHARE_THAT_OPENS));
          expect(health.openedAt !== null).toBe(opens);
          if (opens) return;
        }
      }),
    );
  });

  it('is not moved by retries: one poisonous event cannot open it', () => {
    expect(after(failing(3), down, { counts: false })).toEqual(failing(3));
  });

  it('is not moved further by those that were in flight when it opened, failed or not', () => {
    const open = failing(FAILURES_THAT_OPEN);
    expect(failing(7, open)).toEqual(open);
    expect(after(open, fine)).toEqual(open);
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

  it('rests as long at first whichever way it opened', () => {
    const often = heard(WELL, ...times(4, down), fine, ...times(4, down), fine, down);
    expect(restInSeconds(often)).toBe(5);
  });

  it('closes with the first success, and what was before it counts no more', () => {
    const open = failing(FAILURES_THAT_OPEN);
    const now = open.restingUntil!;
    const closed = after(open, fine, { now });
    expect(breakerState(closed, now)).toBe('closed');
    expect(countOf(closed.recent)).toBe(1);
    expect(closed).toMatchObject({ consecutiveFailures: 0, failingSince: null, restingUntil: null });
  });

  it('rests when the receiver asks for it, without counting that as more than a failure', () => {
    const health = after(WELL, { kind: 'refused', status: 429, retryAfterInSeconds: 120 });
    expect(breakerState(health, start)).toBe('resting');
    expect(breakerState(health, health.restingUntil!)).toBe('closed');
    expect(restInSeconds(after(health, fine))).toBe(120);
  });

  it('rests longer when a probe is asked to wait longer, and never shorter than was said before', () => {
    const open = failing(FAILURES_THAT_OPEN);
    const asked = after(open, { kind: 'refused', status: 503, retryAfterInSeconds: 3_600 });
    expect(restInSeconds(asked)).toBe(3_600);
    expect(restInSeconds(after(asked, { kind: 'refused', status: 503, retryAfterInSeconds: 1 }))).toBe(3_600);
  });

  it.each<[string, Outcome]>([
    ['impossible', { kind: 'impossible', reason: 'no email' }],
    ['superseded', { kind: 'superseded', reason: 'came back' }],
  ])('says nothing about the endpoint when a delivery is %s', (_, outcome) => {
    expect(after(failing(4), outcome)).toEqual(failing(4));
  });

  it.each<[number, boolean]>([
    [400, true],
    [422, true],
    [404, false],
    [401, false],
    [408, false],
    [429, false],
    [500, false],
    [302, false],
  ])('an answer of %i blames the event: %s', (status, expected) => {
    expect(blamesTheEvent({ kind: 'refused', status })).toBe(expected);
  });
});

describe('what people are told of an endpoint', () => {
  const open = failing(FAILURES_THAT_OPEN);
  const closed = after(open, fine, { now: open.restingUntil! });

  it('is that it fails, when its breaker opens', () => {
    expect(failing(FAILURES_THAT_OPEN - 1).announcedAt).toBeNull();
    expect(open.announcedAt).toEqual(start);
  });

  it('is that it is well again, after some successes in a row and not with the first', () => {
    const almost = heard(closed, ...times(SUCCESSES_THAT_RECOVER - 2, fine));
    expect(almost.announcedAt).toEqual(start);
    expect(heard(almost, fine).announcedAt).toBeNull();
  });

  it('is that it is well again also when only what was parked comes to prove it', () => {
    let health = closed;
    for (let count = 1; count < SUCCESSES_THAT_RECOVER; count++)
      health = after(health, fine, { counts: false });
    expect(health.announcedAt).toBeNull();
  });

  it('is nothing new while it comes and goes', () => {
    const now = new Date(start.getTime() + 60_000);
    const again = times(FAILURES_THAT_OPEN, down).reduce(
      (so, outcome) => after(so, outcome, { now }),
      closed,
    );
    expect(breakerState(again, now)).toBe('resting');
    expect(again.announcedAt).toEqual(start);
  });

  it('counts the time of failing from the first failure after the last success', () => {
    const later = new Date(start.getTime() + 1_000);
    const health = after(after(failing(3), down, { now: later }), down, { now: later });
    expect(health.failingSince).toEqual(start);
    expect(after(health, fine).failingSince).toBeNull();
  });
});
