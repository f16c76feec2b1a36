/** Which place in the log a question about the past means: one directory's last event at or before it. */
import type { EventLog } from '@app/event-log';
import { Statement, type Tx } from '@app/runtime';

/** A time, or a position of the whole log. */
export type AsOf = { time: Date } | { position: number };

export interface Moment {
  directoryId: string;
  organizationId: string;
  /** Of the directory's last event then. */
  position: number;
  /** Of that event; asking for it means the same moment for ever. */
  eventId: string;
  occurredAt: string;
}

/** The directory had no event then. */
export class BeforeTheDirectory extends Error {
  constructor(
    /** When its first event happened, of those that are still kept. */
    readonly firstAt: Date | undefined,
  ) {
    super('the directory had no event then');
    this.name = 'BeforeTheDirectory';
  }
}

/** The log never had an event of this directory. */
export class UnknownToTheLog extends Error {
  constructor(directoryId: string) {
    super(`the log knows no directory ${directoryId}`);
    this.name = 'UnknownToTheLog';
  }
}

// Two machines that keep time at all differ by no more; `EventLog.positionBefore` has the same margin.
const CLOCKS_DIFFER_AT_MOST_IN_MILLISECONDS = 15 * 60_000;

/**
 * The last event of the directory that is not behind the place. Of a time that is the last one, by the order of the log, whose own time
 * is not later: where the clocks of hubs differ, an event before it may bear a later time. Some twenty look-ups for a position; for a
 * time also the directory's events of the half hour behind it.
 * @throws UnknownToTheLog
 * @throws BeforeTheDirectory
 */
export async function momentOf(tx: Tx, log: EventLog, directoryId: string, asOf: AsOf): Promise<Moment> {
  const [found] = await ('time' in asOf
    ? tx.rows<Row>(LAST_AT_TIME, [
        directoryId,
        new Date(asOf.time.getTime() + CLOCKS_DIFFER_AT_MOST_IN_MILLISECONDS),
        asOf.time,
      ])
    : tx.rows<Row>(LAST_AT_POSITION, [directoryId, asOf.position]));
  if (!found) throw await reasonFor(tx, directoryId);
  return {
    directoryId,
    organizationId: found.organization_id,
    position: found.position,
    eventId: log.idOf(found.position, found.occurred_at),
    occurredAt: found.occurred_at.toISOString(),
  };
}

interface Row {
  position: number;
  organization_id: string;
  occurred_at: Date;
}

async function reasonFor(tx: Tx, directoryId: string): Promise<Error> {
  const [first] = await tx.rows<{ known: boolean; occurred_at: Date | null }>(FIRST, [directoryId]);
  return first ? new BeforeTheDirectory(first.occurred_at ?? undefined) : new UnknownToTheLog(directoryId);
}

const FIRST = new Statement(
  'history-first',
  `select true as known, e.occurred_at from directory_head d
     left join lateral (
       select occurred_at from event where directory_id = d.directory_id order by sequence limit 1
     ) e on true
    where d.directory_id = $1`,
);

/** By halves: the directory's last sequence for which the condition holds. Events that are kept no longer are before all others. */
const lastSequenceWhere = (condition: string): string => `
  halves (low, high) as (
    select 0::bigint, (select sequence from directory_head where directory_id = $1)
    union all
    select case when m.holds then m.middle else h.low end, case when m.holds then h.high else m.middle - 1 end
      from halves h
     cross join lateral (
       select (h.low + h.high + 1) / 2 as middle,
              coalesce((select ${condition} from event e
                         where e.directory_id = $1 and e.sequence = (h.low + h.high + 1) / 2), true) as holds
     ) m
     where h.low < h.high
  ), last (sequence) as (select low from halves where low = high)`;

const LAST_AT_POSITION = new Statement(
  'history-last-at-position',
  `with recursive ${lastSequenceWhere('e.position <= $2')}
   select e.position, e.organization_id, e.occurred_at from event e
    where e.directory_id = $1 and e.sequence = (select sequence from last)`,
);

const LAST_AT_TIME = new Statement(
  'history-last-at-time',
  `with recursive ${lastSequenceWhere('e.occurred_at < $2')}
   select e.position, e.organization_id, e.occurred_at from event e
    where e.directory_id = $1 and e.sequence <= (select sequence from last) and e.occurred_at <= $3
    order by e.sequence desc limit 1`,
);
