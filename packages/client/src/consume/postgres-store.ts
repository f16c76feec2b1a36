/** The store in PostgreSQL: a row for each consumer, an inbox of what it has handled, and transactions that are the application's own. */
import type { AnyEvent } from '../events.js';
import { transactionsOf, type ClientOf, type PgClient, type PgPool, type Transactions } from './postgres.js';
import { PostgresInbox } from './postgres-inbox.js';
import { postgresTables, tablesOf, type Tables } from './postgres-tables.js';
import type { Placing } from './snapshot-start.js';
import type { Announced, Awaited, HandleIn, Holder, Place, Slice, Store } from './store.js';

/** Any number would do, as long as every instance takes the same. */
const SET_UP_LOCK = 7_241_605_118;

export interface PostgresStoreOptions {
  /** What the tables' names begin with, a schema included: `app.rollcall_`. */
  prefix?: string;
}

/** @param pool of `pg`, or anything that is like it. Its clients are what `handle` gets as `tx`. */
export function postgresStore<Pool extends PgPool>(
  pool: Pool,
  options: PostgresStoreOptions = {},
): PostgresStore<ClientOf<Pool>> {
  return new PostgresStore(transactionsOf<ClientOf<Pool> & PgClient>(pool), options);
}

export class PostgresStore<Tx> implements Store<Tx>, Placing<Tx> {
  private readonly tables: Tables;
  private readonly prefix: string;

  constructor(
    private readonly database: Transactions<Tx>,
    { prefix = 'rollcall_' }: PostgresStoreOptions = {},
  ) {
    this.prefix = prefix;
    this.tables = tablesOf(prefix);
  }

  /** Makes the tables where they are missing. Or put `postgresTables()` into a migration of yours. */
  async setUp(): Promise<void> {
    await this.database.transaction(async (tx) => {
      // "If not exists" does not keep two that do it at the same time apart.
      await this.database.query(tx, 'select pg_advisory_xact_lock($1)', [SET_UP_LOCK]);
      for (const statement of postgresTables(this.prefix).split(';\n'))
        if (statement.trim() !== '') await this.database.query(tx, statement, []);
    });
  }

  /**
   * Goes on after another event, in a transaction of yours. What was handled is forgotten: what comes after the cursor comes,
   * also what came before. For a start from a snapshot, and for doing it all again.
   * @param known of each directory the number of its last event up to there: what webhooks say of earlier ones is no news.
   */
  async seek(
    tx: Tx,
    consumer: string,
    cursor: string | null,
    known: Readonly<Record<string, number>> = {},
  ): Promise<void> {
    await this.database.query(
      tx,
      `insert into ${this.tables.cursor} (consumer, cursor, started_after) values ($1, $2, $2)
       on conflict (consumer) do update set cursor = excluded.cursor, started_after = excluded.started_after`,
      [consumer, cursor],
    );
    await this.database.query(tx, `delete from ${this.tables.inbox} where consumer = $1`, [consumer]);
    await this.database.query(
      tx,
      `insert into ${this.tables.inbox} (consumer, directory_id, sequence, handled_at, is_floor)
       select $1, directory_id, sequence, now(), true
         from unnest($2::text[], $3::bigint[]) as known (directory_id, sequence)`,
      [consumer, Object.keys(known), Object.values(known)],
    );
  }

  /** Commits when the work is done, undoes everything when it throws. */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> {
    return this.database.transaction(work);
  }

  async claim(tx: Tx, consumer: string): Promise<boolean> {
    // The row is locked either way; one that this statement has made has no earlier version.
    const claim = `insert into ${this.tables.cursor} as known (consumer) values ($1)
      on conflict (consumer) do update set consumer = excluded.consumer returning (known.xmax = 0) as is_new`;
    const [row] = (await this.database.query(tx, claim, [consumer])) as { is_new: boolean }[];
    return row!.is_new;
  }

  async hold(holder: Holder, from: string | null): Promise<Place | undefined> {
    const { consumer, instance, leaseInSeconds } = holder;
    // A row that is locked belongs to somebody who is at work: they are not waited for.
    const hold = `update ${this.tables.cursor} set holder = $2, held_until = now() + make_interval(secs => $3)
      where consumer in (select consumer from ${this.tables.cursor}
                          where consumer = $1 and (holder is null or holder = $2 or held_until < now())
                            for update skip locked)
      returning cursor, started_after`;
    return this.database.transaction(async (tx) => {
      const held = async (): Promise<Place | undefined> => {
        const rows = await this.database.query(tx, hold, [consumer, instance, leaseInSeconds]);
        const [row] = rows as { cursor: string | null; started_after: string | null }[];
        return row && { cursor: row.cursor, startedAfter: row.started_after };
      };
      const place = await held();
      if (place) return place;
      const begin = `insert into ${this.tables.cursor} (consumer, cursor, started_after) values ($1, $2, $2)
        on conflict do nothing returning consumer`;
      const isNew = (await this.database.query(tx, begin, [consumer, from])).length > 0;
      return isNew ? held() : undefined;
    });
  }

  async release({ consumer, instance }: Holder): Promise<void> {
    const release = `update ${this.tables.cursor} set holder = null, held_until = null where consumer = $1 and holder = $2`;
    await this.database.transaction((tx) => this.database.query(tx, release, [consumer, instance]));
  }

  async take<Event extends AnyEvent>(
    holder: Holder,
    { from, to, events }: Slice<Event>,
    handle: HandleIn<Tx, Event>,
  ): Promise<number | undefined> {
    const { consumer, instance, leaseInSeconds } = holder;
    return this.database.transaction(async (tx) => {
      const place = `select cursor from ${this.tables.cursor} where consumer = $1 and holder = $2 for update`;
      const [row] = (await this.database.query(tx, place, [consumer, instance])) as {
        cursor: string | null;
      }[];
      if (!row || row.cursor !== from) return undefined;
      const fresh = await this.inboxIn(tx).notHandledBefore(consumer, events);
      for (const { event, late } of fresh) await handle(event, tx, { late });
      const move = `update ${this.tables.cursor} set cursor = $2, held_until = now() + make_interval(secs => $3) where consumer = $1`;
      await this.database.query(tx, move, [consumer, to, leaseInSeconds]);
      return fresh.length;
    });
  }

  announce(consumer: string, announced: readonly Announced[]): Promise<number> {
    return this.inbox(async (inbox) => (announced.length === 0 ? 0 : inbox.announce(consumer, announced)));
  }

  awaited(consumer: string): Promise<Awaited[]> {
    return this.inbox((inbox) => inbox.awaited(consumer));
  }

  notFound(consumer: string, missing: readonly Awaited[], giveUp: boolean): Promise<void> {
    return this.inbox((inbox) => inbox.notFound(consumer, missing, giveUp));
  }

  prune(consumer: string, olderThanInDays: number): Promise<void> {
    return this.inbox((inbox) => inbox.prune(consumer, olderThanInDays));
  }

  private inbox<Result>(work: (inbox: PostgresInbox) => Promise<Result>): Promise<Result> {
    return this.database.transaction((tx) => work(this.inboxIn(tx)));
  }

  private inboxIn(tx: Tx): PostgresInbox {
    return new PostgresInbox(this.tables.inbox, (text, values) => this.database.query(tx, text, values));
  }
}
