import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { Sink } from '../../../../test/support/index.js';
import { WebhookNotVerified, type Doubt } from './error.js';
import type { WebhookRequest } from './request.js';
import { WebhookVerifier, type VerifierOptions } from './verifier.js';

const NOW = Date.UTC(2026, 0, 5, 12);
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const BODY = '{"object":"event","id":"event_1","data":{"name":"Ada “é” Lovelace"}}';

const verifierOf = (options: VerifierOptions): WebhookVerifier =>
  new WebhookVerifier({ now: () => NOW, ...options });

interface Signing {
  secrets?: string[];
  keys?: KeyObject[];
  at?: number;
  body?: string;
}

/** As the hub sends it. */
function standard({
  secrets = [],
  keys = [],
  at = NOW,
  body = BODY,
}: Signing): WebhookRequest & { body: string } {
  const id = 'event_1';
  const timestamp = String(Math.floor(at / 1_000));
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const signatures = [
    ...secrets.map((secret) => new Webhook(secret).sign(id, new Date(at), body)),
    ...keys.map((key) => `v1a,${sign(null, content, key).toString('base64')}`),
  ];
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
  return { headers, body };
}

function workos(secret: string, at = NOW, body = BODY): WebhookRequest {
  const hex = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return { headers: { 'workos-signature': `t=${at}, v1=${hex}` }, body };
}

async function doubtOf(verifier: WebhookVerifier, request: WebhookRequest): Promise<Doubt | 'none'> {
  try {
    await verifier.verify(request);
    return 'none';
  } catch (error) {
    if (error instanceof WebhookNotVerified) return error.reason;
    throw error;
  }
}

const jwkOf = (key: KeyObject): Record<string, unknown> & { kty: string } =>
  ({ ...key.export({ format: 'jwk' }), use: 'sig' }) as never;

describe('a webhook with a shared secret', () => {
  it.each([
    [
      'the specification',
      SECRET,
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
    [
      'a secret without its prefix',
      SECRET.slice(6),
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
    [
      'a key of 18 bytes',
      'whsec_plJ3nmyCDGBKInavdOK15jsl',
      'msg_loFOjxBNrRLzqYUf',
      1_731_705_121,
      '{"event_type":"ping","data":{"success":true}}',
      'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    ],
  ])('is believed by the vector of %s', async (_title, secret, id, seconds, body, signature) => {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signature,
    };
    const verifier = verifierOf({ secrets: secret, now: () => seconds * 1_000 });
    expect(await verifier.verify({ headers, body })).toEqual(JSON.parse(body));
    expect(await doubtOf(verifier, { headers, body: `${body} ` })).toBe('no_match');
    expect(await doubtOf(verifier, { headers: { ...headers, 'webhook-id': 'msg_2' }, body })).toBe(
      'no_match',
    );
  });

  it.each([
    ['standardwebhooks', (at: Date) => new Webhook(SECRET).sign('event_1', at, BODY)],
    ['svix', (at: Date) => new SvixWebhook(SECRET).sign('event_1', at, BODY)],
  ])('is believed when the package %s has signed it', async (_name, signed) => {
    const headers = {
      'webhook-id': 'event_1',
      'webhook-timestamp': String(NOW / 1_000),
      'webhook-signature': signed(new Date(NOW)),
    };
    expect(await verifierOf({ secrets: SECRET }).verify({ headers, body: BODY })).toEqual(JSON.parse(BODY));
  });

  it('is believed while the secret is rotated: by who knows the old one, the new one, or both', async () => {
    const rotating = standard({ secrets: [OTHER, SECRET] });
    for (const secrets of [SECRET, OTHER, [SECRET, OTHER]])
      expect(await doubtOf(verifierOf({ secrets }), rotating)).toBe('none');
    const third = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    expect(await doubtOf(verifierOf({ secrets: third }), rotating)).toBe('no_match');
    expect(await doubtOf(verifierOf({ secrets: [third, OTHER] }), rotating)).toBe('none');
  });

  it('is believed by the vector of a rotation, with either secret', async () => {
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature':
        'v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    for (const secrets of [OTHER, SECRET]) {
      const verifier = verifierOf({ secrets, now: () => 1_614_265_330_000 });
      expect(await doubtOf(verifier, { headers, body: '{"test": 2432232314}' })).toBe('none');
      expect(await doubtOf(verifier, { headers, body: '{"test": 2432232315}' })).toBe('no_match');
    }
  });

  it('is believed in whatever form a framework has the request', async () => {
    const { headers, body } = standard({ secrets: [SECRET] });
    const verifier = verifierOf({ secrets: SECRET });
    const given = headers as Record<string, string>;
    const upper = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name.toUpperCase(), value]),
    );
    const bytes = new TextEncoder().encode(body);
    for (const form of [new Headers(given), upper, given])
      for (const raw of [body, Buffer.from(body), bytes, bytes.buffer])
        expect(await doubtOf(verifier, { headers: form, body: raw })).toBe('none');
  });

  it('is not believed when it is too old, or from the future, and says so only of what was signed', async () => {
    const verifier = verifierOf({ secrets: SECRET });
    const doubtAt = (seconds: number): Promise<string> =>
      doubtOf(verifier, standard({ secrets: [SECRET], at: NOW + seconds * 1_000 }));
    expect(await Promise.all([-301, -300, 300, 301].map(doubtAt))).toEqual([
      'too_old',
      'none',
      'none',
      'too_new',
    ]);
    expect(await doubtOf(verifier, standard({ secrets: [OTHER], at: 0 }))).toBe('no_match');
    const strict = verifierOf({ secrets: SECRET, toleranceInSeconds: 10 });
    expect(await doubtOf(strict, standard({ secrets: [SECRET], at: NOW - 11_000 }))).toBe('too_old');
  });

  it('is not believed when any byte of it is another one', async () => {
    const verifier = verifierOf({ secrets: SECRET });
    const honest = standard({ secrets: [SECRET] });
    const bytes = Buffer.from(honest.body);
    const change = fc.record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, by }) => {
        const body = Buffer.from(bytes);
        body[at]! ^= by;
        expect(await doubtOf(verifier, { ...honest, body })).toBe('no_match');
      }),
    );
  });

  it.each<[string, Record<string, string>, Doubt]>([
    ['nothing at all', {}, 'no_signature'],
    ['no time', { 'webhook-id': 'event_1', 'webhook-signature': 'v1,AAAA' }, 'malformed_signature'],
    ['no id', { 'webhook-timestamp': '1', 'webhook-signature': 'v1,AAAA' }, 'malformed_signature'],
    [
      'a time that is none',
      { 'webhook-id': 'e', 'webhook-timestamp': '1e3', 'webhook-signature': 'v1,AAAA' },
      'malformed_signature',
    ],
    ['an empty list', { 'webhook-id': 'e', 'webhook-timestamp': '1', 'webhook-signature': '' }, 'no_match'],
    [
      'no base 64',
      { 'webhook-id': 'e', 'webhook-timestamp': '1', 'webhook-signature': 'v1,§§§' },
      'no_match',
    ],
    [
      'a version that nobody knows',
      { 'webhook-id': 'e', 'webhook-timestamp': '1', 'webhook-signature': 'v9,AAAA' },
      'no_match',
    ],
    ['a part of WorkOS-Signature', { 'workos-signature': 't=1' }, 'malformed_signature'],
    [
      'seconds and base 64 in WorkOS-Signature',
      { 'workos-signature': 't=x, v1=AAAA' },
      'malformed_signature',
    ],
  ])('with %s is not believed', async (_title, headers, doubt) => {
    expect(await doubtOf(verifierOf({ secrets: SECRET }), { headers, body: BODY })).toBe(doubt);
  });

  it('tells nothing of a secret that it cannot use', async () => {
    const verifier = verifierOf({ secrets: 'whsec_§not base 64§' });
    await expect(verifier.verify(standard({ secrets: [SECRET] }))).rejects.toThrow(
      /^(?!.*§).*whsec_ and base 64/,
    );
    expect(() => new WebhookVerifier({})).toThrow(/secrets, publicKeys or a jwksUrl/);
  });
});

