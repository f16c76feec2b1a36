import { describe, expect, it } from '@jest/globals';
import type { PublishedEvent, PublishedType } from '@app/directory';
import { EVERYTHING, feedOf, isWithin, type FeedFilter, type FeedScope } from './feed-scope.js';

const types = (...names: PublishedType[]): ReadonlySet<PublishedType> => new Set(names);
const scope = (limits: Partial<FeedScope>): FeedScope => ({ ...EVERYTHING, ...limits });
const told = (event: PublishedType): PublishedEvent => ({ event }) as PublishedEvent;
const trace = {
  position: 1,
  organizationId: 'org_1',
  directoryId: 'directory_1',
  type: 'UserCreated',
  subjects: ['directory_user_1'],
};

describe('a feed', () => {
  it('without a limit reads all that directories tell, and nothing of destinations', () => {
    const feed = feedOf({}, EVERYTHING);
    expect(feed.selection).toEqual({});
    expect(feed.wants(told('dsync.user.created'))).toBe(true);
    expect(feed.wants(told('destination.failing'))).toBe(false);
    expect(
      feedOf({ types: types('destination.failing') }, EVERYTHING).wants(told('destination.failing')),
    ).toBe(true);
  });

  it('has the limits of the scope beside those of the filter', () => {
    const feed = feedOf(
      { directoryIds: ['directory_2'], causes: ['UserCreated', 'GroupCreated'] },
      scope({ organizationId: 'org_1', types: types('dsync.user.created') }),
    );
    expect(feed.selection).toEqual({
      types: ['UserCreated'],
      organizationIds: ['org_1'],
      directoryIds: ['directory_2'],
    });
    expect(feed.wants(told('dsync.user.updated'))).toBe(false);
  });

  it.each<[FeedFilter, Partial<FeedScope>]>([
    [{ organizationId: 'org_2' }, { organizationId: 'org_1' }],
    [{ directoryIds: ['directory_1', 'directory_2'] }, { directoryId: 'directory_1' }],
    [{ types: types('dsync.deleted') }, { types: types('dsync.activated') }],
  ])('of %o is refused to a token of %o', (filter, limits) => {
    expect(() => feedOf(filter, scope(limits))).toThrow(
      expect.objectContaining({ status: 403, code: 'outside_scope' }),
    );
  });

  it.each<[FeedFilter, Partial<FeedScope>, boolean]>([
    [{}, {}, true],
    [{ types: types('dsync.user.created') }, {}, true],
    [{ types: types('dsync.group.created') }, {}, false],
    [{ causes: ['UserCreated'] }, {}, true],
    [{ causes: ['UserDeleted'] }, {}, false],
    [{ subjects: ['directory_user_1', 'x'] }, {}, true],
    [{ subjects: ['x'] }, {}, false],
    [{ directoryIds: ['directory_1'] }, { organizationId: 'org_1' }, true],
    [{ directoryIds: ['directory_2'] }, {}, false],
    [{ organizationId: 'org_2' }, {}, false],
    [{}, { organizationId: 'org_2' }, false],
    [{}, { directoryId: 'directory_2' }, false],
  ])('of %o under %o is concerned by somebody who comes: %p', (filter, limits, expected) => {
    expect(feedOf(filter, scope(limits)).concerns(trace)).toBe(expected);
  });
});

describe('what a consumer reads', () => {
  const organization = scope({ organizationId: 'org_1' });
  const directory = scope({ organizationId: 'org_1', directoryId: 'directory_1' });
  const created = scope({ types: types('dsync.user.created') });
  it.each<[string, FeedFilter, FeedScope, boolean]>([
    ['everything', {}, EVERYTHING, true],
    ['everything', {}, organization, false],
    ['the organization', { organizationId: 'org_1' }, organization, true],
    ['another organization', { organizationId: 'org_2' }, organization, false],
    ['a directory of nobody knows which', { directoryIds: ['directory_1'] }, organization, false],
    ['the directory', { directoryIds: ['directory_1'] }, directory, true],
    ['the directory and another', { directoryIds: ['directory_1', 'directory_2'] }, directory, false],
    ['the organization of the directory', { organizationId: 'org_1' }, directory, false],
    ['the types', { types: types('dsync.user.created') }, created, true],
    ['all types', {}, created, false],
    ['more types', { types: types('dsync.user.created', 'dsync.deleted') }, created, false],
  ])('%s is within its token: %#', (_what, filter, limits, expected) => {
    expect(isWithin(filter, limits)).toBe(expected);
  });
});
