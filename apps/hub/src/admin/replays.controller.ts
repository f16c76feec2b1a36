/** Replays of a destination: begun, counted, watched, stopped and resumed. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  findReplay,
  listReplays,
  mannerOf,
  ReplayRunning,
  resumeReplay,
  stopReplay,
  type Replay,
} from '@app/delivery';
import { EventLog } from '@app/event-log';
import { Clock, Database } from '@app/runtime';
import { Destinations, type Destination } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { replayRunning, Replays } from '../replays.js';
import { NewReplayBody, selectionOf } from './replay-bodies.js';
import { shownCount, shownReplay } from './shown-replay.js';

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
    const destination = await this.destination(destinationId);
    const plan = await this.replays.plan(destination, selectionOf(body));
    if (body.dry_run) {
      void reply.status(200);
      return shownCount(destination, plan, await this.replays.count(destination, plan));
    }
    const { replay, counting } = await this.oneAtATime(destinationId, () =>
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
    const destination = await this.destination(destinationId);
    const { data, before, after } = await listReplays(this.database, destinationId, pageOf(query));
    const ids = await this.idsFor(data);
    return list(
      data.map((replay) => shownReplay(replay, { ids, ...this.circumstances(destination) })),
      { before, after },
    );
  }

  @Get(':id')
  async get(@Param('destinationId') destinationId: string, @Param('id') id: string): Promise<object> {
    const destination = await this.destination(destinationId);
    return this.shown(destination, await this.found(destinationId, id));
  }

  /** What is under way ends; nothing more is started. Harmless when it has been stopped already. */
  @Post(':id/stop')
  @HttpCode(200)
  async stop(@Param('destinationId') destinationId: string, @Param('id') id: string): Promise<object> {
    const destination = await this.destination(destinationId);
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
    const destination = await this.destination(destinationId);
    const replay = await this.found(destinationId, id);
    if (replay.state === 'done') throw isDone(replay);
    if (replay.kind === 'snapshot' && replay.state === 'stopped') {
      const message =
        'A snapshot that was stopped cannot go on: what has changed since was told already. Begin a new one with {"snapshot": true}.';
      throw new ApiError(409, 'snapshot_stopped', message);
    }
    const resumed = await this.oneAtATime(destinationId, () => resumeReplay(this.database, replay));
    if (resumed) void this.replays.begin(destination, resumed);
    return this.shown(destination, resumed ?? (await this.found(destinationId, id)));
  }

  private async oneAtATime<T>(destinationId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof ReplayRunning ? replayRunning(destinationId) : error;
    }
  }

  private async shown(destination: Destination, replay: Replay): Promise<object> {
    const ids = await this.idsFor([replay]);
    return shownReplay(replay, { ids, ...this.circumstances(destination) });
  }

  private idsFor(replays: Replay[]): Promise<Map<number, string>> {
    const positions = replays.flatMap(({ fromPosition, toPosition, cursor }) => [
      fromPosition,
      toPosition,
      cursor,
    ]);
    return this.log.idsAt(this.database, [...new Set(positions)]);
  }

  private circumstances({ delivery, state }: Destination): {
    perSecond: number;
    waits: boolean;
    now: Date;
  } {
    return {
      perSecond: mannerOf(delivery).catchUpPerSecond,
      waits: state !== 'enabled',
      now: this.clock.now(),
    };
  }

  private async destination(id: string): Promise<Destination> {
    const destination = await this.destinations.find(id);
    if (!destination) throw notFound('Destination', id);
    return destination;
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
