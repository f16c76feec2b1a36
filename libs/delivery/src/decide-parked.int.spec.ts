import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, plansOf, Sink, type FreshDatabase } from '../../../test/support/index.js';
import type { DestinationFacts } from '@app/directory';
import { destinationFacts } from './announce.js';
import { giveUpParked, retryManyParked, retryParked } from './decide-parked.js';
import { findParked, listParked } from './parked-overview.js';
import { pump } from './pump.js';
import { openStage, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let fresh: FreshDatabase;
let stage: Stage;
let sink: Sink;
let organization: string;
let destinationId: string;
/** Subjects that the receiver refuses. */
let refused: Set<string>;

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
  destinationId = await stage.destination({ url: sink.url, organizationId: organization });
  refused = new Set();
  sink.received.length = 0;
  sink.answers(({ body }) => ({ status: subjectsIn(body).some((each) => refused.has(each)) ? 400 : 204 }));
});

const event = (...subjects: string[]): PlainEvent => ({ type: 'UserProfileChanged', subjects });
const subjectsIn = (body: Buffer): string[] =>
  (JSON.parse(body.toString()) as { subjects: string[] }).subjects;
const positionsReceived = (): number[] =>
  sink.received.map(({ body }) => (JSON.parse(body.toString()) as { position: number }).position);
const decider = () => ({ by: 'api_key_1', now: stage.clock.now() });
const states = async (): Promise<string[]> => (await stage.parked(destinationId)).map(({ state }) => state);

/** Appends the events and lets the destination fail at those that are refused. */
async function delivered(...events: PlainEvent[]): Promise<number[]> {
  const positions = await stage.append(organization, events);
  await pump(stage.engine, destinationId);
  return positions;
}

async function giveAllUp(): Promise<void> {
  await stage.database.rows(
    `update parked_delivery set state = 'given-up', due_at = null where destination_id = $1`,
    [destinationId],
  );
}

describe('the list of failed deliveries', () => {
  it('shows each with its last outcome, and the one that it waits for', async () => {
    refused.add('ada');
    const [first, , third] = await delivered(event('ada'), event('bob'), event('ada', 'staff'));
    const { data } = await listParked(stage.database, { destinationId, limit: 10 });
    expect(data).toEqual([
      expect.objectContaining({ position: third, state: 'behind', attempts: 0, behind: first }),
      expect.objectContaining({
        ...{ position: first, state: 'waiting', attempts: 1, behind: null, decision: null },
        lastOutcome: { kind: 'refused', status: 400 },
        dueAt: expect.any(Date),
      }),
    ]);
  });

  it('can be one of its states, in pages, in both orders', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) refused.add(name);
    const positions = await delivered(...[...refused].map((name) => event(name)));
    await delivered(event('a'));
    for (const order of ['asc', 'desc'] as const) {
      const wish = { destinationId, state: 'waiting' as const, limit: 2, order };
      const first = await listParked(stage.database, wish);
      const second = await listParked(stage.database, { ...wish, after: first.after! });
      const third = await listParked(stage.database, { ...wish, after: second.after! });
      const all = [first, second, third].flatMap(({ data }) => data.map(({ position }) => position));
      expect(all).toEqual(order === 'asc' ? positions : [...positions].reverse());
      expect([first.before, third.after]).toEqual([null, null]);
      const back = await listParked(stage.database, { ...wish, before: third.before! });
      expect(back).toEqual(second);
    }
    expect(
      (await listParked(stage.database, { destinationId, state: 'behind', limit: 9 })).data,
    ).toHaveLength(1);
  });

  it('is read without reading those of other destinations', async () => {
    await stage.database.rows(
      `insert into destination (id, protocol, settings, event_types, state, created_at, updated_at)
       select 'd_' || n, 'note', '{}', '{}', 'enabled', now(), now() from generate_series(1, 50) n`,
    );
    await stage.database.rows(
      `insert into delivery_state (destination_id, cursor) select 'd_' || n, 0 from generate_series(1, 50) n`,
    );
    await stage.database.rows(
      `insert into parked_delivery (destination_id, position, subjects, state, attempts, due_at, parked_at)
       select 'd_' || d, n, array['s' || n], 'waiting', 1, now(), now() from generate_series(1, 50) d, generate_series(1, 100) n`,
    );
    const plans = await plansOf(stage.database, (tx) => listParked(tx, { destinationId: 'd_7', limit: 10 }));
    expect(plans.join('\n')).not.toMatch(/Seq Scan on parked_delivery/);
  });
});

