/** Every attempt at a delivery, and what became of an event everywhere: "did they get it?". */
import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import {
  deliveriesOf,
  findAttempt,
  NotAnAttempt,
  searchAttempts,
  type Attempt,
  type EventDelivery,
} from '@app/delivery';
import { recorded } from '@app/directory';
import { EventLog } from '@app/event-log';
import { Database, SearchTookTooLong } from '@app/runtime';
import { Destinations, Directories } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { list, pageOf, type Query as QueryParameters } from '../consumer/query.js';
import { PROTOCOLS } from '../protocols.js';
import { HubSettings } from '../hub-settings.js';
import { foundDestination } from '../found-destination.js';
import { attemptFilterOf } from './attempt-filter.js';
import { shownAttempt } from './shown-attempt.js';

/** Webhook endpoints are destinations too, and are found under both names. */
export const OF_A_DESTINATION = ['destinations/:id', 'webhook_endpoints/:id'];

@Controller()
@UseGuards(ApiKeyGuard)
export class DeliveryAttemptsController {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly destinations: Destinations,
    private readonly directories: Directories,
    private readonly settings: HubSettings,
  ) {}

  @Get('delivery_attempts')
  async list(@Query() query: QueryParameters): Promise<object> {
    const { database, log, directories } = this;
    const filter = await attemptFilterOf(query, { database, log, directories });
    const searching = searchAttempts(this.database, filter, pageOf(query));
    const { data, before, after } = await searching.catch((error: unknown) => {
      throw inOurWords(error);
    });
    return list(
      data.map((attempt) => this.shown(attempt)),
      { before, after },
    );
  }

  @Get('delivery_attempts/:id')
  async get(@Param('id') id: string): Promise<object> {
    const attempt = await findAttempt(this.database, id);
    if (!attempt) throw notFound('Delivery attempt', id);
    return this.shown(attempt);
  }

  @Get(OF_A_DESTINATION.map((path) => `${path}/attempts`))
  async listOfDestination(@Param('id') id: string, @Query() query: QueryParameters): Promise<object> {
    await foundDestination(this.destinations, id);
    return this.list({ ...query, destination: id });
  }

  /** At most as many as there may be destinations, hence one page. */
  @Get('events/:id/deliveries')
  async listOfEvent(@Param('id') id: string): Promise<object> {
    const position = this.log.positionOf(id);
    const [entry] = position === undefined ? [] : await this.log.at(this.database, [position]);
    if (!entry) throw notFound('Event', id);
    const [ofOrganization, ofEverybody] = await Promise.all([
      this.destinations.ofOrganization(entry.organizationId),
      this.destinations.ofOrganization(null),
    ]);
    const destinations = [...ofOrganization, ...ofEverybody];
    const deliveries = await deliveriesOf(this.database, recorded(entry), {
      destinations,
      protocols: PROTOCOLS,
    });
    return list(
      deliveries.map((delivery) => shownDelivery(id, delivery)),
      { before: null, after: null },
    );
  }

  private shown(attempt: Attempt): object {
    return shownAttempt(attempt, { log: this.log, traced: this.settings.traced });
  }
}

function shownDelivery(eventId: string, delivery: EventDelivery): object {
  return {
    object: 'event_delivery',
    event_id: eventId,
    destination_id: delivery.destinationId,
    protocol: delivery.destination?.protocol ?? null,
    destination_state: delivery.destination?.state ?? 'deleted',
    state: delivery.state.replace('-', '_'),
    attempts: delivery.attempts,
    first_attempt_at: delivery.firstAttemptAt?.toISOString() ?? null,
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
    last_outcome: delivery.lastOutcome,
    last_status: delivery.lastStatus,
    due_at: delivery.dueAt?.toISOString() ?? null,
  };
}

function inOurWords(error: unknown): unknown {
  if (error instanceof SearchTookTooLong) {
    const message =
      'The search took too long. Narrow it: name a destination, an event or a subject, or a range_start and range_end.';
    return new ApiError(400, 'search_too_broad', message);
  }
  if (error instanceof NotAnAttempt) {
    const message = `'${error.id}' is not the id of a delivery attempt. Leave the cursor out to start at the end.`;
    return new ApiError(400, 'invalid_cursor', message);
  }
  return error;
}
