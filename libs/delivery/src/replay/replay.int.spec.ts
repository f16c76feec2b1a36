import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  freshDatabase,
  Sink,
  type FreshDatabase,
  type ReceivedRequest,
} from '../../../../test/support/index.js';
import { toldUntil } from '../begin.js';
import { FAILURES_THAT_OPEN } from '../breaker.js';
import { parseSettings } from '../parse-settings.js';
import { pump, type PumpReport } from '../pump.js';
import { route } from '../route.js';
import { sweep } from '../sweep.js';
import { Bell } from '../bell.js';
import { openStage, type PlainEvent, type Stage } from '../testing/stage.js';
import { countReplay, type Count } from './count.js';
import {
  createReplay,
  findReplay,
  ReplayRunning,
  resumeReplay,
  stopReplay,
  type NewReplay,
  type Replay,
} from './replays.js';

jest.setTimeout(60_000);

let database: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
});

afterAll(async () => {
  await stage.close();
  await database.drop();
});

beforeEach(async () => {
  sink = await Sink.open();
  organization = await stage.organization();
  stage.engine.limits.sliceInMilliseconds = 2_000;
});

afterEach(() => sink.close());

interface Told {
  id: string;
  position: number;
  subjects: string[];
  attempt: number;
  previous: number | null;
}

const told = (request: ReceivedRequest): Told => JSON.parse(request.body.toString()) as Told;
const isReplay = (request: ReceivedRequest): boolean => request.headers['rollcall-replay'] !== undefined;
const positions = (requests: readonly ReceivedRequest[] = sink.received): number[] =>
  requests.map((request) => told(request).position);
const inOrder = (numbers: number[]): number[] => [...numbers].sort((one, other) => one - other);
const event = (type: string, ...subjects: string[]): PlainEvent => ({
  ...{ type, subjects },
  data: { user: { id: subjects[0] } },
});
const about = (...subjects: string[]): PlainEvent => event('UserProfileChanged', ...subjects);
const people = (count: number): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => about(`directory_user_${index}`));

/** Pumps for as long as there is something to do now. */
async function work(destinationId: string): Promise<PumpReport> {
  await route(stage.engine, stage.errands);
  for (;;) {
    const report = await pump(stage.engine, destinationId);
    if (report.kind !== 'worked' || report.restingUntil) return report;
    const dueIn = report.dueAt && report.dueAt.getTime() - stage.clock.now().getTime();
    if (!report.more && (dueIn === null || dueIn > 1_000)) return report;
  }
}

const destination = (more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, ...more });

/** A destination that was told so many events; what the sink received of them is forgotten. */
async function toldDestination(
  events: PlainEvent[],
  more: Partial<Parameters<Stage['destination']>[0]> = {},
): Promise<{ id: string; appended: number[] }> {
  const id = await destination(more);
  const appended = await stage.append(organization, events);
  await work(id);
  sink.received.length = 0;
  return { id, appended };
}

async function replay(destinationId: string, more: Partial<NewReplay> = {}): Promise<Replay> {
  const toPosition = await toldUntil(stage.database, destinationId);
  return createReplay(
    stage.database,
    {
      destinationId,
      kind: 'replay',
      selection: { everything: true },
      fromPosition: 0,
      toPosition,
      maxPerSecond: 10_000,
      ...more,
    },
    stage.clock.now(),
  );
}

const afterwards = async ({ id, destinationId }: Replay): Promise<Replay> =>
  (await findReplay(stage.database, { id, destinationId }))!;

async function counted(replayed: Replay, withinInMilliseconds = 30_000): Promise<Count> {
  const row = (await stage.engine.destinations.find(replayed.destinationId))!;
  const protocol = stage.engine.protocols.get(row.protocol)!;
  const sender = { protocol, settings: parseSettings(protocol, row.settings) };
  return countReplay(
    { reader: stage.engine, receiver: { destination: row, sender }, replay: replayed },
    { after: replayed.fromPosition, withinInMilliseconds },
  );
}

