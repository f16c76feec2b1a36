/** How long events are shown: the operator's choice, of which everybody who is kept waiting knows. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog } from '@app/event-log';
import { Database } from '@app/runtime';
import { expected, type Body, type HttpAnswer, type TestDirectory, type TestHub } from '../support/hub.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { admin, type Admin } from '../support/index.js';

let hubs: TestHubs;
let hub: TestHub;
let operator: Admin;
let database: Database;
let directory: TestDirectory;
/** The ids of all events, of which the first five are too old. */
let ids: string[];

beforeAll(async () => {
  hubs = await startHubs(1, { ROLLCALL_EVENT_RETENTION_DAYS: '30' });
  hub = hubs.hubs[0]!;
  operator = await admin(hubs.databaseUrl);
  database = await Database.connect(hubs.databaseUrl, { poolSize: 1 });
  directory = await hub.connect();
  await operator.rows(`insert into feed_consumer (name, id, filter, position, created_at)
                       values ('slow', 'consumer_slow', '{}', 0, now())`);
  for (let n = 0; n < 7; n++) await directory.makeUser(`user-${n}`);
  await operator.rows(`update event set occurred_at = occurred_at - interval '31 days' where position <= 5`);
  const log = await EventLog.open(database);
  ids = (await log.after(database, { after: 0, limit: 100 })).map(({ id }) => id);
}, 60_000);
afterAll(async () => {
  await database.close();
  await operator.close();
  await hubs.close();
});

const read = (query: string): Promise<HttpAnswer> => hub.api('GET', `/events?${query}`);
const idsOf = ({ data }: Body): string[] => data.map(({ id }) => id);

describe('what is older than the days that events are shown for', () => {
  it('is not shown', async () => {
    expect(idsOf(expected(200, await read('')).body)).toEqual(ids.slice(5));
    expect(idsOf(expected(200, await read('range_start=2020-01-01')).body)).toEqual(ids.slice(5));
  });

  it('is no cursor any more, and the answer says where to restart', async () => {
    const answer = await read(`after=${ids[2]}`);
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'cursor_expired',
        message: expect.stringMatching(/older than the 30 days.*Leave out "after".*snapshot/),
        restart: { after: ids[4], oldest: ids[5], snapshot: '/directories/{directory_id}/snapshot' },
      },
    });
    const { after } = answer.body['restart'] as { after: string };
    expect(idsOf(expected(200, await read(`after=${after}`)).body)).toEqual(ids.slice(5));
    const stream = await hub.api('GET', `/events/stream?after=${ids[2]}`);
    expect([stream.status, stream.body['code']]).toEqual([400, 'cursor_expired']);
  });

  it('is still there for a named consumer that has not read it, and not the beginning of a new one', async () => {
    // Of the organization, which is the first event, only those are told who name it.
    expect(idsOf(expected(200, await hub.api('GET', '/consumers/slow/events')).body)).toEqual(ids.slice(1));
    expected(201, await hub.api('POST', '/consumers', { name: 'new' }));
    expect(idsOf(expected(200, await hub.api('GET', '/consumers/new/events')).body)).toEqual(ids.slice(5));
    const seek = await hub.api('POST', '/consumers/new/seek', { to: ids[1] });
    expect([seek.status, seek.body['code']]).toEqual([400, 'cursor_expired']);
    const ack = await hub.api('POST', '/consumers/slow/ack', { event_id: ids[1] });
    expect(ack.body).toMatchObject({ moved: true, position: ids[1] });
  });
});
