/** The receipts of a period in one file whose last line signs everything before it. */
import { createHash } from 'node:crypto';
import { listReceipts, positionsBetween, type ReceiptFilter } from '@app/delivery';
import type { EventLog } from '@app/event-log';
import type { Database } from '@app/runtime';
import { csvRecord, type Cell } from './csv.js';
import { shownRevocations, type ShownReceipt, type ShownRevocation } from './shown-revocation.js';

export const EXPORT_FORMATS = ['csv', 'jsonl'] as const;
type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** `typ` of the signature. */
const EXPORT_TYPE = 'revocation-export+jwt';

/** Revocations read, and held, at a time. */
const PAGE = 200;

interface ExportParts {
  database: Database;
  log: EventLog;
  sign(claims: Record<string, unknown>, typ: string): Promise<string>;
  /** The URL under which the keys are published. */
  issuer: string;
  now(): Date;
}

interface ExportWish {
  filter: ReceiptFilter & { occurredFrom: Date; occurredBefore: Date };
  format: ExportFormat;
}

/**
 * Oldest first, a page at a time as fast as they are taken. A file without its last line is incomplete, and is no evidence.
 * @throws at the first page when the database is away.
 */
export async function* exportOf(parts: ExportParts, wish: ExportWish): AsyncGenerator<string> {
  const { format, filter } = wish;
  const hash = createHash('sha256');
  let [bytes, records] = [0, 0];
  for await (const { text, count } of chunksOf(parts, wish)) {
    hash.update(text);
    bytes += Buffer.byteLength(text);
    records += count;
    yield text;
  }
  const claims = {
    iss: parts.issuer,
    iat: Math.floor(parts.now().getTime() / 1_000),
    from: filter.occurredFrom.toISOString(),
    to: filter.occurredBefore.toISOString(),
    organization_id: filter.organizationId ?? null,
    format,
    records,
    bytes,
    sha256: hash.digest('hex'),
  };
  const jws = await parts.sign(claims, EXPORT_TYPE);
  yield format === 'csv'
    ? csvRecord(['signature', jws, ...COLUMNS.slice(2).map(() => null)])
    : `${JSON.stringify({ object: 'revocation_export_signature', jws })}\n`;
}

interface Chunk {
  text: string;
  /** Lines of receipts in it, or of revocations. */
  count: number;
}

async function* chunksOf(parts: ExportParts, { filter, format }: ExportWish): AsyncGenerator<Chunk> {
  const { database, log } = parts;
  const positions = await positionsBetween(database, log, filter);
  if (format === 'csv') yield { text: csvRecord(COLUMNS.map(([name]) => name)), count: 0 };
  for (let after: string | undefined | null; after !== null;) {
    const page = await listReceipts(
      database,
      log,
      { ...filter, positions },
      { limit: PAGE, order: 'asc', after },
    );
    const revocations = await shownRevocations(database, log, page.data);
    const lines = revocations.flatMap(format === 'csv' ? csvLines : jsonLines);
    if (lines.length > 0) yield { text: lines.join(''), count: lines.length };
    after = page.after;
  }
}

function jsonLines(revocation: ShownRevocation): string[] {
  return [`${JSON.stringify(revocation)}\n`];
}

function csvLines(revocation: ShownRevocation): string[] {
  return revocation.receipts.map((receipt) =>
    csvRecord(COLUMNS.map(([, cell]) => cell(revocation, receipt))),
  );
}

type Column = readonly [name: string, cell: (revocation: ShownRevocation, receipt: ShownReceipt) => Cell];

const COLUMNS: readonly Column[] = [
  ['txn', ({ txn }) => txn],
  ['cause', ({ cause }) => cause],
  ['person_id', ({ person }) => person.id],
  ['person_user_name', ({ person }) => person.userName],
  ['person_email', ({ person }) => person.email],
  ['person_external_id', ({ person }) => person.externalId],
  ['organization_id', (revocation) => revocation.organization_id],
  ['directory_id', (revocation) => revocation.directory_id],
  ['occurred_at', (revocation) => revocation.occurred_at],
  ['sequence', ({ sequence }) => sequence],
  ['request_id', (revocation) => revocation.request_id],
  ['destination_id', (_, receipt) => receipt.destination_id],
  ['protocol', (_, { protocol }) => protocol],
  ['endpoint', (_, { endpoint }) => endpoint],
  ['state', (_, { state }) => state],
  ['attempts', (_, { attempts }) => attempts],
  ['requested_at', (_, receipt) => receipt.requested_at],
  ['first_attempt_at', (_, receipt) => receipt.first_attempt_at],
  ['last_attempt_at', (_, receipt) => receipt.last_attempt_at],
  ['acknowledged_at', (_, receipt) => receipt.acknowledged_at],
  ['seconds_to_acknowledge', (_, receipt) => receipt.seconds_to_acknowledge],
  ['status', (_, { status }) => status],
  ['jti', (_, { jti }) => jti],
  ['reason', (_, { reason }) => reason],
];
