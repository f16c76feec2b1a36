/** Events of people, groups and memberships as fast-check imagines them, as the log would give them back. */
import type { Attributes } from '@app/scim';
import fc from 'fast-check';
import { decideUserChange, decideUserCreation, decideUserDeletion } from '../user/decide.js';
import { evolveUser } from '../user/evolve.js';
import { decideGroupChange, decideGroupCreation, decideGroupDeletion } from '../group/decide.js';
import { evolveGroup } from '../group/evolve.js';
import { subjectsOf, type DomainEvent, type RecordedEvent } from '../recorded.js';
import type { Group, User } from '../state.js';
import { groupAttributes, MORNING, NOON, userAttributes } from './history.js';

const USER_ID = 'directory_user_01HZX3V5J8W3Z0YQK9T4R7M2NA';
const GROUP_ID = 'directory_group_01HZX3V5J8W3Z0YQK9T4R7M2NB';

/** @param people what people look like, @param groups what groups look like. */
export function anyEvent(people = userAttributes, groups = groupAttributes): fc.Arbitrary<RecordedEvent> {
  const happened = fc.oneof(
    fc.tuple(people, people).map(([before, after]) => ofPerson(before, after)),
    fc.tuple(groups, groups).map(([before, after]) => ofGroup(before, after)),
    fc.tuple(people, groups, fc.constantFrom('added' as const, 'removed' as const)).map(memberships),
  );
  return fc
    .tuple(happened, fc.nat(), fc.integer({ min: 1, max: 1_000_000 }))
    .map(([events, which, position]) => inTheLog(events[which % events.length]!, position));
}

function ofPerson(before: Attributes, after: Attributes): DomainEvent[] {
  const made = decideUserCreation(USER_ID, before, MORNING);
  const user = made.reduce<User | undefined>(evolveUser, undefined)!;
  return [...made, ...decideUserChange(user, after, NOON), ...decideUserDeletion(user, NOON)];
}

function ofGroup(before: Attributes, after: Attributes): DomainEvent[] {
  const made = decideGroupCreation(GROUP_ID, before, MORNING);
  const group = made.reduce<Group | undefined>(evolveGroup, undefined)!;
  return [...made, ...decideGroupChange(group, after, NOON), ...decideGroupDeletion(group, [])];
}

function memberships([person, group, change]: [Attributes, Attributes, 'added' | 'removed']): DomainEvent[] {
  const [first] = ofPerson(person, person);
  const [second] = ofGroup(group, group);
  if (first?.type !== 'UserCreated' || second?.type !== 'GroupCreated')
    throw new Error('a story begins with a creation');
  const member = { type: 'User' as const, user: first.data.user };
  return [{ type: 'MembershipChanged', data: { change, group: second.data.group, member } }];
}

function inTheLog(event: DomainEvent, position: number): RecordedEvent {
  return {
    ...event,
    position,
    id: `event_01KE7M${String(position).padStart(20, '0')}`,
    directoryId: 'directory_01HZX3V5J8W3Z0YQK9T4R7M2ND',
    organizationId: 'org_01HZX3V5J8W3Z0YQK9T4R7M2NE',
    sequence: position,
    requestId: 'req_01HZX3V5J8W3Z0YQK9T4R7M2NF',
    occurredAt: NOON,
    subjects: subjectsOf(event),
  };
}
