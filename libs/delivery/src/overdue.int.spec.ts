import { describe, expect, it, jest } from '@jest/globals';
import { operationsOf, published, recorded, type PublishedEvent } from '@app/directory';
import type { Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { watchRevocations } from './overdue.js';
import { pump } from './pump.js';
import { readReceiptGauges } from './receipt-gauges.js';
import { route } from './route.js';
import type { PlainEvent, Stage } from './testing/stage.js';

jest.setTimeout(60_000);

const TARGET_IN_SECONDS = 300;

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

const about = (name: string, type = 'UserDeactivated'): PlainEvent => ({
  type,
  subjects: [`${name}_of_${organization}`],
});
const app = (): Promise<string> =>
  stage.destination({ protocol: 'farewell', url: sink.url, organizationId: organization });
const eventTypes = ['UserDeactivated', 'MembershipChanged'];
const causes = { UserDeactivated: 'deactivated', MembershipChanged: 'access_removed' };
const look = (): Promise<number> => watchRevocations(stage.engine, { seconds: TARGET_IN_SECONDS, causes });

async function work(id: string): Promise<void> {
  await route(stage.engine, stage.errands);
  await pump(stage.engine, id);
}

/** An application that does not confirm. */
async function unconfirmed(...names: string[]): Promise<{ id: string; positions: number[] }> {
  sink.answers({ status: 503 });
  const id = await app();
  const positions = await stage.append(
    organization,
    names.map((name) => about(name)),
  );
  await work(id);
  return { id, positions };
}

async function told(): Promise<PublishedEvent[]> {
  const selection = { after: 0, limit: 100, directoryId: operationsOf(organization) };
  const entries = await stage.engine.log.after(stage.database, selection);
  return entries
    .map((entry) => published(recorded(entry))!)
    .filter(({ event }) => event === 'revocation.overdue');
}

const receipts = (): Promise<Record<string, unknown>[]> =>
  stage.database.rows('select * from revocation_receipt where organization_id = $1 order by position', [
    organization,
  ]);

describe('an application that takes too long to confirm', () => {
  it('is told of when the time is over, with what it was asked and since when, once for each receipt', async () => {
    const { id, positions } = await unconfirmed('ada', 'bob');
    stage.clock.skip(TARGET_IN_SECONDS - 60);
    expect(await look()).toBe(0);
    stage.clock.skip(61);
    expect(await look()).toBe(2);
    expect(await look()).toBe(0);
    stage.clock.skip(86_400);
    expect(await look()).toBe(0);
    const entries = await stage.engine.log.at(stage.database, positions);
    const [first] = await receipts();
    expect((await told()).map(({ data }) => data)).toEqual(
      entries.map(({ id: txn, sequence }) => ({
        ...{
          object: 'destination',
          id,
          organization_id: organization,
          protocol: 'farewell',
          state: 'enabled',
        },
        endpoint_host: new URL(sink.url).host,
        since: (first!['occurred_at'] as Date).toISOString(),
        target_seconds: TARGET_IN_SECONDS,
        revocation: {
          ...{ txn, sequence, cause: 'deactivated', status: 503 },
          ...{ organization_id: organization, directory_id: `directory_of_${organization}` },
          attempts: expect.any(Number),
        },
      })),
    );
    expect(await receipts()).toMatchObject([
      { state: 'requested', alarmed_at: expect.any(Date) },
      { state: 'requested', alarmed_at: expect.any(Date) },
    ]);
  });

  it('is told of once by four processes that look at the same moment', async () => {
    await unconfirmed('ada', 'bob', 'eve');
    stage.clock.skip(TARGET_IN_SECONDS + 1);
    const each = await Promise.all([1, 2, 3, 4].map(look));
    expect(each.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(await told()).toHaveLength(3);
  });

  it('is told of when the time is over for the person, however late it was asked', async () => {
    sink.answers({ status: 503 });
    const id = await app();
    await stage.append(organization, [about('ada')]);
    stage.clock.skip(TARGET_IN_SECONDS + 60); // no worker was there
    await work(id);
    expect(await look()).toBe(1);
    const [receipt] = await receipts();
    expect(await told()).toMatchObject([
      { data: { since: (receipt!['occurred_at'] as Date).toISOString(), revocation: { attempts: 1 } } },
    ]);
  });

  it('is told of also while it is paused: the sessions go on', async () => {
    const id = await app();
    await stage.engine.destinations.change(id, { state: 'paused' });
    await stage.append(organization, [about('ada')]);
    await route(stage.engine, stage.errands);
    stage.clock.skip(TARGET_IN_SECONDS + 1);
    expect(await look()).toBe(1);
    expect(await told()).toMatchObject([{ data: { id, state: 'paused', revocation: { attempts: 0 } } }]);
  });
});

describe('nobody hears of a receipt', () => {
  it('that was confirmed in time', async () => {
    const id = await app();
    await stage.append(organization, [about('ada')]);
    await work(id);
    stage.clock.skip(TARGET_IN_SECONDS + 1);
    expect(await look()).toBe(0);
    expect(await receipts()).toMatchObject([{ state: 'acknowledged', alarmed_at: null }]);
  });

  it('of somebody who is back', async () => {
    const { id } = await unconfirmed('ada');
    await stage.append(organization, [about('ada', 'UserReactivated')]);
    stage.clock.skip(120);
    await work(id);
    stage.clock.skip(TARGET_IN_SECONDS);
    expect(await look()).toBe(0);
    expect(await receipts()).toMatchObject([{ state: 'superseded', alarmed_at: null }]);
  });

  it('of something else than an end of sessions, which an urgent protocol may tell as well', async () => {
    await unconfirmed('ada');
    stage.clock.skip(TARGET_IN_SECONDS + 1);
    const others = {
      seconds: TARGET_IN_SECONDS,
      causes: { UserDeleted: 'deleted', MembershipChanged: 'access_removed' },
    };
    expect(await watchRevocations(stage.engine, others)).toBe(0);
    expect(await look()).toBe(1);
  });

  it('that was given up: `destination.delivery_skipped` has said so', async () => {
    sink.answers({ status: 503 });
    const id = await stage.destination({
      ...{ protocol: 'farewell', url: sink.url, organizationId: organization },
      delivery: { on_failure: { policy: 'park', after_attempts: 1 } },
    });
    await stage.append(organization, [about('ada')]);
    await work(id);
    stage.clock.skip(TARGET_IN_SECONDS + 1);
    expect(await look()).toBe(0);
    expect(await receipts()).toMatchObject([{ state: 'failed', alarmed_at: null }]);
  });
});

describe('a receipt that nobody will confirm any more has failed', () => {
  it('when its destination was deleted', async () => {
    const { id } = await unconfirmed('ada');
    await stage.database.rows('delete from destination where id = $1', [id]);
    stage.clock.skip(TARGET_IN_SECONDS + 1);
    expect(await look()).toBe(0);
    expect(await receipts()).toMatchObject([
      { state: 'failed', reason: 'the destination was deleted before it had confirmed' },
    ]);
  });

  it('when a person has put the destination past it', async () => {
    const id = await app();
    await pump(stage.engine, id);
    const [position] = await stage.append(organization, [about('ada')]);
    await route(stage.engine, stage.errands);
    expect(await receipts()).toMatchObject([{ state: 'requested' }]);
    await look();
    expect(await receipts()).toMatchObject([{ state: 'requested' }]);
    await stage.database.rows('update delivery_state set cursor = $2 where destination_id = $1', [
      id,
      position,
    ]);
    await look();
    expect(await receipts()).toMatchObject([
      { state: 'failed', reason: expect.stringContaining('went on without it') },
    ]);
  });

  it('and not while it is tried again, or waits behind another', async () => {
    const { id } = await unconfirmed('ada');
    await stage.append(organization, [about('ada')]);
    await work(id);
    await look();
    expect(await receipts()).toMatchObject([{ state: 'requested' }, { state: 'requested' }]);
  });
});

describe('the gauges of receipts', () => {
  const gauges = async (): Promise<Record<string, number>> => {
    const { database, protocols, clock } = stage.engine;
    const readings = await readReceiptGauges(database, protocols, { eventTypes, now: clock.now() });
    return Object.fromEntries(
      readings.map(({ name, labels, value }) => [`${name} ${labels!['protocol']}`, value]),
    );
  };

  it('count what is open and know since when, and show no protocol that keeps none', async () => {
    await stage.database.rows('delete from destination');
    await look();
    expect(await gauges()).toEqual({
      'rollcall_revocations_open farewell': 0,
      'rollcall_revocation_oldest_open_seconds farewell': 0,
    });
    await unconfirmed('ada', 'bob');
    stage.clock.skip(100);
    const now = await gauges();
    expect(now['rollcall_revocations_open farewell']).toBe(2);
    expect(now['rollcall_revocation_oldest_open_seconds farewell']).toBeGreaterThanOrEqual(100);
  });
});
