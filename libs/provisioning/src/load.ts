/** Loads what the commands name, in one statement per kind. */
import { userNameKey } from '@app/directory';
import { loadGroups, loadMemberships, loadUsers, type UserKeys } from '@app/projections';
import type { Tx } from '@app/runtime';
import type { Attributes } from '@app/scim';
import {
  ChangeGroup,
  ChangeUser,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  membersNamed,
  needsAllMembers,
  type Write,
} from './commands.js';
import { keyOf, World } from './world.js';

export async function loadWorld(tx: Tx, writes: Write[], now: string): Promise<World> {
  const world = new World(now);
  const memberships = loadMembershipsNamed(tx, world, writes);
  // A group that is looked at as a whole names its members only through its memberships; else all loads go together.
  if (writes.some(needsAllMembers)) await memberships;
  const users: UserKeys = { ids: [], userNameKeys: [], externalIds: [] };
  const groupIds: [string, string][] = [];
  for (const write of writes) {
    const directoryId = write.origin.directory.id;
    if (write instanceof CreateUser) addNames(users, directoryId, write.attributes);
    if (write instanceof ChangeUser || write instanceof DeleteUser) users.ids.push([directoryId, write.id]);
    if (write instanceof ChangeGroup || write instanceof DeleteGroup) groupIds.push([directoryId, write.id]);
    const members = new Set(membersNamed(write));
    if (write instanceof ChangeGroup) for (const id of world.membersOf(write.id).keys()) members.add(id);
    for (const id of members) {
      users.ids.push([directoryId, id]);
      groupIds.push([directoryId, id]);
    }
  }
  const [foundUsers, foundGroups] = await Promise.all([
    loadUsers(tx, users),
    loadGroups(tx, groupIds),
    memberships,
  ]);
  for (const user of foundUsers) world.learnUser(user);
  for (const group of foundGroups) world.learnGroup(group);
  await loadHoldersOfNewNames(tx, world, writes);
  return world;
}

async function loadMembershipsNamed(tx: Tx, world: World, writes: Write[]): Promise<void> {
  const pairs: [string, string][] = [];
  const whole = new Set<string>();
  for (const write of writes) {
    if (!(write instanceof ChangeGroup)) continue;
    if (needsAllMembers(write)) whole.add(write.id);
    else for (const id of membersNamed(write)) pairs.push([write.id, id]);
  }
  for (const membership of await loadMemberships(tx, pairs, [...whole])) world.learnMembership(membership);
}

/** A change of name may run into a person whom no command names: those are loaded too, for all commands at once. */
async function loadHoldersOfNewNames(tx: Tx, world: World, writes: Write[]): Promise<void> {
  const keys: UserKeys = { ids: [], userNameKeys: [], externalIds: [] };
  for (const { directoryId, attributes } of namesToCome(world, writes)) {
    const key = userNameKey(attributes);
    if (!world.userNames.has(keyOf(directoryId, key))) keys.userNameKeys.push([directoryId, key]);
    const externalId = attributes['externalId'];
    if (typeof externalId === 'string' && !world.externalIds.has(keyOf(directoryId, externalId))) {
      keys.externalIds.push([directoryId, externalId]);
    }
  }
  for (const user of await loadUsers(tx, keys)) world.learnUser(user);
}

/** What people may look like after each change: of one who is made or changed by an earlier command, both as they are and as they will be. */
function namesToCome(world: World, writes: Write[]): { directoryId: string; attributes: Attributes }[] {
  const foreseen = new Map<string, Attributes>();
  const toCome: { directoryId: string; attributes: Attributes }[] = [];
  for (const write of writes) {
    const directoryId = write.origin.directory.id;
    if (write instanceof CreateUser && write.creation.id !== undefined)
      foreseen.set(keyOf(directoryId, write.creation.id), write.attributes);
    if (!(write instanceof ChangeUser)) continue;
    const key = keyOf(directoryId, write.id);
    const bases = new Set([world.user(directoryId, write.id)?.attributes, foreseen.get(key)]);
    for (const base of bases) {
      const attributes = base && wish(write, base);
      if (!attributes) continue;
      toCome.push({ directoryId, attributes });
      foreseen.set(key, attributes);
    }
  }
  return toCome;
}

/** What the command will want, as far as can be said before its turn; a refusal is raised when its turn comes. */
function wish(write: ChangeUser, attributes: Attributes): Attributes | undefined {
  try {
    return write.desire(attributes);
  } catch {
    return undefined;
  }
}

function addNames(keys: UserKeys, directoryId: string, attributes: Attributes): void {
  keys.userNameKeys.push([directoryId, userNameKey(attributes)]);
  const externalId = attributes['externalId'];
  if (typeof externalId === 'string') keys.externalIds.push([directoryId, externalId]);
}