describe('a replay', () => {
  it('tells everything again, each person in order, with the same ids and a header that names it', async () => {
    const id = await destination();
    const appended = await stage.append(organization, [
      ...Array<PlainEvent>(6).fill(about('directory_user_a')),
      ...people(20),
    ]);
    await work(id);
    const first = new Map(sink.received.map((request) => [told(request).position, told(request).id]));
    sink.received.length = 0;
    const again = await replay(id);
    await work(id);
    expect(inOrder(positions())).toEqual(appended);
    for (const request of sink.received) {
      expect(request.headers['rollcall-replay']).toBe(again.id);
      expect(told(request).id).toBe(first.get(told(request).position));
    }
    const ofOne = sink.received.filter((request) => told(request).subjects.includes('directory_user_a'));
    expect(positions(ofOne)).toEqual(appended.slice(0, 6));
    expect(await afterwards(again)).toMatchObject({
      state: 'done',
      cursor: appended.at(-1),
      sent: 26,
      failed: 0,
      skipped: 0,
      finishedAt: expect.any(Date),
    });
  });

  it('names for each delivery the one before it in this replay, also across slices', async () => {
    const { id } = await toldDestination(people(40));
    const [from] = await stage.database.rows<{ position: number }>(
      `select min(position) as position from event where organization_id = $1`,
      [organization],
    );
    stage.engine.limits.sliceInMilliseconds = 30;
    sink.answers({ status: 204, delayInMilliseconds: 10 });
    await replay(id, { fromPosition: from!.position + 9 });
    await work(id);
    const chain = sink.received.map(told).sort((one, other) => one.position - other.position);
    // The sequence of this organization's only directory begins at 1 with its first event.
    expect(chain.map(({ previous }) => previous)).toEqual([
      null,
      ...Array.from({ length: 29 }, (_, index) => index + 11),
    ]);
  });

  it('tells nothing that the destination may not hear, nor what was not selected, and is counted alike', async () => {
    const other = await stage.organization();
    const { id, appended } = await toldDestination(
      [...people(3), event('UserCreated', 'directory_user_x'), event('UserCreated', 'directory_user_y')],
      { eventTypes: ['UserCreated'] },
    );
    await stage.append(other, [event('UserCreated', 'directory_user_x')]);
    const all = await replay(id);
    expect(await counted(all)).toMatchObject({ total: 2, complete: true });
    await work(id);
    expect(inOrder(positions(sink.received.filter(isReplay)))).toEqual(appended.slice(3));
    sink.received.length = 0;
    const one = await replay(id, { selection: { everything: true, subject_ids: ['directory_user_y'] } });
    expect((await counted(one)).total).toBe(1);
    await work(id);
    expect(positions(sink.received.filter(isReplay))).toEqual([appended[4]]);
  });

  it('is counted as far as time allows, and the count says so', async () => {
    const { id } = await toldDestination(people(5));
    const many = await stage.append(organization, people(2_500));
    const again = await replay(id, { toPosition: many.at(-1)! });
    const { total, complete } = await counted(again, 0);
    expect(complete).toBe(false);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThan(2_505);
    expect(await counted(again)).toMatchObject({ total: 2_505, complete: true });
  });

  it('tells the events that are named, and no others', async () => {
    const { id, appended } = await toldDestination(people(10));
    const entries = await stage.engine.log.at(stage.database, [appended[2]!, appended[7]!]);
    const again = await replay(id, {
      selection: { event_ids: entries.map((entry) => entry.id) },
      fromPosition: appended[2]! - 1,
      toPosition: appended[7]!,
    });
    expect((await counted(again)).total).toBe(2);
    await work(id);
    expect(inOrder(positions())).toEqual([appended[2], appended[7]]);
    expect(await afterwards(again)).toMatchObject({ state: 'done', sent: 2 });
  });

  it('lets what happens meanwhile pass, and is not stopped by it', async () => {
    const { id, appended } = await toldDestination(people(60));
    stage.engine.limits.sliceInMilliseconds = 60;
    sink.answers({ status: 204, delayInMilliseconds: 10 });
    const again = await replay(id);
    let lastOfReplay = 0;
    let news: number[] = [];
    for (let round = 0; (await afterwards(again)).state === 'running'; round++) {
      // More than a slice can tell, each time.
      if (round < 4) news = [...news, ...(await stage.append(organization, people(60)))];
      await route(stage.engine, stage.errands);
      await pump(stage.engine, id);
      const { cursor } = await afterwards(again);
      expect(cursor).toBeGreaterThanOrEqual(lastOfReplay);
      lastOfReplay = cursor;
    }
    const firstNews = sink.received.findIndex((request) => !isReplay(request));
    const lastReplayed = sink.received.findLastIndex(isReplay);
    expect(firstNews).toBeGreaterThanOrEqual(0);
    expect(firstNews).toBeLessThan(lastReplayed);
    await work(id);
    expect(inOrder(positions(sink.received.filter(isReplay)))).toEqual(appended);
    expect(inOrder(positions(sink.received.filter((request) => !isReplay(request))))).toEqual(news);
  });

  it('leaves the cursor and the chain of what happens where they are', async () => {
    const { id } = await toldDestination(people(10));
    const chain = (): Promise<unknown[]> =>
      stage.database.rows('select * from delivery_chain where destination_id = $1', [id]);
    const before = { cursor: (await stage.state(id))['cursor'], chain: await chain() };
    await replay(id);
    await work(id);
    expect({ cursor: (await stage.state(id))['cursor'], chain: await chain() }).toEqual(before);
  });

  it('drops nobody’s place: there is one at a time', async () => {
    const { id } = await toldDestination(people(2));
    await replay(id);
    await expect(replay(id)).rejects.toBeInstanceOf(ReplayRunning);
    await work(id);
    await replay(id);
  });

  it('is done at once when its range is empty', async () => {
    const { id, appended } = await toldDestination(people(2));
    const empty = await replay(id, { fromPosition: appended[1]! });
    expect(empty).toMatchObject({ state: 'done', finishedAt: expect.any(Date) });
    await work(id);
    expect(sink.received).toEqual([]);
  });

  it('sends no faster than it was told to', async () => {
    const { id } = await toldDestination(people(30));
    const startedAt = performance.now();
    const again = await replay(id, { maxPerSecond: 50 });
    await work(id);
    expect((await afterwards(again)).sent).toBe(30);
    // 50 a second, of which a tenth of a second's worth may start together.
    expect(performance.now() - startedAt).toBeGreaterThan(((30 - 1) / 50 - 0.1) * 1_000);
  });

  it('comes back when its next one may be sent, and holds no worker until then', async () => {
    const { id } = await toldDestination(people(3));
    await replay(id, { maxPerSecond: 1 });
    const report = await pump(stage.engine, id);
    expect(sink.received.length).toBe(1);
    expect(report).toMatchObject({ kind: 'worked', more: false, dueAt: expect.any(Date) });
    stage.clock.skip(1);
    await pump(stage.engine, id);
    expect(sink.received.length).toBe(2);
  });
});

