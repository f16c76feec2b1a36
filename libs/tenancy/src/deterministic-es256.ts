/**
 * ES256 (RFC 7518 §3.4) whose signature of the same text is the same each time: RFC 6979. With a nonce by chance a receiver could
 * not know a token again by its bytes.
 */
import { createPublicKey, verify } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import type { JWK } from 'jose';

/** @param privateJwk an EC key on P-256. @returns r and s, 64 bytes: RFC 7515 §3.1's third part before it is encoded. */
export function signEs256(text: string, privateJwk: JWK): Buffer {
  const message = Buffer.from(text);
  const secret = Buffer.from(privateJwk.d!, 'base64url');
  const signature = Buffer.from(
    p256.sign(message, secret, { prehash: true, lowS: false, format: 'compact' }),
  );
  // By somebody else's arithmetic: a signature that came out wrong, or by another key, must not leave.
  if (!isSignatureOf(message, signature, privateJwk)) throw new Error('an ES256 signature came out wrong');
  return signature;
}

function isSignatureOf(message: Buffer, signature: Buffer, { kty, crv, x, y }: JWK): boolean {
  const key = createPublicKey({ key: { kty, crv, x, y } as Record<string, string>, format: 'jwk' });
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
