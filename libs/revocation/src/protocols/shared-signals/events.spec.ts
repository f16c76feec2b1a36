import { describe, expect, it } from '@jest/globals';
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
  nested,
  passwordChanged,
  purgeScheduled,
  reactivated,
  removed,
  renamed,
} from '../../../../delivery/src/testing/events.js';
import { EVENT_TYPES_SUPPORTED } from './event-types.js';
import { reasonNotTold, setsOf, type StreamWishes } from './events.js';
import type { SecurityEvent } from './security-event-token.js';

const stream = { streamId: 'destination_1', issuer: 'https://rollcall.example.com' };

const wishes = (more: Partial<StreamWishes> = {}): StreamWishes => ({
  audience: ['https://app.example.com/ssf'],
  events_requested: [...EVENT_TYPES_SUPPORTED],
  subject: { format: 'email' },
  causes: ['deactivated', 'deleted', 'access_removed'],
  ...more,
});

const afterwards = (event: RecordedEvent, groups: string[], endsAccess = false): RecordedEvent => ({
  ...event,
  afterwards: { groups, endsAccess },
});
const lastLeft = afterwards(removed, [], true);
const oneOfTwoLeft = afterwards(removed, ['Staff']);
const joinedOne = afterwards(joined, ['Admins', 'Staff']);
const nameless = { ...ada, attributes: { userName: 'ada' } };

/** The last words of the URIs, which tell them apart. */
const shortened = (sets: SecurityEvent[]): string[] =>
  sets.map(({ eventType }) => eventType.replace(/^.*event-type\/|^urn:ietf:params:scim:event:/, ''));

function only(event: RecordedEvent, name: string, settings = wishes()): SecurityEvent {
  const found = setsOf(event, settings, stream).find(({ eventType }) => eventType.endsWith(name));
  if (!found) throw new Error(`no ${name} was told`);
  return found;
}

const payloadOf = ({ claims, eventType }: SecurityEvent): unknown => claims.events[eventType];

const at = Date.UTC(2026, 0, 5, 12) / 1_000;
const caep = (reason: string, initiating_entity = 'admin'): object => ({
  ...{ event_timestamp: at, initiating_entity, reason_admin: { en: reason } },
});

describe('what a stream is told', () => {
  it.each<[string, RecordedEvent, string[]]>([
    ['a person was deactivated', deactivated, ['session-revoked', 'account-disabled', 'prov:deactivate']],
    [
      'and consumers think they are gone',
      concealed,
      ['session-revoked', 'account-disabled', 'prov:deactivate'],
    ],
    ['a person is back', reactivated, ['account-enabled', 'prov:activate']],
    ['a person was deleted', deleted, ['session-revoked', 'account-purged', 'prov:delete']],
    ['a password came for them', passwordChanged, ['credential-change']],
    ['they left the last group that grants access', lastLeft, ['session-revoked', 'token-claims-change']],
    ['they left a group, and are in another', oneOfTwoLeft, ['token-claims-change']],
    ['they joined a group', joinedOne, ['token-claims-change']],
    ['a group came into a group', afterwards(nested, []), []],
    ['a person is new', created, ['prov:create:notice']],
    ['a person has another name', renamed, ['prov:patch:notice']],
    ['a group is new', groupCreated, []],
    ['a person will be deleted', purgeScheduled, []],
  ])('when %s', (_, event, told) => {
    expect(shortened(setsOf(event, wishes(), stream))).toEqual(told);
  });

  it.each(EVENT_TYPES_SUPPORTED)('is %s and nothing else, when it asked for that only', (eventType) => {
    const everything = [deactivated, reactivated, deleted, passwordChanged, lastLeft, created, renamed];
    const settings = wishes({ events_requested: [eventType, 'https://example.com/unknown'] });
    const told = everything.flatMap((event) => setsOf(event, settings, stream));
    expect(new Set(told.map((set) => set.eventType))).toEqual(new Set([eventType]));
  });

  it('ends sessions for the causes of its settings only', () => {
    const settings = wishes({ causes: ['credential_changed'] });
    expect(shortened(setsOf(passwordChanged, settings, stream))).toEqual([
      'session-revoked',
      'credential-change',
    ]);
    expect(shortened(setsOf(deactivated, settings, stream))).toEqual(['account-disabled', 'prov:deactivate']);
  });

  it('of somebody who is back takes nothing away any more, and still says what happened to the account', () => {
    const superseded = { ...stream, superseded: 'UserReactivated at position 9 came later' };
    const told = (event: RecordedEvent): string[] => shortened(setsOf(event, wishes(), superseded));
    expect(told(deactivated)).toEqual(['prov:deactivate']);
    expect(told(reactivated)).toEqual(['account-enabled', 'prov:activate']);
    expect(told(lastLeft)).toEqual(['token-claims-change']);
  });

  it('of a membership is nothing that was not read: its groups have to be known', () => {
    expect(() => setsOf(joined, wishes(), stream)).toThrow('which groups');
  });

  it('of a membership of somebody whom the receiver took out is nothing', () => {
    const subjects_removed = [{ format: 'email', email: 'ada@example.com' } as const];
    for (const event of [lastLeft, oneOfTwoLeft, joinedOne])
      expect(setsOf(event, wishes({ subjects_removed }), stream)).toEqual([]);
  });
});

