/** Which security events tell of what happened in a directory, or to the stream itself. Pure. */
import { createHash } from 'node:crypto';
import { isForOneStream, type RecordedEvent, type StreamEvent, type User } from '@app/directory';
import { leavingOf, txnOf, type RevocationCause } from '../../causes.js';
import { canonicalSubject, isSameSubject, subjectOf } from '../../subject.js';
import {
  ACCOUNT_DISABLED,
  ACCOUNT_ENABLED,
  ACCOUNT_PURGED,
  CREDENTIAL_CHANGE,
  SCIM_ACTIVATED,
  SCIM_CREATED,
  SCIM_DEACTIVATED,
  SCIM_DELETED,
  SCIM_PATCHED,
  SESSION_REVOKED,
  STREAM_UPDATED,
  TOKEN_CLAIMS_CHANGE,
  VERIFICATION,
} from './event-types.js';
import {
  logPlaceOf,
  secondsOf,
  securityEvent,
  type ScimSubject,
  type SecurityEvent,
  type SecurityEventFacts,
} from './security-event-token.js';
import type { SharedSignalsSettings } from './settings.js';

/** Of settings what decides about events. */
export type StreamWishes = Pick<
  SharedSignalsSettings,
  'audience' | 'events_requested' | 'subject' | 'causes'
> &
  Partial<Pick<SharedSignalsSettings, 'subjects_removed'>>;

export interface StreamIdentity {
  /** The id of the destination. */
  streamId: string;
  issuer: string;
  /** Why what takes access away must not be told any more; undefined: it must. */
  superseded?: string | undefined;
}

/** One event of a token, and whom it names in which way. */
interface Part {
  eventType: string;
  person: User;
  payload: object;
  /** It takes something away, so it is not told of somebody who is back. */
  takesAway?: true;
  /** RFC 9967 has a way of its own to name whom it is about. */
  isScim?: true;
}

/**
 * @returns the tokens to be signed, in the order in which they are to be told: always the same for the same event and stream.
 * None for what the stream did not ask for, or cannot be told; see `reasonNotTold`.
 */
export function setsOf(
  event: RecordedEvent,
  settings: StreamWishes,
  { streamId, issuer, superseded }: StreamIdentity,
): SecurityEvent[] {
  if (isForOneStream(event))
    return event.data.streamId === streamId ? [aboutStream(event, settings, issuer)] : [];
  if (event.type === 'MembershipChanged' && !event.afterwards)
    throw new Error(`nobody has read which groups event ${event.position} leaves the person in`);
  if (reasonNotTold(event, settings)) return [];
  return partsOf(event, settings, superseded).flatMap((part) => {
    const subject = part.isScim ? scimSubject(part.person) : subjectOf(part.person, settings.subject);
    if ('impossible' in subject) return [];
    const { eventType, payload } = part;
    const common = factsOf(event, eventType, { streamId, issuer, audience: settings.audience });
    return securityEvent({ ...common, txn: txnOf(event), subject, payload, place: logPlaceOf(event) });
  });
}

/** @returns why none of an event's tokens can be made, where the person has not what the receiver knows people by. */
export function reasonNotTold(event: RecordedEvent, settings: StreamWishes): string | undefined {
  const named = partsOf(event, settings).find(({ isScim }) => !isScim);
  const subject = named && subjectOf(named.person, settings.subject);
  return subject && 'impossible' in subject ? subject.impossible : undefined;
}

/** Whether a stream asked for any word of it. @param superseded as with `setsOf`. */
export function tellsOf(event: RecordedEvent, settings: StreamWishes, superseded?: string): boolean {
  return isForOneStream(event) || partsOf(event, settings, superseded).length > 0;
}

function partsOf(event: RecordedEvent, settings: StreamWishes, superseded?: string): Part[] {
  const { events_requested: requested, causes } = settings;
  const parts = [...revocationOf(event, causes), ...changeOf(event)];
  return parts.filter(
    ({ eventType, takesAway, person }) =>
      requested.includes(eventType) &&
      !(takesAway && superseded !== undefined) &&
      !isRemoved(person, settings),
  );
}

/** The receiver has said that it wants to hear nothing of this person. */
function isRemoved(person: User, { subject, subjects_removed: removed = [] }: StreamWishes): boolean {
  if (removed.length === 0) return false;
  const named = subjectOf(person, subject);
  return !('impossible' in named) && removed.some((each) => isSameSubject(each, canonicalSubject(named)));
}

function revocationOf(event: RecordedEvent, causes: readonly RevocationCause[]): Part[] {
  const leaving = leavingOf(event);
  if (!leaving || !causes.includes(leaving.cause)) return [];
  const { person, cause } = leaving;
  const payload = caep(event, WHO_DID_IT[cause], REASONS[cause]);
  return [{ eventType: SESSION_REVOKED, person, payload, takesAway: true }];
}

