/** What a receiver makes of a request: whom or what it is about, and whether its signature is good, by somebody else's verifier. */
import type { IncomingHttpHeaders } from 'node:http';
import { jwtVerify, type JWTVerifyGetKey } from 'jose';
import { Webhook } from 'standardwebhooks';

export interface Reading {
  id: string;
  protocol: string;
  /** What a webhook's receiver verifies with. */
  secret: string;
  /** What a revocation's receiver verifies with. */
  jwks: JWTVerifyGetKey;
}

export interface Read {
  about: string;
  previous: number | null | undefined;
  signed: boolean;
  /** The name of the person that it is about, where it is about one. */
  person: string;
}

interface SentEvent {
  data: { directory_id: string; username?: string; user?: { username: string } };
  context: { sequence: number; previous_sequence: number | null };
}

export async function readsOf(reading: Reading, headers: IncomingHttpHeaders, body: Buffer): Promise<Read> {
  if (reading.protocol === 'webhook') return webhook(reading, headers, body.toString());
  const { sub_id } = JSON.parse(body.toString()) as { sub_id: { id: string } };
  const token = String(headers.authorization).replace(/^Bearer /, '');
  const signed = await jwtVerify(token, reading.jwks, { typ: 'global-token-revocation+jwt' }).then(
    () => true,
    () => false,
  );
  return { about: sub_id.id, previous: undefined, signed, person: sub_id.id };
}

function webhook({ secret }: Reading, headers: IncomingHttpHeaders, body: string): Read {
  const { data, context } = JSON.parse(body) as SentEvent;
  return {
    about: `${data.directory_id}/${context.sequence}`,
    previous: context.previous_sequence,
    signed: verifies(secret, headers, body),
    person: data.username ?? data.user?.username ?? '',
  };
}

function verifies(secret: string, headers: IncomingHttpHeaders, body: string): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}
