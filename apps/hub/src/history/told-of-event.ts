/** What an event says happened, for people who read a timeline: in names and old and new values. */
import {
  memberId,
  publishedType,
  type Group,
  type Member,
  type RecordedEvent,
  type User,
} from '@app/directory';

export interface Change {
  attribute: string;
  from: unknown;
  to: unknown;
}

export interface Named {
  type: 'user' | 'group';
  id: string;
  name: unknown;
}

export interface Told {
  /** As consumers were told; null: they have no word for it, or did not know of the person. */
  event: string | null;
  cause: string;
  changes: Change[];
  /** Of a membership. */
  membership: {
    change: 'added' | 'removed' | 'restated';
    group: Named;
    member: Named;
    because: string | null;
  } | null;
}

export function toldOf(event: RecordedEvent): Told {
  return {
    event: publishedType(event) ?? null,
    cause: event.type,
    changes: changesOf(event),
    membership: membershipOf(event),
  };
}

export function namedGroup({ id, attributes }: Group): Named {
  return { type: 'group', id, name: attributes['displayName'] ?? null };
}

export function namedMember(member: Member): Named {
  if (member.type === 'Group') return namedGroup(member.group);
  return namedUser(member.user);
}

function namedUser({ id, attributes }: User): Named {
  return { type: 'user', id, name: attributes['userName'] ?? null };
}

function membershipOf(event: RecordedEvent): Told['membership'] {
  if (event.type !== 'MembershipChanged' && event.type !== 'MembershipRestated') return null;
  const { group, member } = event.data;
  return {
    change: event.type === 'MembershipRestated' ? 'restated' : event.data.change,
    group: namedGroup(group),
    member: { ...namedMember(member), id: memberId(member) },
    because: event.type === 'MembershipChanged' ? (event.data.because ?? null) : null,
  };
}

function changesOf(event: RecordedEvent): Change[] {
  const changes: Change[] = [];
  const add = (attribute: string, from: unknown, to: unknown): void =>
    void changes.push({ attribute, from: from ?? null, to: to ?? null });
  if ('previous' in event && event.previous && 'data' in event) {
    const now = 'user' in event.data ? event.data.user : 'group' in event.data ? event.data.group : undefined;
    for (const [name, before] of Object.entries(event.previous)) add(name, before, now?.attributes[name]);
  }
  if ('before' in event.data && event.data.before && 'user' in event.data) {
    const { before, user } = event.data;
    if (before.roles !== undefined) add('roles', before.roles, user.roles ?? []);
    if (before.origin !== undefined) add('origin', before.origin, user.origin);
    if (before.custom !== undefined) add('custom_attributes', before.custom, user.custom);
  }
  if (event.type === 'UserPurgeScheduled') add('purge_after', null, event.data.user.purgeAfter);
  return changes;
}
