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

/** Somebody else held the directory's lock all the time that this transaction would wait. */
export class StillLocked extends Error {
  constructor(
    readonly directoryId: string,
    cause: unknown,
  ) {
    super(`directory ${directoryId} is still being written to`, { cause });
    this.name = 'StillLocked';
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Waits for the directory's lock. A transaction waits for one only, so nobody waits in a circle.
 * @throws StillLocked when a limit was given and reached; the transaction can do nothing more then.
 */
export async function lockDirectory(
  tx: Tx,
  directoryId: string,
  limitInMilliseconds?: number,
): Promise<void> {
  if (limitInMilliseconds !== undefined) await tx.rows(`set local lock_timeout = ${limitInMilliseconds}`);
  try {
    await tx.rows(`select pg_advisory_xact_lock(${KEY}) from unnest($1::text[]) as id`, [[directoryId]]);
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) throw new StillLocked(directoryId, error);
    throw error;
  }
  // The limit is for this lock only: a commit may well wait longer for the log head.
  if (limitInMilliseconds !== undefined) await tx.rows('set local lock_timeout to default');
}
