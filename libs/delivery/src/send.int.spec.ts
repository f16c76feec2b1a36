import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AddressGuard } from './address-guard.js';
import { HttpSender, type Exchange } from './send.js';

const DEADLINE_IN_MILLISECONDS = 700;

let sender: HttpSender;
let server: Server | undefined;
const sockets = new Set<Socket>();

beforeAll(() => {
  sender = new HttpSender({
    guard: new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] }),
    version: '1.2.3',
    deadlineInMilliseconds: DEADLINE_IN_MILLISECONDS,
  });
});

afterAll(() => sender.close());

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
  server = undefined;
});

/** A server that does what it likes with a connection once a request has begun to arrive. */
async function stranger(behave: (socket: Socket, request: string) => void): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => behave(socket, chunk.toString()));
  });
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

async function sent(url: string): Promise<{ exchange: Exchange; tookInMilliseconds: number }> {
  const start = performance.now();
  const exchange = await sender.send({ method: 'POST', url, headers: { 'x-mine': 'yes' }, body: '{"a":1}' });
  return { exchange, tookInMilliseconds: performance.now() - start };
}

const answered = (head: string, body = ''): string =>
  `HTTP/1.1 ${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

describe('sending to a stranger', () => {
  it('brings back the status, the headers and the beginning of the answer', async () => {
    let seen = '';
    const url = await stranger((socket, request) => {
      seen += request;
      socket.write(answered('201 Created\r\nX-Theirs: hello', 'thank you'));
    });
    const { exchange } = await sent(url);
    expect(exchange).toMatchObject({
      kind: 'answered',
      answer: { status: 201, headers: { 'x-theirs': 'hello' }, excerpt: 'thank you', at: expect.any(Date) },
    });
    expect(seen).toMatch(/^POST \/hook HTTP\/1\.1/);
    expect(seen).toContain('user-agent: Rollcall/1.2.3');
    expect(seen).toContain('x-mine: yes');
    expect(seen).toContain('{"a":1}');
  });

  it('does not wait for one that never answers', async () => {
    const url = await stranger(() => {});
    const { exchange, tookInMilliseconds } = await sent(url);
    expect(exchange).toEqual({ kind: 'unreachable', reason: 'no complete answer within 0.7 seconds' });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS + 500);
  });

  it('does not wait for one that drips its headers', async () => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x-drop: 1\r\n'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    expect((await sent(url)).exchange.kind).toBe('unreachable');
  });

  it('takes the status of one that drips its body, and lets go of it at the deadline', async () => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const { exchange, tookInMilliseconds } = await sent(url);
    expect(exchange).toMatchObject({ kind: 'answered', answer: { status: 200 } });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS + 500);
  });

  it('reads little of an answer of 100 MB, and hangs up', async () => {
    let written = 0;
    let closed = false;
    const megabyte = 'x'.repeat(1_048_576);
    const url = await stranger((socket) => {
      socket.on('close', () => (closed = true));
      socket.write(`HTTP/1.1 500 Oops\r\ncontent-length: ${100 * megabyte.length}\r\n\r\n`);
      const more = (): void => {
        while (!socket.destroyed && written < 100) {
          written += 1;
          if (!socket.write(megabyte)) return void socket.once('drain', more);
        }
      };
      more();
    });
    const { exchange } = await sent(url);
    expect(exchange).toMatchObject({ kind: 'answered', answer: { status: 500, excerpt: 'x'.repeat(2_048) } });
    await new Promise((done) => setTimeout(done, 50));
    expect(closed).toBe(true);
    expect(written).toBeLessThan(50);
  });

  it('takes the status of one that breaks off in the middle of its answer', async () => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf', () => socket.destroy());
    });
    expect((await sent(url)).exchange).toMatchObject({ kind: 'answered', answer: { status: 200 } });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['hangs up', (socket) => socket.end()],
    ['does not speak HTTP', (socket) => socket.write('220 mail.example.com ESMTP\r\n')],
  ])('calls one that %s unreachable', async (_, behave) => {
    const url = await stranger(behave);
    const { exchange } = await sent(url);
    expect(exchange).toMatchObject({ kind: 'unreachable', reason: expect.stringMatching(/./) });
  });

  it('calls a closed port unreachable', async () => {
    const url = await stranger(() => {});
    await new Promise((done) => server!.close(done));
    server = undefined;
    expect((await sent(url)).exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('does not follow a redirect', async () => {
    let requests = 0;
    const url = await stranger((socket) => {
      requests += 1;
      socket.write(answered('302 Found\r\nlocation: http://127.0.0.1:1/elsewhere'));
    });
    expect((await sent(url)).exchange).toMatchObject({ kind: 'answered', answer: { status: 302 } });
    expect(requests).toBe(1);
  });

  it.each([
    'http://10.0.0.1/',
    'http://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'http://93.184.216.34/',
    'http://2130706433.nip.invalid/',
  ])('does not connect to %s', async (url) => {
    expect((await sent(url)).exchange.kind).toBe('unreachable');
  });

  it('does not connect where a name leads that was resolved to a forbidden address', async () => {
    const url = new URL(await stranger((socket) => socket.write(answered('200 OK'))));
    const strict = new HttpSender({
      guard: new AddressGuard({ resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) }),
      version: 'test',
    });
    url.hostname = 'rebound.example.com';
    const exchange = await strict.send({ method: 'POST', url: url.href, headers: {}, body: '' });
    expect(exchange).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('127.0.0.1') });
    await strict.close();
  });
});
