// Who asks for a whole directory and then does not take it: cut off, and neither the hub nor the database is left with anything.
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventLog } from '@app/event-log';
import { Database, Observations } from '@app/runtime';
import fastify, { type FastifyInstance } from 'fastify';
import pg from 'pg';
import { linesOf } from '../../../../../test/support/holding.js';
import { eventually, freshDatabase, type FreshDatabase } from '../../../../../test/support/index.js';
import { CompletenessSettings } from './completeness-settings.js';
import { LongAnswers } from './long-answers.js';
import { snapshotOf } from './snapshot.js';
import { standingOf } from './standing.js';

/** With a kilobyte each, that no compression makes small: more than all the buffers on the way hold. */
const PEOPLE = 30_000;
const TAKEN_WITHIN_IN_MILLISECONDS = 1_500;
const SCOPE = { of: 'directory', id: 'directory_1' } as const;

let fresh: FreshDatabase;
let reader: Database;
/** As nobody's application: it may see what others are at. */
let owner: pg.Client;
let server: FastifyInstance;
const observed: string[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
  owner = new pg.Client({ connectionString: fresh.url });
  await owner.connect();
  reader = await Database.connect(fresh.url, { applicationName: 'hub', poolSize: 4 });
  await fill();
  const log = await EventLog.open(reader);
  const settings = new CompletenessSettings(1, 60_000, TAKEN_WITHIN_IN_MILLISECONDS);
  const answers = new LongAnswers(settings, new Observations({ write: (line) => observed.push(line) }));
  server = fastify();
  server.get('/snapshot', async (request, reply) => {
    const lines = reader.picture(async function* (tx) {
      yield* snapshotOf(tx, await standingOf({ tx, log, now: new Date() }, SCOPE));
    }, answers.limits);
    const file = await answers.stream(lines, { request, reply });
    return reply.send(file.getStream());
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
}, 60_000);

afterAll(async () => {
  await server.close();
  await Promise.all([reader.close(), owner.end()]);
  await fresh.drop();
});

async function fill(): Promise<void> {
  await owner.query(
    `insert into organization (id, name, created_at, updated_at) values ('org_1', 'Acme', now(), now())`,
  );
  await owner.query(
    `insert into directory (id, organization_id, name, type, state, external_key, created_at, updated_at)
     values ('directory_1', 'org_1', 'People', 'generic scim v2.0', 'linked', 'x', now(), now())`,
  );
  await owner.query(
    `insert into scim_user (directory_id, id, user_name_key, email_keys, attributes, version, created_at, last_modified)
     select 'directory_1', 'directory_user_' || n, 'p' || n, '{}',
            jsonb_build_object('userName', 'p' || n, 'active', true, 'title',
              (select string_agg(md5((n * 32 + part)::text), '') from generate_series(0, 31) as part)), 1, now(), now()
       from generate_series(1, $1::integer) as n`,
    [PEOPLE],
  );
}

function ask(encoding: string): Promise<IncomingMessage> {
  const { port } = server.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const options = { port, path: '/snapshot', agent: false, headers: { 'accept-encoding': encoding } };
    get(options, resolve).once('error', reject);
  });
}

/** All that comes, and how it ended for whoever reads. */
async function taken(answer: IncomingMessage): Promise<{ text: string; end: 'complete' | 'cut off' }> {
  const isPacked = answer.headers['content-encoding'] === 'gzip';
  const body = isPacked ? answer.pipe(createGunzip()) : answer;
  answer.once('error', (error) => body.destroy(error));
  let text = '';
  try {
    for await (const part of body) text += String(part);
    return { text, end: 'complete' };
  } catch {
    return { text, end: 'cut off' };
  }
}

/** Sessions of the hub that are in a transaction, at work or silent. */
async function openTransactions(): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    `select count(*)::integer as count from pg_stat_activity
      where datname = current_database() and application_name = 'hub' and xact_start is not null`,
  );
  return rows[0]!.count;
}

describe.each(['identity', 'gzip'])('a snapshot (%s)', (encoding) => {
  it('that is taken comes whole, with its last line', async () => {
    const { text, end } = await taken(await ask(encoding));
    expect(end).toBe('complete');
    expect(linesOf(text).at(-1)).toMatchObject({ object: 'snapshot_end', users: { count: PEOPLE } });
    await eventually(async () => expect(await openTransactions()).toBe(0));
  });

  it('that is not taken is cut off: its transaction ends, its place is free, and what came has no last line', async () => {
    observed.length = 0;
    const answer = await ask(encoding); // and nobody reads
    expect(answer.statusCode).toBe(200);
    await eventually(async () => expect(await openTransactions()).toBe(1));
    await eventually(async () => expect(await openTransactions()).toBe(0));
    expect(observed.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ event: 'long answer cut off', why: 'the caller does not read' }),
    ]);
    expect(reader.connections).toMatchObject({ inUse: 0, waiting: 0 });
    const { text, end } = await taken(answer);
    expect(end).toBe('cut off');
    expect(text).toMatch(/^\{"object":"snapshot",/);
    expect(text).not.toContain('snapshot_end');
    // There is one place only.
    expect((await taken(await ask(encoding))).end).toBe('complete');
  });

  it('whose reader goes away lets go of everything at once', async () => {
    const answer = await ask(encoding);
    answer.on('error', () => undefined).destroy();
    await eventually(async () => expect(await openTransactions()).toBe(0));
    expect((await taken(await ask(encoding))).end).toBe('complete');
  });
});
