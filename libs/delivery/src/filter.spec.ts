import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concerns, namesType, type DestinationFilter } from './filter.js';
import { created } from './testing/events.js';

const event = (organizationId: string, directoryId: string): typeof created => ({
  ...created,
  organizationId,
  directoryId,
});
const name = fc.constantFrom('one', 'two', 'three');
const list = fc.option(fc.array(fc.oneof(name, fc.constant('*')), { maxLength: 3 }), { nil: undefined });

describe('what concerns a destination', () => {
  it('is never an event of another organization, whatever the filter says', () => {
    fc.assert(
      fc.property(
        name,
        name,
        name,
        list,
        list,
        (own, organization, directory, organizations, directories) => {
          const filter: DestinationFilter = {
            ...(organizations ? { organization_ids: organizations } : {}),
            ...(directories ? { directory_ids: directories } : {}),
          };
          const destination = { organizationId: own, filter: { ...filter } };
          if (concerns(destination, event(organization, directory))) expect(organization).toBe(own);
        },
      ),
    );
  });

  it.each([
    [{}, true],
    [{ organization_ids: ['*'], directory_ids: ['*'] }, true],
    [{ organization_ids: ['org_1'] }, true],
    [{ organization_ids: ['org_2', 'org_1'] }, true],
    [{ organization_ids: ['org_2'] }, false],
    [{ directory_ids: ['directory_1'] }, true],
    [{ directory_ids: ['directory_2'] }, false],
    [{ directory_ids: [] }, false],
    [{ organization_ids: ['org_1'], directory_ids: ['directory_2'] }, false],
  ])('with the filter %j: %s', (filter, expected) => {
    expect(concerns({ organizationId: null, filter }, event('org_1', 'directory_1'))).toBe(expected);
  });
});

describe('names of event types', () => {
  it.each([
    [['*'], true],
    [['dsync.user.created'], true],
    [['dsync.user.*'], true],
    [['dsync.*'], true],
    [['dsync.group.*'], false],
    [['dsync.user'], false],
    [['dsync.user.created.*'], false],
    [['dsync.us.*'], false],
    [[], false],
  ])('%j names dsync.user.created: %s', (wanted, expected) => {
    expect(namesType(wanted, 'dsync.user.created')).toBe(expected);
  });
});
