/** A session beside the application's: it may do what the application's role may not. */
import type { Statement, Tx } from '@app/runtime';
import pg from 'pg';
import { eventually } from './eventually.js';

export interface Admin extends Tx {
  /** Runs the work in a transaction and undoes all of it. */
  undone<T>(work: () => Promise<T>): Promise<T>;
  /** Ends a session as a crash of its program would. */
  kill(pid: number): Promise<void>;
  /** Returns when so many sessions of this database wait for a lock. */
  waitingForLocks(count: number): Promise<void>;
  close(): Promise<void>;
}

const INT8_OID = 20;

export async function admin(url: string): Promise<Admin> {
  const client = new pg.Client({
    connectionString: url,
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  await client.connect();
  const rows = async <Row>(sql: string | Statement, values: unknown[] = []): Promise<Row[]> =>
    (await client.query(typeof sql === 'string' ? sql : sql.text, values)).rows as Row[];
  return {
    rows,
    undone: async (work) => {
      await client.query('begin');
      try {
        return await work();
      } finally {
        await client.query('rollback');
      }
    },
    kill: async (pid) => void (await client.query('select pg_terminate_backend($1)', [pid])),
    waitingForLocks: async (count) => {
      await eventually(async () => {
        const [found] = await rows<{ waiting: number }>(
          `select count(*) as waiting from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`,
        );
        if (found?.waiting !== count)
          throw new Error(`${found?.waiting} of ${count} sessions wait for a lock`);
      });
    },
    close: () => client.end(),
  };
}
