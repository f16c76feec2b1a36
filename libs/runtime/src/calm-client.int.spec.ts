import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Database } from './database.js';
import { Queues } from './queues.js';

/** Messages of PostgreSQL's protocol, version 3: a letter, the length, the content. */
function message(letter: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5, letter);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}
const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const FIELDS = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
const STOPPING = message('E', Buffer.from(FIELDS));

describe('a server that lets somebody in and stops, all in one packet', () => {
  let server: Server;

  async function start(): Promise<string> {
    server = createServer((socket: Socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATION_OK, READY, STOPPING])));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return `postgresql://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/nothing`;
  }

  /** What nobody listens to: it would have ended the program. */
  async function unheard(work: () => Promise<unknown>): Promise<unknown[]> {
    const { emit } = pg.Client.prototype;
    const found: unknown[] = [];
    pg.Client.prototype.emit = function (this: pg.Client, name: string, ...rest: unknown[]) {
      if (name !== 'error' || this.listenerCount('error') > 0) return emit.call(this, name, ...rest);
      return found.push(rest[0]) > 0;
    } as typeof emit;
    try {
      await work();
    } finally {
      pg.Client.prototype.emit = emit;
    }
    return found;
  }

  afterEach(() => new Promise<void>((closed) => void server.close(() => closed())));

  it('ends a program that has a plain pool: that is what this is about', async () => {
    const pool = new pg.Pool({ connectionString: await start() });
    expect(await unheard(async () => (await pool.connect()).release(true))).toHaveLength(1);
    await pool.end();
  });

  it('is an error for whoever asks something, and ends no program', async () => {
    const url = await start();
    expect(
      await unheard(() => expect(Database.connect(url)).rejects.toThrow(/terminat|connection error/)),
    ).toEqual([]);
  });

  it('does not end a program whose queues it had either', async () => {
    const url = await start();
    const queues = new Queues({ databaseUrl: url, onError: () => {} });
    const put = queues.queue('tickets').put('a', {});
    expect(await unheard(() => expect(put).rejects.toThrow())).toEqual([]);
    await queues.close();
  });
});
