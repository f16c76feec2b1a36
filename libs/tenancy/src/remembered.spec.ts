import { beforeEach, describe, expect, it } from '@jest/globals';
import { Remembered } from './remembered.js';

/** A source that a test answers by hand. */
class Source {
  asked: PromiseWithResolvers<string>[] = [];
  read = (): Promise<string> => {
    const { promise, resolve, reject } = withResolvers();
    this.asked.push({ promise, resolve, reject });
    return promise;
  };
}

interface PromiseWithResolvers<Value> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: Error) => void;
}

function withResolvers(): PromiseWithResolvers<string> {
  let resolve!: (value: string) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<string>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

let source: Source;
let now: number;

beforeEach(() => {
  source = new Source();
  now = 1_000_000;
});

const remembered = (patienceInMilliseconds = 60_000): Remembered<string> =>
  new Remembered(source.read, () => now, { lifeInMilliseconds: 2_000, patienceInMilliseconds });

async function knowing(value: string, patience?: number): Promise<Remembered<string>> {
  const memory = remembered(patience);
  const first = memory.get();
  source.asked[0]!.resolve(value);
  await first;
  return memory;
}

describe('what is remembered', () => {
  it('is read once, however many ask at once, and not again while it is young', async () => {
    const memory = remembered();
    const asked = [memory.get(), memory.get(), memory.get()];
    source.asked[0]!.resolve('one');
    expect(await Promise.all(asked)).toEqual(['one', 'one', 'one']);
    now += 1_999;
    expect(await memory.get()).toBe('one');
    expect(source.asked).toHaveLength(1);
  });

  it.each([2_000, -2_000])('is read again when the clock has moved by %i ms', async (by) => {
    const memory = await knowing('one');
    now += by;
    const again = memory.get();
    source.asked[1]!.resolve('two');
    expect(await again).toBe('two');
  });

  it('goes on when it cannot be read again, which is not tried by everybody who asks', async () => {
    const memory = await knowing('one');
    now += 5_000;
    const again = [memory.get(), memory.get()];
    source.asked[1]!.reject(new Error('away'));
    expect(await Promise.all(again)).toEqual(['one', 'one']);
    expect(await memory.get()).toBe('one');
    expect(source.asked).toHaveLength(2);
    now += 2_000;
    const back = memory.get();
    source.asked[2]!.resolve('two');
    expect(await back).toBe('two');
  });

  it('goes on after a moment of patience while nobody answers', async () => {
    const memory = await knowing('one', 1);
    now += 5_000;
    expect(await memory.get()).toBe('one');
    expect(await memory.get()).toBe('one');
    expect(source.asked).toHaveLength(2);
    source.asked[1]!.resolve('two');
    await source.asked[1]!.promise;
    expect(await memory.get()).toBe('two');
  });

  it('fails with its reason while nothing is known, and is tried again by the next one', async () => {
    const memory = remembered();
    const first = memory.get();
    source.asked[0]!.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    const second = memory.get();
    source.asked[1]!.resolve('one');
    expect(await second).toBe('one');
  });

  it('is never something that was asked for before it expired', async () => {
    const memory = await knowing('one');
    now += 5_000;
    const before = memory.get();
    memory.expire();
    const after = memory.get();
    source.asked[1]!.resolve('old');
    await before;
    source.asked[2]!.resolve('new');
    expect(await after).toBe('new');
    expect(await memory.get()).toBe('new');
  });
});
