/** The client's loop beside a real hub: begun from a snapshot, and then whatever dies in the middle. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  AnswerCutOff,
  beginFromSnapshot,
  consume,
  CursorExpired,
  postgresStore,
  RollcallClient,
  RollcallError,
  type Consumer,
  type DirectoryEvent,
  type Observation,
  type PostgresStore,
  type SnapshotItem,
  type SnapshotStart,
} from '../../packages/client/src/index.js';
import { admin } from '../support/admin.js';
import {
  emptyDatabase,
  eventually,
  freePort,
  freshDatabase,
  runProgram,
  Sink,
  type FreshDatabase,
  type RunningProgram,
} from '../support/index.js';
import { TestHub, type TestDirectory } from '../support/hub.js';

const READY_WITHIN_IN_MILLISECONDS = 120_000;
/** What was cut off is found again after a lease or a back-off; a busy machine is no failure. */
const BACK_WITHIN = { withinInSeconds: 60 };

let env: Record<string, string>;
let hubDatabase: FreshDatabase;
let program: RunningProgram;
let hub: TestHub;
let client: RollcallClient;
let own: FreshDatabase;
let pool: pg.Pool;
let store: PostgresStore<pg.PoolClient>;
let running: Consumer[] = [];

beforeAll(async () => {
  [hubDatabase, own] = await Promise.all([freshDatabase(), emptyDatabase()]);
  const [port, apiKey] = [await freePort(), `sk_${randomBytes(24).toString('hex')}`];
  env = {
    DATABASE_URL: hubDatabase.url,
    PORT: String(port),
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
  };
  await startHub();
  const baseUrl = `http://127.0.0.1:${port}`;
  hub = TestHub.at(baseUrl, apiKey);
  client = new RollcallClient({ baseUrl, apiKey, retry: { count: 1, firstInMilliseconds: 50 } });
  pool = new pg.Pool({ connectionString: own.url, max: 10 });
  // Connections that are cut while nobody uses them are no news to anybody.
  pool.on('error', () => undefined);
  store = postgresStore(pool);
  await pool.query(
    `create table thing (id text primary key, updated_at text, active boolean);
     create table pair (group_id text, user_id text, is_member boolean, primary key (group_id, user_id));
     create table handled (place bigserial, event_id text)`,
  );
  await store.setUp();
}, READY_WITHIN_IN_MILLISECONDS);
afterAll(async () => {
  await hub.close();
  await program.stop();
  await pool.end();
  await Promise.all([hubDatabase.drop(), own.drop()]);
});

beforeEach(() => pool.query('truncate thing, pair, handled, rollcall_cursor, rollcall_inbox'));
afterEach(async () => {
  await Promise.allSettled(running.map((consumer) => consumer.stop()));
  running = [];
});

async function startHub(more: Record<string, string> = {}): Promise<void> {
  program = runProgram('hub', { ...env, ...more });
  await program.ready;
}

async function save(items: readonly SnapshotItem[], tx: pg.PoolClient): Promise<void> {
  for (const item of items) {
    if (item.object === 'directory_membership') await savePair(tx, item.group_id, item.user_id, true);
    else await saveThing(tx, item, true);
  }
}

const saveThing = (
  tx: pg.PoolClient,
  { id, updated_at }: { id: string; updated_at: string },
  active: boolean,
): Promise<unknown> =>
  tx.query(
    `insert into thing as known values ($1, $2, $3) on conflict (id) do update
        set updated_at = excluded.updated_at, active = excluded.active where known.updated_at <= excluded.updated_at`,
    [id, updated_at, active],
  );

const savePair = (tx: pg.PoolClient, group: string, user: string, isMember: boolean): Promise<unknown> =>
  tx.query(
    'insert into pair values ($1, $2, $3) on conflict (group_id, user_id) do update set is_member = $3',
    [group, user, isMember],
  );

async function handle(event: DirectoryEvent, tx: pg.PoolClient): Promise<void> {
  await tx.query('insert into handled (event_id) values ($1)', [event.id]);
  switch (event.event) {
    case 'dsync.activated':
    case 'dsync.deleted':
      return;
    case 'dsync.user.created':
    case 'dsync.user.updated':
    case 'dsync.group.created':
    case 'dsync.group.updated':
      return void (await saveThing(tx, event.data, true));
    case 'dsync.user.deleted':
    case 'dsync.group.deleted':
      // Nothing is told of the memberships that end with it.
      await tx.query('delete from pair where user_id = $1 or group_id = $1', [event.data.id]);
      return void (await saveThing(tx, event.data, false));
    case 'dsync.group.user_added':
    case 'dsync.group.user_removed': {
      const { group, user } = event.data;
      return void (await savePair(tx, group.id, user.id, event.event === 'dsync.group.user_added'));
    }
  }
}

type Start = Partial<Parameters<typeof consume<pg.PoolClient>>[0]>;

function start(more: Start = {}): Consumer {
  const tuning = { waitInSeconds: 2, leaseInSeconds: 4, backOffInSeconds: 0.5, eventsPerTransaction: 3 };
  const consumer = consume({ client, store, handle, tuning, ...more });
  consumer.done.catch(() => undefined);
  running.push(consumer);
  return consumer;
}

