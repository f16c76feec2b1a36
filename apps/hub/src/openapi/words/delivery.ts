/** Destinations of every kind, and what became of deliveries. Pure. */
import { words, type Chapter, type Words } from './words.js';

type Below = Readonly<Record<string, (id: string, noun: string) => Words>>;

/** What there is below every destination, by the rest of the path; `id` ends the name of the operation. */
const BELOW: Below = {
  'GET attempts': (id, noun) =>
    words(
      `list${id}Attempts`,
      `List the attempts of a ${noun}`,
      'Every HTTP exchange, newest first: when, how long, how it ended, and the beginning of the answer. Kept for some days. Nothing of what was sent itself is kept.',
      'invalid_cursor',
      'search_too_broad',
    ),
  'GET parked_deliveries': (id, noun) =>
    words(
      `list${id}ParkedDeliveries`,
      `List the parked deliveries of a ${noun}`,
      'Events that did not go through: those that will be tried again, those that wait behind them, and those that were given up. Newest first; `state` picks one kind.',
      'invalid_cursor',
    ),
  'GET parked_deliveries/{eventId}': (id, noun) =>
    words(
      `get${id}ParkedDelivery`,
      `Get a parked delivery of a ${noun}`,
      'By the id of its event: its attempts so far, when it is due, what it waits behind, and what a person decided. Gone through it is found no more.',
      'invalid_cursor',
    ),
  'POST parked_deliveries/{eventId}/retry': (id, noun) =>
    words(
      `retry${id}ParkedDelivery`,
      `Try a parked delivery of a ${noun} again`,
      'Now, whether it was given up or waits for its time. Who decided is recorded. What waits behind another one has to wait for that.',
      'not_outstanding',
      'waits_behind_another',
      'invalid_cursor',
    ),
  'POST parked_deliveries/{eventId}/give_up': (id, noun) =>
    words(
      `giveUp${id}ParkedDelivery`,
      `Give up a parked delivery of a ${noun}`,
      'It is not tried any more, and what waits behind it goes on. `confirm` names the event once more, so that nobody does this by accident. Emits `destination.delivery_skipped`.',
      'not_outstanding',
      'waits_behind_another',
      'invalid_cursor',
    ),
  'POST parked_deliveries/retry': (id, noun) =>
    words(
      `retry${id}ParkedDeliveries`,
      `Try many parked deliveries of a ${noun} again`,
      'Those that were given up, unless `states` says otherwise; oldest first and up to `limit`. `more` says whether to ask again.',
    ),
  'POST replays': (id, noun) =>
    words(
      `create${id}Replay`,
      `Tell a ${noun} again`,
      'What it was told: a range of the log, single events, or with `snapshot` how everything is now. With `dry_run` it is only counted, which answers 200. A replay runs beside the news and slower than them. One runs at a time.',
      'replay_running',
    ),
  'GET replays': (id, noun) =>
    words(
      `list${id}Replays`,
      `List the replays of a ${noun}`,
      'Newest first, those that are done too. Each comes with how far it is.',
    ),
  'GET replays/{id}': (id, noun) =>
    words(
      `get${id}Replay`,
      `Get a replay of a ${noun}`,
      'With how far it is, and how fast it goes. `total` is null until everything is counted.',
    ),
  'POST replays/{id}/stop': (id, noun) =>
    words(
      `stop${id}Replay`,
      `Stop a replay of a ${noun}`,
      'Requests under way are finished. It can be resumed, unless it is a snapshot.',
      'replay_done',
      'snapshot_stopped',
      'replay_running',
    ),
  'POST replays/{id}/resume': (id, noun) =>
    words(
      `resume${id}Replay`,
      `Resume a replay of a ${noun}`,
      'It goes on where it was stopped. A snapshot cannot: things have changed since.',
      'replay_done',
      'snapshot_stopped',
      'replay_running',
    ),
  'POST rewind': (id, noun) =>
    words(
      `rewind${id}`,
      `Move a ${noun} back in the log`,
      'Everything after the event named is told again, in order and with the news behind it, as if it had never been told. Unlike a replay this holds the news up. With `dry_run` it is only counted.',
      'changed_meanwhile',
      'replay_running',
    ),
  'POST test': (id, noun) =>
    words(
      `create${id}Test`,
      `Send a test to a ${noun}`,
      'An event with `context.test`, about nobody, signed and sent as every other one. The answer waits a little for the result: 200 when it is there, 202 when it is to be asked for. Nothing is recorded in the log.',
      'test_waiting',
      'not_testable',
    ),
  'GET test/{id}': (id, noun) =>
    words(
      `get${id}Test`,
      `Get a test of a ${noun}`,
      '`state` is `waiting` until a worker has sent it. Then it says how the endpoint answered, and how long that took.',
    ),
  'GET secrets': (id, noun) =>
    words(
      `list${id}Secrets`,
      `List the secrets of a ${noun}`,
      'Those that requests are signed with today, newest first. Their values are not shown; the end of each tells one from another.',
    ),
  'POST secrets/rotate': (id, noun) =>
    words(
      `rotate${id}Secret`,
      `Rotate the secret of a ${noun}`,
      'Makes a new one, or takes yours, and signs with both for `overlap_seconds` (a day unless said). The answer shows it once.',
      'limit_reached',
    ),
  'GET secrets/{secretId}': (id, noun) =>
    words(
      `get${id}Secret`,
      `Get a secret of a ${noun}`,
      'When it was made, and when it ends. With `reveal=true` in clear, which takes the permission `secrets:reveal` and is logged.',
      'permission_missing',
    ),
  'DELETE secrets/{secretId}': (id, noun) =>
    words(
      `delete${id}Secret`,
      `End a secret of a ${noun}`,
      'At once, for the next attempt. The last one stays.',
      'last_secret',
    ),
};

