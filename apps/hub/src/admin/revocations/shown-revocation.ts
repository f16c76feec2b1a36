/** Revocations as people and auditors see them: what happened, to whom, and what each application confirmed. */
import type { Receipt, Receipted, ReceiptState } from '@app/delivery';
import { recorded } from '@app/directory';
import type { Entry, EventLog } from '@app/event-log';
import { attributeOf, leavingOf, txnOf, type RevocationCause } from '@app/revocation';
import type { Tx } from '@app/runtime';
import { revocationIdOf } from './revocation-id.js';

export interface ShownReceipt {
  destination_id: string;
  protocol: string;
  endpoint: string;
  state: ReceiptState;
  attempts: number;
  requested_at: string;
  first_attempt_at: string | null;
  last_attempt_at: string | null;
  acknowledged_at: string | null;
  /** From when the identity provider said so. */
  seconds_to_acknowledge: number | null;
  status: number | null;
  jti: string | null;
  reason: string | null;
}

export interface ShownRevocation {
  object: 'revocation';
  id: string;
  txn: string;
  cause: RevocationCause;
  person: { id: string; userName: string | null; email: string | null; externalId: string | null };
  organization_id: string;
  directory_id: string;
  occurred_at: string;
  sequence: number;
  request_id: string;
  summary: Record<ReceiptState, number> & { receipts: number; all_done: boolean };
  receipts: ShownReceipt[];
}

/** With what the log knows of their events: one statement for a page. What ends no sessions is left out. */
export async function shownRevocations(
  tx: Tx,
  log: EventLog,
  rows: readonly Receipted[],
): Promise<ShownRevocation[]> {
  const entries = await log.at(
    tx,
    rows.map(({ position }) => position),
  );
  const known = new Map(entries.map((entry) => [entry.position, entry]));
  return rows.flatMap((row) => shown(row, known.get(row.position)!) ?? []);
}

function shown({ receipts }: Receipted, entry: Entry): ShownRevocation | undefined {
  const event = recorded(entry);
  const leaving = leavingOf(event);
  if (!leaving) return undefined;
  const { cause, person } = leaving;
  return {
    object: 'revocation',
    id: revocationIdOf(event.id),
    txn: txnOf(event),
    cause,
    // As the log had them then; they may have another address by now, or none.
    person: {
      id: person.id,
      userName: attributeOf(person, 'userName'),
      email: attributeOf(person, 'email'),
      externalId: attributeOf(person, 'externalId'),
    },
    organization_id: event.organizationId,
    directory_id: event.directoryId,
    occurred_at: event.occurredAt,
    sequence: event.sequence,
    request_id: event.requestId,
    summary: summaryOf(receipts),
    receipts: receipts.map((receipt) => shownReceipt(receipt, event.occurredAt)),
  };
}

function summaryOf(receipts: readonly Receipt[]): ShownRevocation['summary'] {
  const count = { requested: 0, acknowledged: 0, failed: 0, superseded: 0 };
  for (const { state } of receipts) count[state] += 1;
  const isDone = count.requested + count.failed === 0;
  return { receipts: receipts.length, ...count, all_done: isDone };
}

function shownReceipt(receipt: Receipt, occurredAt: string): ShownReceipt {
  const { acknowledgedAt } = receipt;
  return {
    destination_id: receipt.destinationId,
    protocol: receipt.protocol,
    endpoint: receipt.endpoint,
    state: receipt.state,
    attempts: receipt.attempts,
    requested_at: receipt.requestedAt.toISOString(),
    first_attempt_at: receipt.firstAttemptAt?.toISOString() ?? null,
    last_attempt_at: receipt.lastAttemptAt?.toISOString() ?? null,
    acknowledged_at: acknowledgedAt?.toISOString() ?? null,
    seconds_to_acknowledge: acknowledgedAt && (acknowledgedAt.getTime() - Date.parse(occurredAt)) / 1_000,
    status: receipt.status,
    jti: receipt.jti,
    reason: receipt.reason,
  };
}
