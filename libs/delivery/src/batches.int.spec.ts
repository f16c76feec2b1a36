import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  freshDatabase,
  Sink,
  type FreshDatabase,
  type ReceivedRequest,
} from '../../../test/support/index.js';
import type { Engine } from './engine.js';
import { protocolsByName } from './protocol.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { note, openStage, type DestinationWish, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let database: FreshDatabase;
let stage: Stage;
let engine: Engine;
let sink: Sink;
let organization: string;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
  const letters = {
    ...note,
    composeBatch: (messages, { settings, attempt }) =>
      messages.some(({ event }) => event.type === 'GroupDeleted') && messages.length > 1
        ? { impossible: 'one of these cannot be written down' }
        : {
            method: 'POST',
            url: settings.url,
            headers: {},
            body: JSON.stringify({ positions: messages.map(({ event }) => event.position), attempt }),
          },
  } satisfies typeof note;
  engine = { ...stage.engine, protocols: protocolsByName([letters]) };
});

afterAll(async () => {
  await stage.close();
  await database.drop();
});

beforeEach(async () => {
  sink = await Sink.open();
  organization = await stage.organization();
});

afterEach(() => sink.close());

interface Letter {
  positions: number[];
  attempt: number;
}

const letter = ({ body }: ReceivedRequest): Letter => JSON.parse(body.toString()) as Letter;
const letters = (): number[][] => sink.received.map((request) => letter(request).positions);
const about = (...subjects: string[]): PlainEvent => ({ type: 'UserProfileChanged', subjects });
const people = (count: number): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => about(`directory_user_${index}`));
const destination = (delivery: DestinationWish['delivery'] = {}): Promise<string> =>
  stage.destination({
    ...{ url: sink.url, organizationId: organization },
    delivery: { batch_size: 10, max_in_flight: 1, ...delivery },
  });

async function work(id: string): Promise<void> {
  await route(engine, stage.errands);
  for (;;) {
    const report = await pump(engine, id);
    if (report.kind !== 'worked' || !report.more || report.restingUntil) return;
  }
}

describe('a destination that takes several events in one request', () => {
  it('gets them in order, as many as there are, up to its size', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(25));
    await work(id);
    expect(letters()).toEqual([appended.slice(0, 10), appended.slice(10, 20), appended.slice(20)]);
    expect(await stage.state(id)).toMatchObject({ cursor: appended.at(-1), last_delivered: appended.at(-1) });
    const [attempts] = await stage.database.rows<{ count: number }>(
      `select count(*) as count from delivery_attempt where destination_id = $1 and outcome = 'delivered'`,
      [id],
    );
    expect(attempts?.count).toBe(25);
  });

  it('gets several about one person in one request, in order', async () => {
    const id = await destination({ max_in_flight: 8 });
    const appended = await stage.append(organization, Array<PlainEvent>(10).fill(about('directory_user_a')));
    await work(id);
    expect(letters()).toEqual([appended]);
  });

  it('gets one event in the same form when there is no other', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(1));
    await work(id);
    expect(letters()).toEqual([appended]);
  });

  it('has as many requests in flight as it wished for, whatever is in them', async () => {
    const id = await destination({ batch_size: 5, max_in_flight: 3 });
    await stage.append(organization, people(60));
    let [flying, most] = [0, 0];
    sink.answers(async () => {
      most = Math.max(most, ++flying);
      await new Promise((resolve) => setTimeout(resolve, 20));
      flying -= 1;
      return { status: 204 };
    });
    await work(id);
    expect(most).toBe(3);
    expect(letters().flat()).toHaveLength(60);
  });

  it('counts one request against its rate, however many events are in it', async () => {
    const id = await destination({ max_per_second: 1, batch_size: 50 });
    await stage.append(organization, people(50));
    await work(id);
    expect(letters()).toHaveLength(1);
  });
});

describe('a request of several events that fails', () => {
  it('is all or nothing: every event is tried again, in the same request', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(4));
    sink.answers((_, index) => ({ status: index === 0 ? 500 : 204 }));
    await work(id);
    expect((await stage.parked(id)).map(({ state, attempts }) => [state, attempts])).toEqual(
      Array(4).fill(['waiting', 1]),
    );
    // What comes meanwhile goes its own way: it is not mixed into what the receiver has seen already.
    const [other] = await stage.append(organization, [about('directory_user_other')]);
    await work(id);
    stage.clock.skip(10);
    await work(id);
    expect(letters()).toEqual([appended, [other], appended]);
    expect(sink.received.map((request) => letter(request).attempt)).toEqual([1, 1, 2]);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('keeps those about one person in order, also when it is tried again', async () => {
    const id = await destination();
    const appended = await stage.append(organization, [
      about('directory_user_a'),
      about('directory_user_b'),
      about('directory_user_a', 'directory_group_g'),
      about('directory_group_g'),
    ]);
    sink.answers((_, index) => ({ status: index === 0 ? 503 : 204 }));
    await work(id);
    expect((await stage.parked(id)).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['waiting', 1],
      ['waiting', 1],
      ['behind', 1],
      ['behind', 1],
    ]);
    stage.clock.skip(10);
    await work(id);
    expect(letters()).toEqual([appended, appended]);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('is taken apart after its second failure, so that one poisonous event holds none of its neighbours', async () => {
    const id = await destination();
    const appended = await stage.append(organization, people(5));
    const bad = appended[2]!;
    sink.answers((request) => ({ status: letter(request).positions.includes(bad) ? 400 : 204 }));
    await work(id);
    stage.clock.skip(10);
    await work(id);
    expect(letters()).toEqual([appended, appended]);
    stage.clock.skip(60);
    await work(id);
    expect(letters().slice(2)).toEqual(appended.map((position) => [position]));
    expect(await stage.parked(id)).toMatchObject([{ position: bad, state: 'waiting', attempts: 3 }]);
  });

  it('asks once whether the endpoint is back, and loses nothing', async () => {
    const id = await destination({ batch_size: 2 });
    const appended = await stage.append(organization, people(60));
    sink.answers({ status: 503 });
    await work(id);
    const failures = sink.received.length;
    stage.clock.skip(700);
    await work(id);
    expect(sink.received.length).toBe(failures + 1);
    sink.answers({ status: 204 });
    const before = sink.received.length;
    for (let round = 0; round < 4; round++) {
      stage.clock.skip(1_000);
      await work(id);
    }
    const told = new Set(letters().slice(before).flat());
    expect([...told].sort((a, b) => a - b)).toEqual(appended);
    expect(await stage.parked(id)).toEqual([]);
  });

  it('is sent one by one when an event cannot be put into it', async () => {
    const id = await destination();
    const appended = await stage.append(organization, [
      about('directory_user_a'),
      { type: 'GroupDeleted', subjects: ['directory_group_g'] },
      about('directory_user_b'),
    ]);
    await work(id);
    expect(letters()).toEqual(appended.map((position) => [position]));
    expect(await stage.parked(id)).toEqual([]);
  });
});
