import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually, type Sink, type ReceivedRequest } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { resumeDelivery } from './begin.js';
import { ENGINE_LIMITS } from './engine.js';
import { FAILURES_THAT_OPEN, WELL } from './breaker.js';
import { LeaseLost, takeLease } from './lease.js';
import { repeatDelivery } from './parked.js';
import { DEFAULT_MANNER } from './options.js';
import { pump, type PumpReport } from './pump.js';
import { route } from './route.js';
import { settle } from './settle.js';
import { intercepted } from './testing/intercepted.js';
import { type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

interface Told {
  id: string;
  position: number;
  subjects: string[];
  attempt: number;
}

const told = (request: ReceivedRequest): Told => JSON.parse(request.body.toString()) as Told;
const positions = (): number[] => sink.received.map((request) => told(request).position);
const about = (...subjects: string[]): PlainEvent => ({ type: 'UserProfileChanged', subjects });
const people = (count: number): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => about(`directory_user_${index}`));

/** Routes, and pumps for as long as there is work now. */
async function work(destinationId: string): Promise<PumpReport> {
  await route(stage.engine, stage.errands);
  let report = await pump(stage.engine, destinationId);
  while (report.kind === 'worked' && report.more && !report.restingUntil) {
    report = await pump(stage.engine, destinationId);
  }
  return report;
}

const destination = (more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, ...more });

describe('when all goes well', () => {
  it('delivers every event once and writes nothing but a cursor and the attempts', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(30));
    await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
    expect(await stage.parked(id)).toEqual([]);
    const state = await stage.state(id);
    expect(state).toMatchObject({
      cursor: appended.at(-1),
      lease_token: null,
      last_delivered: appended.at(-1),
    });
    const [attempts] = await stage.database.rows<{ count: number }>(
      `select count(*) as count from delivery_attempt where destination_id = $1 and outcome = 'delivered'`,
      [id],
    );
    expect(attempts?.count).toBe(30);
  });

  it('tells about one person in order, however many requests are in flight', async () => {
    const id = await destination();
    const appended = await stage.append(organization, [
      ...Array<PlainEvent>(12).fill(about('directory_user_a')),
      ...people(12),
    ]);
    sink.answers({ status: 200, delayInMilliseconds: 5 });
    await work(id);
    const ofOne = sink.received.map(told).filter(({ subjects }) => subjects.includes('directory_user_a'));
    expect(ofOne.map(({ position }) => position)).toEqual(appended.slice(0, 12));
  });

  it('never has more requests in flight for one destination than the limit', async () => {
    const id = await destination();
    await stage.append(organization, people(40));
    let flying = 0;
    let most = 0;
    sink.answers(async () => {
      most = Math.max(most, ++flying);
      await new Promise((resolve) => setTimeout(resolve, 20));
      flying -= 1;
      return { status: 204 };
    });
    await work(id);
    expect(most).toBe(DEFAULT_MANNER.maxInFlight);
  });

  it('passes over what nobody wanted without a request', async () => {
    const id = await destination({ eventTypes: ['UserCreated'] });
    const appended = await stage.append(organization, [
      ...people(5),
      { type: 'UserCreated', subjects: ['directory_user_x'] },
      ...people(5),
    ]);
    await work(id);
    expect(positions()).toEqual([appended[5]]);
  });

  it('tells a destination about its own organization only', async () => {
    const other = await stage.organization();
    const [own, all] = [await destination(), await destination({ organizationId: null })];
    const mine = await stage.append(organization, people(2));
    const theirs = await stage.append(other, people(2));
    await work(own);
    expect(positions().sort()).toEqual(mine);
    sink.received.length = 0;
    await work(all);
    expect(positions().sort((a, b) => a - b)).toEqual([...mine, ...theirs]);
  });

  it('tells a new destination nothing of what was before it', async () => {
    await stage.append(organization, people(3));
    const id = await destination();
    const appended = await stage.append(organization, people(2));
    await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
  });
});

