import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database, type Tx } from '@app/runtime';
import {
  admin,
  freshDatabase,
  plansOf,
  type Admin,
  type FreshDatabase,
} from '../../../test/support/index.js';
import { append, loadHeads } from './append.js';
import type { Entry } from './entry.js';
import { EventLog, headPosition } from './event-log.js';
import { commit, event, events, NOON, write } from './testing/writing.js';
import { verifyLog } from './verify.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;
let log: EventLog;

/** A database for each test, or one for all of a part where tests do not disturb each other: it takes longer to make than they to run. */
function withDatabase(before: typeof beforeEach, after: typeof afterEach): void {
  before(async () => {
    fresh = await freshDatabase();
    database = await Database.connect(fresh.url, { poolSize: 10 });
    operator = await admin(fresh.url);
    log = await EventLog.open(database);
  });
  after(async () => {
    await database.close();
    await operator.close();
    await fresh.drop();
  });
}

const whole = (): Promise<Entry[]> => log.after(database, { after: 0, limit: 10_000 });
const undone = new Error('this transaction changes its mind');

describe('the numbers of events', () => {
  withDatabase(beforeEach, afterEach);

  it('start at 1, for the log and for each directory', async () => {
    expect(await headPosition(database)).toBe(0);
    expect(await commit(database, [event('a'), event('b'), event('a')])).toBe(3);
    expect(await commit(database, [event('b')])).toBe(4);
    expect(await headPosition(database)).toBe(4);
    expect(
      (await whole()).map(({ position, directoryId, sequence }) => [position, directoryId, sequence]),
    ).toEqual([
      [1, 'a', 1],
      [2, 'b', 1],
      [3, 'a', 2],
      [4, 'b', 2],
    ]);
  });

  it('follow the order of commits: a second writer waits for the first one to end', async () => {
    let second: Promise<number> | undefined;
    const first = await database.transaction(async (tx) => {
      const position = await write(tx, [event('a')]);
      second = commit(database, [event('b')]);
      await operator.waitingForLocks(1);
      return position;
    });
    expect([first, await second]).toEqual([1, 2]);
  });

  it('have no gap where a transaction was rolled back', async () => {
    let second: Promise<number> | undefined;
    const first = database.transaction(async (tx) => {
      await write(tx, events('a', 3));
      second = commit(database, [event('b')]);
      await operator.waitingForLocks(1);
      throw undone;
    });
    await expect(first).rejects.toBe(undone);
    expect(await second).toBe(1);
    expect(await commit(database, [event('a')])).toBe(2);
    expect((await whole()).map(({ sequence }) => sequence)).toEqual([1, 1]);
  });

  it('are seen by a follower each once and in order, among writers that give up, die, or commit', async () => {
    const seen: Entry[] = [];
    let written = false;
    const follow = async (): Promise<void> => {
      for (;;) {
        const last = written;
        const news = await log.after(database, { after: seen.at(-1)?.position ?? 0, limit: 7 });
        seen.push(...news);
        if (last && news.length === 0) return;
      }
    };
    const committed = new Set<string>();
    const writer = async (name: number): Promise<void> => {
      for (let round = 0; round < 18; round += 1) {
        const directories = [`d${(name + round) % 4}`, `d${(name * round) % 4}`];
        const requestId = `${name}-${round}`;
        const news = Array.from({ length: 1 + (round % 4) }, (_, index) =>
          event(directories[index % 2]!, { requestId }),
        );
        const fate = (name * 7 + round * 3) % 6;
        const done = database.transaction(async (tx) => {
          await write(tx, news);
          if (fate === 0) throw undone;
          if (fate === 1) await operator.kill(await pidOf(tx));
          if (fate === 1) await tx.rows('select 1');
        });
        await done.then(
          () => committed.add(requestId),
          (error: unknown) => {
            if (fate > 1) throw error;
          },
        );
      }
    };
    const following = follow();
    await Promise.all([1, 2, 3, 4, 5].map(writer)).finally(() => (written = true));
    await following;

    expect(seen.map(({ position }) => position)).toEqual(seen.map((_, index) => index + 1));
    for (const id of ['d0', 'd1', 'd2', 'd3']) {
      const entries = seen.filter(({ directoryId }) => directoryId === id);
      expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
    }
    expect(new Set(seen.map(({ requestId }) => requestId))).toEqual(committed);
    expect(committed.size).toBeGreaterThan(40);
    expect(committed.size).toBeLessThan(90);
    expect((await verifyLog(database)).flaws).toEqual([]);
  });
});

