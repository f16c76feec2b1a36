/** What a large directory may cost a hub: flat memory, few at a time, nobody for ever, and a hub that still stops. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Agent, request } from 'undici';
import { TestHub } from '../support/hub.js';
import {
  eventually,
  freePort,
  freshDatabase,
  runProgram,
  type FreshDatabase,
  type RunningProgram,
} from '../support/index.js';

const PEOPLE = 200_000;
const apiKey = `sk_${randomBytes(24).toString('hex')}`;
const secret = randomBytes(32).toString('base64');

let database: FreshDatabase;
let rows: pg.Client;
let directoryId: string;

interface Hub {
  url: string;
  program: RunningProgram;
}
const hubs: Hub[] = [];

async function startHub(settings: Record<string, string> = {}): Promise<Hub> {
  const port = await freePort();
  const program = runProgram('hub', {
    DATABASE_URL: database.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: secret,
    ...settings,
  });
  await program.ready;
  const hub = { url: `http://127.0.0.1:${port}`, program };
  hubs.push(hub);
  return hub;
}

let roomy: Hub;

beforeAll(async () => {
  database = await freshDatabase();
  rows = new pg.Client({ connectionString: database.url });
  await rows.connect();
  // With so small a heap nothing can pile up; what it streams is several times as much.
  roomy = await startHub({ NODE_OPTIONS: '--max-old-space-size=128' });
  const client = TestHub.at(roomy.url, apiKey);
  directoryId = (await client.connect()).id;
  await client.close();
  await fill(directoryId, PEOPLE);
}, 120_000);

afterAll(async () => {
  await Promise.all(hubs.map(({ program }) => program.stop()));
  await rows.end();
  await database.drop();
}, 60_000);

/** People and twenty groups with as many memberships, in the views: the log is not what is read here. */
async function fill(directory: string, people: number): Promise<void> {
  await rows.query(
    `insert into scim_user (directory_id, id, user_name_key, email_keys, attributes, version, created_at, last_modified)
     select $1, 'directory_user_' || lpad(n::text, 26, '0'), 'p' || n, '{}',
            jsonb_build_object('userName', 'person-' || n || '@example.com', 'displayName', 'Person ' || n, 'active', true,
              'name', jsonb_build_object('givenName', 'Person', 'familyName', n::text),
              'emails', jsonb_build_array(jsonb_build_object('value', 'person-' || n || '@example.com', 'primary', true)),
              'title', repeat('x', 100)), 1, now(), now()
       from generate_series(1, $2::integer) as n`,
    [directory, people],
  );
  await rows.query(
    `insert into scim_group (directory_id, id, display_name_key, attributes, version, created_at, last_modified)
     select $1, 'directory_group_' || lpad(n::text, 26, '0'), 'g' || n, jsonb_build_object('displayName', 'G' || n), 1, now(), now()
       from generate_series(0, 19) as n`,
    [directory],
  );
  await rows.query(
    `insert into membership select $1, 'directory_group_' || lpad((n % 20)::text, 26, '0'), 'directory_user_' || lpad(n::text, 26, '0'), 'User'
       from generate_series(1, $2::integer) as n`,
    [directory, people],
  );
}

const headers = { authorization: `Bearer ${apiKey}` };
/** Every request a connection of its own, so that a slow one is in nobody's way. */
const agent = new Agent({ pipelining: 1 });
afterAll(() => agent.destroy());

async function open(
  hub: Hub,
  path: string,
  as = headers,
): Promise<{ status: number; body: Readable; retryAfter: string }> {
  const answer = await request(hub.url + path, { headers: as, dispatcher: agent });
  return {
    status: answer.statusCode,
    body: answer.body,
    retryAfter: String(answer.headers['retry-after']),
  };
}

const snapshot = (hub: Hub): ReturnType<typeof open> => open(hub, `/directories/${directoryId}/snapshot`);

/** Resident memory in MiB. */
function memoryOf({ program }: Hub): number {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) / 1_024;
}

describe('a snapshot of 200,000 people', () => {
  let text = '';

  it('streams in flat memory', async () => {
    const { body } = await snapshot(roomy);
    let [before, most, at] = [0, 0, 0];
    const held: string[] = [];
    for await (const line of createInterface({ input: body })) {
      at += 1;
      // By then everything is warm: code is compiled, and buffers are there.
      if (at === 20_000) before = memoryOf(roomy);
      if (at > 20_000 && at % 2_000 === 0) most = Math.max(most, memoryOf(roomy));
      held.push(heldLine(line));
    }
    expect(held).toHaveLength(2 + PEOPLE + 20 + PEOPLE);
    expect(JSON.parse(held.pop()!)).toMatchObject({ object: 'snapshot_end', users: { count: PEOPLE } });
    text = held.slice(1).join('\n');
    console.log(`snapshot: ${Math.round(before)} MiB, ${Math.round(most - before)} MiB more at most`);
    expect(most - before).toBeLessThan(80);
  }, 240_000);

  it('is compared with what an app holds of it in flat memory', async () => {
    const before = memoryOf(roomy);
    let most = 0;
    const looking = setInterval(() => (most = Math.max(most, memoryOf(roomy))), 20);
    const answer = await request(`${roomy.url}/directories/${directoryId}/compare`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body: text,
      dispatcher: agent,
    });
    const lines = (await answer.body.text()).split('\n');
    clearInterval(looking);
    expect(JSON.parse(lines.at(-2)!)).toMatchObject({ object: 'comparison_end', equal: true });
    console.log(`comparison: ${Math.round(before)} MiB, ${Math.round(most - before)} MiB more at most`);
    expect(most - before).toBeLessThan(100);
  }, 240_000);
});

