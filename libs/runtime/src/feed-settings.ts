/** The settings of those who read the log over HTTP. A part of the table in config.ts. */
import type { Setting } from './config.js';
import * as value from './setting-values.js';

export interface FeedConfig {
  readonly eventRetentionDays: number;
  readonly eventStreamsPerKey: number;
  readonly eventStreams: number;
}

export const FEED_SETTINGS: { readonly [Field in keyof FeedConfig]: Setting<FeedConfig[Field]> } = {
  eventRetentionDays: {
    name: 'ROLLCALL_EVENT_RETENTION_DAYS',
    default: '0',
    sentence:
      'How many days `GET /events` and its streams show an event. `0` shows them for ever. A cursor that is older is refused ' +
      'with where to restart. Nothing is removed from the log: views, history, webhooks and named consumers go on as before.',
    secret: false,
    read: value.wholeNumber(0, 36_500),
  },
  eventStreamsPerKey: {
    name: 'ROLLCALL_EVENT_STREAMS_PER_KEY',
    default: '20',
    sentence: 'How many streams of server-sent events one API key or feed token may have open at one hub.',
    secret: false,
    read: value.wholeNumber(1, 100_000),
  },
  eventStreams: {
    name: 'ROLLCALL_EVENT_STREAMS',
    default: '1000',
    sentence:
      'How many streams of server-sent events one hub has open at most; who comes beyond them gets 503.',
    secret: false,
    read: value.wholeNumber(1, 100_000),
  },
};
