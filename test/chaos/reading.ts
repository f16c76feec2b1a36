/** What a receiver makes of a request: whom or what it is about, and whether it believes it, by somebody else's verifier. */
import type { IncomingHttpHeaders } from 'node:http';
import type { JWTVerifyGetKey } from 'jose';
import { Webhook } from 'standardwebhooks';
import { readRevocation } from './reading-revocations.js';
import type { DestinationFacts, Told } from './recording.js';

/** What a receiver knows of its sender, and the sender of it. */
export interface Reading {
  id: string;
  protocol: DestinationFacts['protocol'];
  /** Where it is called; of no use to one that is not. */
  url: string;
  /** What a webhook and a signed call are verified with. */
  secret: string;
  /** What tokens are verified with. */
  jwks: JWTVerifyGetKey;
  issuer: string;
  /** As whom tokens know it, where that is not its URL: a client's id. */
  clientId: string;
}

export interface Read {
  about: string;
  previous: number | null | undefined;
  /** Why it is not believed. */
  doubt: string | null;
  told?: Told | undefined;
  /** The name of the person that it is about, where it is about one. */
  subject: string;
}

interface SentEvent {
  data: { directory_id: string; username?: string; user?: { username: string } };
  context: { sequence: number; previous_sequence: number | null };
}

/** Never fails: what cannot be read is not believed. */
export async function readsOf(reading: Reading, headers: IncomingHttpHeaders, body: Buffer): Promise<Read> {
  try {
    if (reading.protocol === 'webhook') return webhook(reading, headers, body.toString());
    return await readRevocation(reading, headers, body.toString());
  } catch (error) {
    const about = `${String(headers['rollcall-txn'])}, which could not be read`;
    return { about, previous: undefined, doubt: (error as Error).message, subject: '' };
  }
}

function webhook({ secret }: Reading, headers: IncomingHttpHeaders, body: string): Read {
  const { data, context } = JSON.parse(body) as SentEvent;
  return {
    about: `${data.directory_id}/${context.sequence}`,
    previous: context.previous_sequence,
    doubt: doubtOf(secret, headers, body),
    subject: data.username ?? data.user?.username ?? '',
  };
}

function doubtOf(secret: string, headers: IncomingHttpHeaders, body: string): string | null {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
