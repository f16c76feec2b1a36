/** Destinations of every other protocol: where session revocations go. */
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import { IsIn, IsNotEmpty, IsObject, IsOptional, IsString } from 'class-validator';
import { shownRequest } from '@app/delivery';
import { Clock } from '@app/runtime';
import { Destinations, SigningKeys, type Destination, type DestinationState } from '@app/tenancy';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { DestinationBody, shownManner } from '../destination-body.js';
import { DestinationSetUp } from '../destination-set-up.js';
import { DestinationStandings } from '../destination-standing.js';
import { IsStartFrom, type StartFrom } from '../start-from.js';
import { foundDestination } from '../found-destination.js';
import { LogMoved } from '../log-moved.js';
import { publishKeyOf } from '../published-key.js';
import { refuseSilentStream } from '../ssf/silent-stream.js';
import { streamUpdate } from '../ssf/stream-updates.js';

export class NewDestinationBody extends DestinationBody {
  /** Where it begins in the log; `now` without it. */
  @IsOptional()
  @IsStartFrom()
  start_from?: StartFrom;

  @IsString()
  @IsNotEmpty()
  protocol: string;

  /** What the protocol needs to know; checked by the protocol itself. */
  @IsObject()
  settings: Record<string, unknown>;

  /** Without it: events of every organization. */
  @IsOptional()
  @IsString()
  organization_id?: string;
}

export class DestinationChangeBody extends DestinationBody {
  @IsOptional()
  @IsObject()
  settings?: Record<string, unknown>;

  @IsOptional()
  @IsIn(['enabled', 'paused', 'disabled'])
  state?: DestinationState;
}

@Controller('destinations')
@UseGuards(ApiKeyGuard)
export class DestinationsController {
  constructor(
    private readonly destinations: Destinations,
    private readonly setUp: DestinationSetUp,
    private readonly standings: DestinationStandings,
    private readonly clock: Clock,
    private readonly logMoved: LogMoved,
    private readonly keys: SigningKeys,
  ) {}

  @Post()
  async create(@Body() body: NewDestinationBody): Promise<object> {
    const { protocol, settings, filter, delivery, request } = body;
    refuseSilentStream(protocol, settings);
    const wish = {
      protocol,
      settings,
      filter,
      delivery,
      request,
      organizationId: body.organization_id ?? null,
      eventTypes: [],
      startFrom: body.start_from,
    };
    const { destination, secret, snapshotId } = await this.setUp.create(wish);
    await publishKeyOf(this.keys, destination);
    return {
      ...(await this.shown(destination)),
      ...(secret === null ? {} : { secret }),
      ...(snapshotId === null ? {} : { replay_id: snapshotId }),
    };
  }

  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const { data, before, after } = await this.destinations.list({ notProtocol: 'webhook' }, pageOf(query));
    return list(await this.shownAll(data), { before, after });
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    return this.shown(await foundDestination(this.destinations, id));
  }

  /** `settings` replaces the settings as a whole. */
  @Patch(':id')
  async change(@Param('id') id: string, @Body() body: DestinationChangeBody): Promise<object> {
    const destination = await foundDestination(this.destinations, id);
    refuseSilentStream(destination.protocol, body.settings);
    const besides = streamUpdate(destination, body.state, this.clock.now());
    const changed = await this.setUp.change(destination, { ...body, ...(besides ? { besides } : {}) });
    if (besides) this.logMoved.tell();
    await publishKeyOf(this.keys, changed);
    return this.shown(changed);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.destinations.remove((await foundDestination(this.destinations, id)).id);
  }

  private async shown(destination: Destination): Promise<object> {
    return (await this.shownAll([destination]))[0]!;
  }

  private async shownAll(destinations: Destination[]): Promise<object[]> {
    const standings = await this.standings.of(destinations);
    return destinations.map((destination, index) => ({
      ...this.plain(destination),
      standing: standings[index],
    }));
  }

  private plain(destination: Destination): object {
    return {
      object: 'destination',
      id: destination.id,
      protocol: destination.protocol,
      organization_id: destination.organizationId,
      settings: destination.settings,
      ...shownManner(destination),
      request: shownRequest(this.destinations.requestOf(destination)),
      state: destination.state,
      created_at: destination.createdAt.toISOString(),
      updated_at: destination.updatedAt.toISOString(),
    };
  }
}
