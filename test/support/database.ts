/** A database of its own for each test file: migrated once per run, then copied from that template in milliseconds. */
import { randomBytes } from 'node:crypto';
import { migrate } from '@app/runtime';
import pg from 'pg';

export interface FreshDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Any number would do; the workers of one run take turns by it. */
const TEMPLATE_LOCK = 5_417_303_117;

/** An empty database of this release's schema. What is not dropped is dropped at the end of the run. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `${runPrefix()}_${randomBytes(6).toString('hex')}`;
  await onServer(async (server) => {
    await ensureTemplate(server);
    await server.query(`create database ${name} template ${templateName()}`);
  });
  return {
    url: urlOf(name),
    drop: () =>
      onServer(async (server) => void (await server.query(`drop database if exists ${name} with (force)`))),
  };
}

/** A database without any table, for tests of the migrations themselves. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const name = `${runPrefix()}_${randomBytes(6).toString('hex')}`;
  await onServer(async (server) => void (await server.query(`create database ${name}`)));
  return {
    url: urlOf(name),
    drop: () =>
      onServer(async (server) => void (await server.query(`drop database if exists ${name} with (force)`))),
  };
}

async function ensureTemplate(server: pg.Client): Promise<void> {
  await server.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await server.query('select from pg_database where datname = $1', [templateName()]);
    if (rowCount) return;
    // The template gets its name when it is complete, so a worker that died half-way left nothing that is taken for it.
    const unfinished = `${templateName()}_unfinished`;
    await server.query(`drop database if exists ${unfinished} with (force)`);
    await server.query(`create database ${unfinished}`);
    await migrate(urlOf(unfinished));
    await server.query(`alter database ${unfinished} rename to ${templateName()}`);
  } finally {
    await server.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function onServer(work: (server: pg.Client) => Promise<void>): Promise<void> {
  const server = new pg.Client({ connectionString: serverUrl() });
  await server.connect();
  try {
    await work(server);
  } finally {
    await server.end();
  }
}

function templateName(): string {
  return `${runPrefix()}_template`;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function serverUrl(): string {
  return given('ROLLCALL_TEST_DATABASE_URL');
}

function runPrefix(): string {
  return given('ROLLCALL_TEST_RUN');
}

function given(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is missing: a test that needs a database is called *.int.spec.ts or *.e2e.spec.ts`,
    );
  return value;
}
