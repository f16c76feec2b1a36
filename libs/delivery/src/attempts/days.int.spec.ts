import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Clock, Database, dayOf, Observations } from '@app/runtime';
import {
  admin,
  freshDatabase,
  plansOf,
  type Admin,
  type FreshDatabase,
} from '../../../../test/support/index.js';
import { WELL } from '../breaker.js';
import { settle } from '../settle.js';
import { takeLease, type Lease } from '../lease.js';
import { openStage, type Stage } from '../testing/stage.js';
import { eventsAbout } from './about-subject.js';
import { findAttempt, listAttempts } from './read.js';
import { newAttemptId, type AttemptRecord } from './record.js';
import { AttemptUpkeep, forgetBefore, prepareDays } from './upkeep.js';

jest.setTimeout(60_000);

let fresh: FreshDatabase;
let stage: Stage;
let database: Database;
let operator: Admin;
let lease: Lease;

async function open(): Promise<void> {
  fresh = await freshDatabase();
  stage = await openStage(fresh.url);
  database = stage.database;
  operator = await admin(fresh.url);
  const id = await stage.destination({
    url: 'http://127.0.0.1:9',
    organizationId: await stage.organization(),
  });
  lease = (await takeLease(database, id, new Date()))!.lease;
}
async function close(): Promise<void> {
  await operator.close();
  await stage.close();
  await fresh.drop();
}

const nothing = {
  owedInMilliseconds: 0,
  parks: [],
  unparked: [],
  finishedSubjects: [],
  links: [],
  lastDelivered: null,
};
const health = WELL;

/** Writes one attempt for each time, as a settlement does. @returns their ids. */
async function attempted(...times: string[]): Promise<string[]> {
  const attempts = times.map((time): AttemptRecord => {
    const startedAt = new Date(time);
    const outcome = { kind: 'delivered', status: 204 } as const;
    const id = newAttemptId(startedAt);
    return {
      ...{ id, startedAt, outcome },
      attempt: 1,
      probe: false,
      durationInMilliseconds: 5,
      answer: null,
    };
  });
  await settle(
    database,
    lease,
    { ...nothing, worker: 'stage', cursor: 0, health, attempts },
    { now: new Date() },
  );
  return attempts.map(({ id }) => id);
}

const ELSEWHERE = 'delivery_attempt_elsewhere';

