/**
 * Ends all sessions of a person at an application: Global Token Revocation (draft-parecki-oauth-global-token-revocation),
 * which Okta calls Universal Logout.
 */
import { randomUUID } from 'node:crypto';
import {
  isSuccess,
  refused,
  type History,
  type HttpAnswer,
  type Outcome,
  type Protocol,
} from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import { leavingOf, placeOf, supersededByReturn, typesOfCauses, wantsLeaving } from '../../causes.js';
import { attributeIn, nameOf, subjectOf } from '../../subject.js';
import { GlobalTokenRevocationSettings } from './settings.js';

const TOKEN_TYPE = 'global-token-revocation+jwt';
/** Okta's own: five minutes each way for clocks that differ. */
const TOLERANCE_IN_SECONDS = 5 * 60;
/** "Cannot log this person out" (422) is seldom true for a few seconds only. */
const UNABLE_PAUSE_IN_SECONDS = 15 * 60;

const NOT_PROVEN =
  'this URL has confirmed nothing yet, so 404 may mean that it is wrong: see endpoint_url. An application that does not know the person may answer 204';

export const globalTokenRevocation: Protocol<GlobalTokenRevocationSettings> = {
  name: 'global-token-revocation',
  urgency: 'now',
  settings: GlobalTokenRevocationSettings,
  // The request says "whoever this is, now": sent late, it would log out somebody who has come back.
  supersededBy: supersededByReturn,
  knownBy: ({ subject }) => nameOf(attributeIn(subject)),

  endsAccess: true,
  readsHistory: true,

  hears: typesOfCauses(),
  wants: wantsLeaving,

  endpoint: (settings) => settings.endpoint_url,

  async compose(event, { settings, at, issuer, sign }) {
    const leaving = leavingOf(event);
    if (!leaving) return { impossible: `${event.type} ends no sessions` };
    const subject = subjectOf(leaving.person, settings.subject);
    if ('impossible' in subject) return subject;
    const iat = Math.floor(at.getTime() / 1_000);
    const jti = randomUUID(); // new for each attempt: a receiver that remembers tokens must not refuse the next one
    const token = await sign(
      {
        jti,
        iss: settings.issuer ?? issuer,
        sub: settings.client_id ?? settings.issuer ?? issuer,
        aud: settings.audience ?? withoutQuery(settings.endpoint_url),
        iat,
        nbf: iat - TOLERANCE_IN_SECONDS,
        exp: iat + TOLERANCE_IN_SECONDS,
      },
      TOKEN_TYPE,
      { algorithm: settings.signing_algorithm },
    );
    return {
      method: 'POST',
      url: settings.endpoint_url,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...placeOf(event),
      },
      body: JSON.stringify({ [settings.subject_key]: subject }),
      jti,
    };
  },

  read,
};

/**
 * 404 is "user not found" to the draft, and "nothing is here" to every web server. No answer has a body that tells which, so it counts
 * only where this URL has ended somebody's sessions before.
 */
function read(answer: HttpAnswer, _about?: RecordedEvent, history?: History): Outcome {
  const { status } = answer;
  if (isSuccess(answer)) return { kind: 'delivered', status };
  switch (status) {
    case 404:
      if (!history?.hasDelivered) return refused(answer, NOT_PROVEN);
      return { kind: 'delivered', status, note: 'the application does not know this person: nothing to end' };
    case 422:
      return {
        eventPauseInSeconds: UNABLE_PAUSE_IN_SECONDS,
        ...refused(answer, 'the application cannot log this person out'),
      };
    case 400:
      return refused(
        answer,
        'the application does not understand how the person is named: see the subject settings',
      );
    case 401:
    case 403:
      return refused(
        answer,
        'the application does not accept our token: see the audience, and the keys it trusts',
      );
    default:
      return refused(answer);
  }
}

/** `aud` is "the URL without query or fragment". */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
