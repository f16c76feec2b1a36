/**
 * The rules that a directory's writers decide by are kept elsewhere, and travel with each request; their version stands in the
 * directory's head, which every writer reads under the directory's lock. So nobody decides by rules that are not in force any more.
 */
import type { Tx } from '@app/runtime';
import { CHAIN_START } from './chain.js';

/** Counts a change of the rules. The transaction must hold the lock of the directory. @returns the new version. */
export async function countRulesChange(tx: Tx, directoryId: string): Promise<number> {
  const [row] = await tx.rows<{ rules_version: number }>(
    `insert into directory_head (directory_id, sequence, digest, closed, rules_version) values ($1, 0, $2, false, 1)
     on conflict (directory_id) do update set rules_version = directory_head.rules_version + 1
     returning rules_version`,
    [directoryId, CHAIN_START],
  );
  return row!.rules_version;
}
