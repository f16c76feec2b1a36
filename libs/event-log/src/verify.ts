/** Proof that the log is whole: no hole in positions or sequences, every digest fits the one before it, and nothing is cut off. */
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

interface Chain {
  position: number;
  sequence: number;
  digest: Buffer;
}

/** Reads the whole log once, in constant memory per directory. Others may write meanwhile. */
export async function verifyLog(tx: Tx): Promise<Verdict> {
  const chains = new Map<string, Chain>();
  const flaws: Flaw[] = [];
  // What the heads say before the reading must be there, and may have been followed by more.
  const heads = await loadEnds(tx);
  let events = 0;
  let last = 0;
  for (;;) {
    const rows = await tx.rows<StoredRow>(
      `select position, directory_id, organization_id, sequence, type, subjects, data::text as data,
              previous::text as previous, request_id, occurred_at, digest
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
      const chain = chains.get(row.directory_id) ?? { position: 0, sequence: 0, digest: CHAIN_START };
      if (row.sequence !== chain.sequence + 1)
        flaw(`its sequence is ${row.sequence}, expected ${chain.sequence + 1}`);
      if (!digestOf(row, chain.digest).equals(row.digest))
        flaw('its digest does not fit: it, or the one before it, was changed');
      chains.set(row.directory_id, row);
      const head = heads.directories.get(row.directory_id);
      if (head?.sequence === row.sequence && !head.digest.equals(row.digest))
        flaw('its digest is not the one that was kept when it was written');
    }
    if (rows.length < BATCH) break;
  }
  return { events, directories: chains.size, flaws: [...flaws, ...(await cutOrAdded(tx, heads, chains))] };
}

interface Ends {
  position: number;
  directories: Map<string, { sequence: number; digest: Buffer }>;
}

/** Where the log and each directory's chain end, by what writers keep beside the events; from one moment. */
async function loadEnds(tx: Tx): Promise<Ends> {
  const rows = await tx.rows<{ position: number; directory_id: string; sequence: number; digest: Buffer }>(
    'select l.position, d.directory_id, d.sequence, d.digest from log_head l left join directory_head d on true',
  );
  const directories = rows.filter((row) => row.directory_id !== null);
  return {
    position: rows[0]?.position ?? 0,
    directories: new Map(directories.map(({ directory_id: id, ...end }) => [id, end])),
  };
}

/** What was taken from an end leaves no hole, and what was put there makes none: only the heads tell. */
async function cutOrAdded(tx: Tx, heads: Ends, chains: Map<string, Chain>): Promise<Flaw[]> {
  const flaws: Flaw[] = [];
  for (const [directoryId, head] of heads.directories) {
    const end = chains.get(directoryId) ?? { position: 0, sequence: 0 };
    if (end.sequence < head.sequence)
      flaws.push({
        position: end.position,
        directoryId,
        what: `its last event is ${end.sequence}, but ${head.sequence} were written`,
      });
  }
  const last = Math.max(0, ...[...chains.values()].map(({ position }) => position));
  if (last < heads.position)
    flaws.push({
      position: last,
      directoryId: '',
      what: `positions ${last + 1} to ${heads.position} are missing at the end`,
    });
  // One statement, hence one moment: what was committed since the heads were read is behind the head of now.
  const added = await tx.rows<{ position: number; directory_id: string; head: number }>(
    `select e.position, e.directory_id, l.position as head from event e, log_head l
      where e.position > l.position order by e.position limit ${BATCH}`,
  );
  return [
    ...flaws,
    ...added.map(({ position, directory_id: directoryId, head }) => ({
      position,
      directoryId,
      what: `it stands behind the end of the log, which is ${head}`,
    })),
  ];
}

interface StoredRow {
  position: number;
  directory_id: string;
  organization_id: string;
  sequence: number;
  type: string;
  subjects: string[];
  data: string;
  previous: string | null;
  request_id: string;
  occurred_at: Date;
  digest: Buffer;
}

function digestOf(row: StoredRow, before: Buffer): Buffer {
  return linked(before, {
    directoryId: row.directory_id,
    organizationId: row.organization_id,
    sequence: row.sequence,
    type: row.type,
    subjects: row.subjects,
    data: row.data,
    previous: row.previous,
    requestId: row.request_id,
    occurredAt: row.occurred_at.toISOString(),
  });
}
