import { describe, expect, it } from '@jest/globals';
import { parseSettings } from '@app/delivery';
import { REVOCATION_PROTOCOLS } from './index.js';

const endpoint_url = 'https://app.example.com/end';
const stream = {
  delivery: { method: 'urn:ietf:rfc:8935', endpoint_url },
  audience: 'https://app.example.com',
  events_requested: ['https://schemas.openid.net/secevent/caep/event-type/session-revoked'],
};

/** What the settings need besides the name. */
const NEEDED: Record<string, object> = {
  'shared-signals': stream,
  'back-channel-logout': { endpoint_url, client_id: 's6BhdRkqt3' },
  'provider-command': { endpoint_url, client_id: 's6BhdRkqt3' },
};

describe.each(REVOCATION_PROTOCOLS.map((protocol) => [protocol.name, protocol] as const))(
  'the name by which %s knows people',
  (name, protocol) => {
    const isOpenId = name === 'back-channel-logout' || name === 'provider-command';
    const known = (more: object): string | undefined =>
      protocol.knownBy!(parseSettings(protocol, { ...(NEEDED[name] ?? { endpoint_url }), ...more }));
    const by = (attribute: string): object =>
      isOpenId ? { subject_attribute: attribute } : { subject: { format: 'opaque', attribute } };

    it.each(['externalId', 'userName', 'email'])('is %s where the settings say so', (attribute) => {
      expect(known(by(attribute))).toBe(attribute);
    });

    it('is none where it is the id, which nobody gets twice', () => {
      expect(known(by('id'))).toBeUndefined();
    });

    if (!isOpenId)
      it('is the email where the format says so', () => {
        expect(known({ subject: { format: 'email' } })).toBe('email');
      });
  },
);
