import { connect, type Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AddressGuard, type AddressGuardOptions } from '../address-guard.js';
import { HttpSender, type Exchange } from '../send.js';
import {
  answered,
  authority,
  secureStranger,
  stranger,
  type Issued,
  type Stranger,
} from '../testing/strangers.js';
import { accessOf } from './settings.js';

const HOST = 'hooks.example.com';
const PASSWORD = 'p@ss word';

describe('calls through a proxy', () => {
  let ours: Awaited<ReturnType<typeof authority>>;
  let certificate: Issued;
  let receiver: Stranger;
  let proxy: Stranger;
  /** The heads of the CONNECT requests. */
  let asked: string[];
  let heard: string[];
  let sender: HttpSender;
  let proxyAnswer: string | undefined;

  beforeAll(async () => {
    ours = await authority('Ours');
    certificate = await ours.issue('receiver', { names: [HOST], addresses: ['127.0.0.1'] });
  });

  beforeEach(async () => {
    [asked, heard, proxyAnswer] = [[], [], undefined];
    receiver = await secureStranger(certificate, (socket, request) => {
      heard.push(request);
      socket.write(answered('200 OK', 'through'));
    });
    proxy = await stranger((client, head) => {
      if (!head.startsWith('CONNECT ')) return;
      asked.push(head);
      client.removeAllListeners('data');
      if (proxyAnswer !== undefined) client.end(proxyAnswer);
      else joined(client, receiver.port);
    });
    sender = through();
  });

  afterEach(async () => {
    await sender.close();
    await Promise.all([proxy.close(), receiver.close()]);
  });

  /** Whatever address was asked for, it is the receiver of this test that is joined. */
  function joined(client: Socket, port: number): void {
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  }

  function through(options: AddressGuardOptions = {}, address?: string): HttpSender {
    return new HttpSender({
      guard: new AddressGuard({
        allowedNetworks: ['127.0.0.0/8'],
        resolve: () =>
          Promise.resolve([
            { address: '2606:2800:220:1::1', family: 6 },
            { address: '93.184.216.34', family: 4 },
          ]),
        ...options,
      }),
      version: '1.2.3',
      deadlineInMilliseconds: 5_000,
      proxy: address ?? `http://ada:${encodeURIComponent(PASSWORD)}@127.0.0.1:${proxy.port}`,
    });
  }

  const post = (url: string, by = sender): Promise<Exchange> =>
    by.send(
      { method: 'POST', url, headers: {}, body: '{}' },
      accessOf('we_1', { certificate_authority: ours.cert }),
    );

  it('reach the receiver at the address that was checked, under its own name', async () => {
    const exchange = await post(`https://${HOST}:8443/hook`);
    expect(exchange).toMatchObject({ kind: 'answered', answer: { status: 200, excerpt: 'through' } });
    expect(asked[0]).toMatch(/^CONNECT 93\.184\.216\.34:8443 HTTP\/1\.1\r\n/);
    expect(heard[0]).toContain(`host: ${HOST}:8443\r\n`);
  });

  it('tell the proxy who they are, and nobody else', async () => {
    await post(`https://${HOST}/hook`);
    const credentials = Buffer.from(`ada:${PASSWORD}`).toString('base64');
    expect(asked[0]).toContain(`proxy-authorization: Basic ${credentials}\r\n`);
    expect(heard[0]).not.toContain('proxy-authorization');
  });

  it('keep their tunnel for the next request', async () => {
    await post(`https://${HOST}/one`);
    await post(`https://${HOST}/two`);
    expect(heard).toHaveLength(2);
    expect(asked).toHaveLength(1);
  });

  it('go through an https:// proxy as well', async () => {
    await proxy.close();
    proxy = await secureStranger(await ours.issue('proxy', { addresses: ['127.0.0.1'] }), (_, head) =>
      asked.push(head),
    );
    await sender.close();
    sender = through({}, `https://127.0.0.1:${proxy.port}`);
    // Its certificate is from nobody whom the machine trusts.
    expect(await post(`https://${HOST}/`)).toMatchObject({
      ours: true,
      reason: expect.stringContaining('UNABLE_TO'),
    });
    expect(asked).toEqual([]);
  });

  it('carry plain HTTP to networks that the operator named', async () => {
    await receiver.close();
    receiver = await stranger((socket, request) => {
      heard.push(request);
      socket.write(answered('204 No Content'));
    });
    expect(await post(`http://127.0.0.1:${receiver.port}/hook`)).toMatchObject({ answer: { status: 204 } });
    expect(asked[0]).toMatch(/^CONNECT 127\.0\.0\.1:/);
  });

  it.each([
    ['an address', 'https://10.0.0.1/'],
    ['the metadata service', 'https://169.254.169.254/'],
    ['an address of version 6', 'https://[fd00::1]/'],
  ])('never ask the proxy for %s of a private network', async (_, url) => {
    expect(await post(url)).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('is not on the public'),
    });
    expect(asked).toEqual([]);
  });

  it('never ask the proxy for a name that leads into a private network', async () => {
    const inside = through({ resolve: () => Promise.resolve([{ address: '10.0.0.1', family: 4 }]) });
    expect(await post(`https://${HOST}/`, inside)).toMatchObject({
      reason: expect.stringContaining('10.0.0.1'),
    });
    expect(asked).toEqual([]);
    await inside.close();
  });

  it('leave the names to the proxy where the operator says so, but never an address', async () => {
    const named = through({
      namesAreProxied: true,
      resolve: () => Promise.reject(new Error('nobody should ask DNS')),
    });
    expect(await post(`https://${HOST}:8443/`, named)).toMatchObject({ answer: { status: 200 } });
    expect(asked[0]).toMatch(new RegExp(`^CONNECT ${HOST}:8443 `));
    expect(await post('https://10.0.0.1/', named)).toMatchObject({ kind: 'unreachable' });
    expect(asked).toHaveLength(1);
    await named.close();
  });

  it.each([
    [
      407,
      true,
      /refused to connect \(it answered 407: see the user name and password in ROLLCALL_EGRESS_PROXY\)/,
    ],
    [403, true, /refused to connect \(it answered 403\)/],
    [500, true, /the endpoint was not asked/i],
    [502, undefined, /could not reach the endpoint \(it answered 502\)/],
    [503, undefined, /could not reach the endpoint \(it answered 503\)/],
    [504, undefined, /could not reach the endpoint \(it answered 504\)/],
  ])('when the proxy answers %i, whether it is our own failure: %s', async (status, isOurs, reason) => {
    proxyAnswer = `HTTP/1.1 ${status} Whatever\r\ncontent-length: 0\r\n\r\n`;
    const exchange = await post(`https://${HOST}/`);
    expect(exchange).toMatchObject({ kind: 'unreachable', reason: expect.stringMatching(reason) });
    expect('ours' in exchange ? exchange.ours : undefined).toBe(isOurs);
    expect(JSON.stringify(exchange)).not.toContain('ada');
  });

  it('try the next address of a host when the proxy cannot reach the first', async () => {
    proxyAnswer = 'HTTP/1.1 502 Bad Gateway\r\n\r\n';
    await post(`https://${HOST}/`);
    expect(asked.map((head) => head.split(' ')[1])).toEqual([
      '93.184.216.34:443',
      '[2606:2800:220:1::1]:443',
    ]);
  });

  it('do not blame the endpoint when the proxy is not there', async () => {
    await proxy.close();
    expect(await post(`https://${HOST}/`)).toEqual({
      kind: 'unreachable',
      ours: true,
      reason: 'the proxy could not be used: ECONNREFUSED. The endpoint was not asked',
    });
    proxy = await stranger(() => undefined);
  });

  it('do not blame the endpoint when the proxy hangs up', async () => {
    proxyAnswer = '';
    expect(await post(`https://${HOST}/`)).toMatchObject({ kind: 'unreachable', ours: true });
    expect(asked).toHaveLength(1);
  });

  it('blame the endpoint for what it does behind the proxy', async () => {
    await receiver.close();
    receiver = await secureStranger(certificate, (socket) => socket.destroy());
    const exchange = await post(`https://${HOST}/`);
    expect(exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/before an answer/),
    });
    expect(exchange).not.toHaveProperty('ours');
  });
});
