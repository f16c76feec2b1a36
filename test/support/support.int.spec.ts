import { describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import {
  describeWithRedis,
  emptyDatabase,
  eventually,
  freshDatabase,
  runProgram,
  Sink,
  startRedis,
} from './index.js';

jest.setTimeout(60_000);

describe('a fresh database', () => {
  it('has the schema of this release, and is nobody else’s', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
    expect(one.url).not.toBe(other.url);
    const applied = 'select count(*)::int as count from migration';
    const [before] = await rows<{ count: number }>(one.url, applied);
    expect(before?.count).toBeGreaterThan(0);
    await rows(one.url, 'delete from migration');
    expect(await rows(other.url, applied)).toEqual([before]);
    await Promise.all([one.drop(), other.drop()]);
    await expect(rows(one.url, applied)).rejects.toThrow(/does not exist/);
  });

  it('is dropped even while somebody is connected', async () => {
    const database = await emptyDatabase();
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    await database.drop();
    await expect(rows(database.url, 'select')).rejects.toThrow(/does not exist/);
  });
});

describe('the sink', () => {
  it('keeps what it receives and answers as it is told', async () => {
    const sink = await Sink.open();
    sink.answers((_request, index) => (index === 0 ? { status: 503, body: 'later' } : { hangUp: true }));
    const first = await fetch(`${sink.url}/hook?a=1`, { method: 'POST', body: '{"b":2}' });
    expect([first.status, await first.text()]).toEqual([503, 'later']);
    await expect(fetch(sink.url)).rejects.toThrow();
    const [received] = await sink.receives(2);
    expect([received?.method, received?.path, received?.body.toString()]).toEqual([
      'POST',
      '/hook?a=1',
      '{"b":2}',
    ]);
    await expect(sink.receives(3, { withinInSeconds: 0.1 })).rejects.toThrow('received 2 of 3');
    await sink.close();
  });
});

describe('eventually', () => {
  it('fails with the last error when time is up', async () => {
    let tries = 0;
    const check = (): never => {
      throw new Error(`try ${++tries}`);
    };
    await expect(eventually(check, { withinInSeconds: 0.1 })).rejects.toThrow(/^try [2-9]/);
  });
});

describe('a program', () => {
  it('that ends before it listens says what it said', async () => {
    const program = runProgram('no-such-verb');
    await expect(program.ready).rejects.toThrow(/no-such-verb/);
    expect((await program.ended).code).not.toBe(0);
  });
});

describeWithRedis('a Redis of its own', () => {
  it('goes away, and comes back empty at the same address', async () => {
    const server = await startRedis();
    await ask(server.url, (redis) => redis.set('a', '1'));
    await server.goAway();
    await expect(ask(server.url, (redis) => redis.ping())).rejects.toThrow();
    await server.comeBack();
    expect(await ask(server.url, (redis) => redis.get('a'))).toBeNull();
    await server.stop();
  });
});

async function rows<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function ask<Result>(url: string, question: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, disconnectTimeout: 50 });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
