import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../dist/', import.meta.url);
const MAIN = fileURLToPath(new URL('apps/cli/src/main.js', ROOT));
const PORT = await freePort();

/**
 * A hub and a worker as in production, a process each, on an embedded PostgreSQL (full durability) in a folder that is
 * removed afterwards, with the queue in PostgreSQL and one directory.
 */
export async function ownHub({ worker, hubOptions = [] }) {
  const { migrate, startEmbeddedPostgres } = await import(new URL('libs/runtime/src/index.js', ROOT));
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bench-'));
  await chmod(folder, 0o711); // as root, another account runs the database and must be able to pass through
  const log = { debug() {}, info() {}, warn: console.error, error: console.error };
  const database = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), log });
  const apiKey = `sk_${randomBytes(24).toString('hex')}`;
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    PORT,
    ROLLCALL_API_KEY: apiKey,
    ROLLCALL_SECRET_KEY: randomBytes(32).toString('base64'),
    ROLLCALL_ALLOWED_PRIVATE_NETWORKS: '127.0.0.0/8',
    // What is measured is the work, not the limits.
    ROLLCALL_SCIM_RATE_PER_TOKEN: '0',
    ROLLCALL_SCIM_RATE_PER_DIRECTORY: '0',
  };
  const programs = [];
  const stop = async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await migrate(database.url);
    const pids = {};
    for (const verb of worker ? ['hub', 'worker'] : ['hub']) {
      const program = await listening(verb, env, verb === 'hub' ? hubOptions : []);
      programs.push(program);
      pids[verb] = program.pid;
    }
    const ask = async (method, path, body) => {
      const headers = {
        authorization: `Bearer ${apiKey}`,
        ...(body && { 'content-type': 'application/json' }),
      };
      const answer = await fetch(`http://127.0.0.1:${PORT}${path}`, {
        method,
        headers,
        body: body && JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return answer.status === 204 ? undefined : answer.json();
    };
    const post = (path, body) => ask('POST', path, body);
    const patch = (path, body) => ask('PATCH', path, body);
    const get = (path) => ask('GET', path);
    const remove = (path) => ask('DELETE', path);
    const directory = async () => {
      const organization = await post('/organizations', { name: 'Bench' });
      const { scim } = await post('/directories', { organization_id: organization.id, name: 'Bench' });
      return { organizationId: organization.id, url: scim.base_url, token: scim.bearer_token };
    };
    const startWorker = async (nodeOptions = []) => {
      const program = await listening('worker', env, nodeOptions);
      programs.push(program);
      pids.worker = program.pid;
      return program;
    };
    const databaseUrl = database.url;
    const asked = { host: `http://127.0.0.1:${PORT}`, key: apiKey };
    return {
      asked,
      ...(await directory()),
      origin: `http://127.0.0.1:${PORT}`,
      apiKey,
      get,
      post,
      patch,
      remove,
      directory,
      startWorker,
      databaseUrl,
      pids,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function listening(verb, env, nodeOptions = []) {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'inherit', ...(nodeOptions.length > 0 ? ['ipc'] : [])];
    const program = spawn(process.execPath, [...nodeOptions, MAIN, verb], { env, stdio });
    const ended = new Promise((done) => program.once('exit', done));
    let said = '';
    program.stdout.on('data', (text) => {
      if (said === undefined) return; // one line per request follows; they are read and forgotten
      said += text;
      if (!said.includes('listening')) return;
      said = undefined;
      resolve({ program, pid: program.pid, stop: () => (program.kill('SIGINT'), ended) });
    });
    void ended.then((code) => reject(new Error(`the ${verb} ended (${code}) before it listened:\n${said}`)));
  });
}

/** Of this machine, so that two benchmarks, or one beside a running hub, do not meet. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(String(port)));
    });
  });
}
