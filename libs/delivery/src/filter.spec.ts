import { describe, expect, it } from '@jest/globals';
import type { DestinationFacts, RecordedEvent } from '@app/directory';
import { concerns, namesType } from './filter.js';
import { created, given } from './testing/events.js';

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

describe('a list of wanted types', () => {
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
