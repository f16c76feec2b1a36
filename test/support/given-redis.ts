/**
 * Where there is no redis-server to start, the Redis of REDIS_URL serves: in a database of it that is empty, is marked as
 * ours, and is emptied at the end. It is reached through a door that can be shut, since it is not ours to stop.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';
import type { TestRedis } from './redis.js';

const DATABASES = 16;
const MARK = 'rollcall-test';

export async function borrowRedis(given: string): Promise<TestRedis> {
  const target = new URL(given);
  if (target.protocol !== 'redis:')
    throw new Error('tests can use a REDIS_URL that starts with redis:// only');
  const { client, database } = await emptyDatabaseOf(given);
  const door = new Door({ host: target.hostname, port: Number(target.port || 6379) }, await freePort());
  await door.open();
  // The mark stays: it says that the database is ours.
  const empty = (): Promise<unknown> => client.multi().flushdb().set(MARK, '1').exec();
  const url = new URL(given);
  url.host = `127.0.0.1:${door.port}`;
  url.pathname = `/${database}`;
  return {
    url: url.href,
    goAway: () => door.shut(),
    comeBack: async () => {
      await empty();
      await door.open();
    },
    flush: async () => void (await empty()),
    stop: async () => {
      await door.shut();
      await client.flushdb();
      client.disconnect();
    },
  };
}

/** Marks it with one command that fails where somebody else was quicker; what holds anything is left alone. */
async function emptyDatabaseOf(url: string): Promise<{ client: Redis; database: number }> {
  for (let database = 1; database < DATABASES; database += 1) {
    const client = new Redis(url, { db: database, disconnectTimeout: 50 });
    const free = (await client.dbsize()) === 0 && (await client.set(MARK, '1', 'NX')) === 'OK';
    if (free) return { client, database };
    client.disconnect();
  }
  throw new Error('the Redis of REDIS_URL has no empty database that the tests could use');
}

class Door {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly target: { host: string; port: number },
    readonly port: number,
  ) {}

  open(): Promise<void> {
    this.server = createServer((socket) => this.lead(socket));
    return new Promise((resolve, reject) => {
      this.server!.once('error', reject).listen(this.port, '127.0.0.1', resolve);
    });
  }

  async shut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    for (const socket of this.sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private lead(socket: Socket): void {
    const onward = connect(this.target);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
