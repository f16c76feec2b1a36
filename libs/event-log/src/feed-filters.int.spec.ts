// What a filter finds, and how little of a long log is read for it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type Tx } from '@app/runtime';
import {
  admin,
  freshDatabase,
  rowsRead,
  type Admin,
  type FreshDatabase,
} from '../../../test/support/index.js';
import { EventIds } from './event-ids.js';
import { EventLog } from './event-log.js';
import { LOOKED_AT_MOST, readFeed } from './feed.js';
import type { Selection } from './selection.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;
let log: EventLog;

const LENGTH = 120_000;
const LIMIT = 11;
const MUCH = 1_000_000;
const ids = new EventIds(Buffer.alloc(32));

/** Of a hundred events one is of `small`, and of ten thousand one is rare; everything else is of a directory of its own. */
beforeAll(async () => {
  fresh = await freshDatabase();
  operator = await admin(fresh.url);
  await operator.rows(
    `with made as (
       select n, case when n % 100 = 7 then 'small' else 'large' end as directory,
              case when n % 10000 = 9 then 'UserDeleted' when n % 5 = 0 then 'MembershipChanged' else 'UserCreated' end as type
         from generate_series(1, $1::int) as n)
     insert into event (position, directory_id, organization_id, sequence, type, subjects, data, previous, request_id, occurred_at, digest)
     select n, directory, 'org_' || directory, row_number() over (partition by directory order by n), type,
            case when type = 'MembershipChanged' then array['group_' || n % 3, 'user_' || n % 1000] else array['user_' || n % 7000] end,
            json_build_object('n', n), null, 'request', timestamptz '2030-01-01' + n * interval '1 second', ''
       from made order by n`,
    [LENGTH],
  );
  await operator.rows(
    `insert into directory_head (directory_id, sequence, digest, closed)
     select directory_id, max(sequence), '', false from event group by directory_id`,
  );
  await operator.rows('update log_head set position = $1', [LENGTH]);
  await operator.rows('analyze event');
  database = await Database.connect(fresh.url, { poolSize: 2 });
  log = await EventLog.open(database);
}, 120_000);
afterAll(async () => {
  await database.close();
  await operator.close();
  await fresh.drop();
});

type Filter = Omit<Selection, 'after' | 'limit'>;

const alone: [string, Filter][] = [
  ['a rare type', { types: ['UserDeleted'] }],
  ['a rare type and one that there never was', { types: ['GroupDeleted', 'UserDeleted'] }],
  ['most of the types', { types: ['UserCreated', 'MembershipChanged'] }],
  ['a person', { subjects: ['user_5'] }],
  ['a person and a group, who share events', { subjects: ['user_30', 'group_0'] }],
  ['nobody who ever was', { subjects: ['user_x'] }],
  ['a small directory', { directoryId: 'small' }],
  ['several directories', { directoryIds: ['small', 'nowhere'] }],
  ['a directory of those that a token may read', { directoryId: 'small', directoryIds: ['small', 'large'] }],
  ['a directory that a token may not read', { directoryId: 'small', directoryIds: ['large'] }],
  ['a small organization', { organizationId: 'org_small' }],
  ['an organization of those that a token may read', { organizationIds: ['org_small'] }],
];
const together: [string, Filter][] = [
  ['a rare type of a large organization', { types: ['UserDeleted'], organizationId: 'org_large' }],
  ['a rare type of a directory', { types: ['UserDeleted'], directoryIds: ['large'] }],
  ['a type about a group', { types: ['UserDeleted'], subjects: ['group_1'] }],
  [
    'a time',
    { occurredFrom: new Date('2030-01-02T09:00:00Z'), occurredBefore: new Date('2030-01-02T09:01:00Z') },
  ],
];
const starts = [0, 7, 60_000, 119_500, LENGTH];

const found = async (selection: Selection): Promise<number[]> =>
  (await log.after(database, selection)).map(({ position }) => position);

describe.each([...alone, ...together])('%s', (_title, filter) => {
  it('is found whole and in order by going on where a page has reached', async () => {
    for (const start of starts) {
      const wanted = await found({ ...filter, after: start, limit: 200 });
      const positions: number[] = [];
      for (let after = start, complete = false; !complete && positions.length < wanted.length;) {
        const read = await log.feed(database, { ...filter, after, limit: LIMIT }, MUCH);
        positions.push(...read.entries.map(({ position }) => position));
        if (!read.complete) expect(read.reached).toBeGreaterThan(after);
        ({ complete, reached: after } = read);
      }
      expect(positions.slice(0, wanted.length)).toEqual(wanted);
    }
  });
});

async function rowsOfAPage(filter: Filter, after: number): Promise<number> {
  return rowsRead(database, (tx: Tx) =>
    readFeed(tx, ids, { selection: { ...filter, after, limit: LIMIT }, bytesAtMost: MUCH }),
  );
}

describe.each(alone)('a page of %s', (_title, filter) => {
  // A few times as many as are wanted are looked at first; then as many of each name as are on the page, and the page itself. An
  // index that is read for its places alone, and a bitmap of those, count as rows too.
  const ROWS_AT_MOST = 16 * LIMIT;

  it.each(starts)(
    'is read from %d on by about as many rows as it has, wherever the next one is',
    async (after) => {
      expect(await rowsOfAPage(filter, after)).toBeLessThanOrEqual(ROWS_AT_MOST);
    },
  );
});

describe.each(together)('a page of %s', (_title, filter) => {
  it.each(starts)('is read from %d on by no more rows than are looked at for any', async (after) => {
    expect(await rowsOfAPage(filter, after)).toBeLessThanOrEqual(2 * LOOKED_AT_MOST);
  });

  it('says how far it was looked when there is nothing so far', async () => {
    const nothing = { ...filter, types: ['GroupDeleted'] };
    const read = await log.feed(database, { ...nothing, after: 5, limit: LIMIT }, MUCH);
    expect(read).toMatchObject({ entries: [], reached: 5 + LOOKED_AT_MOST, complete: false });
  });
});
