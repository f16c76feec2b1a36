import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { takeCheckpoint } from '@app/event-log';
import type { TicketQueue } from '@app/runtime';
import { freshDatabase, Sink, type FreshDatabase } from '../../../test/support/index.js';
import { resumeDelivery, rewindDelivery } from './begin.js';
import { pump } from './pump.js';
import { route, ROUTER_CHECKPOINTS } from './route.js';
import { sweep, type SweepReport } from './sweep.js';
import { openStage, type PlainEvent, type Stage } from './testing/stage.js';
import { Bell } from './bell.js';

jest.setTimeout(60_000);

let database: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;
let rung: number;
let bell: Bell;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
  sink = await Sink.open();
});

afterAll(async () => {
  await sink.close();
  await stage.close();
  await database.drop();
});

beforeEach(async () => {
  await stage.database.rows('delete from destination');
  await route(stage.engine, stage.errands);
  stage.tickets.length = 0;
  sink.answers({ status: 204 });
  sink.received.length = 0;
  organization = await stage.organization();
  rung = 0;
  const wake: TicketQueue = { put: async () => void (rung += 1), depth: async () => 0 };
  bell = new Bell(() => wake, stage.engine.observations);
});

const event = (subject: string, type = 'UserProfileChanged'): PlainEvent => ({ type, subjects: [subject] });
const routed = (): ReturnType<typeof route> => route(stage.engine, stage.errands);
const swept = (): Promise<SweepReport> => sweep(stage.engine, { bell, errands: stage.errands });
const destination = (more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, ...more });
/** As after its first pump: it has looked, and there was nothing. */
async function settledDestination(more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> {
  const id = await destination(more);
  await pump(stage.engine, id);
  return id;
}

describe('the router', () => {
  it('gives one ticket to each destination that wants something, and none to the others', async () => {
    const wanting = await settledDestination();
    await settledDestination({ eventTypes: ['UserCreated'] });
    await settledDestination({ organizationId: await stage.organization() });
    await stage.append(organization, [event('a'), event('b'), event('c')]);
    expect(await routed()).toEqual({ events: 3, errands: 1, more: false });
    expect(stage.tickets).toEqual([`soon ${wanting}`]);
  });

  it('writes nothing for a destination that wants nothing', async () => {
    const id = await settledDestination({ eventTypes: ['UserCreated'] });
    const before = await stage.state(id);
    await stage.append(organization, [event('a')]);
    await routed();
    expect(await stage.state(id)).toEqual(before);
  });

  it('moves the cursor of an idle destination up to just before its next event', async () => {
    const id = await settledDestination({ eventTypes: ['UserCreated'] });
    await stage.append(organization, [event('a'), event('b')]);
    await routed();
    const [, wanted, last] = await stage.append(organization, [
      event('c'),
      event('d', 'UserCreated'),
      event('e', 'UserCreated'),
    ]);
    await routed();
    expect(await stage.state(id)).toMatchObject({ cursor: wanted! - 1, work_to: last });
  });

  it('does not move the cursor of one that still has work', async () => {
    const id = await settledDestination();
    const [first] = await stage.append(organization, [event('a')]);
    await routed();
    const [second] = await stage.append(organization, [event('b')]);
    await routed();
    expect(await stage.state(id)).toMatchObject({ cursor: first! - 1, work_to: second });
  });

  it('reads each event once', async () => {
    await settledDestination();
    await stage.append(organization, [event('a')]);
    expect(await routed()).toMatchObject({ events: 1 });
    expect(await routed()).toMatchObject({ events: 0, errands: 0 });
  });

  it('leaves the work to the one who is at it', async () => {
    await stage.append(organization, [event('a')]);
    await stage.database.transaction(async (tx) => {
      await takeCheckpoint(tx, ROUTER_CHECKPOINTS.soon);
      expect(await routed()).toMatchObject({ events: 0 });
    });
    expect(await routed()).toMatchObject({ events: 1 });
  });

  it('gets through more than a batch', async () => {
    const id = await settledDestination();
    const positions = await stage.append(
      organization,
      Array.from({ length: 1_200 }, (_, index) => event(`u${index}`)),
    );
    expect(await routed()).toMatchObject({ events: 1_200 });
    expect(await stage.state(id)).toMatchObject({ work_to: positions.at(-1) });
  });

  it('gives no ticket to a destination that rests, but remembers its work', async () => {
    const id = await settledDestination();
    await stage.database.rows(
      `update delivery_state set resting_until = now() + interval '1 hour' where destination_id = $1`,
      [id],
    );
    const [position] = await stage.append(organization, [event('a')]);
    await routed();
    expect(stage.tickets).toEqual([]);
    expect(await stage.state(id)).toMatchObject({ work_to: position });
  });

  it('loses nothing for a destination whose settings it does not understand, and goes on with the others', async () => {
    const broken = await settledDestination();
    const fine = await settledDestination();
    await stage.database.rows(
      `update destination set settings = '{"url": 5}', updated_at = now() where id = $1`,
      [broken],
    );
    const [position] = await stage.append(organization, [event('a')]);
    await routed();
    expect(stage.tickets).toContain(`soon ${fine}`);
    expect(await stage.state(broken)).toMatchObject({ work_to: position });
  });
});

describe('a destination that is made while the router works', () => {
  it('hears of every event after it began, whether the router knew of it or not', async () => {
    const id = await destination();
    const positions = await stage.append(organization, [event('a'), event('b')]);
    // The router that reads these events does not know the destination: it was not there when it looked.
    await stage.database.rows(`update checkpoint set position = $2 where name = $1`, [
      ROUTER_CHECKPOINTS.soon,
      positions.at(-1),
    ]);
    expect(await swept()).toMatchObject({ destinations: 1 });
    await pump(stage.engine, id);
    expect(sink.received).toHaveLength(2);
  });

  it('hears of what happened while it was paused when it is resumed', async () => {
    const id = await settledDestination();
    await stage.engine.destinations.change(id, { state: 'paused' });
    await stage.append(organization, [event('a'), event('b')]);
    await routed();
    expect(await swept()).toMatchObject({ destinations: 0 });
    await stage.engine.destinations.change(id, { state: 'enabled' });
    await resumeDelivery(stage.database, id);
    expect(await swept()).toMatchObject({ destinations: 1 });
    await pump(stage.engine, id);
    expect(sink.received).toHaveLength(2);
  });

  it('hears everything once more when it is rewound', async () => {
    const id = await settledDestination();
    const [first] = await stage.append(organization, [event('a'), event('b')]);
    await routed();
    await pump(stage.engine, id);
    await stage.database.transaction((tx) => rewindDelivery(tx, id, first! - 1));
    await pump(stage.engine, id);
    expect(sink.received).toHaveLength(4);
  });
});

describe('the sweep', () => {
  it('finds nothing when there is nothing', async () => {
    await settledDestination();
    expect(await swept()).toEqual({ routerBehind: false, destinations: 0 });
    expect(rung).toBe(0);
    expect(stage.tickets).toEqual([]);
  });

  it('reads the log itself when the router is behind: the ticket that says so may be in the hands of a worker that is gone', async () => {
    const id = await settledDestination();
    await stage.append(organization, [event('a')]);
    expect(await swept()).toMatchObject({ routerBehind: true });
    expect(stage.tickets).toEqual([`soon ${id}`]);
    expect(await swept()).toMatchObject({ routerBehind: false });
    expect(rung).toBe(0);
  });

  it('gives a new ticket to a destination whose ticket was lost, and to one whose delivery is due', async () => {
    const [lost, failing] = [await settledDestination(), await settledDestination()];
    sink.answers({ status: 500 });
    await stage.append(organization, [event('a')]);
    await routed();
    await pump(stage.engine, failing);
    stage.tickets.length = 0;
    expect(await swept()).toMatchObject({ destinations: 1 });
    expect(stage.tickets).toEqual([`soon-backlog ${lost}-again`]);
    await pump(stage.engine, lost);
    stage.tickets.length = 0;
    stage.clock.skip(10);
    await swept();
    expect(stage.tickets.sort()).toEqual(
      [`soon-backlog ${lost}-again`, `soon-backlog ${failing}-again`].sort(),
    );
  });

  it('leaves alone who is being worked for, who rests, and who is disabled', async () => {
    const [leased, resting, disabled] = [
      await settledDestination(),
      await settledDestination(),
      await settledDestination(),
    ];
    await stage.append(organization, [event('a')]);
    await routed();
    const set = (what: string, id: string): Promise<unknown> =>
      stage.database.rows(
        `update delivery_state set ${what} = now() + interval '1 hour' where destination_id = $1`,
        [id],
      );
    await set('lease_until', leased);
    await set('resting_until', resting);
    await stage.engine.destinations.change(disabled, { state: 'disabled' });
    expect(await swept()).toMatchObject({ destinations: 0 });
  });
});
