import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Database, Observations, SearchTookTooLong, type PageWish } from '@app/runtime';
import {
  admin,
  eventually,
  freshDatabase,
  type Admin,
  type FreshDatabase,
} from '../../../test/support/index.js';
import { findRequest, listRequests, searchRequests, type RequestFilter } from './read.js';
import { recordOf } from './record.js';
import { RequestLog, type RequestLogOptions } from './request-log.js';
import { seen } from './testing/seen.js';
import { writeRecords } from './write.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;
let said: Record<string, unknown>[];
const logs: RequestLog[] = [];

beforeEach(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
  operator = await admin(fresh.url);
  said = [];
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(logs.splice(0).map((log) => log.close()));
  await database.close();
  await operator.close();
  await fresh.drop();
});

function requestLog(options: Partial<RequestLogOptions> = {}): RequestLog {
  const observations = new Observations({
    write: (line) => void said.push(JSON.parse(line) as Record<string, unknown>),
  });
  const log = new RequestLog(database, observations, {
    enabled: true,
    gatheringInMilliseconds: 20,
    restingInMilliseconds: 50,
    ...options,
  });
  logs.push(log);
  return log;
}

async function ids(): Promise<string[]> {
  return (await operator.rows<{ id: string }>('select id from scim_request order by id')).map(({ id }) => id);
}

const many = (count: number, more: Parameters<typeof seen>[0] = {}): ReturnType<typeof seen>[] =>
  Array.from({ length: count }, (_, index) => seen({ at: new Date(1_615_000_000_000 + index), ...more }));

describe('what is kept', () => {
  it('is read back as it was, a moment later and without being asked for', async () => {
    const log = requestLog();
    const request = seen({
      tokenId: 'directory_token_1',
      status: 400,
      scimType: 'invalidValue',
      detail: 'No.',
      ignored: ['a', 'b "c"'],
      quirks: ['ignoresReadOnlyReset'],
      unknownMembers: ['x'],
      body: { name: { givenName: 'Ada\0' } },
      events: [{ first: 1, last: 3, occurredAt: '2030-01-31T12:00:00.000Z' }],
    });
    log.keep(request);
    await eventually(async () => expect(await findRequest(database, request.id)).toEqual(recordOf(request)));
    const bare = seen({ userAgent: undefined, body: undefined, bodyBytes: undefined });
    log.keep(bare);
    await eventually(async () => expect(await findRequest(database, bare.id)).toEqual(recordOf(bare)));
  });

  it('is written in batches: a statement for hundreds', async () => {
    const statements = jest.spyOn(database, 'rows');
    const log = requestLog();
    const requests = many(1_200);
    for (const request of requests) log.keep(request);
    await eventually(async () => expect(await ids()).toHaveLength(1_200));
    expect(statements).toHaveBeenCalledTimes(3);
    expect(await ids()).toEqual(requests.map(({ id }) => id).sort());
  });

  it('is written before the log is closed, all of it', async () => {
    const log = requestLog({ gatheringInMilliseconds: 60_000 });
    for (const request of many(700)) log.keep(request);
    expect(await ids()).toEqual([]);
    await log.close();
    expect(await ids()).toHaveLength(700);
    log.keep(seen());
    await log.close();
    expect(await ids()).toHaveLength(700);
  });

  it('is nothing when the log is switched off', async () => {
    const log = requestLog({ enabled: false });
    log.keep(seen());
    await log.close();
    expect(await ids()).toEqual([]);
  });

  it('may be written twice and is there once', async () => {
    const records = many(3).map(recordOf);
    await writeRecords(database, records);
    await writeRecords(database, records);
    expect(await ids()).toHaveLength(3);
  });

  it('by a record that the database cannot hold costs no other', async () => {
    const log = requestLog();
    const requests = many(5);
    requests[2] = { ...requests[2]!, status: 99_999 };
    for (const request of requests) log.keep(request);
    await log.close();
    expect(await ids()).toEqual(requests.filter((_, index) => index !== 2).map(({ id }) => id));
    expect(said).toMatchObject([{ event: 'request log not written', where: requests[2]!.id }]);
  });
});

