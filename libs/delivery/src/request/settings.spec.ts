import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { AddressGuard } from '../address-guard.js';
import { authority, type Issued } from '../testing/strangers.js';
import { accessOf, changedRequest, InvalidRequest, shownRequest, type RequestSettings } from './settings.js';

const DAY_IN_MILLISECONDS = 86_400_000;
const now = new Date();
const guard = new AddressGuard({
  resolve: () => Promise.resolve([{ address: '93.184.216.34', family: 4 }]),
});
const oauth = {
  token_url: 'https://auth.example.com/token',
  client_id: 'rollcall',
  client_secret: 'a-client-secret-1234',
};

const changed = (change: object | null, stored: object = {}): Promise<RequestSettings | null> =>
  changedRequest(stored, change, { guard, now });

async function problemsOf(change: object, stored: object = {}): Promise<Record<string, string>> {
  try {
    await changed(change, stored);
    return {};
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    return Object.fromEntries(error.problems.map(({ field, message }) => [field, message]));
  }
}

let ours: Awaited<ReturnType<typeof authority>>;
let client: Issued;
let expired: Issued;

beforeAll(async () => {
  ours = await authority('Ours');
  client = await ours.issue('rollcall-client');
  expired = await ours.issue('old', {
    from: new Date(now.getTime() - 2 * DAY_IN_MILLISECONDS),
    until: new Date(now.getTime() - DAY_IN_MILLISECONDS),
  });
});

