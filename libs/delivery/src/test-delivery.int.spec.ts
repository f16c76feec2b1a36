import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TEST_TYPE, type TestType } from '@app/directory';
import { eventually, freshDatabase, Sink, type FreshDatabase } from '../../../test/support/index.js';
import { protocolsByName } from './protocol.js';
import { askForTest, findTest, forgottenTests, runTest, type DeliveryTest } from './test-delivery.js';
import { farewell, note, openStage, type Stage } from './testing/stage.js';

let database: FreshDatabase;
let stage: Stage;
let sink: Sink;

beforeAll(async () => {
  database = await freshDatabase();
  stage = await openStage(database.url);
  stage.engine.protocols = protocolsByName([{ ...note, informs: true }, farewell]);
});

afterAll(async () => {
  await stage.close();
  await database.drop();
});

beforeEach(async () => {
  sink = await Sink.open();
});

afterEach(() => sink.close());

async function asked(
  destinationId: string,
  eventType: TestType = TEST_TYPE,
): Promise<DeliveryTest | undefined> {
  return askForTest(stage.database, { destinationId, eventType, now: new Date() });
}

const result = (test: DeliveryTest): Promise<DeliveryTest | undefined> => findTest(stage.database, test);

describe('a test of a destination', () => {
  it('is one request with the id of the test, and its result is kept', async () => {
    const test = (await asked(await stage.destination({ url: sink.url })))!;
    sink.answers({ status: 200, body: 'heard' });
    await runTest(stage.engine, test.id);
    expect(sink.received.map(({ body }) => JSON.parse(body.toString()) as unknown)).toMatchObject([
      { id: test.id, attempt: 1 },
    ]);
    expect(await result(test)).toMatchObject({
      state: 'done',
      outcome: 'delivered',
      status: 200,
      answer: 'heard',
      durationInMilliseconds: expect.any(Number),
      finishedAt: expect.any(Date),
    });
    const attempts = await stage.database.rows(
      'select kind, outcome, status, position from delivery_attempt where destination_id = $1',
      [test.destinationId],
    );
    expect(attempts).toEqual([{ kind: 'test', outcome: 'delivered', status: 200, position: null }]);
  });

  it('reaches a destination that is paused or resting, and tells nothing about its health', async () => {
    const id = await stage.destination({ url: sink.url });
    await stage.engine.destinations.change(id, { state: 'disabled' });
    const before = await stage.state(id);
    sink.answers({ status: 410 });
    for (let count = 0; count < 12; count++) await runTest(stage.engine, (await asked(id))!.id);
    expect(sink.received.length).toBe(12);
    expect(await stage.state(id)).toEqual(before);
    expect(await stage.engine.destinations.find(id)).toMatchObject({ state: 'disabled' });
    expect(await stage.parked(id)).toEqual([]);
  });

  it('says what went wrong, and is not tried again', async () => {
    const test = (await asked(await stage.destination({ url: sink.url })))!;
    await sink.close();
    await runTest(stage.engine, test.id);
    expect(await result(test)).toMatchObject({ state: 'done', outcome: 'unreachable', status: null });
    expect((await result(test))!.error).toBeTruthy();
    sink = await Sink.open();
    await runTest(stage.engine, test.id);
    expect(sink.received).toEqual([]);
  });

  it('is not sent where it would end a session', async () => {
    const test = (await asked(await stage.destination({ url: sink.url, protocol: 'farewell' })))!;
    await runTest(stage.engine, test.id);
    expect(sink.received).toEqual([]);
    expect(await result(test)).toMatchObject({ state: 'done', outcome: 'impossible' });
  });

  it('waits once for each destination', async () => {
    const id = await stage.destination({ url: sink.url });
    const test = (await asked(id))!;
    expect(await asked(id)).toBeUndefined();
    await runTest(stage.engine, test.id);
    expect(await asked(id)).toBeDefined();
  });

  it('is made by one worker, however many have a ticket', async () => {
    const test = (await asked(await stage.destination({ url: sink.url })))!;
    await Promise.all(Array.from({ length: 5 }, () => runTest(stage.engine, test.id)));
    await eventually(async () => expect(await result(test)).toMatchObject({ state: 'done' }));
    expect(sink.received.length).toBe(1);
  });

  it('is found when its ticket was lost, and when its worker was', async () => {
    const test = (await asked(await stage.destination({ url: sink.url })))!;
    const age = (claimed: string): Promise<unknown> =>
      stage.database.rows(
        `update delivery_test set created_at = now() - interval '1 minute', claimed_until = ${claimed} where id = $1`,
        [test.id],
      );
    await age(`now() + interval '1 minute'`);
    expect(await forgottenTests(stage.database, 100)).not.toContain(test.id);
    await age(`now() - interval '1 second'`);
    expect(await forgottenTests(stage.database, 100)).toContain(test.id);
    await runTest(stage.engine, test.id);
    expect(await result(test)).toMatchObject({ state: 'done', outcome: 'delivered' });
  });
});
