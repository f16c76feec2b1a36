/**
 * What one transaction knows of its directories: loaded in one statement per kind, changed in memory by `evolve` as
 * the commands are decided one after the other, and saved in one statement per kind.
 */
import {
  evolveGroup,
  evolveUser,
  memberId,
  subjectsOf,
  userNameKey,
  type DirectoryRules,
  type DomainEvent,
  type Group,
  type GroupEvent,
  type Member,
  type User,
  type UserEvent,
} from '@app/directory';
import type { NewEvent } from '@app/event-log';
import type { Membership, MemberType, PlacedGroup, PlacedUser } from '@app/projections';
import type { Attributes } from '@app/scim';
import type { Origin } from './commands.js';

/** Ids are unique in the whole installation, but a directory must never see another's: every key holds both. */
type Key = string;
export const keyOf = (directoryId: string, name: string): Key => `${directoryId} ${name}`;

export class World {
  readonly users = new Map<Key, PlacedUser | undefined>();
  readonly groups = new Map<Key, PlacedGroup | undefined>();
  readonly userNames = new Map<Key, string>();
  readonly externalIds = new Map<Key, string>();
  readonly groupExternalIds = new Map<Key, string>();
  /** By group id: the members known of it, which are all of them only where the whole group was loaded. */
  readonly members = new Map<string, Map<string, MemberType>>();
  /** By directory. */
  readonly rules = new Map<string, DirectoryRules>();
  /** By person, of those whose roles are asked for. */
  readonly roles = new Map<string, string[]>();
  readonly events: NewEvent[] = [];

  /** @param now the one time of day of the transaction, ISO 8601 with milliseconds. */
  constructor(readonly now: string) {}

  private readonly changedUsers = new Map<Key, PlacedUser | undefined>();
  private readonly changedGroups = new Map<Key, PlacedGroup | undefined>();
  private readonly changedMembers = new Map<Key, Membership & { present: boolean }>();

  learnUser(user: PlacedUser): void {
    const key = keyOf(user.directoryId, user.id);
    if (this.users.has(key)) return;
    this.users.set(key, user);
    this.claim(user);
  }

  learnGroup(group: PlacedGroup): void {
    this.groups.set(keyOf(group.directoryId, group.id), group);
    claim(this.groupExternalIds, group.directoryId, group);
  }

  learnMembership({ groupId, memberId: id, memberType }: Membership): void {
    this.membersOf(groupId).set(id, memberType);
  }

  user(directoryId: string, id: string): PlacedUser | undefined {
    return this.users.get(keyOf(directoryId, id));
  }

  group(directoryId: string, id: string): PlacedGroup | undefined {
    return this.groups.get(keyOf(directoryId, id));
  }

  membersOf(groupId: string): Map<string, MemberType> {
    let members = this.members.get(groupId);
    if (!members) this.members.set(groupId, (members = new Map()));
    return members;
  }

  /** The groups that the person is in directly, by their ids: all of them only where they were loaded, as for somebody concealed. */
  groupsOf(directoryId: string, userId: string): PlacedGroup[] {
    const ids = [...this.members].flatMap(([groupId, members]) => (members.has(userId) ? [groupId] : []));
    return ids.sort().flatMap((id) => this.group(directoryId, id) ?? []);
  }

  /** The member of this id as events show it, or undefined when this directory has no such person or group. */
  member(directoryId: string, id: string): Member | undefined {
    const user = this.user(directoryId, id);
    if (user) return { type: 'User', user: bare(user) };
    const group = this.group(directoryId, id);
    return group && { type: 'Group', group: bare(group) };
  }

  /** Applies a person's events and keeps them for the log. @returns the person afterwards. */
  recordUser(origin: Origin, user: User | undefined, events: UserEvent[]): User | undefined {
    const directoryId = origin.directory.id;
    const after = events.reduce<User | undefined>(evolveUser, user);
    const id = (after ?? user)!.id;
    if (events.length === 0) return after;
    this.release(directoryId, user);
    const placed = after && { ...after, directoryId };
    this.users.set(keyOf(directoryId, id), placed);
    this.changedUsers.set(keyOf(directoryId, id), placed ?? undefined);
    if (placed) this.claim(placed);
    else this.leaveAll(id);
    this.keep(origin, events);
    return after;
  }

