import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startable, type Candidate } from './order.js';

const candidate = (position: number, keys: string[], state: Candidate['state'] = 'ready'): Candidate => ({
  position,
  keys,
  state,
});
const positionsOf = (candidates: Candidate[]): number[] => candidates.map(({ position }) => position);

describe('who may go next', () => {
  it('lets unrelated people go at the same time', () => {
    const all = [candidate(1, ['ada']), candidate(2, ['bob']), candidate(3, ['cyd'])];
    expect(positionsOf(startable(all, 8))).toEqual([1, 2, 3]);
  });

  it('makes a membership wait for the person and for the group', () => {
    const all = [candidate(1, ['ada']), candidate(2, ['admins']), candidate(3, ['ada', 'admins'])];
    expect(positionsOf(startable(all, 8))).toEqual([1, 2]);
  });

  it('lets nobody pass one who waits for their turn to be tried again', () => {
    const all = [candidate(1, ['ada'], 'waiting'), candidate(2, ['ada']), candidate(3, ['bob'])];
    expect(positionsOf(startable(all, 8))).toEqual([3]);
  });

  it('starts no more than there is room for', () => {
    const all = [candidate(1, ['ada'], 'in-flight'), candidate(2, ['bob']), candidate(3, ['cyd'])];
    expect(positionsOf(startable(all, 2))).toEqual([2]);
    expect(startable(all, 1)).toEqual([]);
  });

  it('does not start an older event that a person put back while a newer one of the same subject is in flight', () => {
    expect(startable([candidate(1, ['ada']), candidate(2, ['ada'], 'in-flight')], 8)).toEqual([]);
  });
});

describe('whatever the events are', () => {
  const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 2 });
  const logs = fc.array(keys, { maxLength: 40 });
  const atOnce = fc.integer({ min: 1, max: 9 });

  it('never has two of one subject in flight, keeps each subject in order, and runs everything', () => {
    fc.assert(
      fc.property(logs, atOnce, fc.infiniteStream(fc.nat()), (log, room, choices) => {
        let unfinished = log.map((each, index) => candidate(index + 1, each));
        const finished: Candidate[] = [];
        while (unfinished.length > 0) {
          const starting = startable(unfinished, room);
          for (const each of starting) {
            each.state = 'in-flight';
            const earlier = unfinished.filter(({ position }) => position < each.position);
            expect(earlier.some((other) => shares(other, each))).toBe(false);
          }
          const flying = unfinished.filter(({ state }) => state === 'in-flight');
          expect(flying.length).toBeGreaterThan(0); // else it would never end
          expect(flying.length).toBeLessThanOrEqual(room);
          for (const one of flying)
            for (const other of flying) if (one !== other) expect(shares(one, other)).toBe(false);
          const done = flying[choices.next().value! % flying.length]!;
          finished.push(done);
          unfinished = unfinished.filter((each) => each !== done);
        }
        expect(finished).toHaveLength(log.length);
      }),
    );
  });

  it('holds back nobody who shares nothing with an earlier unfinished one', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const all = log.map((each, index) => candidate(index + 1, each));
        const starting = new Set(startable(all, Infinity));
        for (const each of all) {
          const free = !all.some((other) => other.position < each.position && shares(other, each));
          expect(starting.has(each)).toBe(free);
        }
      }),
    );
  });
});

function shares(one: Candidate, other: Candidate): boolean {
  return one.keys.some((key) => other.keys.includes(key));
}
