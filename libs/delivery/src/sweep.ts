/** Finds work that has no ticket: tickets are lost when Redis is, and nobody rings for what becomes due. */
import type { Database } from '@app/runtime';
import type { Engine } from './engine.js';
import { route, ROUTER_CHECKPOINT } from './route.js';
import type { Bell, Errands } from './tickets.js';
import { interleaved } from './rota.js';

const DESTINATIONS_AT_MOST = 500;

export interface SweepReport {
  /** The router had not read to the end of the log. */
  routerBehind: boolean;
  /** Destinations that had work, or something due, and nobody working for them. */
  destinations: number;
}

export interface SweepParts {
  bell: Bell;
  errands: Errands;
  /** Destinations that this worker has in hand, or in its own row, need no ticket. */
  isKnown?: (destinationId: string) => boolean;
}

export async function sweep(
  engine: Engine,
  { bell, errands, isKnown = () => false }: SweepParts,
): Promise<SweepReport> {
  const found = await engine.database.rows<WaitingRow>(WAITING, [
    [...engine.protocols.keys()],
    engine.clock.now(),
    DESTINATIONS_AT_MOST,
  ]);
  const waiting = found.filter((row) => !isKnown(row.destination_id));
  await errands.putAgain(
    interleaved(waiting, (row) => row.organization_id).map((row) => ({
      destinationId: row.destination_id,
      urgency: engine.protocols.get(row.protocol)!.urgency,
    })),
  );
  // Read here and now: a ticket would wait behind one that is in the hands of a worker which was killed. Where the router
  // is only a moment behind, one of the two finds the checkpoint taken, or nothing left to read.
  const routerBehind = await isRouterBehind(engine.database);
  if (routerBehind && (await route(engine, errands)).more) bell.ring();
  return { routerBehind, destinations: waiting.length };
}

interface WaitingRow {
  destination_id: string;
  organization_id: string | null;
  protocol: string;
}

async function isRouterBehind(database: Database): Promise<boolean> {
  const [row] = await database.rows<{ behind: boolean }>(
    `select position > coalesce((select position from checkpoint where name = $1), 0) as behind from log_head`,
    [ROUTER_CHECKPOINT],
  );
  return row?.behind ?? false;
}

// In random order: when there are more than one sweep takes, those that never get anywhere must not always come first.
const WAITING = `
  select s.destination_id, d.organization_id, d.protocol
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