function changeOf(event: RecordedEvent): Part[] {
  switch (event.type) {
    case 'UserCreated': {
      const person = event.data.user;
      return [scim(SCIM_CREATED, person, notice(person, person.attributes))];
    }
    case 'UserProfileChanged': {
      const person = event.data.user;
      return [scim(SCIM_PATCHED, person, notice(person, event.previous))];
    }
    case 'UserDeactivated': {
      const person = event.data.user;
      return [
        { eventType: ACCOUNT_DISABLED, person, payload: {}, takesAway: true },
        scim(SCIM_DEACTIVATED, person, { version: versionOf(person) }),
      ];
    }
    case 'UserReactivated': {
      const person = event.data.user;
      return [
        { eventType: ACCOUNT_ENABLED, person, payload: {} },
        scim(SCIM_ACTIVATED, person, { version: versionOf(person) }),
      ];
    }
    case 'UserDeleted': {
      const person = event.data.user;
      return [{ eventType: ACCOUNT_PURGED, person, payload: {} }, scim(SCIM_DELETED, person, {})];
    }
    case 'UserCredentialChanged': {
      const payload = {
        credential_type: 'password',
        change_type: 'update',
        ...caep(event, WHO_DID_IT.credential_changed, REASONS.credential_changed),
      };
      return [{ eventType: CREDENTIAL_CHANGE, person: event.data.user, payload }];
    }
    case 'MembershipChanged':
      return claimsChangeOf(event);
    default:
      return [];
  }
}

/**
 * CAEP 1.0 §3.2: the new value of the claim, as far as the receiver may know it. Nothing makes it pointless: whoever hears all
 * of them in order knows in the end what is true.
 */
function claimsChangeOf(event: Membership): Part[] {
  const { member, change } = event.data;
  if (member.type !== 'User') return [];
  const { groups = [] } = event.afterwards ?? {};
  const payload = { claims: { groups }, ...caep(event, 'admin', MEMBERSHIP_REASONS[change]) };
  return [{ eventType: TOKEN_CLAIMS_CHANGE, person: member.user, payload }];
}

type Membership = Extract<RecordedEvent, { type: 'MembershipChanged' }>;

const MEMBERSHIP_REASONS: Record<Membership['data']['change'], string> = {
  added: 'SCIM: added to a group',
  removed: 'SCIM: removed from a group',
};

const REASONS: Record<RevocationCause, string> = {
  deactivated: 'SCIM active=false',
  deleted: 'SCIM DELETE',
  access_removed: 'SCIM: removed from the last group that grants access',
  credential_changed: 'SCIM password changed',
};

/** CAEP 1.0 §2: who brought it about. Of a password we know only that it came. */
const WHO_DID_IT: Record<RevocationCause, 'admin' | 'system'> = {
  deactivated: 'admin',
  deleted: 'admin',
  access_removed: 'admin',
  credential_changed: 'system',
};

/** CAEP 1.0 §2. The interoperability profile wants a `reason_admin` that is not empty. */
function caep(event: RecordedEvent, initiator: 'admin' | 'system', reason: string): object {
  return {
    event_timestamp: secondsOf(new Date(event.occurredAt)),
    initiating_entity: initiator,
    reason_admin: { en: reason },
  };
}

function scim(eventType: string, person: User, payload: object): Part {
  return { eventType, person, payload, isScim: true };
}

/** RFC 9967 §2.4.2: the names of what came or changed, without the values. */
function notice(person: User, attributes: object): object {
  return { attributes: Object.keys(attributes).sort(), version: versionOf(person) };
}

/** The ETag of the resource at that moment, as `meta.version` shows it. */
function versionOf({ version }: User): string {
  return `W/"${version}"`;
}

function scimSubject({ id, attributes }: User): ScimSubject {
  const externalId = attributes['externalId'];
  return { format: 'scim', uri: `/Users/${id}`, ...(typeof externalId === 'string' ? { externalId } : {}) };
}

/** Shared Signals Framework 1.0 §8.1.4.1, §8.1.5: the subject is the stream. */
function aboutStream(
  event: StreamEvent & RecordedEvent,
  { audience }: StreamWishes,
  issuer: string,
): SecurityEvent {
  const { streamId } = event.data;
  const eventType = event.type === 'StreamUpdated' ? STREAM_UPDATED : VERIFICATION;
  const { streamId: _, ...payload } = event.data;
  const subject = { format: 'opaque' as const, id: streamId };
  return securityEvent({ ...factsOf(event, eventType, { streamId, issuer, audience }), subject, payload });
}

/** `iat` is when it happened, and not when it is told: each attempt says the same. */
function factsOf(
  { id, occurredAt }: RecordedEvent,
  eventType: string,
  { streamId, issuer, audience }: { streamId: string; issuer: string; audience: readonly string[] },
): Omit<SecurityEventFacts, 'subject' | 'payload'> {
  const at = new Date(occurredAt);
  return { issuer, jti: jtiOf(id, streamId, eventType), at, audience, eventType };
}

/** The same in each attempt, and in no other token: receivers know repetitions by it (RFC 8417 §2.2). */
function jtiOf(...names: string[]): string {
  return createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 32);
}
