import { describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { InvalidSettings } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
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
  nested,
  passwordChanged,
  purgeScheduled,
  reactivated,
  removed,
  renamed,
} from '../../../../delivery/src/testing/events.js';
import { describeProtocol } from '../../../../delivery/src/testing/protocol-suite.js';
import { at, formCallsOf, PUBLIC_TEST_KEY, saidInForm } from '../../testing/tokens.js';
import { providerCommand } from './provider-command.protocol.js';

const needed = {
  endpoint_url: 'https://rp.example.net/command',
  client_id: 's6BhdRkqt3',
  subject_attribute: 'externalId',
};
const ALL_CAUSES = ['deactivated', 'deleted', 'access_removed', 'credential_changed'];

const suite = {
  unwanted: [created, renamed, purgeScheduled, groupCreated, joined, removed],
  says: saidInForm('command_token'),
};

describeProtocol(providerCommand, {
  ...suite,
  settings: needed,
  wanted: [deactivated, concealed, deleted],
  unwanted: [...suite.unwanted, passwordChanged, reactivated],
});

describe('with all causes, and returns', () => {
  describeProtocol(providerCommand, {
    ...suite,
    settings: { ...needed, causes: ALL_CAUSES, tells_return: true },
    wanted: [deactivated, concealed, deleted, passwordChanged, reactivated],
  });
});

const { settingsOf, composed, tokenIn, claimsOf } = formCallsOf(providerCommand, {
  needed,
  field: 'command_token',
  usual: deactivated,
});

describe('the command token', () => {
  it('has the claims of the specification, and nothing else', async () => {
    const request = await composed();
    const iat = Date.UTC(2026, 0, 5, 12) / 1_000;
    expect(decodeProtectedHeader(tokenIn(request))).toEqual({
      typ: 'command+jwt',
      alg: 'EdDSA',
      kid: 'test-1',
    });
    expect(decodeJwt(tokenIn(request))).toEqual({
      iss: 'https://rollcall.example.com',
      aud: 'https://rp.example.net/command',
      client_id: 's6BhdRkqt3',
      iat,
      exp: iat + 120,
      jti: request.jti,
      command: 'suspend',
      tenant: deactivated.organizationId,
      sub: '00u1ada',
    });
  });

  it('is the specification’s example for invalidate, with a tenant and a life of our own', async () => {
    const person = { ...ada, attributes: { ...ada.attributes, externalId: '248289761001' } };
    const event = given({ type: 'UserCredentialChanged', data: { user: person } });
    const request = await composed({ issuer: 'https://op.example.org' }, event, new Date(1_734_004_000_000));
    const { jti, exp, tenant, ...rest } = decodeJwt(tokenIn(request));
    expect({ jti, exp, tenant }).toEqual({
      jti: request.jti,
      exp: 1_734_004_120,
      tenant: event.organizationId,
    });
    expect(rest).toEqual({
      iss: 'https://op.example.org',
      aud: 'https://rp.example.net/command',
      client_id: 's6BhdRkqt3',
      iat: 1_734_004_000,
      command: 'invalidate',
      sub: '248289761001',
    });
  });

  it('is verified with the published key', async () => {
    const keys = createLocalJWKSet({ keys: [PUBLIC_TEST_KEY] });
    const { payload } = await jwtVerify(tokenIn(await composed()), keys, {
      issuer: 'https://rollcall.example.com',
      audience: 'https://rp.example.net/command',
      typ: 'command+jwt',
      currentDate: at,
    });
    expect(payload.sub).toBe('00u1ada');
  });

  it('has no nonce, with which it could be taken for an ID token', async () => {
    for (const event of [deactivated, deleted, passwordChanged, removed, reactivated])
      expect(await claimsOf({ tells_return: true }, event)).not.toHaveProperty('nonce');
  });

  it('is a new one for each attempt', async () => {
    expect((await composed()).jti).not.toBe((await composed()).jti);
  });

  it('names tenant, audience and issuer as the application knows them', async () => {
    const known = { tenant: 'ff6e7c96', audience: 's6BhdRkqt3', issuer: 'https://id.example.com' };
    const { tenant, aud: audience, iss: issuer } = await claimsOf(known);
    expect({ tenant, audience, issuer }).toEqual(known);
  });

  it('cannot name somebody who has no such attribute, and says which', async () => {
    expect(await composed({}, deletedNameless)).toEqual({ impossible: 'the person has no externalId' });
  });
});

describe('the command', () => {
  it.each<[string, string, RecordedEvent]>([
    ['suspend', 'for somebody who is deactivated', deactivated],
    ['suspend', 'for somebody whose deactivation is published as a deletion', concealed],
    ['delete', 'for somebody who is deleted', deleted],
    ['suspend', 'for somebody out of the last group that grants the application', removed],
    ['invalidate', 'for somebody whose password is another', passwordChanged],
    ['reactivate', 'for somebody who is active again', reactivated],
  ])('is %s %s unless told otherwise', async (command, _who, event) => {
    expect((await claimsOf({}, event))['command']).toBe(command);
  });

  it('is another one for a cause when the settings say so', async () => {
    const commands = { deactivated: 'archive', access_removed: 'invalidate' };
    expect((await claimsOf({ commands }))['command']).toBe('archive');
    expect((await claimsOf({ commands }, removed))['command']).toBe('invalidate');
    expect((await claimsOf({ commands }, deleted))['command']).toBe('delete');
    expect((await claimsOf({ commands }, reactivated))['command']).toBe('restore');
  });

  it('is never an asynchronous one', async () => {
    for (const event of [deactivated, deleted, passwordChanged, removed, reactivated])
      expect((await claimsOf({}, event))['command']).not.toMatch(/_async$/);
  });
});

