import { describe, expect, it, jest } from '@jest/globals';
import { operationsOf, published, recorded, type PublishedEvent } from '@app/directory';
import { verifyLog } from '@app/event-log';
import { Sink, type Answer, type ReceivedRequest } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { resumeDelivery } from './begin.js';
import { FAILURES_THAT_OPEN } from './breaker.js';
import { DEFAULT_MANNER } from './options.js';
import { repeatDelivery } from './parked.js';
import { pump, type PumpReport } from './pump.js';
import { route } from './route.js';
import { type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(120_000);

const HOUR_IN_SECONDS = 3_600;
const DAY_IN_SECONDS = 24 * HOUR_IN_SECONDS;

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

const told = (request: ReceivedRequest): { position: number; subjects: string[] } =>
  JSON.parse(request.body.toString()) as ReturnType<typeof told>;
const positions = (): number[] => sink.received.map((request) => told(request).position);
const about = (...subjects: string[]): PlainEvent => ({ type: 'UserProfileChanged', subjects });
const people = (count: number, name = 'user'): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => about(`directory_${name}_${index}`));

const destination = (more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> =>
  stage.destination({
    url: sink.url,
    organizationId: organization,
    eventTypes: ['UserProfileChanged'],
    ...more,
  });

/** Pumps for as long as there is work now. */
async function work(...destinationIds: string[]): Promise<PumpReport[]> {
  await route(stage.engine, stage.errands);
  return Promise.all(
    destinationIds.map(async (id) => {
      let report = await pump(stage.engine, id);
      while (report.kind === 'worked' && report.more && !report.restingUntil)
        report = await pump(stage.engine, id);
      return report;
    }),
  );
}

/** What the log says of destinations, oldest first. */
async function operations(organizationId: string | null = organization): Promise<PublishedEvent[]> {
  const selection = { after: 0, limit: 1_000, directoryId: operationsOf(organizationId) };
  const entries = await stage.engine.log.after(stage.database, selection);
  return entries.map((entry) => published(recorded(entry))!);
}

const namesOf = async (organizationId?: string | null): Promise<string[]> =>
  (await operations(organizationId)).map(({ event }) => event);

const found = async (id: string) => (await stage.engine.destinations.find(id))!;

async function enable(id: string): Promise<void> {
  await stage.engine.destinations.change(id, { state: 'enabled' });
  await resumeDelivery(stage.database, id);
}

/** So many times an hour goes by, with work after each. */
async function hours(count: number, id: string): Promise<void> {
  for (let hour = 0; hour < count; hour++) {
    stage.clock.skip(HOUR_IN_SECONDS);
    await work(id);
  }
}

describe('an endpoint that goes down and comes back', () => {
  it('is told of once as failing and once as recovered, however many probes fail in between', async () => {
    const id = await destination();
    sink.answers({ status: 503 });
    const appended = await stage.append(organization, people(40));
    const [report] = await work(id);
    expect(report).toMatchObject({ kind: 'worked', announced: true });
    expect(await operations()).toMatchObject([
      {
        event: 'destination.failing',
        data: {
          object: 'destination',
          id,
          organization_id: organization,
          protocol: 'note',
          endpoint_host: new URL(sink.url).host,
          state: 'enabled',
          reason: 'it answered 503',
          since: ((await stage.state(id))['failing_since'] as Date).toISOString(),
        },
        context: { cause: 'DestinationFailing', sequence: 1, request_id: 'delivery' },
      },
    ]);
    const rows = (await stage.parked(id)).length;
    await hours(6, id);
    expect(await namesOf()).toEqual(['destination.failing']);
    expect((await stage.parked(id)).length).toBe(rows);
    sink.answers({ status: 204 });
    await hours(3, id);
    expect(await namesOf()).toEqual(['destination.failing', 'destination.recovered']);
    expect([...new Set(positions())].sort((a, b) => a - b)).toEqual(appended);
    expect(await stage.state(id)).toMatchObject({
      consecutive_failures: 0,
      failing_since: null,
      breaker_opened_at: null,
      failing_announced_at: null,
    });
  });

  it('is not called recovered by the first success: one that comes and goes is told of once', async () => {
    const id = await destination();
    let healthy = 0;
    // Each time it is asked again it takes two events, and falls over.
    sink.answers(() => ({ status: healthy-- > 0 ? 204 : 500 }));
    await stage.append(organization, people(400));
    await work(id);
    for (let round = 0; round < 12; round++) {
      healthy = 2;
      stage.clock.skip(HOUR_IN_SECONDS);
      await work(id);
      await work(id);
    }
    expect(await namesOf()).toEqual(['destination.failing']);
  });

  it('does not use up the time of the events that met it when it went down', async () => {
    const id = await destination({ delivery: { disable_after_hours: 720, on_failure: { after_hours: 24 } } });
    sink.answers({ status: 500 });
    await stage.append(organization, people(FAILURES_THAT_OPEN));
    await work(id);
    await hours(30, id);
    sink.answers((_request, index) => ({ status: index % 2 ? 500 : 204 }));
    await hours(1, id);
    await work(id);
    sink.answers({ status: 204 });
    await hours(2, id);
    expect(await stage.parked(id)).toEqual([]);
    expect(await namesOf()).not.toContain('destination.delivery_skipped');
  });

  it('leaves the log whole', async () => {
    expect((await verifyLog(stage.database)).flaws).toEqual([]);
  });
});

describe('an endpoint that fails for days', () => {
  it('is disabled after five of them, with the reason, and nothing is lost or skipped', async () => {
    const id = await destination();
    sink.answers({ status: 500 });
    const appended = await stage.append(organization, people(30));
    await work(id);
    await hours(119, id);
    expect(await found(id)).toMatchObject({ state: 'enabled' });
    const before = sink.received.length;
    await hours(2, id);
    expect(await found(id)).toMatchObject({
      state: 'disabled',
      disabledReason: 'failing',
      disabledAt: expect.any(Date),
    });
    expect(await operations()).toMatchObject([
      { event: 'destination.failing' },
      { event: 'destination.disabled', data: { id, state: 'disabled', reason: 'failing' } },
    ]);
    await hours(24, id);
    expect(sink.received.length).toBeLessThanOrEqual(before + 2);
    sink.answers({ status: 204 });
    sink.received.length = 0;
    await enable(id);
    expect(await found(id)).toMatchObject({ state: 'enabled', disabledReason: null, disabledAt: null });
    await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
    expect(await namesOf()).toEqual(['destination.failing', 'destination.disabled', 'destination.recovered']);
  });

  it('is disabled sooner when its owner says so', async () => {
    const id = await destination({ delivery: { disable_after_hours: 2 } });
    sink.answers({ hangUp: true });
    await stage.append(organization, people(12));
    await work(id);
    await hours(3, id);
    expect(await found(id)).toMatchObject({ state: 'disabled', disabledReason: 'failing' });
    const [failing] = await operations();
    expect(failing?.data['reason']).toContain('closed before an answer came');
    expect(JSON.stringify(failing)).not.toContain('127.0.0.1 ');
  });

  it('is not disabled while any event gets through, nor by a single poisonous one', async () => {
    const id = await destination({ delivery: { disable_after_hours: 24, on_failure: { policy: 'block' } } });
    const [bad] = await stage.append(organization, [about('directory_user_bad')]);
    sink.answers((request) => ({ status: told(request).position === bad ? 500 : 204 }));
    await work(id);
    for (let half = 0; half < 8; half++) {
      stage.clock.skip(12 * HOUR_IN_SECONDS);
      await work(id);
    }
    expect(await found(id)).toMatchObject({ state: 'enabled' });
    const [good] = await stage.append(organization, [about('directory_user_good')]);
    await work(id);
    expect(positions()).toContain(good);
    expect(await operations()).toEqual([]);
  });
});

describe('what a receiver asks for', () => {
  it.each<[string, string, string, string]>([
    ['disable', 'disable', 'disabled', 'destination.disabled'],
    ['pause', 'pause', 'paused', 'destination.paused'],
  ])(
    'in the header webhook-delivery, %s, is done, and the event it came with counts as delivered',
    async (...row) => {
      const [, header, state, event] = row;
      const id = await destination();
      sink.answers({ status: 200, headers: { 'webhook-delivery': header } });
      const appended = await stage.append(organization, [
        about('directory_user_a'),
        about('directory_user_a'),
      ]);
      await work(id);
      expect(await found(id)).toMatchObject({ state, disabledReason: 'receiver_asked' });
      expect(await operations()).toMatchObject([{ event, data: { id, state, reason: 'receiver_asked' } }]);
      expect(positions()).toEqual(appended.slice(0, 1));
      sink.answers({ status: 204 });
      await enable(id);
      await work(id);
      expect(positions()).toEqual(appended);
    },
  );

  it('in the header webhook-delivery, a pause of ten minutes, ends by itself', async () => {
    const id = await destination();
    sink.answers({ status: 204, headers: { 'webhook-delivery': 'pause; seconds=600' } });
    const appended = await stage.append(organization, [about('directory_user_a'), about('directory_user_a')]);
    await work(id);
    stage.clock.skip(590);
    expect(await work(id)).toEqual([{ kind: 'idle' }]);
    stage.clock.skip(11);
    sink.answers({ status: 204 });
    await work(id);
    expect(positions()).toEqual(appended);
    expect(await found(id)).toMatchObject({ state: 'enabled' });
    expect(await operations()).toEqual([]);
  });

  it('by 410 disables it, once, though many requests were in flight', async () => {
    const id = await destination();
    sink.answers({ status: 410 });
    await stage.append(organization, people(20));
    await work(id);
    expect(await operations()).toMatchObject([
      { event: 'destination.disabled', data: { id, reason: 'gone', since: null } },
    ]);
    expect((await stage.parked(id)).filter(({ state }) => state === 'given-up')).toEqual([]);
  });

  it('does not overrule a person who has paused it meanwhile', async () => {
    const id = await destination();
    sink.answers(async () => {
      await stage.engine.destinations.change(id, { state: 'paused' });
      return { status: 410 };
    });
    await stage.append(organization, people(1));
    await work(id);
    expect(await found(id)).toMatchObject({ state: 'paused', disabledReason: 'manual' });
    expect(await operations()).toEqual([]);
  });

  it('with Retry-After on 429 holds everything for this destination, and costs no event a wait', async () => {
    const id = await destination({ delivery: { on_failure: { after_attempts: 1 } } });
    sink.answers({ status: 429, headers: { 'retry-after': '300' } });
    const appended = await stage.append(organization, people(40));
    await work(id);
    expect(sink.received.length).toBeLessThanOrEqual(DEFAULT_MANNER.maxInFlight);
    stage.clock.skip(290);
    expect(await work(id)).toEqual([{ kind: 'idle' }]);
    const parked = await stage.parked(id);
    expect(parked.length).toBeGreaterThan(0);
    expect(parked.map(({ attempts }) => attempts)).toEqual(parked.map(() => 0));
    stage.clock.skip(15);
    sink.answers({ status: 204 });
    sink.received.length = 0;
    await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual(appended);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('with Retry-After on 500 holds this event only', async () => {
    const id = await destination();
    const [bad, ...others] = await stage.append(organization, people(5));
    sink.answers((request): Answer =>
      told(request).position === bad ? { status: 500, headers: { 'retry-after': '3600' } } : { status: 204 },
    );
    await work(id);
    expect(positions().sort((a, b) => a - b)).toEqual([bad, ...others]);
    stage.clock.skip(HOUR_IN_SECONDS - 10);
    await work(id);
    expect(sink.received).toHaveLength(5);
    stage.clock.skip(20);
    await work(id);
    expect(sink.received).toHaveLength(6);
  });
});

describe('an event that will not go through', () => {
  const refusing = (bad: number | undefined, status = 422): void =>
    sink.answers((request) => ({ status: told(request).position === bad ? status : 204 }));

  it('is skipped after five days unless its destination says otherwise; what waited goes on, and people are told', async () => {
    const id = await destination();
    const [bad, next] = await stage.append(organization, [
      about('directory_user_a'),
      about('directory_user_a'),
    ]);
    refusing(bad);
    await work(id);
    for (let half = 0; half < 9; half++) {
      stage.clock.skip(12 * HOUR_IN_SECONDS);
      await work(id);
    }
    expect(await stage.parked(id)).toMatchObject([{ state: 'waiting' }, { state: 'behind' }]);
    for (let half = 0; half < 3; half++) {
      stage.clock.skip(12 * HOUR_IN_SECONDS);
      await work(id);
    }
    expect(positions().at(-1)).toBe(next);
    const [row, ...none] = await stage.parked(id);
    expect([row, none]).toMatchObject([{ position: bad, state: 'given-up' }, []]);
    const [entry] = await stage.engine.log.at(stage.database, [bad!]);
    expect(await operations()).toMatchObject([
      {
        event: 'destination.delivery_skipped',
        data: {
          id,
          reason: expect.stringContaining('120 hours'),
          skipped: {
            event_id: entry!.id,
            cause: 'UserProfileChanged',
            directory_id: entry!.directoryId,
            sequence: entry!.sequence,
            attempts: row!.attempts,
            status: 422,
          },
        },
      },
    ]);
  });

  it.each(['subject', 'directory', 'none'])(
    'is skipped after the attempts that its destination allows, and repeated when a person asks (order: %s)',
    async (ordering) => {
      const id = await destination({ delivery: { ordering, on_failure: { after_attempts: 2 } } });
      const appended = await stage.append(organization, [...people(1), ...people(2)]);
      const [bad] = appended;
      refusing(bad);
      await work(id);
      stage.clock.skip(10);
      await work(id);
      expect(await stage.parked(id)).toMatchObject([{ position: bad, state: 'given-up', attempts: 2 }]);
      expect([...new Set(positions())].sort((a, b) => a - b)).toEqual(appended);
      expect(await namesOf()).toEqual(['destination.delivery_skipped']);
      // Still poisonous: it has all its attempts again, and people are told again.
      const now = stage.clock.now();
      expect(await repeatDelivery(stage.database, { destinationId: id, position: bad!, now })).toBe(true);
      await work(id);
      expect(await stage.parked(id)).toMatchObject([{ position: bad, state: 'waiting', attempts: 1 }]);
      stage.clock.skip(10);
      await work(id);
      expect(await namesOf()).toHaveLength(2);
      sink.answers({ status: 204 });
      await repeatDelivery(stage.database, { destinationId: id, position: bad!, now: stage.clock.now() });
      await work(id);
      expect(await stage.parked(id)).toEqual([]);
    },
  );

  it('is repeated in its place: what is unfinished before it and about the same person goes first', async () => {
    const id = await destination({ delivery: { on_failure: { after_attempts: 1 } } });
    const [first, second] = await stage.append(organization, [
      about('directory_user_a'),
      about('directory_user_a'),
    ]);
    sink.answers({ status: 422 });
    await work(id);
    await work(id);
    expect((await stage.parked(id)).map(({ state }) => state)).toEqual(['given-up', 'given-up']);
    sink.answers({ status: 204 });
    sink.received.length = 0;
    const now = stage.clock.now();
    for (const position of [second!, first!])
      await repeatDelivery(stage.database, { destinationId: id, position, now });
    await work(id);
    expect(positions()).toEqual([first, second]);
  });

  it('of a destination that blocks is tried for ever; who shares its order waits, and nobody else', async () => {
    const id = await destination({ delivery: { on_failure: { policy: 'block' } } });
    const [bad, behind, other] = await stage.append(organization, [
      about('directory_user_a'),
      about('directory_user_a'),
      about('directory_user_b'),
    ]);
    refusing(bad);
    await work(id);
    for (let day = 0; day < 20; day++) {
      stage.clock.skip(DAY_IN_SECONDS);
      await work(id);
    }
    expect(new Set(positions())).toEqual(new Set([bad, other]));
    expect(positions().length).toBeGreaterThan(15);
    expect(await stage.parked(id)).toMatchObject([
      { position: bad, state: 'waiting' },
      { position: behind, state: 'behind' },
    ]);
    expect(await operations()).toEqual([]);
    sink.answers({ status: 204 });
    stage.clock.skip(DAY_IN_SECONDS);
    await work(id);
    expect(positions().slice(-2)).toEqual([bad, behind]);
  });

  it('because it cannot be sent at all is skipped at once, also by a destination that blocks, and people are told', async () => {
    const compose = () => ({ impossible: 'the person has no email' });
    const mute = { ...stage.engine.protocols.get('note')!, name: 'mute', compose };
    const protocols = new Map([...stage.engine.protocols, ['mute', mute]]);
    const id = await destination({ protocol: 'mute', delivery: { on_failure: { policy: 'block' } } });
    await stage.append(organization, people(1));
    await route(stage.engine, stage.errands);
    await pump({ ...stage.engine, protocols }, id);
    expect(await stage.parked(id)).toMatchObject([{ state: 'given-up' }]);
    expect(await operations()).toMatchObject([
      { event: 'destination.delivery_skipped', data: { reason: 'the person has no email' } },
    ]);
  });
});

describe('what is told of destinations', () => {
  const listening = (more: Partial<Parameters<Stage['destination']>[0]> = {}): Promise<string> =>
    destination({ eventTypes: ['DestinationFailing', 'DestinationRecovered', 'DeliverySkipped'], ...more });

  it('is delivered like any event: to others of the organization and of the whole installation, never to itself', async () => {
    const other = await stage.organization();
    const [watch, strange, everywhere] = await Promise.all([Sink.open(), Sink.open(), Sink.open()]);
    const failing = await destination({ eventTypes: ['UserProfileChanged', 'DestinationFailing'] });
    const watching = await listening({ url: watch.url });
    const stranger = await listening({ url: strange.url, organizationId: other });
    const operator = await listening({ url: everywhere.url, organizationId: null });
    sink.answers({ status: 500 });
    await stage.append(organization, people(12));
    await work(failing);
    await work(failing, watching, stranger, operator);
    const [event] = await operations();
    const idsAt = (at: Sink): unknown[] =>
      at.received.map(({ body }) => (JSON.parse(body.toString()) as { id: string }).id);
    expect(idsAt(watch)).toEqual([event!.id]);
    expect(idsAt(everywhere)).toEqual([event!.id]);
    expect(strange.received).toEqual([]);
    expect(sink.received.map((request) => told(request).subjects)).not.toContainEqual([failing]);
    await Promise.all([watch, strange, everywhere].map((each) => each.close()));
  });

  it('of one that hears of every organization is told to such only', async () => {
    const watch = await Sink.open();
    const failing = await destination({ organizationId: null });
    const ofOne = await listening({ url: watch.url });
    const ofAll = await listening({ url: `${watch.url}/all`, organizationId: null });
    sink.answers({ status: 410 });
    await stage.append(organization, people(1));
    const [before] = [(await namesOf(null)).length];
    await work(failing);
    expect((await operations(null)).slice(before)).toMatchObject([
      { event: 'destination.disabled', data: { id: failing, organization_id: null } },
    ]);
    await stage.engine.destinations.change(ofAll, { eventTypes: ['DestinationDisabled'] });
    await work(ofOne, ofAll);
    expect(watch.received.map(({ path }) => path)).toEqual(['/all']);
    await watch.close();
  });

  it('has an end, although two that are told of each other refuse to hear it', async () => {
    const another = await Sink.open();
    const delivery = { on_failure: { after_attempts: 1 } };
    const eventTypes = ['UserProfileChanged', 'DeliverySkipped'];
    const one = await destination({ eventTypes, delivery });
    const two = await destination({ eventTypes, delivery, url: another.url });
    const [bad] = await stage.append(organization, people(20));
    // Well enough for the breaker to stay closed.
    const refuses = (request: ReceivedRequest): boolean =>
      told(request).position === bad || !told(request).subjects[0]!.startsWith('directory_user');
    for (const each of [sink, another]) each.answers((request) => ({ status: refuses(request) ? 422 : 204 }));
    for (let round = 0; round < 8; round++) await work(one, two);
    expect(await namesOf()).toEqual(['destination.delivery_skipped', 'destination.delivery_skipped']);
    // Each was told of the other, and what it did not want to hear is in its list.
    expect((await stage.parked(one)).map(({ state }) => state)).toEqual(['given-up', 'given-up']);
    expect((await stage.parked(two)).map(({ state }) => state)).toEqual(['given-up', 'given-up']);
    await another.close();
  });

  it('has an end, although two that tell of each other both fail altogether', async () => {
    const another = await Sink.open();
    const types = ['UserProfileChanged', 'DestinationFailing', 'DestinationDisabled', 'DeliverySkipped'];
    const delivery = { on_failure: { after_attempts: 3 }, disable_after_hours: 48 };
    const one = await destination({ eventTypes: types, delivery });
    const two = await destination({ eventTypes: types, delivery, url: another.url });
    for (const each of [sink, another]) each.answers({ status: 422 });
    await stage.append(organization, people(30));
    const counts: number[] = [];
    for (let hour = 0; hour < 60; hour++) {
      await work(one, two);
      stage.clock.skip(HOUR_IN_SECONDS);
      counts.push((await operations()).length);
    }
    const names = await namesOf();
    expect(names.filter((name) => name === 'destination.failing')).toHaveLength(2);
    expect(names.filter((name) => name === 'destination.disabled')).toHaveLength(2);
    // At most one for each event of the directory and each of the two.
    expect(names.filter((name) => name === 'destination.delivery_skipped').length).toBeLessThanOrEqual(60);
    expect(counts.at(-1)).toBe(counts.at(-10));
    await another.close();
  });
});

describe('when workers race or die', () => {
  it('each turn of an episode is told exactly once', async () => {
    const id = await destination();
    sink.answers({ status: 500 });
    await stage.append(organization, people(40));
    await route(stage.engine, stage.errands);
    await Promise.all([1, 2, 3].map(() => pump(stage.engine, id)));
    for (let hour = 0; hour < 4; hour++) {
      stage.clock.skip(HOUR_IN_SECONDS);
      await Promise.all([1, 2, 3].map(() => pump(stage.engine, id)));
    }
    sink.answers({ status: 204 });
    for (let hour = 0; hour < 4; hour++) {
      stage.clock.skip(HOUR_IN_SECONDS);
      await Promise.all([1, 2, 3].map(() => pump(stage.engine, id)));
    }
    expect(await namesOf()).toEqual(['destination.failing', 'destination.recovered']);
  });

  it('one that dies before it has written down what it found tells nothing, and the next one tells it', async () => {
    const id = await destination();
    sink.answers({ status: 410 });
    await stage.append(organization, people(1));
    await route(stage.engine, stage.errands);
    await expect(pump(dyingAt('update log_head'), id)).rejects.toThrow('the machine is gone');
    expect(await found(id)).toMatchObject({ state: 'enabled' });
    expect(await operations()).toEqual([]);
    await work(id);
    expect(await found(id)).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    expect(await namesOf()).toEqual(['destination.disabled']);
  });

  it('one that has lost its lease tells nothing', async () => {
    const id = await destination();
    sink.answers(async () => {
      await stage.database.rows(
        `update delivery_state set lease_token = gen_random_uuid() where destination_id = $1`,
        [id],
      );
      return { status: 410 };
    });
    await stage.append(organization, people(1));
    expect(await work(id)).toEqual([{ kind: 'lost' }]);
    expect(await found(id)).toMatchObject({ state: 'enabled' });
    expect(await operations()).toEqual([]);
  });

  it('a person who changes a destination does not collide with a worker that stops it', async () => {
    sink.answers({ status: 410 });
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, index) => destination({ url: `${sink.url}/${index}` })),
    );
    await stage.append(organization, people(1));
    await route(stage.engine, stage.errands);
    const change = (id: string): Promise<void> =>
      stage.database.transaction(async (tx, manager) => {
        await stage.engine.destinations.change(id, { eventTypes: ['UserProfileChanged'] }, manager);
        await resumeDelivery(tx, id);
      });
    await Promise.all(ids.flatMap((id) => [pump(stage.engine, id), change(id), change(id), change(id)]));
    expect(await Promise.all(ids.map(async (id) => (await found(id)).state))).toEqual(
      ids.map(() => 'disabled'),
    );
    expect(await namesOf()).toEqual(ids.map(() => 'destination.disabled'));
  });
});

/** An engine whose machine is gone when it comes to a certain statement of a transaction, which is rolled back. */
function dyingAt(words: string): Stage['engine'] {
  const real = stage.database;
  const dying = new Proxy(real, {
    get(target, name) {
      if (name !== 'transaction') return Reflect.get(target, name, target) as unknown;
      return (run: Parameters<typeof real.transaction>[0]) =>
        target.transaction((tx, manager) => {
          const rows: typeof tx.rows = (sql, values) =>
            (typeof sql === 'string' ? sql : sql.text).includes(words)
              ? Promise.reject(new Error('the machine is gone'))
              : tx.rows(sql, values);
          return run({ rows }, manager);
        });
    },
  });
  return { ...stage.engine, database: dying };
}