function below(path: string, id: string, noun: string): Record<string, Words> {
  return Object.fromEntries(
    Object.entries(BELOW).map(([name, made]) => {
      const [method, rest = ''] = name.split(' ');
      const parameter = /^(attempts|parked)/.test(rest) ? '{id}' : '{destinationId}';
      return [`${method} /${path}/${parameter}/${rest}`, made(id, noun)];
    }),
  );
}

const CHANGED = ['changed_meanwhile', 'duplicate_endpoint', 'invalid_url'];

export const WEBHOOKS: Chapter = {
  tag: 'Webhook endpoints',
  routes: {
    'POST /webhook_endpoints': words(
      'createWebhookEndpoint',
      'Create a webhook endpoint',
      'Events are posted to its URL, signed, in causal order, at least once. `events` may end with `.*`. `start_from` says where in the log it begins; `snapshot` tells it first how everything is. The answer shows the secret once.',
      'invalid_url',
      'duplicate_endpoint',
      'unknown_organization',
      'too_many_destinations',
    ),
    'GET /webhook_endpoints': words(
      'listWebhookEndpoints',
      'List webhook endpoints',
      'Newest first, each with how it stands: its place in the log, what waits, whether its endpoint answers.',
    ),
    'GET /webhook_endpoints/{id}': words(
      'getWebhookEndpoint',
      'Get a webhook endpoint',
      'With how it stands. The secret is masked.',
    ),
    'PATCH /webhook_endpoints/{id}': words(
      'updateWebhookEndpoint',
      'Update a webhook endpoint',
      'What is given replaces, null brings a default back, what is left out stays. Enabled again it goes on where it stood: nothing is lost while it is disabled.',
      ...CHANGED,
    ),
    'DELETE /webhook_endpoints/{id}': words(
      'deleteWebhookEndpoint',
      'Delete a webhook endpoint',
      'Nothing more is sent. Its attempts are kept as long as any.',
    ),
    ...below('webhook_endpoints', 'WebhookEndpoint', 'webhook endpoint'),
  },
};

export const DESTINATIONS: Chapter = {
  tag: 'Destinations',
  routes: {
    'POST /destinations': words(
      'createDestination',
      'Create a destination',
      'Where events go, in which protocol: a webhook, or one that ends sessions. `settings` are checked by the protocol. `start_from` says where in the log it begins. The answer shows a secret once, where the protocol signs by one.',
      'unknown_protocol',
      'invalid_url',
      'duplicate_endpoint',
      'unknown_organization',
      'too_many_destinations',
    ),
    'GET /destinations': words(
      'listDestinations',
      'List destinations',
      'All but webhook endpoints, which have a list of their own. Newest first, each with how it stands.',
    ),
    'GET /destinations/{id}': words(
      'getDestination',
      'Get a destination',
      'Of any protocol, webhook endpoints included, with how it stands. Secrets are masked.',
    ),
    'PATCH /destinations/{id}': words(
      'updateDestination',
      'Update a destination',
      '`settings` replaces the settings as a whole; of the rest what is given replaces, null brings a default back, what is left out stays. Paused or disabled it keeps its place and loses nothing.',
      ...CHANGED,
    ),
    'DELETE /destinations/{id}': words(
      'deleteDestination',
      'Delete a destination',
      'Nothing more is sent. Receipts of revocations and attempts are kept as long as any.',
    ),
    ...below('destinations', 'Destination', 'destination'),
  },
};

export const DELIVERIES: Chapter = {
  tag: 'Deliveries',
  routes: {
    'GET /delivery_attempts': words(
      'listDeliveryAttempts',
      'Search the attempts of all destinations',
      'Newest first. A search that would read too much is refused and says how to narrow it.',
      'invalid_cursor',
      'search_too_broad',
    ),
    'GET /delivery_attempts/{id}': words(
      'getDeliveryAttempt',
      'Get an attempt',
      'Found as long as it is kept. It holds the beginning of the answer, and nothing of what was sent.',
    ),
  },
};
