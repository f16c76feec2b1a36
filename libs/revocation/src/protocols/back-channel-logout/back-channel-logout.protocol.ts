/** Ends the sessions of a person at an application that signs in by OpenID Connect: Back-Channel Logout 1.0. */
import { isSuccess, refused, type HttpAnswer, type Outcome, type Protocol } from '@app/delivery';
import { leavingOf, supersededByReturn, typesOfCauses, wantsLeaving } from '../../causes.js';
import { attributeOf, nameOf } from '../../subject.js';
import { complaintOf, tokenCall } from '../../token-call.js';
import { BackChannelLogoutSettings } from './settings.js';

/** §2.4 */
const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

export const backChannelLogout: Protocol<BackChannelLogoutSettings> = {
  name: 'back-channel-logout',
  urgency: 'now',
  settings: BackChannelLogoutSettings,
  // The token says "this person, now": sent late, it would log out somebody who has come back.
  supersededBy: supersededByReturn,
  knownBy: (settings) => nameOf(settings.subject_attribute),
  endsAccess: true,
  hears: typesOfCauses(),
  wants: wantsLeaving,
  endpoint: (settings) => settings.endpoint_url,

  /** A `sub` and no `sid`: all sessions of the person. A `nonce` would make it an ID token (§2.4). */
  compose(event, { settings, issuer, at, sign }) {
    const leaving = leavingOf(event);
    if (!leaving) return { impossible: `${event.type} ends no sessions` };
    const sub = attributeOf(leaving.person, settings.subject_attribute);
    if (sub === null) return { impossible: `the person has no ${settings.subject_attribute}` };
    const call = {
      url: settings.endpoint_url,
      field: 'logout_token',
      typ: 'logout+jwt',
      parties: { iss: settings.issuer ?? issuer, sub, aud: settings.client_id },
      content: { events: { [LOGOUT_EVENT]: {} } },
    };
    return tokenCall(event, call, { settings, at, sign });
  },

  read,
};

/** §2.8 */
function read(answer: HttpAnswer): Outcome {
  const { status } = answer;
  if (isSuccess(answer)) return { kind: 'delivered', status };
  if (status !== 400) return refused(answer);
  const { error } = complaintOf(answer);
  const said = error === undefined ? '' : ` (${error})`;
  return refused(
    answer,
    `the application does not accept the logout token, or could not log out${said}: ` +
      'see issuer, client_id and subject_attribute, and the keys it trusts',
  );
}
