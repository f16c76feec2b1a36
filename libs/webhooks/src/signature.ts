/** The signatures of a webhook, each as the libraries of its scheme verify it. Every attempt is signed anew. */
import { createHmac, sign, type KeyObject } from 'node:crypto';
import type { OpenedSecret, SecretKind } from '@app/delivery';
import { keysOf, signingKeyOf } from './secrets.js';
import type { Signature } from './settings.js';

export interface SignedMessage {
  /** The same for each attempt. */
  id: string;
  /** The time of this attempt. */
  at: Date;
  body: string;
}

/** What signs: secrets that live at the time of the attempt, newest first. */
export interface Signers {
  shared: readonly OpenedSecret[];
  pairs: readonly OpenedSecret[];
}

/** Of a destination's secrets those that live at a time: an overlap ends to the second, also within a slice of work. */
export function signersAt(secrets: readonly OpenedSecret[], at: Date): Signers {
  const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > at);
  return {
    shared: live.filter(({ kind }) => kind === 'hmac'),
    pairs: live.filter(({ kind }) => kind === 'ed25519'),
  };
}

/** The kind of secret that a signature is made with. */
export function kindOf(signature: Signature): SecretKind {
  return signature === 'v1a' ? 'ed25519' : 'hmac';
}

/**
 * `webhook-id` and `webhook-timestamp`, which every request has, and the signatures wanted.
 * @throws Error when a signature is wanted that none of the secrets can make: a request without it would not be believed.
 */
export function signatureHeaders(
  message: SignedMessage,
  signers: Signers,
  wanted: readonly Signature[],
): Record<string, string> {
  for (const signature of wanted) {
    const able = kindOf(signature) === 'hmac' ? signers.shared : signers.pairs;
    if (able.length === 0)
      throw new Error(`there is no live ${kindOf(signature)} secret to sign ${signature} with`);
  }
  return {
    ...standardHeaders(message, {
      shared: wanted.includes('v1') ? signers.shared : [],
      pairs: wanted.includes('v1a') ? signers.pairs : [],
    }),
    ...(wanted.includes('workos') ? workosHeader(message, signers.shared) : {}),
    ...(wanted.includes('github') ? githubHeader(message, signers.shared) : {}),
    ...(wanted.includes('stripe') ? stripeHeader(message, signers.shared) : {}),
  };
}

/**
 * Standard Webhooks 1.0.0: `webhook-id`, `webhook-timestamp` (seconds) and `webhook-signature`, a list with spaces: a
 * `v1,<base64>` of each shared secret and a `v1a,<base64>` of each key pair, each newest first.
 */
export function standardHeaders(
  { id, at, body }: SignedMessage,
  { shared, pairs }: Signers,
): Record<string, string> {
  const timestamp = secondsOf(at);
  const content = `${id}.${timestamp}.${body}`;
  const signatures = [
    ...shared.map((secret) => `v1,${hmac(keysOf(secret).bytes, content, 'base64')}`),
    ...pairs.map(
      (secret) => `v1a,${sign(null, Buffer.from(content), signingKeyOf(secret)).toString('base64')}`,
    ),
  ];
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  return signatures.length === 0 ? headers : { ...headers, 'webhook-signature': signatures.join(' ') };
}

/**
 * `WorkOS-Signature: t=<milliseconds>, v1=<hex>`. The key is the whole secret as text, its prefix included; there are
 * exactly two parts with a comma and a space between them, because some of its libraries read them by place. So there
 * is one secret: the oldest that lives.
 */
export function workosHeader(
  { at, body }: Omit<SignedMessage, 'id'>,
  shared: readonly OpenedSecret[],
): Record<string, string> {
  const t = at.getTime();
  return { 'workos-signature': `t=${t}, v1=${hmac(oldestOf(shared), `${t}.${body}`, 'hex')}` };
}

/** `X-Hub-Signature-256: sha256=<hex>`, the body alone with the whole secret as text. One secret: the oldest that lives. */
export function githubHeader(
  { body }: Pick<SignedMessage, 'body'>,
  shared: readonly OpenedSecret[],
): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${hmac(oldestOf(shared), body, 'hex')}` };
}

/** `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]`, a `v1` for each secret, newest first; the key is its whole text. */
export function stripeHeader(
  { at, body }: Omit<SignedMessage, 'id'>,
  shared: readonly OpenedSecret[],
): Record<string, string> {
  const t = secondsOf(at);
  const signatures = shared.map((secret) => `v1=${hmac(keysOf(secret).text, `${t}.${body}`, 'hex')}`);
  return { 'stripe-signature': [`t=${t}`, ...signatures].join(',') };
}

/**
 * The key for schemes that can carry one signature only. The receiver knows this secret until somebody gives it the new
 * one, and says when that is done by ending the old one.
 */
function oldestOf(shared: readonly OpenedSecret[]): KeyObject {
  return keysOf(shared.at(-1)!).text;
}

function secondsOf(at: Date): string {
  return String(Math.floor(at.getTime() / 1_000));
}

function hmac(key: KeyObject, content: string, encoding: 'base64' | 'hex'): string {
  return createHmac('sha256', key).update(content).digest(encoding);
}
