/** `GET /events`: the log as consumers read it, oldest first, by a cursor that outlives everything; and as a stream. */
import { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FeedCursors, type Start } from '../feed/feed-cursors.js';
import { feedLimitOf, filterOf, waitOf } from '../feed/feed-query.js';
import { patienceOf } from '../http/patience.js';
import { FeedReading } from '../feed/feed-reading.js';
import { feedOf } from '../feed/feed-scope.js';
import { FeedStreams } from '../feed/feed-streams.js';
import { FeedGuard, scopeOf, type WithFeedAccess } from '../feed/feed.guard.js';
import { serverSentEvents, STREAM_PAGE } from '../feed/server-sent-events.js';
import { LogWatch } from '../ssf/log-watch.js';
import { shownPage } from '../feed/shown-page.js';
import { textOf, type Query as QueryParameters } from './query.js';

/** A reader that took nothing for so long, although heartbeats were sent, is gone. */
const SILENT_READER_IN_MILLISECONDS = 120_000;

@Controller('events')
@UseGuards(FeedGuard)
export class EventsController {
  constructor(
    private readonly reading: FeedReading,
    private readonly cursors: FeedCursors,
    private readonly streams: FeedStreams,
    private readonly watch: LogWatch,
  ) {}

  /** `order` is not honoured: five SDKs send `order=desc` unasked and mean to go forward from their cursor. */
  @Get()
  async list(
    @Query() query: QueryParameters,
    @Req() request: WithFeedAccess,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const [limit, wait] = [feedLimitOf(query), waitOf(query)];
    const feed = feedOf(filterOf(query), scopeOf(request));
    const start = await this.cursors.startAfter(textOf(query, 'after'));
    if (wait === 0) return shownPage(reply, await this.reading.page(feed, start, { limit }));
    const patience = { signal: patienceOf(reply, wait * 1_000), access: request.feedAccess };
    return shownPage(reply, await this.reading.arriving(feed, start, { limit, patience }));
  }

  /** Server-sent events. `Last-Event-ID` is where a reader that was cut off goes on, so it wins over `after`. */
  @Get('stream')
  async stream(
    @Query() query: QueryParameters,
    @Req() request: FastifyRequest & WithFeedAccess,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const feed = feedOf(filterOf(query), scopeOf(request));
    const lastId = [request.headers['last-event-id']].flat()[0] || textOf(query, 'after');
    const start: Start = await this.cursors.startAfter(lastId);
    const { feedAccess: access } = request;
    const gone = new AbortController();
    const leave = this.streams.enter({
      holder: access.holder,
      end: () => gone.abort(),
      cutOff: () => reply.raw.destroy(),
    });
    reply.raw.once('close', () => {
      gone.abort();
      leave();
    });
    try {
      // What is wrong with the cursor is answered as JSON, before a stream begins.
      const first = await this.reading.page(feed, start, STREAM_PAGE);
      void reply.type('text/event-stream; charset=utf-8').headers({
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        connection: 'close',
      });
      if (request.method === 'HEAD') return void reply.send();
      reply.raw.setTimeout(SILENT_READER_IN_MILLISECONDS, () => reply.raw.destroy());
      const told = serverSentEvents(
        { reading: this.reading, watch: this.watch },
        { feed, first, access, signal: gone.signal },
      );
      void reply.send(Readable.from(told, { objectMode: false, highWaterMark: 16_384 }));
    } catch (error) {
      leave();
      throw error;
    }
  }
}