describe('a hub that is asked for snapshots', () => {
  it('answers so many at a time, tells others when to come again, and serves everything else meanwhile', async () => {
    const hub = await startHub({ ROLLCALL_SNAPSHOTS_AT_ONCE: '2' });
    const [one, two] = [await snapshot(hub), await snapshot(hub)];
    const third = await snapshot(hub);
    expect([one.status, two.status, third.status, third.retryAfter]).toEqual([200, 200, 503, '5']);
    const refused = JSON.parse(await text(third.body)) as Record<string, unknown>;
    expect(refused).toMatchObject({
      code: 'too_many_at_once',
      message: expect.stringContaining('2 snapshots'),
    });
    expect((await open(hub, `/directories/${directoryId}/digest`)).status).toBe(200);
    expect((await open(hub, '/events')).status).toBe(200);
    // Whoever goes away makes room.
    one.body.on('error', () => undefined).destroy();
    await eventually(async () => {
      const again = await snapshot(hub);
      again.body.on('error', () => undefined).destroy();
      expect(again.status).toBe(200);
    });
    two.body.on('error', () => undefined).destroy();
    await eventually(async () => expect(await openTransactions()).toBe(0));
  });

  it('cuts off who does not read on, in flat memory, and lets go of the database', async () => {
    const hub = await startHub({ ROLLCALL_SNAPSHOT_SECONDS: '3' });
    const before = memoryOf(hub);
    const { status, body } = await snapshot(hub);
    expect(status).toBe(200);
    body.once('readable', () => body.pause()); // one part, and then no more
    const end = ended(body);
    await eventually(async () => expect(await openTransactions()).toBe(1));
    await eventually(async () => expect(await openTransactions()).toBe(0), { withinInSeconds: 20 });
    expect(memoryOf(hub) - before).toBeLessThan(120);
    body.resume();
    expect(await end).toBe('cut off');
    expect(hub.program.observations()).toContainEqual(
      expect.objectContaining({ event: 'long answer cut off' }),
    );
    expect((await open(hub, '/health')).status).toBe(200);
  });

  it('cuts off whose token is deleted before they have everything', async () => {
    const client = TestHub.at(roomy.url, apiKey);
    const made = await client.api('POST', '/feed_tokens', { name: 'Reader', directory_id: directoryId });
    const reader = { authorization: `Bearer ${String(made.body['bearer_token'])}` };
    const { status, body } = await open(roomy, `/directories/${directoryId}/snapshot`, reader);
    expect(status).toBe(200);
    body.once('readable', () => body.pause());
    const end = ended(body);
    await client.api('DELETE', `/feed_tokens/${made.body.id}`);
    await eventually(async () => expect((await open(roomy, '/events', reader)).status).toBe(401));
    body.resume();
    expect(await end).toBe('cut off');
    await eventually(async () => expect(await openTransactions()).toBe(0));
    await client.close();
  });

  it('stops although somebody has not read everything', async () => {
    const hub = await startHub();
    const { body } = await snapshot(hub);
    body.once('readable', () => body.pause());
    const end = ended(body);
    await eventually(async () => expect(await openTransactions()).toBe(1));
    await hub.program.stop(); // it fails when that takes longer than half a minute
    body.resume();
    expect(await end).toBe('cut off');
  });
});

async function openTransactions(): Promise<number> {
  const { rows: found } = await rows.query<{ count: string }>(
    `select count(*) from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%' and query like '%known_%'`,
  );
  return Number(found[0]!.count);
}

/** Of a line only what a comparison takes. */
function heldLine(line: string): string {
  const { object, id, updated_at } = JSON.parse(line) as Record<string, string>;
  return id === undefined ? line : JSON.stringify({ object, id, updated_at });
}

async function text(body: Readable): Promise<string> {
  let all = '';
  for await (const part of body) all += String(part);
  return all;
}

async function ended(body: Readable): Promise<string> {
  return new Promise((resolve) => {
    body.once('end', () => resolve('complete'));
    body.once('error', () => resolve('cut off'));
  });
}
