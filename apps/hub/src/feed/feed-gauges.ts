/** How those who read the log over HTTP stand: for metrics. */
import { readConsumerLags } from '@app/event-log';
import type { Clock, Database, Reading, Source } from '@app/runtime';
import type { LogWatch } from '../ssf/log-watch.js';
import type { FeedStreams } from './feed-streams.js';
import { secondsSince } from './named-consumers.js';

/** A series for each, so only of those that are furthest behind. */
const CONSUMERS_SHOWN = 100;
const READ_EVERY_IN_MILLISECONDS = 5_000;

export function consumerGauges({ database, clock }: { database: Database; clock: Clock }): Source {
  return {
    names: ['rollcall_consumer_lag_events', 'rollcall_consumer_lag_seconds'],
    keptForMilliseconds: READ_EVERY_IN_MILLISECONDS,
    read: async () => {
      const now = clock.now();
      const lags = await readConsumerLags(database, CONSUMERS_SHOWN);
      return lags.flatMap(({ name: consumer, events, behindSince }): Reading[] => [
        { name: 'rollcall_consumer_lag_events', labels: { consumer }, value: events },
        {
          name: 'rollcall_consumer_lag_seconds',
          labels: { consumer },
          value: secondsSince(behindSince, now),
        },
      ]);
    },
  };
}

export function readerGauges(watch: LogWatch, streams: FeedStreams): Source {
  return {
    names: ['rollcall_event_streams', 'rollcall_event_waiters'],
    read: () => [
      { name: 'rollcall_event_streams', value: streams.count },
      { name: 'rollcall_event_waiters', value: watch.waiting },
    ],
  };
}
