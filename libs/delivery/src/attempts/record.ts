/** One attempt as it is kept: what was sent to whom, and how it ended. Nothing of what was sent itself. */
import { fromCrockford, newId, type Tx } from '@app/runtime';
import type { RecordedEvent } from '@app/directory';
import type { Outcome } from '../protocol.js';
import type { ReceiverWish } from '../receiver-wish.js';

/** What an attempt was made for; `probe`: to see whether a resting endpoint is back. It costs the event no back-off. */
export const ATTEMPT_KINDS = ['delivery', 'probe', 'replay', 'test'] as const;
export type AttemptKind = (typeof ATTEMPT_KINDS)[number];

export const OUTCOME_KINDS = ['delivered', 'refused', 'unreachable', 'impossible', 'superseded'] as const;

/** The event that an attempt was about. */
export type About = Pick<
  RecordedEvent,
  'id' | 'position' | 'directoryId' | 'organizationId' | 'occurredAt' | 'requestId' | 'type' | 'subjects'
>;

export interface AttemptRecord {
  /** `attempt_` and a ULID, which begins with the time of the attempt. */
  id: string;
  /** Undefined: it was about no event of the log, such as a test. */
  about?: About | undefined;
  /** From 1. */
  attempt: number;
  probe: boolean;
  /** Where it is neither a delivery nor a probe. */
  kind?: Exclude<AttemptKind, 'delivery' | 'probe'>;
  /** How many events travelled in the same request; 1 when it is not said. */
  batchSize?: number;
  startedAt: Date;
  durationInMilliseconds: number;
  outcome: Outcome;
  /** What the receiver asks for beside its answer; not kept. */
  wish?: ReceiverWish | undefined;
  /** The first bytes of the answer, redacted. */
  answer: string | null;
  /** Of the token that was sent last; kept in receipts only. */
  jti?: string | undefined;
  /** Of several requests that with the `jti` was taken, whatever the outcome of all; kept in receipts only. */
  confirmed?: Confirmation | undefined;
}

/** What acknowledges a receipt. */
export interface Confirmation {
  status: number;
  /** Why the answer counts, where it does not speak for itself. */
  note?: string | undefined;
  jti?: string | undefined;
  at: Date;
}

const PREFIX = 'attempt_';

export function newAttemptId(startedAt: Date): string {
  return newId('attempt', startedAt);
}

export function kindOf({ kind, probe }: Pick<AttemptRecord, 'kind' | 'probe'>): AttemptKind {
  return kind ?? (probe ? 'probe' : 'delivery');
}

/** The id as the table has it: the 16 bytes of the ULID. @returns undefined for what is no id of an attempt. */
export function uuidOf(id: string): string | undefined {
  const bytes = id.startsWith(PREFIX) ? fromCrockford(id.slice(PREFIX.length)) : undefined;
  return bytes && hyphenated(Buffer.from(bytes).toString('hex'));
}

/** The smallest id, as the table has it, of an attempt of this time. */
export function firstUuidAt(time: Date): string {
  // Before 1970 there were no attempts, and after 10889 a ULID has no room.
  const milliseconds = Math.min(Math.max(time.getTime(), 0), 2 ** 48 - 1);
  return hyphenated(milliseconds.toString(16).padStart(12, '0').padEnd(32, '0'));
}

function hyphenated(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export interface AttemptRow {
  id: string | undefined;
  organization_id: string | null;
  directory_id: string | null;
  position: number | null;
  occurred_at: string | null;
  attempt: number;
  kind: AttemptKind;
  batch_size: number;
  started_at: Date;
  duration_in_milliseconds: number;
  outcome: Outcome['kind'];
  status: number | null;
  error: string | null;
  answer: string | null;
}

/** As `json_to_recordset` reads it in the statement of `settle.ts`. */
export function attemptRow(record: AttemptRecord): AttemptRow {
  const { about, outcome } = record;
  return {
    id: uuidOf(record.id),
    organization_id: about?.organizationId ?? null,
    directory_id: about?.directoryId ?? null,
    position: about?.position ?? null,
    occurred_at: about?.occurredAt ?? null,
    attempt: record.attempt,
    kind: kindOf(record),
    batch_size: record.batchSize ?? 1,
    started_at: record.startedAt,
    duration_in_milliseconds: Math.round(record.durationInMilliseconds),
    outcome: outcome.kind,
    status: 'status' in outcome ? outcome.status : null,
    error: storable('reason' in outcome ? outcome.reason : (outcome.note ?? null)),
    answer: storable(record.answer),
  };
}

/** The columns of `attemptRow`, for `json_to_recordset`. */
export const ATTEMPT_COLUMNS = `id uuid, organization_id text, directory_id text, position bigint, occurred_at timestamptz,
        attempt integer, kind text, batch_size integer, started_at timestamptz, duration_in_milliseconds integer,
        outcome text, status integer, error text, answer text`;

/** Keeps one attempt that no settlement keeps. @param worker who made it, for people to read. */
export async function keepAttempt(
  tx: Tx,
  record: AttemptRecord,
  { destinationId, worker }: { destinationId: string; worker: string },
): Promise<void> {
  await tx.rows(
    `insert into delivery_attempt (id, destination_id, organization_id, directory_id, position, occurred_at, attempt, kind,
                                   batch_size, started_at, duration_in_milliseconds, outcome, status, error, answer, worker)
     select a.id, $2, a.organization_id, a.directory_id, a.position, a.occurred_at, a.attempt, a.kind, a.batch_size,
            a.started_at, a.duration_in_milliseconds, a.outcome, a.status, a.error, a.answer, $3
       from json_to_record($1::json) as a(${ATTEMPT_COLUMNS})`,
    [JSON.stringify(attemptRow(record)), destinationId, worker],
  );
}

/** PostgreSQL's text has no NUL, and a stranger may send one. */
function storable(text: string | null): string | null {
  return text === null ? null : Buffer.from(text.replaceAll('\u0000', '\ufffd')).toString();
}
