/** Sets a destination back, so that everything after a place in the log comes again as if for the first time. */
import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { Errands, rewindDelivery, runningReplay, toldUntil } from '@app/delivery';
import { EventLog } from '@app/event-log';
import { Database } from '@app/runtime';
import { Destinations } from '@app/tenancy';
import { ApiKeyGuard } from '../consumer/api-key.guard.js';
import { invalid } from '../consumer/validation.js';
import { PROTOCOLS } from '../protocols.js';
import { replayRunning, Replays, type Plan } from '../replays.js';
import { foundDestination } from '../found-destination.js';
import { BEGINNING, RewindBody } from './replay-bodies.js';
import { shownCount } from './shown-replay.js';

@Controller(['destinations/:destinationId/rewind', 'webhook_endpoints/:destinationId/rewind'])
@UseGuards(ApiKeyGuard)
export class RewindController {
  constructor(
    private readonly destinations: Destinations,
    private readonly replays: Replays,
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly errands: Errands,
  ) {}

  /** With `dry_run` it says what would come again and changes nothing. */
  @Post()
  @HttpCode(200)
  async rewind(@Param('destinationId') destinationId: string, @Body() body: RewindBody): Promise<object> {
    const destination = await foundDestination(this.destinations, destinationId);
    const fromPosition = this.positionOf(body.after);
    const toPosition = await toldUntil(this.database, destinationId);
    if (fromPosition >= toPosition) {
      const message = `after: this destination was not told that event yet, and a rewind skips nothing`;
      throw invalid([{ field: 'after', code: 'not_told_yet', message }]);
    }
    if (body.dry_run) {
      const plan: Plan = { kind: 'replay', selection: { after: body.after }, fromPosition, toPosition };
      const counted = shownCount(destination, plan, await this.replays.count(destination, plan));
      return { ...counted, object: 'rewind_dry_run' };
    }
    await this.database.transaction(async (tx) => {
      if (await runningReplay(tx, destinationId)) throw replayRunning(destinationId);
      await rewindDelivery(tx, destinationId, fromPosition);
    });
    const urgency = PROTOCOLS.get(destination.protocol)?.urgency ?? 'soon';
    // Without the ticket the sweep finds it.
    void this.errands.put(urgency, destinationId).catch(() => undefined);
    return { object: 'rewind', destination_id: destinationId, after: body.after };
  }

  private positionOf(after: string): number {
    const position = after === BEGINNING ? 0 : this.log.positionOf(after);
    if (position !== undefined) return position;
    const message = `after must be the id of an event, or "${BEGINNING}", not '${after}'`;
    throw invalid([{ field: 'after', code: 'unknown_event', message }]);
  }
}
