/** The loop against a real PostgreSQL and a feed that has it in for us. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { emptyDatabase, eventually, Sink, type FreshDatabase } from '../../../../test/support/index.js';
import { RollcallClient } from '../client.js';
import { RollcallError } from '../errors.js';
import type { DirectoryEvent } from '../events.js';
import { WebhookVerifier } from '../webhooks/verifier.js';
import { consume, type Consumer, type ConsumeOptions, type Observation } from './consume.js';
import { CursorExpired, LogDiverged } from './errors.js';
import type { PgClient, PgPool } from './postgres.js';
import { postgresStore } from './postgres-store.js';
import { Dice } from './testing/dice.js';
import { FrailPool } from './testing/frail-pool.js';
import { HostileFeed, signed, type Mood } from './testing/hostile-feed.js';

const TUNING = {
  pageSize: 7,
  eventsPerTransaction: 3,
  waitInSeconds: 0.1,
  pollInSeconds: 0.05,
  leaseInSeconds: 0.3,
  backOffInSeconds: 0.1,
};

/** What dies is missed only after its lease; a busy machine is no failure. */
const TURMOIL_WITHIN_IN_MILLISECONDS = 240_000;

let database: FreshDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  database = await emptyDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 12 });
  await pool.query(
    'create table handled (place bigserial, event_id text, directory_id text, sequence int, late boolean)',
  );
  await postgresStore(pool).setUp();
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

let feed: HostileFeed;
let started: Consumer[] = [];
beforeEach(async () => {
  await pool.query('truncate handled, rollcall_cursor, rollcall_inbox');
});
afterEach(async () => {
  await Promise.allSettled(started.map((consumer) => consumer.stop()));
  started = [];
  await feed.close();
});

type Options = ConsumeOptions<PgClient, DirectoryEvent>;

/** What an application does: it writes with the transaction that it was given. */
const write: Options['handle'] = async (event, tx, { late }) => {
  const { directory_id: directory } = event.data as { directory_id: string };
  const values = [event.id, directory, event.context.sequence, late];
  await tx.query(
    'insert into handled (event_id, directory_id, sequence, late) values ($1, $2, $3, $4)',
    values,
  );
};

function start(more: Partial<Options> = {}, on: PgPool<PgClient> = pool): Consumer {
  const consumer = consume({
    client: new RollcallClient({ baseUrl: feed.url, apiKey: 'sk_test', retry: { count: 0 } }),
    store: postgresStore(on),
    handle: write,
    verifier: new WebhookVerifier({ secrets: feed.secret }),
    ...more,
    tuning: { ...TUNING, ...more.tuning },
  });
  consumer.done.catch(() => undefined);
  started.push(consumer);
  return consumer;
}

interface Handled {
  event_id: string;
  directory_id: string;
  sequence: number;
  late: boolean;
}

async function handled(): Promise<Handled[]> {
  return (
    await pool.query<Handled>('select event_id, directory_id, sequence, late from handled order by place')
  ).rows;
}

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const idsOf = (events: readonly { id: string }[]): string[] => events.map(({ id }) => id);
const handledIds = async (): Promise<string[]> => (await handled()).map(({ event_id }) => event_id);
const everythingHandled = (): Promise<void> =>
  eventually(async () => expect((await handledIds()).length).toBeGreaterThanOrEqual(feed.log.length), {
    withinInSeconds: 40,
  });

/** Things happen, webhooks arrive in no order and more than once, and instances die and are started, all at the same time. */
async function turmoil(seed: number, mood: Partial<Mood>): Promise<void> {
  await pool.query('truncate handled, rollcall_cursor, rollcall_inbox');
  const dice = new Dice(seed);
  feed = new HostileFeed(await Sink.open(), dice, mood);
  const running: { consumer: Consumer; pool: FrailPool }[] = [];
  const launch = (): void => {
    const frail = new FrailPool(pool, dice, 0.1);
    const handle: Options['handle'] = async (event, tx, how) => {
      await write(event, tx, how);
      if (dice.chance(0.05)) throw new Error('the application has failed after it wrote');
    };
    running.push({ consumer: start({ handle }, frail), pool: frail });
  };
  launch();
  launch();
  const waiting: (() => Promise<void>)[] = [];
  for (let round = 0; round < 12; round += 1) {
    for (let count = dice.below(9); count > 0; count -= 1) {
      const event = feed.append(dice.pick(['directory_1', 'directory_2', 'directory_3']));
      const webhook = feed.webhookOf(event);
      const deliver = (): Promise<void> =>
        eventually(() => dice.pick(running.filter((each) => !each.pool.isDead)).consumer.receive(webhook), {
          withinInSeconds: 20,
        });
      waiting.push(deliver, ...(dice.chance(0.3) ? [deliver] : []));
    }
    if (dice.chance(0.3)) {
      dice.pick(running.filter((each) => !each.pool.isDead)).pool.isDead = true;
      launch();
    }
    const now = dice
      .shuffled(waiting.splice(0))
      .filter((deliver) => dice.chance(0.6) || !waiting.push(deliver));
    await Promise.all(now.map((deliver) => deliver()));
  }
  await Promise.all(dice.shuffled(waiting).map((deliver) => deliver()));
  await everythingHandled();
  await Promise.allSettled(running.map(({ consumer }) => consumer.stop()));
  await feed.close();
}