describe('the settings of a destination’s requests', () => {
  it('are what was given', async () => {
    const given = {
      headers: { 'X-Api-Key': 'k', Authorization: 'Basic YTpi' },
      client_certificate: { certificate: client.cert, private_key: client.key },
      certificate_authority: ours.cert,
    };
    expect(await changed(given)).toEqual(given);
    expect(await changed({ oauth })).toEqual({ oauth });
  });

  it('change as RFC 7396 says: what is given replaces, null removes, what is left out stays', async () => {
    const stored = { headers: { 'X-One': '1', 'X-Two': '2' }, oauth };
    expect(await changed({ headers: { 'X-Two': null, 'X-Three': '3' } }, stored)).toEqual({
      headers: { 'X-One': '1', 'X-Three': '3' },
      oauth,
    });
    expect(await changed({ oauth: { scope: 'all' } }, stored)).toMatchObject({
      oauth: { ...oauth, scope: 'all' },
    });
    expect(await changed({ oauth: null }, stored)).toEqual({ headers: stored.headers });
    expect(await changed({}, stored)).toEqual(stored);
  });

  it('know a header by its name in capitals and small letters', async () => {
    const stored = { headers: { 'X-Api-Key': 'old' } };
    expect(await changed({ headers: { 'x-api-key': 'new' } }, stored)).toEqual({
      headers: { 'x-api-key': 'new' },
    });
    expect(await changed({ headers: { 'X-API-KEY': null } }, stored)).toBeNull();
  });

  it('are gone when nothing is left of them', async () => {
    expect(await changed(null, { oauth })).toBeNull();
    expect(await changed({ oauth: null }, { oauth })).toBeNull();
    expect(await changed({ headers: {} })).toBeNull();
  });

  it.each([
    ['X-Key'],
    ['x_key'],
    ['X.Key~1'],
    ['Authorization'],
    ['User-Agent'],
    ['Cookie'],
    ['X-Webhook-Source'],
  ])('may have the header %s', async (name) => {
    expect(await problemsOf({ headers: { [name]: 'value, with "things" in it' } })).toEqual({});
  });

  it.each([
    ['Host', 'HTTP itself'],
    ['content-length', 'HTTP itself'],
    ['Content-Type', 'HTTP itself'],
    ['Transfer-Encoding', 'HTTP itself'],
    ['Connection', 'HTTP itself'],
    ['Keep-Alive', 'HTTP itself'],
    ['TE', 'HTTP itself'],
    ['Trailer', 'HTTP itself'],
    ['Upgrade', 'HTTP itself'],
    ['Expect', 'HTTP itself'],
    ['Proxy-Authorization', 'HTTP itself'],
    ['Accept-Encoding', 'HTTP itself'],
    ['webhook-id', 'Rollcall itself'],
    ['Webhook-Signature', 'Rollcall itself'],
    ['WorkOS-Signature', 'Rollcall itself'],
    ['rollcall-sequence', 'Rollcall itself'],
    ['svix-signature', 'Rollcall itself'],
    ['X-Key\r\nX-Evil', 'RFC 9110'],
    ['X Key', 'RFC 9110'],
    ['X-Schlüssel', 'RFC 9110'],
    ['', 'RFC 9110'],
    ['x'.repeat(65), 'at most 64'],
  ])('may not have the header %j', async (name, reason) => {
    const problems = await problemsOf({ headers: { [name]: 'value' } });
    expect(problems).toEqual({ [`headers.${name.slice(0, 64)}`]: expect.stringContaining(reason) });
  });

  it.each<[unknown, string]>([
    ['', 'at least one character'],
    [' a', 'no blanks at its ends'],
    ['a\r\nX-Evil: 1', 'printable ASCII'],
    ['a\u0000', 'printable ASCII'],
    ['…cdef', 'printable ASCII'],
    [1, 'must be a text'],
    ['x'.repeat(2_049), 'at most 2048'],
  ])('may not have a header with the value %j', async (value, reason) => {
    expect(await problemsOf({ headers: { 'X-Key': value } })).toEqual({
      'headers.X-Key': expect.stringContaining(reason),
    });
  });

  it('may have 20 headers, and not one more', async () => {
    const headers = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`X-${index}`, 'v']));
    expect(await problemsOf({ headers: headers(20) })).toEqual({});
    expect(await problemsOf({ headers: headers(21) })).toEqual({
      headers: 'there may be at most 20 headers',
    });
  });

  it('may have no header twice, and no more than a server takes', async () => {
    expect(await problemsOf({ headers: { 'X-A': '1', 'x-a': '2' } })).toMatchObject({
      'headers.X-A': expect.stringContaining('twice'),
    });
    const headers = Object.fromEntries([1, 2, 3, 4, 5].map((name) => [`X-${name}`, 'v'.repeat(2_000)]));
    expect(await problemsOf({ headers })).toEqual({ headers: expect.stringContaining('8192 characters') });
  });

  it('name every problem at once', async () => {
    const problems = await problemsOf({
      headers: { Host: 'x', Authorization: 'y' },
      oauth: {
        token_url: 'https://auth.example.com',
        client_id: '',
        authentication: 'private_key_jwt',
        grant: 'x',
      },
      client_certificate: { certificate: 'x' },
      certificate_authority: 7,
      proxy: 'http://x',
    });
    expect(Object.keys(problems).sort()).toEqual([
      'certificate_authority',
      'client_certificate.private_key',
      'headers.Authorization',
      'headers.Host',
      'oauth.authentication',
      'oauth.client_id',
      'oauth.client_secret',
      'oauth.grant',
      'proxy',
    ]);
  });

  it.each(['headers', 'oauth', 'client_certificate'])('want an object for %s', async (member) => {
    expect(await problemsOf({ [member]: 'text' })).toEqual({
      [member]: expect.stringContaining('a JSON object'),
    });
  });

  it.each([
    ['http://auth.example.com/token', /must start with https/],
    ['https://10.0.0.1/token', /not on the public internet.*ROLLCALL_ALLOWED_PRIVATE_NETWORKS/],
    ['https://auth.example.com:22/', /ROLLCALL_ALLOWED_PORTS/],
    ['https://u:p@auth.example.com/', /user name/],
    ['token', /complete/],
  ])('check the token endpoint %s as they would check the destination itself', async (token_url, reason) => {
    expect(await problemsOf({ oauth: { ...oauth, token_url } })).toEqual({
      'oauth.token_url': expect.stringMatching(reason),
    });
  });

  it('want a key that belongs to the certificate', async () => {
    const other = await ours.issue('other');
    const pair = (certificate: string, private_key: string): object => ({
      client_certificate: { certificate, private_key },
    });
    const key = 'client_certificate.private_key';
    const certificate = 'client_certificate.certificate';
    expect(await problemsOf(pair(client.cert, other.key))).toEqual({
      [key]: 'it is not the key of the certificate',
    });
    expect(await problemsOf(pair(client.cert, 'nonsense'))).toEqual({
      [key]: expect.stringContaining('in PEM'),
    });
    expect(await problemsOf(pair(client.cert, encrypted()))).toEqual({
      [key]: expect.stringContaining('encrypted'),
    });
    expect(await problemsOf(pair('nonsense', client.key))).toEqual({
      [certificate]: expect.stringContaining('in PEM'),
    });
    expect(await problemsOf(pair(`${client.cert}\n${client.key}`, client.key))).toEqual({
      [certificate]: expect.stringContaining('certificates only, not private key'),
    });
    expect(await problemsOf(pair(client.cert.replace(/\n.{30}/, '\nAAAA'), client.key))).toEqual({
      [certificate]: expect.stringContaining('cannot be read'),
    });
    expect(await problemsOf(pair(`${client.cert}\n${ours.cert}`, client.key))).toEqual({});
  });

  it('want certificates that are still good', async () => {
    const yesterday = new Date(now.getTime() - DAY_IN_MILLISECONDS).toISOString().slice(0, 10);
    expect(
      await problemsOf({ client_certificate: { certificate: expired.cert, private_key: expired.key } }),
    ).toEqual({ 'client_certificate.certificate': `it expired on ${yesterday}` });
    expect(await problemsOf({ certificate_authority: `${ours.cert}\n${expired.cert}` })).toEqual({
      certificate_authority: `it expired on ${yesterday}`,
    });
  });
});

