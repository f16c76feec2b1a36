/** The receipts of urgent deliveries: asked for, tried, acknowledged. Written with the cursor that passes them, so none is missing. */
import { Statement, type Tx } from '@app/runtime';
import type { Destination } from '@app/tenancy';
import type { About, AttemptRecord, Confirmation } from './attempts/record.js';
import type { Lease } from './lease.js';
import type { Protocol } from './protocol.js';

/** Why a receipt fails whose destination is not there any more: nobody can be asked. */
export const DESTINATION_DELETED = 'the destination was deleted before it had confirmed';

/**
 * The condition that a receipt is of one of these types of events; of memberships only the end of one counts.
 * @param types the parameter that holds them. The receipt is `r`.
 */
export function isOfTypes(types: string): string {
  return `(r.event_type = any(${types}) and (r.event_type <> 'MembershipChanged' or exists (
    select from event e where e.position = r.position and e.data ->> 'change' = 'removed')))`;
}

/** To whom. */
export interface Addressee {
  destinationId: string;
  protocol: string;
  /** The URL that is called. */
  endpoint: string;
}

/** @returns undefined for what nobody keeps receipts of. */
export function addresseeOf(
  { id }: Pick<Destination, 'id'>,
  { protocol, settings }: { protocol: Protocol; settings: object },
): Addressee | undefined {
  if (protocol.urgency !== 'now') return undefined;
  return { destinationId: id, protocol: protocol.name, endpoint: protocol.endpoint(settings) };
}

/** What has become of one since it was written down last. */
export interface ReceiptChange {
  event: About;
  attempts: AttemptRecord[];
  /** Null: it is being tried. */
  end: { state: 'failed' | 'superseded'; reason: string } | null;
}

/** Everything that became of a slice's deliveries, by position. */
export class ReceiptBook {
  private changes = new Map<number, ReceiptChange>();
  private readonly left = new Set<number>();

  attempted({ about, ...record }: AttemptRecord): void {
    if (about && !this.left.has(about.position)) this.of(about).attempts.push({ about, ...record });
  }

  /** What is delivered of it from here on ends no sessions. @param superseded why not, where it would have ended some. */
  leave(event: About, superseded?: string): void {
    if (superseded !== undefined) this.ended(event, 'superseded', superseded);
    this.left.add(event.position);
  }

  ended(event: About, state: 'given-up' | 'superseded', reason: string): void {
    if (this.left.has(event.position)) return;
    this.of(event).end = { state: state === 'given-up' ? 'failed' : state, reason };
  }

  take(): ReceiptChange[] {
    const taken = [...this.changes.values()];
    this.changes = new Map();
    return taken;
  }

  private of(event: About): ReceiptChange {
    const known = this.changes.get(event.position);
    if (known) return known;
    const change: ReceiptChange = { event, attempts: [], end: null };
    this.changes.set(event.position, change);
    return change;
  }
}

export interface Acknowledged {
  position: number;
  occurredAt: Date;
  requestedAt: Date;
  acknowledgedAt: Date;
}

/**
 * An acknowledgement is never taken back; everything else may still change.
 * @param lease nothing is written when somebody else has it by now; without one the destination is held in another way.
 * @returns those that these changes have acknowledged for the first time.
 */
export async function keepReceipts(
  tx: Tx,
  { destinationId, protocol, endpoint }: Addressee,
  { changes, lease, now }: { changes: readonly ReceiptChange[]; lease?: Lease; now: Date },
): Promise<Acknowledged[]> {
  if (changes.length === 0) return [];
  const rows = changes.map(rowOf);
  const kept = await tx.rows<Acknowledged>(KEEP, [
    destinationId,
    protocol,
    endpoint,
    now,
    JSON.stringify(rows),
    lease?.token ?? null,
  ]);
  const times = new Map(rows.map((row) => [row.position, row.acknowledged_at?.getTime()]));
  // One that was acknowledged before keeps its time.
  return kept.filter(
    ({ position, acknowledgedAt }) =>
      (acknowledgedAt as Date | null) !== null && times.get(position) === acknowledgedAt.getTime(),
  );
}

/** Nobody tries any more. What was acknowledged, or is over already, stays as it is. */
export async function endReceipt(
  tx: Tx,
  { destinationId, position }: { destinationId: string; position: number },
  reason: string,
): Promise<void> {
  await tx.rows(
    `update revocation_receipt set state = 'failed', reason = $3
      where position = $2 and destination_id = $1 and state = 'requested'`,
    [destinationId, position, reason],
  );
}

