/** How the log is shown to those who read it over HTTP, as a class so that Nest can inject it. */
import type { Config } from '@app/runtime';

export class FeedSettings {
  constructor(
    /** Days after which an event is not shown any more; 0: it is shown for ever. */
    readonly retentionInDays: number,
    /** Streams of server-sent events open at once: of one key or token, and of the hub. */
    readonly streamsPerKey: number,
    readonly streams: number,
  ) {}

  static of({ eventRetentionDays, eventStreamsPerKey, eventStreams }: Config): FeedSettings {
    return new FeedSettings(eventRetentionDays, eventStreamsPerKey, eventStreams);
  }
}