describe('a consumer of a feed that repeats itself, fails and hangs up', () => {
  it(
    'handles the log, all of it, in order, each event once, whoever of its instances dies when',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, tellsCursor) => {
          await turmoil(seed, { failures: 0.1, repetitions: 0.3, tellsCursor });
          expect(await handledIds()).toEqual(idsOf(feed.log));
          expect((await handled()).every(({ late }) => !late)).toBe(true);
        }),
        { numRuns: 4 },
      );
    },
    TURMOIL_WITHIN_IN_MILLISECONDS,
  );

  it(
    'handles each event once also where the feed leaves some out: webhooks tell of them, and what is late says so',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, tellsCursor) => {
          await turmoil(seed, { failures: 0.1, repetitions: 0.3, holes: 0.3, tellsCursor });
          const all = await handled();
          expect(all.map(({ event_id }) => event_id).sort()).toEqual(idsOf(feed.log));
          const highest = new Map<string, number>();
          for (const { directory_id, sequence, late } of all) {
            expect(late).toBe(sequence < (highest.get(directory_id) ?? 0));
            highest.set(directory_id, Math.max(sequence, highest.get(directory_id) ?? 0));
          }
        }),
        { numRuns: 4 },
      );
    },
    TURMOIL_WITHIN_IN_MILLISECONDS,
  );
});

