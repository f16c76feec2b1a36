/** Finds applications that take too long to confirm that somebody's sessions are over, and receipts that nobody will confirm. */
import type { DestinationEvent } from '@app/directory';
import type { Entry } from '@app/event-log';
import type { Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import { announce, destinationFacts } from './announce.js';
import type { Engine } from './engine.js';
import { DESTINATION_DELETED, isOfTypes } from './receipts.js';

/** Told in one transaction; the next look finds the rest. */
const AT_ONCE = 500;

interface Overdue {
  position: number;
  occurred_at: Date;
  event_type: string;
  attempts: number;
  status: number | null;
}

export interface Target {
  /** From when it happened, as the target is about people and not about us. */
  seconds: number;
  /** Only of these domain events; each with the word that receipts have for it. */
  causes: Readonly<Record<string, string>>;
}

/**
 * Tells of each receipt that is still open so long after it happened, exactly once (`revocation.overdue`), and ends those
 * that their destination has passed, or left behind when it was deleted. Any number of processes may look at once.
 * @returns how many were told of: that many times the log has moved.
 */
export async function watchRevocations(engine: Engine, target: Target): Promise<number> {
  const { database, destinations } = engine;
  await database.rows(END_THOSE_LEFT_BEHIND, [AT_ONCE, DESTINATION_DELETED]);
  const before = new Date(engine.clock.now().getTime() - 1_000 * target.seconds);
  const late = await database.rows<{ destination_id: string }>(
    `select distinct destination_id from revocation_receipt r
      where state = 'requested' and alarmed_at is null and occurred_at <= $1 and ${isOfTypes('$2')}`,
    [before, Object.keys(target.causes)],
  );
  const found = await destinations.findMany(late.map((row) => row.destination_id));
  let told = 0;
  for (const destination of found) {
    told += await database.transaction((tx) => tellOf(engine, tx, { destination, before, target }));
  }
  return told;
}

async function tellOf(
  engine: Engine,
  tx: Tx,
  { destination, before, target }: { destination: Destination; before: Date; target: Target },
): Promise<number> {
  const now = engine.clock.now();
  const eventTypes = Object.keys(target.causes);
  const rows = await tx.rows<Overdue>(TAKE, [destination.id, before, AT_ONCE, now, eventTypes]);
  if (rows.length === 0) return 0; // another process was first, or it was confirmed meanwhile
  const entries = await engine.log.at(
    tx,
    rows.map(({ position }) => position),
  );
  const known = new Map(entries.map((entry) => [entry.position, entry]));
  const facts = destinationFacts(destination, engine.protocols.get(destination.protocol));
  const events = rows
    .sort((one, other) => one.position - other.position)
    .map((row): DestinationEvent => ({
      type: 'RevocationOverdue',
      data: {
        destination: facts,
        revocation: revocationOf(row, known.get(row.position)!, target),
        since: row.occurred_at.toISOString(),
        targetInSeconds: target.seconds,
      },
    }));
  await announce(tx, destination.organizationId, { events, now });
  return rows.length;
}

type Revocation = Extract<DestinationEvent, { type: 'RevocationOverdue' }>['data']['revocation'];

function revocationOf(row: Overdue, entry: Entry, { causes }: Target): Revocation {
  const { position, attempts, status } = row;
  const { id, sequence, directoryId, organizationId } = entry;
  const cause = causes[row.event_type]!; // one of those that were looked for
  return { id, position, sequence, directoryId, organizationId, cause, attempts, status };
}

// In the order of the log, as those who settle take them.
const TAKE = `
  update revocation_receipt r set alarmed_at = $4
    from (select position from revocation_receipt r
           where destination_id = $1 and state = 'requested' and alarmed_at is null and occurred_at <= $2
             and ${isOfTypes('$5')}
           order by position limit $3 for update skip locked) as late
   where r.position = late.position and r.destination_id = $1
  returning r.position, r.occurred_at, r.event_type, r.attempts, r.status`;

// Whoever is past an event and has nothing of it outstanding will not tell of it any more: its settings, or its place in the
// log, were changed by a person since it was asked for.
const END_THOSE_LEFT_BEHIND = `
  update revocation_receipt r
     set state = 'failed',
         reason = case when left_behind.deleted then $2::text
                       else 'the destination went on without it: its settings or its place in the log were changed' end
    from (select o.position, o.destination_id, d.id is null as deleted
            from revocation_receipt o
            left join destination d on d.id = o.destination_id
            left join delivery_state s on s.destination_id = o.destination_id
           where o.state = 'requested'
             and (d.id is null
                  or (s.cursor >= o.position
                      and not exists (select from parked_delivery p
                                       where p.destination_id = o.destination_id and p.position = o.position
                                         and p.state in ('waiting', 'behind'))))
           order by o.position limit $1 for update of o skip locked) as left_behind
   where r.position = left_behind.position and r.destination_id = left_behind.destination_id and r.state = 'requested'`;
