/** Failed deliveries of a destination: which they are, trying them again at once, and going on without one for good. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import {
  Errands,
  findParked,
  destinationFacts,
  giveUpParked,
  listParked,
  retryManyParked,
  retryParked,
  type ParkedDelivery,
} from '@app/delivery';
import { EventLog } from '@app/event-log';
import { Clock, Database, Observations } from '@app/runtime';
import { Destinations, type Destination } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard, type WithApiKey } from '../consumer/api-key.guard.js';
import { list, pageOf, textOf, type Query as QueryParameters } from '../consumer/query.js';
import { LogMoved } from '../log-moved.js';
import { PROTOCOLS } from '../protocols.js';
import { foundDestination } from '../found-destination.js';
import { OF_A_DESTINATION } from './delivery-attempts.controller.js';
import { cursorOf, ParkedView, parkedStateOf, type ShownParked } from './parked-view.js';

const RETRIED_AT_MOST = 1_000;
const REASON_CHARACTERS = 500;

export class RetryManyBody {
  /** Those that were given up, unless told otherwise. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(['given_up', 'waiting'], { each: true })
  states?: ('given_up' | 'waiting')[];

  /** Only of events about this person or group. */
  @IsOptional()
  @IsString()
  subject?: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(RETRIED_AT_MOST)
  limit?: number;
}

export class GiveUpBody {
  /** The id of the event once more: nobody does this by accident. */
  @IsString()
  confirm: string;

  @IsOptional()
  @IsString()
  @MaxLength(REASON_CHARACTERS)
  reason?: string;
}

const paths = (rest: string): string[] => OF_A_DESTINATION.map((path) => `${path}/parked_deliveries${rest}`);

@Controller()
@UseGuards(ApiKeyGuard)
export class ParkedDeliveriesController {
  private readonly view: ParkedView;

  constructor(
    readonly database: Database,
    readonly log: EventLog,
    private readonly destinations: Destinations,
    private readonly errands: Errands,
    private readonly clock: Clock,
    private readonly observations: Observations,
    private readonly logMoved: LogMoved,
  ) {
    this.view = new ParkedView(database, log);
  }

  @Get(paths(''))
  async list(@Param('id') id: string, @Query() query: QueryParameters): Promise<object> {
    const { id: destinationId } = await foundDestination(this.destinations, id);
    const { limit, order, after, before } = pageOf(query);
    const page = await listParked(this.database, {
      ...{ destinationId, limit, order },
      state: parkedStateOf(textOf(query, 'state')),
      after: cursorOf(this.log, after),
      before: cursorOf(this.log, before),
    });
    const data = await this.view.shown(destinationId, page.data);
    const cursor = (edge: number | null, row: { event_id: string } | undefined): string | null =>
      edge === null ? null : (row?.event_id ?? null);
    return list(data, { before: cursor(page.before, data[0]), after: cursor(page.after, data.at(-1)) });
  }

  @Get(paths('/:eventId'))
  async get(@Param('id') id: string, @Param('eventId') eventId: string): Promise<object> {
    return this.one((await foundDestination(this.destinations, id)).id, eventId);
  }

  /** It goes out at once, with all its attempts before it, unless its endpoint is being left alone. */
  @Post(paths('/:eventId/retry'))
  @HttpCode(200)
  async retry(
    @Param('id') id: string,
    @Param('eventId') eventId: string,
    @Req() request: WithApiKey,
  ): Promise<object> {
    const destination = await foundDestination(this.destinations, id);
    const position = this.positionIn(eventId);
    const decider = this.decider(request);
    const retried = await retryParked(this.database, { destinationId: id, position }, decider);
    if (!retried) {
      const { behind_event_id: behind } = await this.one(id, eventId);
      const message = `This delivery waits behind that of ${behind ?? 'an earlier event'}. Retry that one.`;
      throw new ApiError(409, 'waits_behind_another', message);
    }
    this.observations.info('delivery retried by a person', { destinationId: id, eventId, by: decider.by });
    await this.wake(destination);
    return this.shown(id, retried);
  }

  /** In the order of the log, so many at a time. */
  @Post(paths('/retry'))
  @HttpCode(200)
  async retryMany(
    @Param('id') id: string,
    @Body() body: RetryManyBody,
    @Req() request: WithApiKey,
  ): Promise<object> {
    const destination = await foundDestination(this.destinations, id);
    const decider = this.decider(request);
    const wish = {
      destinationId: id,
      states: (body.states ?? ['given_up']).map((state) => (state === 'given_up' ? 'given-up' : state)),
      subjectId: body.subject,
      limit: body.limit ?? RETRIED_AT_MOST,
    };
    const { retried, more } = await retryManyParked(this.database, wish, decider);
    this.observations.info('deliveries retried by a person', { destinationId: id, retried, by: decider.by });
    if (retried > 0) await this.wake(destination);
    return { object: 'retry', destination_id: id, retried, more };
  }

  /** Goes on without it for good, as the retry policy does at its end. It stays in the list and can be retried. */
  @Post(paths('/:eventId/give_up'))
  @HttpCode(200)
  async giveUp(
    @Param('id') id: string,
    @Param('eventId') eventId: string,
    @Body() body: GiveUpBody,
    @Req() request: WithApiKey,
  ): Promise<object> {
    const destination = await foundDestination(this.destinations, id);
    const position = this.positionIn(eventId);
    if (body.confirm !== eventId) {
      const message = `confirm must be the id of the event, '${eventId}'`;
      throw new ApiError(422, 'invalid_request_parameters', `Validation failed: ${message}.`, [
        { field: 'confirm', code: 'not_confirmed', message },
      ]);
    }
    const decider = { ...this.decider(request), reason: body.reason };
    const facts = destinationFacts(destination, PROTOCOLS.get(destination.protocol));
    const givenUp = await giveUpParked(this, { destination: facts, position }, decider);
    if (!givenUp) {
      const { state } = await this.one(id, eventId);
      throw new ApiError(409, 'not_outstanding', `This delivery is ${state} already: nothing waits for it.`);
    }
    this.logMoved.tell();
    this.observations.warn('delivery given up by a person', { destinationId: id, eventId, by: decider.by });
    await this.wake(destination);
    return this.shown(id, givenUp);
  }

  private async one(destinationId: string, eventId: string): Promise<ShownParked> {
    const row = await findParked(this.database, destinationId, this.positionIn(eventId));
    if (!row) throw notFound('Parked delivery', eventId);
    return this.shown(destinationId, row);
  }

  private async shown(destinationId: string, row: ParkedDelivery): Promise<ShownParked> {
    const [shown] = await this.view.shown(destinationId, [row]);
    return shown!;
  }

  private positionIn(eventId: string): number {
    const position = this.log.positionOf(eventId);
    if (position === undefined) throw notFound('Parked delivery', eventId);
    return position;
  }

  private decider(request: WithApiKey): { by: string; now: Date } {
    return { by: request.apiKey.id, now: this.clock.now() };
  }

  /** Without the ticket the sweep finds it, some seconds later. */
  private async wake({ id, protocol }: Destination): Promise<void> {
    const urgency = PROTOCOLS.get(protocol)?.urgency ?? 'soon';
    await this.errands.put(urgency, id).catch(() => undefined);
  }
}
