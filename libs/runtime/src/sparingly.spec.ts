import { describe, expect, it } from '@jest/globals';
import { sparingly } from './sparingly.js';

describe('a complaint that comes again and again', () => {
  function complaints(): { told: unknown[]; complain(message: string): void; later(seconds: number): void } {
    const told: unknown[] = [];
    let now = 0;
    const complain = sparingly(
      (where, error, repeated) => told.push([where, error.message, repeated]),
      () => now,
    );
    return {
      told,
      complain: (message) => complain('queue', new Error(message)),
      later: (seconds) => (now += seconds * 1_000),
    };
  }

  it('is told at once, and then after ten seconds with how often it came', () => {
    const { told, complain, later } = complaints();
    for (let time = 0; time < 5; time += 1) complain('away');
    later(10);
    complain('away');
    expect(told).toEqual([
      ['queue', 'away', 0],
      ['queue', 'away', 4],
    ]);
  });

  it('hides no other', () => {
    const { told, complain } = complaints();
    complain('away');
    complain('broken');
    complain('away');
    expect(told).toEqual([
      ['queue', 'away', 0],
      ['queue', 'broken', 0],
    ]);
  });
});