describe('a webhook of WorkOS’s scheme', () => {
  it('is believed by the vector, with the whole secret as its key', async () => {
    const header = 't=1614265330000, v1=d502f42a7233df5c8da88cebcd1f2e18e2d8a65670ca7eaee0aaebb97750ae8f';
    const verifier = verifierOf({ secrets: 'workos_secret_64', now: () => 1_614_265_330_000 });
    const request = { headers: { 'WorkOS-Signature': header }, body: '{"id":"event_1"}' };
    expect(await doubtOf(verifier, request)).toBe('no_match');
    const right = createHmac('sha256', 'workos_secret')
      .update('1614265330000.{"id":"event_1"}')
      .digest('hex');
    expect(header).toContain(right);
  });

  it('is believed within the tolerance, with either secret while one is rotated', async () => {
    const verifier = verifierOf({ secrets: [OTHER, SECRET] });
    expect(await doubtOf(verifier, workos(SECRET))).toBe('none');
    expect(await doubtOf(verifier, workos(OTHER))).toBe('none');
    expect(await doubtOf(verifier, workos(SECRET, NOW - 301_000))).toBe('too_old');
    expect(await doubtOf(verifier, { ...workos(SECRET), body: `${BODY} ` })).toBe('no_match');
  });

  it('is believed when the request has both signatures, and one of them fits', async () => {
    const { headers, body } = standard({ secrets: [SECRET] });
    const both = { headers: { ...headers, ...workos(OTHER).headers } as Record<string, string>, body };
    expect(await doubtOf(verifierOf({ secrets: SECRET }), both)).toBe('none');
    expect(await doubtOf(verifierOf({ secrets: OTHER }), both)).toBe('none');
  });
});