describe('while the database refuses', () => {
  const refuse = (): Promise<unknown> => operator.rows('alter table scim_request rename to away');
  const relent = (): Promise<unknown> => operator.rows('alter table away rename to scim_request');

  it('records wait, and are written when it is back', async () => {
    await refuse();
    const log = requestLog();
    for (const request of many(600)) log.keep(request);
    await eventually(() => expect(said.length).toBeGreaterThan(0));
    for (const request of many(10)) log.keep(request);
    await relent();
    await eventually(async () => expect(await ids()).toHaveLength(610));
    expect(log.givenUp).toBe(0);
  });

  it('it is told once and then sparingly, with how many wait', async () => {
    await refuse();
    const tries = jest.spyOn(database, 'rows');
    const log = requestLog({ restingInMilliseconds: 5 });
    log.keep(seen());
    await eventually(() => expect(tries.mock.calls.length).toBeGreaterThan(4));
    expect(said).toMatchObject([{ level: 'warn', event: 'request log not written', givenUp: 0 }]);
    await relent();
  });

  it('the oldest are given up when there are too many, and counted', async () => {
    await refuse();
    const log = requestLog({ waitingAtMost: 100_000 });
    const requests = many(400);
    for (const request of requests) log.keep(request);
    await relent();
    await log.close();
    const kept = await ids();
    expect(kept.length).toBeGreaterThan(50);
    expect(kept.length).toBeLessThan(100);
    expect(log.givenUp).toBe(400 - kept.length);
    expect(kept).toEqual(requests.slice(-kept.length).map(({ id }) => id));
  });

  it('large bodies count for what they are', async () => {
    await refuse();
    const log = requestLog({ waitingAtMost: 100_000 });
    for (const request of many(100, { body: { displayName: 'word '.repeat(5_000) } })) log.keep(request);
    await relent();
    await log.close();
    expect((await ids()).length).toBeLessThanOrEqual(6);
    expect((await ids()).length).toBeGreaterThan(1);
  });

  it('closing does not wait for it, and says what is lost', async () => {
    await refuse();
    const log = requestLog();
    for (const request of many(3)) log.keep(request);
    await log.close();
    expect(said).toContainEqual(
      expect.objectContaining({ event: 'request log ends without its last records', lost: 3 }),
    );
    await relent();
  });
});

it('while the database is slow, a request does not wait and the memory is bounded', async () => {
  await operator.rows('begin');
  await operator.rows('lock table scim_request in access exclusive mode');
  const log = requestLog({ waitingAtMost: 50_000 });
  log.keep(seen());
  await operator.waitingForLocks(1);
  const start = performance.now();
  for (const request of many(1_000)) log.keep(request);
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(log.givenUp).toBeGreaterThan(900);
  await operator.rows('commit');
  await log.close();
  expect((await ids()).length).toBe(1_001 - log.givenUp);
});

