import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { breakerState, FAILURES_THAT_OPEN, WELL, type Health } from './breaker.js';
import type { Outcome } from './protocol.js';
import { policyOf } from './retry-policy.js';
import { judge, type Heard, type Rules, type Tried, type Verdict } from './verdict.js';

const now = new Date('2026-01-05T12:00:00.000Z');
const HOUR = 3_600_000;
const ago = (hours: number): Date => new Date(now.getTime() - hours * HOUR);
const rules: Rules = { policy: policyOf('soon', { retry: {}, onFailure: {} }), disableAfterHours: 120 };
const fresh: Tried = { attempts: 0, firstAttemptAt: null };
const fine: Outcome = { kind: 'delivered', status: 204 };
const failed: Outcome = { kind: 'refused', status: 500 };
const throttled: Outcome = { kind: 'refused', status: 429, retryAfterInSeconds: 90 };
const gone: Outcome = { kind: 'refused', status: 410, gone: true };

function verdictOn(
  heard: Partial<Heard>,
  { before = fresh, health = WELL, by = rules }: { before?: Tried; health?: Health; by?: Rules } = {},
): Verdict {
  return judge({ before, heard: { outcome: fine, probe: false, ...heard }, health }, by, { now, dice: 1 });
}

const failingFor = (hours: number, consecutiveFailures = 5): Health => ({
  ...WELL,
  failingSince: ago(hours),
  consecutiveFailures,
});

describe('an answer with Retry-After', () => {
  it('of 429 or 503 rests the destination; the event waits as long, and none of its waits is consumed', () => {
    const { health, next, tried } = verdictOn({ outcome: throttled });
    expect(health.restingUntil).toEqual(new Date(now.getTime() + 90_000));
    expect(next).toEqual({ state: 'waiting', at: health.restingUntil });
    expect(tried).toEqual({ attempts: 0, firstAttemptAt: now });
  });

  it('of 429 holds an event that has many waits behind it no longer than its destination', () => {
    const before = { attempts: 9, firstAttemptAt: ago(30) };
    const { next, tried, health } = verdictOn({ outcome: throttled }, { before });
    expect(next).toEqual({ state: 'waiting', at: health.restingUntil });
    expect(tried.attempts).toBe(9);
  });

  it('of 429 does not make an event immortal: its time runs', () => {
    const before = { attempts: 0, firstAttemptAt: ago(120) };
    expect(verdictOn({ outcome: throttled }, { before }).next).toMatchObject({ state: 'given-up' });
  });

  it('of 429 does not use up the attempts that a destination allows', () => {
    const by = { ...rules, policy: policyOf('soon', { retry: {}, onFailure: { after_attempts: 1 } }) };
    expect(verdictOn({ outcome: throttled }, { by }).next).toMatchObject({ state: 'waiting' });
    expect(verdictOn({ outcome: failed }, { by }).next).toMatchObject({ state: 'given-up' });
  });

  it('of any other status moves this event only', () => {
    const { health, next, tried } = verdictOn({
      outcome: { kind: 'refused', status: 500, eventPauseInSeconds: 90 },
    });
    expect(breakerState(health, now)).toBe('closed');
    expect(next).toEqual({ state: 'waiting', at: new Date(now.getTime() + 90_000) });
    expect(tried.attempts).toBe(1);
  });

  it('does not make the retries of a throttled event count to the breaker', () => {
    const before = { attempts: 0, firstAttemptAt: ago(1) };
    expect(verdictOn({ outcome: throttled }, { before }).health.consecutiveFailures).toBe(0);
  });
});

describe('a probe', () => {
  const open: Health = { ...WELL, openedAt: ago(1), consecutiveFailures: FAILURES_THAT_OPEN };

  it('that finds the endpoint down tells nothing about its event', () => {
    const { next, health } = verdictOn({ outcome: failed, probe: true }, { health: open });
    expect(next).toBeNull();
    expect(health.failedProbes).toBe(1);
  });

  it('that is answered with a word about the event moves the event, so that the next probe is another one', () => {
    const { next } = verdictOn({ outcome: { kind: 'refused', status: 422 }, probe: true }, { health: open });
    expect(next).toMatchObject({ state: 'waiting' });
  });

  it('that succeeds closes the breaker', () => {
    expect(verdictOn({ probe: true }, { health: open }).health.openedAt).toBeNull();
  });
});

