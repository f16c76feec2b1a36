/** Who comes and who goes by an event, in the picture that consumers have: the part of their state that lists are made of. */
import { memberId } from './group/events.js';
import { publishedType } from './published.js';
import type { DomainEventType, RecordedEvent } from './recorded.js';

export type Existence =
  | { thing: 'user' | 'group'; id: string; change: 'came' | 'went' }
  | { thing: 'membership'; groupId: string; memberId: string; change: 'came' | 'went' }
  /** Everybody goes with it. */
  | { thing: 'directory'; change: 'went' };

/** No event of another type lets anybody come or go. */
export const EXISTENCE_TYPES: readonly DomainEventType[] = [
  'UserCreated',
  'UserReactivated',
  'UserDeactivated',
  'UserDeleted',
  'GroupCreated',
  'GroupDeleted',
  'MembershipChanged',
  'MembershipRestated',
  'DirectoryDeleted',
];

/**
 * Nobody concealed ever comes, and groups inside groups are nobody's members here. The memberships of a person or group end with
 * them, whether or not the log says so of each.
 * @returns undefined when everybody stays who is there.
 */
export function existenceOf(event: RecordedEvent): Existence | undefined {
  if (event.type === 'MembershipChanged' || event.type === 'MembershipRestated') return membershipOf(event);
  const [id = ''] = event.subjects;
  switch (publishedType(event)) {
    case 'dsync.user.created':
      return { thing: 'user', id, change: 'came' };
    case 'dsync.user.deleted':
      return { thing: 'user', id, change: 'went' };
    case 'dsync.group.created':
      return { thing: 'group', id, change: 'came' };
    case 'dsync.group.deleted':
      return { thing: 'group', id, change: 'went' };
    case 'dsync.deleted':
      return { thing: 'directory', change: 'went' };
    default:
      return undefined;
  }
}

type Membership = Extract<RecordedEvent, { type: 'MembershipChanged' | 'MembershipRestated' }>;

function membershipOf({ type, data }: Membership): Existence | undefined {
  if (data.member.type === 'Group' || data.member.user.concealed) return undefined;
  const went = type === 'MembershipChanged' && data.change === 'removed';
  const ids = { groupId: data.group.id, memberId: memberId(data.member) };
  return { thing: 'membership', ...ids, change: went ? 'went' : 'came' };
}
