/** One command against the world as its predecessors in the transaction left it. Throws a refusal, or records events. */
import {
  decideGroupChange,
  decideGroupCreation,
  decideGroupDeletion,
  decideMembership,
  decideRestatement,
  decideUserChange,
  decideUserCreation,
  decideUserDeletion,
  decideUserPurge,
  userNameKey,
  type Group,
  type Member,
  type Resource,
} from '@app/directory';
import type { PlacedUser } from '@app/projections';
import { newId } from '@app/runtime';
import { matches, type Attributes, type Filter, type MembershipStep } from '@app/scim';
import {
  ChangeGroup,
  ChangeUser,
  CreateGroup,
  CreateUser,
  DeleteGroup,
  DeleteUser,
  type Besides,
  type ChangedGroup,
  type Condition,
  type Origin,
  type Write,
  type Written,
} from './commands.js';
import {
  MemberOfItself,
  NameTaken,
  PreconditionFailed,
  UnknownMembers,
  UnknownResource,
} from './refusals.js';
import { adoptedBy } from './adoption.js';
import { refuseLosses } from './required-attributes.js';
import { bare, keyOf, type World } from './world.js';

export function decide(world: World, write: Write): Written {
  if (write instanceof CreateUser) return createUser(world, write);
  if (write instanceof ChangeUser) return changeUser(world, write);
  if (write instanceof DeleteUser) return deleteUser(world, write);
  if (write instanceof CreateGroup) return createGroup(world, write);
  if (write instanceof ChangeGroup) return changeGroup(world, write);
  return deleteGroup(world, write);
}

function createUser(world: World, { origin, attributes, creation }: CreateUser): Written {
  const adopted = adoptedBy(world, origin, { attributes, creation });
  if (adopted) return changeUserTo(world, origin, { user: adopted, desired: attributes, besides: {} });
  const id = creation.id ?? newId('directory_user', new Date(world.now));
  refuseTakenNames(world, origin, id, attributes);
  const { id: directoryId, policy } = origin.directory;
  const rules = world.rules.get(directoryId);
  refuseLosses(rules, undefined, attributes);
  const circumstances = { policy, rules, origin: creation.origin };
  return world.recordUser(origin, undefined, decideUserCreation(id, attributes, world.now, circumstances))!;
}

function changeUser(world: World, { origin, id, desire, condition, besides }: ChangeUser): Written {
  const user = known(existing(world.user(origin.directory.id, id), 'User', id), condition);
  return changeUserTo(world, origin, { user, desired: desire(user.attributes), besides });
}

interface UserChange {
  user: PlacedUser;
  desired: Attributes;
  besides: Besides;
}

function changeUserTo(world: World, origin: Origin, { user, desired, besides }: UserChange): Written {
  const { id } = user;
  const { id: directoryId, policy } = origin.directory;
  refuseTakenNames(world, origin, id, desired);
  const rules = world.rules.get(directoryId);
  refuseLosses(rules, user.attributes, desired);
  const events = decideUserChange(bare(user), desired, world.now, { ...besides, policy, rules });
  const after = world.recordUser(origin, user, events)!;
  if (events.some((event) => event.type === 'UserReactivated' && event.data.revealed))
    world.tell(origin, decideRestatement(bare(after), world.groupsOf(directoryId, id).map(bare)));
  return after;
}

function deleteUser(world: World, { origin, id, condition, purge }: DeleteUser): Written {
  const { id: directoryId, policy } = origin.directory;
  const user = known(existing(world.user(directoryId, id), 'User', id), condition);
  const events =
    purge === 'due'
      ? decideUserPurge(bare(user), world.now)
      : decideUserDeletion(bare(user), world.now, { policy });
  return world.recordUser(origin, user, events) ?? user;
}

function createGroup(world: World, { origin, attributes, memberIds, creation }: CreateGroup): Written {
  const id = creation.id ?? newId('directory_group', new Date(world.now));
  refuseTakenExternalId(world, origin, { id, attributes: {} }, attributes);
  const steps: MembershipStep[] = memberIds.length > 0 ? [{ kind: 'add', ids: memberIds }] : [];
  // Refused before anything is recorded: a group without the members it was made for helps nobody.
  const comings = comingsOf(world, origin, id, steps);
  const group = world.recordGroup(origin, undefined, decideGroupCreation(id, attributes, world.now))!;
  return settleMembers(world, origin, group, comings);
}

