/** The events API beyond pages: long poll, filters, cursors, streams of server-sent events. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStream } from '../support/event-stream.js';
import { expected, TestHub, type HttpAnswer, type TestDirectory } from '../support/hub.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { admin, eventually, freePort, type Admin } from '../support/index.js';

let hubs: TestHubs;
let hub: TestHub;
let other: TestHub;
let operator: Admin;
let directory: TestDirectory;

beforeAll(async () => {
  hubs = await startHubs(2, { ROLLCALL_EVENT_STREAMS_PER_KEY: '6', ROLLCALL_EVENT_STREAMS: '8' });
  [hub, other] = hubs.hubs as [TestHub, TestHub];
  operator = await admin(hubs.databaseUrl);
  directory = await hub.connect();
}, 60_000);
afterAll(async () => {
  await operator.close();
  await hubs.close();
});

const read = (query: string, at = hub): Promise<HttpAnswer> => at.api('GET', `/events?${query}`);
const metadata = ({ body }: HttpAnswer): { after: string | null; cursor: string | null } =>
  body.list_metadata as unknown as { after: string | null; cursor: string | null };
async function end(): Promise<string> {
  return metadata(expected(200, await read('range_start=2999-01-01'))).cursor!;
}

describe('a request that waits', () => {
  it('is answered at once when there is something', async () => {
    const answer = expected(200, await read('wait=30&limit=1'));
    expect(answer.body.data).toHaveLength(1);
  });

  it.each(['the hub that is asked', 'another hub'])('is answered when %s writes', async (writer) => {
    const after = await end();
    const asked = read(`wait=30&after=${after}`, writer === 'another hub' ? other : hub);
    const { id } = await directory.makeUser(`waited-for-by-${writer.replaceAll(' ', '-')}`);
    expect((await asked).body.data).toMatchObject([{ event: 'dsync.user.created', data: { id } }]);
  });

  it('is answered with an empty page and a cursor when the time is over', async () => {
    const after = await end();
    const answer = expected(200, await read(`wait=1&after=${after}`));
    expect(answer.body.data).toEqual([]);
    expect(metadata(answer)).toEqual({ before: null, after: null, cursor: after });
  });

  it('goes on waiting while nothing happens that concerns it, and asks nothing meanwhile', async () => {
    const elsewhere = await hub.connect();
    const after = await end();
    const asked = read(`wait=30&after=${after}&directory=${elsewhere.id}`);
    for (let n = 0; n < 5; n++) await directory.makeUser(`no-concern-${n}`);
    const { id } = await elsewhere.makeUser('concern');
    expect((await asked).body.data).toMatchObject([{ data: { id } }]);
  });

  it.each(['31', '-1', '1.5', 'soon'])('for %s seconds is refused', async (wait) => {
    const answer = await read(`wait=${wait}`);
    expect([answer.status, answer.body['errors']]).toEqual([
      422,
      [expect.objectContaining({ field: 'wait' })],
    ]);
  });
});

describe('the filters', () => {
  it('find events by directory, subject and cause, alone and together', async () => {
    const [one, two] = [await hub.connect(), await hub.connect()];
    const ada = await one.makeUser('ada');
    const bob = await one.makeUser('bob');
    const group = await one.makeGroup('Engineering', [ada.id]);
    const eve = await two.makeUser('eve');
    const told = async (query: string): Promise<string[]> => {
      const { body } = expected(200, await read(`limit=1000&after=&${query}`));
      return (body.data as unknown as { event: string }[]).map(({ event }) => event.replace('dsync.', ''));
    };
    expect(await told(`directory=${two.id}`)).toEqual(['activated', 'user.created']);
    expect(await told(`directory=${one.id},${two.id}&cause=UserCreated`)).toHaveLength(3);
    expect(await told(`subject=${ada.id}`)).toEqual(['user.created', 'group.user_added']);
    expect(await told(`subject=${group.id}`)).toEqual(['group.created', 'group.user_added']);
    expect(await told(`subject=${bob.id}&subject=${eve.id}`)).toEqual(['user.created', 'user.created']);
    expect(await told(`subject=${ada.id}&cause=MembershipChanged`)).toEqual(['group.user_added']);
    expect(await told(`subject=${ada.id}&events=dsync.user.created`)).toEqual(['user.created']);
    expect(await told(`directory=${one.id}&organization_id=${two.organizationId}`)).toEqual([]);
    expect(await told(`cause=UserDeleted&events=dsync.group.created`)).toEqual([]);
    expect(await told('directory=directory_nowhere')).toEqual([]);
  });

  it('leave events out, and the cursor goes past them', async () => {
    const before = await end();
    await directory.makeUser('left-out');
    const answer = expected(200, await read(`after=${before}&events=dsync.group.created`));
    const { after, cursor } = metadata(answer);
    expect([answer.body.data, after]).toEqual([[], null]);
    expect(cursor! > before).toBe(true);
    expect(cursor).toBe(await end());
    expect((await read(`after=${cursor}`)).body.data).toEqual([]);
  });

  it('refuse a cause that there is not, and name those there are', async () => {
    const answer = await read('cause=UserTeleported');
    expect(answer.status).toBe(422);
    expect(answer.body['message']).toMatch(/UserTeleported.*UserCreated, UserProfileChanged/);
  });

  it('refuse more than a hundred names', async () => {
    const many = Array.from({ length: 101 }, (_, n) => `directory_user_${n}`).join();
    expect(await read(`subject=${many}`)).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'too_many' }] },
    });
    expect((await read(`subject=${many.replace(/,[^,]*$/, '')}`)).status).toBe(200);
  });
});

describe('a cursor', () => {
  it('that is made up is refused with where to restart', async () => {
    const answer = await read('after=event_01EHZNVPK3SFK441A1RGBFSHRT');
    const [first] = (await read('events=organization.created&limit=1')).body.data;
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_cursor',
        message: expect.stringMatching(/not the id of an event.*Leave out "after".*snapshot/),
        restart: { after: null, oldest: first!.id, snapshot: '/directories/{directory_id}/snapshot' },
      },
    });
  });

  it('of a log that was restored from an older backup is refused, and not taken for another event', async () => {
    const users = [await directory.makeUser('kept'), await directory.makeUser('lost')];
    const [kept, lost] = (await hub.events(directory.organizationId)).slice(-2);
    expect(kept!.data).toMatchObject({ id: users[0]!.id });
    // As a restore does: the same place has another event, or none.
    await operator.rows(`update event set occurred_at = occurred_at - interval '1 hour'
                          where position = (select position from log_head)`);
    const answer = await read(`after=${lost!.id}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'cursor_unknown', restart: { after: null } } });
    expect((await read(`after=${kept!.id}`)).status).toBe(200);
  });
});

describe('a stream', () => {
  const open: EventStream[] = [];
  const stream = async (
    query = '',
    { at = hub, headers = {} }: { at?: TestHub; headers?: Record<string, string> } = {},
  ): Promise<EventStream> => {
    const authorization = `Bearer ${at.apiKey}`;
    const made = await EventStream.open(`${at.url}/events/stream?${query}`, {
      headers: { authorization, ...headers },
    });
    open.push(made);
    return made;
  };
  afterAll(() => open.forEach((each) => each.close()));

  it('tells what there is, oldest first, and then what happens, each with its id and its name', async () => {
    const all = await hub.events();
    const told = await stream();
    await eventually(() => expect(told.events).toHaveLength(all.length));
    expect(told.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(told.events.map(({ data }) => data)).toEqual(all);
    const { id } = await directory.makeUser('told-live');
    await eventually(() => expect(told.events).toHaveLength(all.length + 1));
    const last = told.events.at(-1)!;
    expect(last).toMatchObject({ event: 'dsync.user.created', id: last.data.id, data: { data: { id } } });
    told.close();
  });

  it('goes on after Last-Event-ID, which wins over `after`', async () => {
    const all = await hub.events();
    const told = await stream(`after=${all[0]!.id}`, { headers: { 'last-event-id': all[3]!.id } });
    await eventually(() => expect(told.events.length).toBeGreaterThan(2));
    expect(told.events[0]!.data).toEqual(all[4]);
    told.close();
    const beside = await stream(`after=${all[0]!.id}`);
    await eventually(() => expect(beside.events[0]?.data).toEqual(all[1]));
    beside.close();
  });

  it('has the filters of a page', async () => {
    const told = await stream(`directory=${directory.id}&events=dsync.group.created&after=${await end()}`);
    await directory.makeUser('not-told');
    await directory.makeGroup('Told');
    await eventually(() => expect(told.events.map(({ event }) => event)).toEqual(['dsync.group.created']));
    told.close();
  });

  it('refuses a cursor that is not good as JSON', async () => {
    const told = await stream('after=nonsense');
    expect([told.status, (await told.refusal()).code]).toEqual([400, 'invalid_cursor']);
    const anonymous = await stream('', { headers: { authorization: 'Bearer feed_nobody' } });
    expect([anonymous.status, (await anonymous.refusal()).code]).toEqual([401, 'unauthorized']);
  });

  it('is told of in its headers to who asks for those only', async () => {
    const answer = await hub.api('HEAD', '/events/stream');
    expect([answer.status, answer.headers['content-type']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });

  it('hears of a change in less than a second, whichever hub wrote it', async () => {
    const after = await end();
    const [near, far] = [await stream(`after=${after}`), await stream(`after=${after}`, { at: other })];
    const written: number[] = [];
    for (let n = 0; n < 20; n++) {
      await directory.makeUser(`prompt-${n}`);
      written.push(Date.now());
      await eventually(() => expect(Math.min(near.events.length, far.events.length)).toBe(n + 1));
    }
    const late = ({ events }: EventStream): number[] =>
      events.map(({ at }, n) => Math.max(0, at - written[n]!)).sort((a, b) => a - b);
    const shown = (name: string, times: number[]): string =>
      `${name}: median ${times[10]} ms, slowest ${times[19]} ms`;
    console.log(
      `from the answer to the writer until a stream has the event: ${shown('same hub', late(near))}; ${shown('other hub', late(far))}`,
    );
    for (const each of [near, far]) each.close();
  });

  it('of one key beyond its limit is refused with 429, of all keys beyond the limit of the hub with 503', async () => {
    const after = `after=${await end()}`;
    // Those of the tests before are gone when their hub has noticed.
    await eventually(async () => {
      const six = await Promise.all(Array.from({ length: 6 }, () => stream(after)));
      if (six.every(({ status }) => status === 200)) return;
      six.forEach((each) => each.close());
      throw new Error('not all of the streams before are closed');
    });
    const seventh = await stream(after);
    expect([seventh.status, seventh.headers['retry-after']]).toEqual([429, '5']);
    expect(await seventh.refusal()).toMatchObject({ code: 'too_many_streams' });
    const wish = { name: 'Reader', organization_id: directory.organizationId };
    const token = String(expected(201, await hub.api('POST', '/feed_tokens', wish)).body['bearer_token']);
    const headers = { authorization: `Bearer ${token}` };
    const two = [await stream(after, { headers }), await stream(after, { headers })];
    expect(two.map(({ status }) => status)).toEqual([200, 200]);
    const ninth = await stream(after, { headers });
    expect([ninth.status, (await ninth.refusal()).code]).toEqual([503, 'streams_full']);
    // Who leaves makes room.
    two[0]!.close();
    await eventually(async () => expect((await stream(after, { headers })).status).toBe(200));
  });
});

describe('a hub that stops', () => {
  it('ends its streams and answers who waits, and is gone at once', async () => {
    const port = await freePort();
    const own = await TestHub.start({ ROLLCALL_METRICS_PORT: String(port) });
    const headers = { authorization: `Bearer ${own.apiKey}` };
    const told = await EventStream.open(`${own.url}/events/stream`, { headers });
    const cursor = metadata(await own.api('GET', '/events')).cursor ?? '';
    const waiting = EventStream.open(`${own.url}/events?wait=30&after=${cursor}`, { headers });
    await eventually(async () => {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(metrics).toMatch(/^rollcall_event_waiters 2$/m);
    });
    // It does not stop by itself while a request waits: whoever waits would be cut off after half a minute.
    await own.close();
    expect([told.status, await told.over]).toEqual([200, 'ended']);
    expect((await waiting).status).toBe(200);
  });
});
