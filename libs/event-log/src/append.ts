/** Writing to the log: numbers, digests, and one statement that takes the log head as its transaction's last act. */
import { Statement, type Tx } from '@app/runtime';
import { CHAIN_START, linked } from './chain.js';

export interface NewEvent {
  directoryId: string;
  organizationId: string;
  type: string;
  /** One or two: whom it is about. */
  subjects: string[];
  data: unknown;
  previous?: unknown;
  requestId: string;
  /** ISO 8601 with milliseconds, UTC. */
  occurredAt: string;
}

/** Where a directory's own numbering and hash chain stand. Read and written only under the directory's lock. */
export interface DirectoryHead {
  directoryId: string;
  sequence: number;
  digest: Buffer;
  /** The directory was deleted: nothing may follow. */
  closed: boolean;
  /** Of the rules that the directory's writers decide by; see `rules-version.ts`. */
  rulesVersion: number;
}

interface HeadRow {
  directory_id: string;
  sequence: number;
  digest: Buffer;
  closed: boolean;
  rules_version: number;
}

const HEADS = new Statement(
  'heads',
  'select directory_id, sequence, digest, closed, rules_version from directory_head where directory_id = any($1)',
);

/** @returns a head for each directory asked for, also for those that have no event yet. */
export async function loadHeads(tx: Tx, directoryIds: string[]): Promise<Map<string, DirectoryHead>> {
  const rows = await tx.rows<HeadRow>(HEADS, [directoryIds]);
  const heads = new Map(directoryIds.map((id) => [id, emptyHead(id)]));
  for (const row of rows) {
    const { directory_id: directoryId, rules_version: rulesVersion, sequence, digest, closed } = row;
    heads.set(directoryId, { directoryId, sequence, digest, closed, rulesVersion });
  }
  return heads;
}

export function emptyHead(directoryId: string): DirectoryHead {
  return { directoryId, sequence: 0, digest: CHAIN_START, closed: false, rulesVersion: 0 };
}

/**
 * Appends the events in the order given and moves the heads. The transaction must hold the lock of each directory
 * concerned, and must do nothing after this but commit: it holds the log head from here on.
 * @param heads as loaded under the lock; changed in place.
 * @param closing directories in whose logs nothing may follow these events.
 * @returns the position of the last event.
 */
export async function append(
  tx: Tx,
  events: NewEvent[],
  heads: Map<string, DirectoryHead>,
  closing: string[] = [],
): Promise<number> {
  if (events.length === 0) throw new Error('append was called with no event');
  const rows = events.map((event, index) => numbered(event, index, heads));
  for (const id of closing) heads.get(id)!.closed = true;
  if (rows.length > APPENDED_AT_ONCE) await stage(tx, rows);
  const touched = [...new Set(events.map((event) => event.directoryId))].map((id) => heads.get(id)!);
  const [last] = await tx.rows<{ position: number }>(
    rows.length > APPENDED_AT_ONCE ? APPEND_STAGED : APPEND,
    [
      rows.length,
      rows.length > APPENDED_AT_ONCE ? null : `[${rows.join(',')}]`,
      touched.map((head) => head.directoryId),
      touched.map((head) => head.sequence),
      touched.map((head) => head.digest),
      touched.map((head) => head.closed),
    ],
  );
  return last!.position;
}

/** More events than this are staged: their rows are sent and parsed before the log head is taken, not while it is held. */
export const APPENDED_AT_ONCE = 500;
const STAGE_CHUNK = 1_000;

const COLUMNS = `place bigint, directory_id text, organization_id text, sequence bigint, type text, subjects text[],
  data json, previous json, request_id text, occurred_at timestamptz, digest text`;

const appendFrom = (name: string, source: string): Statement =>
  new Statement(
    name,
    `
  with heads as (
    insert into directory_head (directory_id, sequence, digest, closed)
    select * from unnest($3::text[], $4::bigint[], $5::bytea[], $6::boolean[])
    on conflict (directory_id) do update
      set sequence = excluded.sequence, digest = excluded.digest, closed = excluded.closed
  ), head as (
    update log_head set position = position + $1::bigint returning position
  ), appended as (
    insert into event (position, directory_id, organization_id, sequence, type, subjects,
                       data, previous, request_id, occurred_at, digest)
    select head.position - $1::bigint + e.place, e.directory_id, e.organization_id, e.sequence, e.type, e.subjects,
           e.data, e.previous, e.request_id, e.occurred_at, decode(e.digest, 'hex')
      from head, ${source}
  )
  select position from head`,
  );

const APPEND = appendFrom('append', `json_to_recordset($2::json) as e(${COLUMNS})`);
const APPEND_STAGED = appendFrom('append-staged', `staged_event as e where $2::json is null`);

async function stage(tx: Tx, rows: string[]): Promise<void> {
  await tx.rows(`create temp table if not exists staged_event (${COLUMNS}) on commit delete rows`);
  for (let at = 0; at < rows.length; at += STAGE_CHUNK) {
    await tx.rows(`insert into staged_event select * from json_to_recordset($1::json) as e(${COLUMNS})`, [
      `[${rows.slice(at, at + STAGE_CHUNK).join(',')}]`,
    ]);
  }
}

/** One row as JSON text. `data` and `previous` stand in it as they will be stored, byte for byte. */
function numbered(event: NewEvent, index: number, heads: Map<string, DirectoryHead>): string {
  const head = heads.get(event.directoryId);
  if (!head) throw new Error(`the head of directory ${event.directoryId} was not loaded`);
  if (head.closed)
    throw new Error(`directory ${event.directoryId} is deleted; nothing may follow in its log`);
  const data = JSON.stringify(event.data);
  const previous = event.previous === undefined ? null : JSON.stringify(event.previous);
  const { directoryId, organizationId, type, subjects, requestId, occurredAt } = event;
  head.sequence += 1;
  head.digest = linked(head.digest, {
    directoryId,
    organizationId,
    sequence: head.sequence,
    type,
    subjects,
    data,
    previous,
    requestId,
    occurredAt,
  });
  const plain = JSON.stringify({
    place: index + 1,
    directory_id: directoryId,
    organization_id: organizationId,
    sequence: head.sequence,
    type,
    subjects,
    request_id: requestId,
    occurred_at: occurredAt,
    digest: head.digest.toString('hex'),
  });
  return `${plain.slice(0, -1)},"data":${data},"previous":${previous ?? 'null'}}`;
}