describe('what fails in a replay', () => {
  it('is parked like anything else, holds back who shares its subject, and is tried again as a part of it', async () => {
    const { id, appended } = await toldDestination([
      about('directory_user_a'),
      about('directory_user_b'),
      about('directory_user_a'),
    ]);
    sink.answers((request) => ({ status: told(request).position === appended[0] ? 500 : 204 }));
    const again = await replay(id);
    await work(id);
    expect(inOrder(positions())).toEqual([appended[0], appended[1]]);
    expect(await stage.parked(id)).toMatchObject([
      { position: appended[0], state: 'waiting', attempts: 1 },
      { position: appended[2], state: 'behind', attempts: 0 },
    ]);
    expect(await afterwards(again)).toMatchObject({ state: 'done', sent: 1, failed: 2 });
    const first = told(sink.received.find((request) => told(request).position === appended[0])!);
    sink.answers({ status: 204 });
    sink.received.length = 0;
    stage.clock.skip(10);
    await work(id);
    expect(positions()).toEqual([appended[0], appended[2]]);
    expect(sink.received.map((request) => request.headers['rollcall-replay'])).toEqual([again.id, again.id]);
    expect(told(sink.received[0]!)).toEqual({ ...first, attempt: 2 });
    expect(await stage.parked(id)).toEqual([]);
    const kinds = await stage.database.rows(
      'select distinct kind from delivery_attempt where destination_id = $1 order by kind',
      [id],
    );
    expect(kinds).toEqual([{ kind: 'delivery' }, { kind: 'replay' }]);
  });

  it('brings through at last what had been given up, and leaves alone what is tried again anyway', async () => {
    const id = await destination();
    sink.answers({ status: 400 });
    const appended = await stage.append(organization, people(3));
    await work(id);
    await stage.database.rows(
      `update parked_delivery set state = 'given-up', due_at = null where destination_id = $1 and position <> $2`,
      [id, appended[2]],
    );
    sink.answers({ status: 204 });
    sink.received.length = 0;
    const again = await replay(id);
    await route(stage.engine, stage.errands);
    await pump(stage.engine, id);
    expect(inOrder(positions())).toEqual(appended.slice(0, 2));
    expect(await stage.parked(id)).toMatchObject([{ position: appended[2], state: 'waiting' }]);
    expect(await afterwards(again)).toMatchObject({ state: 'done', sent: 2, failed: 0, skipped: 1 });
  });

  it('has all its time once more where it had been given up long ago', async () => {
    const id = await destination();
    sink.answers({ status: 400 });
    const [position] = await stage.append(organization, people(1));
    await work(id);
    await stage.database.rows(
      `update parked_delivery set state = 'given-up', due_at = null, first_attempt_at = now() - interval '30 days'
        where destination_id = $1`,
      [id],
    );
    await replay(id);
    await work(id);
    for (const seconds of [10, 60]) {
      expect(await stage.parked(id)).toMatchObject([{ position, state: 'waiting' }]);
      stage.clock.skip(seconds);
      await work(id);
    }
    sink.answers({ status: 204 });
    stage.clock.skip(86_400);
    await work(id);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('stands still while the endpoint is down: no rows pile up, and it goes on from there', async () => {
    const { id, appended } = await toldDestination(people(60));
    sink.answers({ status: 503 });
    const again = await replay(id);
    await work(id);
    const rows = (await stage.parked(id)).length;
    expect(rows).toBeGreaterThanOrEqual(FAILURES_THAT_OPEN);
    expect(rows).toBeLessThan(40);
    const stood = (await afterwards(again)).cursor;
    for (let probe = 1; probe <= 3; probe++) {
      const before = sink.received.length;
      stage.clock.skip(700);
      await work(id);
      expect(sink.received.length).toBe(before + 1);
    }
    expect(await afterwards(again)).toMatchObject({ state: 'running', cursor: stood });
    sink.answers({ status: 204 });
    sink.received.length = 0;
    for (let round = 0; round < 4; round++) {
      stage.clock.skip(700);
      await work(id);
    }
    expect(inOrder(positions())).toEqual(appended);
    expect(await afterwards(again)).toMatchObject({ state: 'done', sent: 60 - rows, failed: rows });
    expect(await stage.parked(id)).toEqual([]);
  });
});

describe('a replay of revocations', () => {
  it('logs out nobody who is back', async () => {
    const leave = (subject: string): PlainEvent => event('UserDeactivated', subject);
    const id = await destination({ protocol: 'farewell' });
    const [gone] = await stage.append(organization, [leave('directory_user_a'), leave('directory_user_b')]);
    await work(id);
    await stage.append(organization, [event('UserReactivated', 'directory_user_b')]);
    await work(id);
    sink.received.length = 0;
    const again = await replay(id);
    expect((await counted(again)).total).toBe(1);
    await work(id);
    expect(positions()).toEqual([gone]);
    expect(await afterwards(again)).toMatchObject({ state: 'done', sent: 1 });
    expect(await stage.parked(id)).toEqual([]);
  });
});

describe('stopping', () => {
  it('ends it where it is, and resuming tells the rest: no hole, and nothing twice that was written down', async () => {
    const { id, appended } = await toldDestination(people(50));
    let stopped: Promise<unknown> = Promise.resolve();
    const again = await replay(id);
    sink.answers((_, index) => {
      if (index === 10) stopped = stopReplay(stage.database, again.id, stage.clock.now());
      return { status: 204, delayInMilliseconds: 15 };
    });
    await work(id);
    await stopped;
    const at = await afterwards(again);
    expect(at.state).toBe('stopped');
    expect(at.cursor).toBeLessThan(appended.at(-1)!);
    const before = positions();
    // What was written down when it ended is all that was sent: a stop is no crash.
    expect(at.sent).toBe(before.length);
    await work(id);
    expect(sink.received.length).toBe(before.length);
    expect(await resumeReplay(stage.database, again)).toMatchObject({ state: 'running' });
    await work(id);
    expect(inOrder(positions())).toEqual(appended);
    expect(await afterwards(again)).toMatchObject({ state: 'done', sent: 50 });
  });

  it('is also what pausing the destination does, until it is enabled again', async () => {
    const { id, appended } = await toldDestination(people(5));
    const again = await replay(id);
    await stage.engine.destinations.change(id, { state: 'paused' });
    expect(await work(id)).toEqual({ kind: 'idle' });
    expect(await afterwards(again)).toMatchObject({ state: 'running', sent: 0 });
    await stage.engine.destinations.change(id, { state: 'enabled' });
    await work(id);
    expect(inOrder(positions())).toEqual(appended);
  });

  it('can be forgotten: deleting the destination deletes its replays', async () => {
    const { id } = await toldDestination(people(2));
    const again = await replay(id);
    await stage.engine.destinations.remove(id);
    expect(await findReplay(stage.database, again)).toBeUndefined();
  });
});

describe('when a worker dies or is away too long', () => {
  it('sends again what was not written down, and counts it once', async () => {
    const { id, appended } = await toldDestination(people(30));
    const again = await replay(id);
    const dying = { ...stage.engine, database: failingOnce() };
    await expect(pump(dying, id)).rejects.toThrow('the machine is gone');
    const once = sink.received.length;
    expect(once).toBeGreaterThan(0);
    expect(await afterwards(again)).toMatchObject({ cursor: 0, sent: 0 });
    await expireLease(id);
    await work(id);
    expect(sink.received.length).toBe(once + 30);
    expect(inOrder([...new Set(positions())])).toEqual(appended);
    expect(await afterwards(again)).toMatchObject({ state: 'done', sent: 30 });
  });

  it('writes nothing down when somebody else has the lease by then', async () => {
    const { id } = await toldDestination(people(8));
    const again = await replay(id);
    sink.answers(async () => {
      await stage.database.rows(
        `update delivery_state set lease_token = gen_random_uuid(), lease_until = now() + interval '1 minute'
          where destination_id = $1`,
        [id],
      );
      return { status: 204 };
    });
    expect(await pump(stage.engine, id)).toEqual({ kind: 'lost' });
    expect(await afterwards(again)).toMatchObject({ cursor: 0, sent: 0, state: 'running' });
  });

  it('is found by the sweep when its ticket was lost', async () => {
    const { id } = await toldDestination(people(2));
    await replay(id);
    stage.tickets.length = 0;
    const bell = new Bell(
      () => ({ put: async () => undefined, depth: async () => 0 }),
      stage.engine.observations,
    );
    await sweep(stage.engine, { bell, errands: stage.errands });
    expect(stage.tickets).toContain(`soon-backlog ${id}-again`);
  });
});

/** A database that takes no settlement: the program dies between sending and writing. */
function failingOnce(): typeof stage.database {
  return new Proxy(stage.database, {
    get(target, name) {
      if (name === 'transaction') return () => Promise.reject(new Error('the machine is gone'));
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

async function expireLease(id: string): Promise<void> {
  await stage.database.rows(
    `update delivery_state set lease_until = now() - interval '1 second' where destination_id = $1`,
    [id],
  );
}
