/** `/consumers`: readers of the log whose place is kept here. A page comes again until it is acknowledged. */
import { randomBytes } from 'node:crypto';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ackConsumer, advanceConsumer, leaseConsumer, listConsumers, removeConsumer } from '@app/event-log';
import type { Consumer } from '@app/event-log';
import { Clock, Database } from '@app/runtime';
import { wholeSeconds } from '../access/refusals.js';
import { patienceOf } from '../http/patience.js';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from '../consumer/query.js';
import {
  AckBody,
  consumerFilter,
  NewConsumerBody,
  SeekBody,
  type ConsumerFilterBody,
} from './consumer-bodies.js';
import { FeedCursors } from './feed-cursors.js';
import { feedLimitOf, secondsOf, waitOf } from './feed-query.js';
import { FeedReading, type FeedPage } from './feed-reading.js';
import { feedOf } from './feed-scope.js';
import { FeedGuard, scopeOf, type WithFeedAccess } from './feed.guard.js';
import { NamedConsumers } from './named-consumers.js';
import { shownPage } from './shown-page.js';

const LEASE_AT_MOST_IN_SECONDS = 3_600;

@Controller('consumers')
export class ConsumersController {
  constructor(
    private readonly consumers: NamedConsumers,
    private readonly reading: FeedReading,
    private readonly cursors: FeedCursors,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  @Post()
  @UseGuards(ApiKeyGuard)
  async create(@Body() body: NewConsumerBody): Promise<object> {
    return this.shown(await this.consumers.create(body));
  }

  @Get()
  @UseGuards(ApiKeyGuard)
  async list(@Query() query: QueryParameters): Promise<object> {
    const { data, before, after } = await listConsumers(this.database, pageOf(query));
    return list(await this.consumers.shown(data), { before, after });
  }

  @Get(':name')
  @UseGuards(FeedGuard)
  async get(@Param('name') name: string, @Req() request: WithFeedAccess): Promise<object> {
    return this.shown(await this.consumers.find(name, scopeOf(request)));
  }

  @Delete(':name')
  @UseGuards(ApiKeyGuard)
  async remove(@Param('name') name: string): Promise<object> {
    if (!(await removeConsumer(this.database, name))) throw notFound('Consumer', name);
    return { object: 'consumer', name, deleted: true };
  }

  /** With `lease` the page is in this reader's hands for so many seconds, and nobody else gets it meanwhile. */
  @Get(':name/events')
  @UseGuards(FeedGuard)
  async events(
    @Param('name') name: string,
    @Query() query: QueryParameters,
    @Req() request: WithFeedAccess,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const [limit, wait] = [feedLimitOf(query), waitOf(query)];
    const lease = secondsOf(query, 'lease', { most: LEASE_AT_MOST_IN_SECONDS });
    const token = textOf(query, 'lease_token');
    const consumer = await this.consumers.find(name, scopeOf(request));
    this.refuseLeased(consumer, token);
    const feed = feedOf(consumerFilter(consumer.filter as ConsumerFilterBody), scopeOf(request));
    const patience = { signal: patienceOf(reply, wait * 1_000), access: request.feedAccess };
    const page =
      wait === 0
        ? await this.reading.page(feed, consumer, { limit })
        : await this.reading.arriving(feed, consumer, { limit, patience });
    if (page.events.length === 0) {
      // Nothing was handed out, so there is nothing to acknowledge: what was not wanted is behind it.
      if (page.reached > consumer.position) await advanceConsumer(this.database, consumer, page.reached);
    } else if (lease) {
      return shownPage(reply, page, {
        lease: await this.leased(consumer, page, { seconds: lease, token }),
      });
    } else if (wait > 0) {
      this.refuseLeased(await this.consumers.find(name), token);
    }
    return shownPage(reply, page);
  }

  /** An older one changes nothing, and is told where the consumer stands. */
  @Post(':name/ack')
  @HttpCode(200)
  @UseGuards(FeedGuard)
  async ack(
    @Param('name') name: string,
    @Body() body: AckBody,
    @Req() request: WithFeedAccess,
  ): Promise<object> {
    await this.consumers.find(name, scopeOf(request));
    const to = await this.cursors.positionOf(body.event_id);
    const token = body.lease_token;
    const done = await ackConsumer(this.database, name, { to, token, now: this.clock.now() });
    if (!done) throw notFound('Consumer', name);
    if (done.refused && token === undefined) this.refuseLeased(await this.consumers.find(name), token);
    if (done.refused) {
      const message =
        'The lease is over and the page may be in other hands: nothing was acknowledged. Read again.';
      throw new ApiError(409, 'lease_lost', message);
    }
    return { ...(await this.shown(await this.consumers.find(name))), moved: done.moved };
  }

  @Post(':name/seek')
  @HttpCode(200)
  @UseGuards(ApiKeyGuard)
  async seek(@Param('name') name: string, @Body() body: SeekBody): Promise<object> {
    return this.shown(await this.consumers.seek(name, body.to));
  }

  private async shown(consumer: Consumer): Promise<object> {
    return (await this.consumers.shown([consumer]))[0]!;
  }

  private refuseLeased({ name, lease }: Consumer, token: string | undefined): void {
    const now = this.clock.now();
    if (!lease || lease.token === token || lease.until <= now) return;
    throw leasedElsewhere(name, (lease.until.getTime() - now.getTime()) / 1_000);
  }

  private async leased(
    consumer: Consumer,
    { events }: FeedPage,
    {
      seconds,
      token = randomBytes(18).toString('base64url'),
    }: { seconds: number; token?: string | undefined },
  ): Promise<object> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + seconds * 1_000);
    const to = await this.cursors.positionOf(events.at(-1)!.id);
    if (!(await leaseConsumer(this.database, consumer, { token, until, to, now })))
      throw leasedElsewhere(consumer.name, 1);
    return { token, until: until.toISOString() };
  }
}

function leasedElsewhere(name: string, seconds: number): ApiError {
  const message = `Another reader of '${name}' has its page in hand. Come again when it has acknowledged it, or its lease is over.`;
  return new ApiError(409, 'consumer_leased', message, undefined, {
    retryAfterInSeconds: wholeSeconds(seconds),
  });
}
