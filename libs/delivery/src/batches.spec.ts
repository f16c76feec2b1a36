import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@app/directory';
import fc from 'fast-check';
import { bounded } from '../../../test/support/bounds.js';
import { failuresOf, fallsApart, partyOf, TRIED_TOGETHER } from './batches.js';
import { startable, startableTogether, type Companion } from './order.js';
import type { Item } from './window.js';

const one = (position: number, keys: string[], more: Partial<Companion> = {}): Companion => ({
  position,
  keys,
  state: 'ready',
  party: 'new',
  ...more,
});
const positionsOf = (requests: Companion[][]): number[][] =>
  requests.map((request) => request.map(({ position }) => position));

describe('several events in one request', () => {
  it('are what may start, in order, up to the size', () => {
    const all = [one(1, ['ada']), one(2, ['bob']), one(3, ['cyd']), one(4, ['dan']), one(5, ['eve'])];
    expect(positionsOf(startableTogether(all, { room: 8, size: 2 }))).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('may be about one person, in order, because they arrive as one', () => {
    const all = [one(1, ['ada']), one(2, ['ada']), one(3, ['ada', 'admins']), one(4, ['admins'])];
    expect(positionsOf(startableTogether(all, { room: 8, size: 10 }))).toEqual([[1, 2, 3, 4]]);
  });

  it('do not go while an earlier one about the same person is in another request', () => {
    const all = [one(1, ['ada']), one(2, ['bob']), one(3, ['ada']), one(4, ['bob'])];
    expect(positionsOf(startableTogether(all, { room: 8, size: 2 }))).toEqual([[1, 2]]);
    const flying = [one(1, ['ada'], { state: 'in-flight' }), one(2, ['ada']), one(3, ['bob'])];
    expect(positionsOf(startableTogether(flying, { room: 8, size: 2 }))).toEqual([[3]]);
  });

  it('never overtake one that waits between them', () => {
    const all = [
      one(1, ['ada']),
      one(2, ['ada', 'bob'], { state: 'waiting' }),
      one(3, ['ada']),
      one(4, ['cyd']),
    ];
    expect(positionsOf(startableTogether(all, { room: 8, size: 8 }))).toEqual([[1, 4]]);
  });

  it('go with their own party only', () => {
    const all = [
      one(1, ['ada'], { party: '1' }),
      one(2, ['bob']),
      one(3, ['cyd'], { party: '1' }),
      one(4, ['dan'], { party: null }),
      one(5, ['eve'], { party: null }),
    ];
    expect(positionsOf(startableTogether(all, { room: 8, size: 8 }))).toEqual([[1, 3], [2], [4], [5]]);
  });

  it('are no more requests than there is room for', () => {
    const all = Array.from({ length: 20 }, (_, n) => one(n + 1, [`p${n}`]));
    expect(positionsOf(startableTogether(all, { room: 2, size: 3 }))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(startableTogether(all, { room: 0, size: 3 })).toEqual([]);
  });
});

describe('whatever the events are', () => {
  const keys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 2 });
  const parties = fc.constantFrom('new', 'new', 'new', '1', '2', null);
  const logs = fc.array(fc.record({ keys, party: parties }), { maxLength: 40 });
  const sizes = fc.integer({ min: 2, max: 6 });
  const rooms = fc.integer({ min: 1, max: 5 });

  it('each is sent once, after every earlier one that it shares a key with, or in one request with it', () => {
    fc.assert(
      fc.property(logs, sizes, rooms, fc.infiniteStream(fc.nat()), (log, size, room, choices) => {
        let unfinished = log.map((each, index) => one(index + 1, each.keys, { party: each.party }));
        let flying: Companion[][] = [];
        let finished = 0;
        while (unfinished.length > 0) {
          for (const request of startableTogether(unfinished, { room: room - flying.length, size })) {
            expect(request.length).toBeLessThanOrEqual(size);
            const order = request.map(({ position }) => position);
            expect(order).toEqual([...order].sort((x, y) => x - y));
            for (const each of request) {
              expect(each.state).toBe('ready');
              const earlier = unfinished.filter(
                (other) => other.position < each.position && shares(other, each),
              );
              expect(earlier.filter((other) => !request.includes(other))).toEqual([]);
            }
            for (const each of request) each.state = 'in-flight';
            flying.push(request);
          }
          expect(flying.length).toBeGreaterThan(0); // else it would never end
          expect(flying.length).toBeLessThanOrEqual(room);
          const done = flying[choices.next().value! % flying.length]!;
          flying = flying.filter((each) => each !== done);
          unfinished = unfinished.filter((each) => !done.includes(each));
          finished += done.length;
        }
        expect(finished).toBe(log.length);
      }),
      bounded(100),
    );
  });

  it('requests of one event are what `startable` says', () => {
    fc.assert(
      fc.property(logs, rooms, (log, room) => {
        const all = log.map((each, index) => one(index + 1, each.keys, { party: each.party }));
        expect(startableTogether(all, { room, size: 1 }).flat()).toEqual(startable(all, room));
      }),
      bounded(100),
    );
  });
});

describe('a request of several events that fails', () => {
  const item = (position: number, keys: string[], attempts = 0): Item => ({
    ...{ position, keys, attempts, state: 'ready', origin: 'log', party: 'new' },
    ...{ bytes: 10, batch: null, firstAttemptAt: null, previousSequence: null, event: {} as RecordedEvent },
  });
  const at = new Date(0);
  const wait = ({ attempts }: Item): ReturnType<Parameters<typeof failuresOf>[1]> => ({
    next: { state: 'waiting', at },
    tried: { attempts: attempts + 1, firstAttemptAt: at },
  });

  it('fails all of them, each with its own count of attempts', () => {
    const failures = failuresOf([item(1, ['a']), item(2, ['b'], 3)], wait);
    expect(failures.map(({ tried, next }) => [tried.attempts, next.state])).toEqual([
      [1, 'waiting'],
      [4, 'waiting'],
    ]);
  });

  it('lets the later ones about a person wait for the first one, which waits for its time', () => {
    const failures = failuresOf([item(1, ['a']), item(2, ['b']), item(3, ['a', 'g']), item(4, ['g'])], wait);
    expect(failures.map(({ next }) => next.state)).toEqual(['waiting', 'waiting', 'behind', 'behind']);
  });

  it('is tried again as it was, and then each of its events alone', () => {
    expect(partyOf({ attempts: 0, batch: null })).toBe('new');
    expect(partyOf({ attempts: 1, batch: 7 })).toBe('7');
    // The receiver asked for it later, which counts as no attempt.
    expect(partyOf({ attempts: 0, batch: 7 })).toBe('7');
    expect(partyOf({ attempts: TRIED_TOGETHER, batch: 7 })).toBeNull();
    expect(partyOf({ attempts: 1, batch: null })).toBeNull();
  });

  it('falls apart at once when one of them cannot be put into the protocol', () => {
    const outcome = { kind: 'impossible', reason: 'no e-mail' } as const;
    expect(fallsApart([item(1, ['a']), item(2, ['b'])], outcome)).toBe(true);
    expect(fallsApart([item(1, ['a'])], outcome)).toBe(false);
  });
});

function shares(first: Companion, second: Companion): boolean {
  return first.keys.some((key) => second.keys.includes(key));
}
