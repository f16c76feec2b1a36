import { createHmac, createPublicKey, verify } from 'node:crypto';
import { verify as verifyGithub, verifyWithFallback } from '@octokit/webhooks-methods';
import { describe, expect, it } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import type { OpenedSecret } from '@app/delivery';
import type { Signature } from './settings.js';
import {
  githubHeader,
  signatureHeaders,
  signersAt,
  standardHeaders,
  stripeHeader,
  workosHeader,
  type SignedMessage,
} from './signature.js';
import { newPair, newShared, sharedSecret } from './testing/secrets.js';

const SPEC_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SPEC_MESSAGE: SignedMessage = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  at: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
};
const [younger, older] = [newShared(2), newShared(1)];
const now = (): SignedMessage => ({
  id: 'event_1',
  at: new Date(),
  body: '{"object":"event","id":"event_1"}',
});

function signed(
  message: SignedMessage,
  wanted: Signature[],
  secrets: OpenedSecret[] = [younger, older],
): Record<string, string> {
  return signatureHeaders(message, signersAt(secrets, message.at), wanted);
}

const isVerified = (check: () => unknown): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

describe('the signature v1 of Standard Webhooks', () => {
  it.each<[string, string, SignedMessage, string]>([
    ['the specification', SPEC_SECRET, SPEC_MESSAGE, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    [
      'the specification, its secret without prefix',
      SPEC_SECRET.replace('whsec_', ''),
      SPEC_MESSAGE,
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
    [
      'a key of 18 bytes',
      'whsec_plJ3nmyCDGBKInavdOK15jsl',
      {
        id: 'msg_loFOjxBNrRLzqYUf',
        at: new Date(1_731_705_121_000),
        body: '{"event_type":"ping","data":{"success":true}}',
      },
      'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    ],
    [
      'another secret',
      'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
      SPEC_MESSAGE,
      'v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44=',
    ],
  ])('is that of %s', (_title, secret, message, expected) => {
    const headers = standardHeaders(message, { shared: [sharedSecret(secret)], pairs: [] });
    expect(headers).toEqual({
      'webhook-id': message.id,
      'webhook-timestamp': String(message.at.getTime() / 1_000),
      'webhook-signature': expected,
    });
  });

  it('is made with every secret that lives, newest first', () => {
    const shared = [sharedSecret('whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'), sharedSecret(SPEC_SECRET)];
    expect(standardHeaders(SPEC_MESSAGE, { shared, pairs: [] })['webhook-signature']).toBe(
      'v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('counts in whole seconds, never later than it was made', () => {
    const at = new Date('2026-01-05T12:00:00.999Z');
    expect(standardHeaders({ ...now(), at }, { shared: [older], pairs: [] })).toMatchObject({
      'webhook-timestamp': String(Date.UTC(2026, 0, 5, 12) / 1_000),
    });
  });

  it.each([
    ['standardwebhooks', (secret: string) => new Webhook(secret)],
    ['svix', (secret: string) => new SvixWebhook(secret)],
  ])(
    'is verified by the package %s with the new secret and with the old, and with no other',
    (_name, verifier) => {
      const message = now();
      const headers = signed(message, ['v1', 'v1a'], [newPair(1), younger, older]);
      for (const { value } of [younger, older])
        expect(verifier(value).verify(message.body, headers)).toEqual(JSON.parse(message.body));
      for (const attempt of [
        () => verifier(newShared(3).value).verify(message.body, headers),
        () => verifier(older.value).verify(`${message.body} `, headers),
        () => verifier(older.value).verify(message.body, { ...headers, 'webhook-id': 'event_2' }),
      ])
        expect(attempt).toThrow();
    },
  );
});

describe('the signature v1a of Standard Webhooks', () => {
  it('is that of the specification', () => {
    const pair: OpenedSecret = {
      ...newPair(1),
      value: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    };
    expect(standardHeaders(SPEC_MESSAGE, { shared: [], pairs: [pair] })['webhook-signature']).toBe(
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    );
  });

  it('is verified by Node’s own Ed25519 with each public key, whatever was sent', () => {
    const pairs = [newPair(2), newPair(1)];
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (body) => {
        const message = { ...now(), body };
        const headers = signed(message, ['v1a'], pairs);
        const content = Buffer.from(`${message.id}.${headers['webhook-timestamp']}.${body}`);
        const signatures = headers['webhook-signature']!.split(' ').map((each) => each.split(','));
        expect(signatures.map(([version]) => version)).toEqual(['v1a', 'v1a']);
        pairs.forEach(({ publicJwk }, index) => {
          const key = createPublicKey({ key: publicJwk as never, format: 'jwk' });
          const signature = Buffer.from(signatures[index]![1]!, 'base64');
          expect(verify(null, content, key, signature)).toBe(true);
          expect(verify(null, Buffer.concat([content, Buffer.from('.')]), key, signature)).toBe(false);
        });
      }),
    );
  });

  it('stands behind v1 in one header', () => {
    const versions = signed(now(), ['v1a', 'v1'], [newPair(1), younger, older])
      ['webhook-signature']!.split(' ')
      .map((each) => each.split(',')[0]);
    expect(versions).toEqual(['v1', 'v1', 'v1a']);
  });
});

describe('the signature of WorkOS', () => {
  const workos = new WorkOS('sk_test');
  const constructed = (message: SignedMessage, sigHeader: string, secret: string): Promise<unknown> =>
    workos.webhooks.constructEvent({
      payload: { ...(JSON.parse(message.body) as object), event: 'dsync.deleted', data: {} },
      sigHeader,
      secret,
    });
  const event = (): SignedMessage => ({
    id: 'event_1',
    at: new Date(),
    body: '{"object":"event","id":"event_1","event":"dsync.deleted","data":{}}',
  });

  it('is that of the vector', () => {
    const message = { at: new Date(1_614_265_330_000), body: '{"id":"event_1"}' };
    expect(workosHeader(message, [sharedSecret('workos_secret')])).toEqual({
      'workos-signature':
        't=1614265330000, v1=d502f42a7233df5c8da88cebcd1f2e18e2d8a65670ca7eaee0aaebb97750ae8f',
    });
  });

  it('takes the whole secret as the key, its prefix included', () => {
    const message = now();
    const expected = createHmac('sha256', older.value)
      .update(`${message.at.getTime()}.${message.body}`)
      .digest('hex');
    expect(workosHeader(message, [older])['workos-signature']).toContain(expected);
  });

  it('has two parts also during a rotation, and is made with the old secret as long as that lives', async () => {
    const message = event();
    const header = signed(message, ['workos'])['workos-signature']!;
    expect(header).toMatch(/^t=\d{13}, v1=[0-9a-f]{64}$/);
    expect(await constructed(message, header, older.value)).toMatchObject({ id: 'event_1' });
    await expect(constructed(message, header, younger.value)).rejects.toThrow();
  });

  it('is made with the new one from the moment at which the old one ends', async () => {
    const message = event();
    const ended = { ...older, expiresAt: message.at };
    const header = signed(message, ['workos'], [younger, ended])['workos-signature']!;
    expect(await constructed(message, header, younger.value)).toMatchObject({ id: 'event_1' });
  });
});

describe('the signature of GitHub', () => {
  it('is that of the vector', () => {
    expect(githubHeader({ body: 'Hello, World!' }, [sharedSecret("It's a Secret to Everybody")])).toEqual({
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    });
  });

  it('is verified by the package @octokit/webhooks-methods, with the old secret as long as that lives', async () => {
    const message = now();
    const header = signed(message, ['github'])['x-hub-signature-256']!;
    expect(await verifyGithub(older.value, message.body, header)).toBe(true);
    expect(await verifyGithub(younger.value, message.body, header)).toBe(false);
    expect(await verifyWithFallback(younger.value, message.body, header, [older.value])).toBe(true);
    expect(await verifyGithub(older.value, `${message.body} `, header)).toBe(false);
  });
});

describe('the signature of Stripe', () => {
  const { webhooks } = new Stripe('sk_test_unused');

  it('is that of the vector', () => {
    const message = { at: new Date(1_614_265_330_000), body: '{"id":"evt_1"}' };
    expect(stripeHeader(message, [sharedSecret('whsec_test_secret')])).toEqual({
      'stripe-signature': 't=1614265330,v1=e135cdbed3dda004bf8a2fb350f2541d299393c770e0b9e6e319dc595e9072aa',
    });
  });

  it('is verified by the package stripe with the new secret and with the old, and with no other', () => {
    const message = now();
    const header = signed(message, ['stripe'])['stripe-signature']!;
    for (const { value } of [younger, older])
      expect(webhooks.constructEvent(message.body, header, value)).toMatchObject({ id: 'event_1' });
    expect(() => webhooks.constructEvent(message.body, header, newShared(3).value)).toThrow();
    expect(() => webhooks.constructEvent(`${message.body} `, header, older.value)).toThrow();
  });
});

describe('a request', () => {
  const NAMES: Record<Signature, string> = {
    v1: 'webhook-signature',
    v1a: 'webhook-signature',
    workos: 'workos-signature',
    github: 'x-hub-signature-256',
    stripe: 'stripe-signature',
  };
  const choice = fc.subarray(Object.keys(NAMES) as Signature[], { minLength: 1 });

  it('has the signatures that are wanted and no others; its id and time in any case', () => {
    fc.assert(
      fc.property(choice, (wanted) => {
        const headers = signed(now(), wanted, [newPair(1), younger, older]);
        const names = ['webhook-id', 'webhook-timestamp', ...wanted.map((each) => NAMES[each])];
        expect(Object.keys(headers).sort()).toEqual([...new Set(names)].sort());
        const versions = (headers['webhook-signature'] ?? '').split(' ').map((each) => each.split(',')[0]);
        expect(versions.includes('v1')).toBe(wanted.includes('v1'));
        expect(versions.includes('v1a')).toBe(wanted.includes('v1a'));
      }),
    );
  });

  it('is not signed with a secret that has ended', () => {
    const message = now();
    const ended = [newShared(1, message.at), newPair(1, message.at)];
    const live = [newShared(2, new Date(message.at.getTime() + 1)), newPair(2)];
    const headers = signed(message, ['v1', 'v1a', 'stripe'], [...live, ...ended]);
    expect(headers['webhook-signature']!.split(' ')).toHaveLength(2);
    expect(isVerified(() => new Webhook(ended[0]!.value).verify(message.body, headers))).toBe(false);
    expect(isVerified(() => new Webhook(live[0]!.value).verify(message.body, headers))).toBe(true);
    expect(headers['stripe-signature']!.split(',')).toHaveLength(2);
  });

  it.each<[Signature, OpenedSecret[]]>([
    ['v1', [newPair(1)]],
    ['v1a', [older]],
    ['workos', []],
    ['github', [newPair(1)]],
    ['stripe', []],
  ])(
    'is not made at all when nothing can sign its %s: the event waits instead of being refused',
    (wanted, secrets) => {
      expect(() => signed(now(), [wanted], secrets)).toThrow(/no live (hmac|ed25519) secret/);
    },
  );
});
