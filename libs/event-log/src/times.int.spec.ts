import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { EventLog } from './event-log.js';
import { commit, event } from './testing/writing.js';

const START = Date.parse('2026-01-05T00:00:00.000Z');
const HOUR = 3_600_000;
const at = (hours: number): Date => new Date(START + hours * HOUR);

let fresh: FreshDatabase;
let database: Database;
let log: EventLog;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 2 });
  log = await EventLog.open(database);
  // One in each hour of ten days, but the hub of every fifth has a clock that is ten minutes slow.
  const hours = Array.from({ length: 240 }, (_, index) => index + 1);
  await commit(
    database,
    hours.map((hour) => {
      const slow = hour % 5 === 0 ? HOUR / 6 : 0;
      return { ...event('a'), occurredAt: new Date(at(hour).getTime() - slow).toISOString() };
    }),
  );
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

describe('a time as a place in the log', () => {
  it.each([0, 1, 7.5, 100, 100.1, 239, 240, 1_000])(
    'around hour %p leaves out nothing that happened then, and little is looked at in vain',
    async (hour) => {
      const before = await log.positionBefore(database, at(hour));
      const after = await log.positionAfter(database, at(hour));
      const events = await log.after(database, { after: 0, limit: 1_000 });
      for (const { position, occurredAt } of events) {
        if (position <= before) expect(new Date(occurredAt) < at(hour)).toBe(true);
        if (position > after) expect(new Date(occurredAt) >= at(hour)).toBe(true);
      }
      expect(after - before).toBeLessThanOrEqual(2);
    },
  );

  it('is the beginning for a log without events', async () => {
    const empty = await freshDatabase();
    const nothing = await Database.connect(empty.url, { poolSize: 1 });
    expect(await (await EventLog.open(nothing)).positionBefore(nothing, at(1))).toBe(0);
    await nothing.close();
    await empty.drop();
  });
});
