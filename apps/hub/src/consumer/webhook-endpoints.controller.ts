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
import { ArrayMaxSize, IsArray, IsIn, IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { shownRequest } from '@app/delivery';
import { Destinations, type Destination, type OpenedSecret } from '@app/tenancy';
import {
  AreSignatures,
  DEFAULT_PAYLOAD,
  DEFAULT_SIGNATURES,
  IsPayload,
  writtenPublicKey,
  type Payload,
  type Signature,
} from '@app/webhooks';
import { DestinationBody, merged, shownManner } from '../destination-body.js';
import { DestinationSetUp } from '../destination-set-up.js';
import { DestinationStandings } from '../destination-standing.js';
import { IsStartFrom, type StartFrom } from '../start-from.js';
import { ApiError, notFound } from './api-error.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { inWordsOfEndpoints } from './endpoint-error.js';
import { isEventName, isEventPattern } from './event-names.js';
import { list, pageOf, type Query as QueryParameters } from './query.js';

// About as many as WorkOS has names for; whoever wants all of them leaves the list empty.
const EVENTS_AT_MOST = 200;

/** What a request to an endpoint looks like; `null` brings the default back. Beyond WorkOS. */
export class WebhookBody extends DestinationBody {
  @IsOptional()
  @AreSignatures()
  signatures?: Signature[] | null;

  @IsOptional()
  @IsPayload()
  payload?: Payload | null;
}

export class NewWebhookEndpoint extends WebhookBody {
  /** Where it begins in the log; `now` without it. */
  @IsOptional()
  @IsStartFrom()
  start_from?: StartFrom;

  @IsString()
  @IsNotEmpty()
  endpoint_url: string;

  @IsArray()
  @ArrayMaxSize(EVENTS_AT_MOST)
  @IsString({ each: true })
  events: string[];

  /** Beyond WorkOS: only events of this organization. */
  @IsOptional()
  @IsString()
  organization_id?: string;
}

export class WebhookEndpointChange extends WebhookBody {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  endpoint_url?: string;

  @IsOptional()
  @IsIn(['enabled', 'disabled'])
  status?: 'enabled' | 'disabled';

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(EVENTS_AT_MOST)
  @IsString({ each: true })
  events?: string[];
}

@Controller('webhook_endpoints')
@UseGuards(ApiKeyGuard)
export class WebhookEndpointsController {
  constructor(
    private readonly destinations: Destinations,
    private readonly setUp: DestinationSetUp,
    private readonly standings: DestinationStandings,
  ) {}

  /** The whole secret is in this answer only; later ones show its end. */
  @Post()
  async create(@Body() body: NewWebhookEndpoint): Promise<object> {
    const wish = {
      protocol: 'webhook',
      organizationId: body.organization_id ?? null,
      settings: merged({}, settingsOf(body)),
      eventTypes: known(body.events),
      filter: body.filter,
      delivery: body.delivery,
      request: body.request,
      startFrom: body.start_from,
    };
    const { destination, secret, snapshotId } = await inWordsOfEndpoints(this.setUp.create(wish));
    return { ...(await this.shown(destination)), secret, ...(snapshotId ? { replay_id: snapshotId } : {}) };
  }

  @Get()
  async list(@Query() query: QueryParameters): Promise<object> {
    const { data, before, after } = await this.destinations.list({ protocol: 'webhook' }, pageOf(query));
    return list(await this.shownAll(data), { before, after }, query);
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    return this.shown(await this.found(id));
  }

  @Patch(':id')
  async change(@Param('id') id: string, @Body() body: WebhookEndpointChange): Promise<object> {
    const destination = await this.found(id);
    const settings = settingsOf(body);
    const changes = {
      ...(Object.keys(settings).length === 0 ? {} : { settings: merged(destination.settings, settings) }),
      ...(body.events ? { eventTypes: known(body.events) } : {}),
      ...(body.status ? { state: body.status } : {}),
      filter: body.filter,
      delivery: body.delivery,
      request: body.request,
      ...(body.endpoint_url === undefined ? {} : { ownsEndpoint: true as const }),
    };
    return this.shown(await inWordsOfEndpoints(this.setUp.change(destination, changes)));
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

  private async shown(destination: Destination): Promise<object> {
    return (await this.shownAll([destination]))[0]!;
  }

  private async shownAll(destinations: Destination[]): Promise<object[]> {
    const [secrets, standings] = await Promise.all([
      this.destinations.secrets.live(destinations.map(({ id }) => id)),
      this.standings.of(destinations),
    ]);
    return destinations.map((destination, index) => ({
      ...this.shownWith(destination, secrets),
      standing: standings[index],
    }));
  }

  private shownWith(destination: Destination, secrets: ReadonlyMap<string, OpenedSecret[]>): object {
    const request = shownRequest(this.destinations.requestOf(destination));
    return shown(destination, { secrets: secrets.get(destination.id)!, request });
  }
}

/** Of a body what belongs to the protocol's settings. */
function settingsOf(body: WebhookEndpointChange): object {
  const { endpoint_url, signatures, payload } = body;
  const given = Object.entries({ endpoint_url, signatures, payload });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

interface Shown {
  /** The live ones, newest first. */
  secrets: readonly OpenedSecret[];
  request: object;
}

function shown(destination: Destination, { secrets, request }: Shown): object {
  const { settings } = destination;
  const secret = secrets.find(({ kind }) => kind === 'hmac');
  return {
    object: 'webhook_endpoint',
    id: destination.id,
    endpoint_url: settings['endpoint_url'],
    secret: secret === undefined ? '' : `whsec_…${secret.value.slice(-4)}`,
    public_keys: secrets.flatMap(({ publicJwk }) => (publicJwk ? [writtenPublicKey(publicJwk)] : [])),
    signatures: settings['signatures'] ?? DEFAULT_SIGNATURES,
    payload: settings['payload'] ?? DEFAULT_PAYLOAD,
    status: destination.state === 'enabled' ? 'enabled' : 'disabled',
    events: destination.eventTypes,
    organization_id: destination.organizationId,
    ...shownManner(destination),
    request,
    created_at: destination.createdAt.toISOString(),
    updated_at: destination.updatedAt.toISOString(),
  };
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
