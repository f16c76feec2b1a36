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
import { Destinations, type Destination, type DestinationState } from '@app/tenancy';
import { notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { DestinationBody, shownManner } from '../destination-body.js';
import { DestinationSetUp } from '../destination-set-up.js';
import { DestinationStandings } from '../destination-standing.js';
import { IsStartFrom, type StartFrom } from '../start-from.js';

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
  ) {}

  @Post()
  async create(@Body() body: NewDestinationBody): Promise<object> {
    const { protocol, settings, filter, delivery, request } = body;
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
    return this.shown(await this.found(id));
  }

  /** `settings` replaces the settings as a whole. */
  @Patch(':id')
  async change(@Param('id') id: string, @Body() body: DestinationChangeBody): Promise<object> {
    return this.shown(await this.setUp.change(await this.found(id), { ...body }));
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.setUp.remove((await this.found(id)).id);
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

  private async found(id: string): Promise<Destination> {
    const destination = await this.destinations.find(id);
    if (!destination) throw notFound('Destination', id);
    return destination;
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
