import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventLog } from '@app/event-log';
import { freshDatabase, Sink, type FreshDatabase } from '../../../test/support/index.js';
import type { Engine } from './engine.js';
import { Holdings } from './holdings.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { openStage, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(120_000);

const KIBIBYTE = 1_024;
const LARGE = 'x'.repeat(64 * KIBIBYTE);
/** As it is stored: the text, and the little around it. */
const LARGEST_IN_BYTES = 65 * KIBIBYTE;

let database: FreshDatabase;
let stage: Stage;
let sink: Sink;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
  sink = await Sink.open();
});

afterAll(async () => {
  await sink.close();
  await stage.close();
  await database.drop();
});

beforeEach(() => void (sink.received.length = 0));

const people = (count: number): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'UserProfileChanged',
    subjects: [`directory_user_${index}`],
    data: { text: LARGE },
  }));

/** Counts what is read and not yet sent, beside the engine's own count. */
function watched(
  limits: Partial<Engine['limits']>,
  holdings: Holdings,
): { engine: Engine; most: () => number } {
  let most = 0;
  const look = (): void => void (most = Math.max(most, holdings.held));
  const engine: Engine = {
    ...stage.engine,
    holdings,
    limits: { ...stage.engine.limits, ...limits },
    send: async (request) => {
      look();
      return stage.engine.send(request);
    },
  };
  return { engine, most: () => most };
}

async function drain(engine: Engine, id: string): Promise<void> {
  for (;;) {
    const report = await pump(engine, id);
    if (report.kind !== 'worked' || !report.more) return;
  }
}

describe('a page of the log', () => {
  it('has as many events as fit, at least one, and says whether there are more', async () => {
    const organizationId = await stage.organization();
    const appended = await stage.append(organizationId, people(5));
    const log = await EventLog.open(stage.database);
    const page = (bytesAtMost: number, limit = 10): ReturnType<EventLog['page']> =>
      log.page(stage.database, { after: appended[0]! - 1, limit, organizationId }, bytesAtMost);
    const two = await page(2 * LARGEST_IN_BYTES);
    expect([two.entries.length, two.complete]).toEqual([2, false]);
    expect(two.bytes.every((bytes) => bytes > LARGE.length && bytes < LARGEST_IN_BYTES)).toBe(true);
    expect([(await page(0)).entries.length, (await page(0)).complete]).toEqual([1, false]);
    const all = await page(10 * LARGEST_IN_BYTES);
    expect([all.entries.length, all.complete]).toEqual([5, true]);
    expect((await page(10 * LARGEST_IN_BYTES, 5)).complete).toBe(false);
    const none = await log.page(stage.database, { after: appended.at(-1)!, limit: 5, organizationId }, 1);
    expect(none).toEqual({ entries: [], bytes: [], complete: true });
  });
});

describe('the memory of a worker', () => {
  it('is bounded for one destination, however large the events and the backlog are', async () => {
    const organizationId = await stage.organization();
    const id = await stage.destination({ url: sink.url, organizationId });
    const appended = await stage.append(organizationId, people(120));
    await route(stage.engine, stage.errands);
    const bytesPerSlice = 1_024 * KIBIBYTE;
    const holdings = new Holdings(64 * 1_024 * KIBIBYTE);
    const { engine, most } = watched({ bytesPerSlice }, holdings);
    await drain(engine, id);
    expect(sink.received).toHaveLength(appended.length);
    expect(most()).toBeGreaterThan(2 * LARGEST_IN_BYTES);
    expect(most()).toBeLessThanOrEqual(bytesPerSlice);
    expect(holdings.held).toBe(0);
  });

  it('is bounded for all destinations together; past it each goes on with one event at a time', async () => {
    const organizationId = await stage.organization();
    const DESTINATIONS = 12;
    const ids: string[] = [];
    for (let n = 0; n < DESTINATIONS; n++)
      ids.push(await stage.destination({ url: `${sink.url}/${n}`, organizationId }));
    await stage.append(organizationId, people(20));
    await route(stage.engine, stage.errands);
    const bytesAtMost = 512 * KIBIBYTE;
    const holdings = new Holdings(bytesAtMost);
    const { engine, most } = watched({}, holdings);
    await Promise.all(ids.map((id) => drain(engine, id)));
    expect(sink.received).toHaveLength(20 * DESTINATIONS);
    expect(most()).toBeLessThanOrEqual(bytesAtMost + DESTINATIONS * LARGEST_IN_BYTES);
    expect(holdings.held).toBe(0);
  });

  it('is bounded for what is tried again, too', async () => {
    const organizationId = await stage.organization();
    const id = await stage.destination({ url: sink.url, organizationId });
    await stage.append(organizationId, people(60));
    await route(stage.engine, stage.errands);
    sink.answers({ status: 400 });
    await drain(stage.engine, id);
    await stage.database.rows(
      `update parked_delivery set due_at = now() - interval '1 minute' where destination_id = $1`,
      [id],
    );
    sink.answers({ status: 204 });
    sink.received.length = 0;
    await stage.database.rows(
      'update delivery_state set resting_until = null, consecutive_failures = 0 where destination_id = $1',
      [id],
    );
    const bytesPerSlice = 512 * KIBIBYTE;
    const holdings = new Holdings(64 * 1_024 * KIBIBYTE);
    const { engine, most } = watched({ bytesPerSlice }, holdings);
    for (let slices = 0; (await stage.parked(id)).length > 0 && slices < 100; slices++)
      await pump(engine, id);
    expect(await stage.parked(id)).toEqual([]);
    expect(most()).toBeLessThanOrEqual(bytesPerSlice);
    expect(holdings.held).toBe(0);
  });
});
