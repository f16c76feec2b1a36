import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bell, WAKE_QUEUES } from '@app/delivery';
import { Observations, Queues, readConfig, type Config } from '@app/runtime';
import { Webhook } from 'standardwebhooks';
import { newWebhookSecret } from '@app/webhooks';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import {
  describeWithRedis,
  eventually,
  freshDatabase,
  Sink,
  startRedis,
  type FreshDatabase,
  type TestRedis,
} from '../../../test/support/index.js';
import { ada } from '../../../libs/delivery/src/testing/events.js';
import { openStage, type PlainEvent, type Stage } from '../../../libs/delivery/src/testing/stage.js';
import { startWorker, type RunningWorker } from './main.js';

jest.setTimeout(90_000);

const secret = newWebhookSecret(Buffer.alloc(32, 9));

const user = (id: string, active = true): PlainEvent['data'] => ({
  user: { ...ada, id, attributes: { ...ada.attributes, active } },
});
const created = (id: string): PlainEvent => ({ type: 'UserCreated', subjects: [id], data: user(id) });
const changed = (id: string): PlainEvent => ({
  type: 'UserProfileChanged',
  subjects: [id],
  data: user(id),
  previous: { displayName: 'Before' },
});
const left = (id: string): PlainEvent => ({
  type: 'UserDeactivated',
  subjects: [id],
  data: user(id, false),
  previous: { active: true },
});

describe('on PostgreSQL alone', () => behavesLikeAWorker(() => Promise.resolve(undefined)));
describeWithRedis('on PostgreSQL and Redis', () => behavesLikeAWorker(startRedis));

