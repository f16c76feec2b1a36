import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '@app/directory';
import { anyEvent } from '../../directory/src/testing/any-event.js';
import { given, passwordChanged } from '../../delivery/src/testing/events.js';
import { REVOCATION_CAUSES, REVOCATION_PROTOCOLS } from './index.js';

const choosy = REVOCATION_PROTOCOLS.filter(({ hears }) => hears !== undefined);

/** Settings that ask for everything there is. */
const settings = { causes: [...REVOCATION_CAUSES], tells_return: true };

/** Of people also what is no change of attributes. */
const anything: fc.Arbitrary<RecordedEvent> = fc.oneof(
  { weight: 9, arbitrary: anyEvent() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      passwordChanged,
      given({ type: 'DirectoryDeleted', data: { directory: { id: 'directory_1' } } } as never),
      given({ type: 'StreamVerificationRequested', data: { streamId: 'destination_1' } }),
    ),
  },
);

describe('what a protocol hears', () => {
  it('is said by all that do not tell of everything', () => {
    expect(choosy.map(({ name }) => name).sort()).toEqual([
      'back-channel-logout',
      'global-token-revocation',
      'provider-command',
      'signed-call',
    ]);
  });

  it.each(choosy.map((protocol) => [protocol.name, protocol] as const))(
    'of %s has every event that it may want',
    (_name, protocol) => {
      const wanted = new Set<string>();
      fc.assert(
        fc.property(anything, (event) => {
          const groupIds = event.type === 'MembershipChanged' ? [event.data.group.id] : [];
          if (!protocol.wants(event, { settings, eventTypes: [], groupIds } as never)) return;
          wanted.add(event.type);
          expect(protocol.hears).toContain(event.type);
        }),
        { numRuns: 500 },
      );
      expect([...wanted].sort()).toEqual([...protocol.hears!].sort());
    },
  );
});
