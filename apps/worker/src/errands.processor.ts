import { Injectable } from '@nestjs/common';
import {
  Bell,
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
const DESTINATIONS_AT_ONCE: Record<Urgency, number> = { now: 16, soon: 16 };

/**
 * Pumps that have given their place back because their endpoint is silent. They cost memory and sockets only; past this
 * number they keep their place, so that even a world gone silent cannot fill the process.
 */
const WAITING_ASIDE_AT_MOST = 1_000;

/** What is due later than this is left to the sweep; sooner than this, a ticket brings us back to the second. */
const DELAYED_TICKETS_WITHIN_IN_MILLISECONDS = 60_000;

/** Works the tickets "this destination may have work". */
@Injectable()
export class ErrandsProcessor {
  private readonly pumping = new Set<Promise<void>>();

  constructor(
    private readonly workshop: Workshop,
    private readonly errands: Errands,
    private readonly bell: Bell,
    private readonly queues: Queues,
  ) {}

  start(): void {
    for (const urgency of ['now', 'soon'] as const) {
      this.queues.work<ErrandTicket>(ERRAND_QUEUES[urgency], DESTINATIONS_AT_ONCE[urgency], (ticket) =>
        this.process(urgency, ticket),
      );
    }
  }

  /** Waits for the pumps that have stepped aside; each has a deadline. */
  async stop(): Promise<void> {
    await Promise.all(this.pumping);
  }

  /**
   * Holds the ticket's place only while there is something to do: a hung endpoint would otherwise take it from others
   * for the whole of its deadline. The pump that steps aside keeps its lease, and sees to its own next ticket.
   */
  private process(urgency: Urgency, { destinationId }: ErrandTicket): Promise<void> {
    return new Promise((done, fail) => {
      let aside = false;
      const onQuiet = (): void => {
        if (this.pumping.size > WAITING_ASIDE_AT_MOST) return;
        aside = true;
        done();
      };
      const pumping = this.pump(urgency, { destinationId, onQuiet }).then(done, (error: unknown) => {
        // The queue reports what fails while it holds the ticket; afterwards nobody else would.
        if (aside)
          this.workshop.engine.observations.error('deliveries interrupted', { destinationId, error });
        else fail(error as Error);
      });
      this.pumping.add(pumping);
      void pumping.finally(() => this.pumping.delete(pumping));
    });
  }

  private async pump(
    urgency: Urgency,
    { destinationId, onQuiet }: ErrandTicket & { onQuiet: () => void },
  ): Promise<void> {
    const { engine } = this.workshop;
    const report = await pump(engine, destinationId, onQuiet);
    if (report.kind !== 'worked') return;
    // What befell this destination is an event for others.
    if (report.announced) this.bell.ring();
    const delay = pauseInMilliseconds(report, engine.clock.now());
    if (delay === undefined || delay > DELAYED_TICKETS_WITHIN_IN_MILLISECONDS) return;
    if (!engine.stopping.aborted) await this.errands.put(urgency, destinationId, delay);
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
