/** A POST whose hub is killed when it is done and not answered yet: it is not done a second time, whoever sends it again. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { expected, TestHub, type HttpAnswer } from '../support/hub.js';
import {
  eventually,
  freePort,
  freshDatabase,
  runProgram,
  type FreshDatabase,
  type RunningProgram,
} from '../support/index.js';

const apiKey = `sk_${randomBytes(24).toString('hex')}`;
const secretKey = randomBytes(32).toString('base64');

let database: FreshDatabase;
/** They hold back what a hub writes, so that it can be killed in the middle. */
let changes: pg.Client;
let answers: pg.Client;
let looking: pg.Client;
let survivor: { hub: TestHub; program: RunningProgram };

beforeAll(async () => {
  database = await freshDatabase();
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    return client;
  };
  [changes, answers, looking] = [await connect(), await connect(), await connect()];
  survivor = await startHub();
}, 60_000);

afterAll(async () => {
  await survivor.hub.close();
  await survivor.program.stop();
  await Promise.all([changes, answers, looking].map((client) => client.end()));
  await database.drop();
}, 60_000);

async function startHub(): Promise<{ hub: TestHub; program: RunningProgram }> {
  const port = await freePort();
  const program = runProgram('hub', {
    DATABASE_URL: database.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: secretKey,
  });
  await program.ready;
  return { hub: TestHub.at(`http://127.0.0.1:${port}`, apiKey), program };
}

const post = (hub: TestHub, name: string, key: string): Promise<HttpAnswer> =>
  hub.api('POST', '/organizations', { name }, { 'idempotency-key': key });

async function organizationsNamed(name: string): Promise<number> {
  const { rows } = await looking.query('select id from organization where name = $1', [name]);
  return rows.length;
}

async function claims(key: string): Promise<number> {
  const { rows } = await looking.query('select status from idempotent_request where key = $1', [key]);
  return rows.length;
}

/** The sessions that wait for what is held; a machine that is lost takes its sessions with it. */
async function sessionsWaiting(statement: string): Promise<number[]> {
  const { rows } = await looking.query<{ pid: number }>(
    `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query ilike $1`,
    [`%${statement}%`],
  );
  return rows.map(({ pid }) => pid);
}

/** A hub that is killed with a request in hand. @param at `change`: before it is committed; `answer`: right after. */
async function lost(name: string, key: string, at: 'change' | 'answer'): Promise<void> {
  const { hub, program } = await startHub();
  await changes.query('begin; lock table organization in share mode');
  const asked = post(hub, name, key).catch((error: unknown) => error);
  await eventually(async () => expect(await claims(key)).toBe(1));
  if (at === 'answer') {
    await answers.query('begin');
    await answers.query('select 1 from idempotent_request where key = $1 for update', [key]);
    await changes.query('commit');
    await eventually(async () => expect(await organizationsNamed(name)).toBe(1));
  }
  const waiting = at === 'change' ? 'insert into "organization"' : 'update idempotent_request';
  await eventually(async () => expect(await sessionsWaiting(waiting)).toHaveLength(1));
  await program.kill9();
  await looking.query('select pg_terminate_backend($1)', await sessionsWaiting(waiting));
  await eventually(async () => expect(await sessionsWaiting(waiting)).toEqual([]));
  await (at === 'change' ? changes : answers).query('commit');
  expect(await asked).toBeInstanceOf(Error);
  await hub.close();
}

/** As if so long had gone by. */
async function nobodyAnswersAnyMore(key: string): Promise<void> {
  await looking.query('update idempotent_request set claimed_until = now() where key = $1', [key]);
}

const UNKNOWN = {
  code: 'idempotency_outcome_unknown',
  message: expect.stringMatching(/not known.*Look whether.*new key/),
};

describe('a POST whose hub was killed', () => {
  it('after it was done is not done again: first it is in progress, then nobody knows', async () => {
    const [name, key] = [randomUUID(), randomUUID()];
    await lost(name, key, 'answer');
    const early = await post(survivor.hub, name, key);
    expect([early.status, early.body['code']]).toEqual([409, 'idempotency_in_progress']);
    await nobodyAnswersAnyMore(key);
    for (const _ of [1, 2]) {
      const late = await post(survivor.hub, name, key);
      expect([late.status, late.body]).toEqual([409, UNKNOWN]);
      expect(late.headers).not.toHaveProperty('retry-after');
    }
    expect(await organizationsNamed(name)).toBe(1);
  });

  it('before it was done is not done either: nobody can tell the one from the other; with a new key it is', async () => {
    const [name, key] = [randomUUID(), randomUUID()];
    await lost(name, key, 'change');
    await nobodyAnswersAnyMore(key);
    expect((await post(survivor.hub, name, key)).body).toEqual(UNKNOWN);
    expect(await organizationsNamed(name)).toBe(0);
    expected(201, await post(survivor.hub, name, randomUUID()));
  });

  it('is told so by a hub that starts later, and with another body that the key is taken', async () => {
    const [name, key] = [randomUUID(), randomUUID()];
    await lost(name, key, 'answer');
    await nobodyAnswersAnyMore(key);
    const { hub, program } = await startHub();
    expect((await post(hub, name, key)).body).toEqual(UNKNOWN);
    expect((await post(hub, `${name} 2`, key)).status).toBe(422);
    await hub.close();
    await program.stop();
  });
});
