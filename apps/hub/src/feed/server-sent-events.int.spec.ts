// A stream keeps nothing for its reader but a place in the log.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog, headPosition } from '@app/event-log';
import { Clock, Database } from '@app/runtime';
import { commit, event } from '../../../../libs/event-log/src/testing/writing.js';
import { eventually, freshDatabase, type FreshDatabase } from '../../../../test/support/index.js';
import { LogWatch } from '../ssf/log-watch.js';
import { FeedCursors } from './feed-cursors.js';
import { FeedReading } from './feed-reading.js';
import { EVERYTHING, feedOf, type FeedFilter } from './feed-scope.js';
import { FeedSettings } from './feed-settings.js';
import { serverSentEvents, STREAM_PAGE, type StreamWish } from './server-sent-events.js';

let fresh: FreshDatabase;
let database: Database;
let log: EventLog;
let watch: LogWatch;
let reading: FeedReading;
let reads = 0;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 4 });
  log = await EventLog.open(database);
  watch = new LogWatch(database);
  const cursors = new FeedCursors(database, log, new Clock(), new FeedSettings(0, 1, 1));
  reading = new FeedReading(database, log, watch, cursors);
}, 60_000);
afterAll(async () => {
  watch.beforeApplicationShutdown();
  await database.close();
  await fresh.drop();
});

const LENGTH = 5_000;
const people = (directoryId: string, count: number): ReturnType<typeof event>[] =>
  Array.from({ length: count }, (_, n) => {
    const user = { id: `directory_user_${n}`, attributes: { userName: `u${n}`, title: 'x'.repeat(LENGTH) } };
    return event(directoryId, { data: { user }, subjects: [user.id] });
  });

async function told(
  filter: FeedFilter,
  { after = 0, ...more }: Partial<StreamWish> & { after?: number } = {},
): Promise<AsyncGenerator<string, void, undefined>> {
  const counted: Pick<FeedReading, 'page'> = {
    page: (...wish) => {
      reads += 1;
      return reading.page(...wish);
    },
  };
  const feed = feedOf(filter, EVERYTHING);
  const first = await counted.page(feed, { position: after }, STREAM_PAGE);
  const access = { isOpen: () => Promise.resolve(true) };
  return serverSentEvents(
    { reading: counted, watch },
    { feed, first, access, signal: new AbortController().signal, ...more },
  );
}

describe('a stream', () => {
  it('reads the log at the pace of its reader, and no further', async () => {
    await commit(database, people('a', 600));
    reads = 0;
    const gone = new AbortController();
    const stream = Readable.from(await told({ directoryIds: ['a'] }, { signal: gone.signal }), {
      objectMode: false,
      highWaterMark: 16_384,
    });
    const chunks: Buffer[] = [];
    const ids = (): (string | undefined)[] =>
      [
        ...Buffer.concat(chunks)
          .toString()
          .matchAll(/^id: (.*)$/gm),
      ].map(([, id]) => id);
    // The reader takes one part, and then nothing; what the machinery reads ahead is a page or two.
    await new Promise<void>((resolve) =>
      stream.once('data', (chunk: Buffer) => {
        stream.pause();
        chunks.push(chunk);
        resolve();
      }),
    );
    await database.rows('select 1');
    expect(reads).toBeLessThanOrEqual(3);
    expect(stream.readableLength).toBeLessThan(4 * STREAM_PAGE.bytesAtMost);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
    const all = await log.after(database, { after: 0, limit: 5_000, directoryId: 'a' });
    await eventually(() => expect(ids()).toHaveLength(all.length), { withinInSeconds: 30 });
    gone.abort();
    stream.destroy();
    expect(ids()).toEqual(all.map(({ id }) => id));
    expect(reads).toBeGreaterThan(600 / STREAM_PAGE.limit);
  });

  it('says now and then that it is there, and how far it has looked, although nothing concerns its reader', async () => {
    const after = await headPosition(database);
    const stream = await told({ directoryIds: ['nobody'] }, { after, heartbeatInMilliseconds: 50 });
    expect((await stream.next()).value).toBe('retry: 1000\n\n');
    const [before] = (await log.idsAt(database, [after])).values();
    expect((await stream.next()).value).toBe(`: heartbeat\nid: ${before}\n\n`);
    await commit(database, people('b', 1));
    const [now] = (await log.idsAt(database, [after + 1])).values();
    await eventually(async () => expect((await stream.next()).value).toBe(`: heartbeat\nid: ${now}\n\n`));
    await stream.return();
  });

  it('ends when its reader may not read any more, before anything else is told', async () => {
    const after = await headPosition(database);
    let isOpen = true;
    const access = { isOpen: () => Promise.resolve(isOpen) };
    const stream = await told({ directoryIds: ['c'] }, { after, access });
    await stream.next();
    const next = stream.next();
    isOpen = false;
    await commit(database, people('c', 1));
    expect((await next).value).toBe(': the token was deleted, or has expired\n\n');
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('ends when its reader goes', async () => {
    const gone = new AbortController();
    const stream = await told({}, { after: await headPosition(database), signal: gone.signal });
    await stream.next();
    const next = stream.next();
    gone.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(watch.waiting).toBe(0);
  });
});

describe('those who wait', () => {
  it('are woken by what concerns them, and cost no statement of their own before', async () => {
    const after = await headPosition(database);
    const asked: string[] = [];
    const counting = new LogWatch({
      rows: (sql: { name?: string } | string, values?: unknown[]) => {
        asked.push(typeof sql === 'string' ? sql : sql.name!);
        return database.rows(sql as string, values);
      },
    } as Database);

    const concern = (directoryId: string) => feedOf({ directoryIds: [directoryId] }, EVERYTHING).concerns;
    const many = Array.from({ length: 200 }, () =>
      counting.beyond(after, new AbortController().signal, concern('d')),
    );
    let woken = 0;
    for (const each of many) void each.then((moved) => (woken += Number(moved)));
    await commit(database, people('e', 3));
    await eventually(() => expect(asked.filter((name) => name === 'feed-traces').length).toBe(1));
    await eventually(() => expect(asked.length).toBeGreaterThan(3));
    expect(woken).toBe(0);
    await commit(database, people('d', 1));
    expect(await Promise.all(many)).toEqual(many.map(() => true));
    // One look at the end of the log, and one at what has come, for all of them together.
    expect(asked.filter((name) => name === 'feed-traces').length).toBe(2);
    counting.beforeApplicationShutdown();
  });
});
