/**
 * Tells a receiver what happened to people's access: a transmitter of the OpenID Shared Signals Framework 1.0, whose streams
 * are destinations. Pushed as RFC 8935 says; a stream that is polled (RFC 8936) is never called.
 */
import { isForOneStream, type RecordedEvent } from '@app/directory';
import {
  isSuccess,
  refused,
  type HttpAnswer,
  type HttpRequest,
  type Outcome,
  type Protocol,
} from '@app/delivery';
import { leavingOf, placeOf, supersededByReturn } from '../../causes.js';
import { attributeIn, nameOf } from '../../subject.js';
import { SESSION_REVOKED } from './event-types.js';
import { reasonNotTold, setsOf, tellsOf } from './events.js';
import { SET_TYPE } from './security-event-token.js';
import { POLL_DELIVERY, SharedSignalsSettings } from './settings.js';

/** What a receiver does not accept it will not accept in a second; somebody has to change something first. */
const REFUSED_PAUSE_IN_SECONDS = 15 * 60;

const BAD_REQUEST = 400;

/** RFC 8935 §2.4, and `invalid_state` of the Shared Signals Framework 1.0 §8.1.4.3: what to look at. */
const ERRORS: Readonly<Record<string, string>> = {
  invalid_request: 'the receiver could not read the token: see what its description says',
  invalid_key: 'the receiver does not trust the key: it must read our JWKS again',
  invalid_issuer: 'the receiver expects another issuer: it must be our public URL',
  invalid_audience: 'the receiver is known by another name: see the setting audience',
  authentication_failed: 'the receiver does not accept our authorization header: change it in the stream',
  access_denied: 'the receiver does not permit us to send it events',
  invalid_state: 'the receiver did not ask for this verification, or forgot that it did',
};

/** Where nobody has said which groups grant access, no membership ends it. */
const NO_ACCESS_ENDS = { groups: [], endsAccess: false };

export const sharedSignals: Protocol<SharedSignalsSettings> = {
  name: 'shared-signals',
  urgency: 'now',
  settings: SharedSignalsSettings,
  tellsGroups: true,
  // SSF 1.0 §8.1.5
  hearsOfItself: true,

  // A session that is revoked late would be one of somebody who has come back.
  supersededBy: supersededByReturn,
  knownBy: ({ subject }) => nameOf(attributeIn(subject)),
  // What happened to the account did happen, and the receiver's copy of it must not be left behind.
  stillTells: (event, settings) => tellsOf(event, settings, 'superseded'),

  receipted: (event, { causes }) => {
    const leaving = leavingOf(event);
    return leaving !== undefined && causes.includes(leaving.cause);
  },

  wants(event, { settings, groupIds }) {
    if (event.type !== 'MembershipChanged') return tellsOf(event, settings);
    if (!groupIds) return tellsOf({ ...event, afterwards: NO_ACCESS_ENDS }, settings);
    return groupIds.includes(event.data.group.id) && tellsOf(event, settings);
  },

  pulled: ({ delivery }) => delivery.method === POLL_DELIVERY,

  endpoint: ({ delivery }) => delivery.endpoint_url ?? delivery.method,

  async compose(event, { destinationId: streamId, settings, superseded, issuer, sign }) {
    const events = setsOf(event, settings, { streamId, issuer, superseded });
    if (events.length === 0)
      return { impossible: reasonNotTold(event, settings) ?? 'the stream asks for no word of it any more' };
    const requests: HttpRequest[] = [];
    for (const { jti, eventType, claims } of events) {
      requests.push({
        method: 'POST',
        url: settings.delivery.endpoint_url ?? '',
        headers: {
          'content-type': `application/${SET_TYPE}`,
          accept: 'application/json',
          ...(isForOneStream(event) ? {} : placeOf(event)),
        },
        // By the key of that time: the same bytes in each attempt, also after a rotation.
        body: await sign(claims, SET_TYPE, {
          algorithm: settings.signing_algorithm,
          at: new Date(claims.iat * 1_000),
        }),
        ...(eventType === SESSION_REVOKED || events.length === 1 ? { jti } : {}),
      });
    }
    return requests;
  },

  read,
};

/** Tried again at the usual pace: receivers keep our JWKS for a while, and know a new key when they read it again. */
const INVALID_KEY = 'invalid_key';
/** SSF 1.0 §8.1.4.3: the state will be no better the next time; the receiver asks again. */
const INVALID_STATE = 'invalid_state';

/** RFC 8935 §2.2: 202, and then the receiver has kept it; others that say "yes" are taken at their word. */
function read(answer: HttpAnswer, about?: RecordedEvent): Outcome {
  const { status } = answer;
  if (isSuccess(answer)) return { kind: 'delivered', status };
  if (status !== BAD_REQUEST) return refused(answer);
  const error = errorOf(answer);
  // Who says nothing that can be read may be a proxy in front of the receiver.
  if (error === undefined) return refused(answer);
  const note = `${error}: ${ERRORS[error] ?? 'an error that RFC 8935 does not know; ask the receiver'}`;
  if (error === INVALID_STATE && about?.type === 'StreamVerificationRequested')
    return { kind: 'impossible', reason: note };
  if (error === INVALID_KEY) return refused(answer, note);
  return { eventPauseInSeconds: REFUSED_PAUSE_IN_SECONDS, ...refused(answer, note) };
}

const ERROR_CHARACTERS_AT_MOST = 100;

/** RFC 8935 §2.3. @returns undefined when the answer has no error that can be read. */
function errorOf({ excerpt }: HttpAnswer): string | undefined {
  try {
    const { err } = JSON.parse(excerpt) as { err?: unknown };
    return typeof err === 'string' && err !== '' ? err.slice(0, ERROR_CHARACTERS_AT_MOST) : undefined;
  } catch {
    return undefined;
  }
}
