import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/eventually.js';
import { AddressGuard } from './address-guard.js';
import { HttpSender, type Exchange } from './send.js';
import { accessOf } from './request/settings.js';
import { answered, stranger as openStranger, type Stranger } from './testing/strangers.js';

const DEADLINE_IN_MILLISECONDS = 700;
const MEGABYTE = 1_048_576;

let sender: HttpSender;
let server: Stranger | undefined;

beforeAll(() => {
  sender = new HttpSender({
    guard: new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] }),
    version: '1.2.3',
    deadlineInMilliseconds: DEADLINE_IN_MILLISECONDS,
  });
});

afterAll(() => sender.close());

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server that does what it likes with a connection once a request has begun to arrive. */
async function stranger(behave: (socket: Socket, request: string) => void): Promise<string> {
  server = await openStranger(behave);
  return server.url;
}

async function sent(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ exchange: Exchange; tookInMilliseconds: number }> {
  const start = performance.now();
  const access = accessOf('we_1', { headers });
  const request = { method: 'POST' as const, url, headers: { 'x-mine': 'yes' }, body: '{"a":1}' };
  const exchange = await sender.send(request, access);
  return { exchange, tookInMilliseconds: performance.now() - start };
}

describe('sending to a stranger', () => {
  it('brings back the status, the headers and the beginning of the answer', async () => {
    let seen = '';
    const url = await stranger((socket, request) => {
      seen += request;
      socket.write(answered('201 Created\r\nX-Theirs: hello', 'thank you'));
    });
    const { exchange } = await sent(`${url}?a=b`);
    expect(exchange).toMatchObject({
      kind: 'answered',
      answer: { status: 201, headers: { 'x-theirs': 'hello' }, excerpt: 'thank you', at: expect.any(Date) },
    });
    expect(seen).toMatch(/^POST \/hook\?a=b HTTP\/1\.1/);
    expect(seen).toContain('user-agent: Rollcall/1.2.3');
    expect(seen).toContain('x-mine: yes');
    expect(seen).toContain('{"a":1}');
  });

  it('carries the headers of the destination, which replace nothing of the protocol’s', async () => {
    let seen = '';
    const url = await stranger((socket, request) => {
      seen += request;
      socket.write(answered('200 OK'));
    });
    await sent(url, {
      'X-Api-Key': 'k1',
      'User-Agent': 'Mine/1',
      Authorization: 'Bearer static',
      'X-Mine': 'no',
    });
    expect(seen).toContain('x-api-key: k1\r\n');
    expect(seen).toContain('user-agent: Mine/1\r\n');
    expect(seen).toContain('authorization: Bearer static\r\n');
    expect(seen.match(/x-mine|user-agent/g)).toHaveLength(2);
    expect(seen).toContain('x-mine: yes\r\n');
  });

  it('keeps a connection for the next request', async () => {
    const url = await stranger((socket) => socket.write(answered('200 OK')));
    for (let count = 0; count < 5; count += 1) await sent(url);
    expect(server!.connections).toBe(1);
  });

  it('does not follow a redirect', async () => {
    let requests = 0;
    const url = await stranger((socket) => {
      requests += 1;
      socket.write(answered('302 Found\r\nlocation: http://169.254.169.254/latest/meta-data'));
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

  it('does not connect to a port that the operator did not allow', async () => {
    expect((await sent('http://127.0.0.1:22/')).exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('ROLLCALL_ALLOWED_PORTS'),
    });
  });
});

it("does not write a request that is somebody else's by the time there is a connection", async () => {
  const seen: string[] = [];
  const url = await stranger((socket, request) => {
    seen.push(request);
    socket.write(answered('200 OK', ''));
  });
  const request = { method: 'POST' as const, url, headers: {}, body: '{"late":true}' };
  const late = await sender.send(request, undefined, () => false);
  expect(late).toEqual({
    kind: 'unreachable',
    reason: 'another process may have taken over: the endpoint was not asked',
    ours: true,
  });
  const next = await sender.send({ ...request, body: '{"late":false}' }, undefined, () => true);
  expect(next).toMatchObject({ answer: { status: 200 } });
  expect(seen.join()).toContain('{"late":false}');
  expect(seen.join()).not.toContain('{"late":true}');
});

describe('a hostile receiver', () => {
  it('is not waited for when it never answers', async () => {
    const url = await stranger(() => {});
    const { exchange, tookInMilliseconds } = await sent(url);
    expect(exchange).toEqual({
      kind: 'unreachable',
      reason: `connected to 127.0.0.1:${server!.port}, but no answer came within 0.7 seconds`,
    });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS + 500);
  });

  it('is not waited for when it drips its headers', async () => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const drip = setInterval(() => socket.write('x-drop: 1\r\n'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const { exchange, tookInMilliseconds } = await sent(url);
    expect(exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('no answer came'),
    });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS + 500);
  });

  it('is taken at its status when it drips its body, and let go of at the deadline', async () => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write('.'), 50);
      socket.on('close', () => clearInterval(drip));
    });
    const { exchange, tookInMilliseconds } = await sent(url);
    expect(exchange).toMatchObject({
      kind: 'answered',
      answer: { status: 200, excerpt: expect.stringMatching(/^\.+$/) },
    });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS + 500);
    await eventually(() => expect(server!.sockets.size).toBe(0));
    expect(server!.connections).toBe(1);
  });

  it('is read little of when it sends 100 MB, and hung up on', async () => {
    let written = 0;
    const megabyte = 'x'.repeat(MEGABYTE);
    const url = await stranger((socket) => {
      socket.write(`HTTP/1.1 500 Oops\r\ncontent-length: ${100 * MEGABYTE}\r\n\r\n`);
      const more = (): void => {
        while (!socket.destroyed && written < 100) {
          written += 1;
          if (!socket.write(megabyte)) return void socket.once('drain', more);
        }
      };
      more();
    });
    const before = process.memoryUsage();
    const { exchange } = await sent(url);
    expect(exchange).toMatchObject({ kind: 'answered', answer: { status: 500, excerpt: 'x'.repeat(2_048) } });
    await eventually(() => expect(server!.sockets.size).toBe(0));
    expect(written).toBeLessThan(50);
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * MEGABYTE);
  });

  it('is read little of when its body has no announced end', async () => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = (): boolean =>
        !socket.destroyed && socket.write(`1000\r\n${'y'.repeat(4_096)}\r\n`) && more();
      socket.on('drain', more);
      more();
    });
    const { exchange, tookInMilliseconds } = await sent(url);
    expect(exchange).toMatchObject({ answer: { status: 200, excerpt: 'y'.repeat(2_048) } });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS);
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['breaks off', (socket) => socket.destroy()],
    ['resets the connection', (socket) => socket.resetAndDestroy()],
  ])('is taken at its status when it %s in the middle of its answer', async (_, behave) => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf', () =>
        setImmediate(() => behave(socket)),
      );
    });
    expect((await sent(url)).exchange).toMatchObject({ kind: 'answered', answer: { status: 200 } });
  });

  it.each<[string, (socket: Socket) => void, RegExp]>([
    [
      'resets the connection',
      (socket) => socket.resetAndDestroy(),
      /was reset before an answer came \(ECONNRESET\)/,
    ],
    ['hangs up', (socket) => socket.end(), /was closed before an answer came/],
    [
      'speaks another protocol',
      (socket) => socket.write('220 mail.example.com ESMTP\r\n'),
      /not an HTTP answer/,
    ],
    ['sends garbage', (socket) => socket.write(Buffer.alloc(2_000, 0xff)), /not an HTTP answer/],
    [
      'answers with two lengths',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
      /not an HTTP answer: its length is contradictory/,
    ],
    [
      'sends headers without end',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nx-large: ${'z'.repeat(100_000)}\r\n\r\n`),
      /headers of the answer are larger than 16 KiB/,
    ],
    [
      'sends headers without number',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x-many: 1\r\n'.repeat(10_000)}\r\n`),
      /headers of the answer are larger than 16 KiB/,
    ],
    [
      'changes the protocol',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      /closed before an answer came/,
    ],
  ])('is unreachable when it %s, and the reason says so', async (_, behave, reason) => {
    const url = await stranger(behave);
    expect((await sent(url)).exchange).toEqual({
      kind: 'unreachable',
      reason: expect.stringMatching(reason),
    });
  });

  it('gets no more time for interim answers without end', async () => {
    const url = await stranger((socket) => {
      const storm = setInterval(
        () => socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(50)),
        5,
      );
      socket.on('close', () => clearInterval(storm));
    });
    const { exchange, tookInMilliseconds } = await sent(url);
    expect(exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('no answer came'),
    });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS + 500);
  });

  it('may send a few interim answers before its own', async () => {
    const url = await stranger((socket) => {
      socket.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n');
      socket.write(answered('200 OK', 'at last'));
    });
    expect((await sent(url)).exchange).toMatchObject({ answer: { status: 200, excerpt: 'at last' } });
  });

  it('is sent no request twice when it closes a connection that was kept', async () => {
    const heard: string[] = [];
    const url = await stranger((socket, request) => {
      heard.push(request);
      if (heard.length === 1) socket.write(answered('200 OK'));
      else socket.destroy(); // the second request on this connection has arrived, and nobody answers it
    });
    await sent(url);
    const { exchange } = await sent(url);
    expect(exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/before an answer came/),
    });
    expect(heard).toHaveLength(2);
    expect(server!.connections).toBe(1);
  });

  it('is connected to anew when it closed a connection while nothing was going on', async () => {
    const url = await stranger((socket) => socket.end(answered('200 OK')));
    await sent(url);
    await eventually(() => expect(server!.sockets.size).toBe(0));
    expect((await sent(url)).exchange).toMatchObject({ answer: { status: 200 } });
    expect(server!.connections).toBe(2);
  });

  it('is unreachable when nothing listens at its port', async () => {
    const url = await stranger(() => {});
    await server!.close();
    server = undefined;
    expect((await sent(url)).exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/refused: nothing listens at .*ECONNREFUSED/),
    });
  });

  it('is unreachable when it has no time even for the handshake', async () => {
    const url = await stranger(() => {}); // it never begins TLS
    const { exchange, tookInMilliseconds } = await sent(url.replace('http:', 'https:'));
    expect(exchange).toMatchObject({
      reason: expect.stringMatching(/^no connection to 127\.0\.0\.1:\d+ within 0\.7/),
    });
    expect(tookInMilliseconds).toBeLessThan(DEADLINE_IN_MILLISECONDS + 500);
  });
});

