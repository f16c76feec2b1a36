/**
 * Before int and e2e tests: builds the programs that e2e tests run, and gives the run a database server.
 * With DATABASE_URL that server is used (its role must be allowed to create databases); else one is started for the
 * run. Every database made carries the run's name, and only those are dropped at the end.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ensureBuilt } from '../../apps/cli/launcher/build.mjs';

export default async function setUp() {
  await ensureBuilt({ quiet: true });
  process.env.ROLLCALL_TEST_RUN = `rollcall_test_${randomBytes(5).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-test-'));
  // As root, another account runs database servers in here and must be able to pass through.
  await chmod(folder, 0o711);
  // What tests leave behind, because they failed or were stopped, goes with the folder.
  process.env.TMPDIR = folder;
  const given = process.env.ROLLCALL_TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  const server = given ? await useGiven(given) : await startOwn(join(folder, 'data'));
  globalThis.endTestRun = async () => {
    await server.end();
    // A server that a test started may still be stopping.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.once(signal, () => void globalThis.endTestRun().finally(() => process.exit(code)));
}

async function startOwn(dataDir) {
  const { startEmbeddedPostgres } = await import('../../dist/libs/runtime/src/index.js');
  const say = () => {};
  const log = { debug: say, info: say, warn: console.error, error: console.error };
  const server = await startEmbeddedPostgres({ dataDir, log });
  process.env.ROLLCALL_TEST_DATABASE_URL = server.url;
  await forgetPowerCuts(server.url);
  return { end: () => server.stop() };
}

/**
 * No test of these cuts the power, and waiting for the disk at each commit is a good part of what they would wait for. (Those
 * that kill a server start one of their own.) Everybody who connects sees each commit at once, as ever.
 */
async function forgetPowerCuts(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('alter role current_user set synchronous_commit = off');
  } finally {
    await client.end();
  }
}

async function useGiven(url) {
  process.env.ROLLCALL_TEST_DATABASE_URL = url;
  return { end: () => dropDatabases(url, `${process.env.ROLLCALL_TEST_RUN}_`) };
}

async function dropDatabases(url, prefix) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [
      prefix,
    ]);
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`);
  } finally {
    await client.end();
  }
}
