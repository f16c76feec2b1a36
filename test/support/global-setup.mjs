/**
 * Before int and e2e tests: builds the programs that e2e tests run, and gives the run a database server.
 * With DATABASE_URL that server is used (its role must be allowed to create databases); else one is started for the
 * run. Every database made carries the run's name, and only those are dropped at the end.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../apps/cli/launcher/build.mjs';

export default async function setUp() {
  await ensureBuilt({ quiet: true });
  process.env.ROLLCALL_TEST_RUN = `rollcall_test_${randomBytes(5).toString('hex')}`;
  const given = process.env.ROLLCALL_TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  if (given) {
    process.env.ROLLCALL_TEST_DATABASE_URL = given;
    return;
  }
  const { startEmbeddedPostgres } = await import('../../dist/libs/runtime/src/index.js');
  const dataDir = await mkdtemp(join(tmpdir(), 'rollcall-test-'));
  // As root, another account runs the server and must be able to pass through.
  await chmod(dataDir, 0o711);
  const say = () => {};
  const log = { debug: say, info: say, warn: console.error, error: console.error };
  const server = await startEmbeddedPostgres({ dataDir, log });
  process.env.ROLLCALL_TEST_DATABASE_URL = server.url;
  const stop = async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  globalThis.stopTestServer = stop;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])
    process.once(signal, () => void stop().finally(() => process.exit(code)));
}
