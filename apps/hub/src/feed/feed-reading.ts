/** Reads the log for those who follow it: pages of published events, at once or when there is something. */
import { Injectable } from '@nestjs/common';
import { published, recorded } from '@app/directory';
import { EventLog } from '@app/event-log';
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
  /** There is more right now. */
  more: boolean;
  /** Everything up to here was looked at. */
  reached: number;
  /** The same as an id; null while the log is empty. */
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
    for (let size = limit + 1; ; size = Math.min(size * 4, EVENTS_PER_READ)) {
      const selection = { ...feed.selection, after, limit: size };
      const { entries, head, anchoredAt, complete } = await this.log.feed(
        this.database,
        selection,
        bytesAtMost,
      );
      if (after === start.position) await this.cursors.check(start, { head, anchoredAt });
      for (const { position, entry } of entries) {
        const event = published(recorded(entry()));
        if (!event || !feed.wants(event)) continue;
        if (events.length === limit) return { events, more: true, reached: after, cursor: events.at(-1)!.id };
        events.push({ id: event.id, type: event.event, json: JSON.stringify(event) });
        after = position;
      }
      if (complete) {
        const reached = Math.max(after, head?.position ?? 0);
        return { events, more: false, reached, cursor: head ? this.log.idOf(head.position, head.at) : null };
      }
      const last = entries.at(-1)!;
      after = last.position;
      // As many bytes as a page may have were read, and they are not read twice.
      if (entries.length < size && events.length > 0)
        return { events, more: true, reached: after, cursor: last.entry().id };
    }
  }

  /** Like `page`, but an empty one only when patience is at its end. */
  async arriving(feed: Feed, start: Start, wish: PageWish & { patience: Patience }): Promise<FeedPage> {
    const { patience } = wish;
    let page = await this.page(feed, start, wish);
    while (
      page.events.length === 0 &&
      (await this.watch.beyond(page.reached, patience.signal, feed.concerns))
    ) {
      if (!(await patience.access.isOpen()))
        throw unauthorized('Unauthorized. This token was deleted, or has expired.');
      page = await this.page(feed, { position: page.reached }, wish);
    }
    return page;
  }
}
