/**
 * A stream of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html. Nothing is kept for a reader but
 * its place in the log: what it has not taken yet is read when it takes more.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogWatch } from '../ssf/log-watch.js';
import type { FeedPage, FeedReading, ShownEvent } from './feed-reading.js';
import type { Feed } from './feed-scope.js';
import type { FeedAccess } from './feed.guard.js';

export interface StreamWish {
  feed: Feed;
  /** What is told first. */
  first: FeedPage;
  access: Pick<FeedAccess, 'isOpen'>;
  /** Ends when the reader goes, or the hub stops. */
  signal: AbortSignal;
  heartbeatInMilliseconds?: number;
}

/** Of one read of the log; a reader that takes nothing holds no more than that in memory. */
export const STREAM_PAGE = { limit: 100, bytesAtMost: 256_000 };
/** Shorter than the half minute of silence after which many proxies give up. */
const HEARTBEAT_IN_MILLISECONDS = 15_000;
/** How soon a reader comes back when the stream has ended. */
const RETRY_IN_MILLISECONDS = 1_000;
/** Where too many wait for the log already. */
const POLL_IN_MILLISECONDS = 1_000;

export async function* serverSentEvents(
  { reading, watch }: { reading: Pick<FeedReading, 'page'>; watch: Pick<LogWatch, 'beyond'> },
  wish: StreamWish,
): AsyncGenerator<string, void, undefined> {
  const { feed, access, signal, heartbeatInMilliseconds = HEARTBEAT_IN_MILLISECONDS } = wish;
  yield `retry: ${RETRY_IN_MILLISECONDS}\n\n`;
  for (let page = wish.first; ;) {
    if (page.events.length > 0) yield page.events.map(framed).join('');
    // A long way through what nobody wants is not gone twice.
    else if (page.more) yield `id: ${page.cursor}\n\n`;
    let moved = true;
    if (!page.more)
      moved = await within(heartbeatInMilliseconds, signal, (time) =>
        watch.beyond(page.reached, time, feed.concerns),
      );
    if (signal.aborted) return;
    if (!(await access.isOpen())) return void (yield ': the token was deleted, or has expired\n\n');
    page = await reading.page(feed, { position: page.reached }, STREAM_PAGE);
    // An id without data moves the reader's Last-Event-ID and is no event to it.
    if (!moved && page.events.length === 0)
      yield `: heartbeat\n${page.cursor === null ? '' : `id: ${page.cursor}\n`}\n`;
  }
}

function framed({ id, type, json }: ShownEvent): string {
  return `event: ${type}\nid: ${id}\ndata: ${json}\n\n`;
}

/** @returns what was waited for, or false when time is up. Nothing hangs from the signal afterwards, however long it lives. */
async function within(
  milliseconds: number,
  signal: AbortSignal,
  wait: (time: AbortSignal) => Promise<boolean>,
): Promise<boolean> {
  const time = new AbortController();
  const end = (): void => time.abort();
  const timer = setTimeout(end, milliseconds);
  signal.addEventListener('abort', end);
  try {
    if (signal.aborted) return false;
    const moved = await wait(time.signal);
    // Turned away, since too many wait: this one looks by itself.
    if (!moved && !time.signal.aborted)
      await pause(Math.min(POLL_IN_MILLISECONDS, milliseconds), undefined, { signal: time.signal }).catch(
        () => undefined,
      );
    return moved;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
