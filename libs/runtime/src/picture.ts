/** Long reads that all show the database as it was at one moment, a part at a time as fast as somebody takes them. */
import type pg from 'pg';
import type { Tx } from './database.js';

export interface PictureLimits {
  /** A statement that takes longer is ended by the server (SQLSTATE 57014). */
  statementInMilliseconds: number;
  /** A transaction that is asked nothing for so long is ended by the server: whoever takes the parts has stopped. */
  silentInMilliseconds: number;
}

/**
 * What `read` yields, out of one repeatable-read transaction, which never writes anything that stays. The transaction and its
 * connection are held from the first part until the last one is taken, or until the generator is returned or thrown into.
 */
export async function* pictureOn<T>(
  connection: pg.PoolClient,
  { tx, read, limits }: { tx: Tx; read(tx: Tx): AsyncGenerator<T>; limits: PictureLimits },
): AsyncGenerator<T> {
  let broken: Error | undefined;
  const noteEnd = (error: Error): void => void (broken = error);
  connection.on('error', noteEnd);
  try {
    await connection.query('begin isolation level repeatable read');
    await Promise.all([
      connection.query(`set local statement_timeout = ${limits.statementInMilliseconds}`),
      connection.query(`set local idle_in_transaction_session_timeout = ${limits.silentInMilliseconds}`),
      // Everything that a cursor finds is fetched, not its first rows only.
      connection.query('set local cursor_tuple_fraction = 1'),
    ]);
    yield* read(tx);
  } finally {
    await connection.query('rollback').catch(noteEnd);
    connection.off('error', noteEnd);
    connection.release(broken);
  }
}

const ROWS_AT_ONCE = 200;

/** The rows of a query, some at a time, read ahead by one page; only inside a transaction. @param name unique in it. */
export async function* fetched<Row>(
  tx: Tx,
  name: string,
  { sql, values }: { sql: string; values: unknown[] },
): AsyncGenerator<Row[]> {
  await tx.rows(`declare ${name} no scroll cursor for ${sql}`, values);
  const nextRows = (): Promise<Row[]> => {
    const rows = tx.rows<Row>(`fetch ${ROWS_AT_ONCE} from ${name}`);
    rows.catch(() => undefined); // it is waited for when its turn comes, if it comes
    return rows;
  };
  for (let next = nextRows(); ;) {
    const rows = await next;
    const more = rows.length === ROWS_AT_ONCE;
    if (more) next = nextRows();
    if (rows.length > 0) yield rows;
    if (!more) break;
  }
  await tx.rows(`close ${name}`);
}
