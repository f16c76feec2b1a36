/** The tickets that wake workers. They say where there may be work and nothing else; the sweep repairs what is lost. */
import type { Observations, TicketQueue } from '@app/runtime';
import type { Urgency } from './protocol.js';

/** "The log moved": for the router. */
export const WAKE_QUEUE = 'wake';
/**
 * Two queues for each urgency. `soon`: something has just happened, told by the router to those that had nothing to do; a
 * slice of it is short. `soon-backlog`: everything that was not done in one such slice, retries and what the sweep finds.
 */
export type Lane = Urgency | `${Urgency}-backlog`;

/** "This destination may have work": none of them waits for another's workers. */
export const ERRAND_QUEUES: Record<Lane, string> = {
  soon: 'errands-soon',
  'soon-backlog': 'errands-soon-backlog',
  now: 'errands-now',
  'now-backlog': 'errands-now-backlog',
};

export const LANES = Object.keys(ERRAND_QUEUES) as Lane[];

export interface ErrandTicket {
  destinationId: string;
}

export interface Errand {
  urgency: Urgency;
  destinationId: string;
}

const ROUTER_KEY = 'router';

/** Tickets put in at a time; a queue on PostgreSQL has a dozen connections. */
const PUTS_AT_ONCE = 16;

export class Errands {
  private readonly queues: Record<Lane, TicketQueue>;

  /** @param queueOf a queue by its name. */
  constructor(queueOf: (name: string) => TicketQueue) {
    this.queues = Object.fromEntries(
      LANES.map((lane) => [lane, queueOf(ERRAND_QUEUES[lane])]),
    ) as Errands['queues'];
  }

  /** Something has just happened, or a person waits for it. */
  async put(urgency: Urgency, destinationId: string): Promise<void> {
    await this.putInto(urgency, destinationId, 0);
  }

  async putAll(errands: readonly Errand[]): Promise<void> {
    await inBatches(errands, ({ urgency, destinationId }) => this.put(urgency, destinationId));
  }

  /** There is more to do of what was begun. */
  async putBehind(urgency: Urgency, destinationId: string, delayInMilliseconds = 0): Promise<void> {
    await this.putInto(`${urgency}-backlog`, destinationId, delayInMilliseconds);
  }

  /**
   * For destinations that have work and nobody who does it: under a key of its own, because the ticket that they have
   * may be in the hands of a worker that is gone, and would keep the new one from being given out until its lock ends.
   */
  async putAgain(errands: readonly Errand[]): Promise<void> {
    await inBatches(errands, ({ urgency, destinationId }) => {
      const ticket: ErrandTicket = { destinationId };
      return this.queues[`${urgency}-backlog`].put(`${destinationId}-again`, ticket);
    });
  }

  private async putInto(lane: Lane, destinationId: string, delayInMilliseconds: number): Promise<void> {
    const ticket: ErrandTicket = { destinationId };
    await this.queues[lane].put(destinationId, ticket, delayInMilliseconds);
  }
}

async function inBatches<Each>(all: readonly Each[], put: (each: Each) => Promise<void>): Promise<void> {
  for (let start = 0; start < all.length; start += PUTS_AT_ONCE)
    await Promise.all(all.slice(start, start + PUTS_AT_ONCE).map(put));
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
