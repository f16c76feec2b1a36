import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Turns } from './turns.js';

const HOST = 'https://many.example.com';
const limits = { perHost: 8, perDestination: 4, waitInMilliseconds: 10 };

/** How many turns a destination gets without anybody ending one. */
async function takeAll(turns: Turns, destinationId: string): Promise<number> {
  let taken = 0;
  while (await turns.take(HOST, destinationId)) taken += 1;
  return taken;
}

describe('turns at one host', () => {
  it('are given at once where there is room', () => {
    expect(new Turns(limits).take(HOST, 'we_1')).toBe(true);
  });

  it('are few for one destination', async () => {
    expect(await takeAll(new Turns(limits), 'we_1')).toBe(4);
  });

  it('leave room for the next neighbour, however greedy the ones before are', async () => {
    const turns = new Turns(limits);
    const taken: number[] = [];
    for (const destination of ['a', 'b', 'c', 'd', 'e']) taken.push(await takeAll(turns, destination));
    expect(taken).toEqual([4, 2, 1, 1, 0]);
  });

  it('do not count what goes to another host', async () => {
    const turns = new Turns(limits);
    for (const destination of ['a', 'b', 'c', 'd']) await takeAll(turns, destination);
    expect(turns.take('https://other.example.com', 'a')).toBe(true);
  });

  it('go first to the destination that has least under way', async () => {
    const turns = new Turns({ perHost: 2, perDestination: 2, waitInMilliseconds: 60_000 });
    expect([turns.take(HOST, 'hog'), turns.take(HOST, 'other')]).toEqual([true, true]);
    const order: string[] = [];
    const wanted = ['hog', 'hog', 'newcomer'].map(async (destination) => {
      expect(await turns.take(HOST, destination)).toBe(true);
      order.push(destination);
    });
    turns.end(HOST, 'other');
    await wanted[2];
    expect(order).toEqual(['newcomer']);
    turns.end(HOST, 'newcomer');
    turns.end(HOST, 'hog');
    await wanted[0];
    turns.end(HOST, 'hog');
    await wanted[1];
  });

  it('are not waited for for ever', async () => {
    const turns = new Turns({ perHost: 1, perDestination: 1, waitInMilliseconds: 20 });
    expect(turns.take(HOST, 'a')).toBe(true);
    expect(await turns.take(HOST, 'b')).toBe(false);
    turns.end(HOST, 'a');
    expect(turns.take(HOST, 'b')).toBe(true);
  });

  it('never exceed the limits, lose nobody who waits, and end with nothing kept', async () => {
    const destinations = fc.constantFrom('a', 'b', 'c', 'd');
    await fc.assert(
      fc.asyncProperty(
        fc.array(destinations, { maxLength: 60 }),
        fc.infiniteStream(fc.nat()),
        async (wishes, dice) => {
          const turns = new Turns({ perHost: 5, perDestination: 3, waitInMilliseconds: 60_000 });
          const underWay: string[] = [];
          const all = wishes.map(async (destination) => {
            if (!(await turns.take(HOST, destination))) throw new Error('a turn was never given');
            underWay.push(destination);
            expect(underWay.length).toBeLessThanOrEqual(5);
            expect(underWay.filter((each) => each === destination).length).toBeLessThanOrEqual(3);
          });
          for (let left = wishes.length; left > 0; left -= 1) {
            await new Promise(setImmediate);
            const [ended] = underWay.splice((dice.next().value as number) % underWay.length, 1);
            turns.end(HOST, ended!);
          }
          await Promise.all(all);
          expect(turns.isIdle).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});
