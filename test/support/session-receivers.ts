/** Applications that end sessions when they are told to: each believes only what its protocol says it may, and keeps it. */
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { Webhook } from 'standardwebhooks';
import { Sink, type Answer, type ReceivedRequest } from './sink.js';

export interface Known {
  /** Where the hub publishes its keys. */
  jwksUrl: string;
  issuer: string;
}

/** What an application was told and believed. */
export interface Told {
  /** As it knows the person. */
  person: string;
  /** What it is to do; `end` where the protocol knows nothing else. */
  verb: string;
  request: ReceivedRequest;
}

export interface SessionReceiver {
  sink: Sink;
  /** In the order in which it was believed; what is told once more (each call comes at least once) is not here again. */
  told: Told[];
  /** Why it did not believe the others. */
  doubts: string[];
  /** What it answers instead of 204 when it believes; null: 204. */
  moody: Answer | Promise<Answer> | null;
}

type Believe = (request: ReceivedRequest) => Promise<Omit<Told, 'request'>>;

/** OpenID Connect Core §3.1.3.7 and Back-Channel Logout 1.0 §2.6 call for some, RFC 8725 for all. */
const LIFE_AT_MOST_IN_SECONDS = 120;
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

async function receiver(
  answerOfDoubt: number,
  makeBelieve: (sink: Sink) => Believe,
): Promise<SessionReceiver> {
  const sink = await Sink.open();
  const believe = makeBelieve(sink);
  const made: SessionReceiver = { sink, told: [], doubts: [], moody: null };
  sink.answers(async (request) => {
    try {
      const believed = await believe(request);
      const isNew = made.told.every((known) => txnOf(known.request) !== txnOf(request));
      if (isNew) made.told.push({ ...believed, request });
      return await (made.moody ?? { status: 204, headers: { 'cache-control': 'no-store' } });
    } catch (error) {
      made.doubts.push((error as Error).message);
      return { status: answerOfDoubt, body: '{"error":"invalid_request"}' };
    }
  });
  return made;
}

function txnOf({ headers }: ReceivedRequest): string {
  return String(headers['rollcall-txn']);
}

export function logoutReceiver({ jwksUrl, issuer }: Known, clientId: string): Promise<SessionReceiver> {
  const token = tokenReader(jwksUrl, { issuer, audience: clientId, typ: 'logout+jwt' });
  return receiver(400, () => async (request) => {
    const { sub, events } = await token(fieldOf(request, 'logout_token'), ['events', 'sub']);
    if (Object.keys(events as object).join() !== LOGOUT_EVENT) throw new Error('this is no logout');
    return { person: sub!, verb: 'end' };
  });
}

export function commandReceiver({ jwksUrl, issuer }: Known, clientId: string): Promise<SessionReceiver> {
  return receiver(400, (sink) => {
    const token = tokenReader(jwksUrl, { issuer, audience: `${sink.url}/command`, typ: 'command+jwt' });
    return async (request) => {
      const field = fieldOf(request, 'command_token');
      const claims = await token(field, ['client_id', 'command', 'tenant', 'sub']);
      if (claims['client_id'] !== clientId) throw new Error('this is for another client');
      return { person: claims.sub!, verb: claims['command'] as string };
    };
  });
}

/** Global Token Revocation: a bearer token, and the person in the body. */
export function revocationReceiver({ jwksUrl, issuer }: Known): Promise<SessionReceiver> {
  return receiver(401, (sink) => {
    const how = { issuer, audience: `${sink.url}/revoke`, typ: 'global-token-revocation+jwt' };
    const token = tokenReader(jwksUrl, how, 300);
    return async ({ headers, body }) => {
      await token(/^Bearer (.+)$/.exec(String(headers.authorization))![1]!, ['sub', 'nbf']);
      const [named, ...more] = Object.values(JSON.parse(body.toString()) as Record<string, Named>);
      if (!named || more.length > 0) throw new Error('there is more, or less, than who it is');
      return { person: nameIn(named), verb: 'end' };
    };
  });
}

/** RFC 9493 §3.2 */
interface Named {
  format: string;
  [member: string]: string;
}

function nameIn({ format, ...named }: Named): string {
  const member = { email: 'email', opaque: 'id', iss_sub: 'sub' }[format] ?? '';
  const name = named[member];
  if (name === undefined) throw new Error(`${format} does not say who it is`);
  return name;
}

/** @param secrets of the destination; any of them will do. */
export function callReceiver(secrets: readonly string[]): Promise<SessionReceiver> {
  return receiver(401, () => async ({ headers, body }) => {
    const believed = secrets.map((secret) => {
      return new Webhook(secret).verify(body.toString(), headers as Record<string, string>) as {
        type: string;
        person: { id: string };
      };
    });
    if (believed[0]?.type !== 'session.revoke') throw new Error('nobody has given us a secret yet');
    return { person: believed[0].person.id, verb: 'end' };
  });
}

/** A body of exactly this field. */
function fieldOf({ headers, body }: ReceivedRequest, name: string): string {
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') throw new Error('this is no form');
  const fields = [...new URLSearchParams(body.toString())];
  if (fields.length !== 1 || fields[0]![0] !== name) throw new Error(`there is more, or less, than ${name}`);
  return fields[0]![1];
}

function tokenReader(
  jwksUrl: string,
  how: { issuer: string; audience: string; typ: string },
  lifeInSeconds = LIFE_AT_MOST_IN_SECONDS,
): (token: string, claims: string[]) => Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  const seen = new Set<string>();
  return async (token, claims) => {
    const requiredClaims = ['iss', 'aud', 'iat', 'exp', 'jti', ...claims];
    const { payload } = await jwtVerify(token, keys, { ...how, algorithms: ['RS256'], requiredClaims });
    if ('nonce' in payload) throw new Error('a nonce: this may be an ID token');
    if ('sid' in payload) throw new Error('a session that nobody knows');
    if (payload.exp! - payload.iat! > lifeInSeconds) throw new Error('this lives too long');
    if (seen.has(payload.jti!)) throw new Error('this token was here before');
    seen.add(payload.jti!);
    return payload;
  };
}
