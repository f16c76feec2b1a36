/** What callers hear who come more often than they may. The limits here are tiny; the defaults are generous. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeWithRedis, eventually, startRedis, type TestRedis } from '../support/index.js';
import { startHubs, type TestHubs } from '../support/hubs.js';
import { expected, TestHub, USER, type Body, type HttpAnswer, type TestDirectory } from '../support/hub.js';

const PER_TOKEN = { ROLLCALL_SCIM_RATE_PER_TOKEN: '1', ROLLCALL_SCIM_BURST_PER_TOKEN: '5' };
const PER_DIRECTORY = { ROLLCALL_SCIM_RATE_PER_DIRECTORY: '1', ROLLCALL_SCIM_BURST_PER_DIRECTORY: '12' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

interface Round {
  through: HttpAnswer[];
  refused: HttpAnswer[];
  /** For each of them one more may get through. */
  seconds: number;
}

async function round(times: number, ask: (time: number) => Promise<HttpAnswer>): Promise<Round> {
  const start = performance.now();
  const answers = await Promise.all(Array.from({ length: times }, (_, time) => ask(time)));
  const refused = answers.filter(({ status }) => status === 429);
  const through = answers.filter(({ status }) => status !== 429);
  return { through, refused, seconds: (performance.now() - start) / 1_000 };
}

function expectThrough({ through, seconds }: Round, burst: number): void {
  expect(through.length).toBeGreaterThanOrEqual(burst);
  expect(through.length).toBeLessThanOrEqual(burst + Math.ceil(seconds));
}

describe('a caller of SCIM that comes too often', () => {
  let hub: TestHub;
  let directory: TestDirectory;

  beforeAll(async () => {
    hub = await TestHub.start({ ...PER_TOKEN, ...PER_DIRECTORY });
  }, 60_000);
  afterAll(() => hub.close(), 60_000);

  const tokenOf = async (name: string): Promise<string> =>
    expected(201, await hub.api('POST', `/directories/${directory.id}/tokens`, { name })).body[
      'bearer_token'
    ] as string;
  const read = (token = directory.token): Promise<HttpAnswer> =>
    directory.scim('GET', '/Users', undefined, { authorization: `Bearer ${token}` });

  it('gets its burst, then 429 as a SCIM error with the seconds to wait, and then goes on', async () => {
    directory = await hub.connect();
    const rush = await round(30, () => read());
    expectThrough(rush, 5);
    for (const { headers, body } of rush.refused) {
      expect(headers['retry-after']).toBe('1');
      expect(headers['content-type']).toBe('application/scim+json; charset=utf-8');
      expect(body).toEqual({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '429',
        detail:
          'The identity provider sends more requests than this service allows. Wait 1 s and send the same request again; nothing was done.',
      });
    }
    const waitInSeconds = Number(rush.refused[0]!.headers['retry-after']);
    await new Promise((resolve) => setTimeout(resolve, waitInSeconds * 1_000));
    expect((await read()).status).toBe(200);
  });

  it('changes nothing by what is refused, and what it sent is not even read', async () => {
    directory = await hub.connect();
    await round(5, () => read());
    const before = await hub.logPosition();
    const rush = await round(30, (time) =>
      directory.scim('POST', '/Users', { schemas: [USER], userName: `person-${time}@example.com` }),
    );
    expect(rush.refused.length).toBeGreaterThan(20);
    expect(await hub.logPosition()).toBe(before + rush.through.length);
    const broken = await round(10, () => directory.scim('POST', '/Users', '{"broken'));
    expect(broken.refused.length).toBeGreaterThan(5);
  });

  it('takes nothing from another token, until both have used up what their directory may', async () => {
    directory = await hub.connect();
    const [second, third] = [await tokenOf('second'), await tokenOf('third')];
    expectThrough(await round(20, () => read()), 5);
    expectThrough(await round(20, () => read(second)), 5);
    // Twelve for the directory, of which ten and perhaps a few more are used.
    const last = await round(20, () => read(third));
    expect(last.through.length).toBeLessThan(5 + Math.ceil(last.seconds));
    const strangers = await hub.connect();
    expect((await strangers.scim('GET', '/Users')).status).toBe(200);
  });

  it('gets no new burst with a new access token', async () => {
    directory = await hub.connect();
    const path = `/directories/${directory.id}/oauth_clients`;
    const { body: client } = expected(201, await hub.api('POST', path, { name: 'Entra' }));
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client['client_id'] as string,
      client_secret: client['client_secret'] as string,
    }).toString();
    const token = async (): Promise<string> =>
      (await hub.send({ method: 'POST', path: '/oauth/token', headers: FORM, body: form })).body[
        'access_token'
      ] as string;
    const [one, other] = [await token(), await token()];
    expectThrough(await round(20, (time) => read(time % 2 === 0 ? one : other)), 5);
  });

  it('that speaks SCIM 1.1 hears it in the words of that', async () => {
    directory = await hub.connect();
    const path = `/scim/v1/${directory.id}/Users`;
    const headers = { authorization: `Bearer ${directory.token}` };
    const rush = await round(20, () => hub.send({ method: 'GET', path, headers }));
    expectThrough(rush, 5);
    expect(rush.refused[0]!.body).toEqual({
      Errors: [{ code: '429', description: expect.stringMatching(/Wait 1 s and send the same request/) }],
    });
    expect(rush.refused[0]!.headers['retry-after']).toBe('1');
  });

  it('is still told that its token is wrong', async () => {
    directory = await hub.connect();
    await round(10, () => read());
    expect((await read('scim_unknown')).status).toBe(401);
  });

  it('stands in the log with its directory and token', async () => {
    const refused = hub.observations().find(({ event, status }) => event === 'request' && status === 429);
    expect(refused).toMatchObject({
      directory: expect.stringMatching(/^directory_/),
      token: expect.stringMatching(/^directory_token_/),
    });
  });

  it('stands in the request log as limited, not as mistaken, and without what it sent', async () => {
    directory = await hub.connect();
    await round(10, () => read());
    const person = { schemas: [USER], userName: 'unread@example.com' };
    const answer = expected(429, await directory.scim('POST', '/Users', person));
    const id = answer.headers['x-request-id'];
    const record = await eventually(
      async () => expected(200, await hub.api('GET', `/scim_requests/${id}`)).body,
    );
    expect(record).toMatchObject({
      outcome: 'limited',
      status: 429,
      directory_id: directory.id,
      body: null,
      events: [],
    });
    const mistakes = await hub.api('GET', `/directories/${directory.id}/requests?outcome=refused`);
    expect(mistakes.body.data).toEqual([]);
  });
});