describe('when a delivery fails', () => {
  it('holds back what is about the same person and lets everybody else pass', async () => {
    const id = await destination();
    const [bad, fine, behind, membership, alsoFine] = await stage.append(organization, [
      about('directory_user_a'),
      about('directory_user_b'),
      about('directory_user_a'),
      about('directory_user_a', 'directory_group_g'),
      about('directory_user_c'),
    ]);
    sink.answers((request) => ({ status: told(request).position === bad ? 500 : 204 }));
    const report = await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual([bad, fine, alsoFine]);
    expect(await stage.parked(id)).toMatchObject([
      { position: bad, state: 'waiting', attempts: 1 },
      { position: behind, state: 'behind', attempts: 0 },
      { position: membership, state: 'behind', attempts: 0 },
    ]);
    expect(report).toMatchObject({ kind: 'worked', more: false, dueAt: expect.any(Date) });
    expect((await stage.state(id))['cursor']).toBe(alsoFine);
  });

  it('puts what comes later about the same subjects behind, and tells it in order when the first got through', async () => {
    const id = await destination();
    sink.answers({ status: 500 });
    const first = await stage.append(organization, [about('directory_user_a')]);
    await work(id);
    const later = await stage.append(organization, [
      about('directory_user_a', 'directory_group_g'),
      about('directory_group_g'),
      about('directory_user_b'),
    ]);
    sink.answers({ status: 204 });
    sink.received.length = 0;
    await work(id);
    expect(positions()).toEqual([later[2]]);
    stage.clock.skip(10);
    await work(id);
    expect(positions()).toEqual([later[2], ...first, later[0], later[1]]);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('sends the same id with every attempt', async () => {
    const id = await destination();
    await stage.append(organization, people(1));
    sink.answers((_, index) => ({ status: index < 2 ? 503 : 204 }));
    await work(id);
    stage.clock.skip(10);
    await work(id);
    stage.clock.skip(60);
    await work(id);
    expect(sink.received.map((request) => told(request).attempt)).toEqual([1, 2, 3]);
    expect(new Set(sink.received.map((request) => told(request).id)).size).toBe(1);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('gives up after the last attempt, lets those behind go on, and keeps it in the list', async () => {
    const id = await destination({ delivery: { on_failure: { after_attempts: 2 } } });
    const [bad, next] = await stage.append(organization, [
      about('directory_user_a'),
      about('directory_user_a'),
    ]);
    sink.answers((request) => ({ status: told(request).position === bad ? 400 : 204 }));
    await work(id);
    stage.clock.skip(10);
    await work(id);
    expect(positions()).toEqual([bad, bad, next]);
    expect(await stage.parked(id)).toMatchObject([{ position: bad, state: 'given-up', due_at: null }]);
  });

  it('repeats what was given up when a person asks for it', async () => {
    const id = await destination();
    const [bad] = await stage.append(organization, people(1));
    sink.answers({ status: 400 });
    await work(id);
    await stage.database.rows(
      `update parked_delivery set state = 'given-up', due_at = null where destination_id = $1`,
      [id],
    );
    sink.answers({ status: 204 });
    expect(
      await repeatDelivery(stage.database, { destinationId: id, position: bad!, now: stage.clock.now() }),
    ).toBe(true);
    await work(id);
    expect(positions()).toEqual([bad, bad]);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('drops what a later event has made pointless', async () => {
    const id = await destination({ protocol: 'farewell' });
    sink.answers({ status: 500 });
    const leave: PlainEvent = { type: 'UserDeactivated', subjects: ['directory_user_a'] };
    const back: PlainEvent = { type: 'UserReactivated', subjects: ['directory_user_a'] };
    const [first] = await stage.append(organization, [leave]);
    await work(id);
    const [, last] = await stage.append(organization, [back, leave]);
    sink.answers({ status: 204 });
    stage.clock.skip(10);
    await work(id);
    expect(positions()).toEqual([first, last]);
    expect(await stage.parked(id)).toMatchObject([{ position: first, state: 'superseded' }]);
  });

  it('does not even start what is already pointless', async () => {
    const id = await destination({ protocol: 'farewell' });
    await stage.append(organization, [
      { type: 'UserDeactivated', subjects: ['directory_user_a'] },
      { type: 'UserReactivated', subjects: ['directory_user_a'] },
    ]);
    await work(id);
    expect(positions()).toEqual([]);
  });
});

describe('when the whole endpoint fails', () => {
  it('opens the breaker: the cursor stands still, and no more rows pile up however much comes', async () => {
    const id = await destination();
    sink.answers({ status: 503 });
    await stage.append(organization, people(60));
    await work(id);
    const rows = (await stage.parked(id)).length;
    expect(rows).toBeGreaterThanOrEqual(FAILURES_THAT_OPEN);
    expect(rows).toBeLessThan(FAILURES_THAT_OPEN + DEFAULT_MANNER.maxInFlight);
    const { cursor, resting_until } = await stage.state(id);
    expect((resting_until as Date).getTime()).toBeGreaterThan(stage.clock.now().getTime());
    await stage.append(organization, people(100));
    const before = sink.received.length;
    for (let probe = 1; probe <= 6; probe++) {
      expect(await work(id)).toEqual({ kind: 'idle' });
      stage.clock.skip(700);
      await work(id);
      expect(sink.received.length).toBe(before + probe);
    }
    expect((await stage.parked(id)).length).toBe(rows);
    expect((await stage.state(id))['cursor']).toBe(cursor);
  });

  it('delivers everything, each person in order, when the endpoint is back', async () => {
    const id = await destination();
    sink.answers({ status: 503 });
    const appended = await stage.append(organization, [...people(40), ...people(40)]);
    await work(id);
    stage.clock.skip(700);
    sink.answers({ status: 204 });
    sink.received.length = 0;
    await work(id);
    stage.clock.skip(700);
    await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
    const bySubject = new Map<string, number[]>();
    for (const { subjects, position } of sink.received.map(told)) {
      bySubject.set(subjects[0]!, [...(bySubject.get(subjects[0]!) ?? []), position]);
    }
    for (const order of bySubject.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(await stage.parked(id)).toEqual([]);
    expect(await stage.state(id)).toMatchObject({ consecutive_failures: 0 });
  });

  it('is not stopped by one poisonous event, however often that is tried', async () => {
    const id = await destination();
    const [bad] = await stage.append(organization, [about('directory_user_bad')]);
    sink.answers((request) => ({ status: told(request).position === bad ? 500 : 204 }));
    await work(id);
    for (let attempt = 0; attempt < FAILURES_THAT_OPEN + 3; attempt++) {
      stage.clock.skip(13 * 3_600);
      await work(id);
    }
    const [good] = await stage.append(organization, [about('directory_user_good')]);
    await work(id);
    expect(positions()).toContain(good);
  });

  it('leaves the endpoint alone for as long as Retry-After says', async () => {
    const id = await destination();
    const [first] = await stage.append(organization, people(1));
    sink.answers({ status: 429, headers: { 'retry-after': '120' } });
    await work(id);
    sink.answers({ status: 204 });
    const [second] = await stage.append(organization, [about('directory_user_other')]);
    stage.clock.skip(60);
    expect(await work(id)).toEqual({ kind: 'idle' });
    stage.clock.skip(61);
    await work(id);
    expect(positions()).toEqual(expect.arrayContaining([first, first, second]));
  });

  it('disables a destination that answers 410, and goes on where it stopped when a person enables it', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(20));
    sink.answers({ status: 410 });
    await work(id);
    expect(await stage.engine.destinations.find(id)).toMatchObject({ state: 'disabled' });
    const before = sink.received.length;
    expect(await work(id)).toEqual({ kind: 'idle' });
    expect(sink.received.length).toBe(before);
    sink.answers({ status: 204 });
    sink.received.length = 0;
    await stage.engine.destinations.change(id, { state: 'enabled' });
    await resumeDelivery(stage.database, id);
    await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
  });
});

describe('when a slice ends while later events have overtaken earlier ones', () => {
  /** One person's events come one after the other, everybody else's pass them by. */
  const overtaking = (): PlainEvent[] => [
    ...Array.from({ length: 12 }, () => about('directory_user_slow')),
    ...people(40),
  ];

  async function untilDone(id: string): Promise<void> {
    for (let slices = 0; slices < 500; slices += 1) {
      const report = await pump(stage.engine, id);
      if (report.kind === 'worked' && !report.more && !report.dueAt) return;
      stage.clock.skip(6);
    }
    throw new Error('it never came to its end');
  }

  afterEach(() => {
    stage.engine.limits.sliceInMilliseconds = ENGINE_LIMITS.sliceInMilliseconds;
  });

  it.each([
    ['within the time that is left for them', 100],
    ['in the next slices', 25],
  ])('delivers the earlier ones %s, and nothing twice', async (_when, slice) => {
    const id = await destination();
    const appended = await stage.append(organization, overtaking());
    await route(stage.engine, stage.errands);
    sink.answers({ status: 204, delayInMilliseconds: 15 });
    stage.engine.limits.sliceInMilliseconds = slice;
    await untilDone(id);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
    const ofOne = sink.received.map(told).filter(({ subjects }) => subjects[0] === 'directory_user_slow');
    expect(ofOne.map(({ position }) => position)).toEqual(appended.slice(0, 12));
    expect(await stage.parked(id)).toEqual([]);
  });

  it('lets nothing that was parked ahead of the cursor pass what is read only now and goes behind another', async () => {
    const id = await destination();
    const appended = await stage.append(organization, [about('ada'), about('ada'), about('group', 'ada')]);
    await route(stage.engine, stage.errands);
    // As a slice leaves them that had seen the last one wait for the group, and never got to the one in the middle.
    const [first, , last] = appended;
    await stage.database.rows(`update delivery_state set cursor = $2 where destination_id = $1`, [id, first]);
    await stage.database.rows(
      `insert into parked_delivery (destination_id, position, subjects, state, attempts, due_at, parked_at)
       values ($1, $2, '{ada}', 'waiting', 0, now(), now()), ($1, $3, '{group,ada}', 'behind', 0, null, now())`,
      [id, first, last],
    );
    sink.answers({ status: 204, delayInMilliseconds: 20 });
    await untilDone(id);
    expect(positions()).toEqual(appended);
  });

  it('delivers nothing twice that was parked ahead of the cursor, when it gives its place to others before it is there', async () => {
    const id = await destination();
    const appended = await stage.append(organization, [about('ada'), about('ada'), about('bob')]);
    await route(stage.engine, stage.errands);
    const [first, , last] = appended;
    await stage.database.rows(
      `insert into parked_delivery (destination_id, position, subjects, state, attempts, due_at, parked_at)
       values ($1, $2, '{bob}', 'waiting', 0, now(), now())`,
      [id, last],
    );
    let others = (): void => undefined;
    const placeIsWanted = new Promise<void>((resolve) => (others = resolve));
    sink.answers(async (request) => {
      if (told(request).position === first) await placeIsWanted;
      return { status: 204 };
    });
    const leave = (): boolean => {
      others();
      return true;
    };
    const place = { sliceInMilliseconds: 5_000, holdInMilliseconds: 0, quietInMilliseconds: 0 };
    await pump(stage.engine, id, { ...place, wanted: true, leave });
    await untilDone(id);
    expect(positions().sort((one, other) => one - other)).toEqual(appended);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('delivers nothing twice that had failed, and gets through before the cursor is there', async () => {
    const id = await destination();
    const appended = await stage.append(organization, overtaking().slice(0, 15));
    await route(stage.engine, stage.errands);
    const refused: number[] = [];
    sink.answers((request) => {
      const { position, attempt, subjects } = told(request);
      const isSlow = subjects[0] === 'directory_user_slow';
      const fails = attempt === 1 && !isSlow;
      if (fails) refused.push(position);
      return { status: fails ? 422 : 204, delayInMilliseconds: isSlow ? 60 : 1 };
    });
    stage.engine.limits.sliceInMilliseconds = 100;
    await untilDone(id);
    expect(refused).toHaveLength(3);
    expect(positions().sort((a, b) => a - b)).toEqual([...appended, ...refused].sort((a, b) => a - b));
  });

  it('delivers nothing twice when the endpoint asks for a rest in the middle', async () => {
    const id = await destination();
    const appended = await stage.append(organization, overtaking());
    await route(stage.engine, stage.errands);
    const refused: number[] = [];
    sink.answers((request) => {
      const { position } = told(request);
      if (position % 13 !== 0 || refused.includes(position)) return { status: 204 };
      refused.push(position);
      return { status: 429, headers: { 'retry-after': '1' } };
    });
    await untilDone(id);
    expect(refused.length).toBeGreaterThan(2);
    expect(positions().sort((a, b) => a - b)).toEqual([...appended, ...refused].sort((a, b) => a - b));
    const ofOne = sink.received.map(told).filter(({ subjects }) => subjects[0] === 'directory_user_slow');
    expect([...new Set(ofOne.map(({ position }) => position))]).toEqual(appended.slice(0, 12));
  });
});

describe('when a worker dies or is away too long', () => {
  it('sends again what it had sent and not written down: a duplicate with the same id, never a hole', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(10));
    await route(stage.engine, stage.errands);
    const standing = await takeLease(stage.database, id, stage.clock.now());
    expect(standing).toBeDefined();
    // It sends, and dies before it settles.
    const dying = { ...stage.engine, database: failingToWrite(stage) };
    await expireLease(id);
    await expect(pump(dying, id)).rejects.toThrow('the machine is gone');
    expect(sink.received.length).toBeGreaterThan(0);
    const once = sink.received.map((request) => told(request).id);
    await expireLease(id);
    await work(id);
    const ids = new Set(sink.received.map((request) => told(request).id));
    expect([...new Set(positions())].sort((a, b) => a - b)).toEqual(appended);
    expect(ids.size).toBe(10);
    for (const each of once) expect(ids).toContain(each);
  });

  it('starts nothing more once it could not write something down: all of it would be sent again', async () => {
    const id = await destination();
    await stage.append(organization, people(60));
    await route(stage.engine, stage.errands);
    // Later than outcomes are written down, so that the first ones fail to be while most have not been started.
    sink.answers({ status: 204, delayInMilliseconds: 2 * stage.engine.limits.settleWithinMilliseconds });
    const dying = { ...stage.engine, database: failingToWrite(stage) };
    await expect(pump(dying, id)).rejects.toThrow('the machine is gone');
    expect(sink.received.length).toBeLessThanOrEqual(2 * DEFAULT_MANNER.maxInFlight);
  });

  it('gives its lease back when the database is back, so that nobody must wait for its end', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(3));
    await route(stage.engine, stage.errands);
    let away = false;
    sink.answers(() => {
      away = true;
      return { status: 204 };
    });
    await expect(pump({ ...stage.engine, database: awayWhile(stage, () => away) }, id)).rejects.toThrow(
      'away',
    );
    expect((await stage.state(id))['lease_token']).not.toBeNull();
    away = false;
    sink.answers({ status: 204 });
    await eventually(async () => expect((await stage.state(id))['lease_token']).toBeNull());
    await work(id);
    expect([...new Set(positions())].sort((a, b) => a - b)).toEqual(appended);
  });

  it('refuses every write of one whose lease somebody else has taken', async () => {
    const id = await destination();
    await stage.append(organization, people(1));
    await route(stage.engine, stage.errands);
    const stale = await takeLease(stage.database, id, stage.clock.now());
    await expireLease(id);
    const current = await takeLease(stage.database, id, stage.clock.now());
    expect(current?.lease.token).not.toBe(stale!.lease.token);
    const before = await stage.state(id);
    const settlement = {
      worker: 'stage',
      cursor: 1_000_000,
      health: { ...WELL, consecutiveFailures: 5 },
      lastDelivered: 1_000_000,
      attempts: [],
      parks: [
        {
          position: 7,
          subjects: ['x'],
          previousSequence: null,
          state: 'behind' as const,
          attempts: 0,
          dueAt: null,
          lastOutcome: null,
          batch: null,
        },
      ],
      unparked: [],
      finishedSubjects: [],
      links: [],
      owedInMilliseconds: 0,
    };
    await expect(settle(stage.database, stale!.lease, settlement, { now: new Date() })).rejects.toThrow(
      LeaseLost,
    );
    expect(await stage.state(id)).toEqual(before);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('is not disabled by the 410 of one whose lease somebody else has taken', async () => {
    const id = await destination();
    await stage.append(organization, people(1));
    await route(stage.engine, stage.errands);
    sink.answers({ status: 410 });
    const { database: real } = stage.engine;
    const away = Object.assign(Object.create(real), {
      transaction: async (work: never) => {
        await expireLease(id);
        await takeLease(real, id, stage.clock.now());
        return real.transaction(work);
      },
    }) as typeof real;
    expect(await pump({ ...stage.engine, database: away }, id)).toEqual({ kind: 'lost' });
    expect(await stage.engine.destinations.find(id)).toMatchObject({ state: 'enabled' });
  });

  it('lets one pump work at a time', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(20));
    sink.answers({ status: 204, delayInMilliseconds: 20 });
    await route(stage.engine, stage.errands);
    const reports = await Promise.all([1, 2, 3].map(() => pump(stage.engine, id)));
    expect(reports.filter(({ kind }) => kind === 'worked')).toHaveLength(1);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
  });
});

async function expireLease(id: string): Promise<void> {
  await stage.database.rows(
    `update delivery_state set lease_until = now() - interval '1 second' where destination_id = $1`,
    [id],
  );
}

function awayWhile({ database: real }: Stage, isAway: () => boolean): Stage['database'] {
  return intercepted(real, (_, send) =>
    isAway() ? Promise.reject(new Error('the database is away')) : send(),
  );
}

/** A database that takes leases and reads, but from whose machine nothing comes back once there are attempts to write. */
function failingToWrite({ database: real }: Stage): Stage['database'] {
  return intercepted(real, (text, send) =>
    text.includes('insert into delivery_attempt') ? Promise.reject(new Error('the machine is gone')) : send(),
  );
}