const begin = (
  of: SnapshotStart<pg.PoolClient>['of'],
  more: Partial<SnapshotStart<pg.PoolClient>> = {},
): ReturnType<typeof beginFromSnapshot> =>
  store.transaction((tx) => beginFromSnapshot(tx, { client, store, of, save, ...more }));

const column = async (sql: string): Promise<string[]> =>
  (await pool.query<{ id: string }>(sql)).rows.map(({ id }) => id);
const handled = (): Promise<string[]> => column('select event_id as id from handled order by place');

/** The application holds what the hub holds, down to the digest. */
async function holdsTheSame(directory: TestDirectory): Promise<void> {
  const held = [
    ...(
      await pool.query<{ id: string; updated_at: string }>('select id, updated_at from thing where active')
    ).rows.map(({ id, updated_at }) => ({
      object: id.startsWith('directory_user_') ? ('directory_user' as const) : ('directory_group' as const),
      id,
      updated_at,
    })),
    ...(
      await pool.query<{ group_id: string; user_id: string }>(
        'select group_id, user_id from pair where is_member',
      )
    ).rows.map((pair) => ({ object: 'directory_membership' as const, ...pair })),
  ];
  const comparison = await client.directories.compare(directory.id, held);
  const differences: unknown[] = [];
  for await (const difference of comparison) differences.push(difference);
  expect(differences).toEqual([]);
  expect(comparison.result).toMatchObject({ equal: true });
}

async function hasHandled(after: string | null, directory: TestDirectory): Promise<void> {
  const ids: string[] = [];
  const query = { directory: directory.id, ...(after === null ? {} : { after }) };
  await eventually(async () => expect(await handled()).toHaveLength(await countOf(query)), BACK_WITHIN);
  for await (const { id } of client.events.all(query)) ids.push(id);
  expect(await handled()).toEqual(ids);
}

async function countOf(query: Parameters<typeof client.events.all>[0]): Promise<number> {
  let count = 0;
  for await (const _ of client.events.all(query)) count += 1;
  return count;
}

async function somePeople(directory: TestDirectory, names: string[]): Promise<string[]> {
  return Promise.all(names.map(async (name) => (await directory.makeUser(name)).id));
}

const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('a consumer that begins from a snapshot', () => {
  it('holds everything that there is, and then what happens, each event once', async () => {
    const directory = await hub.connect();
    const people = await somePeople(directory, names(30, 'early'));
    await directory.makeGroup('Engines', people.slice(0, 10));
    const begun = await begin({ directory: directory.id });
    expect(begun).toMatchObject({ users: 30, groups: 1, memberships: 10 });
    await holdsTheSame(directory);
    expect(await handled()).toEqual([]);
    const { sequence } = await client.directories.digest(directory.id);
    const later = { directoryId: directory.id, sequence: sequence + 1, eventId: null };
    // What webhooks say of before is no news; what they say of later is.
    expect(await store.announce('default', [{ ...later, sequence }])).toBe(0);
    expect(await store.announce('default', [later])).toBe(1);

    start({ wanted: { directory: directory.id } });
    await somePeople(directory, names(5, 'late'));
    await directory.scim('DELETE', `/Users/${people[0]}`);
    await hasHandled(begun!.cursor, directory);
    await holdsTheSame(directory);
  });

  it('begins once, however many instances try at the same time, and again only when told to', async () => {
    const directory = await hub.connect();
    await somePeople(directory, names(3, 'person'));
    const of = { organization_id: directory.organizationId };
    const all = await Promise.all([begin(of), begin(of), begin(of)]);
    expect(all.filter((each) => each !== undefined)).toHaveLength(1);
    expect(await begin(of)).toBeUndefined();
    expect(await begin(of, { again: true })).toMatchObject({ users: 3 });
  });

  it('has not begun when something fails in the middle, and can begin then', async () => {
    const directory = await hub.connect();
    await somePeople(directory, names(3, 'person'));
    const save = (): never => {
      throw new Error('the disk is full');
    };
    await expect(begin({ directory: directory.id }, { save })).rejects.toThrow('the disk is full');
    expect(await column('select consumer as id from rollcall_cursor')).toEqual([]);
    expect(await begin({ directory: directory.id })).toMatchObject({ users: 3 });
  });

  it('has not begun when the snapshot was cut off', async () => {
    const sink = await Sink.open();
    try {
      sink.answers({
        body: '{"object":"snapshot","position_cursor":null}\n{"object":"directory_user","id":"a"',
      });
      const elsewhere = new RollcallClient({ baseUrl: sink.url, apiKey: 'sk_test' });
      const beginning = begin({ directory: 'directory_1' }, { client: elsewhere });
      await expect(beginning).rejects.toBeInstanceOf(AnswerCutOff);
      expect(await column('select id from thing')).toEqual([]);
    } finally {
      await sink.close();
    }
  });

  it('of everything has the people of all organizations', async () => {
    const directories = [await hub.connect(), await hub.connect()];
    for (const directory of directories) await somePeople(directory, ['ada', 'alan']);
    const begun = await begin('everything');
    const users = await column(`select id from thing where id like 'directory_user_%'`);
    expect(users).toHaveLength(begun!.users);
    for (const directory of directories)
      for await (const { id } of client.users.all({ directory: directory.id })) expect(users).toContain(id);
  });
});

