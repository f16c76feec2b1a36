import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bell } from './bell.js';

let put: string[];
let said: string[];
let bell: Bell;

beforeEach(() => {
  jest.useFakeTimers();
  put = [];
  said = [];
  const queueOf = (name: string) => ({
    put: async () => void put.push(name),
    depth: async () => 0,
  });
  bell = new Bell(queueOf, { warn: (event) => void said.push(event) });
});
afterEach(() => void jest.useRealTimers());

const passes = (milliseconds: number): Promise<void> => jest.advanceTimersByTimeAsync(milliseconds);
const of = (queue: string): number => put.filter((name) => name === queue).length;

describe('the bell', () => {
  it('wakes both routers at once', () => {
    bell.ring();
    expect(put.sort()).toEqual(['wake', 'wake-now']);
  });

  it('puts in one more ticket after a pause, however often it rang meanwhile', async () => {
    for (let count = 0; count < 50; count++) bell.ring();
    expect(of('wake')).toBe(1);
    await passes(20);
    expect(of('wake')).toBe(2);
    await passes(1_000);
    expect(of('wake')).toBe(2);
  });

  it('wakes the router of revocations a little later, once for many commits, when nothing ends a session', async () => {
    for (let count = 0; count < 50; count++) {
      bell.ring({ unhurried: true });
      await passes(4);
    }
    expect(of('wake-now')).toBe(0);
    await passes(50);
    expect(of('wake-now')).toBe(1);
    await passes(1_000);
    expect(of('wake-now')).toBe(1);
  });

  it('lets no session wait for that', async () => {
    bell.ring({ unhurried: true });
    bell.ring();
    expect(of('wake-now')).toBe(1);
    await passes(1_000);
    expect(of('wake-now')).toBe(1);
  });

  it('says once that the queue is away, and goes on ringing', async () => {
    const away = { put: () => Promise.reject(new Error('away')), depth: async () => 0 };
    bell = new Bell(() => away, { warn: (event) => void said.push(event) });
    for (let count = 0; count < 5; count++) {
      bell.ringFor('soon');
      await passes(100);
    }
    expect(said).toEqual(['workers could not be woken; the sweep will do it']);
  });
});
