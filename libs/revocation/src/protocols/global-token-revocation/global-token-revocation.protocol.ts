/**
 * Ends all sessions of a person at an application: Global Token Revocation (draft-parecki-oauth-global-token-revocation),
 * which Okta calls Universal Logout.
 */
import { randomUUID } from 'node:crypto';
import { isSuccess, refused, type HttpAnswer, type Outcome, type Protocol } from '@app/delivery';
import { emailOf, type RecordedEvent } from '@app/directory';
import { GlobalTokenRevocationSettings, type SubjectSettings } from './settings.js';

const TOKEN_TYPE = 'global-token-revocation+jwt';
/** Okta's own: five minutes each way for clocks that differ. */
const TOLERANCE_IN_SECONDS = 5 * 60;
/** "Cannot log this person out" (422) is seldom true for a few seconds only. */
const UNABLE_PAUSE_IN_SECONDS = 15 * 60;

type Leaving = Extract<RecordedEvent, { type: 'UserDeactivated' | 'UserDeleted' }>;

export const globalTokenRevocation: Protocol<GlobalTokenRevocationSettings> = {
  name: 'global-token-revocation',
  urgency: 'now',
  settings: GlobalTokenRevocationSettings,
  // The request says "whoever this is, now": sent late, it would log out somebody who has come back.
  supersededBy: ['UserReactivated'],

  wants: (event) => isLeaving(event),

  endpoint: (settings) => settings.endpoint_url,

  async compose(event, { settings, at, issuer, sign }) {
    if (!isLeaving(event)) return { impossible: `${event.type} ends no sessions` };
    const subject = subjectOf(event, settings.subject);
    if ('impossible' in subject) return subject;
    const iat = Math.floor(at.getTime() / 1_000);
    const token = await sign(
      {
        jti: randomUUID(), // new for each attempt: a receiver that remembers tokens must not refuse the next one
        iss: issuer,
        sub: issuer,
        aud: settings.audience ?? withoutQuery(settings.endpoint_url),
        iat,
        nbf: iat - TOLERANCE_IN_SECONDS,
        exp: iat + TOLERANCE_IN_SECONDS,
      },
      TOKEN_TYPE,
    );
    return {
      method: 'POST',
      url: settings.endpoint_url,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ [settings.subject_key]: subject }),
    };
  },

  read,
};

/**
 * Both ways of leaving: a deletion may be the only word of it, and for somebody who was deactivated before it ends
 * nothing twice.
 */
function isLeaving(event: RecordedEvent): event is Leaving {
  return event.type === 'UserDeactivated' || event.type === 'UserDeleted';
}

function read(answer: HttpAnswer): Outcome {
  const { status } = answer;
  if (isSuccess(answer)) return { kind: 'delivered', status };
  switch (status) {
    case 404:
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

type SubjectIdentifier =
  | { format: 'email'; email: string }
  | { format: 'iss_sub'; iss: string; sub: string }
  | { format: 'opaque'; id: string };

/** RFC 9493 §3.2 */
function subjectOf(event: Leaving, subject: SubjectSettings): SubjectIdentifier | { impossible: string } {
  const attribute = subject.format === 'email' ? 'email' : (subject.attribute ?? 'id');
  const value = attributeOf(event, attribute);
  if (value === null) return { impossible: `the person has no ${attribute}` };
  switch (subject.format) {
    case 'email':
      return { format: 'email', email: value };
    case 'iss_sub':
      return { format: 'iss_sub', iss: subject.issuer ?? '', sub: value };
    case 'opaque':
      return { format: 'opaque', id: value };
  }
}

function attributeOf(
  { data: { user } }: Leaving,
  name: NonNullable<SubjectSettings['attribute']>,
): string | null {
  if (name === 'id') return user.id;
  const value = name === 'email' ? emailOf(user.attributes) : user.attributes[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** `aud` is "the URL without query or fragment". */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
