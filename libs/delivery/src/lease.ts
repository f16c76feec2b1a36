/**
 * Who works for a destination right now. The token is the fence: every write of the holder names it, so one who was
 * away too long and lost the lease cannot undo what the next one did.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Statement, type Database, type Tx } from '@app/runtime';
import type { Health } from './breaker.js';
import type { ChainEnd } from './chain.js';
import { unhurried } from './unhurried.js';

/** What a killed worker costs its destinations. The holder extends it all the while, so slow attempts do not lose it. */
export const LEASE_IN_SECONDS = 10;

export class LeaseLost extends Error {
  constructor(readonly destinationId: string) {
    super(`the lease on ${destinationId} is held by somebody else now`);
    this.name = 'LeaseLost';
  }
}

export interface Lease {
  destinationId: string;
  token: string;
}

/** Where the destination stood when its lease was taken. */
export interface Standing {
  lease: Lease;
  cursor: number;
  workTo: number;
  health: Health;
  /** Whether any delivery is parked unfinished; most destinations have none and need not look. */
  hasParked: boolean;
  /** Whether a replay is running. */
  hasReplay: boolean;
  /** Where the chain of each directory stands; undefined where there are many. */
  links: ChainEnd[] | undefined;
  /** Events up to here are sent at the catch-up rate; null: it has caught up. */
  catchUpTo: number | null;
  /** What those before have used of its rate, and time has not paid for yet; see `Pace`. */
  owedInMilliseconds: number;
}

/**
 * @param now by the program's clock, to which rests are compared. Leases run by the database's.
 * @returns undefined when somebody else holds it, the destination rests, or there is none.
 */
export async function takeLease(
  database: Pick<Database, 'inOrder'>,
  destinationId: string,
  now: Date,
): Promise<Standing | undefined> {
  return (await takeLeaseAnd(database, { destinationId, now }, () => undefined)).standing;
}

/** @param read right behind the lease, in the same round trip: what is read before could be from before it was taken. */
export function takeLeaseAnd<Read>(
  database: Pick<Database, 'inOrder'>,
  { destinationId, now }: { destinationId: string; now: Date },
  read: (tx: Tx) => Promise<Read> | Read,
): Promise<{ standing: Standing | undefined; read: Read }> {
  return database.inOrder(async (tx) => {
    const token = randomUUID();
    const [[row], [around], also] = await Promise.all([
      tx.rows<StandingRow>(TAKE, [destinationId, token, LEASE_IN_SECONDS, now]),
      tx.rows<AroundRow>(AROUND, [destinationId, LINKS_AT_MOST + 1]),
      read(tx),
    ]);
    const lease = { destinationId, token };
    return { standing: row && around && standingOf(lease, row, around), read: also };
  });
}

/** Ends of chains that are read with the lease; whoever hears of more directories looks them up. */
const LINKS_AT_MOST = 16;

function standingOf(lease: Lease, row: StandingRow, around: AroundRow): Standing {
  return {
    lease,
    cursor: row.cursor,
    workTo: row.work_to,
    health: healthOf(row),
    hasParked: around.has_parked,
    hasReplay: around.has_replay,
    links: around.links.length > LINKS_AT_MOST ? undefined : around.links,
    catchUpTo: row.catch_up_to,
    owedInMilliseconds: row.owed_in_milliseconds,
  };
}

interface StandingRow extends HealthRow {
  cursor: number;
  work_to: number;
  catch_up_to: number | null;
  owed_in_milliseconds: number;
}

interface AroundRow {
  has_parked: boolean;
  has_replay: boolean;
  links: ChainEnd[];
}

interface HealthRow {
  consecutive_failures: number;
  recent_outcomes: number;
  failing_since: Date | null;
  breaker_opened_at: Date | null;
  failed_probes: number;
  resting_until: Date | null;
  failing_announced_at: Date | null;
}

function healthOf(row: HealthRow): Health {
  return {
    consecutiveFailures: row.consecutive_failures,
    recent: row.recent_outcomes,
    failingSince: row.failing_since,
    openedAt: row.breaker_opened_at,
    failedProbes: row.failed_probes,
    restingUntil: row.resting_until,
    announcedAt: row.failing_announced_at,
  };
}

