import { Injectable } from '@nestjs/common';
import {
  ERRAND_QUEUES,
  Errands,
  pump,
  type ErrandTicket,
  type PumpReport,
  type Urgency,
} from '@app/delivery';
import { Queues } from '@app/runtime';
import { Workshop } from './workshop.js';

/**
 * Destinations worked for at the same time, for each urgency: a backlog of webhooks never takes a revocation's place.
 * Most of a pump's time is waiting for a stranger, so there may be many more than processor cores.
 */
const DESTINATIONS_AT_ONCE: Record<Urgency, number> = { now: 8, soon: 8 };

/** What is due later than this is left to the sweep; sooner than this, a ticket brings us back to the second. */
const DELAYED_TICKETS_WITHIN_IN_MILLISECONDS = 60_000;

/** Works the tickets "this destination may have work". */
@Injectable()
export class ErrandsProcessor {
  constructor(
    private readonly workshop: Workshop,
    private readonly errands: Errands,
    private readonly queues: Queues,
  ) {}

  start(): void {
    for (const urgency of ['now', 'soon'] as const) {
      this.queues.work<ErrandTicket>(ERRAND_QUEUES[urgency], DESTINATIONS_AT_ONCE[urgency], (ticket) =>
        this.process(urgency, ticket),
      );
    }
  }

  private async process(urgency: Urgency, { destinationId }: ErrandTicket): Promise<void> {
    const { engine } = this.workshop;
    const report = await pump(engine, destinationId);
    if (report.kind !== 'worked') return;
    if (report.tally.attempts > 0)
      engine.observations.info('deliveries attempted', { destinationId, ...report.tally });
    const delay = pauseInMilliseconds(report, engine.clock.now());
    if (delay === undefined || delay > DELAYED_TICKETS_WITHIN_IN_MILLISECONDS) return;
    await this.errands.put(urgency, destinationId, delay);
  }
}

/** How long until this destination has something to do; undefined when it has nothing. */
function pauseInMilliseconds(
  { more, dueAt, restingUntil }: Extract<PumpReport, { kind: 'worked' }>,
  now: Date,
): number | undefined {
  const until = (time: Date | null): number => Math.max(0, (time?.getTime() ?? 0) - now.getTime());
  if (!more && !dueAt) return undefined;
  return Math.max(until(restingUntil), more ? 0 : until(dueAt));
}
