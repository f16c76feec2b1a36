/** One writer at a time per directory: advisory locks that end with the transaction, whatever ends it. */
import { Statement, type Tx } from '@app/runtime';

// A namespace of its own within PostgreSQL's 64-bit advisory keys, so that other users of the database do not collide.
const KEY = `hashtextextended(id, 8203)`;

const TRY = new Statement(
  'try-lock',
  `select id, pg_try_advisory_xact_lock(${KEY}) as locked from unnest($1::text[]) as id`,
);

/** Takes the locks that are free now, without waiting. @returns the directories whose lock this transaction holds. */
export async function tryLockDirectories(tx: Tx, directoryIds: string[]): Promise<Set<string>> {
  const rows = await tx.rows<{ id: string; locked: boolean }>(TRY, [[...directoryIds].sort()]);
  return new Set(rows.filter((row) => row.locked).map((row) => row.id));
}

/** Waits for the directory's lock. A transaction waits for one only, so nobody waits in a circle. */
export async function lockDirectory(tx: Tx, directoryId: string): Promise<void> {
  await tx.rows(`select pg_advisory_xact_lock(${KEY}) from unnest($1::text[]) as id`, [[directoryId]]);
}
