import type { Group } from '../state.js';
import { memberId, type GroupEvent, type Member } from './events.js';

/** The one definition of what an event does to a group: to decide on, to store, and to rebuild from. */
export function evolveGroup(group: Group | undefined, event: GroupEvent): Group | undefined {
  if (event.type === 'GroupCreated') return event.data.group;
  if (!group)
    throw new Error(`${event.type} of ${event.data.group.id} came before GroupCreated: the log is damaged`);
  switch (event.type) {
    case 'GroupChanged':
    case 'MembershipChanged':
      return event.data.group;
    case 'MembershipRestated':
      return group;
    case 'GroupDeleted':
      return undefined;
  }
}

/** Who is in the group after the event, given who was before. */
export function evolveMembers(
  members: ReadonlyMap<string, Member['type']>,
  event: GroupEvent,
): Map<string, Member['type']> {
  const after = new Map(members);
  if (event.type !== 'MembershipChanged') return after;
  if (event.data.change === 'added') after.set(memberId(event.data.member), event.data.member.type);
  else after.delete(memberId(event.data.member));
  return after;
}
