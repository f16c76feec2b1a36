/** Any client like that of `pg`, and transactions on it. */

export interface PgClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

/** A connection that breaks between two queries says so by an event, and one that nobody hears ends the process. */
interface Emitting {
  on?(event: 'error', listener: (error: Error) => void): unknown;
  off?(event: 'error', listener: (error: Error) => void): unknown;
}

export interface PgPool<Client extends PgClient = PgClient> {
  connect(): Promise<Client & { release(destroy?: boolean | Error): void }>;
}

/** What a pool's `connect()` gives. That of `pg` may be called with a callback, too, and its types say so in a second form. */
export type ClientOf<Pool extends PgPool> = Pool['connect'] extends {
  (): Promise<infer Client>;
  (callback: never): unknown;
}
  ? unknown extends Client
    ? Awaited<ReturnType<Pool['connect']>>
    : Client
  : Awaited<ReturnType<Pool['connect']>>;

/** How a store speaks to a database: for who has transactions of their own (Drizzle, Kysely, Prisma, TypeORM). */
export interface Transactions<Tx> {
  /** Commits when the work is done, undoes everything when it throws. */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  query(tx: Tx, text: string, values: unknown[]): Promise<unknown[]>;
}

export function transactionsOf<Client extends PgClient>(pool: PgPool): Transactions<Client> {
  return {
    query: async (client, text, values) => (await client.query(text, values)).rows,
    transaction: async (work) => {
      const client = (await pool.connect()) as Client &
        Emitting & { release(destroy?: boolean | Error): void };
      let broken: Error | undefined;
      // The pool hears it only while nobody has the connection; the next query fails for the same reason.
      const breaks = (error: Error): void => void (broken = error);
      client.on?.('error', breaks);
      try {
        await client.query('begin');
        const result = await work(client);
        await client.query('commit');
        return result;
      } catch (error) {
        // A connection that cannot even undo is of no use to anybody.
        await client.query('rollback').catch((cause: Error) => (broken = cause));
        throw error;
      } finally {
        client.off?.('error', breaks);
        client.release(broken);
      }
    },
  };
}
