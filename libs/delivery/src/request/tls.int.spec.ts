import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AddressGuard } from '../address-guard.js';
import { HttpSender, type Exchange } from '../send.js';
import {
  answered,
  authority,
  issue,
  secureStranger,
  stranger,
  type Issued,
  type Stranger,
} from '../testing/strangers.js';
import { accessOf, type RequestSettings } from './settings.js';

const DAY_IN_MILLISECONDS = 86_400_000;
const HOST = 'hooks.example.com';

describe('TLS towards a receiver', () => {
  let ours: Awaited<ReturnType<typeof authority>>;
  let another: Awaited<ReturnType<typeof authority>>;
  let server: Issued;
  let sender: HttpSender;
  let receiver: Stranger;
  let names: (string | false)[];
  let requests: string[];

  beforeAll(async () => {
    ours = await authority('Ours');
    another = await authority('Another');
    server = await ours.issue('receiver', { names: [HOST], addresses: ['127.0.0.1'] });
    sender = new HttpSender({
      guard: new AddressGuard({
        allowedNetworks: ['127.0.0.0/8'],
        resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
      }),
      version: '1.2.3',
      deadlineInMilliseconds: 8_000,
    });
  });

  afterAll(() => sender.close());
  afterEach(() => receiver.close());

  async function open(options: object = {}): Promise<void> {
    names = [];
    requests = [];
    receiver = await secureStranger({ ...server, ...options }, (socket, heard) => {
      names.push((socket as TLSSocket).servername as string | false);
      requests.push(heard);
      const { CN } = (socket as TLSSocket).getPeerCertificate().subject ?? {};
      socket.write(answered('200 OK', `hello ${CN ?? 'somebody'}`));
    });
  }

  const post = (settings: RequestSettings, url = receiver.url): Promise<Exchange> =>
    sender.send({ method: 'POST', url, headers: {}, body: '{}' }, accessOf('we_1', settings));

  const reasonOf = async (settings: RequestSettings, url?: string): Promise<string> => {
    const exchange = await post(settings, url);
    return exchange.kind === 'unreachable' ? exchange.reason : `it answered ${exchange.answer.status}`;
  };

  it('trusts an authority of the destination’s own', async () => {
    await open();
    expect(await post({ certificate_authority: ours.cert })).toMatchObject({
      kind: 'answered',
      answer: { status: 200, excerpt: 'hello somebody' },
    });
  });

  it('trusts nobody else then', async () => {
    await open();
    expect(await reasonOf({ certificate_authority: another.cert })).toMatch(
      /^the certificate of 127\.0\.0\.1:\d+ .*trusted.*\(\w+\)$/,
    );
    expect(requests).toEqual([]);
  });

  it('names the receiver in the handshake and in Host, although the address is pinned', async () => {
    await open();
    const url = `https://${HOST}:${receiver.port}/hook`;
    expect(await post({ certificate_authority: ours.cert }, url)).toMatchObject({ kind: 'answered' });
    expect(names).toEqual([HOST]);
    expect(requests[0]).toContain(`host: ${HOST}:${receiver.port}\r\n`);
  });

  it('shows its client certificate to a receiver that demands one', async () => {
    await open({ requestCert: true, rejectUnauthorized: true, ca: ours.cert });
    const client = await ours.issue('rollcall-client');
    const settings: RequestSettings = {
      certificate_authority: ours.cert,
      client_certificate: { certificate: client.cert, private_key: client.key },
    };
    expect(await post(settings)).toMatchObject({ answer: { excerpt: 'hello rollcall-client' } });
  });

  it('shares no connection between those who show different certificates', async () => {
    await open({ requestCert: true, rejectUnauthorized: true, ca: ours.cert });
    const greeted: string[] = [];
    for (const name of ['ada', 'bob', 'ada']) {
      const client = await ours.issue(name);
      const exchange = await post({
        certificate_authority: ours.cert,
        client_certificate: { certificate: client.cert, private_key: client.key },
      });
      greeted.push(exchange.kind === 'answered' ? exchange.answer.excerpt : exchange.reason);
    }
    expect(greeted).toEqual(['hello ada', 'hello bob', 'hello ada']);
  });

  it('brings nothing to a receiver that wants another client certificate, or any', async () => {
    await open({ requestCert: true, rejectUnauthorized: true, ca: ours.cert });
    const client = await another.issue('stranger');
    const client_certificate = { certificate: client.cert, private_key: client.key };
    for (const more of [{}, { client_certificate }]) {
      const reason = await reasonOf({ certificate_authority: ours.cert, ...more });
      expect(reason).toMatch(/client certificate|before an answer came/); // not every server says why it hangs up
    }
    expect(requests).toEqual([]);
  });

  it('speaks TLS 1.2', async () => {
    await open({ maxVersion: 'TLSv1.2' });
    expect(await post({ certificate_authority: ours.cert })).toMatchObject({ answer: { status: 200 } });
  });

  it('does not speak TLS 1.1', async () => {
    await open({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(await reasonOf({ certificate_authority: ours.cert })).toContain('at least TLS 1.2 is needed');
  });

  it('says that a certificate is self-signed', async () => {
    await open(await issue('lonely', { addresses: ['127.0.0.1'] }));
    expect(await reasonOf({})).toMatch(
      /is self-signed: set certificate_authority .*\(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    );
  });

  it('says that a certificate comes from nobody who is trusted', async () => {
    await open();
    expect(await reasonOf({})).toMatch(/cannot be traced to a trusted authority/);
  });

  it('says that a certificate has expired', async () => {
    const [from, until] = [2, 1].map((days) => new Date(Date.now() - days * DAY_IN_MILLISECONDS));
    await open(await ours.issue('old', { addresses: ['127.0.0.1'], from: from!, until: until! }));
    expect(await reasonOf({ certificate_authority: ours.cert })).toMatch(/has expired \(CERT_HAS_EXPIRED\)$/);
  });

  it('says for which name a certificate is instead', async () => {
    await open(await ours.issue('elsewhere', { names: ['elsewhere.example.com'] }));
    const reason = await reasonOf({ certificate_authority: ours.cert }, `https://${HOST}:${receiver.port}/`);
    expect(reason).toContain(`the certificate of ${HOST}:${receiver.port} is for another name`);
    expect(reason).toContain('elsewhere.example.com');
  });

  it('says that somebody speaks no TLS', async () => {
    receiver = await stranger((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await reasonOf({}, `https://127.0.0.1:${receiver.port}/`)).toContain('does not speak TLS');
  });
});
