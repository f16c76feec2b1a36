/** What people see of a destination as a whole: how far it is, what failed, whether its endpoint is left alone. */
import type { Tx } from '@app/runtime';
import { breakerState, type BreakerState } from './breaker.js';

export interface DestinationStanding {
  destinationId: string;
  /** Everything up to here is delivered, parked, or was not wanted. */
  cursor: number;
  /** When the event at the cursor happened; null: the cursor stands before the first one. */
  cursorAt: Date | null;
  /** False while there is something it has not been told yet. */
  idle: boolean;
  /** Events of its organization past the cursor, up to `LAG_COUNTED`; its filter may leave some of them out. 0 when idle. */
  lagEvents: number;
  /** When the oldest event happened that it has not been told, the parked ones included; null: there is none. */
  oldestOutstandingAt: Date | null;
  /** Failed deliveries that will be tried again, and those that wait behind them. */
  waiting: number;
  behind: number;
  givenUp: number;
  superseded: number;
  consecutiveFailures: number;
  /** The first failure since the last success. */
  failingSince: Date | null;
  /** The breaker is open since then: only probes are sent. */
  breakerOpenedAt: Date | null;
  /** The endpoint is left alone until then. */
  restingUntil: Date | null;
  breaker: BreakerState;
  lastDelivered: number | null;
  /** It catches up: events up to this position are sent at its catch-up rate. */
  catchUpTo: number | null;
  /** When the event of the last delivery happened, and when it was delivered. */
  lastDeliveredEventAt: Date | null;
  lastDeliveredAt: Date | null;
}

/** So many events behind are counted; more are as bad. */
export const LAG_COUNTED = 10_000;

/** How these destinations stand, in one statement. @param now by the program's clock, to which rests are compared. */
export async function standingOf(
  tx: Tx,
  destinationIds: string[],
  now = new Date(),
): Promise<DestinationStanding[]> {
  const rows = await tx.rows<Omit<DestinationStanding, 'breaker'>>(STANDING, [destinationIds, LAG_COUNTED]);
  return rows.map((row) => ({
    ...row,
    breaker: breakerState({ openedAt: row.breakerOpenedAt, restingUntil: row.restingUntil }, now),
  }));
}

// For a destination of one organization its own events are counted; positions have no gaps, so for all of them a
// subtraction does.
const STANDING = `
  select s.destination_id as "destinationId", s.cursor,
         (select occurred_at from event e where e.position = s.cursor) as "cursorAt",
         coalesce(s.cursor >= s.work_to, false) as idle,
         case when s.cursor >= s.work_to then 0
              when d.organization_id is null then least(h.position - s.cursor, $2)
              else (select count(*) from (select from event e
                                           where e.organization_id = d.organization_id and e.position > s.cursor
                                           limit $2) as ahead) end as "lagEvents",
         least(case when s.cursor >= s.work_to then null
                    when d.organization_id is null
                    then (select e.occurred_at from event e where e.position = s.cursor + 1)
                    else (select e.occurred_at from event e
                           where e.organization_id = d.organization_id and e.position > s.cursor
                           order by e.position limit 1) end,
               (select e.occurred_at from event e where e.position = p.oldest)) as "oldestOutstandingAt",
         coalesce(p.waiting, 0) as waiting, coalesce(p.behind, 0) as behind, coalesce(p.given_up, 0) as "givenUp",
         coalesce(p.superseded, 0) as superseded,
         s.consecutive_failures as "consecutiveFailures", s.failing_since as "failingSince",
         s.breaker_opened_at as "breakerOpenedAt", s.resting_until as "restingUntil", s.catch_up_to as "catchUpTo",
         s.last_delivered as "lastDelivered", s.last_delivered_at as "lastDeliveredAt",
         (select occurred_at from event e where e.position = s.last_delivered) as "lastDeliveredEventAt"
    from delivery_state s join destination d on d.id = s.destination_id cross join log_head h
    left join (select destination_id, count(*) filter (where state = 'waiting') as waiting,
                      count(*) filter (where state = 'behind') as behind,
                      count(*) filter (where state = 'given-up') as given_up,
                      count(*) filter (where state = 'superseded') as superseded,
                      min(position) filter (where state in ('waiting', 'behind')) as oldest
                 from parked_delivery where destination_id = any($1) group by destination_id) p
      on p.destination_id = s.destination_id
   where s.destination_id = any($1)`;
