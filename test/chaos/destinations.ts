/** Makes the destinations of a run as their owners would: through the API, and streams as their receivers do. */
import { expected, type Body, type TestHub } from '../support/hub.js';
import { CAEP, POLL, PUSH, RISC, SCIM_EVENT, SsfReceiver } from '../support/ssf-receiver.js';
import type { Role } from './cast.js';
import { STREAM_AUTHORIZATION } from './reading-revocations.js';
import type { DestinationFacts } from './recording.js';

export interface DestinationWish {
  role: Role;
  /** Where it listens, if it does. */
  url: string;
  organizationId: string | null;
}

export interface MadeDestination {
  facts: DestinationFacts;
  /** Of those that are signed with one. */
  secret: string;
  /** As whom tokens know it. */
  clientId: string;
  /** Of a polled stream: where, and with which access token. */
  pollUrl: string | undefined;
  token: string;
}

interface Made {
  /** As the API shows it. */
  body: Body;
  clientId?: string;
  pollUrl?: string;
  token?: string;
}

/** What its answer says about how it is served, and the oracle holds it to. */
interface Manner {
  ordering: DestinationFacts['ordering'];
  max_in_flight: number;
}

const CLIENT_ID = 'the-application';
const BY_ID = { subject: { format: 'opaque', attribute: 'id' } };

/** Of each event that ends sessions more than one token, in an order that matters. */
const EVENTS_REQUESTED = [
  `${CAEP}session-revoked`,
  ...['account-disabled', 'account-enabled', 'account-purged'].map((name) => RISC + name),
  `${SCIM_EVENT}deactivate`,
];

export async function makeDestination(hub: TestHub, wish: DestinationWish): Promise<MadeDestination> {
  const { role, organizationId } = wish;
  const { body, clientId = CLIENT_ID, pollUrl, token = '' } = await made(hub, wish);
  const { ordering, max_in_flight: atOnce } = body['delivery'] as Manner;
  const { name, protocol, eventTypes, healthy, polls = false } = role;
  const facts = {
    ...{ id: body.id, name, protocol, organizationId, eventTypes, healthy, ordering, atOnce, polled: polls },
    givesUp: role.delivery?.['on_failure'] !== undefined,
  };
  return { facts, secret: String(body['secret']), clientId, pollUrl, token };
}

async function made(hub: TestHub, wish: DestinationWish): Promise<Made> {
  const { role, url, organizationId } = wish;
  const more = {
    ...(organizationId === null ? {} : { organization_id: organizationId }),
    ...(role.delivery ? { delivery: role.delivery } : {}),
  };
  switch (role.protocol) {
    case 'webhook': {
      const body = { endpoint_url: url, events: role.eventTypes, ...more };
      return { body: expected(201, await hub.api('POST', '/webhook_endpoints', body)).body };
    }
    case 'shared-signals':
      return stream(hub, { ...wish, organizationId: organizationId! });
    case 'global-token-revocation':
    case 'back-channel-logout':
    case 'provider-command':
    case 'signed-call': {
      const settings = { endpoint_url: url, ...settingsOf(role.protocol) };
      const body = { protocol: role.protocol, settings, ...more };
      return { body: expected(201, await hub.api('POST', '/destinations', body)).body };
    }
  }
}

/** How it knows people, and what else it wants. */
function settingsOf(protocol: Exclude<Role['protocol'], 'webhook' | 'shared-signals'>): object {
  const relyingParty = { client_id: CLIENT_ID, subject_attribute: 'id' };
  switch (protocol) {
    case 'back-channel-logout':
      return relyingParty;
    case 'provider-command':
      return { ...relyingParty, tells_return: true };
    case 'global-token-revocation':
    case 'signed-call':
      return BY_ID;
  }
}

async function stream(
  hub: TestHub,
  { role, url, organizationId }: DestinationWish & { organizationId: string },
): Promise<Made> {
  const receiver = await SsfReceiver.of(hub, organizationId);
  const push = { method: PUSH, endpoint_url: url, authorization_header: STREAM_AUTHORIZATION };
  const delivery = role.polls ? { method: POLL } : push;
  const wish = { delivery, events_requested: EVENTS_REQUESTED, ...BY_ID };
  const shown = await receiver.makeStream(wish);
  const { body } = expected(200, await hub.api('GET', `/destinations/${String(shown['stream_id'])}`));
  const { endpoint_url: pollUrl } = shown['delivery'] as { endpoint_url: string };
  const token = await receiver.accessToken('ssf.read');
  return { body, clientId: receiver.clientId, ...(role.polls ? { pollUrl, token } : {}) };
}
