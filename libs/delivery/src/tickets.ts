/** The tickets that wake workers. They say where there may be work and nothing else; the sweep repairs what is lost. */
import { randomUUID } from 'node:crypto';
import type { TicketQueue } from '@app/runtime';
import type { Urgency } from './protocol.js';

/**
 * Two queues for each urgency. `soon`: something has just happened, told by the router to those that had nothing to do; a
 * slice of it is short. `soon-backlog`: everything that was not done in one such slice, retries and what the sweep finds.
 */
export type Lane = Urgency | `${Urgency}-backlog`;

/** "These destinations may have work": none of them waits for another's workers. */
export const ERRAND_QUEUES: Record<Lane, string> = {
  soon: 'errands-soon',
  'soon-backlog': 'errands-soon-backlog',
  now: 'errands-now',
  'now-backlog': 'errands-now-backlog',
};

export const LANES = Object.keys(ERRAND_QUEUES) as Lane[];

export interface ErrandTicket {
  destinationIds: string[];
}

export interface Errand {
  urgency: Urgency;
  destinationId: string;
}

/** Tickets put in at a time; a queue on PostgreSQL has a dozen connections. */
const PUTS_AT_ONCE = 16;

/** As many as a worker works for at a time. A ticket costs about as much as the work for one destination does. */
const DESTINATIONS_OF_A_TICKET = 16;

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

  /** For destinations that have no ticket; in this order, as far as they are of one urgency. */
  async putAll(errands: readonly Errand[]): Promise<void> {
    await inBatches(together(errands), async ({ urgency, destinationIds }) => {
      const [first, second] = destinationIds;
      // A ticket of several must not take the place of another, which names others.
      const key = second === undefined ? first! : randomUUID();
      await this.queues[urgency].put(key, { destinationIds } satisfies ErrandTicket);
    });
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
      const ticket: ErrandTicket = { destinationIds: [destinationId] };
      return this.queues[`${urgency}-backlog`].put(`${destinationId}-again`, ticket);
    });
  }

  private async putInto(lane: Lane, destinationId: string, delayInMilliseconds: number): Promise<void> {
    const ticket: ErrandTicket = { destinationIds: [destinationId] };
    await this.queues[lane].put(destinationId, ticket, delayInMilliseconds);
  }
}

function together(errands: readonly Errand[]): { urgency: Urgency; destinationIds: string[] }[] {
  const tickets: { urgency: Urgency; destinationIds: string[] }[] = [];
  const open = new Map<Urgency, string[]>();
  for (const { urgency, destinationId } of errands) {
    let destinationIds = open.get(urgency);
    if (!destinationIds || destinationIds.length === DESTINATIONS_OF_A_TICKET) {
      destinationIds = [];
      open.set(urgency, destinationIds);
      tickets.push({ urgency, destinationIds });
    }
    destinationIds.push(destinationId);
  }
  return tickets;
}

async function inBatches<Each>(all: readonly Each[], put: (each: Each) => Promise<void>): Promise<void> {
  for (let start = 0; start < all.length; start += PUTS_AT_ONCE)
    await Promise.all(all.slice(start, start + PUTS_AT_ONCE).map(put));
}
