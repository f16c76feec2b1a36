/** Loads what the commands name, in one statement per kind. */
import { userNameKey } from '@app/directory';
import {
  loadGroups,
  loadGroupsByExternalIds,
  loadMemberships,
  loadUsers,
  type UserKeys,
} from '@app/projections';
import type { Tx } from '@app/runtime';
import type { Attributes } from '@app/scim';
import {
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  isReview,
  membersNamed,
  needsAllMembers,
  type Task,
} from './commands.js';
import { loadRoles } from './rules.js';
import { loadGroupsOfRevealed } from './revealing.js';
import { keyOf, World } from './world.js';

export async function loadWorld(tx: Tx, writes: Task[], now: string): Promise<World> {
  const world = new World(now);
  const memberships = loadMembershipsNamed(tx, world, writes);
  // A group that is looked at as a whole names its members only through its memberships; else all loads go together.
  if (writes.some(needsAllMembers)) await memberships;
  const users: UserKeys = { ids: [], userNameKeys: [], externalIds: [] };
  const groupIds: [string, string][] = [];
  const groupExternalIds: [string, string][] = [];
  for (const write of writes) {
    const directoryId = write.origin.directory.id;
    if (write instanceof CreateUser) addNames(users, directoryId, write.attributes);
    if (write instanceof CreateGroup) addExternalId(groupExternalIds, directoryId, write.attributes);
    if (write instanceof ChangeUser || write instanceof DeleteUser) users.ids.push([directoryId, write.id]);
    if (write instanceof ChangeGroup || write instanceof DeleteGroup) groupIds.push([directoryId, write.id]);
    if (isReview(write)) for (const id of write.ids) users.ids.push([directoryId, id]);
    const members = new Set(membersNamed(write));
    if (write instanceof ChangeGroup || write instanceof DeleteGroup)
      for (const id of world.membersOf(write.id).keys()) members.add(id);
    for (const id of members) {
      users.ids.push([directoryId, id]);
      groupIds.push([directoryId, id]);
    }
  }
  const [foundUsers, foundGroups, holders] = await Promise.all([
    loadUsers(tx, users),
    loadGroups(tx, groupIds),
    loadGroupsByExternalIds(tx, groupExternalIds),
    memberships,
    loadRoles(tx, world, writes),
  ]);
  for (const user of foundUsers) world.learnUser(user);
  for (const group of [...foundGroups, ...holders]) world.learnGroup(group);
  await Promise.all([loadHoldersOfNewNames(tx, world, writes), loadGroupsOfRevealed(tx, world, writes)]);
  return world;
}

async function loadMembershipsNamed(tx: Tx, world: World, writes: Task[]): Promise<void> {
  const pairs: [string, string][] = [];
  const whole = new Set<string>();
  for (const write of writes) {
    if (!(write instanceof ChangeGroup || write instanceof DeleteGroup)) continue;
    if (needsAllMembers(write)) whole.add(write.id);
    else for (const id of membersNamed(write)) pairs.push([write.id, id]);
  }
  for (const membership of await loadMemberships(tx, pairs, [...whole])) world.learnMembership(membership);
}

/** A change of name may run into somebody whom no command names: those are loaded too, for all commands at once. */
async function loadHoldersOfNewNames(tx: Tx, world: World, writes: Task[]): Promise<void> {
  const keys: UserKeys = { ids: [], userNameKeys: [], externalIds: [] };
  const groupExternalIds: [string, string][] = [];
  for (const { type, directoryId, attributes } of namesToCome(world, writes)) {
    if (type === 'Group') {
      addExternalId(groupExternalIds, directoryId, attributes, world.groupExternalIds);
      continue;
    }
    const key = userNameKey(attributes);
    if (!world.userNames.has(keyOf(directoryId, key))) keys.userNameKeys.push([directoryId, key]);
    addExternalId(keys.externalIds, directoryId, attributes, world.externalIds);
  }
  const [users, groups] = await Promise.all([
    loadUsers(tx, keys),
    loadGroupsByExternalIds(tx, groupExternalIds),
  ]);
  for (const user of users) world.learnUser(user);
  for (const group of groups) world.learnGroup(group);
}

interface NamesToCome {
  type: 'User' | 'Group';
  directoryId: string;
  attributes: Attributes;
}

/**
 * What people and groups may look like after each change: of one who is made or changed by an earlier command, both as
 * they are and as they will be.
 */
function namesToCome(world: World, writes: Task[]): NamesToCome[] {
  const foreseen = new Map<string, Attributes>();
  const toCome: NamesToCome[] = [];
  for (const write of writes) {
    const directoryId = write.origin.directory.id;
    if ((write instanceof CreateUser || write instanceof CreateGroup) && write.creation.id !== undefined)
      foreseen.set(keyOf(directoryId, write.creation.id), write.attributes);
    if (!(write instanceof ChangeUser || write instanceof ChangeGroup)) continue;
    const type = write instanceof ChangeUser ? 'User' : 'Group';
    const there = type === 'User' ? world.user(directoryId, write.id) : world.group(directoryId, write.id);
    const key = keyOf(directoryId, write.id);
    for (const base of new Set([there?.attributes, foreseen.get(key)])) {
      const attributes = base && wish(write, base);
      if (!attributes) continue;
      toCome.push({ type, directoryId, attributes });
      foreseen.set(key, attributes);
    }
  }
  return toCome;
}

/** What the command will want, as far as can be said before its turn; a refusal is raised when its turn comes. */
function wish(write: ChangeUser | ChangeGroup, attributes: Attributes): Attributes | undefined {
  try {
    return write.desire(attributes);
  } catch {
    return undefined;
  }
}

function addNames(keys: UserKeys, directoryId: string, attributes: Attributes): void {
  keys.userNameKeys.push([directoryId, userNameKey(attributes)]);
  addExternalId(keys.externalIds, directoryId, attributes);
}

/** @param known external ids whose holders need no look-up. */
function addExternalId(
  keys: [string, string][],
  directoryId: string,
  attributes: Attributes | undefined,
  known?: ReadonlyMap<string, string>,
): void {
  const externalId = attributes?.['externalId'];
  if (typeof externalId === 'string' && !known?.has(keyOf(directoryId, externalId)))
    keys.push([directoryId, externalId]);
}