describe('a caller of the token endpoint that comes too often', () => {
  let hub: TestHub;
  let client: Body;

  beforeAll(async () => {
    hub = await TestHub.start({
      ROLLCALL_OAUTH_RATE_PER_CLIENT: '1',
      ROLLCALL_OAUTH_BURST_PER_CLIENT: '4',
      ROLLCALL_OAUTH_RATE_PER_ADDRESS: '1',
      ROLLCALL_OAUTH_BURST_PER_ADDRESS: '10',
      ROLLCALL_TRUSTED_PROXIES: '127.0.0.0/8',
    });
    const { id } = await hub.connect();
    client = expected(201, await hub.api('POST', `/directories/${id}/oauth_clients`, { name: 'Entra' })).body;
  }, 60_000);
  afterAll(() => hub.close(), 60_000);

  const ask = (address: string, more: Record<string, string> = {}): Promise<HttpAnswer> =>
    hub.send({
      method: 'POST',
      path: '/oauth/token',
      headers: { ...FORM, 'x-forwarded-for': address },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client['client_id'] as string,
        client_secret: client['client_secret'] as string,
        ...more,
      }).toString(),
    });

  it('gets its burst, whether its secret is right or wrong and wherever it comes from, then 429 in OAuth’s form', async () => {
    const rush = await round(20, (time) =>
      ask(`192.0.2.${time}`, time % 2 === 0 ? {} : { client_secret: 'guessed' }),
    );
    expectThrough(rush, 4);
    for (const { headers, body } of rush.refused) {
      expect(headers).toMatchObject({ 'retry-after': '1', 'cache-control': 'no-store' });
      expect(body).toEqual({
        error: 'temporarily_unavailable',
        error_description:
          'Too many requests for tokens. Wait 1 s, and use each access token until it expires.',
      });
    }
  });

  it('is limited by its address too, whatever clients it names', async () => {
    const rush = await round(30, (time) => ask('198.51.100.1', { client_id: `made-up-${time}` }));
    expectThrough(rush, 10);
    for (const { status } of rush.through) expect(status).toBe(401);
    expect((await ask('198.51.100.2', { client_id: 'made-up' })).status).toBe(401);
  });
});

describe('without limits', () => {
  it('everybody may come as often as they like', async () => {
    const hub = await TestHub.start({
      ...PER_TOKEN,
      ...PER_DIRECTORY,
      ROLLCALL_SCIM_RATE_PER_TOKEN: '0',
      ROLLCALL_SCIM_RATE_PER_DIRECTORY: '0',
    });
    const directory = await hub.connect();
    const rush = await round(100, () => directory.scim('GET', '/Users'));
    expect(rush.refused).toEqual([]);
    await hub.close();
  }, 60_000);
});

describeWithRedis('two hubs on one Redis', () => {
  let redis: TestRedis;
  let running: TestHubs;

  beforeAll(async () => {
    redis = await startRedis();
    running = await startHubs(2, {
      REDIS_URL: redis.url,
      ROLLCALL_SCIM_RATE_PER_TOKEN: '1',
      ROLLCALL_SCIM_BURST_PER_TOKEN: '40',
    });
  }, 60_000);
  afterAll(async () => {
    await running.close();
    await redis.stop();
  }, 60_000);

  it('count together, and go on serving when Redis is gone', async () => {
    const [one, other] = running.hubs as [TestHub, TestHub];
    let directory = await one.connect();
    const read = (time: number): Promise<HttpAnswer> =>
      (time % 2 === 0 ? one : other).send({
        method: 'GET',
        path: `${directory.root}/Users`,
        headers: { authorization: `Bearer ${directory.token}` },
      });
    // Again with another directory if Redis was late once, as it may be while everything starts.
    await eventually(
      async () => {
        directory = await one.connect();
        const together = await round(120, read);
        expect(together.through.length).toBeGreaterThanOrEqual(36);
        expect(together.through.length).toBeLessThanOrEqual(40 + Math.ceil(together.seconds));
      },
      { withinInSeconds: 30 },
    );

    await redis.goAway();
    const alone = await round(60, read);
    expect(alone.refused).toEqual([]);
    await eventually(() => expect(running.output()).toContain('"event":"rate limits not shared"'));
  }, 60_000);
});
