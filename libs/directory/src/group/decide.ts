/** Names what has to happen so that a group looks as desired, and who comes and goes. */
import { difference, type Attributes } from '@app/scim';
import { changed, changedQuietly, newResource, type Group, type User } from '../state.js';
import type { GroupEvent, Member } from './events.js';

export function decideGroupCreation(id: string, desired: Attributes, now: string): GroupEvent[] {
  return [{ type: 'GroupCreated', data: { group: newResource(id, desired, now) } }];
}

export function decideGroupChange(group: Group, desired: Attributes, now: string): GroupEvent[] {
  const names = difference(group.attributes, desired);
  if (names.length === 0) return [];
  const previous = Object.fromEntries(names.map((name) => [name, group.attributes[name] ?? null]));
  return [{ type: 'GroupChanged', data: { group: changed(group, desired, now) }, previous }];
}

/**
 * Who is in the group is out of it first, one event for each: it may have been what they had their access by.
 * @param members everybody who is in it.
 */
export function decideGroupDeletion(group: Group, members: Member[]): GroupEvent[] {
  return [
    ...members.map((member): GroupEvent => ({
      type: 'MembershipChanged',
      data: { change: 'removed', group, member, because: 'group_deleted' },
    })),
    { type: 'GroupDeleted', data: { group } },
  ];
}

export interface Comings {
  /** Members that are to be in the group and are not, in the order of the request. */
  added: Member[];
  /** Members that are in the group and are not to be. */
  removed: Member[];
}

/**
 * One event per member and group. All that one request does to a group shares one new version of the group, which is the same
 * group to consumers: who is in it is no part of theirs.
 */
export function decideMembership(group: Group, { added, removed }: Comings, now: string): GroupEvent[] {
  if (added.length === 0 && removed.length === 0) return [];
  const after = changedQuietly(group, now);
  const event =
    (change: 'added' | 'removed') =>
    (member: Member): GroupEvent => ({
      type: 'MembershipChanged',
      data: { change, group: after, member },
    });
  return [...removed.map(event('removed')), ...added.map(event('added'))];
}

/** For a person whom consumers did not know of until now: each group that they are in directly, as it is. */
export function decideRestatement(user: User, groups: Group[]): GroupEvent[] {
  return groups.map((group) => ({
    type: 'MembershipRestated',
    data: { group, member: { type: 'User', user } },
  }));
}