describe('a list', () => {
  const DAY = Date.parse('2021-03-10T00:00:00Z');
  const at = (minute: number): Date => new Date(DAY + minute * 60_000);

  beforeEach(async () => {
    await operator.rows(`select prepare_scim_request_day('2021-03-10')`);
    await writeRecords(
      database,
      [
        seen({ at: at(0), status: 201 }),
        seen({ at: at(1), status: 404, method: 'GET', url: '/scim/v2/Users/directory_user_1' }),
        seen({
          at: at(2),
          status: 429,
          method: 'GET',
          url: '/scim/v2/Users?filter=userName%20eq%20%22Ada%40example.com%22',
        }),
        seen({ at: at(3), status: 503, method: 'PATCH', directoryId: 'directory_2' }),
        seen({ at: at(4), status: 200, method: 'PUT', directoryId: 'directory_3', organizationId: 'org_2' }),
        seen({ at: new Date(DAY + 2 * 86_400_000), status: 409 }),
      ].map(recordOf),
    );
  });

  const list = async (filter: RequestFilter, page: Partial<PageWish> = {}): Promise<number[]> => {
    const { data } = await listRequests(database, filter, { limit: 10, order: 'asc', ...page });
    return data.map(({ status }) => status);
  };

  it.each<[string, RequestFilter, number[]]>([
    ['no filter', {}, [201, 404, 429, 503, 200, 409]],
    ['a directory', { directoryId: 'directory_2' }, [503]],
    ['an organization', { organizationId: 'org_2' }, [200]],
    ['a method', { method: 'GET' }, [404, 429]],
    ['what was refused', { outcome: 'refused' }, [404, 409]],
    ['what was limited', { outcome: 'limited' }, [429]],
    ['what failed', { outcome: 'failed' }, [503]],
    ['what succeeded', { outcome: 'succeeded' }, [201, 200]],
    ['one status', { status: { from: 404, to: 404 } }, [404]],
    ['a class of statuses', { status: { from: 400, to: 499 } }, [404, 429, 409]],
    ['a class of good ones', { status: { from: 200, to: 299 } }, [201, 200]],
    ['a part of the path', { pathContains: '/users/DIRECTORY_user' }, [404]],
    ['a part of the query, as people write it', { pathContains: 'ada@example' }, [429]],
    ['what stands for itself in a path', { pathContains: '%' }, [429]],
    ['a time from', { receivedFrom: at(4) }, [200, 409]],
    ['a time before', { receivedBefore: at(1) }, [201]],
    ['a span of time', { receivedFrom: at(1), receivedBefore: at(3) }, [404, 429]],
    [
      'all at once',
      { directoryId: 'directory_1', method: 'GET', outcome: 'refused', receivedFrom: at(0) },
      [404],
    ],
    ['nothing that is there', { directoryId: 'directory_9' }, []],
    ['what is no id', { id: 'event_1' }, []],
  ])('finds by %s', async (_what, filter, expected) => {
    expect(await list(filter)).toEqual(expected);
  });

  it('pages both ways by id, exclusive, also across days', async () => {
    const first = await listRequests(database, {}, { limit: 4, order: 'desc' });
    expect(first.data.map(({ status }) => status)).toEqual([409, 200, 503, 429]);
    expect([first.before, first.after]).toEqual([null, first.data[3]!.id]);
    const second = await listRequests(database, {}, { limit: 4, order: 'desc', after: first.after! });
    expect(second.data.map(({ status }) => status)).toEqual([404, 201]);
    expect([second.before, second.after]).toEqual([second.data[0]!.id, null]);
    const back = await listRequests(database, {}, { limit: 3, order: 'desc', before: second.before! });
    expect(back.data.map(({ status }) => status)).toEqual([200, 503, 429]);
    expect([back.before, back.after]).toEqual([back.data[0]!.id, back.data[2]!.id]);
  });

  it('is given up when it takes too long, and its connection works on', async () => {
    const page = { limit: 10, order: 'asc' } as const;
    expect((await searchRequests(database, {}, page)).data).toHaveLength(6);
    await operator.rows('begin');
    await operator.rows('lock table scim_request in access exclusive mode');
    await expect(searchRequests(database, {}, page, 50)).rejects.toBeInstanceOf(SearchTookTooLong);
    await operator.rows('commit');
    expect((await searchRequests(database, {}, page, 5_000)).data).toHaveLength(6);
  });

  it('does not find by an id that is none', async () => {
    const [known] = await ids();
    expect((await findRequest(database, known!))?.status).toBe(201);
    for (const id of ['', 'start', known!.toLowerCase(), `${known!}0`, known!.replace('req_', 'event_')])
      expect(await findRequest(database, id)).toBeUndefined();
  });
});
