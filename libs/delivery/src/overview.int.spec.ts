import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { recorded } from '@app/directory';
import { freshDatabase, Sink, type FreshDatabase } from '../../../test/support/index.js';
import { deliveriesOf, type EventDelivery } from './event-deliveries.js';
import { readDeliveryGauges } from './gauges.js';
import { LAG_COUNTED, standingOf, type DestinationStanding } from './overview.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { openStage, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let fresh: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;

beforeAll(async () => {
  fresh = await freshDatabase();
  stage = await openStage(fresh.url);
  sink = await Sink.open();
});
afterAll(async () => {
  await sink.close();
  await stage.close();
  await fresh.drop();
});
beforeEach(async () => {
  await stage.database.rows('delete from destination');
  organization = await stage.organization();
  sink.answers({ status: 204 });
});

const event = (...subjects: string[]): PlainEvent => ({ type: 'UserProfileChanged', subjects });
const destination = (more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, ...more });
const routed = (): ReturnType<typeof route> => route(stage.engine, stage.errands);

describe('how a destination stands', () => {
  const standing = async (id: string): Promise<DestinationStanding> =>
    (await standingOf(stage.database, [id], stage.clock.now()))[0]!;

  it('is idle, and behind by nothing, when it has been told everything', async () => {
    const id = await destination();
    const [last] = await stage.append(organization, [event('ada')]);
    await pump(stage.engine, id);
    expect(await standing(id)).toEqual({
      ...{ destinationId: id, cursor: last, cursorAt: expect.any(Date), idle: true, lagEvents: 0 },
      ...{ oldestOutstandingAt: null, waiting: 0, behind: 0, givenUp: 0, superseded: 0, breaker: 'closed' },
      ...{ consecutiveFailures: 0, failingSince: null, breakerOpenedAt: null, restingUntil: null },
      catchUpTo: null,
      ...{ lastDelivered: last, lastDeliveredAt: expect.any(Date), lastDeliveredEventAt: expect.any(Date) },
    });
  });

  it('is behind by the events of its own organization, since the oldest of them', async () => {
    const [id, everybody] = [await destination(), await destination({ organizationId: null })];
    for (const each of [id, everybody]) await pump(stage.engine, each);
    await stage.append(await stage.organization(), [event('stranger'), event('stranger')]);
    const [first] = await stage.append(organization, [event('ada'), event('bob'), event('eve')]);
    await routed();
    const [entry] = await stage.engine.log.at(stage.database, [first!]);
    expect(await standing(id)).toMatchObject({
      ...{ idle: false, lagEvents: 3, oldestOutstandingAt: new Date(entry!.occurredAt) },
    });
    expect(await standing(everybody)).toMatchObject({ idle: false, lagEvents: 5 });
    expect((await standing(everybody)).lagEvents).toBeLessThan(LAG_COUNTED);
  });

  it('is as old as its oldest failure, also when the cursor is past it', async () => {
    const id = await destination();
    sink.answers(({ body }) => ({ status: body.toString().includes('bad') ? 500 : 204 }));
    const [bad] = await stage.append(organization, [event('bad'), event('ada'), event('bad')]);
    await pump(stage.engine, id);
    const [entry] = await stage.engine.log.at(stage.database, [bad!]);
    expect(await standing(id)).toMatchObject({
      ...{ idle: true, lagEvents: 0, waiting: 1, behind: 1, consecutiveFailures: expect.any(Number) },
      oldestOutstandingAt: new Date(entry!.occurredAt),
    });
  });

  it('rests, and then asks again, by the clock of the program', async () => {
    const id = await destination();
    await stage.database.rows(
      `update delivery_state set consecutive_failures = 10, breaker_opened_at = now(), resting_until = $2
        where destination_id = $1`,
      [id, new Date(stage.clock.now().getTime() + 60_000)],
    );
    expect((await standing(id)).breaker).toBe('resting');
    const later = new Date(stage.clock.now().getTime() + 120_000);
    expect((await standingOf(stage.database, [id], later))[0]!.breaker).toBe('half-open');
  });
});

