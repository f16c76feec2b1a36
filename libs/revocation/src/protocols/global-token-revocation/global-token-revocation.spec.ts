import { describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, jwtVerify, createLocalJWKSet, SignJWT } from 'jose';
import { InvalidSettings, parseSettings, type Composed, type HttpRequest, type Sign } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import {
  ada,
  admins,
  concealed,
  created,
  deactivated,
  deleted,
  deletedNameless,
  groupCreated,
  joined,
  passwordChanged,
  purgeScheduled,
  reactivated,
  removed,
  renamed,
} from '../../../../delivery/src/testing/events.js';
import { describeProtocol } from '../../../../delivery/src/testing/protocol-suite.js';
import { at, contextWith, signatureOf, signWithTestKey } from '../../testing/tokens.js';
import { globalTokenRevocation } from './global-token-revocation.protocol.js';

const endpoint_url = 'https://app.example.com/global-token-revocation?tenant=1';

describeProtocol(globalTokenRevocation, {
  settings: { endpoint_url },
  wanted: [deactivated, concealed, deleted],
  unwanted: [created, renamed, passwordChanged, purgeScheduled, reactivated, groupCreated, joined, removed],
});

const issuer = 'https://rollcall.example.com';

async function composed(
  raw: Record<string, unknown>,
  event: RecordedEvent = deactivated,
  sign: Sign = (claims, typ) => Promise.resolve(JSON.stringify({ typ, claims })),
): Promise<Composed> {
  const settings = parseSettings(globalTokenRevocation, { endpoint_url, ...raw });
  return globalTokenRevocation.compose(event, contextWith(settings, { sign }));
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
    expect(await composed({}, deletedNameless)).toEqual({ impossible: 'the person has no email' });
    const opaque = { subject: { format: 'opaque', attribute: 'externalId' } };
    expect(await composed(opaque, deletedNameless)).toEqual({ impossible: 'the person has no externalId' });
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

  it.each([
    [{ issuer: 'https://idp.example.com/', client_id: '0oa1app' }, 'https://idp.example.com/', '0oa1app'],
    [{ client_id: '0oa1app' }, issuer, '0oa1app'],
    [{ issuer: 'https://idp.example.com/' }, 'https://idp.example.com/', 'https://idp.example.com/'],
  ])(
    'with %j says iss %s and sub %s, as the application knows its identity provider',
    async (raw, iss, sub) => {
      expect((await tokenOf(raw)).claims).toMatchObject({ iss, sub });
    },
  );

  it.each([
    [{}, 'RS256'],
    [{ signing_algorithm: 'ES256' }, 'ES256'],
    [{ signing_algorithm: 'EdDSA' }, 'EdDSA'],
  ])('of a destination with %j is signed with the current key for %s', async (raw, algorithm) => {
    const asked: unknown[] = [];
    await composed(raw, deactivated, (_claims, _typ, options) => {
      asked.push(options);
      return Promise.resolve('signed');
    });
    expect(asked).toEqual([{ algorithm }]);
  });

  it('is a new one for each attempt', async () => {
    const [one, other] = [await tokenOf({}), await tokenOf({})];
    expect(one.claims['jti']).not.toBe(other.claims['jti']);
  });

  it('has its id in the receipt', async () => {
    const request = (await composed({})) as HttpRequest;
    const token = request.headers['authorization']!.replace('Bearer ', '');
    expect(JSON.parse(token)).toMatchObject({ claims: { jti: request.jti } });
  });

  it('is byte for byte the one that other implementations make of the same claims and key', async () => {
    const settings = parseSettings(globalTokenRevocation, {
      endpoint_url: 'https://app.example.com/global-token-revocation',
    });
    const context = contextWith(settings, {
      issuer: 'https://hub.example.com',
      at: new Date(1_615_305_159_000),
      sign: (claims, typ) => signWithTestKey({ ...claims, jti: 'a1' }, typ),
    });
    const request = (await globalTokenRevocation.compose(deactivated, context)) as HttpRequest;
    expect(signatureOf(request.headers['authorization']!)).toBe(
      'v1PhxzGmjPvLVCGiXK2_v6e5lB_NS6nW9pUMR32mVekOiB3wGtrVK2eyQgkZuhPBCOFnc0RTvHKDRrfW7BBsBg',
    );
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

describe('an answer of 404', () => {
  const notFound = { status: 404, headers: {}, excerpt: '{"error":"user_not_found"}', at };

  it('means that nobody is to be logged out, at a URL that has taken a revocation before', () => {
    expect(globalTokenRevocation.read(notFound, deactivated, { hasDelivered: true })).toEqual({
      kind: 'delivered',
      status: 404,
      note: 'the application does not know this person: nothing to end',
    });
  });

  it.each([[undefined], [{ hasDelivered: false }]])(
    'is no confirmation before that (%j), and says what to look at',
    (history) => {
      expect(globalTokenRevocation.read(notFound, deactivated, history)).toMatchObject({
        kind: 'refused',
        status: 404,
        note: expect.stringMatching(/endpoint_url.*204/),
      });
    },
  );
});

describe('what is told', () => {
  const wants = (event: RecordedEvent, raw: object, groupIds?: string[]): boolean =>
    globalTokenRevocation.wants(event, {
      settings: parseSettings(globalTokenRevocation, { endpoint_url, ...raw }),
      eventTypes: [],
      groupIds,
    });

  it('a changed password, when it is among the causes', () => {
    expect(wants(passwordChanged, { causes: ['credential_changed'] })).toBe(true);
    expect(wants(deactivated, { causes: ['credential_changed'] })).toBe(false);
  });

  it('the way out of a group that grants the application, and of no other', () => {
    expect(wants(removed, {}, [admins.id])).toBe(true);
    expect(wants(removed, {}, ['directory_group_2'])).toBe(false);
    expect(wants(removed, { causes: ['deactivated'] }, [admins.id])).toBe(false);
    expect(wants(joined, {}, [admins.id])).toBe(false);
  });

  it('says the same for every cause, about the person and not about the group', async () => {
    for (const event of [deactivated, deleted, passwordChanged, removed])
      expect(await bodyOf({}, event)).toEqual({ sub_id: { format: 'email', email: 'ada@example.com' } });
  });

  it('has in its headers of what it is a part, and its place in the directory', async () => {
    expect(((await composed({})) as HttpRequest).headers).toMatchObject({
      'rollcall-txn': deactivated.id,
      'rollcall-directory': deactivated.directoryId,
      'rollcall-sequence': '7',
    });
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
    [{ endpoint_url, issuer: 'idp.example.com' }, 'issuer'],
    [{ endpoint_url, issuer: 'https://idp.example.com/?a=1' }, 'issuer'],
    [{ endpoint_url, client_id: '' }, 'client_id'],
    [{ endpoint_url, client_id: 7 }, 'client_id'],
    [{ endpoint_url, signing_algorithm: 'HS256' }, 'signing_algorithm'],
    [{ endpoint_url, causes: 'deleted' }, 'causes'],
    [{ endpoint_url, causes: ['fired'] }, 'causes'],
    [{ endpoint_url, causes: ['deleted', 'deleted'] }, 'causes'],
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
  it.each([200, 202, 204])(
    '%i counts: some applications answer 200 where the protocol says 204',
    (status) => {
      expect(read(status)).toEqual({ kind: 'delivered', status });
    },
  );

  const read = (status: number): unknown =>
    globalTokenRevocation.read({ status, headers: {}, excerpt: '', at });

  it('one that cannot log the person out is asked again every quarter of an hour, and others meanwhile', () => {
    expect(read(422)).toMatchObject({ kind: 'refused', eventPauseInSeconds: 900 });
    expect(read(422)).not.toHaveProperty('retryAfterInSeconds');
  });

  it.each([400, 401, 403])('%i says what to look at', (status) => {
    expect(read(status)).toMatchObject({ kind: 'refused', status, note: expect.any(String) });
  });
});
