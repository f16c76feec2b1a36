/** The example under `examples/small-saas`, installed and set up as its README says, on a database of its own. */
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { emptyDatabase, type FreshDatabase } from './database.js';
import { freePort } from './free-port.js';
import type { TestHub } from './hub.js';
import { installedClient } from './installed-client.js';
import { runScript, type RunningProgram } from './program.js';

const run = promisify(execFile);

export class ExampleApp {
  readonly rows: pg.Pool;
  private program: RunningProgram | undefined;

  private constructor(
    private readonly folder: string,
    private readonly database: FreshDatabase,
    private readonly env: Record<string, string>,
  ) {
    this.rows = new pg.Pool({ connectionString: database.url, max: 2 });
  }

  /** Tells the hub of it; it is started by `start`. */
  static async setUp(hub: TestHub): Promise<ExampleApp> {
    const { folder } = await installedClient(['pg']);
    await cp(join('examples', 'small-saas'), folder, {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
    const port = await freePort();
    const told = { ROLLCALL_URL: hub.url, ROLLCALL_API_KEY: hub.apiKey };
    const { stdout } = await run(process.execPath, [join(folder, 'set-up.mjs')], {
      env: { ...told, APP_URL: `http://127.0.0.1:${port}` },
    });
    const lines = stdout.trim().split('\n');
    const printed = Object.fromEntries(
      lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const database = await emptyDatabase();
    // Under the same name it goes on at once when it was killed, and does not wait for its own lease.
    const own = { DATABASE_URL: database.url, PORT: String(port), INSTANCE: 'the-only-one' };
    return new ExampleApp(folder, database, { ...told, ...printed, ...own });
  }

  async start(): Promise<void> {
    this.program = runScript(join(this.folder, 'app.mjs'), this.env);
    await this.program.ready;
  }

  /** As its README says: administrators are who is in this group. */
  async mapRoles(organizationId: string, group: string): Promise<void> {
    await run(process.execPath, [join(this.folder, 'map-roles.mjs'), organizationId, group], {
      env: this.env,
    });
  }

  async kill9(): Promise<void> {
    await this.program?.kill9();
  }

  output(): string {
    return this.program?.output() ?? '';
  }

  async ask(
    method: string,
    path: string,
    more: RequestInit = {},
  ): Promise<{ status: number; body: { [name: string]: unknown } }> {
    const response = await fetch(`http://127.0.0.1:${this.env['PORT']}${path}`, { method, ...more });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as { [name: string]: unknown }),
    };
  }

  /** @returns the session; undefined where somebody may not sign in. */
  async signIn(email: string): Promise<string | undefined> {
    const { body } = await this.ask('POST', '/sign_in', { body: JSON.stringify({ email }) });
    return body['session'] as string | undefined;
  }

  me(session: string): Promise<{ status: number; body: { [name: string]: unknown } }> {
    return this.ask('GET', '/me', { headers: { authorization: `Bearer ${session}` } });
  }

  /** What it did, in that order. */
  async activity(): Promise<string[]> {
    const { rows } = await this.rows.query<{ event_id: string }>(
      'select event_id from activity order by place',
    );
    return rows.map(({ event_id }) => event_id);
  }

  async close(): Promise<void> {
    await this.program?.stop();
    await this.rows.end();
    await this.database.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
