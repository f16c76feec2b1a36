/** Replays of a destination: begun, counted, watched, stopped and resumed. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { findReplay, listReplays, resumeReplay, stopReplay, type Replay } from '@app/delivery';
import { EventLog } from '@app/event-log';
import { Clock, Database } from '@app/runtime';
import { Destinations, type Destination } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { oneAtATime, Replays } from '../replays.js';
import { foundDestination } from '../found-destination.js';
import { NewReplayBody, selectionOf } from './replay-bodies.js';
import { shownCount, shownReplays } from './shown-replay.js';

@Controller(['destinations/:destinationId/replays', 'webhook_endpoints/:destinationId/replays'])
@UseGuards(ApiKeyGuard)
export class ReplaysController {
  constructor(
    private readonly destinations: Destinations,
    private readonly replays: Replays,
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
  ) {}

  /** 201 with the replay that runs now, or 200 with what it would send. */
  @Post()
  async create(
    @Param('destinationId') destinationId: string,
    @Body() body: NewReplayBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const destination = await foundDestination(this.destinations, destinationId);
    const plan = await this.replays.plan(destination, selectionOf(body));
    if (body.dry_run) {
      void reply.status(200);
      return shownCount(destination, plan, await this.replays.count(destination, plan));
    }
    const { replay, counting } = await oneAtATime(destinationId, () =>
      this.replays.create(destination, plan, body.max_per_second ?? null),
    );
    await counting;
    return this.shown(destination, (await findReplay(this.database, replay)) ?? replay);
  }

  @Get()
  async list(
    @Param('destinationId') destinationId: string,
    @Query() query: QueryParameters,
  ): Promise<object> {
    const destination = await foundDestination(this.destinations, destinationId);
    const { data, before, after } = await listReplays(this.database, destinationId, pageOf(query));
    return list(await this.shownAll(destination, data), { before, after });
  }

  @Get(':id')
  async get(@Param('destinationId') destinationId: string, @Param('id') id: string): Promise<object> {
    const destination = await foundDestination(this.destinations, destinationId);
    return this.shown(destination, await this.found(destinationId, id));
  }

  /** What is under way ends; nothing more is started. Harmless when it has been stopped already. */
  @Post(':id/stop')
  @HttpCode(200)
  async stop(@Param('destinationId') destinationId: string, @Param('id') id: string): Promise<object> {
    const destination = await foundDestination(this.destinations, destinationId);
    const replay = await this.found(destinationId, id);
    const stopped = await stopReplay(this.database, id, this.clock.now());
    const after = stopped ?? (await this.found(destinationId, id));
    if (after.state === 'done') throw isDone(replay);
    return this.shown(destination, after);
  }

  /** Goes on where it was stopped. A snapshot does not: what happened since was told already, and would be undone. */
  @Post(':id/resume')
  @HttpCode(200)
  async resume(@Param('destinationId') destinationId: string, @Param('id') id: string): Promise<object> {
    const destination = await foundDestination(this.destinations, destinationId);
    const replay = await this.found(destinationId, id);
    if (replay.state === 'done') throw isDone(replay);
    if (replay.kind === 'snapshot' && replay.state === 'stopped') {
      const message =
        'A snapshot that was stopped cannot go on: what has changed since was told already. Begin a new one with {"snapshot": true}.';
      throw new ApiError(409, 'snapshot_stopped', message);
    }
    const resumed = await oneAtATime(destinationId, () => resumeReplay(this.database, replay));
    if (resumed) void this.replays.begin(destination, resumed);
    return this.shown(destination, resumed ?? (await this.found(destinationId, id)));
  }

  private async shown(destination: Destination, replay: Replay): Promise<object> {
    return (await this.shownAll(destination, [replay]))[0]!;
  }

  private shownAll(destination: Destination, replays: Replay[]): Promise<object[]> {
    const { database, log, clock } = this;
    return shownReplays({ database, log, clock }, destination, replays);
  }

  private async found(destinationId: string, id: string): Promise<Replay> {
    const replay = await findReplay(this.database, { destinationId, id });
    if (!replay) throw notFound('Replay', id);
    return replay;
  }
}

function isDone({ id }: Replay): ApiError {
  return new ApiError(409, 'replay_done', `${id} is done. Begin a new one to tell it all once more.`);
}
