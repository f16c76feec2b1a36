/** What exists at some place in the log, told as if it had just come to be. */
import type { DomainEventType, RecordedEvent } from './recorded.js';
import type { Group, User } from './state.js';

/** Everything that exists for consumers began with an event of one of these types; the last such one of its own is it. */
export const BEGINNINGS: readonly DomainEventType[] = [
  'DirectoryActivated',
  'UserCreated',
  'UserReactivated',
  'GroupCreated',
  'MembershipChanged',
  'MembershipRestated',
];

/** The last that the log says up to some place. A membership is known by `membershipKey`, everything else by its id. */
export interface LastWords {
  /** The position at which a person or membership last began. */
  began: ReadonlyMap<string, number>;
  /** The last event that holds the state of a person or group. */
  states: ReadonlyMap<string, RecordedEvent>;
  /** The last event that is about a group itself: memberships restate the state of their group, and have ids of their own. */
  naming: ReadonlyMap<string, RecordedEvent>;
  /** The memberships whose last word is `added`. */
  memberships: ReadonlySet<string>;
  deletedDirectories: ReadonlySet<string>;
}

export function membershipKey(groupId: string, memberId: string): string {
  return `${groupId} ${memberId}`;
}

/**
 * @param beginning an event of one of the types in `BEGINNINGS`.
 * @returns the event that tells what began with it as it is by the last words: in created form, marked as a snapshot, with
 * the id of the event that last spoke of it. It keeps its own position, so that whatever it needs to be told before is
 * before it. Undefined when that thing is gone, is concealed, or began anew later.
 */
export function toldAsItIs(beginning: RecordedEvent, words: LastWords): RecordedEvent | undefined {
  const [subject = '', member = ''] = beginning.subjects;
  if (words.deletedDirectories.has(beginning.directoryId)) return undefined;
  switch (beginning.type) {
    case 'DirectoryActivated':
      return { ...beginning, snapshot: true };
    case 'UserCreated':
    case 'UserReactivated': {
      const user = livingPerson(subject, words);
      if (!user || words.began.get(subject) !== beginning.position) return undefined;
      return { ...standing(beginning, words.states.get(subject)!), type: 'UserCreated', data: { user } };
    }
    case 'GroupCreated': {
      const group = livingGroup(subject, words);
      if (!group) return undefined;
      return { ...standing(beginning, words.naming.get(subject)!), type: 'GroupCreated', data: { group } };
    }
    case 'MembershipChanged':
    case 'MembershipRestated': {
      const key = membershipKey(subject, member);
      const [group, user] = [livingGroup(subject, words), livingPerson(member, words)];
      if (!group || !user || !words.memberships.has(key)) return undefined;
      if (words.began.get(key) !== beginning.position) return undefined;
      // Of somebody who has just come back it is restated by what follows, and not told before that.
      if (beginning.position < (words.began.get(member) ?? Infinity)) return undefined;
      const data = { change: 'added' as const, group, member: { type: 'User' as const, user } };
      return { ...standing(beginning, beginning), type: 'MembershipChanged', data };
    }
    default:
      return undefined;
  }
}

function standing(beginning: RecordedEvent, said: RecordedEvent) {
  const { position, directoryId, organizationId, subjects } = beginning;
  const { id, sequence, requestId, occurredAt } = said;
  return {
    ...{ position, directoryId, organizationId, subjects, id, sequence, requestId, occurredAt },
    snapshot: true as const,
  };
}

/** A person whom consumers know of. */
function livingPerson(id: string, { states }: LastWords): User | undefined {
  const last = states.get(id);
  switch (last?.type) {
    case 'UserCreated':
    case 'UserProfileChanged':
    case 'UserRemapped':
    case 'UserRolesChanged':
    case 'UserAdopted':
    case 'UserCredentialChanged':
    case 'UserDeactivated':
    case 'UserPurgeScheduled':
    case 'UserReactivated':
      return last.data.user.concealed ? undefined : last.data.user;
    default:
      return undefined;
  }
}

function livingGroup(id: string, { states }: LastWords): Group | undefined {
  const last = states.get(id);
  switch (last?.type) {
    case 'GroupCreated':
    case 'GroupChanged':
    case 'MembershipChanged':
      return last.data.group;
    default:
      return undefined;
  }
}
