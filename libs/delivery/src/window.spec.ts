import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@app/directory';
import { split, Window, type Item } from './window.js';

const item = (position: number, keys: string[], origin: Item['origin'] = 'log'): Item => ({
  position,
  keys,
  origin,
  previousSequence: null,
  attempts: 0,
  firstAttemptAt: null,
  bytes: 10,
  batch: null,
  party: 'new',
  state: 'ready',
  event: {} as RecordedEvent,
});
const positionsOf = (items: readonly Item[]): number[] => items.map(({ position }) => position);

describe('the window', () => {
  it('keeps the cursor before the first event of the log that is unfinished', () => {
    const window = new Window(10);
    const [first, second] = [item(12, ['a']), item(14, ['b'])];
    window.add([first, second], 20);
    expect(window.cursor).toBe(11);
    window.remove([second]);
    expect(window.cursor).toBe(11);
    window.remove([first]);
    expect(window.cursor).toBe(20);
  });

  it('does not let a parked delivery hold the cursor', () => {
    const window = new Window(10);
    window.add([item(3, ['a'], 'parked')]);
    expect(window.cursor).toBe(10);
  });

  it('does not start a parked delivery before the log has been read up to it', () => {
    const window = new Window(10);
    window.add([item(12, ['a'], 'parked')]);
    expect(window.startable(8)).toEqual([]);
    window.add([item(11, ['a'])], 20);
    expect(positionsOf(window.startable(8).flat())).toEqual([11]);
  });

  it('takes nothing twice', () => {
    const window = new Window(10);
    window.add([item(11, ['a'])], 11);
    window.add([item(11, ['a'])], 11);
    expect(window.count('log')).toBe(1);
  });

  it('takes out those behind a failed one, also those behind these, and nobody else', () => {
    const window = new Window(0);
    const failed = item(1, ['a']);
    window.add([failed, item(2, ['b']), item(3, ['a', 'g']), item(4, ['g']), item(5, ['c'])], 5);
    window.remove([failed]);
    expect(positionsOf(window.takeThoseBehind(failed))).toEqual([3, 4]);
    expect(positionsOf(window.startable(8).flat())).toEqual([2, 5]);
  });
});

describe('what holds others back', () => {
  it('holds only those after it', () => {
    const { free, behind } = split([item(1, ['a']), item(3, ['a'])], [{ position: 2, subjects: ['a'] }]);
    expect(positionsOf(free)).toEqual([1]);
    expect(positionsOf(behind)).toEqual([3]);
  });

  it('does not take back what is in flight', () => {
    const flying: Item = { ...item(3, ['a']), state: 'in-flight' };
    expect(split([flying], [{ position: 2, subjects: ['a'] }]).free).toEqual([flying]);
  });
});

describe('what a window holds', () => {
  it('is counted in bytes, and given back when it goes', () => {
    let held = 0;
    const window = new Window(0, (change) => (held += change));
    const first = item(1, ['a']);
    window.add([first, item(2, ['b'])], 2);
    expect([held, window.bytes]).toEqual([20, 20]);
    window.remove([first]);
    window.remove([first]);
    expect([held, window.bytes]).toEqual([10, 10]);
    window.clear();
    expect([held, window.bytes]).toEqual([0, 0]);
  });

  it('is let go but for what is under way, and what the cursor needs to pass those that got through', () => {
    const window = new Window(0);
    const [first, second, third] = [item(1, ['a']), item(2, ['a']), item(3, ['b'])];
    window.add([first, second, third, item(4, ['a']), item(5, ['c']), item(6, ['p'], 'parked')], 9);
    window.start([first]);
    window.start([third]);
    window.land([third]);
    window.remove([third]);
    window.shed();
    expect([window.count('log'), window.count('parked')]).toEqual([2, 0]);
    expect([window.reach, window.cursor]).toEqual([3, 0]);
    window.land([first]);
    window.remove([first]);
    expect(window.cursor).toBe(1);
    window.remove([second]);
    expect(window.cursor).toBe(3);
  });

  it('is let go only after what was started, wherever that came from: the cursor must pass a row that goes', () => {
    const window = new Window(0);
    const [first, second, parked] = [item(1, ['a']), item(2, ['a']), item(3, ['p'], 'parked')];
    window.add([first, second, parked, item(4, ['a'])], 9);
    window.start([first]);
    window.start([parked]);
    window.land([parked]);
    window.remove([parked]);
    window.shed();
    expect([window.count('log'), window.reach]).toEqual([2, 3]);
    window.land([first]);
    window.remove([first]);
    expect(positionsOf(window.takeOvertaken(3))).toEqual([2]);
    expect(window.cursor).toBe(3);
  });
});
