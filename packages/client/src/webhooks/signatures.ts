/** The schemes of signatures. All comparing is WebCrypto's, which takes the same time whatever differs. */
import { WebhookNotVerified } from './error.js';
import { fromBase64, fromHex, type SharedKey, type VerifyingKey } from './keys.js';
import { bytesOf, headerOf, joined, type Bytes, type WebhookRequest } from './request.js';

/** More than a hub ever sends: ten secrets that live, of each kind. */
const SIGNATURES_AT_MOST = 32;

/** What was signed, and when, and the signatures that are said to be of it. */
export interface Signed {
  content: Bytes;
  atInMilliseconds: number;
  /** By a shared secret. */
  shared: { by: keyof SharedKey; signature: Bytes }[];
  /** By a key pair. */
  pairs: Bytes[];
}

/** Standard Webhooks 1.0.0, v1 and v1a. @returns undefined when the request has no such signature. */
export function standardWebhooks(request: WebhookRequest): Signed | undefined {
  const list = headerOf(request, 'webhook-signature');
  if (list === null) return undefined;
  const id = headerOf(request, 'webhook-id');
  const timestamp = headerOf(request, 'webhook-timestamp');
  if (!id || !timestamp || !/^\d{1,12}$/.test(timestamp))
    throw malformed('webhook-id and webhook-timestamp must be there, and the time in whole seconds');
  const signatures = list.split(' ').slice(0, SIGNATURES_AT_MOST);
  return {
    content: joined(`${id}.${timestamp}.`, bytesOf(request)),
    atInMilliseconds: Number(timestamp) * 1_000,
    shared: of(signatures, 'v1').map((signature) => ({ by: 'bytes', signature })),
    pairs: of(signatures, 'v1a'),
  };
}

/** `WorkOS-Signature: t=<milliseconds>, v1=<hex>`. @returns undefined when the request has none. */
export function workosSignature(request: WebhookRequest): Signed | undefined {
  const header = headerOf(request, 'workos-signature');
  if (header === null) return undefined;
  const parts = /^t=(\d{1,15}), ?v1=([0-9a-f]{64})$/i.exec(header.trim());
  const signature = fromHex(parts?.[2] ?? '');
  if (!parts || !signature) throw malformed('WorkOS-Signature must be t=<milliseconds>, v1=<64 hex digits>');
  return {
    content: joined(`${parts[1]}.`, bytesOf(request)),
    atInMilliseconds: Number(parts[1]),
    shared: [{ by: 'text', signature }],
    pairs: [],
  };
}

function of(signatures: readonly string[], version: string): Bytes[] {
  return signatures.flatMap((each) => {
    if (!each.startsWith(`${version},`)) return [];
    return fromBase64(each.slice(version.length + 1)) ?? [];
  });
}

export async function fitsShared({ content, shared }: Signed, keys: readonly SharedKey[]): Promise<boolean> {
  for (const { by, signature } of shared)
    for (const key of keys) if (await crypto.subtle.verify('HMAC', key[by], signature, content)) return true;
  return false;
}

export async function fitsPair({ content, pairs }: Signed, keys: readonly VerifyingKey[]): Promise<boolean> {
  for (const signature of pairs)
    for (const key of keys)
      if (await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, content)) return true;
  return false;
}

function malformed(what: string): WebhookNotVerified {
  return new WebhookNotVerified('malformed_signature', `The signature cannot be read: ${what}.`);
}
