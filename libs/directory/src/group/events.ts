import type { Attributes } from '@app/scim';
import type { Group, User } from '../state.js';

/** A member as it was when the membership changed: a person, or a group inside the group. */
export type Member = { type: 'User'; user: User } | { type: 'Group'; group: Group };

export interface MembershipChange {
  change: 'added' | 'removed';
  group: Group;
  member: Member;
  /** It ended with its group, whose own deletion is all that consumers are told: to them that says it of every member. */
  because?: 'group_deleted';
}

export type GroupEvent =
  | { type: 'GroupCreated'; data: { group: Group } }
  | { type: 'GroupChanged'; data: { group: Group }; previous: Attributes }
  | { type: 'GroupDeleted'; data: { group: Group } }
  | { type: 'MembershipChanged'; data: MembershipChange }
  /** Nothing changed: the membership was there all along, and is told again about somebody who was concealed. */
  | { type: 'MembershipRestated'; data: { group: Group; member: Member } };

export function memberId(member: Member): string {
  return member.type === 'User' ? member.user.id : member.group.id;
}
