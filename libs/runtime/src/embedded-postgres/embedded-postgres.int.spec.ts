import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../../../../test/support/index.js';
import { birthOf } from '../processes.js';
import { FolderInUse } from './data-lock.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start.js';

jest.setTimeout(60_000);

// One folder for all tests: what one leaves behind is what the next one must start from.
let parent: string;
let dataDir: string;
/** What must survive, by another name in each test. */
let table: string;
const running: EmbeddedPostgres[] = [];
const starters: ChildProcess[] = [];
const said: { event: string; fields: unknown }[] = [];
const say = (event: string, fields?: unknown): void => void said.push({ event, fields });
const log = { debug: () => {}, info: say, warn: say, error: say };

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'rollcall-embedded-'));
  await chmod(parent, 0o711);
  dataDir = join(parent, 'data');
});

beforeEach(() => {
  said.length = 0;
  table = `kept_${randomBytes(4).toString('hex')}`;
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  for (const starter of starters.splice(0)) starter.kill('SIGKILL');
  await eventually(() => expect(serverLives()).toBe(false));
});

afterAll(() => rm(parent, { recursive: true, force: true }));

describe('the embedded PostgreSQL', () => {
  it('is version 18, speaks UTF-8, is durable, and asks for a password', async () => {
    const { url, port } = await start();
    const [settings] = await rows(
      url,
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_encoding') as encoding,
              current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('listen_addresses') as listens, current_database() as database, upper('é') as upper`,
    );
    expect(settings).toEqual({
      version: 18,
      encoding: 'UTF8',
      fsync: 'on',
      commit: 'on',
      listens: '127.0.0.1',
      database: 'rollcall',
      upper: 'É',
    });
    await expect(rows(`postgresql://postgres:wrong@127.0.0.1:${port}/rollcall`, 'select 1')).rejects.toThrow(
      /password/,
    );
    expect((await stat(join(dataDir, 'postgres.json'))).mode & 0o777).toBe(0o600);
  });

  it('keeps its data, its password and its port over a restart', async () => {
    const first = await start();
    await rows(first.url, `create table ${table} as select 42 as answer`);
    await stop(first);
    expect(serverLives()).toBe(false);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await rows(second.url, `select answer from ${table}`)).toEqual([{ answer: 42 }]);
  });

  it('takes another port when the last one has been taken', async () => {
    const first = await start();
    await stop(first);
    const other = await startElsewhere(first.port);
    const second = await start();
    expect(second.port).not.toBe(first.port);
    await stop(other);
  });

  it('does not run twice in one folder, and says who has it', async () => {
    await start();
    await expect(start()).rejects.toThrow(new FolderInUse(await realDataDir(), process.pid).message);
  });

  it('says so when it ends by itself', async () => {
    const reasons: Error[] = [];
    await start({ onUnexpectedEnd: (reason) => reasons.push(reason) });
    process.kill(serverPid(), 'SIGTERM');
    await eventually(() => expect(reasons).toHaveLength(1));
    expect(said).toContainEqual({ event: 'database ended', fields: { error: reasons[0] } });
  });
});

/** Until it is gone the folder is its own. */
async function ended(starter: ChildProcess): Promise<void> {
  const gone = new Promise((done) => starter.once('exit', done));
  starter.kill('SIGKILL');
  await gone;
}