describe('what is appended', () => {
  withDatabase(beforeEach, afterEach);

  it('is given back as it was, its keys in the order in which they were said', async () => {
    const data = { z: 1, a: { 'ключ "x"': ['é🚀', null, 0.1, 12345678901] }, 'b\\n': '\n' };
    const previous = { title: null, active: true };
    await commit(database, [
      event('a', { data, previous, subjects: ['g', 'u'], organizationId: 'org_9' }),
      event('a'),
    ]);
    const [first, second] = await whole();
    expect(first).toEqual({
      position: 1,
      id: log.idOf(1, new Date(NOON)),
      directoryId: 'a',
      organizationId: 'org_9',
      sequence: 1,
      type: 'UserCreated',
      subjects: ['g', 'u'],
      data,
      previous,
      requestId: 'request-1',
      occurredAt: NOON,
    });
    expect(JSON.stringify(first?.data)).toBe(JSON.stringify(data));
    expect(second?.previous).toBeUndefined();
    const [stored] = await database.rows<{ data: string }>(
      'select data::text as data from event where position = 1',
    );
    expect(stored?.data).toBe(JSON.stringify(data));
  });

  it.each([500, 501, 1_200])('is the same whether %i events come at once or in parts', async (count) => {
    const news = events('a', count).map((each, index) => ({
      ...each,
      ...(index % 3 === 0 ? { previous: { index } } : {}),
      directoryId: index % 2 === 0 ? 'a' : 'b',
    }));
    const rows = (tx: Tx): Promise<unknown[]> =>
      tx.rows('select event.*, data::text as data, previous::text as previous from event order by position');
    const heads = (tx: Tx): Promise<unknown[]> =>
      tx.rows('select * from directory_head order by directory_id');
    let atOnce: unknown;
    const attempt = database.transaction(async (tx) => {
      const position = await write(tx, news);
      atOnce = { position, rows: await rows(tx), heads: await heads(tx) };
      throw undone;
    });
    await expect(attempt).rejects.toBe(undone);
    const inParts = await database.transaction(async (tx) => {
      await write(tx, news.slice(0, 250));
      let position = 0;
      for (let at = 250; at < count; at += 250) position = await write(tx, news.slice(at, at + 250));
      return { position, rows: await rows(tx), heads: await heads(tx) };
    });
    expect(inParts.position).toBe(count);
    expect(atOnce).toEqual(inParts);
  });

  it('in large numbers can be appended again and again in one session, also after a transaction was undone', async () => {
    const single = await Database.connect(fresh.url, { poolSize: 1 });
    await expect(
      single.transaction(async (tx) => {
        await write(tx, events('a', 600));
        throw undone;
      }),
    ).rejects.toBe(undone);
    await commit(single, events('a', 600));
    await commit(single, events('b', 501));
    await single.close();
    expect(await verifyLog(database)).toEqual({ events: 1_101, directories: 2, flaws: [] });
  });
});

describe('a closed directory', () => {
  withDatabase(beforeEach, afterEach);

  it('takes its last event and refuses every later one', async () => {
    await commit(database, [event('a'), event('b')]);
    await commit(database, [event('a')], ['a']);
    await expect(commit(database, [event('a')])).rejects.toThrow(
      'directory a is deleted; nothing may follow in its log',
    );
    expect(await commit(database, [event('b')])).toBe(4);
  });
});

describe('append', () => {
  withDatabase(beforeAll, afterAll);

  it('refuses to be called with nothing, or without the head of a directory', async () => {
    await expect(database.transaction((tx) => append(tx, [], new Map()))).rejects.toThrow('no event');
    await expect(
      database.transaction(async (tx) => append(tx, [event('b')], await loadHeads(tx, ['a']))),
    ).rejects.toThrow('the head of directory b was not loaded');
  });
});

async function pidOf(tx: Tx): Promise<number> {
  const [row] = await tx.rows<{ pid: number }>('select pg_backend_pid() as pid');
  return row!.pid;
}

