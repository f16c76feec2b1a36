// A time as a moment: the last event that does not bear a later time, although hubs have different clocks.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog } from '@app/event-log';
import { Database } from '@app/runtime';
import fc from 'fast-check';
import { bounded } from '../../../test/support/bounds.js';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { commit, event } from '../../event-log/src/testing/writing.js';
import { BeforeTheDirectory, momentOf, UnknownToTheLog } from './moment.js';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const MINUTE = 60_000;
const EVENTS = 400;

let fresh: FreshDatabase;
let database: Database;
let log: EventLog;
let times: number[];

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 2 });
  log = await EventLog.open(database);
  // One every other minute, by four hubs: the clocks of two are right, one is six minutes slow, one is seven minutes fast.
  const clocks = [0, -6, 0, 7];
  times = Array.from(
    { length: EVENTS },
    (_, index) => START + (100 + 2 * index + clocks[(index * 7) % 4]!) * MINUTE,
  );
  await commit(
    database,
    times.flatMap((time) => [
      event('a', { occurredAt: new Date(time).toISOString() }),
      event('b', { occurredAt: new Date(time).toISOString() }),
    ]),
  );
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

/** Of directory `a`, whose events have the odd positions. */
const positionOf = (index: number): number => 2 * index + 1;

describe('a moment', () => {
  it('of a time is the last event, in the order of the log, whose time is not later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 90, max: 950 }), fc.constantFrom(-1, 0, 1), async (minute, off) => {
        const time = START + minute * MINUTE + off;
        const expected = times.findLastIndex((each) => each <= time);
        const moment = momentOf(database, log, 'a', { time: new Date(time) });
        if (expected < 0) return expect(moment).rejects.toThrow(BeforeTheDirectory);
        expect(await moment).toMatchObject({
          position: positionOf(expected),
          occurredAt: new Date(times[expected]!).toISOString(),
        });
      }),
      bounded(150),
    );
  });

  it('of a position is the last event of the directory that is not behind it', async () => {
    for (const position of [1, 2, 3, 4, 399, 400, 798, 799, 800, 5_000]) {
      const expected = Math.min(positionOf(Math.floor((position - 1) / 2)), positionOf(EVENTS - 1));
      const moment = await momentOf(database, log, 'a', { position });
      expect(moment.position).toBe(expected);
      expect(log.positionOf(moment.eventId)).toBe(expected);
    }
    await expect(momentOf(database, log, 'b', { position: 1 })).rejects.toMatchObject({
      name: 'BeforeTheDirectory',
      firstAt: new Date(times[0]!),
    });
  });

  it('is refused of a directory that the log does not know', async () => {
    await expect(momentOf(database, log, 'c', { position: 5 })).rejects.toThrow(UnknownToTheLog);
  });
});
