/** Finds work that has no ticket: tickets are lost when Redis is, and nobody rings for what becomes due. */
import type { Database } from '@app/runtime';
import type { Engine } from './engine.js';
import type { Bell } from './bell.js';
import { URGENCIES, type Urgency } from './protocol.js';
import { route, ROUTER_CHECKPOINTS } from './route.js';
import type { Errands } from './tickets.js';
import { interleaved } from './rota.js';
import { namesOf } from './unread.js';

const DESTINATIONS_AT_MOST = 500;

export interface SweepReport {
  /** A router had not read to the end of the log. */
  routerBehind: boolean;
  /** Destinations that had work, or something due, and nobody working for them. */
  destinations: number;
}

export interface SweepParts {
  bell: Bell;
  errands: Errands;
  /** Destinations that this worker has in hand, or in its own row, need no ticket. */
  isKnown?: (destinationId: string) => boolean;
  /** Whose work this worker does; usually all. */
  urgencies?: readonly Urgency[];
}

export async function sweep(
  engine: Engine,
  { bell, errands, isKnown = () => false, urgencies = URGENCIES }: SweepParts,
): Promise<SweepReport> {
  const found = await engine.database.rows<WaitingRow>(WAITING, [
    urgencies.flatMap((urgency) => namesOf(engine, urgency)),
    engine.clock.now(),
    DESTINATIONS_AT_MOST,
  ]);
  const waiting = found.filter((row) => !isKnown(row.destination_id) && !isPulled(engine, row));
  await errands.putAgain(
    interleaved(waiting, (row) => row.organization_id).map((row) => ({
      destinationId: row.destination_id,
      urgency: engine.protocols.get(row.protocol)!.urgency,
    })),
  );
  // Read here and now: a ticket would wait behind one that is in the hands of a worker which was killed. Where the router
  // is only a moment behind, one of the two finds the checkpoint taken, or nothing left to read.
  const behind = await routersBehind(engine.database, urgencies);
  for (const urgency of behind) if ((await route(engine, errands, [urgency])).more) bell.ringFor(urgency);
  const routerBehind = behind.length > 0;
  return { routerBehind, destinations: waiting.length };
}

interface WaitingRow {
  destination_id: string;
  organization_id: string | null;
  protocol: string;
  settings: object;
}

/** Nobody works for those that fetch their events themselves. */
function isPulled({ protocols }: Engine, { protocol, settings }: WaitingRow): boolean {
  return protocols.get(protocol)?.pulled?.(settings) ?? false;
}

async function routersBehind(database: Database, urgencies: readonly Urgency[]): Promise<Urgency[]> {
  const rows = await database.rows<{ name: string }>(
    `select n.name from unnest($1::text[]) as n(name) cross join log_head h left join checkpoint c using (name)
      where h.position > coalesce(c.position, 0)`,
    [urgencies.map((urgency) => ROUTER_CHECKPOINTS[urgency])],
  );
  return urgencies.filter((urgency) => rows.some(({ name }) => name === ROUTER_CHECKPOINTS[urgency]));
}

// In random order: when there are more than one sweep takes, those that never get anywhere must not always come first.
const WAITING = `
  select s.destination_id, d.organization_id, d.protocol, d.settings
    from delivery_state s join destination d on d.id = s.destination_id
   where d.state = 'enabled' and d.protocol = any($1)
     and (s.lease_until is null or s.lease_until < now())
     and (s.resting_until is null or s.resting_until <= $2)
     and (s.work_to is null or s.cursor < s.work_to
          or exists (select from parked_delivery p
                      where p.destination_id = s.destination_id and p.state = 'waiting' and p.due_at <= $2)
          or exists (select from replay r
                      where r.destination_id = s.destination_id and r.state = 'running'
                        and (r.next_send_at is null or r.next_send_at <= $2)))
   order by random() limit $3`;
