/** The streams of server-sent events that are open at this hub: how many there may be, and that they end when it stops. */
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ApiError } from '../consumer/api-error.js';
import { FeedSettings } from './feed-settings.js';

/** So long a stream has to end by itself when the hub stops; a reader that takes nothing is cut off then. */
const FAREWELL_IN_MILLISECONDS = 1_000;
const RETRY_AFTER_IN_SECONDS = 5;

interface OpenStream {
  holder: string;
  end(): void;
  cutOff(): void;
}

@Injectable()
export class FeedStreams implements BeforeApplicationShutdown {
  private readonly open = new Set<OpenStream>();
  private stopped = false;

  constructor(private readonly settings: FeedSettings) {}

  get count(): number {
    return this.open.size;
  }

  /** @returns what to call when the stream is over. @throws ApiError 429 or 503 when there are too many */
  enter(stream: OpenStream): () => void {
    const { streams, streamsPerKey } = this.settings;
    const more = { retryAfterInSeconds: RETRY_AFTER_IN_SECONDS };
    if (this.stopped || this.open.size >= streams) {
      const message = `This hub has ${streams} streams open, as many as it may (ROLLCALL_EVENT_STREAMS). Come again, or poll with "wait".`;
      throw new ApiError(503, 'streams_full', message, undefined, more);
    }
    const own = [...this.open].filter(({ holder }) => holder === stream.holder).length;
    if (own >= streamsPerKey) {
      const message =
        `This key has ${own} streams open, as many as it may (ROLLCALL_EVENT_STREAMS_PER_KEY). ` +
        'End one, or use a feed token for each reader.';
      throw new ApiError(429, 'too_many_streams', message, undefined, more);
    }
    this.open.add(stream);
    return () => void this.open.delete(stream);
  }

  /** Before the server is closed, which waits for every answer. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    for (const { end } of this.open) end();
    setTimeout(() => this.open.forEach(({ cutOff }) => cutOff()), FAREWELL_IN_MILLISECONDS).unref();
  }
}
