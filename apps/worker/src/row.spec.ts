import { describe, expect, it } from '@jest/globals';
import type { Place } from '@app/delivery';
import { Row, type RowParts } from './row.js';

interface Begun {
  name: string;
  place: Place;
  end: () => void;
}

function openRow(more: Partial<RowParts> = {}): { row: Row; begun: Begun[]; names: () => string[] } {
  const begun: Begun[] = [];
  const row = new Row({
    places: 2,
    sliceInMilliseconds: 2_000,
    slicePerTurnInMilliseconds: 500,
    quietInMilliseconds: 25,
    placesWhileLate: 1,
    isLate: () => false,
    mayStepAside: () => true,
    holdInMilliseconds: () => 0,
    onPlace: () => undefined,
    work: (name, place) => new Promise((end) => begun.push({ name, place, end })),
    ...more,
  });
  return { row, begun, names: () => begun.map(({ name }) => name) };
}

/** Everything that follows from a promise that was kept. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the places of a worker', () => {
  it('go round the organizations: one with a single destination waits for no crowd', async () => {
    const { row, begun, names } = openRow({ places: 1 });
    for (let n = 1; n <= 50; n++) await row.join(`a${n}`, 'a');
    await row.join('b1', 'b');
    expect(names()).toEqual(['a1']);
    begun[0]!.end();
    await settled();
    begun[1]!.end();
    await settled();
    expect(names()).toEqual(['a1', 'a2', 'b1']);
  });

  it('are never more than there are', async () => {
    const { row, names } = openRow();
    for (const name of ['a', 'b', 'c', 'd']) await row.join(name, name);
    expect(names()).toEqual(['a', 'b']);
    expect([row.waiting, row.hasFreePlace]).toEqual([2, false]);
  });

  it('are wanted while somebody waits, and slices are shorter then', async () => {
    const { row, begun } = openRow({ places: 1 });
    await row.join('a', 'a');
    expect(begun[0]!.place).toMatchObject({ wanted: false, sliceInMilliseconds: 2_000 });
    await row.join('b', 'b');
    expect(begun[0]!.place).toMatchObject({ wanted: true, sliceInMilliseconds: 500 });
  });

  it('are given back by those who only wait for an endpoint, and counted once', async () => {
    let taken = 0;
    const onPlace = (change: string): void => void (taken += change === 'taken' ? 1 : -1);
    const { row, begun, names } = openRow({ places: 1, onPlace });
    await row.join('hung', 'a');
    await row.join('b', 'b');
    expect(begun[0]!.place.leave()).toBe(true);
    expect(names()).toEqual(['hung', 'b']);
    expect(row.aside).toBe(1);
    begun[0]!.end();
    await settled();
    await row.join('c', 'c');
    expect(names()).toEqual(['hung', 'b']);
    begun[1]!.end();
    await settled();
    expect(names()).toEqual(['hung', 'b', 'c']);
    expect(taken).toBe(1);
  });

  it('are kept when too many wait aside already', async () => {
    const { row, begun, names } = openRow({ places: 1, mayStepAside: () => false });
    await row.join('hung', 'a');
    await row.join('b', 'b');
    expect(begun[0]!.place.leave()).toBe(false);
    expect(names()).toEqual(['hung']);
  });

  it('are fewer while the process is late, but never none', async () => {
    let late = true;
    const { row, names } = openRow({ isLate: () => late });
    await row.join('a', 'a');
    await row.join('b', 'b');
    expect(names()).toEqual(['a']);
    late = false;
    row.advance();
    expect(names()).toEqual(['a', 'b']);
  });

  it('serve one destination once at a time, and once more when a ticket came meanwhile', async () => {
    const { row, begun, names } = openRow();
    await row.join('a', 'a');
    await row.join('a', 'a');
    await row.join('a', 'a');
    expect(names()).toEqual(['a']);
    begun[0]!.end();
    await settled();
    expect(names()).toEqual(['a', 'a']);
    begun[1]!.end();
    await settled();
    expect(row.has('a')).toBe(false);
  });

  it('let those who are served end, and begin nothing, when the worker stops', async () => {
    const { row, begun, names } = openRow({ places: 1 });
    await row.join('a', 'a');
    await row.join('b', 'b');
    let stopped = false;
    const stopping = row.stop().then(() => (stopped = true));
    await settled();
    expect(stopped).toBe(false);
    begun[0]!.end();
    await stopping;
    await row.join('c', 'c');
    expect(names()).toEqual(['a']);
  });
});