function behavesLikeAWorker(startQueueServer: () => Promise<TestRedis | undefined>): void {
  let database: FreshDatabase;
  let redis: TestRedis | undefined;
  let stage: Stage;
  let config: Config;
  let queues: Queues;
  let bell: Bell;
  let sink: Sink;
  let organization: string;
  let workers: RunningWorker[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    redis = await startQueueServer();
    stage = await openStage(database.url);
    config = readConfig({
      DATABASE_URL: database.url,
      ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      ROLLCALL_PUBLIC_URL: 'https://rollcall.example.com',
      ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
      ROLLCALL_LOG_LEVEL: 'error',
      ...(redis ? { REDIS_URL: redis.url } : {}),
    });
    // The hub's side: it has queues of its own and rings after each commit.
    queues = new Queues({ databaseUrl: database.url, redisUrl: redis?.url, onError: () => {} });
    bell = new Bell((name) => queues.queue(name), new Observations({ write: () => {} }));
  });

  afterAll(async () => {
    await queues.close();
    await stage.close();
    await redis?.stop();
    await database.drop();
  });

  beforeEach(async () => {
    sink = await Sink.open();
    organization = await stage.organization();
  });

  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    workers = [];
    await sink.close();
    await stage.database.rows('delete from destination');
  });

  const start = async (): Promise<void> => void workers.push(await startWorker(config, { version: 'test' }));
  const webhookTo = (url = sink.url): Promise<string> =>
    stage.destination({
      protocol: 'webhook',
      organizationId: organization,
      settings: { endpoint_url: url },
      secret,
    });
  const commit = async (...events: PlainEvent[]): Promise<number[]> => {
    const positions = await stage.append(organization, events);
    bell.ring();
    return positions;
  };
  const receivedIds = (): string[] => sink.received.map(({ headers }) => String(headers['webhook-id']));
  const idsOf = async (positions: number[]): Promise<string[]> =>
    (await stage.engine.log.at(stage.database, positions)).map(({ id }) => id);

  it('delivers a signed webhook within a moment of the commit, and nothing is left behind', async () => {
    await start();
    const id = await webhookTo();
    await commit(created('directory_user_1'));
    await sink.receives(1);
    const tookInMilliseconds: number[] = [];
    for (let count = 2; count <= 31; count++) {
      await commit(changed('directory_user_1'));
      const committedAt = performance.now();
      await eventually(() => expect(sink.received.length).toBe(count));
      tookInMilliseconds.push(sink.received.at(-1)!.at.getTime() - (performance.timeOrigin + committedAt));
    }
    tookInMilliseconds.sort((a, b) => a - b);
    if (process.env['ROLLCALL_TEST_SHOW_LATENCY']) {
      console.log(
        `${config.redisUrl ? 'Redis' : 'PostgreSQL'} commit to request, ms:`,
        tookInMilliseconds.map(Math.round).join(' '),
      );
    }
    expect(tookInMilliseconds[15]).toBeLessThan(500);
    for (const { body, headers } of sink.received) {
      const event = new Webhook(secret).verify(body.toString(), headers as Record<string, string>);
      expect(event).toMatchObject({ object: 'event' });
    }
    expect(await stage.parked(id)).toEqual([]);
  });

  it('has the event in the log before its webhook arrives', async () => {
    await start();
    await webhookTo();
    let readable: boolean | undefined;
    sink.answers(async ({ headers }) => {
      const position = stage.engine.log.positionOf(String(headers['webhook-id']));
      readable = (await stage.engine.log.at(stage.database, [position!])).length === 1;
      return { status: 204 };
    });
    await commit(created('directory_user_1'));
    await eventually(() => expect(readable).toBe(true));
  });

  it('revokes sessions when somebody is deactivated, with a token that says who asks', async () => {
    await start();
    await stage.destination({
      protocol: 'global-token-revocation',
      organizationId: organization,
      settings: { endpoint_url: `${sink.url}/revoke` },
      secret: null,
    });
    await commit(created('directory_user_1'), left('directory_user_1'));
    const [request] = await sink.receives(1);
    const token = request!.headers.authorization!.slice('Bearer '.length);
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'global-token-revocation+jwt', alg: 'RS256' });
    expect(decodeJwt(token)).toMatchObject({
      iss: 'https://rollcall.example.com',
      aud: `${sink.url}/revoke`,
    });
    expect(JSON.parse(request!.body.toString())).toEqual({
      sub_id: { format: 'email', email: 'ada@example.com' },
    });
  });

  it('tries again by itself, in time, and delivers to others meanwhile', async () => {
    await start();
    const failing = await Sink.open();
    failing.answers((_, index) => ({ status: index === 0 ? 500 : 204 }));
    await webhookTo(failing.url);
    await webhookTo();
    await commit(created('directory_user_1'));
    await sink.receives(1);
    await failing.receives(2, { withinInSeconds: 12 });
    const [first, second] = failing.received;
    expect(first!.headers['webhook-id']).toBe(second!.headers['webhook-id']);
    const waited = second!.at.getTime() - first!.at.getTime();
    expect(waited).toBeGreaterThan(450); // a tenth of five seconds at the least
    expect(waited).toBeLessThan(9_000);
    await failing.close();
  });

  it('delivers everything although every ticket was lost', async () => {
    await webhookTo();
    const positions = await commit(
      ...Array.from({ length: 25 }, (_, index) => created(`directory_user_${index}`)),
    );
    await loseAllTickets();
    await start();
    await sink.receives(25);
    expect(receivedIds().sort()).toEqual((await idsOf(positions)).sort());
  });

  it('goes on by itself when nobody ever rings', async () => {
    await start();
    await webhookTo();
    await stage.append(organization, [created('directory_user_1')]);
    await sink.receives(1, { withinInSeconds: 8 });
  });

  it('is safe with several workers: each event once, each person in order', async () => {
    await Promise.all([start(), start(), start()]);
    await webhookTo();
    const people = Array.from({ length: 10 }, (_, index) => `directory_user_${index}`);
    for (let round = 0; round < 10; round++) await commit(...people.map(round === 0 ? created : changed));
    await sink.receives(100, { withinInSeconds: 30 });
    const positions = receivedIds().map((id) => stage.engine.log.positionOf(id)!);
    expect(new Set(positions).size).toBe(100);
    expect(positions).toHaveLength(100);
    const bySubject = new Map<string, number[]>();
    for (const { body } of sink.received) {
      const event = JSON.parse(body.toString()) as { id: string; data: { id: string } };
      const list = bySubject.get(event.data.id) ?? [];
      bySubject.set(event.data.id, [...list, stage.engine.log.positionOf(event.id)!]);
    }
    for (const list of bySubject.values()) expect(list).toEqual([...list].sort((a, b) => a - b));
  });

  it('delivers to a healthy endpoint at once while many others hang', async () => {
    await start();
    const hanging = await Sink.open();
    hanging.answers(() => new Promise(() => {}));
    for (let count = 0; count < 40; count++) await webhookTo(hanging.url);
    await commit(created('directory_user_1'));
    await hanging.receives(40);
    await webhookTo();
    const committedAt = Date.now();
    await commit(changed('directory_user_2'));
    const [first] = await sink.receives(1);
    expect(first!.at.getTime() - committedAt).toBeLessThan(2_500);
    await hanging.close();
  });

  it('lets what is under way end before it stops, and writes it down', async () => {
    await start();
    const id = await webhookTo();
    sink.answers({ status: 204, delayInMilliseconds: 500 });
    const [position] = await commit(created('directory_user_1'));
    await sink.receives(1);
    await workers.pop()!.close();
    const state = await stage.state(id);
    expect(state).toMatchObject({ cursor: position, last_delivered: position, lease_token: null });
  });

  async function loseAllTickets(): Promise<void> {
    await eventually(async () => expect(await queues.queue(WAKE_QUEUES.soon).depth()).toBeGreaterThan(0));
    if (redis) {
      await redis.goAway();
      await redis.comeBack();
      return;
    }
    await stage.database.rows('truncate bullmq.job, bullmq.dedup, bullmq.dedup_next cascade');
  }
}