function changeGroup(world: World, { origin, id, desire, members, condition }: ChangeGroup): Written {
  const group = known(existing(world.group(origin.directory.id, id), 'Group', id), condition);
  const desired = desire(group.attributes);
  refuseTakenExternalId(world, origin, group, desired);
  const comings = comingsOf(world, origin, id, members);
  const after = world.recordGroup(origin, group, decideGroupChange(bare(group), desired, world.now))!;
  return settleMembers(world, origin, bare(after), comings);
}

function deleteGroup(world: World, { origin, id, condition }: DeleteGroup): Written {
  const group = known(existing(world.group(origin.directory.id, id), 'Group', id), condition);
  const members = [...world.membersOf(id).keys()].map((memberId) =>
    world.member(origin.directory.id, memberId)!,
  );
  world.recordGroup(origin, group, decideGroupDeletion(bare(group), members));
  return { group, unknownMembers: [] };
}

function settleMembers(world: World, origin: Origin, group: Group, comings: ResolvedComings): ChangedGroup {
  const events = decideMembership(group, comings, world.now);
  return { group: world.recordGroup(origin, group, events)!, unknownMembers: comings.unknown };
}

interface ResolvedComings {
  added: Member[];
  removed: Member[];
  unknown: string[];
}

/**
 * Who comes and who goes when all steps are done. One stale id must not stop a push of five hundred, so unknown ids are
 * left out and reported; a request of which nothing is left is refused, since silence would look like success.
 */
function comingsOf(world: World, origin: Origin, groupId: string, steps: MembershipStep[]): ResolvedComings {
  const directoryId = origin.directory.id;
  const before = world.membersOf(groupId);
  const inGroup = new Set(before.keys());
  const unknown = new Set<string>();
  let known = 0;
  const enter = (id: string): void => {
    if (id === groupId) throw new MemberOfItself(groupId);
    if (world.member(directoryId, id)) {
      known += 1;
      inGroup.add(id);
    } else unknown.add(id);
  };
  for (const step of steps) {
    if (step.kind === 'remove-where') removeWhere(world, directoryId, inGroup, step.filter);
    else if (step.kind === 'remove') step.ids.forEach((id) => inGroup.delete(id));
    else {
      if (step.kind === 'replace') inGroup.clear();
      step.ids.forEach(enter);
    }
  }
  if (unknown.size > 0 && known === 0) throw new UnknownMembers([...unknown]);
  const member = (id: string): Member => world.member(directoryId, id)!;
  return {
    added: [...inGroup].filter((id) => !before.has(id)).map(member),
    removed: [...before.keys()].filter((id) => !inGroup.has(id)).map(member),
    unknown: [...unknown],
  };
}

function removeWhere(world: World, directoryId: string, inGroup: Set<string>, filter: Filter): void {
  for (const id of inGroup) {
    const type = world.member(directoryId, id)?.type;
    if (type && matches(filter, { value: id, type })) inGroup.delete(id);
  }
}

function refuseTakenNames(world: World, { directory }: Origin, id: string, desired: Attributes): void {
  const userName = userNameKey(desired);
  const holder = world.userNames.get(keyOf(directory.id, userName));
  if (holder !== undefined && holder !== id)
    throw new NameTaken('userName', String(desired['userName']), holder);
  const externalId = desired['externalId'];
  if (typeof externalId !== 'string') return;
  const owner = world.externalIds.get(keyOf(directory.id, externalId));
  if (owner !== undefined && owner !== id) throw new NameTaken('externalId', externalId, owner);
}

/**
 * A group created again after a lost answer must not be there twice. Only a new external id is looked at, so that groups
 * that share one from before this rule can still be changed.
 */
function refuseTakenExternalId(
  world: World,
  { directory }: Origin,
  group: Pick<Group, 'id' | 'attributes'>,
  desired: Attributes,
): void {
  const externalId = desired['externalId'];
  if (typeof externalId !== 'string' || externalId === group.attributes['externalId']) return;
  const owner = world.groupExternalIds.get(keyOf(directory.id, externalId));
  if (owner !== undefined && owner !== group.id)
    throw new NameTaken('externalId', externalId, owner, 'Group');
}

/** @throws PreconditionFailed when the resource has become another than the caller knows. */
function known<T extends Resource>(resource: T, { onlyIf }: Condition): T {
  if (onlyIf && !onlyIf(resource.version)) throw new PreconditionFailed(resource.id, resource.version);
  return resource;
}

function existing<T>(found: T | undefined, type: 'User' | 'Group', id: string): T {
  if (!found) throw new UnknownResource(type, id);
  return found;
}
