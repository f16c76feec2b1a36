/** Writes what a transaction's commands have decided: the views, and the events behind them. */
import { append, APPENDED_AT_ONCE, type DirectoryHead } from '@app/event-log';
import { removeGroups, removeUsers, saveGroups, saveMemberships, saveUsers } from '@app/projections';
import type { Tx } from '@app/runtime';
import type { World } from './world.js';

/** @returns the statements that are under way. The log head is taken by the last of them, and the COMMIT is right behind. */
export async function save(
  tx: Tx,
  world: World,
  heads: Map<string, DirectoryHead>,
): Promise<{ lastPosition: Promise<number>; last: Promise<unknown>[] }> {
  const changes = world.changes();
  const saving: Promise<unknown>[] = [
    removeUsers(tx, changes.removedUsers),
    removeGroups(tx, changes.removedGroups),
    saveUsers(tx, changes.users),
    saveGroups(tx, changes.groups),
    saveMemberships(tx, changes.come, changes.gone),
  ];
  const lastPosition = append(tx, world.events, heads);
  saving.push(lastPosition);
  if (world.events.length <= APPENDED_AT_ONCE) return { lastPosition, last: saving };
  // Many events are staged first, so their last statement is not sent yet.
  await Promise.all(saving);
  return { lastPosition, last: [] };
}
