/** Tells an application what to do with a person's account: OpenID Provider Commands 1.0 (draft 02). */
import { isSuccess, refused, type HttpAnswer, type Outcome, type Protocol } from '@app/delivery';
import { isActive, type RecordedEvent, type User } from '@app/directory';
import { leavingOf, supersededByReturn, typesOfCauses, wantsLeaving } from '../../causes.js';
import { attributeOf, nameOf } from '../../subject.js';
import { complaintOf, tokenCall } from '../../token-call.js';
import { ProviderCommandSettings, RETURN_COMMANDS } from './settings.js';

/** States of an account in which nobody can use it. */
const ENDED = ['suspended', 'archived', 'unknown'];

export const providerCommand: Protocol<ProviderCommandSettings> = {
  name: 'provider-command',
  urgency: 'now',
  settings: ProviderCommandSettings,

  /**
   * Whoever is back is not suspended by a late attempt, and whoever is gone again is not brought back by one. A `reactivate`
   * outlives the `suspend` that it makes pointless: that may have been done already, only its answer was lost. It cannot
   * overtake it either, since commands about one person go out one after the other.
   */
  supersededBy: (event) =>
    returningOf(event) ? ['UserDeactivated', 'UserDeleted'] : supersededByReturn(event),

  knownBy: (settings) => nameOf(settings.subject_attribute),

  endsAccess: true,

  hears: [...typesOfCauses(), 'UserReactivated'],
  wants(event, wishes) {
    const { settings, groupIds } = wishes;
    if (!returningOf(event)) return wantsLeaving(event, wishes);
    if (!settings.tells_return) return false;
    return event.type !== 'MembershipChanged' || (groupIds?.includes(event.data.group.id) ?? false);
  },

  receipted: (event) => leavingOf(event) !== undefined,

  endpoint: (settings) => settings.endpoint_url,

  /** Never an `_async` command: it would want a URL of ours to be called back at. A `nonce` would make it an ID token. */
  compose(event, { settings, issuer, at, sign }) {
    const order = orderOf(event, settings);
    if (!order) return { impossible: `${event.type} is no command` };
    const sub = attributeOf(order.person, settings.subject_attribute);
    if (sub === null) return { impossible: `the person has no ${settings.subject_attribute}` };
    const call = {
      url: settings.endpoint_url,
      field: 'command_token',
      typ: 'command+jwt',
      parties: {
        iss: settings.issuer ?? issuer,
        aud: settings.audience ?? settings.endpoint_url,
        client_id: settings.client_id,
      },
      content: { command: order.command, tenant: settings.tenant ?? event.organizationId, sub },
    };
    return tokenCall(event, call, { settings, at, sign });
  },

  read,
};

/** Whoever is active again, or active and in a group that grants the application. Whoever is inactive has not come back by that. */
function returningOf(event: RecordedEvent): User | undefined {
  if (event.type === 'UserReactivated') return event.data.user;
  if (event.type !== 'MembershipChanged' || event.data.change !== 'added') return undefined;
  const { member } = event.data;
  return member.type === 'User' && isActive(member.user) ? member.user : undefined;
}

function orderOf(
  event: RecordedEvent,
  settings: ProviderCommandSettings,
): { command: string; person: User } | undefined {
  const returning = returningOf(event);
  if (returning) {
    const command = returnCommandOf(event, settings);
    return command === undefined ? undefined : { command, person: returning };
  }
  const leaving = leavingOf(event);
  return leaving && { command: settings.commands[leaving.cause], person: leaving.person };
}

/**
 * What takes back the command that they left with. Whoever is in a group again may have been deactivated when they left the
 * last one, and be active by now: where nothing takes back the one, it is the other that has to be.
 */
function returnCommandOf(
  { type }: RecordedEvent,
  { commands, causes }: ProviderCommandSettings,
): 'reactivate' | 'restore' | undefined {
  const throughGroup = type === 'MembershipChanged' && causes.includes('access_removed');
  return (
    (throughGroup ? RETURN_COMMANDS[commands.access_removed] : undefined) ??
    RETURN_COMMANDS[commands.deactivated]
  );
}

function read(answer: HttpAnswer, about?: RecordedEvent): Outcome {
  const { status } = answer;
  if (status === 202)
    return {
      kind: 'delivered',
      status,
      note: 'the application has taken it in hand, and will not say when it is done',
    };
  if (isSuccess(answer)) return { kind: 'delivered', status };
  const returning = about !== undefined && returningOf(about) !== undefined;
  const { error, account_state: state } = complaintOf(answer);
  if (status === 409 && state !== undefined && (returning ? state === 'active' : ENDED.includes(state)))
    return { kind: 'delivered', status, note: `the account was ${state} already` };
  const note = noteOf(status, error);
  // A return that is not understood is never tried again: what ends this person's sessions next would wait behind it.
  if (returning && (status === 400 || status === 409))
    return { kind: 'impossible', reason: note ?? 'the application does not bring this account back' };
  return refused(answer, note);
}

function noteOf(status: number, error: string | undefined): string | undefined {
  switch (`${status} ${error}`) {
    case '400 unsupported_command':
      return 'the application does not support this command: choose another one in the commands setting';
    case '400 invalid_request':
      return 'the application does not accept the command token: see audience, client_id, tenant and the keys it trusts';
    case '401 unrecognized_provider':
      return 'the application does not know the issuer: see the issuer setting, or register Rollcall with it';
    case '409 incompatible_state':
      return 'the account is in a state that does not allow this command';
    default:
      return undefined;
  }
}