describe('a retry by a person', () => {
  it('is due at once, with all its attempts before it, and says who asked for it', async () => {
    refused.add('ada');
    const [position] = await delivered(event('ada'));
    await giveAllUp();
    refused.clear();
    expect(
      await retryParked(stage.database, { destinationId, position: position! }, decider()),
    ).toBeDefined();
    expect(await findParked(stage.database, destinationId, position!)).toMatchObject({
      ...{ state: 'waiting', attempts: 0 },
      decision: { action: 'retry', by: 'api_key_1', at: expect.any(String) },
    });
    await pump(stage.engine, destinationId);
    expect(await stage.parked(destinationId)).toEqual([]);
  });

  it('does nothing for one that waits behind another, or is not there', async () => {
    refused.add('ada');
    const [, behind] = await delivered(event('ada'), event('ada'));
    expect(
      await retryParked(stage.database, { destinationId, position: behind! }, decider()),
    ).toBeUndefined();
    expect(
      await retryParked(stage.database, { destinationId, position: 999_999 }, decider()),
    ).toBeUndefined();
    expect(await states()).toEqual(['waiting', 'behind']);
  });

  it('of many is bounded, takes the oldest first, and sends them in the order of the log', async () => {
    for (const name of ['a', 'b', 'c', 'd']) refused.add(name);
    const positions = await delivered(event('a'), event('b'), event('c'), event('d'));
    await giveAllUp();
    refused.clear();
    sink.received.length = 0;
    const wish = { destinationId, states: ['given-up'] as const, limit: 3 };
    expect(await retryManyParked(stage.database, wish, decider())).toEqual({ retried: 3, more: true });
    expect(await states()).toEqual(['waiting', 'waiting', 'waiting', 'given-up']);
    await pump(stage.engine, destinationId);
    expect(positionsReceived()).toEqual(positions.slice(0, 3));
    expect(await retryManyParked(stage.database, wish, decider())).toEqual({ retried: 1, more: false });
    expect(await retryManyParked(stage.database, wish, decider())).toEqual({ retried: 0, more: false });
  });

  it('of many can be only of one person, and leaves what waits behind another where it is', async () => {
    refused.add('ada').add('bob');
    await delivered(event('ada'), event('bob'), event('ada'));
    const wish = { destinationId, states: ['waiting'] as const, subjectId: 'ada', limit: 10 };
    expect(await retryManyParked(stage.database, wish, decider())).toEqual({ retried: 1, more: false });
    expect((await stage.parked(destinationId)).map(({ attempts }) => attempts)).toEqual([0, 1, 0]);
    expect(await states()).toEqual(['waiting', 'waiting', 'behind']);
    const tried = 'select first_attempt_at is not null as tried from parked_delivery order by position';
    expect(await stage.database.rows(tried)).toEqual([{ tried: false }, { tried: true }, { tried: false }]);
  });
});

describe('a person who goes on without a delivery', () => {
  const facts = async (): Promise<DestinationFacts> =>
    destinationFacts((await stage.engine.destinations.find(destinationId))!, undefined);
  const told = async (): Promise<unknown[]> =>
    (await stage.engine.log.after(stage.database, { after: 0, limit: 100, types: ['DeliverySkipped'] })).map(
      ({ data }) => data,
    );

  it('has others told of it, once, and not of what is over already', async () => {
    refused.add('ada');
    const [position] = await delivered(event('ada'));
    const before = (await told()).length;
    const wish = { destination: await facts(), position: position! };
    await giveUpParked(stage.engine, wish, { ...decider(), reason: 'unknown there' });
    await giveUpParked(stage.engine, wish, decider());
    expect((await told()).slice(before)).toEqual([
      {
        destination: await facts(),
        skipped: expect.objectContaining({ position, cause: 'UserProfileChanged', attempts: 1, status: 400 }),
        since: expect.any(String),
        reason: 'unknown there',
      },
    ]);
  });

  it('frees those behind it, and leaves it in the list with who did it and why', async () => {
    refused.add('ada');
    const [first, second] = await delivered(event('ada'), event('ada'));
    refused.clear();
    const why = { ...decider(), reason: 'the person never existed there' };
    expect(
      await giveUpParked(stage.engine, { destination: await facts(), position: first! }, why),
    ).toBeDefined();
    sink.received.length = 0;
    await pump(stage.engine, destinationId);
    expect(positionsReceived()).toEqual([second]);
    expect(await findParked(stage.database, destinationId, first!)).toMatchObject({
      state: 'given-up',
      decision: { action: 'give_up', by: 'api_key_1', reason: 'the person never existed there' },
    });
  });

  it('is not overruled by the attempt that is under way meanwhile', async () => {
    refused.add('ada');
    const [position] = await delivered(event('ada'));
    stage.clock.skip(3_600);
    sink.received.length = 0;
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    sink.answers(() => released.then(() => ({ status: 400 })));
    const pumping = pump(stage.engine, destinationId);
    await sink.receives(1);
    expect(
      await giveUpParked(stage.engine, { destination: await facts(), position: position! }, decider()),
    ).toBeDefined();
    release();
    expect(await pumping).toEqual({ kind: 'lost' });
    expect(await states()).toEqual(['given-up']);
  });

  it('takes nobody’s lease for what is over already', async () => {
    refused.add('ada');
    const [position] = await delivered(event('ada'));
    await giveAllUp();
    await stage.database.rows(
      `update delivery_state set lease_token = gen_random_uuid(), lease_until = now() + interval '1 minute' where destination_id = $1`,
      [destinationId],
    );
    expect(
      await giveUpParked(stage.engine, { destination: await facts(), position: position! }, decider()),
    ).toBeUndefined();
    expect((await stage.state(destinationId))['lease_token']).not.toBeNull();
  });
});
