/** Tokens byte by byte: what the specifications print, and what a deterministic signature makes of it. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signatureOf, signWithTestKey } from '../../testing/tokens.js';
import { securityEvent, SET_TYPE } from './security-event-token.js';

const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked';

describe('a security event token', () => {
  it('is the same, byte for byte, whenever the same facts are signed with the same EdDSA key', async () => {
    const { claims } = securityEvent({
      issuer: 'https://hub.example.com',
      jti: '24c63fb56e5a2d77a6b512616ca9fa24',
      at: new Date(1_615_305_159_000),
      audience: ['https://app.example.com/ssf'],
      txn: '8675309',
      subject: { format: 'email', email: 'jane@example.com' },
      eventType: SESSION_REVOKED,
      payload: {
        event_timestamp: 1_615_304_991,
        initiating_entity: 'admin',
        reason_admin: { en: 'SCIM active=false' },
      },
    });
    const token = await signWithTestKey(claims, SET_TYPE);
    expect(signatureOf(token)).toBe(
      'JhLGImJ7g0a4hCnCh0CPkIefMzZxY_8FIPwE8uzjMPEmNjMesfEuKuxWCYMdoB4UkUU7S7rjebphSQhplh_PBQ',
    );
    expect(createHash('sha256').update(token).digest('hex')).toBe(
      '3498968dd66b796d79f26b708f93ac934e72fff4980506cdfc70a5ebf3985c17',
    );
  });

  it('has the form of the examples of RISC: one audience, a subject of issuer and name, one event', () => {
    const { claims } = securityEvent({
      issuer: 'https://idp.example.com/',
      jti: '756E69717565206964656E746966696572',
      at: new Date(1_508_184_845_000),
      audience: '636C69656E745F6964',
      subject: { format: 'iss_sub', iss: 'https://idp.example.com/', sub: '7375626A656374' },
      eventType: 'https://schemas.openid.net/secevent/risc/event-type/account-disabled',
      payload: { reason: 'hijacking' },
    });
    expect(JSON.stringify(claims)).toBe(
      JSON.stringify({
        iss: 'https://idp.example.com/',
        jti: '756E69717565206964656E746966696572',
        iat: 1_508_184_845,
        aud: '636C69656E745F6964',
        sub_id: { format: 'iss_sub', iss: 'https://idp.example.com/', sub: '7375626A656374' },
        events: {
          'https://schemas.openid.net/secevent/risc/event-type/account-disabled': { reason: 'hijacking' },
        },
      }),
    );
  });

  it('has the form of the verification that the framework prints: the subject is the stream', () => {
    const { claims } = securityEvent({
      issuer: 'https://transmitter.example.com',
      jti: '123456',
      at: new Date(1_493_856_000_000),
      audience: ['receiver.example.com'],
      subject: { format: 'opaque', id: 'f67e39a0a4d34d56b3aa1bc4cff0069f' },
      eventType: 'https://schemas.openid.net/secevent/ssf/event-type/verification',
      payload: { state: 'VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo=' },
    });
    expect(claims).toEqual({
      jti: '123456',
      iss: 'https://transmitter.example.com',
      aud: 'receiver.example.com',
      iat: 1_493_856_000,
      sub_id: { format: 'opaque', id: 'f67e39a0a4d34d56b3aa1bc4cff0069f' },
      events: {
        'https://schemas.openid.net/secevent/ssf/event-type/verification': {
          state: 'VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo=',
        },
      },
    });
  });
});
