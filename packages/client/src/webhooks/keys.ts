/** Secrets and public keys in their written forms, as WebCrypto wants them. */
import type { Bytes } from './request.js';

/** RFC 8037: a public key of Ed25519. */
export interface PublicJwk {
  kty: string;
  crv?: string;
  x?: string;
  kid?: string;
  [member: string]: unknown;
}

/** `CryptoKey`, whose name not every runtime's types have in the same place. */
export type VerifyingKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const SHARED = 'whsec_';
const PUBLIC = 'whpk_';
const PUBLIC_KEY_BYTES = 32;

/** @returns undefined for what is no base 64. */
export function fromBase64(text: string): Bytes | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** @returns undefined for what is no hexadecimal. */
export function fromHex(text: string): Bytes | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** A shared secret to verify with: in Standard Webhooks the bytes behind the prefix, in WorkOS's scheme its whole text. */
export interface SharedKey {
  bytes: VerifyingKey;
  text: VerifyingKey;
}

/** @throws TypeError for a secret that is no base 64. */
export async function sharedKey(secret: string): Promise<SharedKey> {
  const bytes = fromBase64(secret.startsWith(SHARED) ? secret.slice(SHARED.length) : secret);
  // The secret itself stays out of the message: messages end up in logs.
  if (!bytes || bytes.length === 0)
    throw new TypeError('a webhook secret is whsec_ and base 64: this one is something else');
  return { bytes: await hmacKey(bytes), text: await hmacKey(new TextEncoder().encode(secret)) };
}

/** @param key `whpk_…` as Standard Webhooks writes it, or a JSON Web Key. @throws TypeError for any other key. */
export async function publicKey(key: string | PublicJwk): Promise<VerifyingKey> {
  const bytes = typeof key === 'string' ? writtenBytes(key) : jwkBytes(key);
  if (bytes?.length !== PUBLIC_KEY_BYTES)
    throw new TypeError('a public key is whpk_ and base 64, or a JSON Web Key with the curve Ed25519');
  return crypto.subtle.importKey('raw', bytes, { name: 'Ed25519' }, false, ['verify']);
}

function writtenBytes(key: string): Bytes | undefined {
  return fromBase64(key.startsWith(PUBLIC) ? key.slice(PUBLIC.length) : key);
}

export function isEd25519({ kty, crv, x }: PublicJwk): boolean {
  return kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string';
}

function jwkBytes(jwk: PublicJwk): Bytes | undefined {
  return isEd25519(jwk) ? fromBase64(jwk.x!) : undefined;
}

function hmacKey(bytes: Bytes): Promise<VerifyingKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}