describe('a token', () => {
  it('says who tells whom, when it happened, and which happenings belong together; it has no `sub` and no `exp`', () => {
    expect(only(deactivated, 'session-revoked').claims).toEqual({
      iss: 'https://rollcall.example.com',
      jti: expect.stringMatching(/^[0-9a-f]{32}$/),
      iat: at,
      aud: 'https://app.example.com/ssf',
      txn: deactivated.id,
      sub_id: { format: 'email', email: 'ada@example.com' },
      events: {
        'https://schemas.openid.net/secevent/caep/event-type/session-revoked': caep('SCIM active=false'),
      },
      rollcall: { directory_id: deactivated.directoryId, sequence: deactivated.sequence },
    });
  });

  it('lists its audiences where there are several', () => {
    const audience = ['https://app.example.com/ssf', 'https://app.example.com/other'];
    expect(only(deactivated, 'session-revoked', wishes({ audience })).claims.aud).toEqual(audience);
  });

  it('has one event', () => {
    for (const event of [deactivated, reactivated, deleted, lastLeft, passwordChanged, created, renamed])
      for (const { claims } of setsOf(event, wishes(), stream))
        expect(Object.keys(claims.events)).toHaveLength(1);
  });

  it('has the same id each time, and another for each event, stream and event type', () => {
    const ids = (event: RecordedEvent, streamId = stream.streamId): string[] =>
      setsOf(event, wishes(), { ...stream, streamId }).map(({ jti }) => jti);
    expect(ids(deactivated)).toEqual(ids(deactivated));
    const all = [
      ...ids(deactivated),
      ...ids(deactivated, 'destination_2'),
      ...ids({ ...deactivated, id: 'event_8' }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('belongs together with the others of the same happening, at whichever stream', () => {
    const other = setsOf(deactivated, wishes(), { ...stream, streamId: 'destination_2' });
    const txns = [...setsOf(deactivated, wishes(), stream), ...other].map(({ claims }) => claims.txn);
    expect(new Set(txns)).toEqual(new Set([deactivated.id]));
  });
});

describe('what a token says of its event', () => {
  it.each<[string, RecordedEvent, string, object]>([
    ['of a deletion', deleted, 'session-revoked', caep('SCIM DELETE')],
    ['of access', lastLeft, 'session-revoked', caep('SCIM: removed from the last group that grants access')],
    [
      'that no group is left which grants access',
      lastLeft,
      'token-claims-change',
      { claims: { groups: [] }, ...caep('SCIM: removed from a group') },
    ],
    [
      'which groups are left',
      oneOfTwoLeft,
      'token-claims-change',
      { claims: { groups: ['Staff'] }, ...caep('SCIM: removed from a group') },
    ],
    [
      'which groups there are with the new one',
      joinedOne,
      'token-claims-change',
      { claims: { groups: ['Admins', 'Staff'] }, ...caep('SCIM: added to a group') },
    ],
    [
      'which credential has changed and how',
      passwordChanged,
      'credential-change',
      { credential_type: 'password', change_type: 'update', ...caep('SCIM password changed', 'system') },
    ],
    ['of RISC nothing more', deactivated, 'account-disabled', {}],
    ['which version of the account is meant', deactivated, 'prov:deactivate', { version: 'W/"2"' }],
    [
      'which attributes changed, and not to what',
      renamed,
      'prov:patch:notice',
      { attributes: ['displayName'], version: 'W/"1"' },
    ],
    [
      'which attributes there are, and not which values',
      created,
      'prov:create:notice',
      {
        attributes: ['active', 'displayName', 'emails', 'externalId', 'name', 'userName'],
        version: 'W/"1"',
      },
    ],
    ['of a deleted account nothing more', deleted, 'prov:delete', {}],
  ])('%s', (_, event, name, payload) => {
    expect(payloadOf(only(event, name))).toEqual(payload);
  });
});

describe('how people are named', () => {
  it('as the settings of the stream say', () => {
    const subject = {
      format: 'iss_sub',
      issuer: 'https://idp.example.com/',
      attribute: 'externalId',
    } as const;
    expect(only(deactivated, 'account-disabled', wishes({ subject })).claims.sub_id).toEqual({
      ...{ format: 'iss_sub', iss: 'https://idp.example.com/', sub: '00u1ada' },
    });
  });

  it('in SCIM events by the resource, whatever the settings say', () => {
    expect(only(deactivated, 'prov:deactivate').claims.sub_id).toEqual({
      ...{ format: 'scim', uri: `/Users/${ada.id}`, externalId: '00u1ada' },
    });
  });

  it('not at all where somebody has no such attribute: no token is made, and it can be said why', () => {
    const gone = given({ type: 'UserDeleted', data: { user: nameless } });
    expect(setsOf(gone, wishes(), stream)).toEqual([]);
    expect(reasonNotTold(gone, wishes())).toBe('the person has no email');
    expect(reasonNotTold(deleted, wishes())).toBeUndefined();
    const come = given({ type: 'UserCreated', data: { user: nameless } });
    expect(shortened(setsOf(come, wishes(), stream))).toEqual(['prov:create:notice']);
  });
});

describe('what is told of the stream itself', () => {
  const asked = given({
    type: 'StreamVerificationRequested',
    data: { streamId: 'destination_1', state: 'VGhpcw' },
  });
  const wish = wishes({ events_requested: [] });

  it('is the verification that it asked for, with the same state, whatever it requested', () => {
    const [token, ...others] = setsOf(asked, wish, stream);
    expect(others).toEqual([]);
    expect(token!.claims).toEqual({
      ...{ iss: stream.issuer, jti: token!.jti, iat: at, aud: 'https://app.example.com/ssf' },
      sub_id: { format: 'opaque', id: 'destination_1' },
      events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': { state: 'VGhpcw' } },
    });
  });

  it('has no state when nobody asked', () => {
    const unasked = given({ type: 'StreamVerificationRequested', data: { streamId: 'destination_1' } });
    expect(payloadOf(setsOf(unasked, wish, stream)[0]!)).toEqual({});
  });

  it('is a new status, with the reason', () => {
    const data = { streamId: 'destination_1', status: 'paused', reason: 'upkeep' } as const;
    const [token] = setsOf(given({ type: 'StreamUpdated', data }), wish, stream);
    expect(token!.eventType).toBe('https://schemas.openid.net/secevent/ssf/event-type/stream-updated');
    expect(payloadOf(token!)).toEqual({ status: 'paused', reason: 'upkeep' });
  });

  it('is told to no other stream', () => {
    expect(setsOf(asked, wish, { ...stream, streamId: 'destination_2' })).toEqual([]);
  });
});
