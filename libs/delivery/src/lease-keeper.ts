/** Sees to it that a lease does not run out under its holder, or that the holder knows. */
import type { Database } from '@app/runtime';
import { extendLease, LEASE_IN_SECONDS, LeaseLost, type Lease } from './lease.js';

/** Keeps a lease alive while its holder works, and knows when that failed. */
export class LeaseKeeper {
  private taken = false;
  private runsOutAt: number;
  private readonly timer: NodeJS.Timeout;

  /**
   * @param askedAt when the lease was asked for, by `performance.now()`: it was not given before.
   * @param inSeconds how long it lasts; otherwise in tests only.
   */
  constructor(database: Pick<Database, 'rows'>, lease: Lease, askedAt: number, inSeconds = LEASE_IN_SECONDS) {
    const lasts = inSeconds * 1_000;
    this.runsOutAt = askedAt + lasts;
    // A third of its life: two extensions may fail before it runs out.
    this.timer = setInterval(() => {
      const asking = performance.now();
      extendLease(database, lease).then(
        () => (this.runsOutAt = asking + lasts),
        (error: unknown) => {
          if (error instanceof LeaseLost) this.taken = true;
        },
      );
    }, lasts / 3);
    this.timer.unref();
  }

  /**
   * Somebody else may have it: it is known to be taken, or this process stood still, or could not reach the database, for
   * longer than it lasts. Nothing may be started then: what was started after it ran out would count against no rate.
   */
  get lost(): boolean {
    return this.taken || performance.now() >= this.runsOutAt;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
