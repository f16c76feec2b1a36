/** Wakes the routers after a commit to the log, as cheaply as it can. */
import type { Observations, TicketQueue } from '@app/runtime';
import type { Urgency } from './protocol.js';

/** "The log moved": for the router of each urgency. */
export const WAKE_QUEUES: Record<Urgency, string> = { now: 'wake-now', soon: 'wake' };

const ROUTER_KEY = 'router';

/**
 * A ticket costs more than a small commit does, so after one there is a pause; whoever rings meanwhile waits for its
 * end. Under load an event is late by half of it on average; the first one after some quiet is not late at all.
 */
const PAUSE_IN_MILLISECONDS = 20;

/** What ends nobody's session may reach the router of those that do so much later, and is a ticket for many commits. */
const UNHURRIED_PAUSE_IN_MILLISECONDS = 250;

/**
 * Rung after each commit to the log. However often it rings, at most one ticket is being put in; whoever rings
 * meanwhile gets one more after it, since the router may have read the log just before.
 */
class Clapper {
  private busy = false;
  private again = false;
  private later: NodeJS.Timeout | undefined;
  /** A queue that stays away is told once, not at each commit. */
  private away = false;

  constructor(
    private readonly wake: TicketQueue,
    private readonly observations: Pick<Observations, 'warn'>,
  ) {}

  strike(): void {
    clearTimeout(this.later);
    this.later = undefined;
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

  /** Within the longer pause; nothing more where it is about to be struck anyway. */
  strikeLater(): void {
    if (this.again) return;
    this.later ??= setTimeout(() => this.strike(), UNHURRIED_PAUSE_IN_MILLISECONDS).unref();
  }

  private rest(): void {
    const { again } = this;
    this.busy = this.again = false;
    if (again) this.strike();
  }
}

export class Bell {
  private readonly clappers: Record<Urgency, Clapper>;

  /** @param queueOf a queue by its name. */
  constructor(queueOf: (name: string) => TicketQueue, observations: Pick<Observations, 'warn'>) {
    const clapper = (urgency: Urgency): Clapper => new Clapper(queueOf(WAKE_QUEUES[urgency]), observations);
    this.clappers = { now: clapper('now'), soon: clapper('soon') };
  }

  /**
   * Never throws and is not waited for: a request must not fail or be slow because the queue is away.
   * @param unhurried nothing that was written ends anybody's session.
   */
  ring({ unhurried = false } = {}): void {
    if (unhurried) this.clappers.now.strikeLater();
    else this.clappers.now.strike();
    this.clappers.soon.strike();
  }

  /** For one router only: it was interrupted. */
  ringFor(urgency: Urgency): void {
    this.clappers[urgency].strike();
  }
}
