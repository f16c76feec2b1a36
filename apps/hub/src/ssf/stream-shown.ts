/** A stream as its receiver sees it: SSF 1.0 §8.1.1. */
import { EVENT_TYPES_SUPPORTED, POLL_DELIVERY, type SharedSignalsSettings } from '@app/revocation';
import { DEFAULT_SIGNING_ALGORITHM, type Destination } from '@app/tenancy';
import { badRequest } from './ssf-error.js';
import { MIN_VERIFICATION_INTERVAL_IN_SECONDS, PATHS } from './ssf-settings.js';
import { given, type Members } from './stream-body.js';

/** A stream of security events, which is a destination. */
export interface Stream {
  destination: Destination;
  /** Null: an operator made it. */
  clientId: string | null;
  /** In the words of whoever changed the status last. */
  statusReason: string | null;
}

/** As they were checked when they were stored; one that was stored before there was a choice is signed as it was. */
export function settingsOf({ destination }: Pick<Stream, 'destination'>): SharedSignalsSettings {
  const stored = destination.settings as unknown as SharedSignalsSettings;
  return { ...stored, signing_algorithm: stored.signing_algorithm ?? DEFAULT_SIGNING_ALGORITHM };
}

export function eventsDelivered(requested: readonly string[]): string[] {
  return EVENT_TYPES_SUPPORTED.filter((type) => requested.includes(type));
}

/** The whole configuration. What authorizes us at the receiver is never shown; `inactivity_timeout` is left out: there is none. */
export function shownStream(stream: Stream, issuer: string): Members {
  const { destination } = stream;
  const settings = settingsOf(stream);
  const { delivery, audience, events_requested: requested, description, subject } = settings;
  const { method } = delivery;
  const isPoll = method === POLL_DELIVERY;
  return {
    stream_id: destination.id,
    iss: issuer,
    aud: audience.length === 1 ? audience[0] : audience,
    delivery: {
      method,
      endpoint_url: isPoll ? `${issuer}/${PATHS.poll}/${destination.id}` : delivery.endpoint_url,
    },
    events_supported: EVENT_TYPES_SUPPORTED,
    events_requested: requested,
    events_delivered: eventsDelivered(requested),
    min_verification_interval: MIN_VERIFICATION_INTERVAL_IN_SECONDS,
    ...(description === undefined ? {} : { description }),
    subject,
    signing_algorithm: settings.signing_algorithm,
  };
}

const TRANSMITTERS = ['iss', 'aud', 'events_supported', 'events_delivered', 'min_verification_interval'];

/**
 * §8.1.1.3, §8.1.1.4: what the transmitter supplies may come back with a change, but only as it is. Lists are compared
 * whatever their order.
 * @throws ApiError 400
 */
export function refuseForeignChanges(body: Members, shown: Members): void {
  const changed = TRANSMITTERS.filter(
    (name) => name in body && canonical(body[name]) !== canonical(shown[name]),
  );
  if (endsElsewhere(body, shown)) changed.push('delivery.endpoint_url');
  if (changed.length === 0) return;
  throw badRequest(
    `${changed.join(', ')}: the transmitter sets this. Leave it out, or send it as GET shows it.`,
  );
}

/** Where a polled stream is asked is the transmitter's to say; §8.1.1.3: what comes back must match. */
function endsElsewhere({ delivery }: Members, shown: Members): boolean {
  const { method, endpoint_url: url } = shown['delivery'] as Members;
  const { method: wished, endpoint_url: named } = (delivery ?? {}) as Members;
  return method === POLL_DELIVERY && wished === method && given(named) && named !== url;
}

function canonical(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : value);
}

/** The status of a stream: SSF 1.0 §8.1.2. What befell it by itself is told where nobody gave a reason. */
export function shownStatus({ destination, statusReason }: Stream): object {
  const { id, state, disabledReason } = destination;
  const reason = statusReason ?? (disabledReason === 'manual' ? null : disabledReason);
  return { stream_id: id, status: state, ...(reason === null || state === 'enabled' ? {} : { reason }) };
}
