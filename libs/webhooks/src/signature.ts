/** The two signatures of a webhook: Standard Webhooks 1.0.0, and the one that WorkOS's libraries verify. */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** Standard Webhooks: 24 to 64 bytes of chance. */
const KEY_BYTES_AT_LEAST = 24;
const KEY_BYTES_AT_MOST = 64;

/** A new endpoint's secret, from bytes that come from a source of chance (32 are good). */
export function newWebhookSecret(bytes: Uint8Array): string {
  if (bytes.length < KEY_BYTES_AT_LEAST || bytes.length > KEY_BYTES_AT_MOST) {
    throw new Error(
      `a webhook secret has ${KEY_BYTES_AT_LEAST} to ${KEY_BYTES_AT_MOST} bytes, not ${bytes.length}`,
    );
  }
  return PREFIX + Buffer.from(bytes).toString('base64');
}

export interface SignedMessage {
  /** The same for each attempt. */
  id: string;
  /** The time of this attempt. */
  at: Date;
  body: string;
}

/** Standard Webhooks 1.0.0: `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature` (`v1,<base64>`). */
export function standardHeaders(secret: string, { id, at, body }: SignedMessage): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/**
 * `WorkOS-Signature: t=<milliseconds>, v1=<hex>`. The key is the whole secret as text, its prefix included; there are
 * exactly two parts with a comma and a space between them, because some of its libraries read them by place.
 */
export function workosHeader(
  secret: string,
  { at, body }: Omit<SignedMessage, 'id'>,
): Record<string, string> {
  const t = at.getTime();
  const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
  return { 'workos-signature': `t=${t}, v1=${v1}` };
}
