import { describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, jwtVerify, createLocalJWKSet, SignJWT } from 'jose';
import { InvalidSettings, parseSettings, type HttpRequest, type Impossible } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import {
  ada,
  concealed,
  created,
  deactivated,
  deleted,
  given,
  groupCreated,
  joined,
  passwordChanged,
  purgeScheduled,
  reactivated,
  renamed,
} from '../../../../delivery/src/testing/events.js';
import { describeProtocol } from '../../../../delivery/src/testing/protocol-suite.js';
import { globalTokenRevocation } from './global-token-revocation.protocol.js';

const endpoint_url = 'https://app.example.com/global-token-revocation?tenant=1';

describeProtocol(globalTokenRevocation, {
  settings: { endpoint_url },
  wanted: [deactivated, concealed, deleted],
  unwanted: [created, renamed, passwordChanged, purgeScheduled, reactivated, groupCreated, joined],
  reads: [[404, 'delivered']],
});

const at = new Date('2026-01-05T12:00:00.500Z');
const issuer = 'https://rollcall.example.com';

async function composed(
  raw: Record<string, unknown>,
  event: RecordedEvent = deactivated,
  sign = (claims: Record<string, unknown>, typ: string): Promise<string> =>
    Promise.resolve(JSON.stringify({ typ, claims })),
): Promise<HttpRequest | Impossible> {
  const settings = parseSettings(globalTokenRevocation, { endpoint_url, ...raw });
  return globalTokenRevocation.compose(event, {
    settings,
    secrets: [],
    at,
    attempt: 1,
    previousSequence: null,
    issuer,
    sign,
  });
}

async function bodyOf(raw: Record<string, unknown>, event = deactivated): Promise<unknown> {
  const request = await composed(raw, event);
  return 'body' in request ? (JSON.parse(request.body) as unknown) : request;
}

async function tokenOf(
  raw: Record<string, unknown>,
): Promise<{ typ: string; claims: Record<string, unknown> }> {
  const request = (await composed(raw)) as HttpRequest;
  return JSON.parse(request.headers['authorization']!.replace('Bearer ', '')) as never;
}

describe('how the person is named', () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ['by email unless told otherwise', {}, { sub_id: { format: 'email', email: 'ada@example.com' } }],
    [
      'by an issuer and a subject',
      { subject: { format: 'iss_sub', issuer: 'https://idp.example.com/', attribute: 'externalId' } },
      { sub_id: { format: 'iss_sub', iss: 'https://idp.example.com/', sub: '00u1ada' } },
    ],
    [
      'by an opaque id',
      { subject: { format: 'opaque', attribute: 'id' } },
      { sub_id: { format: 'opaque', id: ada.id } },
    ],
    [
      'by the user name',
      { subject: { format: 'opaque', attribute: 'userName' } },
      { sub_id: { format: 'opaque', id: 'ada@example.com' } },
    ],
    [
      'under the older key',
      { subject_key: 'subject' },
      { subject: { format: 'email', email: 'ada@example.com' } },
    ],
  ])('%s', async (_, raw, expected) => {
    expect(await bodyOf(raw)).toEqual(expected);
    expect(await bodyOf(raw, deleted)).toEqual(expected);
  });

  it('cannot name somebody who has no such attribute, and says which', async () => {
    const nameless = given({
      type: 'UserDeleted',
      data: { user: { ...ada, attributes: { userName: 'ada' } } },
    });
    expect(await composed({}, nameless)).toEqual({ impossible: 'the person has no email' });
    const opaque = { subject: { format: 'opaque', attribute: 'externalId' } };
    expect(await composed(opaque, nameless)).toEqual({ impossible: 'the person has no externalId' });
  });
});

describe('the bearer token', () => {
  it('says who we are, for whom it is, and that it is good for five minutes', async () => {
    const iat = Date.UTC(2026, 0, 5, 12) / 1_000;
    expect(await tokenOf({})).toEqual({
      typ: 'global-token-revocation+jwt',
      claims: {
        jti: expect.any(String),
        iss: issuer,
        sub: issuer,
        aud: 'https://app.example.com/global-token-revocation',
        iat,
        nbf: iat - 300,
        exp: iat + 300,
      },
    });
  });

  it('is for another audience when the settings say so', async () => {
    expect((await tokenOf({ audience: 'urn:app' })).claims['aud']).toBe('urn:app');
  });

  it('is a new one for each attempt', async () => {
    const [one, other] = [await tokenOf({}), await tokenOf({})];
    expect(one.claims['jti']).not.toBe(other.claims['jti']);
  });

  it('is verified with a published key', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256');
    const sign = (claims: Record<string, unknown>, typ: string): Promise<string> =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'key_1', typ }).sign(privateKey);
    const request = (await composed({}, deactivated, sign)) as HttpRequest;
    const keys = createLocalJWKSet({
      keys: [{ ...(await exportJWK(publicKey)), kid: 'key_1', alg: 'RS256' }],
    });
    const { payload } = await jwtVerify(request.headers['authorization']!.slice('Bearer '.length), keys, {
      issuer,
      audience: 'https://app.example.com/global-token-revocation',
      typ: 'global-token-revocation+jwt',
      currentDate: at,
    });
    expect(payload.sub).toBe(issuer);
  });
});

describe('its settings', () => {
  it.each<[Record<string, unknown>, string]>([
    [{}, 'endpoint_url'],
    [{ endpoint_url: 'app.example.com' }, 'endpoint_url'],
    [{ endpoint_url, subject: 'email' }, 'subject'],
    [{ endpoint_url, subject: null }, 'subject'],
    [{ endpoint_url, subject: { format: 'phone' } }, 'subject.format'],
    [{ endpoint_url, subject: { format: 'iss_sub', attribute: 'id' } }, 'subject.issuer'],
    [{ endpoint_url, subject: { format: 'opaque' } }, 'subject.attribute'],
    [{ endpoint_url, subject: { format: 'opaque', attribute: 'password' } }, 'subject.attribute'],
    [{ endpoint_url, subject: { format: 'email', shoe_size: 42 } }, 'subject.shoe_size'],
    [{ endpoint_url, subject_key: 'user' }, 'subject_key'],
    [{ endpoint_url, audience: '' }, 'audience'],
  ])('%j: the field %s is wrong', (raw, field) => {
    try {
      parseSettings(globalTokenRevocation, raw);
      throw new Error('it should have refused them');
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidSettings);
      expect((error as InvalidSettings).problems.map((problem) => problem.field)).toContain(field);
    }
  });
});

describe('what its answers mean', () => {
  const read = (status: number): unknown =>
    globalTokenRevocation.read({ status, headers: {}, excerpt: '', at });

  it('an application that does not know the person has nothing to end', () => {
    expect(read(404)).toMatchObject({ kind: 'delivered', status: 404, note: expect.any(String) });
  });

  it('one that cannot log the person out is asked again every quarter of an hour, and others meanwhile', () => {
    expect(read(422)).toMatchObject({ kind: 'refused', eventPauseInSeconds: 900 });
    expect(read(422)).not.toHaveProperty('retryAfterInSeconds');
  });

  it.each([400, 401, 403])('%i says what to look at', (status) => {
    expect(read(status)).toMatchObject({ kind: 'refused', status, note: expect.any(String) });
  });
});
