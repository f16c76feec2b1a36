/** Events, who reads them, and with which tokens. Pure. */
import { words, type Chapter } from './words.js';

const CURSOR = ['invalid_cursor', 'cursor_expired', 'cursor_unknown'];

export const FEED: Chapter = {
  tag: 'Events',
  routes: {
    'GET /events': words(
      'listEvents',
      'Read events in order',
      'Oldest first, in the order in which they were recorded; go on with `after`. Nothing is left out and nothing comes between afterwards. With `wait` an empty page is held back until something happens. Without `events` all that directories tell; other types are told only where they are named. Takes an API key or a feed token.',
      ...CURSOR,
      'invalid_events_request',
      'outside_scope',
    ),
    'GET /events/stream': words(
      'streamEvents',
      'Read events as they happen',
      'Server-sent events: each has the id of the event and the same JSON as a page. After a cut go on with `Last-Event-ID` or `after`. A key has a few streams at a time. Takes an API key or a feed token.',
      ...CURSOR,
      'invalid_events_request',
      'outside_scope',
      'too_many_streams',
      'streams_full',
    ),
    'GET /events/{id}/deliveries': words(
      'listEventDeliveries',
      'What became of an event',
      'At each destination that wanted it: delivered, waiting, given up. Also at those that are gone since, as far as attempts are kept.',
      'invalid_cursor',
    ),
  },
};

export const CONSUMERS: Chapter = {
  tag: 'Consumers',
  routes: {
    'POST /consumers': words(
      'createConsumer',
      'Create a named consumer',
      'A reader of the events whose place is kept here, so that it need not keep a cursor. `filters` say which events it reads, `from` where it begins.',
      ...CURSOR,
      'consumer_exists',
      'limit_reached',
    ),
    'GET /consumers': words(
      'listConsumers',
      'List consumers',
      'Newest first, a page at a time. Each comes with its place and how far it is behind.',
    ),
    'GET /consumers/{name}': words(
      'getConsumer',
      'Get a consumer',
      'With its place, who has its page in hand, and how far it is behind. Takes an API key, or a feed token that names it.',
      'outside_scope',
    ),
    'DELETE /consumers/{name}': words(
      'deleteConsumer',
      'Delete a consumer',
      'Its place is forgotten. The events stay.',
    ),
    'GET /consumers/{name}/events': words(
      'readConsumerEvents',
      "Read a consumer's next events",
      'The same page comes again until it is acknowledged. With `lease` it is in your hands for so many seconds and nobody else gets it; send `lease_token` to get it again yourself. Takes an API key, or a feed token that names it.',
      ...CURSOR,
      'consumer_leased',
      'outside_scope',
    ),
    'POST /consumers/{name}/ack': words(
      'acknowledgeConsumerEvents',
      'Acknowledge events',
      'Everything up to this event is done. An older one changes nothing, and `moved` is false. Takes an API key, or a feed token that names it.',
      ...CURSOR,
      'lease_lost',
      'consumer_leased',
      'outside_scope',
    ),
    'POST /consumers/{name}/seek': words(
      'seekConsumer',
      'Move a consumer',
      'To `beginning`, to `now`, to after an event, or to a time. Ends a lease.',
      ...CURSOR,
    ),
  },
};

export const FEED_TOKENS: Chapter = {
  tag: 'Feed tokens',
  routes: {
    'POST /feed_tokens': words(
      'createFeedToken',
      'Make a feed token',
      'A token that reads events and nothing else, of one organization, one directory, some types, or for named consumers. Give it to a service instead of an API key. Shown once.',
      'unknown_organization',
      'limit_reached',
    ),
    'GET /feed_tokens': words(
      'listFeedTokens',
      'List feed tokens',
      'Newest first, a page at a time. The tokens themselves are not shown.',
    ),
    'GET /feed_tokens/{id}': words(
      'getFeedToken',
      'Get a feed token',
      'With its scope, and when it was used last. The token itself is not shown.',
    ),
    'DELETE /feed_tokens/{id}': words(
      'deleteFeedToken',
      'Delete a feed token',
      'Whoever reads with it is turned away within a second, also out of a stream. Consumers that it read for keep their places.',
    ),
  },
};
