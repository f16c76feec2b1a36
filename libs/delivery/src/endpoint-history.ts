/** Whether a destination's URL has ever taken what was sent to it: until then "not found" may speak of the URL itself. */
import type { Tx } from '@app/runtime';

export class EndpointHistory {
  private known: Promise<boolean> | undefined;

  /** @param url as the destination's settings have it now: what another URL has taken says nothing of this one. */
  constructor(
    private readonly database: Tx,
    private readonly destinationId: string,
    private readonly url: string,
  ) {}

  /** It has just answered 2xx; the receipt that says so may not be written yet. */
  took(): void {
    this.known = Promise.resolve(true);
  }

  /** Asks the receipts, once. */
  hasDelivered(): Promise<boolean> {
    this.known ??= this.look().catch((error: unknown) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  private async look(): Promise<boolean> {
    const rows = await this.database.rows(DELIVERED, [this.destinationId, this.url]);
    return rows.length > 0;
  }
}

// The newest first: where a URL has ever taken anything, it is mostly found at once.
const DELIVERED = `
  select from revocation_receipt
   where destination_id = $1 and endpoint = $2 and state = 'acknowledged' and status between 200 and 299
   order by position desc limit 1`;
