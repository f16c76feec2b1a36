import { describe, expect, it } from '@jest/globals';
import type { DestinationFacts, RecordedEvent } from '@app/directory';
import fc from 'fast-check';
import { concerns, namesType, whereToLook, type DestinationFilter } from './filter.js';
import { created, given } from './testing/events.js';

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
          const destination = { id: 'we_1', organizationId: own, filter: { ...filter } };
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
    expect(concerns({ id: 'we_1', organizationId: null, filter }, event('org_1', 'directory_1'))).toBe(
      expected,
    );
  });
});

describe('where the log is looked at for a destination', () => {
  it('is exactly where what directories tell concerns it, and what was asked for', () => {
    const own = fc.option(name, { nil: null });
    fc.assert(
      fc.property(
        fc.record({
          own,
          organizations: list,
          directories: list,
          asked: list,
          organization: name,
          directory: name,
        }),
        ({ own, organizations, directories, asked, organization, directory }) => {
          const filter = {
            ...(organizations && { organization_ids: organizations }),
            ...(directories && { directory_ids: directories }),
          };
          const place = { id: 'we_1', organizationId: own, filter };
          const looked = whereToLook(place, asked ? { directoryIds: asked } : {});
          const found =
            (looked.organizationId ?? organization) === organization &&
            (looked.organizationIds?.includes(organization) ?? true) &&
            (looked.directoryIds?.includes(directory) ?? true);
          const wanted = concerns(place, event(organization, directory));
          expect(found).toBe(wanted && (asked?.includes(directory) ?? true));
        },
      ),
    );
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

const facts: DestinationFacts = {
  id: 'we_1',
  organizationId: 'org_1',
  protocol: 'webhook',
  endpointHost: 'hooks.example.com',
  state: 'enabled',
};
const recovered = (organizationId: string | null): RecordedEvent => ({
  ...given({
    type: 'DestinationRecovered',
    data: { destination: { ...facts, organizationId }, since: '2026-01-05T12:00:00.000Z' },
  }),
  directoryId: organizationId === null ? 'operations' : `operations_${organizationId}`,
  organizationId: organizationId ?? '',
});

const destination = (id: string, organizationId: string | null, filter = {}) => ({
  id,
  organizationId,
  filter,
});

describe('what is told of a destination', () => {
  it.each<[string, ReturnType<typeof destination>, RecordedEvent, boolean]>([
    ['another one of its organization', destination('we_2', 'org_1'), recovered('org_1'), true],
    ['one that hears of every organization', destination('we_2', null), recovered('org_1'), true],
    ['itself', destination('we_1', 'org_1'), recovered('org_1'), false],
    ['one of another organization', destination('we_2', 'org_2'), recovered('org_1'), false],
    ['one of some organization, of one of all', destination('we_2', 'org_1'), recovered(null), false],
    ['one that hears of every organization, of one of all', destination('we_2', null), recovered(null), true],
    [
      'one that hears of some directories only',
      destination('we_2', null, { directory_ids: ['directory_1'] }),
      recovered('org_1'),
      true,
    ],
    [
      'one that hears of other organizations only',
      destination('we_2', null, { organization_ids: ['org_2'] }),
      recovered('org_1'),
      false,
    ],
  ])('concerns %s', (_, to, event, expected) => {
    expect(concerns(to, event)).toBe(expected);
  });

  it('does not change what directories tell whom', () => {
    expect(concerns(destination('we_1', null, { directory_ids: ['directory_other'] }), created)).toBe(false);
    expect(concerns(destination('we_1', created.organizationId), created)).toBe(true);
  });
});

describe('what is told of an organization', () => {
  const deleted: RecordedEvent = {
    ...given({
      type: 'OrganizationDomainDeleted',
      data: {
        domain: {
          ...{ id: 'org_domain_1', organizationId: 'org_1', domain: 'example.com' },
          ...{ state: 'verified', strategy: 'manual', token: 'x', prefix: 'y', created: '', updated: '' },
        },
      },
    }),
    ...{ directoryId: 'operations_org_1', organizationId: 'org_1' },
  };

  it.each<[string, ReturnType<typeof destination>, boolean]>([
    ['one of the organization', destination('we_1', 'org_1'), true],
    ['one that hears of every organization', destination('we_1', null), true],
    ['one of some directories', destination('we_1', null, { directory_ids: ['directory_1'] }), true],
    ['one of another organization', destination('we_1', 'org_2'), false],
    ['one of other organizations', destination('we_1', null, { organization_ids: ['org_2'] }), false],
  ])('concerns %s', (_, to, expected) => {
    expect(concerns(to, deleted)).toBe(expected);
  });

  it.each<[string[], boolean]>([
    [['*'], false],
    [['dsync.*'], false],
    [['organization.*'], false],
    [['organization_domain.*'], true],
    [['organization_domain.deleted'], true],
  ])('%j names organization_domain.deleted: %s', (wanted, expected) => {
    expect(namesType(wanted, 'organization_domain.deleted')).toBe(expected);
  });
});

describe('names of what is told of destinations', () => {
  it.each<[string[], string, boolean]>([
    [['*'], 'dsync.user.created', true],
    [['dsync.*'], 'dsync.user.created', true],
    [['dsync.user.created'], 'dsync.user.created', true],
    [['dsync.group.*'], 'dsync.user.created', false],
    [[], 'dsync.user.created', false],
    [['*'], 'destination.failing', false],
    [['dsync.*', '*'], 'destination.failing', false],
    [['destination.*'], 'destination.failing', true],
    [['destination.failing'], 'destination.failing', true],
    [['destination.failing'], 'destination.recovered', false],
  ])('%j names %s: %s', (wanted, type, expected) => {
    expect(namesType(wanted, type)).toBe(expected);
  });
});
