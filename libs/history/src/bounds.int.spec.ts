// What a question about the past costs in a directory with a long history.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog, type NewEvent } from '@app/event-log';
import { Database, type PageWish, type Tx } from '@app/runtime';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { commit, event } from '../../event-log/src/testing/writing.js';
import { eventsAbout } from './about.js';
import { accessIntervals } from './access.js';
import { followHistory, USUAL_PACE } from './follow.js';
import { forgetHistory } from './forget.js';
import { groupsThen, membershipsThen, usersThen } from './lists.js';
import { momentOf } from './moment.js';
import { EVENTS_READ_AT_MOST, HistoryBehind, Past, readHistory } from './past.js';
import { RowsRead } from './testing/rows-read.js';

const START = Date.parse('2030-01-01T00:00:00.000Z');
const PEOPLE = 10_000;
const GROUPS = 100;
const LIMIT = 100;
/** Look-ups of one question by halves, for the moment alone. */
const LOOKS = 60;
/** Events of a group that a page of its intervals looks through. */
const LOOK_THROUGH = 2_000;

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;
let log: EventLog;
let head = 0;

const idOf = (kind: string, number: number): string =>
  `directory_${kind}_${String(number).padStart(26, '0')}`;

/** 50,000 events: people and groups come, join, change, leave and go. */
function* story(): Generator<NewEvent> {
  let count = 0;
  const resource = (kind: string, number: number): object => ({
    id: idOf(kind, number),
    attributes: kind === 'user' ? { userName: `p${number}`, active: true } : { displayName: `g${number}` },
    version: 1,
    created: new Date(START).toISOString(),
    lastModified: new Date(START).toISOString(),
  });
  const told = (type: string, subjects: string[], data: object): NewEvent =>
    event('d', { type, subjects, data, occurredAt: new Date(START + 1_000 * count++).toISOString() });
  const person = (type: string, number: number): NewEvent =>
    told(type, [idOf('user', number)], { user: resource('user', number) });
  const membership = (change: string, number: number, group: number): NewEvent =>
    told('MembershipChanged', [idOf('group', group), idOf('user', number)], {
      change,
      group: resource('group', group),
      member: { type: 'User', user: resource('user', number) },
    });
  for (let number = 0; number < GROUPS; number += 1)
    yield told('GroupCreated', [idOf('group', number)], { group: resource('group', number) });
  for (let number = 0; number < PEOPLE; number += 1) {
    yield person('UserCreated', number);
    yield membership('added', number, number % GROUPS);
    yield membership('added', number, 0);
    yield person('UserProfileChanged', number);
  }
  for (let number = 0; number < PEOPLE / 2; number += 1) {
    yield membership('removed', number, 0);
    if (number % 2 === 0) yield person('UserDeleted', number);
  }
  while (count < 50_000) yield person('UserProfileChanged', PEOPLE - 1 - (count % 1_000));
}

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 4 });
  operator = await admin(fresh.url);
  log = await EventLog.open(database);
  for (let batch: NewEvent[] = [], all = story(), next = all.next(); ; next = all.next()) {
    if (!next.done) batch.push(next.value);
    if (batch.length === 2_000 || (next.done && batch.length > 0)) {
      head = await commit(database, batch);
      batch = [];
    }
    if (next.done) break;
  }
  while ((await followHistory(database, log)) !== 'idle');
  await operator.rows('analyze');
}, 120_000);

afterAll(async () => {
  await operator.close();
  await database.close();
  await fresh.drop();
});

type Reading = { tx: Tx; log: EventLog; past: Past };

async function costOf(position: number, read: (reading: Reading) => Promise<{ data: unknown[] }>) {
  const rows = new RowsRead();
  const page = await readHistory(database, async (plain) => {
    const tx = rows.on(plain);
    const moment = await momentOf(tx, log, 'd', { position });
    return read({ tx, log, past: await Past.at(tx, log, moment) });
  });
  return { rows, found: page.data.length };
}

const wish = (after?: string): PageWish => ({ limit: LIMIT, order: 'asc', after });

