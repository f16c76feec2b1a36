/** Intervals of membership as somebody finds them who reads every event from the first to the last. */
import { memberId, type RecordedEvent } from '@app/directory';

interface Plain {
  groupId: string;
  memberId: string;
  came: number;
  went: number | null;
}

/** By when they began. Of somebody concealed nothing is told, and so nothing is here. */
export function everyInterval(events: readonly RecordedEvent[]): Plain[] {
  const all: Plain[] = [];
  const end = (position: number, ends: (one: Plain) => boolean): void => {
    for (const one of all) if (one.went === null && ends(one)) one.went = position;
  };
  for (const event of events) {
    const { position } = event;
    if (event.type === 'MembershipChanged' || event.type === 'MembershipRestated') {
      const { group, member } = event.data;
      const ids = { groupId: group.id, memberId: memberId(member) };
      const isEnd = event.type === 'MembershipChanged' && event.data.change === 'removed';
      if (isEnd) end(position, (one) => one.groupId === ids.groupId && one.memberId === ids.memberId);
      else if (member.type === 'Group' || !member.user.concealed)
        all.push({ ...ids, came: position, went: null });
    }
    if (event.type === 'UserDeleted' || (event.type === 'UserDeactivated' && event.data.user.concealed))
      end(position, (one) => one.memberId === event.data.user.id);
    if (event.type === 'GroupDeleted')
      end(position, ({ groupId, memberId: id }) => [groupId, id].includes(event.data.group.id));
  }
  return all;
}
