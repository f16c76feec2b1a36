/** Whose sessions were to end, and which application has confirmed it: see docs/revocation/receipts.md. */
import { AnswerCutOff } from '../errors.js';
import { everything, type List, type PageQuery } from '../list.js';
import type { CallOptions, Open, Send } from '../send.js';
import { path } from '../send.js';
import type { DeliveryAttempt } from './deliveries.js';

export type ReceiptState = 'requested' | 'acknowledged' | 'failed' | 'superseded';
export type RevocationCause = 'deactivated' | 'deleted' | 'access_removed' | 'credential_changed';

export interface Receipt {
  destination_id: string;
  protocol: string;
  endpoint: string | null;
  state: ReceiptState;
  attempts: number;
  requested_at: string;
  first_attempt_at: string | null;
  last_attempt_at: string | null;
  acknowledged_at: string | null;
  /** Since the identity provider said so. */
  seconds_to_acknowledge: number | null;
  status: number | null;
  jti: string | null;
  reason: string | null;
}

export interface Revocation {
  object: 'revocation';
  id: string;
  /** The same at every application and in every attempt. */
  txn: string;
  cause: RevocationCause;
  /** As the log had them then. */
  person: { id: string; userName: string | null; email: string | null; externalId: string | null };
  organization_id: string;
  directory_id: string;
  occurred_at: string;
  sequence: number;
  request_id: string;
  summary: { [State in ReceiptState]: number } & { receipts: number; all_done: boolean };
  receipts: Receipt[];
}

/** With the oldest attempts of each receipt that are still kept. */
export interface RevocationWithAttempts extends Omit<Revocation, 'receipts'> {
  receipts: (Receipt & { kept_attempts: DeliveryAttempt[] })[];
}

export interface RevocationsQuery extends PageQuery {
  organization_id?: string;
  directory?: string;
  person?: string;
  destination?: string;
  state?: ReceiptState;
  cause?: RevocationCause;
  /** Of `occurred_at`, inclusive. */
  from?: string | Date;
  /** Exclusive. */
  to?: string | Date;
}

export interface RevocationExport {
  from: string | Date;
  to: string | Date;
  format: 'csv' | 'jsonl';
  organization_id?: string;
}

export function revocations(send: Send, open: Open) {
  const list = (query: RevocationsQuery = {}, how?: CallOptions) =>
    send<List<Revocation>>('GET', '/revocations', { ...how, query });
  return {
    list,
    all: (query: RevocationsQuery = {}, how?: CallOptions) =>
      everything((page: RevocationsQuery) => list(page, how), query),
    get: (id: string, how?: CallOptions) =>
      send<RevocationWithAttempts>('GET', path`/revocations/${id}`, how),
    /**
     * A file for auditors, byte by byte as the hub wrote it: its last line signs all of it.
     * @throws AnswerCutOff when that line did not come.
     */
    export: (query: RevocationExport, { signal }: CallOptions = {}) =>
      signedFile(() => open('GET', '/revocations/export', { query, signal, accept: '*/*' })),
  };
}

const TAIL_IN_BYTES = 16_384;
const SIGNATURE = /(^|\n)("?signature"?,|\{"object":"revocation_export_signature")[^\n]*\n?$/;

async function* signedFile(
  file: () => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let tail = new Uint8Array();
  for await (const part of await file()) {
    const joined = new Uint8Array(tail.length + part.length);
    joined.set(tail);
    joined.set(part, tail.length);
    tail = joined.slice(-TAIL_IN_BYTES);
    yield part;
  }
  if (!SIGNATURE.test(new TextDecoder().decode(tail))) throw new AnswerCutOff('The export of revocations');
}