describe('after 50,000 events', () => {
  const lists: [string, (reading: Reading) => Promise<{ data: unknown[] }>][] = [
    ['people', (reading) => usersThen(reading, {}, wish())],
    ['people behind a cursor', (reading) => usersThen(reading, {}, wish(idOf('user', 1_234)))],
    ['people, the last first', (reading) => usersThen(reading, {}, { limit: LIMIT, order: 'desc' })],
    ['groups', (reading) => groupsThen(reading, {}, wish())],
    ['members of a large group', (reading) => usersThen(reading, { groupId: idOf('group', 0) }, wish())],
    ['groups of a person', (reading) => groupsThen(reading, { userId: idOf('user', 999) }, wish())],
    ['memberships', (reading) => membershipsThen(reading, wish())],
  ];

  it.each(lists)(
    'a page of %s reads a few events for each line of it, wherever in the past',
    async (_list, read) => {
      for (const part of [0.3, 0.5, 0.79, 0.9, 1]) {
        const { rows, found } = await costOf(Math.floor(head * part), read);
        expect(found).toBeGreaterThan(0);
        // A line has a person, and of memberships a group too: its last event is looked for, and read.
        expect(rows.of('event')).toBeLessThanOrEqual(4 * (found + 1) + LOOKS);
        expect(rows.of('history_epoch')).toBeLessThanOrEqual(10);
        // Those that have gone since the epoch began are passed over.
        const passed = Math.max(USUAL_PACE.changesAtLeast, PEOPLE * 3);
        expect(rows.of('history_thing') + rows.of('history_membership')).toBeLessThanOrEqual(
          passed + LIMIT + 1,
        );
        expect(rows.statements).toBeLessThanOrEqual(6);
        expect([...rows.wholeTables].filter((table) => table === 'event')).toEqual([]);
      }
    },
  );

  it('a page in a directory from which nobody has gone reads its own lines, and one more', async () => {
    const { rows } = await costOf(30_000, lists[1]![1]);
    expect(rows.of('history_thing')).toBeLessThanOrEqual(LIMIT + 1);
    const members = await costOf(30_000, lists[4]![1]);
    expect(members.rows.of('history_membership')).toBeLessThanOrEqual(LIMIT + 1);
  });

  it('a time is found among them by halves', async () => {
    const rows = new RowsRead();
    const moment = await readHistory(database, (tx) =>
      momentOf(rows.on(tx), log, 'd', { time: new Date(START + 20_000_500) }),
    );
    expect(moment.position).toBe(20_001);
    // And the half hour behind it, which hubs with other clocks may have written: an event in each second here.
    expect(rows.of('event')).toBeLessThanOrEqual(30 * 60 + LOOKS);
  });

  it('a page of a timeline, and one of intervals, read what they show', async () => {
    const rows = new RowsRead();
    const known = {
      id: idOf('user', 9_999),
      directoryId: 'd',
      organizationId: 'org_1',
      kind: 'user' as const,
    };
    const page = await readHistory(database, (tx) =>
      eventsAbout(rows.on(tx), log, known, { limit: 5, order: 'desc' }),
    );
    expect(page.data).toHaveLength(5);
    expect(rows.of('event')).toBeLessThanOrEqual(30);
    const access = new RowsRead();
    const filter = { directoryId: 'd', memberId: idOf('user', 4), from: 0, to: head };
    const intervals = await readHistory(database, (tx) =>
      accessIntervals(access.on(tx), log, filter, { limit: 10, order: 'asc' }),
    );
    expect(intervals.data.map(({ ended }) => ended?.type)).toEqual(['UserDeleted', 'MembershipChanged']);
    expect(access.of('event')).toBeLessThanOrEqual(40);
    expect(access.wholeTables.has('event')).toBe(false);
  });

  it.each(['asc', 'desc'] as const)(
    'a page of the intervals of a large group looks for ends until it is full, %s',
    async (order) => {
      const rows = new RowsRead();
      const large = { directoryId: 'd', groupId: idOf('group', 0), from: 0, to: head };
      const page = await readHistory(database, (tx) =>
        accessIntervals(rows.on(tx), log, large, { limit: 10, order }),
      );
      expect(page.data).toHaveLength(10);
      // The last ones of the story are those who leave: they are passed over.
      expect(rows.of('event')).toBeLessThanOrEqual(200 + (order === 'asc' ? 0 : PEOPLE / 2));
    },
  );

  it.each(['asc', 'desc'] as const)(
    'a page of those that lasted until late looks through so many events, and says where to go on, %s',
    async (order) => {
      const late = { directoryId: 'd', groupId: idOf('group', 0), from: head - 1, to: head };
      const pageAt = async (cursor: string | null) => {
        const rows = new RowsRead();
        const after = cursor === null ? undefined : log.positionOf(cursor);
        const page = await readHistory(database, (tx) =>
          accessIntervals(rows.on(tx), log, late, { limit: LIMIT, order, after }, LOOK_THROUGH),
        );
        // Of each that is looked at: its beginning, and what ended it, or else the last events of all concerned.
        expect(rows.of('event')).toBeLessThanOrEqual(8 * (LOOK_THROUGH + LIMIT));
        return page;
      };
      const members: string[] = [];
      let pages = 0;
      for (let cursor: string | null = null; ;) {
        const page = await pageAt(cursor);
        pages += 1;
        members.push(...page.data.map(({ memberId }) => memberId));
        cursor = page.after;
        if (cursor === null) break;
      }
      const stayed = Array.from({ length: PEOPLE / 2 }, (_, number) => idOf('user', PEOPLE / 2 + number));
      // Each hundredth of the story comes twice.
      expect([...new Set(members)]).toEqual(order === 'asc' ? stayed : stayed.reverse());
      expect(pages).toBeLessThanOrEqual(stayed.length / LIMIT + 10);
    },
    60_000,
  );

  it('the epochs have at most three rows for each coming and going', async () => {
    const [row] = await database.rows<{ rows: number; changes: number }>(
      `select (select count(*) from history_thing) + (select count(*) from history_membership) as rows,
              (select sum(changes)::bigint from history_epoch) as changes`,
    );
    expect(row!.changes).toBe(GROUPS + PEOPLE * 3 + PEOPLE / 2 + PEOPLE / 4);
    expect(row!.rows).toBeLessThan(3 * row!.changes);
  });

  it('what nobody has entered yet is read from the log, up to a bound, and refused beyond it', async () => {
    await forgetHistory(database);
    const near = await costOf(EVENTS_READ_AT_MOST, lists[0]![1]);
    expect(near.found).toBe(LIMIT);
    expect(near.rows.of('event')).toBeLessThanOrEqual(EVENTS_READ_AT_MOST + 4 * LIMIT + LOOKS);
    await expect(costOf(EVENTS_READ_AT_MOST + 1, lists[0]![1])).rejects.toThrow(HistoryBehind);
  });
});