describe('what fails on our side', () => {
  it('rests the destination, and is neither its fault nor the event’s', () => {
    const outcome: Outcome = { kind: 'unreachable', reason: 'the proxy is away', ours: true };
    const { health, next, stop } = verdictOn({ outcome }, { health: failingFor(500) });
    expect(health).toEqual({ ...failingFor(500), restingUntil: new Date(now.getTime() + 5_000) });
    expect([next, stop]).toEqual([null, null]);
  });
});

describe('a destination is disabled', () => {
  it('by 410, and the event stays where it is', () => {
    expect(verdictOn({ outcome: gone })).toMatchObject({
      stop: { state: 'disabled', reason: 'gone' },
      next: null,
    });
  });

  it('after failing for as long as it allows, and the event that found it out is not given up', () => {
    const before = { attempts: 20, firstAttemptAt: ago(120) };
    const verdict = verdictOn({ outcome: failed }, { before, health: failingFor(120) });
    expect(verdict.stop).toEqual({ state: 'disabled', reason: 'failing', since: ago(120) });
    expect(verdict.next).toBeNull();
    expect(verdictOn({ outcome: failed }, { health: failingFor(119) }).stop).toBeNull();
  });

  it('not by a success, a person without an address, or two failures days apart', () => {
    expect(verdictOn({}, { health: failingFor(500) }).stop).toBeNull();
    const impossible: Outcome = { kind: 'impossible', reason: 'no email' };
    expect(verdictOn({ outcome: impossible }, { health: failingFor(500) }).stop).toBeNull();
    expect(verdictOn({ outcome: failed }, { health: failingFor(500, 1) }).stop).toBeNull();
  });

  it('when the receiver asks for it, and its answer still counts for the event', () => {
    const wish = { kind: 'disable' as const };
    const stop = { state: 'disabled', reason: 'receiver_asked' };
    expect(verdictOn({ wish })).toMatchObject({ stop, next: { state: 'done' } });
    expect(verdictOn({ wish, outcome: failed })).toMatchObject({ stop, next: { state: 'waiting' } });
  });
});

describe('a receiver that asks for a pause', () => {
  it('is paused until a person resumes it', () => {
    expect(verdictOn({ wish: { kind: 'pause' } }).stop).toMatchObject({
      state: 'paused',
      reason: 'receiver_asked',
    });
  });

  it('or, when it says for how long, rests that long, whatever it answered', () => {
    const { stop, health, next } = verdictOn({ wish: { kind: 'rest', seconds: 600 } });
    expect(stop).toBeNull();
    expect(health.restingUntil).toEqual(new Date(now.getTime() + 600_000));
    expect(next).toEqual({ state: 'done' });
  });
});

describe('whatever is heard', () => {
  const outcome = fc.oneof(
    fc.constant(fine),
    fc.integer({ min: 300, max: 599 }).map((status): Outcome => ({ kind: 'refused', status })),
    fc.constant(throttled),
    fc.constant<Outcome>({ kind: 'unreachable', reason: 'timeout' }),
  );
  const tried = fc.record({
    attempts: fc.integer({ min: 0, max: 50 }),
    firstAttemptAt: fc.option(fc.integer({ min: 0, max: 300 }).map(ago), { nil: null }),
  });
  const blocking: Rules = {
    ...rules,
    policy: policyOf('soon', { retry: {}, onFailure: { policy: 'block' } }),
  };

  it('an event is either done, or still there and due after now', () => {
    fc.assert(
      fc.property(outcome, tried, fc.boolean(), (each, before, probe) => {
        const { next } = verdictOn({ outcome: each, probe }, { before, by: blocking });
        if (each.kind === 'delivered') expect(next).toEqual({ state: 'done' });
        else if (next) expect(next.state === 'waiting' && next.at > now).toBe(true);
      }),
    );
  });

  it('attempts are never forgotten, and consume one wait at most', () => {
    fc.assert(
      fc.property(outcome, tried, fc.boolean(), (each, before, probe) => {
        const after = verdictOn({ outcome: each, probe }, { before }).tried;
        expect([0, 1]).toContain(after.attempts - before.attempts);
        expect(after.firstAttemptAt).toEqual(before.firstAttemptAt ?? now);
      }),
    );
  });
});
