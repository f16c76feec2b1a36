/** A real PostgreSQL of the run's own, to be stopped, crashed and started again at the same address. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { migrate, programLogin, startEmbeddedPostgres, type EmbeddedPostgres } from '@app/runtime';
import pg from 'pg';
import { freePort } from '../support/free-port.js';

const silence = (): void => {};

export class ChaosDatabase {
  private constructor(
    private readonly folder: string,
    private server: EmbeddedPostgres,
    /** For programs: the application's rights and no others. */
    readonly programsUrl: string,
  ) {}

  static async start(): Promise<ChaosDatabase> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-chaos-'));
    // As root, another account runs the database and must be able to pass through.
    await chmod(folder, 0o711);
    const server = await startIn(folder, await freePort());
    await migrate(server.url);
    return new ChaosDatabase(folder, server, await programLogin(server.url));
  }

  /**
   * @param how fast: sessions are ended and everything is written down (SIGINT). crash: neither; what was committed is found
   * in the write-ahead log when it starts again (SIGQUIT).
   */
  async restart(how: 'fast' | 'crash', awayInMilliseconds: number): Promise<void> {
    const { port } = this.server;
    if (how === 'crash') process.kill(await this.postmaster(), 'SIGQUIT');
    await this.server.stop();
    await pause(awayInMilliseconds);
    this.server = await startIn(this.folder, port);
  }

  /** As its owner, on a connection of its own: the one before may have gone with the server. */
  async rows<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.server.url });
    client.on('error', silence);
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end().catch(silence);
    }
  }

  async end(): Promise<void> {
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private async postmaster(): Promise<number> {
    const file = join(this.folder, 'data', 'postgres', 'cluster', 'postmaster.pid');
    return Number((await readFile(file, 'utf8')).split('\n')[0]);
  }
}

function startIn(folder: string, port: number): Promise<EmbeddedPostgres> {
  // It ends unasked when it is crashed; whoever crashes it knows.
  const log = { debug: silence, info: silence, warn: silence, error: silence };
  return startEmbeddedPostgres({ dataDir: join(folder, 'data'), port, log });
}
