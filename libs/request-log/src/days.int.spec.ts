import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Clock, Database, dayOf, Observations } from '@app/runtime';
import {
  admin,
  freshDatabase,
  plansOf,
  type Admin,
  type FreshDatabase,
} from '../../../test/support/index.js';
import { firstIdAt, forgetBefore, prepareDays, timeOf } from './days.js';
import { findRequest, listRequests } from './read.js';
import { recordOf } from './record.js';
import { seen } from './testing/seen.js';
import { Upkeep } from './upkeep.js';
import { writeRecords } from './write.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;

/** A database for each test, or one for all of a part where tests do not disturb each other. */
function withDatabase(before: typeof beforeEach, after: typeof afterEach): void {
  before(async () => {
    fresh = await freshDatabase();
    database = await Database.connect(fresh.url, { poolSize: 5 });
    operator = await admin(fresh.url);
  });
  after(async () => {
    await database.close();
    await operator.close();
    await fresh.drop();
  });
}

const ELSEWHERE = 'scim_request_elsewhere';

/** Writes one request for each time. @returns their ids. */
async function asked(...times: string[]): Promise<string[]> {
  const records = times.map((time) => recordOf(seen({ at: new Date(time) })));
  await writeRecords(database, records);
  return records.map(({ id }) => id);
}

