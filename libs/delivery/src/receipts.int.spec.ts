import { describe, expect, it, jest } from '@jest/globals';
import { recorded, type RecordedEvent } from '@app/directory';
import { eventually, type Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { destinationFacts } from './announce.js';
import { resumeDelivery, rewindDelivery } from './begin.js';
import { giveUpParked, retryParked } from './decide-parked.js';
import { protocolsByName } from './protocol.js';
import { pump } from './pump.js';
import { keepReceipts } from './receipts.js';
import { route } from './route.js';
import { farewell, note, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

const leaving = (name: string): PlainEvent => ({
  type: 'UserDeactivated',
  subjects: [`${name}_of_${organization}`],
});
const back = (name: string): PlainEvent => ({ ...leaving(name), type: 'UserReactivated' });

const app = (more: object = {}): Promise<string> =>
  stage.destination({ protocol: 'farewell', url: sink.url, organizationId: organization, ...more });

async function work(id: string): Promise<void> {
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
}

const receipts = (): Promise<Record<string, unknown>[]> =>
  stage.database.rows('select * from revocation_receipt where organization_id = $1 order by position', [
    organization,
  ]);

async function eventAt(position: number): Promise<RecordedEvent> {
  const after = { after: position - 1, limit: 1 };
  return recorded((await stage.engine.log.page(stage.database, after, 1_000_000)).entries[0]!);
}

async function waitingForLocks(): Promise<number> {
  const rows = await stage.database.rows<{ pid: number }>(
    `select distinct l.pid from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where not l.granted and a.datname = current_database()`,
  );
  return rows.length;
}

describe('the receipt of an urgent delivery', () => {
  it('is there as soon as somebody knows that it is wanted, before anybody was told', async () => {
    const id = await app();
    const [position] = await stage.append(organization, [leaving('ada')]);
    await route(stage.engine, stage.errands);
    expect(await receipts()).toEqual([
      expect.objectContaining({
        ...{
          position,
          destination_id: id,
          person_id: `ada_of_${organization}`,
          event_type: 'UserDeactivated',
        },
        ...{ protocol: 'farewell', endpoint: sink.url, state: 'requested', attempts: 0 },
        ...{ requested_at: expect.any(Date), occurred_at: expect.any(Date), acknowledged_at: null },
      }),
    ]);
    expect(sink.received).toEqual([]);
  });

  it('says when it was acknowledged, and after how many attempts', async () => {
    const id = await app();
    sink.answers((_, index) => ({ status: index === 0 ? 503 : 204 }));
    await stage.append(organization, [leaving('ada')]);
    await work(id);
    expect(await receipts()).toMatchObject([{ state: 'requested', attempts: 1, status: 503 }]);
    stage.clock.skip(60);
    await work(id);
    const [receipt] = await receipts();
    expect(receipt).toMatchObject({ state: 'acknowledged', attempts: 2, status: 204, reason: null });
    const first = receipt!['first_attempt_at'] as Date;
    expect((receipt!['acknowledged_at'] as Date).getTime()).toBeGreaterThanOrEqual(first.getTime() + 60_000);
  });

  it('says that it needs no answer any more, when the person is back', async () => {
    const id = await app();
    sink.answers({ status: 503 });
    await stage.append(organization, [leaving('ada')]);
    await work(id);
    await stage.append(organization, [back('ada')]);
    stage.clock.skip(60);
    await work(id);
    expect(await receipts()).toMatchObject([
      { state: 'superseded', attempts: 1, reason: expect.stringContaining('UserReactivated') },
    ]);
  });

  it('says that it failed when nobody tries any more', async () => {
    const id = await app({ delivery: { on_failure: { policy: 'park', after_attempts: 1 } } });
    sink.answers({ status: 500 });
    await stage.append(organization, [leaving('ada')]);
    await work(id);
    expect(await receipts()).toMatchObject([
      { state: 'failed', attempts: 1, status: 500, reason: 'all 1 attempts failed' },
    ]);
  });

  it('is written when the event is read before the router has come by', async () => {
    const id = await app();
    await work(id);
    await stage.append(organization, [leaving('ada')]);
    await stage.database.rows('update delivery_state set work_to = null where destination_id = $1', [id]);
    await pump(stage.engine, id);
    expect(await receipts()).toMatchObject([{ state: 'acknowledged', attempts: 1 }]);
    await route(stage.engine, stage.errands);
    expect(await receipts()).toMatchObject([{ state: 'acknowledged', attempts: 1 }]);
  });

  it('is asked for and settled at the same time without either waiting for the other for ever', async () => {
    const id = await app();
    const [position] = await stage.append(organization, [leaving('ada')]);
    let routing: Promise<unknown> = Promise.resolve();
    await stage.database.transaction(async (tx) => {
      // As a settlement does: the destination first, its receipts then.
      await tx.rows('select from delivery_state where destination_id = $1 for update', [id]);
      routing = route(stage.engine, stage.errands);
      await eventually(async () => expect(await waitingForLocks()).toBe(1));
      await keepReceipts(
        tx,
        { destinationId: id, protocol: 'farewell', endpoint: sink.url },
        { changes: [{ event: await eventAt(position!), attempts: [], end: null }], now: new Date() },
      );
    });
    await routing;
    expect(await receipts()).toMatchObject([{ position, state: 'requested' }]);
  });

  it('is there also while its destination is paused, which is told when it goes on', async () => {
    const id = await app();
    await stage.engine.destinations.change(id, { state: 'paused' });
    await stage.append(organization, [leaving('ada')]);
    await work(id);
    expect(await receipts()).toMatchObject([{ state: 'requested', attempts: 0 }]);
    expect(sink.received).toEqual([]);
    await stage.engine.destinations.change(id, { state: 'enabled' });
    await resumeDelivery(stage.database, id);
    await pump(stage.engine, id);
    expect(await receipts()).toMatchObject([{ state: 'acknowledged', attempts: 1 }]);
  });

  it('is not kept of what happened before the destination was there', async () => {
    await stage.append(organization, [leaving('ada')]);
    const id = await app();
    await work(id);
    expect(sink.received).toEqual([]);
    expect(await receipts()).toEqual([]);
  });

  it('is acknowledged when a person retries what had failed, and the application confirms it', async () => {
    const id = await app({ delivery: { on_failure: { policy: 'park', after_attempts: 1 } } });
    sink.answers({ status: 500 });
    const [position] = await stage.append(organization, [leaving('ada')]);
    await work(id);
    expect(await receipts()).toMatchObject([{ state: 'failed' }]);
    sink.answers({ status: 204 });
    const decider = { by: 'api_key_1', now: stage.clock.now() };
    await retryParked(stage.database, { destinationId: id, position: position! }, decider);
    await pump(stage.engine, id);
    expect(await receipts()).toMatchObject([
      { state: 'acknowledged', attempts: 2, status: 204, reason: null, acknowledged_at: expect.any(Date) },
    ]);
  });

  it('has failed when a person goes on without it, and says who and why', async () => {
    const id = await app();
    sink.answers({ status: 503 });
    const [position] = await stage.append(organization, [leaving('ada')]);
    await work(id);
    const destination = destinationFacts((await stage.engine.destinations.find(id))!, farewell as never);
    const decider = { by: 'api_key_1', now: stage.clock.now(), reason: 'the application is gone' };
    await giveUpParked(stage.engine, { destination, position: position! }, decider);
    expect(await receipts()).toMatchObject([
      { state: 'failed', attempts: 1, reason: 'given up by api_key_1: the application is gone' },
    ]);
  });

  it('is counted once with the time it took, however often the event is told again', async () => {
    const heard: Record<string, unknown>[] = [];
    stage.engine.observations.heardBy((event, fields) => {
      if (event === 'revocation acknowledged' && fields['destinationId'] === id) heard.push(fields);
    });
    const id = await app();
    const [position] = await stage.append(organization, [leaving('ada')]);
    await work(id);
    await rewindDelivery(stage.database, id, position! - 1);
    await pump(stage.engine, id);
    expect(sink.received).toHaveLength(2);
    expect(heard).toEqual([
      expect.objectContaining({
        ...{ protocol: 'farewell', position },
        sinceOccurredInMilliseconds: expect.any(Number),
        sinceRequestedInMilliseconds: expect.any(Number),
      }),
    ]);
  });

  it('is kept of nothing that can wait', async () => {
    const id = await stage.destination({ url: sink.url, organizationId: organization });
    await stage.append(organization, [leaving('ada')]);
    await work(id);
    expect(sink.received).toHaveLength(1);
    expect(await receipts()).toEqual([]);
  });
});

describe('the end of a membership', () => {
  const own = (name: string): string => `${name}_of_${organization}`;
  const member = (change: 'added' | 'removed', group: string): PlainEvent => ({
    type: 'MembershipChanged',
    subjects: [own(group), own('ada')],
    data: { change },
  });

  async function applicationOf(...groups: string[]): Promise<string> {
    const access = {
      ...farewell,
      name: 'access',
      endsAccess: true as const,
      wants: (event: { type: string; data: unknown }) =>
        event.type === 'MembershipChanged' && (event.data as { change: string }).change === 'removed',
    };
    stage.engine.protocols = protocolsByName([note, farewell, access]);
    return app({ protocol: 'access', filter: { group_ids: groups.map(own) } });
  }

  it('is heard when it was the last one in the groups that grant access', async () => {
    const id = await applicationOf('staff', 'admins');
    await stage.append(organization, [member('added', 'staff'), member('added', 'admins')]);
    await stage.append(organization, [member('removed', 'staff')]);
    await work(id);
    expect(sink.received).toEqual([]);
    expect(await receipts()).toEqual([]);
    await stage.append(organization, [member('removed', 'admins')]);
    await work(id);
    expect(sink.received).toHaveLength(1);
    expect(await receipts()).toMatchObject([{ state: 'acknowledged', person_id: own('ada') }]);
  });

  it('is pointless when the person is in one of them again before it could be told', async () => {
    const id = await applicationOf('staff', 'admins');
    sink.answers({ status: 503 });
    await stage.append(organization, [member('added', 'staff'), member('removed', 'staff')]);
    await work(id);
    await stage.append(organization, [member('added', 'admins')]);
    sink.answers({ status: 204 });
    stage.clock.skip(60);
    await work(id);
    expect(sink.received).toHaveLength(1);
    expect(await receipts()).toMatchObject([{ state: 'superseded', attempts: 1 }]);
  });
});

describe('an event that makes several requests', () => {
  const threefold = {
    ...note,
    name: 'threefold',
    compose: (event: { id: string }, { settings }: { settings: { url: string } }) =>
      [1, 2, 3].map((part) => ({
        method: 'POST' as const,
        url: settings.url,
        headers: {},
        body: JSON.stringify({ id: `${event.id}/${part}` }),
      })),
  };
  const parts = (): number[] =>
    sink.received.map(({ body }) => Number((JSON.parse(body.toString()) as { id: string }).id.split('/')[1]));

  it('sends each when the one before was taken, and begins again after a failure', async () => {
    stage.engine.protocols = protocolsByName([note, farewell, threefold as never]);
    const id = await app({ protocol: 'threefold' });
    sink.answers((_, index) => ({ status: index === 1 ? 503 : 204 }));
    await stage.append(organization, [leaving('ada')]);
    await work(id);
    expect(parts()).toEqual([1, 2]);
    stage.clock.skip(60);
    await work(id);
    expect(parts()).toEqual([1, 2, 1, 2, 3]);
    expect(await stage.parked(id)).toEqual([]);
  });
});
