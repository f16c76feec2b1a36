/** Secrets of webhooks in the written forms of Standard Webhooks 1.0.0: `whsec_`, `whsk_` and `whpk_`, each with base 64. */
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import type { OpenedSecret } from '@app/delivery';

const SHARED = 'whsec_';
const PRIVATE = 'whsk_';
const PUBLIC = 'whpk_';

/** Standard Webhooks: 24 to 64 bytes of chance. */
const SHARED_BYTES_AT_LEAST = 24;
const SHARED_BYTES_AT_MOST = 64;

/** RFC 8032 §5.1.5. The written private half is followed by the public one, 64 bytes in all. */
const SEED_BYTES = 32;

/** RFC 8410 §7: what stands before the seed of an Ed25519 key in PKCS #8. */
const PKCS8_BEFORE_SEED = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A new endpoint's secret, from bytes that come from a source of chance (32 are good). */
export function newWebhookSecret(bytes: Uint8Array): string {
  if (!isLengthOfSecret(bytes.length)) {
    throw new Error(
      `a webhook secret has ${SHARED_BYTES_AT_LEAST} to ${SHARED_BYTES_AT_MOST} bytes, not ${bytes.length}`,
    );
  }
  return SHARED + Buffer.from(bytes).toString('base64');
}

/** Whether a text is a secret as `newWebhookSecret` writes them: canonical base 64 of 24 to 64 bytes. */
export function isWebhookSecret(text: string): boolean {
  if (!text.startsWith(SHARED)) return false;
  const bytes = Buffer.from(text.slice(SHARED.length), 'base64');
  // Reading base 64 forgives much, and another reader may forgive something else.
  return isLengthOfSecret(bytes.length) && newWebhookSecret(bytes) === text;
}

function isLengthOfSecret(count: number): boolean {
  return count >= SHARED_BYTES_AT_LEAST && count <= SHARED_BYTES_AT_MOST;
}

export interface WebhookKeyPair {
  /** `whsk_` and base 64 of the seed and the public half. */
  privateKey: string;
  /** RFC 8037 §2. */
  publicJwk: Record<string, unknown>;
}

/** A key pair of Ed25519. @param seed 32 bytes from a source of chance. */
export function newWebhookKeyPair(seed: Uint8Array): WebhookKeyPair {
  if (seed.length !== SEED_BYTES)
    throw new Error(`the seed of a key pair has ${SEED_BYTES} bytes, not ${seed.length}`);
  const { x } = createPublicKey(privateKeyOf(seed)).export({ format: 'jwk' });
  const publicBytes = Buffer.from(x!, 'base64url');
  return {
    privateKey: PRIVATE + Buffer.concat([seed, publicBytes]).toString('base64'),
    publicJwk: { kty: 'OKP', crv: 'Ed25519', x, use: 'sig', alg: 'EdDSA' },
  };
}

/** A public key as Standard Webhooks writes it: `whpk_…`. @param publicJwk RFC 8037, Ed25519. */
export function writtenPublicKey(publicJwk: Record<string, unknown>): string {
  return PUBLIC + Buffer.from((publicJwk as JsonWebKey).x!, 'base64url').toString('base64');
}

/** What a secret is to Node's crypto in the schemes that use it. */
export interface Keys {
  /** Standard Webhooks: the bytes behind the prefix. */
  bytes: KeyObject;
  /** WorkOS, GitHub, Stripe: the whole text, its prefix included. */
  text: KeyObject;
}

// Of each secret once, however many events it signs for; they go when the secrets go.
const made = new WeakMap<OpenedSecret, Keys>();
const madePrivate = new WeakMap<OpenedSecret, KeyObject>();

/** The keys of a shared secret. Its prefix may be missing. */
export function keysOf(secret: OpenedSecret): Keys {
  let keys = made.get(secret);
  if (!keys) {
    const { value } = secret;
    const bytes = Buffer.from(value.startsWith(SHARED) ? value.slice(SHARED.length) : value, 'base64');
    keys = { bytes: createSecretKey(bytes), text: createSecretKey(Buffer.from(value, 'utf8')) };
    made.set(secret, keys);
  }
  return keys;
}

/** The private half of a key pair; the prefix may be missing. */
export function signingKeyOf(secret: OpenedSecret): KeyObject {
  let key = madePrivate.get(secret);
  if (!key) {
    const { value } = secret;
    const bytes = Buffer.from(value.startsWith(PRIVATE) ? value.slice(PRIVATE.length) : value, 'base64');
    key = privateKeyOf(bytes.subarray(0, SEED_BYTES));
    madePrivate.set(secret, key);
  }
  return key;
}

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_BEFORE_SEED, seed]),
    format: 'der',
    type: 'pkcs8',
  });
}