describe('a webhook with a key pair', () => {
  const [old, young, foreign] = [1, 2, 3].map(() => generateKeyPairSync('ed25519'));
  let sink: Sink | undefined;
  afterEach(() => sink?.close());

  it('is believed by the vector of the specification', async () => {
    const pair = '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
    const whpk = `whpk_${Buffer.from(pair, 'base64').subarray(32).toString('base64')}`;
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature':
        'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    };
    const verifier = verifierOf({ publicKeys: [whpk], now: () => 1_614_265_330_000 });
    expect(await doubtOf(verifier, { headers, body: '{"test": 2432232314}' })).toBe('none');
    expect(await doubtOf(verifier, { headers, body: '{"test": 2432232315}' })).toBe('no_match');
  });

  it('is believed by public keys that were given, as text and as JSON Web Keys', async () => {
    const request = standard({ keys: [young!.privateKey] });
    const raw = Buffer.from(jwkOf(young!.publicKey)['x'] as string, 'base64url').toString('base64');
    for (const key of [jwkOf(young!.publicKey), `whpk_${raw}`])
      expect(await doubtOf(verifierOf({ publicKeys: [jwkOf(old!.publicKey), key] }), request)).toBe('none');
    expect(await doubtOf(verifierOf({ publicKeys: [jwkOf(old!.publicKey)] }), request)).toBe('no_match');
    expect(await doubtOf(verifierOf({ secrets: SECRET }), request)).toBe('no_match');
  });

  const publishing = async (): Promise<{
    url: string;
    publish: (...keys: KeyObject[]) => void;
    clock: { now: number };
  }> => {
    sink = await Sink.open();
    const publish = (...keys: KeyObject[]): void =>
      sink!.answers({
        status: 200,
        body: JSON.stringify({ keys: [{ kty: 'RSA', n: 'x', e: 'AQAB' }, ...keys.map(jwkOf)] }),
      });
    return { url: `${sink.url}/.well-known/webhooks/we_1/jwks.json`, publish, clock: { now: NOW } };
  };

  it('is believed by the keys that the hub publishes, which are fetched once for many', async () => {
    const { url, publish } = await publishing();
    publish(old!.publicKey);
    const verifier = verifierOf({ jwksUrl: url });
    const request = standard({ keys: [old!.privateKey] });
    const doubts = await Promise.all(Array.from({ length: 20 }, () => doubtOf(verifier, request)));
    expect(new Set(doubts)).toEqual(new Set(['none']));
    expect(await doubtOf(verifier, request)).toBe('none');
    expect(sink!.received.map(({ path }) => path)).toEqual(['/.well-known/webhooks/we_1/jwks.json']);
  });

  it('is believed right after a rotation, and nonsense does not make us ask for keys again and again', async () => {
    const { url, publish, clock } = await publishing();
    publish(old!.publicKey);
    const verifier = verifierOf({ jwksUrl: url, now: () => clock.now });
    const signed = (pair: typeof old): WebhookRequest =>
      standard({ keys: [pair!.privateKey], at: clock.now });
    expect(await doubtOf(verifier, signed(old))).toBe('none');
    publish(young!.publicKey, old!.publicKey);
    clock.now += 31_000;
    expect(await doubtOf(verifier, signed(young))).toBe('none');
    expect(sink!.received).toHaveLength(2);
    for (let time = 0; time < 10; time += 1)
      expect(await doubtOf(verifier, signed(foreign))).toBe('no_match');
    expect(sink!.received).toHaveLength(2);
  });

  it('is not believed any more some minutes after its key was withdrawn', async () => {
    const { url, publish, clock } = await publishing();
    publish(old!.publicKey);
    const verifier = verifierOf({ jwksUrl: url, now: () => clock.now });
    expect(await doubtOf(verifier, standard({ keys: [old!.privateKey], at: clock.now }))).toBe('none');
    publish(young!.publicKey);
    clock.now += 300_000;
    expect(await doubtOf(verifier, standard({ keys: [old!.privateKey], at: clock.now }))).toBe('no_match');
  });

  it('is believed by old keys for an hour while the hub cannot be asked, and then by none', async () => {
    const { url, publish, clock } = await publishing();
    publish(old!.publicKey);
    const verifier = verifierOf({ jwksUrl: url, now: () => clock.now });
    const doubt = (): Promise<string> =>
      doubtOf(verifier, standard({ keys: [old!.privateKey], at: clock.now }));
    expect(await doubt()).toBe('none');
    sink!.answers({ status: 503 });
    clock.now += 3_600_000;
    expect(await doubt()).toBe('none');
    clock.now += 1_000;
    expect(await doubt()).toBe('no_keys');
  });
});

describe('what was believed', () => {
  it('is a list of events, whether one came or a batch', async () => {
    const verifier = verifierOf({ secrets: SECRET });
    const event = (id: string): object => ({
      object: 'event',
      id,
      event: 'dsync.user.created',
      data: {},
      context: {},
    });
    const idsIn = async (body: object): Promise<string[]> =>
      (await verifier.events(standard({ secrets: [SECRET], body: JSON.stringify(body) }))).map(
        ({ id }) => id,
      );
    expect(await idsIn(event('event_1'))).toEqual(['event_1']);
    expect(await idsIn({ object: 'list', data: [event('event_1'), event('event_2')] })).toEqual([
      'event_1',
      'event_2',
    ]);
    expect(await doubtOf(verifier, standard({ secrets: [SECRET], body: 'no JSON' }))).toBe('not_json');
  });
});