  /** Applies a group's events and keeps them for the log. @returns the group afterwards. */
  recordGroup(origin: Origin, group: Group | undefined, events: GroupEvent[]): Group | undefined {
    const directoryId = origin.directory.id;
    const after = events.reduce<Group | undefined>(evolveGroup, group);
    const id = (after ?? group)!.id;
    if (events.length === 0) return after;
    const placed = after && { ...after, directoryId };
    release(this.groupExternalIds, directoryId, group);
    if (placed) claim(this.groupExternalIds, directoryId, placed);
    this.groups.set(keyOf(directoryId, id), placed);
    this.changedGroups.set(keyOf(directoryId, id), placed ?? undefined);
    for (const event of events)
      if (event.type === 'MembershipChanged') this.place(directoryId, id, event.data);
    if (!placed) {
      this.members.delete(id);
      for (const [key, change] of this.changedMembers)
        if (change.groupId === id) this.changedMembers.delete(key);
      this.leaveAll(id);
    }
    this.keep(origin, events);
    return after;
  }

  /** Keeps events for the log that change nothing. */
  tell(origin: Origin, events: DomainEvent[]): void {
    this.keep(origin, events);
  }

  /** What has to be written, in the order in which it has to be written. */
  changes(): {
    removedUsers: [string, string][];
    removedGroups: [string, string][];
    users: PlacedUser[];
    groups: PlacedGroup[];
    come: Membership[];
    gone: [string, string][];
  } {
    const memberships = [...this.changedMembers.values()];
    return {
      removedUsers: absent(this.changedUsers),
      removedGroups: absent(this.changedGroups),
      users: [...this.changedUsers.values()].filter((user) => user !== undefined),
      groups: [...this.changedGroups.values()].filter((group) => group !== undefined),
      come: memberships.filter((change) => change.present),
      gone: memberships
        .filter((change) => !change.present)
        .map((change) => [change.groupId, change.memberId]),
    };
  }

  /** Does the work, and is again what it was before when the work throws. */
  allOrNothing<T>(work: () => T): T {
    const before = Object.entries(this).map(([name, value]) => [name, copied(value)]);
    try {
      return work();
    } catch (error) {
      Object.assign(this, Object.fromEntries(before));
      throw error;
    }
  }

  private place(
    directoryId: string,
    groupId: string,
    data: { change: 'added' | 'removed'; member: Member },
  ): void {
    const id = memberId(data.member);
    const memberType = data.member.type;
    const present = data.change === 'added';
    if (present) this.membersOf(groupId).set(id, memberType);
    else this.membersOf(groupId).delete(id);
    this.changedMembers.set(keyOf(groupId, id), { directoryId, groupId, memberId: id, memberType, present });
  }

  /** Whoever is gone is in no group any more; the rows go with the removal of the resource itself. */
  private leaveAll(id: string): void {
    for (const members of this.members.values()) members.delete(id);
    for (const [key, change] of this.changedMembers)
      if (change.memberId === id) this.changedMembers.delete(key);
  }

  private claim(user: PlacedUser): void {
    this.userNames.set(keyOf(user.directoryId, userNameKey(user.attributes)), user.id);
    claim(this.externalIds, user.directoryId, user);
  }

  private release(directoryId: string, user: User | undefined): void {
    if (!user) return;
    this.userNames.delete(keyOf(directoryId, userNameKey(user.attributes)));
    release(this.externalIds, directoryId, user);
  }

  private keep({ directory, requestId }: Origin, events: DomainEvent[]): void {
    for (const event of events) {
      this.events.push({
        directoryId: directory.id,
        organizationId: directory.organizationId,
        type: event.type,
        subjects: subjectsOf(event),
        data: event.data,
        ...('previous' in event ? { previous: event.previous } : {}),
        requestId,
        occurredAt: this.now,
      });
    }
  }
}

/** What the world is made of: collections of values that are replaced and never changed. */
function copied(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, copied(inner)]));
  if (value instanceof Set) return new Set(value);
  return Array.isArray(value) ? [...value] : value;
}

function absent(changed: Map<Key, unknown>): [string, string][] {
  return [...changed]
    .filter(([, value]) => value === undefined)
    .map(([key]) => key.split(' ') as [string, string]);
}

interface Named {
  id: string;
  attributes: Attributes;
}

function claim(externalIds: Map<Key, string>, directoryId: string, { id, attributes }: Named): void {
  const externalId = attributes['externalId'];
  if (typeof externalId === 'string') externalIds.set(keyOf(directoryId, externalId), id);
}

function release(externalIds: Map<Key, string>, directoryId: string, resource: Named | undefined): void {
  const externalId = resource?.attributes['externalId'];
  if (typeof externalId === 'string') externalIds.delete(keyOf(directoryId, externalId));
}

/** Without the directory, which an event knows already. */
export function bare<R extends User | Group>(resource: R & { directoryId?: string }): Omit<R, 'directoryId'> {
  const { directoryId: _known, ...rest } = resource;
  return rest;
}
