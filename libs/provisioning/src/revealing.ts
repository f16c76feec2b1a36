/**
 * A concealed person who comes back is new to consumers, who then have to be told of the memberships again. Those are
 * loaded for such people only: no other change of a person looks at memberships.
 */
import { loadGroups, loadMembershipsOfMembers } from '@app/projections';
import type { Tx } from '@app/runtime';
import { holdersOf } from './adoption.js';
import { ChangeUser, CreateUser, DeleteUser, type Task } from './commands.js';
import { keyOf, type World } from './world.js';

export async function loadGroupsOfRevealed(tx: Tx, world: World, writes: Task[]): Promise<void> {
  const memberships = await loadMembershipsOfMembers(tx, mayBeRevealed(world, writes));
  if (memberships.length === 0) return;
  const keys = memberships.map(({ directoryId, groupId }): [string, string] => [directoryId, groupId]);
  const unknown = keys.filter(([directoryId, groupId]) => !world.groups.has(keyOf(directoryId, groupId)));
  for (const group of await loadGroups(tx, unknown)) world.learnGroup(group);
  for (const membership of memberships) world.learnMembership(membership);
}

/** Who is concealed and about to change, and who may become concealed by one command and come back by the next. */
function mayBeRevealed(world: World, writes: Task[]): string[] {
  const ids = new Set<string>();
  const mayConceal = new Set<string>();
  for (const write of writes) {
    if (write instanceof CreateUser) {
      for (const id of adoptable(world, write)) ids.add(id);
      continue;
    }
    if (!(write instanceof ChangeUser || write instanceof DeleteUser)) continue;
    const { id: directoryId, policy } = write.origin.directory;
    const isConcealed = world.user(directoryId, write.id)?.concealed ?? mayConceal.has(write.id);
    if (write instanceof ChangeUser && isConcealed) ids.add(write.id);
    if (policy?.deactivationsPublishedAs === 'deleted') mayConceal.add(write.id);
  }
  return [...ids];
}

/** Whom a creation may turn out to mean: somebody concealed who came by signing in. */
function adoptable(world: World, { origin, attributes }: CreateUser): string[] {
  const { id: directoryId } = origin.directory;
  return holdersOf(world, directoryId, attributes).filter((id) => {
    const user = world.user(directoryId, id);
    return user?.origin !== undefined && user.concealed;
  });
}
