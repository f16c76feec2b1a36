import { randomBytes } from 'node:crypto';
import type { NewSecret, SecretKind } from '@app/tenancy';
import { newWebhookKeyPair, newWebhookSecret } from '@app/webhooks';

// Of both kinds: as many as SHA-256 can use, and as Ed25519 demands.
const BYTES = 32;

/** A secret that nobody has seen. */
export function newSecret(kind: SecretKind): NewSecret {
  const bytes = randomBytes(BYTES);
  if (kind === 'hmac') return { kind, value: newWebhookSecret(bytes) };
  const { privateKey, publicJwk } = newWebhookKeyPair(bytes);
  return { kind, value: privateKey, publicJwk };
}