describe('a consumer', () => {
  it('goes on when the hub is killed in the middle and comes back, and loses and doubles nothing', async () => {
    const directory = await hub.connect();
    const seen: Observation[] = [];
    start({ wanted: { directory: directory.id }, observe: (what) => seen.push(what) });
    await somePeople(directory, names(20, 'before'));
    await eventually(async () => expect((await handled()).length).toBeGreaterThan(3), BACK_WITHIN);
    await program.kill9();
    await eventually(
      () => expect(seen).toContainEqual(expect.objectContaining({ kind: 'failed' })),
      BACK_WITHIN,
    );
    await startHub();
    await somePeople(directory, names(10, 'after'));
    await hasHandled(null, directory);
    await holdsTheSame(directory);
  });

  it('goes on when all its connections to its database are cut in the middle', async () => {
    const directory = await hub.connect();
    const cutter = new pg.Client({ connectionString: own.url });
    await cutter.connect();
    let cuts = 0;
    start({
      wanted: { directory: directory.id },
      handle: async (event, tx) => {
        await handle(event, tx);
        // After it wrote, and before it commits.
        if (cuts >= 3 || (await handled()).length < cuts * 4) return;
        cuts += 1;
        await cutter.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
        );
      },
    });
    await somePeople(directory, names(25, 'person'));
    await hasHandled(null, directory);
    expect(cuts).toBe(3);
    await cutter.end();
    await holdsTheSame(directory);
  });

  it('of one name is two loops that share a place, of which one works', async () => {
    const directory = await hub.connect();
    const seen: Observation[][] = [[], []];
    const wanted = { directory: directory.id };
    const [one, other] = seen.map((told) => start({ wanted, observe: (what) => told.push(what) }));
    await somePeople(directory, names(12, 'person'));
    await hasHandled(null, directory);
    const working = seen.findIndex((told) => told.some(({ kind }) => kind === 'handled'));
    expect(seen[1 - working]!.some(({ kind }) => kind === 'handled')).toBe(false);
    await [one, other][working]!.stop();
    await somePeople(directory, names(12, 'later'));
    await hasHandled(null, directory);
    expect(seen[1 - working]!.some(({ kind }) => kind === 'handled')).toBe(true);
  });

  it('hears of a change while it waits, without asking again and again', async () => {
    const directory = await hub.connect();
    await somePeople(directory, ['first']);
    let asked = 0;
    const list: typeof client.events.list = (query, how) => {
      asked += 1;
      return client.events.list(query, how);
    };
    const tuning = { waitInSeconds: 20, leaseInSeconds: 30 };
    start({ client: { events: { ...client.events, list } }, wanted: { directory: directory.id }, tuning });
    await hasHandled(null, directory);
    await eventually(() => expect(asked).toBeGreaterThan(1));
    const before = asked;
    await somePeople(directory, ['second']);
    await hasHandled(null, directory);
    // One request had it, and at most one more waits by now.
    expect(asked - before).toBeLessThanOrEqual(2);
  });

  it('ends with what is wrong when the request can never be answered', async () => {
    const consumer = start({ wanted: { events: ['no_such_event'] } });
    const failure: unknown = await consumer.done.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RollcallError);
    expect((failure as RollcallError).message).toContain('no_such_event');
  });
});

describe('a consumer whose place is not shown any more', () => {
  it('stands still, says how to go on, and goes on from a snapshot', async () => {
    const directory = await hub.connect();
    await somePeople(directory, names(3, 'old'));
    const { position_cursor: startAfter } = await client.directories.digest(directory.id);
    await somePeople(directory, names(4, 'missed'));
    await program.stop();
    const operator = await admin(hubDatabase.url);
    await operator.rows(`update event set occurred_at = occurred_at - interval '31 days'`);
    await operator.close();
    await startHub({ ROLLCALL_EVENT_RETENTION_DAYS: '30' });
    await somePeople(directory, ['newest']);

    const wanted = { directory: directory.id };
    const failure: unknown = await start({ wanted, startAfter: startAfter! }).done.catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(CursorExpired);
    expect((failure as Error).message).toMatch(/beginFromSnapshot\(.*again: true/);
    expect(await column('select cursor as id from rollcall_cursor')).toEqual([startAfter]);
    expect(await handled()).toEqual([]);

    const begun = await store.transaction(async (tx) => {
      await tx.query('truncate thing, pair');
      return beginFromSnapshot(tx, { client, store, of: wanted, save, again: true });
    });
    expect(begun).toMatchObject({ users: 8 });
    start({ wanted });
    await somePeople(directory, ['even newer']);
    await hasHandled(begun!.cursor, directory);
    await holdsTheSame(directory);
  });
});
