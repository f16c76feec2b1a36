/** Ends sessions at an application that speaks no protocol of its own for it: plain JSON, signed as Standard Webhooks 1.0.0. */
import { Webhook } from 'standardwebhooks';
import {
  isSuccess,
  refused,
  type HttpAnswer,
  type OpenedSecret,
  type Outcome,
  type Protocol,
} from '@app/delivery';
import {
  leavingOf,
  placeOf,
  supersededByReturn,
  txnOf,
  typesOfCauses,
  wantsLeaving,
  type Leaving,
} from '../../causes.js';
import type { RecordedEvent } from '@app/directory';
import { attributeIn, attributeOf, nameOf, subjectOf, type SubjectIdentifier } from '../../subject.js';
import { SignedCallSettings } from './settings.js';

export const signedCall: Protocol<SignedCallSettings> = {
  name: 'signed-call',
  urgency: 'now',
  settings: SignedCallSettings,
  // The call says "this person, now": sent late, it would log out somebody who has come back.
  supersededBy: supersededByReturn,
  knownBy: ({ subject }) => nameOf(attributeIn(subject)),
  endsAccess: true,
  hears: typesOfCauses(),
  wants: wantsLeaving,
  endpoint: (settings) => settings.endpoint_url,
  secretKinds: () => ['hmac'],

  compose(event, { settings, secrets, at }) {
    const leaving = leavingOf(event);
    if (!leaving) return { impossible: `${event.type} ends no sessions` };
    const subject = subjectOf(leaving.person, settings.subject);
    if ('impossible' in subject) return subject;
    // The same in each attempt: the receiver knows a repetition by its id, and may compare the bodies.
    const body = JSON.stringify(told(event, { ...leaving, subject }, settings));
    return {
      method: 'POST',
      url: settings.endpoint_url,
      headers: {
        'content-type': 'application/json',
        ...signed({ id: event.id, at, body }, secrets),
        ...placeOf(event),
      },
      body,
    };
  },

  read,
};

function told(
  event: RecordedEvent,
  { cause, person, subject }: Leaving & { subject: SubjectIdentifier },
  { person_ids, target_seconds }: SignedCallSettings,
): object {
  const deadline = new Date(Date.parse(event.occurredAt) + target_seconds * 1_000);
  return {
    type: 'session.revoke',
    id: event.id,
    txn: txnOf(event),
    organization_id: event.organizationId,
    directory_id: event.directoryId,
    sequence: event.sequence,
    subject,
    person: Object.fromEntries(person_ids.map((name) => [name, attributeOf(person, name)])),
    cause,
    occurred_at: event.occurredAt,
    deadline: deadline.toISOString(),
  };
}

/**
 * One signature for each secret that lives at the time of the attempt, newest first.
 * @throws Error when none does: a call without a signature would not be believed.
 */
function signed(
  { id, at, body }: { id: string; at: Date; body: string },
  secrets: readonly OpenedSecret[],
): Record<string, string> {
  const live = secrets.filter(
    ({ kind, expiresAt }) => kind === 'hmac' && (expiresAt === null || expiresAt > at),
  );
  if (live.length === 0) throw new Error('there is no live secret to sign with');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': live.map(({ value }) => new Webhook(value).sign(id, at, body)).join(' '),
  };
}

/** 404 is no "unknown person" here: an acknowledgement from a mistyped URL would be worth nothing. */
function read(answer: HttpAnswer): Outcome {
  if (isSuccess(answer)) return { kind: 'delivered', status: answer.status };
  return refused(answer, NOTES[answer.status]);
}

const NOT_BELIEVED = 'the application does not accept the signature: see whether it has the newest secret';
const NOTES: Record<number, string> = {
  401: NOT_BELIEVED,
  403: NOT_BELIEVED,
  404: 'nothing is at this URL; an application that does not know the person answers 204',
};