describe('a name that changes its mind', () => {
  const at = (addresses: string[]) => () =>
    Promise.resolve(addresses.map((address) => ({ address, family: 4 as const })));

  it('does not lead into a network that is not allowed', async () => {
    const url = new URL(await stranger((socket) => socket.write(answered('200 OK'))));
    const strict = new HttpSender({
      guard: new AddressGuard({ resolve: at(['127.0.0.1']) }),
      version: 'test',
    });
    url.hostname = 'rebound.example.com';
    const request = { method: 'POST' as const, headers: {}, body: '' };
    const exchange = await strict.send({ ...request, url: url.href });
    expect(exchange).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('127.0.0.1') });
    const secure = await strict.send({ ...request, url: url.href.replace('http:', 'https:') });
    expect(secure).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('127.0.0.1') });
    expect(server!.connections).toBe(0);
    await strict.close();
  });

  it('is asked again at every connection, and what was checked is what is connected to', async () => {
    // The first look-up is fine, the next one is not: nothing in between may connect by a look-up of its own.
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const url = await stranger((socket) => socket.end(answered('200 OK\r\nconnection: close')));
    const flipping = new HttpSender({
      guard: new AddressGuard({
        allowedNetworks: ['127.0.0.0/8'],
        resolve: () => at(answers.shift() ?? ['169.254.169.254'])(),
      }),
      version: 'test',
    });
    const named = url.replace('127.0.0.1', 'flipping.example.com');
    const request = { method: 'POST' as const, url: named, headers: {}, body: '' };
    expect(await flipping.send(request)).toMatchObject({ answer: { status: 200 } });
    expect(answers).toHaveLength(1);
    expect(await flipping.send(request)).toMatchObject({
      reason: expect.stringContaining('169.254.169.254'),
    });
    await flipping.close();
  });

  it('is condemned by one bad address among good ones', async () => {
    const mixed = new HttpSender({
      guard: new AddressGuard({ resolve: at(['93.184.216.34', '10.0.0.1']) }),
      version: 'test',
    });
    const exchange = await mixed.send({
      ...{ method: 'POST', url: 'https://mixed.example.com/', headers: {}, body: '' },
    });
    expect(exchange).toMatchObject({ reason: expect.stringContaining('10.0.0.1') });
    await mixed.close();
  });
});
