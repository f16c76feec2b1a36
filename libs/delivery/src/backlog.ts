/** Finds destinations that fall behind although nobody stopped them, and says so once until they have caught up. */
import type { DestinationEvent } from '@app/directory';
import type { Destination } from '@app/tenancy';
import { announce, destinationFacts } from './announce.js';
import type { Engine } from './engine.js';

/** Either is too much. */
export interface BacklogThreshold {
  /** Of the log, past the cursor, that may concern the destination. */
  events: number;
  /** Of the oldest of them. */
  ageInSeconds: number;
}

export const BACKLOG_THRESHOLD: BacklogThreshold = { events: 10_000, ageInSeconds: 900 };

const DESTINATIONS_AT_MOST = 100;

interface Lag {
  destination_id: string;
  events_behind: number;
  oldest_at: Date;
}

/**
 * Tells of each destination whose backlog has passed the threshold, and forgets that it did when the backlog is down to
 * half of it. Any number of processes may look at once.
 * @returns how many were told of: that many times the log has moved.
 */
export async function watchBacklogs(engine: Engine, threshold = BACKLOG_THRESHOLD): Promise<number> {
  const { database, destinations } = engine;
  const now = engine.clock.now();
  await database.rows(CAUGHT_UP, [Math.ceil(threshold.events / 2), older(now, threshold.ageInSeconds / 2)]);
  const lags = await database.rows<Lag>(FALLEN_BEHIND, [
    threshold.events,
    older(now, threshold.ageInSeconds),
    DESTINATIONS_AT_MOST,
  ]);
  const found = new Map(
    (await destinations.findMany(lags.map((lag) => lag.destination_id))).map((row) => [row.id, row]),
  );
  let told = 0;
  for (const lag of lags) {
    const destination = found.get(lag.destination_id);
    if (destination && (await tellOf(engine, destination, { lag, now }))) told += 1;
  }
  return told;
}

async function tellOf(
  engine: Engine,
  destination: Destination,
  { lag, now }: { lag: Lag; now: Date },
): Promise<boolean> {
  const facts = destinationFacts(destination, engine.protocols.get(destination.protocol));
  const data = { destination: facts, since: lag.oldest_at.toISOString(), eventsBehind: lag.events_behind };
  const event: DestinationEvent = { type: 'DestinationBacklog', data };
  return engine.database.transaction(async (tx) => {
    const rows = await tx.rows(
      `update delivery_state set backlog_announced_at = $2
        where destination_id = $1 and backlog_announced_at is null returning 1`,
      [destination.id, now],
    );
    if (rows.length === 0) return false; // another process was first
    await announce(tx, destination.organizationId, { events: [event], now });
    return true;
  });
}

function older(now: Date, seconds: number): Date {
  return new Date(now.getTime() - 1_000 * seconds);
}

// The oldest event that may concern it, found by the index of the organization or of the whole log. How many there are is
// counted only where there could be too many, and no further than that.
const LAGS = `
  select s.destination_id, s.backlog_announced_at, oldest.occurred_at as oldest_at,
         case when s.work_to - s.cursor < $1 or d.organization_id is null then s.work_to - s.cursor
              else (select count(*) from (select from event e
                                           where e.organization_id = d.organization_id
                                             and e.position > s.cursor and e.position <= s.work_to
                                           limit $1) as counted) end as events_behind
    from delivery_state s
    join destination d on d.id = s.destination_id and d.state = 'enabled'
   cross join lateral (
     (select e.occurred_at from event e
       where d.organization_id is null and e.position > s.cursor order by e.position limit 1)
     union all
     (select e.occurred_at from event e
       where e.organization_id = d.organization_id and e.position > s.cursor order by e.position limit 1)
   ) as oldest
   where s.cursor < s.work_to`;

const FALLEN_BEHIND = `
  select destination_id, events_behind, oldest_at from (${LAGS} and s.backlog_announced_at is null) as lag
   where events_behind >= $1 or oldest_at <= $2
   order by destination_id limit $3`;

const CAUGHT_UP = `
  update delivery_state set backlog_announced_at = null
   where backlog_announced_at is not null
     and destination_id not in (select destination_id
                                  from (${LAGS} and s.backlog_announced_at is not null) as lag
                                 where events_behind >= $1 or oldest_at <= $2)`;
