/** One security event token before it is signed: RFC 8417, as the Shared Signals Framework 1.0 §4 narrows it. Pure. */
import type { SubjectIdentifier } from '../../subject.js';

/** RFC 8417 §2.3 */
export const SET_TYPE = 'secevent+jwt';

/** RFC 9967 §2.1: a resource of the SCIM service, by its path. */
export interface ScimSubject {
  format: 'scim';
  uri: string;
  externalId?: string;
}

/** Where the log of a directory has what is told: of two tokens the one with the higher sequence tells of what came later. */
export interface LogPlace {
  directory_id: string;
  sequence: number;
}

/**
 * Never `sub` (RFC 8417 leaves it to the event; the framework forbids it) and never `exp`: what has happened does not
 * expire.
 */
export interface SecurityEventClaims extends Record<string, unknown> {
  iss: string;
  jti: string;
  /** In seconds. */
  iat: number;
  aud: string | string[];
  /** The same in all tokens that tell of one thing that happened, at whichever receiver. */
  txn?: string;
  sub_id: SubjectIdentifier | ScimSubject;
  /** Exactly one. */
  events: Record<string, object>;
  /** Ours (RFC 7519 §4.3); receivers ignore what they do not know. */
  rollcall?: LogPlace;
}

export interface SecurityEvent {
  jti: string;
  /** The URI. */
  eventType: string;
  claims: SecurityEventClaims;
}

export interface SecurityEventFacts {
  issuer: string;
  jti: string;
  /** When it happened. */
  at: Date;
  audience: string | readonly string[];
  txn?: string;
  subject: SubjectIdentifier | ScimSubject;
  eventType: string;
  payload: object;
  place?: LogPlace;
}

/** The members always stand in the same order, so that the same facts and the same key make the same bytes. */
export function securityEvent(facts: SecurityEventFacts): SecurityEvent {
  const { issuer, jti, at, audience, txn, subject, eventType, payload, place } = facts;
  const claims: SecurityEventClaims = {
    iss: issuer,
    jti,
    iat: secondsOf(at),
    aud: typeof audience === 'string' ? audience : audience.length === 1 ? audience[0]! : [...audience],
    ...(txn === undefined ? {} : { txn }),
    sub_id: subject,
    events: { [eventType]: payload },
    ...(place ? { rollcall: place } : {}),
  };
  return { jti, eventType, claims };
}

export function logPlaceOf({ directoryId, sequence }: { directoryId: string; sequence: number }): LogPlace {
  return { directory_id: directoryId, sequence };
}

/** RFC 7519 §2, NumericDate. */
export function secondsOf(at: Date): number {
  return Math.floor(at.getTime() / 1_000);
}
