/** Proof that the log is whole: no hole in positions or sequences, and every digest fits the one before it. */
import type { Tx } from '@app/runtime';
import { CHAIN_START, linked } from './chain.js';

export interface Flaw {
  position: number;
  directoryId: string;
  what: string;
}

export interface Verdict {
  events: number;
  directories: number;
  flaws: Flaw[];
}

const BATCH = 1_000;

/** Reads the whole log once, in constant memory per directory. */
export async function verifyLog(tx: Tx): Promise<Verdict> {
  const chains = new Map<string, { sequence: number; digest: Buffer }>();
  const flaws: Flaw[] = [];
  let events = 0;
  let last = 0;
  for (;;) {
    const rows = await tx.rows<StoredRow>(
      `select position, directory_id, sequence, type, subjects, data::text as data, previous::text as previous,
              request_id, occurred_at, digest
         from event where position > $1 order by position limit ${BATCH}`,
      [last],
    );
    for (const row of rows) {
      const flaw = (what: string): number =>
        flaws.push({ position: row.position, directoryId: row.directory_id, what });
      if (row.position !== last + 1)
        flaw(`positions ${last + 1} to ${row.position - 1} are missing before it`);
      last = row.position;
      events += 1;
      const chain = chains.get(row.directory_id) ?? { sequence: 0, digest: CHAIN_START };
      if (row.sequence !== chain.sequence + 1)
        flaw(`its sequence is ${row.sequence}, expected ${chain.sequence + 1}`);
      const digest = linked(chain.digest, {
        directoryId: row.directory_id,
        sequence: row.sequence,
        type: row.type,
        subjects: row.subjects,
        data: row.data,
        previous: row.previous,
        requestId: row.request_id,
        occurredAt: row.occurred_at.toISOString(),
      });
      if (!digest.equals(row.digest)) flaw('its digest does not fit: it, or the one before it, was changed');
      chains.set(row.directory_id, { sequence: row.sequence, digest: row.digest });
    }
    if (rows.length < BATCH) break;
  }
  return { events, directories: chains.size, flaws };
}

interface StoredRow {
  position: number;
  directory_id: string;
  sequence: number;
  type: string;
  subjects: string[];
  data: string;
  previous: string | null;
  request_id: string;
  occurred_at: Date;
  digest: Buffer;
}
