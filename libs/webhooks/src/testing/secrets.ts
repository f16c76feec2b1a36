/** Secrets for specs, as the engine hands them to a protocol. */
import type { OpenedSecret } from '@app/delivery';
import { newWebhookKeyPair, newWebhookSecret } from '../secrets.js';

const MORNING = new Date('2026-01-05T08:00:00.000Z');

/** A shared secret with this text. */
export function sharedSecret(value: string, expiresAt: Date | null = null): OpenedSecret {
  return {
    id: `secret_${value.slice(-6)}`,
    kind: 'hmac',
    value,
    publicJwk: null,
    createdAt: MORNING,
    expiresAt,
  };
}

/** A shared secret of our own making, unlike that of another number. */
export function newShared(number: number, expiresAt: Date | null = null): OpenedSecret {
  return sharedSecret(newWebhookSecret(Buffer.alloc(32, number)), expiresAt);
}

/** A key pair, unlike that of another number. */
export function newPair(number: number, expiresAt: Date | null = null): OpenedSecret {
  const id = `secret_${number}`;
  const { privateKey: value, publicJwk } = newWebhookKeyPair(Buffer.alloc(32, number));
  return { id, kind: 'ed25519', value, publicJwk: { ...publicJwk, kid: id }, createdAt: MORNING, expiresAt };
}
