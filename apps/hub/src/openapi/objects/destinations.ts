/** What operators see of destinations and webhook endpoints. Pure. */
import {
  count,
  described,
  flag,
  kind,
  listOf,
  mapOf,
  maybe,
  number,
  object,
  oneOf,
  ref,
  text,
  time,
  url,
  type Schema,
} from '../shapes.js';

const filter = described(
  '`*` restricts nothing.',
  object({ organization_ids: listOf(text), directory_ids: listOf(text), group_ids: listOf(text) }),
);

const delivery = described(
  'In which manner it is served, with every default filled in.',
  object({
    ordering: oneOf('subject', 'directory', 'none'),
    retry: object({}, { delays_seconds: listOf(count), then_every_seconds: count }),
    on_failure: object({}, { policy: oneOf('park', 'block'), after_attempts: count, after_hours: count }),
    disable_after_hours: count,
    max_in_flight: count,
    max_per_second: maybe(count),
    catch_up_per_second: count,
    batch_size: count,
  }),
);

const certificate = object({ subject: text, issuer: text, expires_at: time, fingerprint_sha256: text });
const request = described(
  'With what its requests are made. Of secrets the ends are shown.',
  object({
    headers: mapOf(text),
    oauth: maybe(
      object(
        { authentication: text, token_url: url, client_id: text, client_secret: text },
        { scope: text, audience: text },
      ),
    ),
    client_certificate: maybe(certificate),
    certificate_authority: maybe(listOf(certificate)),
  }),
);

const standing = described(
  'How it stands, beside what people set.',
  object({
    state: oneOf('enabled', 'paused', 'disabled'),
    disabled_reason: maybe(text),
    disabled_at: maybe(time),
    idle: flag,
    cursor: described('Everything up to this event is done, or parked.', maybe(text)),
    lag: object({
      events: count,
      at_least: described('There may be more than were counted.', flag),
      seconds: number,
    }),
    catching_up: flag,
    parked: object({ waiting: count, behind: count, given_up: count, superseded: count }),
    breaker: oneOf('closed', 'resting', 'half_open'),
    failing_since: maybe(time),
    consecutive_failures: count,
    resting_until: maybe(time),
    last_delivered_event_id: maybe(text),
    last_delivered_at: maybe(time),
  }),
);

const served = { filter, delivery, request, created_at: time, updated_at: time };
const replay = { replay_id: described('Of the snapshot that it begins with.', text) };

/** How an attempt ended, as it is kept. */
export const outcome = object(
  { kind: oneOf('delivered', 'refused', 'unreachable', 'impossible', 'superseded') },
  {
    status: count,
    note: text,
    reason: text,
    ours: flag,
    gone: flag,
    retryAfterInSeconds: number,
    eventPauseInSeconds: number,
  },
);

export const DESTINATIONS: Readonly<Record<string, Schema>> = {
  Destination: kind(
    'destination',
    {
      id: text,
      protocol: text,
      organization_id: described('Null: it hears of every organization.', maybe(text)),
      settings: ref('DestinationSettings'),
      ...served,
      state: oneOf('enabled', 'paused', 'disabled'),
      standing: maybe(standing),
    },
    { ...replay, secret: described('Shown once, where the protocol signs by one.', text) },
  ),
  WebhookEndpoint: kind(
    'webhook_endpoint',
    {
      id: text,
      endpoint_url: url,
      secret: described('In the answer that makes the endpoint; masked in all others.', text),
      public_keys: listOf(text),
      signatures: listOf(oneOf('v1', 'v1a', 'workos', 'github', 'stripe')),
      payload: oneOf('full', 'thin'),
      status: oneOf('enabled', 'disabled'),
      events: listOf(text),
      organization_id: maybe(text),
      ...served,
      standing: maybe(standing),
    },
    replay,
  ),
};
