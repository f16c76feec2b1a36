import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { headPosition } from '@app/event-log';
import { Database, Queues } from '@app/runtime';
import { HubSettings } from './hub-settings.js';

/** For load balancers and people: is this process able to take a change right now? */
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly queues: Queues,
    private readonly settings: HubSettings,
  ) {}

  @Get()
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const position = await headPosition(this.database).catch(() => undefined);
    if (position === undefined) reply.status(503);
    return {
      status: position === undefined ? 'unavailable' : 'ok',
      version: this.settings.version,
      database: position === undefined ? 'unreachable' : 'ok',
      queue_backend: this.queues.backend,
      ...(position === undefined ? {} : { log_position: position }),
    };
  }
}
