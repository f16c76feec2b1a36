/** `npm start` on a bare machine, without npm: the program it ends in, with an empty folder and nothing else. */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, freePort, runProgram, type RunningProgram } from '../support/index.js';

describe('npm start', () => {
  let folder: string;
  let port: number;
  let programs: RunningProgram[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-start-'));
    await chmod(folder, 0o711); // as root, another account runs the database and must be able to pass through
    port = await freePort();
    programs = [];
  });

  afterEach(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  async function start(): Promise<Shown> {
    const program = runProgram('start', { ROLLCALL_DATA_DIR: join(folder, 'data'), PORT: String(port) });
    programs.push(program);
    await eventually(
      () => {
        if (!program.output().includes('Ctrl-C stops everything'))
          throw new Error(`not ready yet:\n${program.output()}`);
      },
      { withinInSeconds: 60 },
    );
    return { program, ...shownIn(program.output()) };
  }

  it('makes a directory and an API key, and shows commands that work', async () => {
    const { scim, token, apiKey, url } = await start();
    const made = await fetch(`${scim}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ userName: 'ada@example.com' }),
    });
    expect(made.status).toBe(201);
    const read = await fetch(`${url}/events?limit=100`, { headers: { authorization: `Bearer ${apiKey}` } });
    const { data } = (await read.json()) as { data: { event: string }[] };
    expect(data.map((event) => event.event)).toEqual(['dsync.activated', 'dsync.user.created']);
  }, 90_000);

  it('goes on with the same data and the same credentials at the second start', async () => {
    const first = await start();
    await fetch(`${first.scim}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${first.token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({ userName: 'ada@example.com' }),
    });
    await first.program.stop();
    const second = await start();
    expect([second.scim, second.token, second.apiKey]).toEqual([first.scim, first.token, first.apiKey]);
    expect(await totalOf(second)).toBe(1);
  }, 90_000);

  it('is walked through by the smoke test: webhook and revocation verified, everything taken away again', async () => {
    const { url, apiKey } = await start();
    const smoke = runProgram('smoke', { ROLLCALL_DATA_DIR: join(folder, 'data') });
    const { code } = await smoke.ended;
    expect({ code, said: smoke.output() }).toEqual({
      code: 0,
      said: expect.stringContaining('All of it works'),
    });
    const listed = await fetch(`${url}/webhook_endpoints`, {
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(((await listed.json()) as { data: unknown[] }).data).toEqual([]);
  }, 90_000);

  it('leaves no process behind when it is stopped', async () => {
    const { program } = await start();
    const database = await databasePid();
    expect(isAlive(database)).toBe(true);
    await program.stop();
    expect([isAlive(program.pid), isAlive(database)]).toEqual([false, false]);
  }, 90_000);

  it('takes its database with it when it is killed, and recovers at the next start', async () => {
    const first = await start();
    const database = await databasePid();
    await first.program.kill9();
    programs = [];
    await eventually(() => expect(isAlive(database)).toBe(false), { withinInSeconds: 20 });
    const second = await start();
    expect(await totalOf(second)).toBe(0);
  }, 90_000);

  it('takes the next free port when its own is taken, and says so', async () => {
    const stranger: Server = createServer();
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    try {
      const { program, url } = await start();
      expect(program.output()).toContain(`Port ${port} is taken; using `);
      expect(new URL(url).port).not.toBe(String(port));
      expect((await fetch(`${url}/health`)).status).toBe(200);
    } finally {
      stranger.close();
    }
  }, 90_000);

  async function databasePid(): Promise<number> {
    const file = await readFile(join(folder, 'data', 'postgres', 'cluster', 'postmaster.pid'), 'utf8');
    return Number(file.split('\n')[0]);
  }
});

interface Shown {
  program: RunningProgram;
  url: string;
  scim: string;
  token: string;
  apiKey: string;
}

/** What a person reads on the screen. */
function shownIn(output: string): Omit<Shown, 'program'> {
  const read = (pattern: RegExp): string => {
    const found = pattern.exec(output)?.[1];
    if (!found) throw new Error(`the welcome does not show ${String(pattern)}:\n${output}`);
    return found;
  };
  return {
    url: read(/Rollcall is ready at (\S+)/),
    scim: read(/SCIM base URL\s+(\S+)/),
    token: read(/Bearer token\s+(\S+)/),
    apiKey: read(/API key\s+(\S+)/),
  };
}

async function totalOf({ scim, token }: Shown): Promise<number> {
  const answer = await fetch(`${scim}/Users`, { headers: { authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { totalResults: number }).totalResults;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