async function partitions(): Promise<string[]> {
  const rows = await operator.rows<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'delivery_attempt'::regclass order by 1`,
  );
  return rows.map(({ name }) => name).filter((name) => name !== ELSEWHERE);
}

/** Which partition each attempt is in, in the order of their ids. */
async function places(): Promise<string[]> {
  const rows = await operator.rows<{ place: string }>(
    'select tableoid::regclass::text as place from delivery_attempt order by id',
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

describe('a day of attempts', () => {
  beforeEach(open);
  afterEach(close);

  it('is a partition of those that began on it, by UTC', async () => {
    await prepareDays(database, ['2021-03-10', '2021-03-11']);
    await attempted('2021-03-10T00:00:00.000Z', '2021-03-10T23:59:59.999Z', '2021-03-11T00:00:00.000Z');
    const [ten, eleven] = ['delivery_attempt_20210310', 'delivery_attempt_20210311'];
    expect(await places()).toEqual([ten, ten, eleven]);
  });

  it('that was not prepared loses nothing: its attempts wait elsewhere, and are moved when it is', async () => {
    const [ten] = await attempted('2021-03-10T12:00:00Z', '2021-03-11T12:00:00Z');
    expect(await places()).toEqual([ELSEWHERE, ELSEWHERE]);
    await prepareDays(database, ['2021-03-11']);
    expect(await places()).toEqual([ELSEWHERE, 'delivery_attempt_20210311']);
    expect((await findAttempt(database, ten!))?.id).toBe(ten);
  });

  it('may be prepared by many at once, while deliveries are settled into it', async () => {
    let preparing = true;
    const written: string[] = [];
    const writing = (async () => {
      do written.push(...(await attempted('2021-03-10T01:00:00Z', '2021-03-11T02:00:00Z')));
      while (preparing);
    })();
    const days = [0, 1, 2].map((later) => dayOf(new Date('2021-03-10'), later));
    // One that does not get its lock in time gives up, and the next call does it.
    await Promise.allSettled(Array.from({ length: 6 }, () => prepareDays(database, days)));
    await prepareDays(database, days);
    preparing = false;
    await writing;
    expect(await partitions()).toEqual(days.map((day) => `delivery_attempt_${day.replaceAll('-', '')}`));
    expect(await places()).toHaveLength(written.length);
    expect((await places()).filter((place) => place === ELSEWHERE)).toEqual([]);
  });

  it('is dropped when it is over, with what waited elsewhere', async () => {
    await prepareDays(database, ['2021-03-10', '2021-03-11']);
    const ids = await attempted('2021-03-09T12:00:00Z', '2021-03-10T12:00:00Z', '2021-03-11T12:00:00Z');
    expect(await forgetBefore(database, '2021-03-11')).toBe(1);
    expect(await partitions()).toEqual(['delivery_attempt_20210311']);
    const left = await listAttempts(database, {}, { limit: 10, order: 'asc' });
    expect(left.data.map(({ id }) => id)).toEqual([ids[2]]);
  });

  it('can be neither changed nor emptied by a program, and no day of the future be made up', async () => {
    await attempted('2021-03-10T12:00:00Z');
    await expect(database.rows('delete from delivery_attempt')).rejects.toThrow(/permission denied/);
    await expect(database.rows(`update delivery_attempt set answer = ''`)).rejects.toThrow(
      /permission denied/,
    );
    await expect(prepareDays(database, ['2999-01-01'])).rejects.toThrow(/can be prepared/);
    await expect(forgetBefore(database, '2999-01-01')).rejects.toThrow(/can be forgotten/);
  });

  it('is made ahead by each worker, and kept for so many days', async () => {
    const clock = new StoppedClock(new Date());
    const ground = { database, clock, observations: new Observations({ write: () => {} }) };
    const day = (later: number): string => `delivery_attempt_${dayOf(clock.time, later).replaceAll('-', '')}`;
    await prepareDays(
      database,
      [-3, -2].map((later) => dayOf(clock.time, later)),
    );
    await new AttemptUpkeep(ground, 2).once();
    expect(await partitions()).toEqual([-2, 0, 1, 2].map(day));
    await new AttemptUpkeep(ground, 0).once();
    expect(await partitions()).toEqual([1, 2].map(day));
  });

  it('goes on being kept by a worker that could not once, and ends when the worker does', async () => {
    const said: string[] = [];
    const observations = new Observations({ write: (line) => said.push(line) });
    const upkeep = new AttemptUpkeep({ database, clock: new StoppedClock(new Date()), observations }, 2);
    await operator.undone(async () => {
      await operator.rows('lock table delivery_attempt in access exclusive mode');
      await upkeep.start();
    });
    expect(said.join()).toContain('delivery attempts not kept up');
    await upkeep.stop();
    expect(await partitions()).toEqual([]);
  });
});

describe('tens of thousands of attempts', () => {
  const today = new Date();
  let destination: string;
  let organization: string;
  let person: string;
  let positions: number[];

  beforeAll(async () => {
    await open();
    await prepareDays(
      database,
      // Whatever the hour, each of them gets thousands: an empty one would rightly be read as a whole.
      [-2, -1, 0].map((later) => dayOf(today, later)),
    );
    organization = await stage.organization();
    person = 'directory_user_1';
    positions = await stage.append(
      organization,
      Array.from({ length: 40 }, (_, index) => ({
        type: 'UserProfileChanged',
        subjects: [index % 20 === 0 ? person : `other_${index}`],
      })),
    );
    destination = 'we_7';
    await operator.rows(
      `insert into delivery_attempt (id, destination_id, organization_id, directory_id, position, occurred_at, attempt, kind,
                                     batch_size, started_at, duration_in_milliseconds, outcome, status, worker)
       select (left(delivery_attempt_floor(t.at)::text, 13) || right(gen_random_uuid()::text, 23))::uuid, 'we_' || n % 500,
              case n % 1000 when 3 then $1 else 'org_' || n % 300 end, 'directory', case when n < 80 then $3 + n % 40 else 1000 + n end,
              t.at, 1, 'delivery', 1, t.at, 5, case n % 2000 when 7 then 'refused' else 'delivered' end,
              case n % 2000 when 7 then 500 else 204 end, 'w'
         from generate_series(1, 60000) n, lateral (select $2::timestamptz - n * interval '3 seconds' as at) t`,
      [organization, today, positions[0]],
    );
    await operator.rows(
      `insert into event select 1000000 + n, 'directory', 'org', n, 'UserProfileChanged', array['other_' || n], '{}', null, 'req',
              now(), '' from generate_series(1, 5000) n`,
    );
    await operator.rows('analyze delivery_attempt, event');
  });
  afterAll(close);

  /** Every table that is read as a whole. */
  const scans = (plans: string[]): string[] =>
    plans.join('\n').match(/Seq Scan on (?!delivery_attempt_elsewhere)\w+/g) ?? [];
  const page = { limit: 10, order: 'desc' } as const;

  it.each<[string, () => Parameters<typeof listAttempts>[1]]>([
    ['of everybody', () => ({})],
    ['of a destination', () => ({ destinationId: destination })],
    ['of a destination that went wrong', () => ({ destinationId: destination, outcome: 'refused' })],
    ['of an organization', () => ({ organizationId: organization })],
    ['that nobody took', () => ({ status: { from: 500, to: 599 } })],
    ['at an event', () => ({ positions: [positions[0]!], notBefore: today })],
  ])('are paged through without reading them all: those %s', async (_name, filter) => {
    const plans = await plansOf(database, (tx) => listAttempts(tx, filter(), page));
    expect(scans(plans)).toEqual([]);
    const { data } = await listAttempts(database, filter(), page);
    if (!filter().notBefore) expect(data.length).toBeGreaterThan(0);
  });

  it('are found for a person through the log, without reading them all', async () => {
    const about = await eventsAbout(database, person);
    expect(about.positions).toEqual([positions[20], positions[0]]);
    const filter = { positions: about.positions };
    const plans = await plansOf(database, (tx) => listAttempts(tx, filter, page));
    expect(scans(plans)).toEqual([]);
    const { data } = await listAttempts(database, filter, page);
    expect(new Set(data.map(({ position }) => position))).toEqual(new Set(about.positions));
  });

  it('of a day are not opened for another day', async () => {
    const startedFrom = new Date(today.getTime() - 3_600_000);
    const plans = await plansOf(database, (tx) => listAttempts(tx, { startedFrom }, page));
    expect(plans.join('\n')).not.toContain(dayOf(today, -3).replaceAll('-', ''));
  });
});