// "Nobody knows" becomes the head of the log before the first read, so that what is marked meanwhile is not lost.
const TAKE = new Statement(
  'lease-take',
  `
  update delivery_state
     set lease_token = $2, lease_until = now() + make_interval(secs => $3),
         work_to = coalesce(work_to, (select position from log_head))
   where destination_id = $1
     and (lease_until is null or lease_until < now())
     and (resting_until is null or resting_until <= $4)
  returning cursor, work_to, consecutive_failures, recent_outcomes, failing_since, breaker_opened_at, failed_probes,
            resting_until, failing_announced_at, catch_up_to,
            greatest(0, coalesce(extract(epoch from paced_until - now()), 0) * 1000)::float8 as owed_in_milliseconds`,
);

// A statement of its own: one that has waited for the row of the lease sees everything else as it was before it waited.
const AROUND = new Statement(
  'lease-around',
  `select exists (select from parked_delivery p
                   where p.destination_id = $1 and p.state in ('waiting', 'behind')) as has_parked,
          exists (select from replay r where r.destination_id = $1 and r.state = 'running') as has_replay,
          (select coalesce(json_agg(json_build_object('directoryId', c.directory_id, 'sequence', c.sequence)), '[]')
             from (select directory_id, sequence from delivery_chain where destination_id = $1 limit $2) as c) as links`,
);

/** @throws LeaseLost */
export async function extendLease(tx: Tx, lease: Lease): Promise<void> {
  const rows = await tx.rows(EXTEND, [lease.destinationId, lease.token, LEASE_IN_SECONDS]);
  if (rows.length === 0) throw new LeaseLost(lease.destinationId);
}

const EXTEND = new Statement(
  'lease-extend',
  `update delivery_state set lease_until = now() + make_interval(secs => $3)
    where destination_id = $1 and lease_token = $2 returning 1`,
);

/** What remains for a destination when its holder goes. */
export interface Remainder {
  /** There is something past the cursor. */
  more: boolean;
  restingUntil: Date | null;
  /** When the next parked delivery is due, or a replay goes on. */
  dueAt: Date | null;
}

/**
 * Gives the lease back, in a transaction of its own. Not a failure when it was lost: whoever has it sees to the rest. Should
 * this be lost with the database, the lease runs out by itself.
 */
export async function releaseLease(tx: Tx, lease: Lease): Promise<Remainder | undefined> {
  const [row] = await tx.rows<{ more: boolean; resting_until: Date | null; due_at: Date | null }>(RELEASE, [
    lease.destinationId,
    lease.token,
  ]);
  return row && { more: row.more, restingUntil: row.resting_until, dueAt: row.due_at };
}

const RELEASE = new Statement(
  'lease-release',
  `update delivery_state set lease_token = null, lease_until = null
    where destination_id = $1 and lease_token = $2
   returning (work_to is null or cursor < work_to)
               and not exists (select from replay r
                                where r.destination_id = $1 and r.state = 'running' and r.kind = 'snapshot') as more,
             resting_until,
             least((select min(p.due_at) from parked_delivery p where p.destination_id = $1 and p.state = 'waiting'),
                   (select coalesce(r.next_send_at, r.created_at) from replay r
                     where r.destination_id = $1 and r.state = 'running')) as due_at,
             ${unhurried('true')}`,
);

const RELEASE_AGAIN_AFTER_IN_MILLISECONDS = 250;

/**
 * Gives the lease back once the database can be reached again, for as long as the lease may still run: nobody else could
 * work for the destination until its end. Meant not to be waited for.
 */
export async function releaseWhenPossible(tx: Tx, lease: Lease): Promise<void> {
  for (let tries = (LEASE_IN_SECONDS * 1_000) / RELEASE_AGAIN_AFTER_IN_MILLISECONDS; tries > 0; tries -= 1) {
    try {
      await releaseLease(tx, lease);
      return;
    } catch {
      await pause(RELEASE_AGAIN_AFTER_IN_MILLISECONDS, undefined, { ref: false });
    }
  }
}
