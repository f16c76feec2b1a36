import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { AddressGuard } from '../address-guard.js';
import { HttpSender, type Exchange } from '../send.js';
import { answered, stranger, type Stranger } from '../testing/strangers.js';
import { exchange } from './exchange.js';
import { Pools } from './pools.js';

const guard = new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] });
const limits = { perHost: 8, perDestination: 4, waitInMilliseconds: 30_000 };

describe('neighbours', () => {
  const servers: Stranger[] = [];
  const senders: HttpSender[] = [];

  afterEach(async () => {
    await Promise.all(senders.splice(0).map((sender) => sender.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function server(behave: (socket: Socket, request: string) => void): Promise<Stranger> {
    const opened = await stranger(behave);
    servers.push(opened);
    return opened;
  }

  function newSender(options: object = {}): HttpSender {
    const sender = new HttpSender({ guard, version: 'test', deadlineInMilliseconds: 60_000, ...options });
    senders.push(sender);
    return sender;
  }

  const post = (sender: HttpSender, url: string, destinationId: string): Promise<Exchange> =>
    sender.send({ method: 'POST', url, headers: {}, body: '{}' }, { destinationId });

  it('share a host’s connections', async () => {
    const host = await server((socket) => socket.write(answered('200 OK')));
    const sender = newSender();
    for (let count = 0; count < 10; count += 1) await post(sender, host.url, `we_${count}`);
    expect(host.connections).toBe(1);
  });

  it('are served by a host although others of its destinations hang there', async () => {
    const host = await server((socket, request) => {
      if (!request.includes('/hangs')) socket.write(answered('200 OK'));
    });
    const sender = newSender({ turns: limits });
    const hanging = ['a', 'b'].flatMap((hog) =>
      Array.from({ length: 50 }, () => post(sender, host.url.replace('/hook', '/hangs'), hog)),
    );
    await eventually(() => expect(host.sockets.size).toBeGreaterThanOrEqual(6));
    for (let count = 0; count < 20; count += 1) {
      expect(await post(sender, host.url, 'good')).toMatchObject({ answer: { status: 200 } });
    }
    expect(host.sockets.size).toBeLessThanOrEqual(limits.perHost);
    await sender.close();
    await Promise.all(hanging);
  });

  it('are not held up by a host that hangs altogether, whose sockets are counted', async () => {
    const hung = await server(() => {});
    const good = await server((socket) => socket.write(answered('200 OK')));
    const sender = newSender({ turns: limits });
    const hanging = Array.from({ length: 40 }, (_, index) => post(sender, hung.url, `we_${index}`));
    await eventually(() => expect(hung.sockets.size).toBe(limits.perHost));
    for (let count = 0; count < 20; count += 1) {
      expect(await post(sender, good.url, 'we_0')).toMatchObject({ answer: { status: 200 } });
    }
    expect(hung.connections).toBe(limits.perHost);
    await sender.close();
    await Promise.all(hanging);
  });

  it('are not blamed when there is no room at their host for too long', async () => {
    const hung = await server(() => {});
    const sender = newSender({ turns: { perHost: 1, perDestination: 1, waitInMilliseconds: 50 } });
    const hanging = post(sender, hung.url, 'hog');
    await eventually(() => expect(hung.sockets.size).toBe(1));
    expect(await post(sender, hung.url, 'we_1')).toEqual({
      kind: 'unreachable',
      ours: true,
      reason: `too many requests to 127.0.0.1:${hung.port} are under way already: the endpoint was not asked`,
    });
    await sender.close();
    await hanging;
  });
});

describe('connections that are kept', () => {
  const options = { guard, headersTimeoutInMilliseconds: 5_000 };
  const wishes = { host: 'h', deadlineInMilliseconds: 5_000, keptAtMostInBytes: 100 };
  const request = { path: '/', method: 'POST' as const, headers: [], body: '{}' };

  it('are for so many origins only: those used least recently go', async () => {
    const server = await stranger((socket) => socket.write(answered('200 OK')));
    const pools = new Pools({ ...options, poolsAtMost: 3 });
    const origin = (name: number): string => `http://127.0.0.${name}:${server.port}`;
    const first = pools.of(origin(1));
    for (const name of [2, 3, 1, 4, 5]) pools.of(origin(name));
    expect(pools.size).toBe(3);
    expect(pools.of(origin(1))).toBe(first);
    await pools.close();
    await server.close();
  });

  it('are closed when nobody uses them, and what is under way comes to its end', async () => {
    let answer: (() => unknown) | undefined;
    const server = await stranger((socket) => (answer = () => socket.write(answered('200 OK'))));
    const pools = new Pools({ ...options, idleInMilliseconds: 40 });
    const under = exchange(pools.of(new URL(server.url).origin), request, wishes);
    await eventually(() => expect([answer === undefined, pools.size]).toEqual([false, 0]));
    answer?.();
    expect(await under).toMatchObject({ kind: 'answered', answer: { status: 200 } });
    await eventually(() => expect(server.sockets.size).toBe(0));
    await pools.close();
    await server.close();
  });

  it('are not shared by those who trust other authorities', async () => {
    const pools = new Pools(options);
    const origin = 'https://127.0.0.1:1';
    const [one, other] = [pools.of(origin, { key: 'a' }), pools.of(origin, { key: 'b' })];
    expect(one).not.toBe(other);
    expect(pools.of(origin, { key: 'a' })).toBe(one);
    expect(pools.of(origin)).not.toBe(one);
    await pools.close();
  });
});
