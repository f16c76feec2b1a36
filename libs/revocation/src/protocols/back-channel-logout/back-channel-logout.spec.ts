import { describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { InvalidSettings } from '@app/delivery';
import {
  ada,
  admins,
  concealed,
  created,
  deactivated,
  deleted,
  deletedNameless,
  given,
  groupCreated,
  joined,
  passwordChanged,
  purgeScheduled,
  reactivated,
  removed,
  renamed,
} from '../../../../delivery/src/testing/events.js';
import { describeProtocol } from '../../../../delivery/src/testing/protocol-suite.js';
import {
  at,
  formCallsOf,
  PUBLIC_TEST_KEY,
  saidInForm,
  signatureOf,
  signWithTestKey,
} from '../../testing/tokens.js';
import { backChannelLogout } from './back-channel-logout.protocol.js';

const needed = {
  endpoint_url: 'https://app.example.com/backchannel_logout',
  client_id: 's6BhdRkqt3',
  subject_attribute: 'externalId',
};

describeProtocol(backChannelLogout, {
  settings: needed,
  wanted: [deactivated, concealed, deleted],
  unwanted: [created, renamed, passwordChanged, purgeScheduled, reactivated, groupCreated, joined, removed],
  says: saidInForm('logout_token'),
});

const { settingsOf, composed, tokenIn, claimsOf } = formCallsOf(backChannelLogout, {
  needed,
  field: 'logout_token',
  usual: deactivated,
});

describe('the logout token', () => {
  it('says who speaks, to whom, who is meant, and that it is good for two minutes; nothing else', async () => {
    const request = await composed();
    const iat = Date.UTC(2026, 0, 5, 12) / 1_000;
    expect(decodeProtectedHeader(tokenIn(request))).toEqual({
      typ: 'logout+jwt',
      alg: 'EdDSA',
      kid: 'test-1',
    });
    expect(decodeJwt(tokenIn(request))).toEqual({
      iss: 'https://rollcall.example.com',
      sub: '00u1ada',
      aud: 's6BhdRkqt3',
      iat,
      exp: iat + 120,
      jti: request.jti,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
  });

  it('has no nonce, with which it could be taken for an ID token, and no sid', async () => {
    for (const event of [deactivated, deleted, passwordChanged, removed]) {
      const claims = await claimsOf({}, event);
      expect(claims).not.toHaveProperty('nonce');
      expect(claims).not.toHaveProperty('sid');
    }
  });

  it('is the token of the specification’s example, byte for byte', async () => {
    const person = { ...ada, attributes: { ...ada.attributes, externalId: '248289761001' } };
    const event = given({ type: 'UserDeleted', data: { user: person } });
    const request = await composed(
      { issuer: 'https://server.example.com' },
      event,
      new Date(1_471_566_154_000),
    );
    const { events, ...claims } = decodeJwt(tokenIn(request));
    // The example also names a session, and its id is not by chance.
    const example = { ...claims, jti: 'bWJq', sid: '08a5019c-17e1-4977-8f42-65a12843ea02', events };
    expect(signatureOf(await signWithTestKey(example, 'logout+jwt'))).toBe(
      '0x7F4bI87ow48R-TO8-Tjcewb1FvuVoz6JhgRx3otdHKNZhhsb74w1RHio7S0Ptpc7_Cj8fND9enxAerJdH_CQ',
    );
  });

  it('is verified with the published key, by an application that checks all that the specification asks for', async () => {
    const keys = createLocalJWKSet({ keys: [PUBLIC_TEST_KEY] });
    const { payload } = await jwtVerify(tokenIn(await composed()), keys, {
      issuer: 'https://rollcall.example.com',
      audience: 's6BhdRkqt3',
      typ: 'logout+jwt',
      maxTokenAge: 120,
      requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sub'],
      currentDate: at,
    });
    expect(payload.sub).toBe('00u1ada');
  });

  it('is a new one for each attempt, and its id is in the receipt', async () => {
    const [one, other] = [await composed(), await composed()];
    expect(one.jti).not.toBe(other.jti);
    expect(decodeJwt(tokenIn(one)).jti).toBe(one.jti);
  });

  it.each([
    ['id', ada.id],
    ['externalId', '00u1ada'],
    ['userName', 'ada@example.com'],
    ['email', 'ada@example.com'],
  ])('names the person by %s when the settings say so', async (subject_attribute, sub) => {
    expect((await claimsOf({ subject_attribute })).sub).toBe(sub);
  });

  it('is of the issuer that the application knows', async () => {
    expect((await claimsOf({ issuer: 'https://id.example.com/1' })).iss).toBe('https://id.example.com/1');
  });

  it('cannot name somebody who has no such attribute, and says which', async () => {
    expect(await composed({}, deletedNameless)).toEqual({ impossible: 'the person has no externalId' });
  });
});

describe('what is told', () => {
  it('a changed password, when it is among the causes', () => {
    const wishes = { settings: settingsOf({ causes: ['credential_changed'] }), eventTypes: [] };
    expect(backChannelLogout.wants(passwordChanged, wishes)).toBe(true);
    expect(backChannelLogout.wants(deactivated, wishes)).toBe(false);
  });

  it('the way out of a group that grants the application, and of no other', () => {
    const wishes = { settings: settingsOf({}), eventTypes: [] };
    expect(backChannelLogout.wants(removed, { ...wishes, groupIds: [admins.id] })).toBe(true);
    expect(backChannelLogout.wants(removed, { ...wishes, groupIds: ['directory_group_2'] })).toBe(false);
    expect(backChannelLogout.wants(joined, { ...wishes, groupIds: [admins.id] })).toBe(false);
  });

  it('has in its headers of what it is a part, and its place in the directory', async () => {
    expect((await composed()).headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'rollcall-txn': deactivated.id,
      'rollcall-directory': deactivated.directoryId,
      'rollcall-sequence': '7',
    });
  });
});

describe('its settings', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ endpoint_url: undefined }, 'endpoint_url'],
    [{ endpoint_url: 'app.example.com' }, 'endpoint_url'],
    [{ client_id: undefined }, 'client_id'],
    [{ client_id: '' }, 'client_id'],
    [{ client_id: 7 }, 'client_id'],
    [{ subject_attribute: undefined }, 'subject_attribute'],
    [{ subject_attribute: 'password' }, 'subject_attribute'],
    [{ issuer: 'rollcall' }, 'issuer'],
    [{ issuer: 'https://id.example.com/?tenant=1' }, 'issuer'],
    [{ issuer: 'https://id.example.com/#1' }, 'issuer'],
    [{ causes: ['fired'] }, 'causes'],
    [{ sid: true }, 'sid'],
  ])('%j: the field %s is wrong', (more, field) => {
    const attempt = (): unknown => settingsOf(more);
    expect(attempt).toThrow(InvalidSettings);
    expect(attempt).toThrow(field);
  });
});

describe('what its answers mean', () => {
  const read = (status: number, excerpt = ''): unknown =>
    backChannelLogout.read({ status, headers: {}, excerpt, at });

  it('400 says what to look at, and what the application called it', () => {
    expect(read(400, '{"error":"invalid_request"}')).toMatchObject({
      kind: 'refused',
      note: expect.stringMatching(/\(invalid_request\).*issuer, client_id and subject_attribute/),
    });
  });

  it.each(['', '<html>', 'null', '7', '{"error":{}}', '{"error":"Ada Lovelace <ada@example.com>"}'])(
    '400 with %j is explained without repeating it',
    (excerpt) => {
      expect(read(400, excerpt)).toMatchObject({
        note: expect.stringMatching(
          /^the application does not accept the logout token, or could not log out:/,
        ),
      });
    },
  );
});
