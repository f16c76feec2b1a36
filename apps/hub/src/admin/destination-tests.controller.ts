/** Tests of a destination: one request about nobody, made by a worker, to see whether the endpoint hears us. */
import { setTimeout as pause } from 'node:timers/promises';
import { Body, Controller, Get, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { askForTest, findTest, TestTickets, type DeliveryTest } from '@app/delivery';
import { TEST_TYPE } from '@app/directory';
import { Clock, Database } from '@app/runtime';
import { Destinations, type Destination } from '@app/tenancy';
import { ApiError, notFound } from '../consumer/api-error.js';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { PROTOCOLS } from '../protocols.js';
import { foundDestination } from '../found-destination.js';
import { NewTestBody } from './replay-bodies.js';

/** So long the answer waits for the result; a silent endpoint takes longer, and its result is read later. */
const WAITED_FOR_IN_MILLISECONDS = 10_000;
const LOOK_EVERY_IN_MILLISECONDS = 100;

@Controller(['destinations/:destinationId/test', 'webhook_endpoints/:destinationId/test'])
@UseGuards(ApiKeyGuard)
export class DestinationTestsController {
  constructor(
    private readonly destinations: Destinations,
    private readonly database: Database,
    private readonly tickets: TestTickets,
    private readonly clock: Clock,
  ) {}

  /** 200 with the result, or 202 when it takes longer. Works for paused and disabled destinations, too. */
  @Post()
  @HttpCode(200)
  async create(
    @Param('destinationId') destinationId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: NewTestBody = {},
  ): Promise<object> {
    refuseUntestable(await foundDestination(this.destinations, destinationId));
    const eventType = body.event_type ?? TEST_TYPE;
    const asked = { destinationId, eventType, now: this.clock.now() };
    const test = await this.database.transaction((tx) => askForTest(tx, asked));
    if (!test) {
      const message =
        'A test of this destination is under way. Wait for its end; it takes half a minute at most.';
      throw new ApiError(409, 'test_waiting', message);
    }
    // Without the ticket a sweep finds it.
    void this.tickets.put(test.id).catch(() => undefined);
    const after = await this.resultOf(test);
    if (after.state === 'waiting') void reply.status(202);
    return shown(after);
  }

  @Get(':id')
  async get(@Param('destinationId') destinationId: string, @Param('id') id: string): Promise<object> {
    const test = await findTest(this.database, { destinationId, id });
    if (!test) throw notFound('Test', id);
    return shown(test);
  }

  private async resultOf(test: DeliveryTest): Promise<DeliveryTest> {
    const end = performance.now() + WAITED_FOR_IN_MILLISECONDS;
    let latest = test;
    while (latest.state === 'waiting' && performance.now() < end) {
      await pause(LOOK_EVERY_IN_MILLISECONDS);
      latest = (await findTest(this.database, test)) ?? latest;
    }
    return latest;
  }
}

function refuseUntestable({ protocol }: Destination): void {
  if (PROTOCOLS.get(protocol)?.informs) return;
  const message = `A test of ${protocol} would end somebody's sessions. Deactivate a person who is there for tests instead.`;
  throw new ApiError(422, 'not_testable', message);
}

function shown(test: DeliveryTest): object {
  return {
    object: 'destination_test',
    id: test.id,
    destination_id: test.destinationId,
    event_type: test.eventType,
    state: test.state,
    delivered: test.state === 'done' ? test.outcome === 'delivered' : null,
    outcome: test.outcome,
    status: test.status,
    error: test.error,
    answer: test.answer,
    duration_in_milliseconds: test.durationInMilliseconds,
    created_at: test.createdAt.toISOString(),
    started_at: test.startedAt?.toISOString() ?? null,
    finished_at: test.finishedAt?.toISOString() ?? null,
  };
}
