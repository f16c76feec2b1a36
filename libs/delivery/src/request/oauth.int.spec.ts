import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AddressGuard } from '../address-guard.js';
import { HttpSender, type Exchange } from '../send.js';
import { Sink, type Answer, type ReceivedRequest } from '../../../../test/support/sink.js';
import { authority, secureStranger, answered } from '../testing/strangers.js';
import type { Access } from './access.js';
import { accessOf, type RequestSettings } from './settings.js';

const CLIENT_SECRET = 's3cret/with:odd&characters';

describe('a receiver that demands an access token', () => {
  /** The authorization server, and the receiver. */
  let issuer: Sink;
  let receiver: Sink;
  let sender: HttpSender;
  let given: number;

  beforeEach(async () => {
    [issuer, receiver, given] = [await Sink.open(), await Sink.open(), 0];
    issuer.answers(() => token({ access_token: `token-${(given += 1)}`, expires_in: 3_600 }));
    sender = new HttpSender({
      guard: new AddressGuard({ allowedNetworks: ['127.0.0.0/8'] }),
      version: '1.2.3',
      deadlineInMilliseconds: 3_000,
    });
  });

  afterEach(async () => {
    await sender.close();
    await Promise.all([issuer.close(), receiver.close()]);
  });

  const token = (body: object): Answer => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token_type: 'Bearer', ...body }),
  });

  const access = (oauth: object = {}, destinationId = 'we_1'): Access => {
    const { url: token_url } = issuer;
    const settings = {
      token_url: `${token_url}/token`,
      client_id: 'rollcall',
      client_secret: CLIENT_SECRET,
      ...oauth,
    };
    return accessOf(destinationId, { oauth: settings });
  };

  const post = (by = access()): Promise<Exchange> =>
    sender.send(
      { method: 'POST', url: `${receiver.url}/hook`, headers: { authorization: 'Bearer own' }, body: '{}' },
      by,
    );

  const shown = (requests: readonly ReceivedRequest[]): (string | undefined)[] =>
    requests.map(({ headers }) => headers.authorization);

  it('gets one, fetched with the client’s credentials in the header', async () => {
    expect(await post(access({ scope: 'events:write', audience: 'https://app.example.com' }))).toMatchObject({
      answer: { status: 204 },
    });
    expect(shown(receiver.received)).toEqual(['Bearer token-1']);
    const [asked] = issuer.received;
    expect(asked).toMatchObject({ method: 'POST', path: '/token' });
    const credentials = `rollcall:${encodeURIComponent(CLIENT_SECRET)}`;
    expect(asked!.headers).toMatchObject({
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': expect.stringContaining('application/x-www-form-urlencoded'),
      'user-agent': 'Rollcall/1.2.3',
    });
    expect(Object.fromEntries(new URLSearchParams(asked!.body.toString()))).toEqual({
      grant_type: 'client_credentials',
      scope: 'events:write',
      audience: 'https://app.example.com',
    });
  });

  it('gets one, fetched with the client’s credentials in the form', async () => {
    await post(access({ authentication: 'client_secret_post' }));
    const [asked] = issuer.received;
    expect(asked!.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(asked!.body.toString()))).toMatchObject({
      client_id: 'rollcall',
      client_secret: CLIENT_SECRET,
    });
  });

  it('shows the same one again until it expires', async () => {
    for (let count = 0; count < 3; count += 1) await post();
    expect(issuer.received).toHaveLength(1);
    expect(shown(receiver.received)).toEqual(Array(3).fill('Bearer token-1'));
  });

  it('is fetched anew shortly before it expires', async () => {
    issuer.answers(() => token({ access_token: `token-${(given += 1)}`, expires_in: 0 }));
    await post();
    await post();
    expect(shown(receiver.received)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('is fetched once, however many requests wait for it', async () => {
    await Promise.all(Array.from({ length: 20 }, () => post()));
    expect(issuer.received).toHaveLength(1);
    expect(receiver.received).toHaveLength(20);
  });

  it('is one for each destination, and another one when the settings change', async () => {
    await post(access({}, 'we_1'));
    await post(access({}, 'we_2'));
    await post(access({ scope: 'more' }, 'we_1'));
    expect(shown(receiver.received)).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer token-3']);
  });

  it('is fetched anew, once, when the receiver does not accept it any more', async () => {
    await post();
    receiver.answers(({ headers }) => ({ status: headers.authorization === 'Bearer token-1' ? 401 : 204 }));
    expect(await post()).toMatchObject({ answer: { status: 204 } });
    expect(shown(receiver.received)).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  it('is not fetched again and again for a receiver that accepts none', async () => {
    receiver.answers({ status: 401 });
    expect(await post()).toMatchObject({ kind: 'answered', answer: { status: 401 } });
    expect([issuer.received.length, receiver.received.length]).toEqual([1, 1]);
  });

  it.each<[string, Answer, RegExp]>([
    [
      'refuses the client',
      { status: 401, headers: { 'content-type': 'application/json' }, body: '{"error":"invalid_client"}' },
      /refused to give a token \(status 401: invalid_client\)$/,
    ],
    ['is broken', { status: 500, body: 'oops' }, /gave no token \(status 500\)$/],
    [
      'answers something else',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' },
      /gave no answer that holds a token$/,
    ],
    ['answers nothing', { status: 204 }, /gave no token \(status 204\)$/],
    [
      'redirects',
      { status: 302, headers: { location: 'http://169.254.169.254/' } },
      /gave no token \(status 302\)$/,
    ],
    [
      'gives a token of another kind',
      {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"token_type":"mac","access_token":"x"}',
      },
      /no answer that holds a token$|type other than "Bearer"$/,
    ],
    [
      'gives a token that breaks a header',
      {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"token_type":"Bearer","access_token":"a\\r\\nx-evil: 1"}',
      },
      /a token that no header can hold$/,
    ],
    ['hangs up', { hangUp: true }, /the connection was closed before an answer came/],
  ])('is not asked when its authorization server %s, and the reason says so', async (_, answer, expected) => {
    issuer.answers(answer);
    const exchange = await post();
    expect(exchange).toMatchObject({ kind: 'unreachable', reason: expect.stringMatching(expected) });
    expect(exchange).toMatchObject({
      reason: expect.stringContaining(`the token endpoint 127.0.0.1:${issuer.port}`),
    });
    expect(receiver.received).toEqual([]);
  });

  it('never tells the client’s secret, whatever the authorization server repeats', async () => {
    issuer.answers(({ body, headers }) => ({
      status: 400,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        error: `${headers.authorization} ${body.toString()} ${CLIENT_SECRET}`,
        error_description: CLIENT_SECRET,
      }),
    }));
    const told = JSON.stringify(await post());
    expect(told).toContain('status 400');
    expect(told).not.toContain('s3cret');
    expect(told).not.toContain(Buffer.from('rollcall:s3c').toString('base64').slice(0, 12));
  });

  it('takes a long token', async () => {
    const long = 'x'.repeat(6_000);
    issuer.answers(token({ access_token: long, expires_in: 60 }));
    await post();
    expect(shown(receiver.received)).toEqual([`Bearer ${long}`]);
  });

  it('has its token fetched from nowhere but where the address guard lets through', async () => {
    const exchange = await post(access({ token_url: 'https://169.254.169.254/token' }));
    expect(exchange).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(
        /^the token endpoint 169\.254\.169\.254: the address .* is not on the public/,
      ),
    });
    expect(receiver.received).toEqual([]);
  });

  it('is trusted by its own authority, which may vouch for its authorization server too, and the client certificate is for it alone', async () => {
    const ours = await authority('Ours');
    const server = await ours.issue('server', { addresses: ['127.0.0.1'] });
    const client = await ours.issue('rollcall-client');
    const shownTo: Record<string, unknown> = {};
    const tls = { ...server, requestCert: true, rejectUnauthorized: false };
    const [secureIssuer, secureReceiver] = await Promise.all(
      ['issuer', 'receiver'].map((name) =>
        secureStranger(tls, (socket) => {
          shownTo[name] = (
            socket as never as { getPeerCertificate(): { subject?: object } }
          ).getPeerCertificate().subject;
          const body = '{"token_type":"Bearer","access_token":"t"}';
          socket.write(answered('200 OK\r\ncontent-type: application/json', body));
        }),
      ),
    );
    const settings: RequestSettings = {
      oauth: { token_url: secureIssuer!.url, client_id: 'rollcall', client_secret: CLIENT_SECRET },
      certificate_authority: ours.cert,
      client_certificate: { certificate: client.cert, private_key: client.key },
    };
    const exchange = await sender.send(
      { method: 'POST', url: secureReceiver!.url, headers: {}, body: '' },
      accessOf('we_9', settings),
    );
    expect(exchange).toMatchObject({ kind: 'answered', answer: { status: 200 } });
    expect(shownTo).toEqual({
      issuer: undefined,
      receiver: expect.objectContaining({ CN: 'rollcall-client' }),
    });
    await Promise.all([secureIssuer!.close(), secureReceiver!.close()]);
  });
});