describe('a consumer', () => {
  beforeEach(async () => {
    feed = new HostileFeed(await Sink.open(), new Dice(1));
  });

  const happens = (count: number, directory = 'directory_1'): void => {
    for (let each = 0; each < count; each += 1) feed.append(directory);
  };

  it('goes on where it stopped', async () => {
    happens(20);
    const first = start();
    await everythingHandled();
    await first.stop();
    happens(5);
    start();
    await everythingHandled();
    expect(await handledIds()).toEqual(idsOf(feed.log));
    const { rows } = await pool.query('select cursor from rollcall_cursor');
    expect(rows).toEqual([{ cursor: feed.log.at(-1)!.id }]);
  });

  it('stops between two transactions, and gives its lease back', async () => {
    happens(20);
    const reached = gate();
    const goOn = gate();
    const consumer = start({
      handle: async (event, tx, how) => {
        await write(event, tx, how);
        reached.open();
        await goOn.opened;
      },
    });
    await reached.opened;
    const stopped = consumer.stop();
    goOn.open();
    await stopped;
    expect(await handledIds()).toEqual(idsOf(feed.log).slice(0, TUNING.eventsPerTransaction));
    expect((await pool.query('select holder from rollcall_cursor')).rows).toEqual([{ holder: null }]);
  });

  it('stops by a signal, also while the hub lets it wait', async () => {
    const signal = new AbortController();
    const consumer = start({
      signal: signal.signal,
      tuning: { waitInSeconds: 20, leaseInSeconds: 30, pollInSeconds: 20 },
    });
    await eventually(() => expect(feed.requests.length).toBeGreaterThan(0));
    signal.abort();
    await consumer.done;
  });

  it('tries what fails again, alone, for as long as it takes, and what comes after it waits', async () => {
    happens(9);
    let willFail = true;
    const poison = feed.log[4]!.id;
    const seen: Observation[] = [];
    start({
      handle: async (event, tx, how) => {
        await write(event, tx, how);
        if (willFail && event.id === poison) throw new Error('no');
      },
      observe: (what) => seen.push(what),
    });
    await eventually(() => {
      const failures = seen.filter(({ kind }) => kind === 'failed');
      expect(failures.length).toBeGreaterThanOrEqual(4);
    });
    expect(await handledIds()).toEqual(idsOf(feed.log).slice(0, 4));
    willFail = false;
    await everythingHandled();
    expect(await handledIds()).toEqual(idsOf(feed.log));
  });

  it('is one at a time of many instances, and another takes over when it is gone', async () => {
    happens(10);
    const frail = [1, 2, 3].map(() => new FrailPool(pool, new Dice(1), 0));
    const seen: string[][] = [[], [], []];
    frail.forEach((each, index) => start({ observe: ({ kind }) => seen[index]!.push(kind) }, each));
    await everythingHandled();
    await eventually(() =>
      expect(seen.map(([first]) => first).sort()).toEqual(['holding', 'waiting', 'waiting']),
    );
    frail[seen.findIndex(([first]) => first === 'holding')]!.isDead = true;
    happens(10);
    await everythingHandled();
    expect(await handledIds()).toEqual(idsOf(feed.log));
    expect(seen.filter((kinds) => kinds.includes('holding'))).toHaveLength(2);
  });

  it('hands nothing over twice while its handling takes longer than its lease', async () => {
    happens(2);
    const goOn = gate();
    const slow = start({
      handle: async (event, tx, how) => {
        await goOn.opened;
        await write(event, tx, how);
      },
    });
    await eventually(async () => {
      const { rows } = await pool.query('select from rollcall_cursor where held_until < now()');
      expect(rows).toHaveLength(1);
    });
    start();
    await eventually(() => expect(feed.requests.length).toBeGreaterThan(0));
    goOn.open();
    await everythingHandled();
    await slow.stop();
    expect(await handledIds()).toEqual(idsOf(feed.log));
  });

  it('reads at once when a webhook comes, and does not wait for its next turn', async () => {
    const seen: Observation[] = [];
    const consumer = start({
      tuning: { waitInSeconds: 20, pollInSeconds: 3_600, leaseInSeconds: 30 },
      observe: (what) => seen.push(what),
    });
    await eventually(() => expect(feed.requests).toHaveLength(1));
    const event = feed.append('directory_1');
    await consumer.receive(feed.webhookOf(event));
    await everythingHandled();
    // The same one again is no news: nothing is read for it.
    await eventually(() => expect(feed.requests.length).toBeGreaterThanOrEqual(3));
    const { length } = feed.requests;
    await consumer.receive(feed.webhookOf(event));
    expect(feed.requests).toHaveLength(length);
    expect(seen.filter(({ kind }) => kind === 'hole')).toEqual([]);
  });

  it('believes no webhook that is not signed, and tells nobody of what is in it', async () => {
    const consumer = start();
    const forged = { ...feed.webhookOf(feed.append('directory_1')), body: '{}' };
    await expect(consumer.receive(forged)).rejects.toMatchObject({
      name: 'WebhookNotVerified',
      reason: 'no_match',
    });
    expect((await pool.query('select from rollcall_inbox where event_id is null')).rows).toEqual([]);
  });

  it('says so when a webhook speaks of what the feed never shows, and goes on', async () => {
    const seen: Observation[] = [];
    const consumer = start({ observe: (what) => seen.push(what) });
    happens(3);
    await everythingHandled();
    const event = {
      ...feed.log[2]!,
      id: 'event_nowhere',
      context: { sequence: 1_000, cause: 'X', request_id: 'r', previous_sequence: null },
    };
    await consumer.receive(signed(event));
    await eventually(
      () =>
        expect(seen).toContainEqual({
          kind: 'hole',
          directoryId: 'directory_1',
          sequence: 1_000,
          found: false,
        }),
      {
        withinInSeconds: 20,
      },
    );
    happens(3);
    await everythingHandled();
    expect(await handledIds()).toEqual(idsOf(feed.log));
  });

  it('begins where it is told to, and asks for nothing of before', async () => {
    happens(6);
    const consumer = start({ startAfter: feed.log[2]!.id });
    await eventually(async () => expect(await handledIds()).toEqual(idsOf(feed.log.slice(3))));
    await consumer.receive(feed.webhookOf(feed.log[1]!));
    await eventually(async () => {
      const { rows } = await pool.query(
        'select from rollcall_inbox where handled_at is null and not given_up',
      );
      expect(rows).toEqual([]);
    });
    expect(await handledIds()).toEqual(idsOf(feed.log.slice(3)));
  });

  it('of another name has a place of its own', async () => {
    happens(3);
    start({ name: 'users' });
    start({ name: 'mail' });
    await eventually(async () => expect(await handledIds()).toHaveLength(6));
    expect((await handledIds()).sort()).toEqual(idsOf(feed.log).flatMap((id) => [id, id]));
  });

  it('does everything again after a seek, in whose transaction the tables were made to fit', async () => {
    happens(4);
    const consumer = start();
    await everythingHandled();
    await consumer.stop();
    const store = postgresStore(pool);
    const client = await pool.connect();
    await client.query('begin');
    await client.query('truncate handled');
    await store.seek(client, 'default', feed.log[1]!.id);
    await client.query('commit');
    client.release();
    start();
    await eventually(async () => expect(await handledIds()).toEqual(idsOf(feed.log.slice(2))));
  });

  it('goes on from where it was put while it was at work, whatever it had read already', async () => {
    happens(9);
    const reached = gate();
    const goOn = gate();
    start({
      handle: async (event, tx, how) => {
        await write(event, tx, how);
        reached.open();
        await goOn.opened;
      },
    });
    await reached.opened;
    const client = await pool.connect();
    await client.query('begin');
    const sought = postgresStore(pool).seek(client, 'default', feed.log[0]!.id);
    await eventually(async () => {
      const { rows } = await pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(rows).toHaveLength(1);
    });
    goOn.open();
    await sought;
    await client.query('commit');
    client.release();
    const ids = idsOf(feed.log);
    // It may have got through more than one commit before the seek had its turn.
    await eventually(async () => {
      const handled = await handledIds();
      const before = handled.length - ids.slice(1).length;
      expect(before).toBeGreaterThanOrEqual(3);
      expect(handled).toEqual([...ids.slice(0, before), ...ids.slice(1)]);
    });
  });

  it('stands still and says how to go on when the hub does not show any more what came after', async () => {
    const consumer = start({ startAfter: 'event_expired' });
    const failure: unknown = await consumer.done.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CursorExpired);
    expect(failure).toMatchObject({
      message: expect.stringMatching(
        /Nothing was skipped.*snapshot.*beginFromSnapshot\(tx, \{ name: 'default', again: true/s,
      ),
      cursor: 'event_expired',
      restart: { oldest: 'event_000001' },
      cause: expect.any(RollcallError),
    });
    expect((await pool.query('select cursor from rollcall_cursor')).rows).toEqual([
      { cursor: 'event_expired' },
    ]);
  });

  it('notices that the hub has another log under the same numbers', async () => {
    happens(3);
    const consumer = start();
    await everythingHandled();
    await consumer.stop();
    feed.log[2] = { ...feed.log[2]!, id: 'event_other' };
    await pool.query('update rollcall_cursor set cursor = $1', [feed.log[1]!.id]);
    await expect(start().done).rejects.toThrow(LogDiverged);
    expect(await handledIds()).toHaveLength(3);
  });

  it('forgets after some days, and then asks for nothing of that time', async () => {
    happens(6);
    const consumer = start();
    await everythingHandled();
    await consumer.stop();
    await pool.query(
      `update rollcall_inbox set handled_at = now() - interval '8 days' where event_id <= $1`,
      [feed.log[3]!.id],
    );
    const second = start();
    await eventually(async () =>
      expect((await pool.query('select from rollcall_inbox')).rows).toHaveLength(3),
    );
    await second.receive(feed.webhookOf(feed.log[1]!));
    expect((await pool.query('select from rollcall_inbox where handled_at is null')).rows).toEqual([]);
    happens(1);
    await everythingHandled();
    expect(await handledIds()).toEqual(idsOf(feed.log));
  });

  it('needs a lease that outlives its requests, and a verifier for webhooks', async () => {
    expect(() => start({ tuning: { waitInSeconds: 20, leaseInSeconds: 20 } })).toThrow(
      /leaseInSeconds must be more/,
    );
    const store = postgresStore(pool);
    const client = new RollcallClient({ baseUrl: feed.url, apiKey: 'sk_test' });
    const consumer = consume({ client, store, handle: write });
    started.push(consumer);
    await expect(consumer.receive(signed({}))).rejects.toThrow(/no verifier/);
  });
});

describe('the tables', () => {
  it('have names of your choice, and are made once however many begin at the same time', async () => {
    feed = new HostileFeed(await Sink.open(), new Dice(1));
    await pool.query('create schema app');
    await Promise.all(Array.from({ length: 4 }, () => postgresStore(pool, { prefix: 'app.sync_' }).setUp()));
    const { rows } = await pool.query(
      `select table_name from information_schema.tables where table_schema = 'app' order by 1`,
    );
    expect(rows).toEqual([{ table_name: 'sync_cursor' }, { table_name: 'sync_inbox' }]);
    expect(() => postgresStore(pool, { prefix: 'x; drop table users' })).toThrow(/prefix/);
  });
});
