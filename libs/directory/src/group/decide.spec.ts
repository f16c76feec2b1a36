import { describe, expect, it } from '@jest/globals';
import { group as given, MORNING, NOON, person } from '../testing/history.js';
import { decideUserCreation } from '../user/decide.js';
import { decideGroupChange, decideGroupCreation, decideGroupDeletion, decideMembership } from './decide.js';
import type { GroupEvent, Member } from './events.js';
import { evolveGroup, evolveMembers } from './evolve.js';

const attributes = { displayName: 'Engineers', externalId: 'e-1' };
const [engineers] = decideGroupCreation('directory_group_1', attributes, MORNING);
const human = (id: string): Member => ({
  type: 'User',
  user: person(...decideUserCreation(id, { userName: id }, MORNING)),
});
const team: Member = { type: 'Group', group: { ...given(engineers!), id: 'directory_group_2' } };

describe('a change of a group', () => {
  it('says nothing when nothing changed', () => {
    expect(decideGroupChange(given(engineers!), { ...attributes }, NOON)).toEqual([]);
  });

  it('says what it was called before', () => {
    const events = decideGroupChange(given(engineers!), { displayName: 'Builders', nick: 'b' }, NOON);
    expect(events).toEqual([
      {
        type: 'GroupChanged',
        data: {
          group: {
            id: 'directory_group_1',
            attributes: { displayName: 'Builders', nick: 'b' },
            version: 2,
            created: MORNING,
            lastModified: NOON,
          },
        },
        previous: { displayName: 'Engineers', externalId: 'e-1', nick: null },
      },
    ]);
  });
});

describe('who is in a group', () => {
  it('says one event for each who goes and each who comes, in this order, and one new version for all', () => {
    const events = decideMembership(
      given(engineers!),
      { added: [human('c'), team], removed: [human('a'), human('b')] },
      NOON,
    );
    // Consumers know the same group as before: who is in it is no part of theirs.
    const after = { ...given(engineers!), version: 2, lastModified: NOON, told: MORNING };
    expect(events).toEqual(
      [
        { change: 'removed', group: after, member: human('a') },
        { change: 'removed', group: after, member: human('b') },
        { change: 'added', group: after, member: human('c') },
        { change: 'added', group: after, member: team },
      ].map((data) => ({ type: 'MembershipChanged', data })),
    );
  });

  it('says nothing when nobody comes or goes', () => {
    expect(decideMembership(given(engineers!), { added: [], removed: [] }, NOON)).toEqual([]);
  });

  it('has a later version than the change of name in the same request', () => {
    const group = given(engineers!);
    const renamed = given(engineers!, ...decideGroupChange(group, { displayName: 'Builders' }, MORNING));
    const [event] = decideMembership(renamed, { added: [human('a')], removed: [] }, MORNING);
    expect(event?.data.group).toEqual({
      ...renamed,
      version: 3,
      lastModified: '2030-01-01T08:00:00.002Z',
      told: renamed.lastModified,
    });
  });

  it('follows from the events alone', () => {
    const before = new Map<string, Member['type']>([
      ['a', 'User'],
      ['z', 'User'],
    ]);
    const events = decideMembership(
      given(engineers!),
      { added: [human('b'), team], removed: [human('a')] },
      NOON,
    );
    const after = events.reduce<Map<string, Member['type']>>(evolveMembers, before);
    expect([...after].sort()).toEqual([
      ['b', 'User'],
      ['directory_group_2', 'Group'],
      ['z', 'User'],
    ]);
    expect([...before.keys()]).toEqual(['a', 'z']);
  });

  it('does not change with the name of the group', () => {
    const before = new Map<string, Member['type']>([['a', 'User']]);
    const [renamed] = decideGroupChange(given(engineers!), { displayName: 'Builders' }, NOON);
    expect(evolveMembers(before, renamed!)).toEqual(before);
  });
});

describe('the deletion of a group', () => {
  const group = given(engineers!);

  it('is one event where nobody was in it', () => {
    const events = decideGroupDeletion(group, []);
    expect(events).toEqual([{ type: 'GroupDeleted', data: { group } }]);
    expect(events.reduce<typeof group | undefined>(evolveGroup, group)).toBeUndefined();
  });

  it('comes after the end of every membership, each an event that says why', () => {
    const events = decideGroupDeletion(group, [human('a'), team]);
    const ended = { change: 'removed', group, because: 'group_deleted' };
    expect(events).toEqual([
      { type: 'MembershipChanged', data: { ...ended, member: human('a') } },
      { type: 'MembershipChanged', data: { ...ended, member: team } },
      { type: 'GroupDeleted', data: { group } },
    ]);
    expect(events.reduce<typeof group | undefined>(evolveGroup, group)).toBeUndefined();
    const before = new Map<string, Member['type']>([
      ['a', 'User'],
      ['directory_group_2', 'Group'],
    ]);
    expect(events.reduce<Map<string, Member['type']>>(evolveMembers, before).size).toBe(0);
  });
});

describe('a damaged log', () => {
  const group = given(engineers!);
  it.each<GroupEvent>([
    { type: 'GroupChanged', data: { group }, previous: {} },
    { type: 'MembershipChanged', data: { change: 'added', group, member: human('a') } },
    { type: 'GroupDeleted', data: { group } },
  ])('is refused: $type of a group that was never created', (event) => {
    expect(() => evolveGroup(undefined, event)).toThrow(
      `${event.type} of directory_group_1 came before GroupCreated: the log is damaged`,
    );
  });
});