describe('what is told', () => {
  const wants = (event: RecordedEvent, more: object, groupIds?: string[]): boolean =>
    providerCommand.wants(event, { settings: settingsOf(more), eventTypes: [], groupIds });

  it('the way out of a group that grants the application, and of no other', () => {
    expect(wants(removed, {}, [admins.id])).toBe(true);
    expect(wants(removed, {}, ['directory_group_2'])).toBe(false);
    expect(wants(removed, { causes: ['deleted'] }, [admins.id])).toBe(false);
  });

  it('that somebody is active again, when the settings ask for it', () => {
    expect(wants(reactivated, { tells_return: true })).toBe(true);
    expect(wants(reactivated, { tells_return: false })).toBe(false);
  });

  it('that somebody active is in a group again that grants the application, when the settings ask for it', () => {
    const returns = { tells_return: true };
    expect(wants(joined, returns, [admins.id])).toBe(true);
    expect(wants(joined, {}, [admins.id])).toBe(false);
    expect(wants(joined, returns, ['directory_group_2'])).toBe(false);
    expect(wants(joined, returns)).toBe(false);
    expect(wants(nested, returns, [admins.id])).toBe(false);
    const inactive = { ...ada, attributes: { ...ada.attributes, active: false } };
    const data = {
      change: 'added' as const,
      group: admins,
      member: { type: 'User' as const, user: inactive },
    };
    expect(wants(given({ type: 'MembershipChanged', data }), returns, [admins.id])).toBe(false);
  });

  it('a suspension is pointless once the person is back, a return once they are gone again, and no command by its like', () => {
    const supersededBy = providerCommand.supersededBy as (event: RecordedEvent) => readonly string[];
    for (const leaving of [deactivated, deleted]) expect(supersededBy(leaving)).toEqual(['UserReactivated']);
    for (const returning of [reactivated, joined])
      expect(supersededBy(returning)).toEqual(['UserDeactivated', 'UserDeleted']);
  });

  it('an old password and a lost group are not mended by being active again', () => {
    const supersededBy = providerCommand.supersededBy as (event: RecordedEvent) => readonly string[];
    for (const leaving of [passwordChanged, removed]) expect(supersededBy(leaving)).toEqual([]);
  });
});

describe('its settings', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ endpoint_url: undefined }, 'endpoint_url'],
    [{ client_id: undefined }, 'client_id'],
    [{ subject_attribute: undefined }, 'subject_attribute'],
    [{ tenant: '' }, 'tenant'],
    [{ tenant: 7 }, 'tenant'],
    [{ audience: '' }, 'the aud that the application expects'],
    [{ audience: 7 }, 'the aud that the application expects'],
    [{ commands: 'suspend' }, 'commands'],
    [{ commands: null }, 'commands'],
    [{ commands: { deactivated: 'reactivate' } }, 'commands.deactivated'],
    [{ commands: { deleted: 'delete_async' } }, 'commands.deleted'],
    [{ commands: { fired: 'delete' } }, 'fired'],
    [{ tells_return: 'yes' }, 'tells_return'],
    [{ tells_return: true, causes: ['deleted'] }, 'tells_return'],
    [{ tells_return: true, commands: { deactivated: 'invalidate' } }, 'tells_return'],
    [{ aud_sub: 'x' }, 'aud_sub'],
  ])('%j: %s is wrong', (more, field) => {
    const attempt = (): unknown => settingsOf(more);
    expect(attempt).toThrow(InvalidSettings);
    expect(attempt).toThrow(field);
  });
});

describe('what its answers mean', () => {
  const read = (status: number, said: object = {}, about = deactivated): unknown =>
    providerCommand.read({ status, headers: {}, excerpt: JSON.stringify(said), at }, about);

  it.each([
    [400, 'unsupported_command', /choose another one in the commands setting/],
    [400, 'invalid_request', /audience, client_id, tenant/],
    [401, 'unrecognized_provider', /does not know the issuer/],
    [409, 'incompatible_state', /does not allow this command/],
  ])('%i %s is explained', (status, error, note) => {
    expect(read(status, { error })).toMatchObject({ kind: 'refused', note: expect.stringMatching(note) });
  });

  it('202, which no command of ours asks for, counts, with a remark', () => {
    expect(read(202)).toMatchObject({ kind: 'delivered', note: expect.stringContaining('in hand') });
  });

  it.each(['suspended', 'archived', 'unknown'])(
    'an account that is %s already has nothing to end',
    (state) => {
      expect(read(409, { error: 'incompatible_state', account_state: state })).toEqual({
        kind: 'delivered',
        status: 409,
        note: `the account was ${state} already`,
      });
    },
  );

  it('an account that is active although it should be suspended is no success', () => {
    expect(read(409, { error: 'incompatible_state', account_state: 'active' })).toMatchObject({
      kind: 'refused',
    });
  });

  it('an account that should be active again, and is, has nothing to do', () => {
    const said = { error: 'incompatible_state', account_state: 'active' };
    expect(read(409, said, reactivated)).toMatchObject({ kind: 'delivered' });
  });

  it('a return that is not understood is given up at once, so that it never delays the next suspension', () => {
    expect(read(400, { error: 'unsupported_command' }, reactivated)).toMatchObject({ kind: 'impossible' });
    expect(read(409, { account_state: 'archived' }, reactivated)).toMatchObject({ kind: 'impossible' });
    expect(read(503, {}, reactivated)).toMatchObject({ kind: 'refused' });
  });
});
