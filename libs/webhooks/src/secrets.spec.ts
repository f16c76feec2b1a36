import { createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isWebhookSecret,
  newWebhookKeyPair,
  newWebhookSecret,
  signingKeyOf,
  writtenPublicKey,
} from './secrets.js';
import { newPair } from './testing/secrets.js';

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

describe('a shared secret', () => {
  it('is whsec_ and the base 64 of its bytes', () => {
    expect(newWebhookSecret(Buffer.alloc(24))).toBe(`whsec_${'A'.repeat(32)}`);
  });

  it.each([23, 65])('is not made from %i bytes', (count) => {
    expect(() => newWebhookSecret(Buffer.alloc(count))).toThrow(/24 to 64/);
  });

  it('may be brought along: 24 to 64 bytes', () => {
    fc.assert(fc.property(bytes(24, 64), (own) => expect(isWebhookSecret(newWebhookSecret(own))).toBe(true)));
  });

  it.each([
    ['without its prefix', 'A'.repeat(32)],
    ['with the prefix of another thing', `whsk_${'A'.repeat(32)}`],
    ['too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['with what is not base 64', `whsec_${'A'.repeat(31)}!`],
    ['in the alphabet for URLs', `whsec_${Buffer.alloc(24, 255).toString('base64url')}`],
    ['without its padding', `whsec_${Buffer.alloc(25).toString('base64').replace(/=+$/, '')}`],
    ['with a line break', `whsec_${'A'.repeat(32)}\n`],
    ['with bits that mean nothing', `whsec_${'A'.repeat(33)}B==`],
    ['with nothing else', 'whsec_'],
  ])('is refused %s', (_title, text) => {
    expect(isWebhookSecret(text)).toBe(false);
  });
});

describe('a key pair', () => {
  it('is the one of the specification', () => {
    const seed = Buffer.from('6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=', 'base64');
    const { privateKey, publicJwk } = newWebhookKeyPair(seed);
    expect(privateKey).toBe(
      'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
    );
    expect(writtenPublicKey(publicJwk)).toBe('whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=');
  });

  it('has a public half that others can read as a JSON Web Key, and nothing of the private one', () => {
    const pair = newPair(3);
    expect(pair.publicJwk).toEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: expect.stringMatching(/^[\w-]{43}$/),
      use: 'sig',
      alg: 'EdDSA',
      kid: pair.id,
    });
    const key = createPublicKey({ key: pair.publicJwk as never, format: 'jwk' });
    const content = Buffer.from('something');
    expect(verify(null, content, key, sign(null, content, signingKeyOf(pair)))).toBe(true);
  });

  it.each([31, 33])('is not made from %i bytes', (count) => {
    expect(() => newWebhookKeyPair(Buffer.alloc(count))).toThrow(/32 bytes/);
  });
});
