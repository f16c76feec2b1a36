/** A slice's settlements: one after the other, and where it does no harm beside whatever else the slice does. */
import type { Health } from './breaker.js';
import type { Remainder } from './lease.js';
import type { Ledger } from './ledger.js';

export interface SettlingParts {
  /** Others may have become due. */
  onFinished: () => void;
  /** Nothing more can be written down. */
  onFailed: () => void;
}

export class Settling {
  /** Of the lease, when it was given back with the last settlement. */
  remainder: Remainder | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly ledger: Ledger,
    private readonly parts: SettlingParts,
  ) {}

  /**
   * What only moves the cursor is written down while the next page is read; everything else is waited for.
   * @param how as `Ledger.settle` takes it.
   * @throws LeaseLost, also that of the settlement before.
   */
  async settle(
    cursor: () => number,
    health: () => Health,
    how: { last?: boolean; release?: boolean },
  ): Promise<void> {
    await this.last;
    // Whoever reads must know which rows there are: those of the database, or those that the ledger still has.
    const isAwaited = how.last || this.ledger.changesRows;
    this.last = this.ledger.settle(cursor(), health(), how).then(({ finished, remainder }) => {
      this.remainder = remainder;
      if (finished) this.parts.onFinished();
    });
    this.last.catch(this.parts.onFailed);
    if (isAwaited) await this.last;
  }

  /** Whatever came of them. */
  async ended(): Promise<void> {
    await this.last.catch(() => undefined);
  }
}
