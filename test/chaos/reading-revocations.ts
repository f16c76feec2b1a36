/** What applications that end sessions make of what they are told: each believes only what its protocol says it may. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { jwtVerify, type JWTPayload } from 'jose';
import { Webhook } from 'standardwebhooks';
import type { Read, Reading } from './reading.js';

/** How the receiver of a pushed stream knows its transmitter. */
export const STREAM_AUTHORIZATION = 'Bearer what-the-receiver-wants-to-see';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Back-Channel Logout 1.0 §2.4: two minutes; Global Token Revocation as Okta speaks it: five. */
const LIFE_AT_MOST_IN_SECONDS = { token: 120, bearer: 300 };

interface Said {
  verb: string;
  person: string;
  jti: string;
  txn: string;
  bytes: string;
}

/** @throws Error saying why it is not believed. */
export async function readRevocation(
  reading: Reading,
  headers: IncomingHttpHeaders,
  body: string,
): Promise<Read> {
  const { verb, person, jti, txn, bytes } = await saidIn(reading, headers, body);
  if (txn !== headers['rollcall-txn']) throw new Error(`its header names another txn than ${txn}`);
  const place = `${String(headers['rollcall-directory'])}/${String(headers['rollcall-sequence'])}`;
  const told = { person, place, jti, digest: digestOf(bytes) };
  return { about: `${txn} ${verb}`, previous: undefined, doubt: null, told, subject: person };
}

/** A token of a polled stream has no headers. @throws Error saying why it is not believed. */
export async function readPolled(reading: Reading, jti: string, set: string): Promise<Read> {
  const said = await securityEvent(reading, set);
  if (said.jti !== jti) throw new Error(`it stands under the jti ${jti}, and its own is ${said.jti}`);
  const told = { person: said.person, place: undefined, jti, digest: digestOf(set) };
  return { about: `${said.txn} ${said.verb}`, previous: undefined, doubt: null, told, subject: said.person };
}

async function saidIn(reading: Reading, headers: IncomingHttpHeaders, body: string): Promise<Said> {
  const { protocol, url, clientId } = reading;
  const txn = String(headers['rollcall-txn']);
  switch (protocol) {
    case 'global-token-revocation': {
      const bytes = /^Bearer (.+)$/.exec(String(headers.authorization))?.[1] ?? '';
      const how = { typ: 'global-token-revocation+jwt', audience: url, claims: ['exp', 'sub', 'nbf'] };
      const { jti, iat, exp } = await verified(reading, bytes, how);
      if (exp! - iat! > LIFE_AT_MOST_IN_SECONDS.bearer) throw new Error('it lives too long');
      const { sub_id } = JSON.parse(body) as { sub_id: { id: string } };
      return { verb: 'end', person: sub_id.id, jti: jti!, txn, bytes };
    }
    case 'back-channel-logout': {
      const bytes = fieldOf(headers, body, 'logout_token');
      const how = { typ: 'logout+jwt', audience: clientId, claims: ['exp', 'sub', 'events'] };
      const { sub, events, jti } = shortLived(await verified(reading, bytes, how));
      if (Object.keys(events as object).join() !== LOGOUT_EVENT) throw new Error('it is no logout');
      return { verb: 'end', person: sub!, jti: jti!, txn, bytes };
    }
    case 'provider-command': {
      const bytes = fieldOf(headers, body, 'command_token');
      const how = { typ: 'command+jwt', audience: url, claims: ['exp', 'sub', 'client_id', 'tenant'] };
      const { sub, command, client_id, jti } = shortLived(await verified(reading, bytes, how));
      if (client_id !== clientId) throw new Error('it is for another client');
      return { verb: String(command), person: sub!, jti: jti!, txn, bytes };
    }
    case 'signed-call':
      return signedCall(reading, headers, body);
    case 'shared-signals': {
      if (headers['content-type'] !== 'application/secevent+jwt') throw new Error('it is no SET by its type');
      if (headers.authorization !== STREAM_AUTHORIZATION) throw new Error('it does not say who sends it');
      return securityEvent(reading, body);
    }
    case 'webhook':
      throw new Error('a webhook ends no sessions');
  }
}

function signedCall({ secret }: Reading, headers: IncomingHttpHeaders, body: string): Said {
  const call = new Webhook(secret).verify(body, headers as Record<string, string>) as {
    type: string;
    txn: string;
    person: { id: string };
  };
  if (call.type !== 'session.revoke') throw new Error(`it is a call of another type: ${call.type}`);
  const jti = String(headers['webhook-id']);
  return { verb: 'end', person: call.person.id, jti, txn: call.txn, bytes: body };
}

/** RFC 8417, and what the Shared Signals Framework 1.0 §4 leaves of it. */
async function securityEvent(reading: Reading, set: string): Promise<Said> {
  const how = { typ: 'secevent+jwt', audience: reading.clientId, claims: ['sub_id', 'events', 'txn'] };
  const { sub, exp, sub_id, events, jti, txn } = await verified(reading, set, how);
  if (sub !== undefined || exp !== undefined) throw new Error('it has sub or exp, which SSF forbids');
  const [eventType, ...more] = Object.keys(events as object);
  if (eventType === undefined || more.length > 0) throw new Error('it has not exactly one event');
  const { format, id, uri } = sub_id as { format: string; id?: string; uri?: string };
  const person = format === 'scim' ? uri!.replace('/Users/', '') : id!;
  return { verb: /[^/:]+$/.exec(eventType)![0], person, jti: jti!, txn: String(txn), bytes: set };
}

async function verified(
  { jwks, issuer }: Reading,
  token: string,
  { claims, ...how }: { typ: string; audience: string; claims: string[] },
): Promise<JWTPayload> {
  const requiredClaims = ['iat', 'jti', ...claims];
  const { payload } = await jwtVerify(token, jwks, { ...how, issuer, requiredClaims, algorithms: ['RS256'] });
  if ('nonce' in payload) throw new Error('it has a nonce, and may be an ID token');
  if ('sid' in payload) throw new Error('it names a session that nobody knows');
  return payload;
}

function shortLived(claims: JWTPayload): JWTPayload {
  if (claims.exp! - claims.iat! > LIFE_AT_MOST_IN_SECONDS.token) throw new Error('it lives too long');
  return claims;
}

/** A form of exactly this field. */
function fieldOf(headers: IncomingHttpHeaders, body: string, name: string): string {
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') throw new Error('it is no form');
  const fields = [...new URLSearchParams(body)];
  if (fields.length !== 1 || fields[0]![0] !== name) throw new Error(`it has more, or less, than ${name}`);
  return fields[0]![1];
}

function digestOf(bytes: string): string {
  return createHash('sha256').update(bytes).digest('base64url');
}
