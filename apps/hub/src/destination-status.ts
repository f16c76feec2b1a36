/** How a destination stands, as its answers show it: whether it fails, since when, and why it was stopped. */
import { Injectable } from '@nestjs/common';
import { standingOf } from '@app/delivery';
import { Clock, Database } from '@app/runtime';
import type { Destination } from '@app/tenancy';

@Injectable()
export class DestinationStatus {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @returns for each, in the same order, the member `status_details` of its answer. */
  async of(destinations: readonly Destination[]): Promise<object[]> {
    const ids = destinations.map(({ id }) => id);
    const standings = new Map(
      (await standingOf(this.database, ids)).map((standing) => [standing.destinationId, standing]),
    );
    return destinations.map((destination) => {
      const standing = standings.get(destination.id);
      return {
        state: destination.state,
        disabled_reason: destination.disabledReason,
        disabled_at: shown(destination.disabledAt),
        failing_since: shown(standing?.failingSince),
        consecutive_failures: standing?.consecutiveFailures ?? 0,
        breaker: standing?.breakerOpenedAt ? 'open' : 'closed',
        resting_until: shown(this.future(standing?.restingUntil)),
      };
    });
  }

  private future(time: Date | null | undefined): Date | null {
    return time && time > this.clock.now() ? time : null;
  }
}

function shown(time: Date | null | undefined): string | null {
  return time?.toISOString() ?? null;
}