describe('in a log of thousands', () => {
  withDatabase(beforeAll, afterAll);
  beforeAll(async () => {
    await commit(database, events('a', 3_000));
    await commit(database, events('b', 2_000));
    await operator.rows('analyze');
  });

  it('a reader gets exactly what it selects, oldest first', async () => {
    const positions = async (selection: Parameters<EventLog['after']>[1]): Promise<number[]> =>
      (await log.after(database, selection)).map(({ position }) => position);
    await commit(database, [
      event('a', { type: 'GroupCreated', organizationId: 'org_2', occurredAt: '2030-01-02T00:00:00.000Z' }),
    ]);
    expect(await positions({ after: 2_998, limit: 4 })).toEqual([2_999, 3_000, 3_001, 3_002]);
    expect(await positions({ after: 2_998, limit: 4, directoryId: 'a' })).toEqual([2_999, 3_000, 5_001]);
    expect(await positions({ after: 0, limit: 9, types: ['GroupCreated', 'X'] })).toEqual([5_001]);
    expect(await positions({ after: 0, limit: 9, types: [] })).toEqual([]);
    expect(await positions({ after: 0, limit: 9, organizationId: 'org_2' })).toEqual([5_001]);
    expect(await positions({ after: 4_998, limit: 9, upTo: 5_000 })).toEqual([4_999, 5_000]);
    expect(await positions({ after: 0, limit: 9, occurredFrom: new Date('2030-01-02') })).toEqual([5_001]);
    expect(await positions({ after: 4_999, limit: 9, occurredBefore: new Date('2030-01-02') })).toEqual([
      5_000,
    ]);
    expect((await log.at(database, [7, 3, 9_999])).map(({ position }) => position)).toEqual([3, 7]);
  });

  it.each<[string, (tx: Tx) => Promise<unknown>]>([
    ['appending', (tx) => write(tx, events('a', 3))],
    ['appending many', (tx) => write(tx, events('a', 501))],
    ['following', (tx) => log.after(tx, { after: 4_900, limit: 100 })],
    ['following some types', (tx) => log.after(tx, { after: 4_900, limit: 100, types: ['UserCreated'] })],
    [
      'following an organization',
      (tx) => log.after(tx, { after: 4_900, limit: 100, organizationId: 'org_1' }),
    ],
    ['following a directory', (tx) => log.after(tx, { after: 4_900, limit: 100, directoryId: 'b' })],
    ['looking up single events', (tx) => log.at(tx, [1, 2_000, 4_000])],
  ])('%s never reads the log as a whole', async (_what, work) => {
    const plans = await plansOf(database, work);
    const touching = plans.filter((plan) => /\bon event\b/i.test(plan));
    expect(touching.length).toBeGreaterThan(0);
    expect(touching.filter((plan) => /Seq Scan on event/.test(plan))).toEqual([]);
  });
});

describe('the role that programs work as', () => {
  withDatabase(beforeAll, afterAll);
  beforeAll(() => commit(database, [event('a')]));

  it.each([
    'update event set type = type',
    'update event set digest = digest where false',
    'delete from event',
    'delete from event where false',
    'truncate event',
    'truncate directory_head, event cascade',
    'select * from event for update',
    'select * from event for key share',
    'insert into event select * from event on conflict (position) do update set type = excluded.type',
    'merge into event e using event f on e.position = f.position when matched then delete',
    'with gone as (delete from event returning 1) select * from gone',
    'drop table event',
    'alter table event add column note text',
    'alter table event disable trigger all',
    'create rule forget as on insert to event do instead nothing',
    'create index on event (type)',
    'lock table event in access exclusive mode',
    'update log_head set salt = salt',
    'delete from log_head',
    'insert into log_head (only_row, position, salt) values (false, 0, decode($$00$$, $$hex$$))',
    'truncate log_head',
    'create table public.mine (n int)',
    'drop schema public cascade',
  ])('may not: %s', async (statement) => {
    await expect(database.transaction((tx) => tx.rows(statement))).rejects.toThrow(
      /permission denied|must be owner/,
    );
  });

  it('may read and append, and is taken by every session', async () => {
    expect(await commit(database, [event('a')])).toBe(2);
    expect(await database.rows('select current_user::text as name, count(*) as events from event')).toEqual([
      { name: 'rollcall_app', events: 2 },
    ]);
  });
});
