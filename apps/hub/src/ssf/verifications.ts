/** Writes into the log that a receiver wants to hear from its stream; the event goes the way of all others. */
import { Injectable } from '@nestjs/common';
import { announce } from '@app/delivery';
import { Clock, Database } from '@app/runtime';
import { LogMoved } from '../log-moved.js';
import { MIN_VERIFICATION_INTERVAL_IN_SECONDS } from './ssf-settings.js';
import type { Stream } from './stream-shown.js';

@Injectable()
export class Verifications {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logMoved: LogMoved,
  ) {}

  /** @param state to be told back. @returns 0, or the seconds until it may be asked again; then nothing was done. */
  async request({ destination }: Stream, state: string | undefined): Promise<number> {
    const { id, organizationId } = destination;
    const now = this.clock.now();
    const intervalInMilliseconds = MIN_VERIFICATION_INTERVAL_IN_SECONDS * 1_000;
    const last = await this.database.transaction(async (tx) => {
      const [noted] = await tx.rows(
        `insert into ssf_stream as s (destination_id, verified_at) values ($1, $2)
         on conflict (destination_id) do update set verified_at = excluded.verified_at
           where s.verified_at is null or s.verified_at <= $3
         returning 1`,
        [id, now, new Date(now.getTime() - intervalInMilliseconds)],
      );
      if (!noted) {
        const [row] = await tx.rows<{ verified_at: Date }>(
          'select verified_at from ssf_stream where destination_id = $1',
          [id],
        );
        return row?.verified_at;
      }
      const data = { streamId: id, ...(state === undefined ? {} : { state }) };
      await announce(tx, organizationId, { events: [{ type: 'StreamVerificationRequested', data }], now });
      return undefined;
    });
    if (last) return (last.getTime() + intervalInMilliseconds - now.getTime()) / 1_000;
    this.logMoved.tell();
    return 0;
  }
}
