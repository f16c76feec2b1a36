/** The tickets that wake workers. They say where there may be work and nothing else; the sweep repairs what is lost. */
import type { Observations, TicketQueue } from '@app/runtime';
import type { Urgency } from './protocol.js';

/** "The log moved": for the router. */
export const WAKE_QUEUE = 'wake';
/** "This destination may have work", one queue for each urgency, so that neither waits for the other's workers. */
export const ERRAND_QUEUES: Record<Urgency, string> = { soon: 'errands-soon', now: 'errands-now' };

export interface ErrandTicket {
  destinationId: string;
}

const ROUTER_KEY = 'router';

/** Tickets put in at a time; a queue on PostgreSQL has a dozen connections. */
const PUTS_AT_ONCE = 16;

export class Errands {
  constructor(private readonly queues: Record<Urgency, TicketQueue>) {}

  async put(urgency: Urgency, destinationId: string, delayInMilliseconds = 0): Promise<void> {
    const ticket: ErrandTicket = { destinationId };
    await this.queues[urgency].put(destinationId, ticket, delayInMilliseconds);
  }

  async putAll(errands: readonly Errand[]): Promise<void> {
    await inBatches(errands, ({ urgency, destinationId }) => this.put(urgency, destinationId));
  }

  /**
   * For destinations that have work and nobody who does it: under a key of its own, because the ticket that they have
   * may be in the hands of a worker that is gone, and would keep the new one from being given out until its lock ends.
   */
  async putAgain(errands: readonly Errand[]): Promise<void> {
    await inBatches(errands, ({ urgency, destinationId }) =>
      this.queues[urgency].put(`${destinationId}-again`, { destinationId } satisfies ErrandTicket),
    );
  }
}

interface Errand {
  urgency: Urgency;
  destinationId: string;
}

async function inBatches(errands: readonly Errand[], put: (errand: Errand) => Promise<void>): Promise<void> {
  for (let start = 0; start < errands.length; start += PUTS_AT_ONCE) {
    await Promise.all(errands.slice(start, start + PUTS_AT_ONCE).map(put));
  }
}

/**
 * A ticket costs more than a small commit does, so after one there is a pause; whoever rings meanwhile waits for its
 * end. Under load an event is late by half of it on average; the first one after some quiet is not late at all.
 */
const PAUSE_IN_MILLISECONDS = 20;

/**
 * Rung after each commit to the log. However often it rings, at most one ticket is being put in; whoever rings
 * meanwhile gets one more after it, since the router may have read the log just before.
 */
export class Bell {
  private busy = false;
  private again = false;
  /** A queue that stays away is told once, not at each commit. */
  private away = false;

  constructor(
    private readonly wake: TicketQueue,
    private readonly observations: Pick<Observations, 'warn'>,
  ) {}

  /** Never throws and is not waited for: a request must not fail or be slow because the queue is away. */
  ring(): void {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    this.wake
      .put(ROUTER_KEY, {})
      .then(
        () => (this.away = false),
        (error: unknown) => {
          if (!this.away)
            this.observations.warn('workers could not be woken; the sweep will do it', { error });
          this.away = true;
        },
      )
      .finally(() => setTimeout(() => this.rest(), PAUSE_IN_MILLISECONDS).unref());
  }

  private rest(): void {
    const { again } = this;
    this.busy = this.again = false;
    if (again) this.ring();
  }
}