describe('when its starter is killed', () => {
  it('the database stops within seconds, and the next start finds everything that was committed', async () => {
    const { starter, url } = await startInAnotherProcess();
    await rows(url, `create table ${table} as select 42 as answer`);
    const pid = serverPid();
    starter.kill('SIGKILL');
    await eventually(() => expect(birthOf(pid)).toBeUndefined(), { withinInSeconds: 10 });
    const second = await start();
    expect(await rows(second.url, `select answer from ${table}`)).toEqual([{ answer: 42 }]);
  });

  it('a start at the same moment waits for the old database to be gone', async () => {
    const { starter, url } = await startInAnotherProcess();
    await rows(url, `create table ${table} as select 42 as answer`);
    await ended(starter);
    const second = await start();
    expect(await rows(second.url, `select answer from ${table}`)).toEqual([{ answer: 42 }]);
  });

  it('the database stops even when its guardian was killed first', async () => {
    const { starter } = await startInAnotherProcess();
    const pid = serverPid();
    process.kill(guardianOf(pid), 'SIGKILL');
    starter.kill('SIGKILL');
    await eventually(() => expect(birthOf(pid)).toBeUndefined(), { withinInSeconds: 10 });
  });

  it('the database recovers when it was killed as well', async () => {
    const { starter, url } = await startInAnotherProcess();
    await rows(url, `create table ${table} as select 42 as answer`);
    process.kill(serverPid(), 'SIGKILL');
    await ended(starter);
    const second = await start();
    expect(await rows(second.url, `select answer from ${table}`)).toEqual([{ answer: 42 }]);
  });

  it('Ctrl-C does not reach the database', async () => {
    const { starter, url } = await startInAnotherProcess();
    // The starter leads a group of its own, as a terminal's foreground program does.
    process.kill(-(starter.pid ?? 0), 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await rows(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('what an earlier run left', () => {
  it('is no hindrance: a process id that another program has by now', async () => {
    await stop(await start());
    const stranger = spawn('sleep', ['60']);
    await writeFile(pidFile(), `${stranger.pid}\n${join(dataDir, 'postgres', 'cluster')}\n1\n1\n\n\n`);
    await start();
    expect(stranger.kill('SIGKILL')).toBe(true);
  });

  it('is no hindrance: a lock whose process id another program has by now', async () => {
    await stop(await start());
    await writeFile(join(dataDir, 'lock'), JSON.stringify({ pid: process.pid, birth: 'of somebody else' }));
    await start();
  });

  it('is no hindrance: a first start that was killed half-way', async () => {
    await stop(await start());
    const home = join(dataDir, 'postgres');
    await rename(join(home, 'cluster'), join(home, 'cluster.unfinished'));
    await start();
    expect(said).toContainEqual({ event: 'database made', fields: { folder: home } });
  });

  it('is told when it comes from another version', async () => {
    await stop(await start());
    const version = join(dataDir, 'postgres', 'cluster', 'PG_VERSION');
    await writeFile(version, '17\n');
    await expect(start()).rejects.toThrow(/was made by PostgreSQL 17, and this release brings PostgreSQL 18/);
    await writeFile(version, '18\n');
  });
});

const describeAsRoot = process.getuid?.() === 0 ? describe : describe.skip;

describeAsRoot('started as root', () => {
  it('runs as an account without rights, which owns only its own folder', async () => {
    await start();
    const owner = (await stat(join(dataDir, 'postgres'))).uid;
    expect(owner).not.toBe(0);
    expect((await stat(dataDir)).uid).toBe(0);
    expect(readFileSync(`/proc/${serverPid()}/status`, 'utf8')).toMatch(
      new RegExp(`^Uid:\\t${owner}\\t${owner}`, 'm'),
    );
  });

  it('says which folder is closed to that account, and what to do', async () => {
    await chmod(parent, 0o700);
    await expect(start()).rejects.toThrow(
      new RegExp(`may not enter ${parent}\\. .*ROLLCALL_DATA_DIR=.* npm start.*chmod o\\+x ${parent}`),
    );
    await chmod(parent, 0o711);
  });
});

async function start(options: { onUnexpectedEnd?: (reason: Error) => void } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log, ...options });
  running.push(server);
  return server;
}

async function stop(server: EmbeddedPostgres): Promise<void> {
  running.splice(running.indexOf(server), 1);
  await server.stop();
}

async function startElsewhere(port: number): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: join(parent, 'elsewhere'), port, log });
  running.push(server);
  return server;
}

const STARTER = `
  import { startEmbeddedPostgres } from './dist/libs/runtime/src/embedded-postgres/start.js';
  process.on('SIGINT', () => {});
  const say = () => {};
  const log = { debug: say, info: say, warn: say, error: say };
  const { url } = await startEmbeddedPostgres({ dataDir: process.argv[1], log });
  console.log(url);
  setInterval(say, 1000);
`;

async function startInAnotherProcess(): Promise<{ starter: ChildProcess; url: string }> {
  const starter = spawn(process.execPath, ['--input-type=module', '-e', STARTER, dataDir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  starters.push(starter);
  const url = await new Promise<string>((resolve, reject) => {
    starter.stdout?.setEncoding('utf8').on('data', (text: string) => resolve(text.trim()));
    starter.on('exit', () => reject(new Error('the starter ended')));
  });
  return { starter, url };
}

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function pidFile(): string {
  return join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
}

function serverPid(): number {
  return Number(readFileSync(pidFile(), 'utf8').split('\n')[0]);
}

function serverLives(): boolean {
  return existsSync(pidFile()) && birthOf(serverPid()) !== undefined;
}

function guardianOf(pid: number): number {
  return Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

async function realDataDir(): Promise<string> {
  return (await readFile(pidFile(), 'utf8')).split('\n')[1]?.replace('/postgres/cluster', '') ?? '';
}
