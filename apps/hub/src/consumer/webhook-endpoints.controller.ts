/** Webhook endpoints, as WorkOS's SDKs manage them: destinations of the protocol "webhook" under another name. */
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
import { IsArray, IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { Destinations, type Destination } from '@app/tenancy';
import { DestinationBody, shownManner } from '../destination-body.js';
import { DestinationSetUp } from '../destination-set-up.js';
import { ApiError, notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { isEventName, isEventPattern } from './event-names.js';
import { list, pageOf, type Query as QueryParameters } from './query.js';

export class NewWebhookEndpoint extends DestinationBody {
  @IsString()
  @IsNotEmpty()
  endpoint_url: string;

  @IsArray()
  @IsString({ each: true })
  events: string[];

  /** Beyond WorkOS: only events of this organization. */
  @IsOptional()
  @IsString()
  organization_id?: string;
}

export class WebhookEndpointChange extends DestinationBody {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  endpoint_url?: string;

  @IsOptional()
  @IsIn(['enabled', 'disabled'])
  status?: 'enabled' | 'disabled';

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  events?: string[];
}

@Controller('webhook_endpoints')
@UseGuards(ApiKeyGuard)
export class WebhookEndpointsController {
  constructor(
    private readonly destinations: Destinations,
    private readonly setUp: DestinationSetUp,
  ) {}

  /** The whole secret is in this answer only; later ones show its end. */
  @Post()
  async create(@Body() body: NewWebhookEndpoint): Promise<object> {
    const { destination, secret } = await this.setUp.create({
      protocol: 'webhook',
      organizationId: body.organization_id ?? null,
      settings: { endpoint_url: body.endpoint_url },
      eventTypes: known(body.events),
      filter: body.filter,
      delivery: body.delivery,
    });
    return { ...this.shown(destination), secret };
  }

  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const { data, before, after } = await this.destinations.list({ protocol: 'webhook' }, pageOf(query));
    return list(
      data.map((destination) => this.shown(destination)),
      { before, after },
    );
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    return this.shown(await this.found(id));
  }

  @Patch(':id')
  async change(@Param('id') id: string, @Body() body: WebhookEndpointChange): Promise<object> {
    const changed = await this.setUp.change(await this.found(id), {
      ...(body.endpoint_url === undefined ? {} : { settings: { endpoint_url: body.endpoint_url } }),
      ...(body.events ? { eventTypes: known(body.events) } : {}),
      ...(body.status ? { state: body.status } : {}),
      filter: body.filter,
      delivery: body.delivery,
    });
    return this.shown(changed);
  }

  @Delete(':id')
  @HttpCode(204)
  async remove(@Param('id') id: string): Promise<void> {
    await this.destinations.remove((await this.found(id)).id);
  }

  private async found(id: string): Promise<Destination> {
    const destination = await this.destinations.find(id);
    if (destination?.protocol !== 'webhook') throw notFound('Webhook endpoint', id);
    return destination;
  }

  private shown(destination: Destination): object {
    const secret = this.destinations.secretOf(destination);
    return {
      object: 'webhook_endpoint',
      id: destination.id,
      endpoint_url: destination.settings['endpoint_url'],
      secret: secret === null ? '' : `whsec_…${secret.slice(-4)}`,
      status: destination.state === 'enabled' ? 'enabled' : 'disabled',
      events: destination.eventTypes,
      organization_id: destination.organizationId,
      ...shownManner(destination),
      created_at: destination.createdAt.toISOString(),
      updated_at: destination.updatedAt.toISOString(),
    };
  }
}

function known(events: string[]): string[] {
  const errors = events
    .filter((name) => !isEventName(name) && !isEventPattern(name))
    .map((name) => ({
      field: 'events',
      code: 'unknown_event_type',
      message: `'${name}' is not an event type`,
    }));
  if (errors.length === 0) return events;
  throw new ApiError(
    422,
    'invalid_request_parameters',
    `Validation failed: ${errors.map((error) => error.message).join('; ')}.`,
    errors,
  );
}
