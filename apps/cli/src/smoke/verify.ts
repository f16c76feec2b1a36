/** Checks what arrived as a receiver would: by the signature alone, with nothing of the sender's code. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Received } from './receiver.js';

/** Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body` with the bytes behind `whsec_`. */
export function verifyWebhook(
  { headers, body }: Received,
  secret: string,
): { event: string; data: { id?: unknown } } {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    String(headers[name]),
  );
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  const fits = signatures!
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
  if (!fits) throw new Error(`the webhook's signature does not verify: ${signatures}`);
  return JSON.parse(body) as { event: string; data: { id?: unknown } };
}

/** Global Token Revocation: the subject in the body, the bearer JWT against the published keys. */
export async function verifyRevocation(
  { headers, body }: Received,
  expected: { jwksUrl: string; audience: string; email: string },
): Promise<void> {
  const token = String(headers.authorization).replace(/^Bearer /, '');
  await jwtVerify(token, createRemoteJWKSet(new URL(expected.jwksUrl)), {
    audience: expected.audience,
    typ: 'global-token-revocation+jwt',
  });
  const { sub_id: subject } = JSON.parse(body) as { sub_id?: { email?: string } };
  if (subject?.email !== expected.email)
    throw new Error(`the revocation names ${JSON.stringify(subject)}, not ${expected.email}`);
}
