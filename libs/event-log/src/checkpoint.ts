/** How far a follower of the log has read. One follower of a name works at a time. */
import { Statement, type Tx } from '@app/runtime';

/**
 * Takes the checkpoint for the rest of the transaction.
 * @returns its position (0 for a new follower), or undefined when another transaction holds it.
 */
export async function takeCheckpoint(tx: Tx, name: string): Promise<number | undefined> {
  const [, [row]] = await Promise.all([tx.rows(MAKE, [name]), tx.rows<{ position: number }>(TAKE, [name])]);
  return row?.position;
}

/** Moves a checkpoint that this transaction has taken. */
export async function moveCheckpoint(tx: Tx, name: string, position: number): Promise<void> {
  await tx.rows(MOVE, [name, position]);
}

const MAKE = new Statement(
  'checkpoint-make',
  'insert into checkpoint (name, position) values ($1, 0) on conflict do nothing',
);
const TAKE = new Statement(
  'checkpoint-take',
  'select position from checkpoint where name = $1 for update skip locked',
);
const MOVE = new Statement('checkpoint-move', 'update checkpoint set position = $2 where name = $1');

export async function checkpointPosition(tx: Tx, name: string): Promise<number> {
  const [row] = await tx.rows<{ position: number }>('select position from checkpoint where name = $1', [
    name,
  ]);
  return row?.position ?? 0;
}