describe('what became of one event', () => {
  async function deliveries(position: number): Promise<Record<string, EventDelivery>> {
    const [entry] = await stage.engine.log.at(stage.database, [position]);
    const destinations = [
      ...(await stage.engine.destinations.ofOrganization(organization)),
      ...(await stage.engine.destinations.ofOrganization(null)),
    ];
    const { protocols } = stage.engine;
    const found = await deliveriesOf(stage.database, recorded(entry!), { destinations, protocols });
    return Object.fromEntries(found.map((each) => [each.destinationId, each]));
  }

  it('is told for each destination that wants it: who got it, who waits for it, who did not yet', async () => {
    const bad = await Sink.open();
    bad.answers({ status: 500 });
    const [good, failing, late, uninterested] = [
      await destination(),
      await destination({ url: bad.url }),
      await destination({ organizationId: null }),
      await destination({ eventTypes: ['UserCreated'] }),
    ];
    const [first, second] = await stage.append(organization, [event('ada'), event('ada')]);
    for (const id of [good, failing, uninterested]) await pump(stage.engine, id);
    await bad.close();
    const ofFirst = await deliveries(first!);
    expect(Object.keys(ofFirst).sort()).toEqual([good, failing, late].sort());
    expect(ofFirst[good]).toMatchObject({
      ...{ state: 'delivered', attempts: 1, lastStatus: 204, deliveredAt: expect.any(Date) },
    });
    expect(ofFirst[failing]).toMatchObject({
      ...{ state: 'waiting', attempts: 1, deliveredAt: null, lastOutcome: 'refused', lastStatus: 500 },
      dueAt: expect.any(Date),
    });
    expect(ofFirst[late]).toMatchObject({ state: 'pending', attempts: 0, firstAttemptAt: null });
    expect((await deliveries(second!))[failing]).toMatchObject({ state: 'behind', attempts: 0 });
  });

  it('is still told of a destination that was deleted, and of one that does not keep attempts', async () => {
    const [gone, silent] = [await destination(), await destination()];
    const [position] = await stage.append(organization, [event('ada')]);
    await pump(stage.engine, gone);
    stage.engine.attempts.kept = false;
    await pump(stage.engine, silent);
    stage.engine.attempts.kept = true;
    await stage.engine.destinations.remove(gone);
    const told = await deliveries(position!);
    expect(told[gone]).toMatchObject({ state: 'delivered', destination: null });
    expect(told[silent]).toMatchObject({ state: 'passed', attempts: 0 });
  });
});

describe('what is measured of all destinations together', () => {
  it('is how far they are behind, how they stand and what failed, by protocol', async () => {
    const read = async (): Promise<Record<string, number>> => {
      const readings = await readDeliveryGauges(stage.database, stage.engine.protocols, stage.clock.now());
      return Object.fromEntries(
        readings.map(({ name, labels = {}, value }) => [[name, ...Object.values(labels)].join(' '), value]),
      );
    };
    const [id, paused] = [await destination(), await destination()];
    for (const each of [id, paused]) await pump(stage.engine, each);
    await stage.engine.destinations.change(paused, { state: 'paused' });
    await routed();
    expect(await read()).toMatchObject({
      'rollcall_router_lag_events now': 0,
      'rollcall_router_lag_events soon': 0,
      'rollcall_delivery_lag_events note soon': 0,
      'rollcall_delivery_lag_seconds note soon': 0,
      'rollcall_destinations note enabled closed': 1,
      'rollcall_destinations note paused closed': 1,
      'rollcall_parked_deliveries note waiting': 0,
      'rollcall_delivery_lag_events farewell now': 0,
    });
    sink.answers({ status: 500 });
    await stage.append(organization, [event('ada'), event('ada')]);
    expect((await read())['rollcall_router_lag_events soon']).toBe(2);
    await routed();
    stage.clock.skip(100);
    const behind = await read();
    expect(behind['rollcall_delivery_lag_events note soon']).toBe(2);
    expect(behind['rollcall_delivery_lag_seconds note soon']).toBeGreaterThanOrEqual(99);
    await pump(stage.engine, id);
    const failed = await read();
    expect(failed).toMatchObject({
      'rollcall_parked_deliveries note waiting': 1,
      'rollcall_parked_deliveries note behind': 1,
      'rollcall_delivery_lag_events note soon': 0,
    });
    expect(failed['rollcall_delivery_parked_lag_seconds note soon']).toBeGreaterThanOrEqual(99);
  });
});
