/** The one pool of PostgreSQL connections of a process, and the only handle on an open transaction that a room may hold. */
import pg from 'pg';
import {
  DataSource,
  type EntityManager,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
} from 'typeorm';
import { CalmClient } from './calm-client.js';
import { pictureOn, type PictureLimits } from './picture.js';

/** The only handle on Postgres that a room may hold: one open transaction (or, for single reads, one statement). */
export interface Tx {
  rows<Row>(sql: string | Statement, values?: unknown[]): Promise<Row[]>;
}

/** A statement whose text never changes: each connection parses it once and soon stops planning it anew. */
export class Statement {
  /** @param name unique in the program, at most 63 characters. */
  constructor(
    readonly name: string,
    readonly text: string,
  ) {}
}

export interface DatabaseOptions {
  entities?: EntityTarget<ObjectLiteral>[];
  poolSize?: number;
  applicationName?: string;
  /** A transaction whose program has been silent for so long is ended by the server, and what it held is free again. */
  silentInTransactionInMilliseconds?: number;
}

/**
 * The role every program works as. Migrations make it and grant it what it needs; on `event` that is SELECT and
 * INSERT. It is taken at the start of each connection, so no code path can forget it.
 */
export const APPLICATION_ROLE = 'rollcall_app';

// A transaction left open would hold the log head; PostgreSQL ends such a session by itself after this time.
const SILENT_IN_TRANSACTION_IN_MILLISECONDS = 30_000;

/** How long a statement waits for a connection, a new one or one of the pool, before its request is told to come again. */
const CONNECT_TIMEOUT_IN_MILLISECONDS = 5_000;

// Compiling a plan takes longer than any statement here, and PostgreSQL would do so for each that it thinks dear.
const WITHOUT_COMPILING = '-c jit=off';

const INT8_OID = 20;

/** bigint as a number: positions stay far below 2^53, and a reader should not have to remember to convert. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

export function connectionOptions(
  applicationName: string,
  silentInMilliseconds: number,
): {
  options: string;
  types: typeof types;
  application_name: string;
  pipeline: boolean;
  Client: typeof CalmClient;
} {
  return {
    application_name: applicationName,
    options: `-c role=${APPLICATION_ROLE} -c idle_in_transaction_session_timeout=${silentInMilliseconds} ${WITHOUT_COMPILING}`,
    types,
    // Statements that do not need each other's results travel together: `Promise.all` is one round trip.
    pipeline: true,
    Client: CalmClient,
  };
}

export class Database {
  private readonly reader: Tx;

  private constructor(private readonly source: DataSource) {
    this.reader = statementsOn(this.pool);
  }

  private get pool(): pg.Pool {
    return (this.source.driver as unknown as { master: pg.Pool }).master;
  }

  /** How the pool is used right now; `waiting` are statements and transactions without a connection. */
  get connections(): { inUse: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { inUse: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  /** Connects as the application role. @throws when the server cannot be reached or the role may not be taken. */
  static async connect(url: string, options: DatabaseOptions = {}): Promise<Database> {
    const source = new DataSource({
      type: 'postgres',
      url,
      entities: (options.entities ?? []) as never[],
      synchronize: false,
      logging: false,
      extra: {
        max: options.poolSize ?? 20,
        connectionTimeoutMillis: CONNECT_TIMEOUT_IN_MILLISECONDS,
        ...connectionOptions(
          options.applicationName ?? 'rollcall',
          options.silentInTransactionInMilliseconds ?? SILENT_IN_TRANSACTION_IN_MILLISECONDS,
        ),
      },
    });
    await source.initialize();
    return new Database(source);
  }

  /**
   * Runs `work` in one transaction: committed when it returns, rolled back when it throws. Statements are sent in the
   * order in which they are asked for, whether or not the ones before have been answered.
   */
  transaction<T>(work: (tx: Tx, manager: EntityManager) => Promise<T>): Promise<T> {
    return this.source.transaction(async (manager) =>
      work(await statementsOf(manager.queryRunner!), manager),
    );
  }

  /**
   * One transaction in as few round trips as it can be: it is begun together with the first statement of `work`, and
   * committed together with the last ones, which `work` sends without waiting for them.
   * @returns what `work` returned as `result`, when everything is committed. Rolled back when `work`, or one of its
   * last statements, fails: PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK.
   * @param behind asks for what is carried out right behind it, in transactions of its own and whatever became of this one.
   */
  async flowing<T>(
    work: (tx: Tx) => Promise<{ result: T; last: Promise<unknown>[] }>,
    behind?: (tx: Tx) => Promise<unknown>,
  ): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      const connection = (await runner.connect()) as pg.ClientBase;
      const begun = connection.query('begin');
      begun.catch(() => undefined); // the first statement of the work fails for the same reason, and is waited for
      let closed = false;
      try {
        const { result, last } = await work(statementsOn(connection, () => closed));
        closed = true;
        const committed = connection.query('commit');
        const after = behind ? [behind(statementsOn(connection))] : [];
        const answers = [begun, ...last, committed, ...after];
        // Whatever becomes of them: the connection is somebody else's only when the last one is answered.
        await Promise.allSettled(answers);
        await Promise.all(answers);
        return result;
      } catch (error) {
        await connection.query('rollback').catch(() => undefined);
        throw error;
      }
    } finally {
      await runner.release();
    }
  }

  /** One statement in a transaction of its own, on whichever connection is free. */
  rows<Row>(sql: string | Statement, values: unknown[] = []): Promise<Row[]> {
    return this.reader.rows(sql, values);
  }

  /**
   * Statements on one connection, each in a transaction of its own, carried out in the order in which they are asked for:
   * those that are asked for together are one round trip. One that fails does not keep the next from being carried out.
   */
  async inOrder<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const connection = await this.pool.connect();
    const asked: Promise<unknown>[] = [];
    const tx = statementsOn(connection);
    try {
      return await work({
        rows: <Row>(sql: string | Statement, values?: unknown[]) => {
          const answered = tx.rows<Row>(sql, values);
          asked.push(answered);
          return answered;
        },
      });
    } finally {
      await Promise.allSettled(asked);
      connection.release();
    }
  }

  /** Long reads of one moment; see `pictureOn`. Nothing is held before the first part is asked for. */
  async *picture<T>(read: (tx: Tx) => AsyncGenerator<T>, limits: PictureLimits): AsyncGenerator<T> {
    const connection = await this.pool.connect();
    yield* pictureOn(connection, { tx: statementsOn(connection), read, limits });
  }

  repository<E extends ObjectLiteral>(entity: EntityTarget<E>): Repository<E> {
    return this.source.getRepository(entity);
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }
}

/** Statements on the connection that TypeORM has taken for its transaction. */
async function statementsOf(runner: QueryRunner): Promise<Tx> {
  return statementsOn((await runner.connect()) as pg.ClientBase);
}

function statementsOn(connection: Pick<pg.ClientBase, 'query'>, isClosed = () => false): Tx {
  return {
    rows: async <Row>(sql: string | Statement, values: unknown[] = []) => {
      // It would be carried out behind the COMMIT, in no transaction at all.
      if (isClosed()) throw new Error('a statement was asked for after its transaction was committed');
      const { rows } = await connection.query(
        typeof sql === 'string' ? { text: sql, values } : { name: sql.name, text: sql.text, values },
      );
      return rows as Row[];
    },
  };
}
