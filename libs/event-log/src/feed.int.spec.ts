import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type Tx } from '@app/runtime';
import { freshDatabase, plansOf, type FreshDatabase } from '../../../test/support/index.js';
import {
  ackConsumer,
  advanceConsumer,
  createConsumer,
  findConsumer,
  leaseConsumer,
  listConsumers,
  seekConsumer,
  type Consumer,
} from './consumers.js';
import { EventIds } from './event-ids.js';
import { EventLog } from './event-log.js';
import { readFeed, tracesAfter } from './feed.js';
import type { Selection } from './selection.js';
import { commit, event, events, NOON } from './testing/writing.js';

let fresh: FreshDatabase;
let database: Database;
let log: EventLog;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 8 });
  log = await EventLog.open(database);
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const MUCH = 1_000_000;

/** A page whose events are parsed. */
async function feed(selection: Selection, bytesAtMost = MUCH) {
  const { entries, ...rest } = await log.feed(database, selection, bytesAtMost);
  return { entries: entries.map((each) => each.entry()), ...rest };
}

describe('a page of the feed', () => {
  it('of an empty log has no end and is complete', async () => {
    expect(await feed({ after: 0, limit: 10 })).toEqual({
      entries: [],
      head: undefined,
      anchoredAt: undefined,
      reached: 0,
      complete: true,
    });
  });

  it('is what the log has, with its end, also where the filter leaves everything out', async () => {
    await commit(database, [...events('a', 5), ...events('b', 3)]);
    const all = await log.after(database, { after: 0, limit: 100 });
    const head = { position: 8, at: new Date(NOON) };
    expect(await feed({ after: 0, limit: 100 })).toEqual({
      entries: all,
      head,
      anchoredAt: undefined,
      reached: 8,
      complete: true,
    });
    const some = await feed({ after: 2, limit: 3 });
    expect(some).toEqual({
      entries: all.slice(2, 5),
      head,
      anchoredAt: new Date(NOON),
      reached: 5,
      complete: false,
    });
    const none = await feed({ after: 2, limit: 3, directoryIds: ['c'] });
    expect(none).toEqual({ entries: [], head, anchoredAt: new Date(NOON), reached: 8, complete: true });
    expect((await feed({ after: 0, limit: 100, organizationIds: ['org_1'] })).entries).toEqual(all);
    expect((await feed({ after: 9, limit: 1 })).anchoredAt).toBeUndefined();
  });

  it('is no larger than it may be, but has one event at least', async () => {
    const large = { data: { user: { id: 'u', attributes: { title: 'x'.repeat(10_000) } } } };
    await commit(database, [event('large', large), event('large', large), event('large', large)]);
    const page = (bytes: number) => feed({ after: 8, limit: 10 }, bytes);
    expect(await page(1)).toMatchObject({ entries: [{ position: 9 }], complete: false });
    expect(await page(25_000)).toMatchObject({
      entries: [{ position: 9 }, { position: 10 }],
      complete: false,
    });
    expect(await page(35_000)).toMatchObject({ entries: { length: 3 }, complete: true });
  });

  it('is found by an index, however long the log is', async () => {
    await database.rows('analyze event').catch(() => undefined);
    const ids = new EventIds(Buffer.alloc(32));
    for (const filter of [{}, { organizationIds: ['org_1'] }, { types: ['UserCreated'] }]) {
      const plans = await plansOf(database, async (tx: Tx) => {
        await tx.rows('set local enable_seqscan = off');
        await readFeed(tx, ids, { selection: { after: 3, limit: 2, ...filter }, bytesAtMost: MUCH });
        await tracesAfter(tx, 3, 10);
      });
      expect(plans).toHaveLength(3);
      for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on event/);
    }
  });
});

describe('a named consumer', () => {
  const now = new Date(NOON);
  const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);
  let made = 0;
  async function consumer(position = 0): Promise<Consumer> {
    const name = `c${(made += 1)}`;
    const wish = { name, id: `consumer_${made}`, filter: {}, position, createdAt: now };
    expect(await createConsumer(database, wish, 100)).toBe('made');
    return (await findConsumer(database, name))!;
  }
  const ack = (name: string, to: number, token?: string, at = now) =>
    ackConsumer(database, name, { to, token, now: at });

  it('goes only forward, whoever acknowledges at once', async () => {
    const { name } = await consumer();
    const answers = await Promise.all([5, 2, 7, 1, 7, 6, 3].map((to) => ack(name, to)));
    expect((await findConsumer(database, name))!.position).toBe(7);
    // Each that was moved stood where it was moved to, and no place was reached twice.
    const reached = answers.filter((each) => each!.moved).map((each) => each!.position);
    expect(new Set(reached).size).toBe(reached.length);
    expect(reached).toContain(7);
    expect(answers.every((each) => each!.position >= 1 && !each!.refused)).toBe(true);
    expect(await ack('nobody', 1)).toBeUndefined();
  });

  it('puts a page into the hands of one reader of many', async () => {
    const held = await consumer();
    const lease = (token: string, at = now) =>
      leaseConsumer(database, held, { token, until: new Date(at.getTime() + 10_000), to: 4, now: at });
    const taken = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((token) => lease(token)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await lease('late', later(9))).toBe(false);
    expect(await lease('late', later(10))).toBe(true);
    expect(await ack(held.name, 4, 'a')).toEqual({ position: 0, moved: false, refused: true });
    expect(await ack(held.name, 2, 'late')).toEqual({ position: 2, moved: true, refused: false });
    expect((await findConsumer(database, held.name))!.lease).toMatchObject({ token: 'late' });
    expect(await ack(held.name, 4, 'late')).toMatchObject({ moved: true });
    expect((await findConsumer(database, held.name))!.lease).toBeNull();
    // Read before it was moved, so it is not the page that comes next.
    expect(await lease('behind', later(20))).toBe(false);
  });

  it('is moved over what it does not want, but never under somebody who has a page in hand', async () => {
    const idle = await consumer(3);
    await advanceConsumer(database, idle, 5);
    expect((await findConsumer(database, idle.name))!.position).toBe(5);
    await advanceConsumer(database, idle, 8); // it was read at 3, and is not there any more
    expect((await findConsumer(database, idle.name))!.position).toBe(5);
    const held = (await findConsumer(database, idle.name))!;
    await leaseConsumer(database, held, { token: 'a', until: later(10), to: 6, now });
    await advanceConsumer(database, held, 8);
    expect((await findConsumer(database, idle.name))!.position).toBe(5);
    expect(await seekConsumer(database, idle.name, 1)).toBe(true);
    expect(await findConsumer(database, idle.name)).toMatchObject({
      position: 1,
      lease: null,
      lagEvents: 10,
    });
    expect(await seekConsumer(database, 'nobody', 1)).toBe(false);
  });

  it('is one of so many at most, and of one name', async () => {
    const { data } = await listConsumers(database, { limit: 100, order: 'asc' });
    const wish = { name: data[0]!.name, id: 'consumer_x', filter: {}, position: 0, createdAt: now };
    expect(await createConsumer(database, wish, 100)).toBe('taken');
    expect(await createConsumer(database, { ...wish, name: 'fresh' }, data.length)).toBe('too many');
    expect(await createConsumer(database, { ...wish, name: 'fresh' }, data.length + 1)).toBe('made');
    const page = await listConsumers(database, { limit: 2, order: 'asc', after: data[0]!.id });
    expect(page.data.map(({ name }) => name)).toEqual(data.slice(1, 3).map(({ name }) => name));
  });
});
