// Who waits for the log is woken when it grows, and gives up when there is nothing to wait for any more.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { announce } from '@app/delivery';
import { headPosition } from '@app/event-log';
import { Database } from '@app/runtime';
import { TENANCY_ENTITIES } from '@app/tenancy';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/index.js';
import { LogWatch } from './log-watch.js';

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 4, entities: TENANCY_ENTITIES });
}, 60_000);
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const NEVER = new AbortController().signal;

function grow(): Promise<void> {
  const event = { type: 'StreamVerificationRequested' as const, data: { streamId: 'stream' } };
  return database.transaction((tx) => announce(tx, null, { events: [event], now: new Date() }));
}

describe('waiting for the log', () => {
  it('ends for everybody when it has grown beyond their place, and for nobody who is further', async () => {
    const watch = new LogWatch(database);
    const head = await headPosition(database);
    const waiting = [watch.beyond(head, NEVER), watch.beyond(head, NEVER)];
    const patient = watch.beyond(head + 1, NEVER);
    await grow();
    expect(await Promise.all(waiting)).toEqual([true, true]);
    await grow();
    expect(await patient).toBe(true);
    expect(await headPosition(database)).toBe(head + 2);
    watch.beforeApplicationShutdown();
  });

  it('ends at once for who is behind already, at the next look', async () => {
    const watch = new LogWatch(database);
    await grow();
    expect(await watch.beyond((await headPosition(database)) - 1, NEVER)).toBe(true);
    watch.beforeApplicationShutdown();
  });

  it('is given up when the receiver goes', async () => {
    const watch = new LogWatch(database);
    const receiver = new AbortController();
    const waiting = watch.beyond(await headPosition(database), receiver.signal);
    receiver.abort();
    expect(await waiting).toBe(false);
    expect(await watch.beyond(0, receiver.signal)).toBe(false);
    watch.beforeApplicationShutdown();
  });

  it('is given up when the hub stops, and does not begin again', async () => {
    const watch = new LogWatch(database);
    const waiting = watch.beyond(await headPosition(database), NEVER);
    watch.beforeApplicationShutdown();
    expect(await waiting).toBe(false);
    expect(await watch.beyond(0, NEVER)).toBe(false);
  });
});
