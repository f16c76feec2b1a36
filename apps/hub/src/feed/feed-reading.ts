/** Reads the log for those who follow it: pages of published events, at once or when there is something. */
import { Injectable } from '@nestjs/common';
import { published, recorded } from '@app/directory';
import { EventLog, type UnparsedEntry } from '@app/event-log';
import { Database } from '@app/runtime';
import { LogWatch } from '../ssf/log-watch.js';
import { FeedCursors, type Start } from './feed-cursors.js';
import type { Feed } from './feed-scope.js';
import { unauthorized, type FeedAccess } from './feed.guard.js';

/** The published form as it goes out; whoever puts it into an answer puts the text there. */
export interface ShownEvent {
  id: string;
  /** Its published type. */
  type: string;
  json: string;
}

export interface FeedPage {
  events: ShownEvent[];
  /** There may be more right now. A page is shorter than its limit, or empty, where as much was looked at as may be for one. */
  more: boolean;
  /** Everything up to here was looked at. */
  reached: number;
  /** The same as an id; null while the log is empty. Where there is more, it is where to go on. */
  cursor: string | null;
}

export interface Patience {
  /** Ends when nobody waits any more. */
  signal: AbortSignal;
  access: FeedAccess;
}

export interface PageWish {
  limit: number;
  bytesAtMost?: number;
}

const EVENTS_PER_READ = 1_001;
/** For one page, wanted or not: of some that the log finds, the published form is one that nobody asked for, or none. */
const READ_AT_MOST = 20_000;
/** Of what happened, as it is stored. A page may be shorter than it was asked for; then it says that there is more. */
const BYTES_PER_PAGE = 4_000_000;

@Injectable()
export class FeedReading {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly watch: LogWatch,
    private readonly cursors: FeedCursors,
  ) {}

  /**
   * Some events have no published form, so a page may take more than one read of the log, each larger than the one before.
   * One event more than the limit is read, to know whether there is more.
   * @throws ApiError 400 when the cursor is one of another log
   */
  async page(feed: Feed, start: Start, { limit, bytesAtMost = BYTES_PER_PAGE }: PageWish): Promise<FeedPage> {
    const events: ShownEvent[] = [];
    let after = start.position;
    let read = 0;
    for (let size = limit + 1; ; size = Math.min(size * 4, EVENTS_PER_READ)) {
      const selection = { ...feed.selection, after, limit: size };
      const found = await this.log.feed(this.database, selection, bytesAtMost);
      const { entries, head } = found;
      if (after === start.position) await this.cursors.check(start, found);
      for (const { position, entry } of entries) {
        const event = published(recorded(entry()));
        if (!event || !feed.wants(event)) continue;
        if (events.length === limit) return { events, more: true, reached: after, cursor: events.at(-1)!.id };
        events.push({ id: event.id, type: event.event, json: JSON.stringify(event) });
        after = position;
      }
      const last = entries.at(-1);
      after = found.reached;
      if (found.complete) {
        // What came while this was read is in the page, and behind the head that was read before it.
        const cursor =
          last && last.position >= after ? last.entry().id : head && this.log.idOf(head.position, head.at);
        return { events, more: false, reached: after, cursor: cursor ?? null };
      }
      read += entries.length;
      // As many bytes as a page may have were read, and they are not read twice; or the log was looked at far enough for one page.
      const isShort = entries.length < size && (events.length > 0 || after !== last?.position);
      if (isShort || read >= READ_AT_MOST)
        return { events, more: true, reached: after, cursor: await this.idOf(after, last) };
    }
  }

  /** Like `page`, but an empty one only when patience is at its end. */
  async arriving(feed: Feed, start: Start, wish: PageWish & { patience: Patience }): Promise<FeedPage> {
    const { patience } = wish;
    let page = await this.page(feed, start, wish);
    while (
      page.events.length === 0 &&
      !page.more &&
      (await this.watch.beyond(page.reached, patience.signal, feed.concerns))
    ) {
      if (!(await patience.access.isOpen()))
        throw unauthorized('Unauthorized. This token was deleted, or has expired.');
      page = await this.page(feed, { position: page.reached }, wish);
    }
    return page;
  }
  private async idOf(position: number, last: UnparsedEntry | undefined): Promise<string> {
    if (last?.position === position) return last.entry().id;
    return (await this.log.idsAt(this.database, [position])).get(position)!;
  }
}
