// How far one request looks, and that nobody who goes on misses anything.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { EventLog } from '@app/event-log';
import { Clock, Database } from '@app/runtime';
import { admin, freshDatabase, type FreshDatabase } from '../../../../test/support/index.js';
import { LogWatch } from '../ssf/log-watch.js';
import { FeedCursors } from './feed-cursors.js';
import { FeedReading, type FeedPage } from './feed-reading.js';
import { EVERYTHING, feedOf, type FeedFilter } from './feed-scope.js';
import { FeedSettings } from './feed-settings.js';

let fresh: FreshDatabase;
let database: Database;
let reading: FeedReading;
let log: EventLog;

const LENGTH = 110_000;
/** The two deletions that there are. */
const DELETED = [70_000, 100_000];

beforeAll(async () => {
  fresh = await freshDatabase();
  const operator = await admin(fresh.url);
  await operator.rows(
    `insert into event (position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at, digest)
     select n, 'directory_1', 'org_1', n, case when n = any($2) then 'UserDeleted' else 'UserCreated' end, array['directory_user_' || n],
            json_build_object('user', json_build_object('id', 'directory_user_' || n, 'attributes', json_build_object())),
            null, 'request', timestamptz '2030-01-01' + n * interval '1 second', ''
       from generate_series(1, $1::int) as n`,
    [LENGTH, DELETED],
  );
  await operator.rows('update log_head set position = $1', [LENGTH]);
  await operator.rows('vacuum analyze event');
  await operator.close();
  database = await Database.connect(fresh.url, { poolSize: 4 });
  log = await EventLog.open(database);
  const cursors = new FeedCursors(database, log, new Clock(), new FeedSettings(0, 1, 1));
  reading = new FeedReading(database, log, new LogWatch(database), cursors);
}, 120_000);
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

async function pagesOf(filter: FeedFilter): Promise<FeedPage[]> {
  const feed = feedOf(filter, EVERYTHING);
  const pages: FeedPage[] = [];
  for (let position = 0, more = true; more;) {
    const page = await reading.page(feed, { position }, { limit: 10 });
    pages.push(page);
    ({ more, reached: position } = page);
    // The cursor is what a reader goes on with.
    expect(log.positionOf(page.cursor!)).toBe(position);
  }
  return pages;
}

it('a page of a filter that no index answers ends after a part of the log, empty if need be, and says where to go on', async () => {
  const pages = await pagesOf({ organizationId: 'org_1', causes: ['UserDeleted'] });
  expect(pages.map(({ events, more, reached }) => [events.length, more, reached])).toEqual([
    [0, true, 50_000],
    [2, true, 100_000],
    [0, false, LENGTH],
  ]);
});

it('a page of what an index answers has it all at once', async () => {
  const pages = await pagesOf({ causes: ['UserDeleted'] });
  expect(pages.map(({ events, more, reached }) => [events.length, more, reached])).toEqual([
    [2, false, LENGTH],
  ]);
});