async function partitions(): Promise<string[]> {
  const rows = await operator.rows<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'scim_request'::regclass order by 1`,
  );
  return rows.map(({ name }) => name).filter((name) => name !== ELSEWHERE);
}

/** Which partition each request is in, in the order of their ids. */
async function places(): Promise<string[]> {
  const rows = await operator.rows<{ place: string }>(
    'select tableoid::regclass::text as place from scim_request order by id',
  );
  return rows.map(({ place }) => place);
}

class StoppedClock extends Clock {
  constructor(public time: Date) {
    super();
  }
  override now(): Date {
    return this.time;
  }
}

const LONG_AGO = new Date('2021-03-10T12:00:00.000Z');

describe('a day', () => {
  withDatabase(beforeEach, afterEach);

  it('is a partition of the requests that came on it, by UTC', async () => {
    await prepareDays(database, ['2021-03-10', '2021-03-11']);
    await asked('2021-03-10T00:00:00.000Z', '2021-03-10T23:59:59.999Z', '2021-03-11T00:00:00.000Z');
    expect(await places()).toEqual([
      'scim_request_20210310',
      'scim_request_20210310',
      'scim_request_20210311',
    ]);
  });

  it('begins with the same id for the database as for the programs', async () => {
    const days = ['2020-01-01', '2024-02-29', '2030-12-31', '2106-02-07', '9999-12-31'];
    const rows = await operator.rows<{ day: string; floor: string }>(
      'select day::text, scim_request_floor(day) as floor from unnest($1::date[]) as day',
      [days],
    );
    for (const { day, floor } of rows) {
      expect(floor).toBe(firstIdAt(new Date(day)));
      expect(timeOf(floor).toISOString()).toBe(`${day}T00:00:00.000Z`);
    }
    expect(rows).toHaveLength(days.length);
  });

  it('may be prepared by many at once, and again', async () => {
    const days = [0, 1, 2].map((later) => dayOf(LONG_AGO, later));
    const other = await Database.connect(fresh.url, { poolSize: 5 });
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => prepareDays(index % 2 === 0 ? database : other, days)),
    );
    await prepareDays(database, days);
    await other.close();
    expect(await partitions()).toEqual([
      'scim_request_20210310',
      'scim_request_20210311',
      'scim_request_20210312',
    ]);
  });

  it('that was not prepared loses nothing: its requests wait elsewhere, and are moved when it is', async () => {
    const [ten, eleven] = await asked('2021-03-10T12:00:00Z', '2021-03-11T12:00:00Z');
    expect(await places()).toEqual([ELSEWHERE, ELSEWHERE]);
    await prepareDays(database, ['2021-03-11']);
    expect(await places()).toEqual([ELSEWHERE, 'scim_request_20210311']);
    expect((await findRequest(database, ten!))?.id).toBe(ten);
    expect((await findRequest(database, eleven!))?.id).toBe(eleven);
    await prepareDays(database, ['2021-03-10']);
    expect(await places()).toEqual(['scim_request_20210310', 'scim_request_20210311']);
  });

  it('can be prepared while requests are written into it', async () => {
    let preparing = true;
    const written: string[] = [];
    const writing = (async () => {
      while (preparing) written.push(...(await asked('2021-03-10T01:00:00Z', '2021-03-10T02:00:00Z')));
      written.push(...(await asked('2021-03-10T03:00:00Z')));
    })();
    await prepareDays(database, ['2021-03-09', '2021-03-10', '2021-03-11']).finally(
      () => (preparing = false),
    );
    await writing;
    expect(await operator.rows('select id from scim_request order by id')).toEqual(
      [...written].sort().map((id) => ({ id })),
    );
    expect(new Set(await places())).toEqual(new Set(['scim_request_20210310']));
  });

  it('is forgotten by a drop, with what waits elsewhere', async () => {
    await prepareDays(database, ['2021-03-09', '2021-03-10', '2021-03-11']);
    const [, kept] = await asked('2021-03-10T12:00:00Z', '2021-03-11T00:00:00Z', '2020-06-01T00:00:00Z');
    expect(await forgetBefore(database, '2021-03-11')).toBe(2);
    expect(await partitions()).toEqual(['scim_request_20210311']);
    expect(await operator.rows('select id from scim_request')).toEqual([{ id: kept }]);
    expect(await forgetBefore(database, '2021-03-11')).toBe(0);
  });

  it('gives up soon when somebody holds the table: everybody behind would wait too', async () => {
    await prepareDays(database, ['2021-03-10']);
    await operator.rows('begin');
    await operator.rows('select count(*) from scim_request');
    await expect(forgetBefore(database, '2021-03-11')).rejects.toMatchObject({ code: '55P03' });
    await operator.rows('commit');
    expect(await forgetBefore(database, '2021-03-11')).toBe(1);
  });
});

describe('upkeep', () => {
  withDatabase(beforeEach, afterEach);

  const quiet = new Observations({ write: () => {} });
  const upkeep = (clock: Clock, days: number): Upkeep =>
    new Upkeep({ database, clock, observations: quiet }, days);

  it('prepares today and the next two days, and forgets what is older than the days kept', async () => {
    const clock = new StoppedClock(LONG_AGO);
    await upkeep(clock, 2).once();
    expect(await partitions()).toEqual([
      'scim_request_20210310',
      'scim_request_20210311',
      'scim_request_20210312',
    ]);
    await asked('2021-03-10T12:00:00Z');
    clock.time = new Date('2021-03-12T23:59:59.999Z');
    await upkeep(clock, 2).once();
    expect(await partitions()).toContain('scim_request_20210310');
    clock.time = new Date('2021-03-13T00:00:00.000Z');
    await upkeep(clock, 2).once();
    expect(await partitions()).toEqual(
      ['20210311', '20210312', '20210313', '20210314', '20210315'].map((day) => `scim_request_${day}`),
    );
    expect(await operator.rows('select from scim_request')).toEqual([]);
  });

  it('by two hubs at once does it once', async () => {
    const clock = new StoppedClock(LONG_AGO);
    await Promise.all([upkeep(clock, 30).once(), upkeep(clock, 30).once(), upkeep(clock, 30).once()]);
    expect(await partitions()).toHaveLength(3);
  });

  it('of a hub that keeps none makes nothing and forgets everything, also of today', async () => {
    const today = new Date();
    await upkeep(new StoppedClock(today), 30).once();
    await asked(today.toISOString(), '2021-03-10T12:00:00Z');
    await upkeep(new StoppedClock(today), 0).once();
    expect(await operator.rows('select from scim_request')).toEqual([]);
    expect(
      (await partitions()).filter((name) => name <= `scim_request_${dayOf(today).replaceAll('-', '')}`),
    ).toEqual([]);
  });

  it('that fails does not keep a hub from starting, and says so', async () => {
    const said: string[] = [];
    const observations = new Observations({ write: (line) => void said.push(line) });
    await operator.rows('revoke execute on function prepare_scim_request_day(date) from rollcall_app');
    const failing = new Upkeep({ database, clock: new Clock(), observations }, 30);
    await failing.start();
    await failing.stop();
    expect(said.join()).toContain('request log not kept up');
  });
});

describe('a look-up', () => {
  withDatabase(beforeAll, afterAll);
  beforeAll(() => prepareDays(database, ['2021-03-08', '2021-03-09', '2021-03-10', '2021-03-11']));

  const touched = async (work: (tx: Database) => Promise<unknown>): Promise<string[]> => {
    const plans = await plansOf(database, (tx) => work(tx as Database));
    return [
      ...new Set(plans.join('\n').match(/\bscim_request_(?:\d{8}|elsewhere)(?= scim_request| |$)/gm) ?? []),
    ].sort();
  };

  it('by id opens one partition', async () => {
    const [id] = await asked('2021-03-10T12:00:00Z');
    expect(await touched((tx) => findRequest(tx, id!))).toEqual(['scim_request_20210310']);
  });

  it('of a range of time opens the partitions of that time', async () => {
    await asked('2021-03-09T12:00:00Z');
    const filter = {
      receivedFrom: new Date('2021-03-09T00:00:00Z'),
      receivedBefore: new Date('2021-03-09T18:00:00Z'),
    };
    expect(await touched((tx) => listRequests(tx, filter, { limit: 10, order: 'desc' }))).toEqual([
      'scim_request_20210309',
    ]);
  });
});

describe('the role that programs work as', () => {
  withDatabase(beforeAll, afterAll);
  beforeAll(async () => {
    await prepareDays(database, ['2021-03-10']);
    await asked('2021-03-10T12:00:00Z');
  });

  it.each([
    `update scim_request set path = ''`,
    'delete from scim_request',
    'delete from scim_request_20210310',
    `update scim_request_20210310 set path = ''`,
    'truncate scim_request',
    'drop table scim_request',
    'drop table scim_request_20210310',
    'alter table scim_request detach partition scim_request_20210310',
    `create table scim_request_20210401 partition of scim_request for values from ('a') to ('b')`,
    'create index on scim_request (path)',
    `select scim_request_floor('2021-03-10')`,
    'create or replace function prepare_scim_request_day(day date) returns boolean language sql as $$ select true $$',
    'alter function forget_scim_requests_before(date) owner to rollcall_app',
    'alter function forget_scim_requests_before(date) reset all',
  ])('may not: %s', async (statement) => {
    await expect(database.transaction((tx) => tx.rows(statement))).rejects.toThrow(
      /permission denied|must be (?:owner|able)/,
    );
  });

  it.each(['null', `'infinity'`, `'-infinity'`, `'2019-12-31'`, `now()::date + 33`, `'4713-01-01 BC'`])(
    'may not prepare the day %s',
    async (day) => {
      const asking = database.rows(`select prepare_scim_request_day((${day})::date)`);
      await expect(asking).rejects.toMatchObject({ code: '22023' });
    },
  );

  it.each(['null', `'infinity'`, `'-infinity'`, `'2019-12-31'`, `now()::date + 3`])(
    'may not have forgotten what came before %s',
    async (day) => {
      const asking = database.rows(`select forget_scim_requests_before((${day})::date)`);
      await expect(asking).rejects.toMatchObject({ code: '22023' });
      expect(await partitions()).toEqual(['scim_request_20210310']);
    },
  );

  it('is the only one beside their owner that may call them', async () => {
    const [row] = await operator.rows<{ calls: string[]; owned: number }>(
      `select array_agg(distinct coalesce(nullif(a.grantee, 0)::regrole::text, 'public')) as calls,
              count(*) filter (where p.proowner = 'rollcall_app'::regrole) as owned
         from pg_proc p, aclexplode(p.proacl) a
        where p.proname in ('prepare_scim_request_day', 'forget_scim_requests_before')
          and a.grantee <> p.proowner`,
    );
    expect(row).toEqual({ calls: ['rollcall_app'], owned: 0 });
  });

  it('cannot make these functions work on anything else by names of its own', async () => {
    await database.transaction(async (tx) => {
      await tx.rows('create temp table scim_request (id text)');
      await tx.rows('create temp table pg_class (relname text, oid oid)');
      await tx.rows(`set local search_path = pg_temp, public`);
      await tx.rows(
        `select public.prepare_scim_request_day('2021-03-11'), public.forget_scim_requests_before('2021-03-11')`,
      );
    });
    expect(await partitions()).toEqual(['scim_request_20210311']);
  });
});