function rowOf({ event, attempts, end }: ReceiptChange): ReceiptRow {
  const last = attempts.at(-1);
  const taken = attempts.map(confirmationOf).find((found) => found !== undefined);
  const outcome = last?.outcome;
  const problem = end?.reason ?? (outcome && 'reason' in outcome ? outcome.reason : null);
  return {
    position: event.position,
    organization_id: event.organizationId,
    directory_id: event.directoryId,
    person_id: personOf(event),
    event_type: event.type,
    occurred_at: event.occurredAt,
    attempts: attempts.length,
    first_attempt_at: attempts[0]?.startedAt ?? null,
    last_attempt_at: last?.startedAt ?? null,
    acknowledged_at: taken?.at ?? null,
    status: taken?.status ?? (outcome && 'status' in outcome ? outcome.status : null),
    jti: (taken ?? last)?.jti ?? null,
    state: taken ? 'acknowledged' : (end?.state ?? 'requested'),
    reason: taken ? (taken.note ?? null) : problem,
  };
}

/** Whom a membership is about comes after its group. */
export function personOf({ subjects }: About): string | undefined {
  return subjects.at(-1);
}

interface ReceiptRow {
  [column: string]: unknown;
  position: number;
  acknowledged_at: Date | null;
}

/** That a delivery was taken, or of one that makes several requests the one that ends the sessions. */
function confirmationOf(record: AttemptRecord): Confirmation | undefined {
  const { confirmed, outcome, jti } = record;
  if (confirmed || outcome.kind !== 'delivered') return confirmed;
  return { status: outcome.status, note: outcome.note, jti, at: endOf(record) };
}

function endOf({ startedAt, durationInMilliseconds }: AttemptRecord): Date {
  return new Date(startedAt.getTime() + Math.round(durationInMilliseconds));
}

const KEEP = new Statement(
  'receipts-keep',
  `insert into revocation_receipt as r
          (position, destination_id, organization_id, directory_id, person_id, event_type, occurred_at, protocol, endpoint,
           requested_at, state, attempts, first_attempt_at, last_attempt_at, acknowledged_at, status, jti, reason)
   select c.position, $1, c.organization_id, c.directory_id, c.person_id, c.event_type, c.occurred_at, $2, $3, $4, c.state,
          c.attempts, c.first_attempt_at, c.last_attempt_at, c.acknowledged_at, c.status, c.jti, c.reason
     from json_to_recordset($5::json) as c(
       position bigint, organization_id text, directory_id text, person_id text, event_type text, occurred_at timestamptz,
       attempts integer, first_attempt_at timestamptz, last_attempt_at timestamptz, acknowledged_at timestamptz,
       status integer, jti text, state text, reason text)
    where $6::text is null
       or exists (select from delivery_state s where s.destination_id = $1 and s.lease_token::text = $6)
    order by c.position
   on conflict (position, destination_id) do update
     set attempts = r.attempts + excluded.attempts,
         first_attempt_at = coalesce(r.first_attempt_at, excluded.first_attempt_at),
         last_attempt_at = coalesce(excluded.last_attempt_at, r.last_attempt_at),
         state = case when r.state = 'acknowledged' then r.state
                      -- What is only asked for again changes nothing.
                      when excluded.state = 'requested' and excluded.attempts = 0 then r.state
                      else excluded.state end,
         acknowledged_at = coalesce(r.acknowledged_at, excluded.acknowledged_at),
         status = case when r.state = 'acknowledged' then r.status else coalesce(excluded.status, r.status) end,
         jti = case when r.state = 'acknowledged' then r.jti else coalesce(excluded.jti, r.jti) end,
         -- Where it was confirmed, that is what matters: the settings may have been changed since it was asked for.
         endpoint = case when r.state <> 'acknowledged' and excluded.state = 'acknowledged' then excluded.endpoint
                         else r.endpoint end,
         reason = case when r.state = 'acknowledged' then r.reason
                       when excluded.state = 'acknowledged' then excluded.reason
                       else coalesce(excluded.reason, r.reason) end
  returning position, occurred_at as "occurredAt", requested_at as "requestedAt", acknowledged_at as "acknowledgedAt"`,
);
