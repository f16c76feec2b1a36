/** How destinations stand, as the API shows it beside what people set: read for a whole page in one statement. */
import { Injectable } from '@nestjs/common';
import { LAG_COUNTED, standingOf, type DestinationStanding } from '@app/delivery';
import { EventLog } from '@app/event-log';
import { Clock, Database } from '@app/runtime';
import type { Destination } from '@app/tenancy';

@Injectable()
export class DestinationStandings {
  constructor(
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly clock: Clock,
  ) {}

  /** @returns for each, in the same order, the member `standing` of its answer; null when it is gone meanwhile. */
  async of(destinations: readonly Destination[]): Promise<(object | null)[]> {
    if (destinations.length === 0) return [];
    const now = this.clock.now();
    const ids = destinations.map(({ id }) => id);
    const standings = await standingOf(this.database, ids, now);
    const known = new Map(standings.map((each) => [each.destinationId, this.shown(each, now)]));
    return destinations.map(({ id, state, disabledReason, disabledAt }) => {
      const standing = known.get(id);
      const why = { disabled_reason: disabledReason, disabled_at: disabledAt?.toISOString() ?? null };
      return standing ? { state, ...why, ...standing } : null;
    });
  }

  private shown(standing: DestinationStanding, now: Date): object {
    const { oldestOutstandingAt: oldest, cursorAt, lastDelivered, lastDeliveredEventAt } = standing;
    return {
      idle: standing.idle && standing.waiting + standing.behind === 0,
      cursor: this.idOf(standing.cursor, cursorAt),
      lag: {
        events: standing.lagEvents,
        at_least: standing.lagEvents >= LAG_COUNTED,
        seconds: oldest === null ? 0 : Math.max(0, Math.round((now.getTime() - oldest.getTime()) / 1_000)),
      },
      catching_up: standing.catchUpTo !== null,
      parked: {
        waiting: standing.waiting,
        behind: standing.behind,
        given_up: standing.givenUp,
        superseded: standing.superseded,
      },
      breaker: standing.breaker.replace('-', '_'),
      failing_since: standing.failingSince?.toISOString() ?? null,
      consecutive_failures: standing.consecutiveFailures,
      resting_until: standing.breaker === 'resting' ? standing.restingUntil!.toISOString() : null,
      last_delivered_event_id: lastDelivered === null ? null : this.idOf(lastDelivered, lastDeliveredEventAt),
      last_delivered_at: standing.lastDeliveredAt?.toISOString() ?? null,
    };
  }

  private idOf(position: number, at: Date | null): string | null {
    return at === null ? null : this.log.idOf(position, at);
  }
}