function encrypted(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
}

describe('what is shown of them', () => {
  it('are names and ends, subjects, dates and fingerprints, and never a secret', async () => {
    const settings = {
      headers: { 'X-Api-Key': 'a-long-enough-key-abcd', 'X-Pin': '1234' },
      oauth,
      client_certificate: { certificate: client.cert, private_key: client.key },
      certificate_authority: ours.cert,
    };
    const shown = shownRequest(settings);
    expect(shown).toEqual({
      headers: { 'X-Api-Key': '…abcd', 'X-Pin': '…' },
      oauth: { ...oauth, client_secret: '…1234', authentication: 'client_secret_basic' },
      client_certificate: {
        subject: 'CN=rollcall-client',
        issuer: 'CN=Ours',
        expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        fingerprint_sha256: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
      },
      certificate_authority: [expect.objectContaining({ subject: 'CN=Ours' })],
    });
    expect(JSON.stringify(shown)).not.toMatch(/PRIVATE KEY|a-client|long-enough/);
  });

  it('have the same members when there is nothing', () => {
    const nothing = { headers: {}, oauth: null, client_certificate: null, certificate_authority: null };
    expect(shownRequest({})).toEqual(nothing);
  });
});

describe('what requests are made with', () => {
  it('is another connection for another certificate, and another token for other settings', () => {
    const certificates = [client.cert, ours.cert].map((certificate_authority) => ({ certificate_authority }));
    const [one, other] = certificates.map((settings) => accessOf('we_1', settings).tls?.key);
    expect(one).not.toBe(other);
    expect(accessOf('we_2', certificates[0]!).tls?.key).toBe(one);
    const keys = [oauth, { ...oauth, scope: 'x' }].map(
      (each) => accessOf('we_1', { oauth: each }).oauth?.key,
    );
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('is nothing of its own where there are no settings', () => {
    expect(accessOf('we_1', {})).toEqual({ destinationId: 'we_1' });
  });
});
