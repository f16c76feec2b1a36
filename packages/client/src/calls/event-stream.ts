/** `GET /events/stream`: what happens, as it happens, over a connection that is made again whenever it breaks. */
import { RollcallError, RollcallUnreachable } from '../errors.js';
import type { AnyEvent } from '../events.js';
import { linesOf } from '../lines.js';
import { pause } from '../pause.js';
import type { Open } from '../send.js';
import type { EventsQuery } from './events.js';

export type StreamQuery = Omit<EventsQuery, 'limit' | 'wait'>;

export interface StreamOptions {
  /** Ends the stream; the loop over it then ends without an error. */
  signal?: AbortSignal;
  /** Told of each interruption; it goes on by itself. */
  onInterruption?: (error: unknown, retryInMilliseconds: number) => void;
}

/** The hub says something every 15 seconds; who hears nothing for three times as long has lost it. */
const SILENCE_IN_SECONDS = 45;
const LONGEST_PAUSE_IN_MILLISECONDS = 30_000;

export class EventStream implements AsyncIterable<AnyEvent> {
  private place: string | null;
  private retryInMilliseconds = 1_000;

  constructor(
    private readonly open: Open,
    private readonly query: StreamQuery,
    private readonly options: StreamOptions = {},
  ) {
    this.place = query.after ?? null;
  }

  /**
   * How far the hub has looked, also past what was not wanted: `after` of the next stream. Keep it when the event before has
   * been handled.
   */
  get cursor(): string | null {
    return this.place;
  }

  /** From where it stands. @throws RollcallError for what no repetition mends, such as a cursor that has expired. */
  async *[Symbol.asyncIterator](): AsyncGenerator<AnyEvent, void, undefined> {
    const { signal, onInterruption } = this.options;
    for (let failures = 0; !signal?.aborted;) {
      let why: unknown;
      try {
        for await (const event of this.connection()) {
          failures = 0;
          if (event) yield event;
          if (signal?.aborted) return;
        }
      } catch (error) {
        if (signal?.aborted) return;
        if (!isPassing(error)) throw error;
        why = error;
        failures += 1;
      }
      const wait = this.pauseAfter(failures, why);
      onInterruption?.(why, wait);
      await pause(wait, signal);
    }
  }

  /** One connection. Undefined stands for a sign of life. */
  private async *connection(): AsyncGenerator<AnyEvent | undefined, void, undefined> {
    const { after: _, ...filters } = this.query;
    const parts = await this.open('GET', '/events/stream', {
      query: filters,
      headers: this.place === null ? {} : { 'last-event-id': this.place },
      accept: 'text/event-stream',
      signal: this.options.signal,
      silenceInSeconds: SILENCE_IN_SECONDS,
      isTriedOnce: true,
    });
    let id: string | undefined;
    let data = '';
    for await (const line of linesOf(parts)) {
      if (line === '') {
        // Before it is handed over: who stops at this event goes on behind it.
        if (id !== undefined) this.place = id;
        yield data === '' ? undefined : (JSON.parse(data) as AnyEvent);
        [id, data] = [undefined, ''];
        continue;
      }
      const [name, value] = fieldOf(line);
      if (name === 'id') id = value;
      if (name === 'data') data += data === '' ? value : `\n${value}`;
      if (name === 'retry' && /^\d+$/.test(value)) this.retryInMilliseconds = Number(value);
    }
  }

  private pauseAfter(failures: number, why: unknown): number {
    const asked = why instanceof RollcallError ? (why.retryAfterInSeconds ?? 0) * 1_000 : 0;
    const backOff = this.retryInMilliseconds * 2 ** Math.max(0, failures - 1);
    const jittered = Math.min(LONGEST_PAUSE_IN_MILLISECONDS, backOff) * (0.5 + Math.random() / 2);
    return Math.max(asked, Math.round(jittered));
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof RollcallUnreachable) return true;
  return error instanceof RollcallError && (error.status >= 500 || [408, 425, 429].includes(error.status));
}

/** A comment has an empty name. */
function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}
