import { describe, expect, it } from '@jest/globals';
import { InvalidSettings, parseSettings, type HttpRequest, type Outcome } from '@app/delivery';
import type { RecordedEvent } from '@app/directory';
import {
  ada,
  admins,
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
import {
  ACCOUNT_DISABLED,
  EVENT_TYPES_SUPPORTED,
  SCIM_DEACTIVATED,
  SESSION_REVOKED,
  TOKEN_CLAIMS_CHANGE,
} from './event-types.js';
import type { SharedSignalsSettings } from './settings.js';
import { sharedSignals } from './shared-signals.protocol.js';

const push = { method: 'urn:ietf:rfc:8935', endpoint_url: 'https://app.example.com/events' };
const settings = {
  delivery: push,
  audience: 'https://app.example.com/ssf',
  events_requested: [SESSION_REVOKED, ACCOUNT_DISABLED, SCIM_DEACTIVATED],
};
const verification = given({
  type: 'StreamVerificationRequested',
  data: { streamId: 'destination_1', state: 'one' },
});
const left = given({
  type: 'MembershipChanged',
  data: { change: 'removed', group: admins, member: { type: 'User', user: ada } },
});

describeProtocol(sharedSignals, {
  settings,
  wanted: [deactivated, concealed, deleted, verification],
  unwanted: [created, renamed, passwordChanged, purgeScheduled, reactivated, groupCreated, joined, left],
});

for (const signing_algorithm of ['ES256', 'EdDSA'])
  describe(`signed with ${signing_algorithm}`, () =>
    describeProtocol(sharedSignals, {
      settings: { ...settings, signing_algorithm },
      wanted: [deactivated, verification],
      unwanted: [created],
    }));

const parsed = (more: object = {}): SharedSignalsSettings =>
  parseSettings(sharedSignals, { ...settings, ...more });

async function composed(
  event: RecordedEvent,
  { superseded, ...more }: { superseded?: string; [setting: string]: unknown } = {},
): Promise<readonly HttpRequest[]> {
  const told = await sharedSignals.compose(event, {
    destinationId: 'destination_1',
    settings: parsed(more),
    superseded,
    secrets: [],
    at: new Date('2026-01-05T12:00:00Z'),
    attempt: 1,
    previousSequence: null,
    issuer: 'https://rollcall.example.com',
    sign: (claims, typ) => Promise.resolve(JSON.stringify({ typ, claims })),
  });
  if ('impossible' in told) throw new Error(told.impossible);
  return 'url' in told ? [told] : told;
}

describe('what is pushed', () => {
  it('is one token in each request, the end of sessions first', async () => {
    const requests = await composed(deactivated);
    const types = requests.map(({ body }) => {
      const { typ, claims } = JSON.parse(body) as { typ: string; claims: { events: object } };
      return [typ, ...Object.keys(claims.events)];
    });
    expect(types).toEqual([
      ['secevent+jwt', SESSION_REVOKED],
      ['secevent+jwt', ACCOUNT_DISABLED],
      ['secevent+jwt', SCIM_DEACTIVATED],
    ]);
    for (const { method, url, headers } of requests) {
      expect([method, url]).toEqual(['POST', 'https://app.example.com/events']);
      expect(headers).toMatchObject({
        ...{ 'content-type': 'application/secevent+jwt', accept: 'application/json' },
        ...{ 'rollcall-txn': deactivated.id, 'rollcall-sequence': '7' },
      });
    }
  });

  it('has the id of the token that ended the sessions for its receipt', async () => {
    const [first, ...others] = await composed(deactivated);
    expect(first!.jti).toBe((JSON.parse(first!.body) as { claims: { jti: string } }).claims.jti);
    expect(others.map(({ jti }) => jti)).toEqual([undefined, undefined]);
  });

  it('is what remains of it when the person is back', async () => {
    const requests = await composed(deactivated, { superseded: 'UserReactivated came later' });
    expect(requests).toHaveLength(1);
    expect(requests[0]!.body).toContain(SCIM_DEACTIVATED);
    expect(sharedSignals.stillTells!(deactivated, parsed())).toBe(true);
    expect(sharedSignals.stillTells!(deactivated, parsed({ events_requested: [SESSION_REVOKED] }))).toBe(
      false,
    );
  });

  it('is nothing, with the reason, where the receiver cannot know whom it is about', async () => {
    const nameless = given({
      type: 'UserDeleted',
      data: { user: { ...ada, attributes: { userName: 'ada' } } },
    });
    await expect(composed(nameless)).rejects.toThrow('the person has no email');
  });
});

describe('what it hears of', () => {
  const hears = (event: RecordedEvent, more: object, groupIds?: string[]): boolean =>
    sharedSignals.wants(event, { settings: parsed(more), eventTypes: [], groupIds });

  it.each([...EVENT_TYPES_SUPPORTED])('%s, when that is all it asked for', (eventType) => {
    const events = [created, renamed, deactivated, reactivated, deleted, passwordChanged, left];
    const heard = events.filter((event) => hears(event, { events_requested: [eventType] }, [admins.id]));
    expect(heard).not.toEqual([]);
  });

  it('the ends of memberships in the groups that it names, when one was the last', () => {
    expect(hears(left, {}, [admins.id])).toBe(true);
    expect(hears(left, {}, ['directory_group_other'])).toBe(false);
    expect(hears(left, { causes: ['deactivated'] }, [admins.id])).toBe(false);
    const notTheLast = { ...left, afterwards: { groups: ['Staff'], endsAccess: false } };
    expect(hears(notTheLast, {}, [admins.id])).toBe(false);
    expect(hears(left, {})).toBe(false);
  });

  it('each membership, when it wants to know of claims: in the groups that it names, or else in all', () => {
    const claims = { events_requested: [TOKEN_CLAIMS_CHANGE] };
    for (const event of [left, joined]) {
      expect(hears(event, claims)).toBe(true);
      expect(hears(event, claims, [admins.id])).toBe(true);
      expect(hears(event, claims, ['directory_group_other'])).toBe(false);
    }
  });

  it('with a receipt for what ends sessions only', () => {
    const receipted = (event: RecordedEvent, more = {}): boolean =>
      sharedSignals.receipted!(event, parsed(more));
    expect([deactivated, deleted, left].map((event) => receipted(event))).toEqual([true, true, true]);
    expect(
      [created, reactivated, passwordChanged, verification].map((event) => receipted(event)),
    ).not.toContain(true);
    expect(receipted(deactivated, { causes: ['deleted'] })).toBe(false);
  });
});

describe('its settings', () => {
  it('of a stream that is polled have no URL, and nobody calls it', () => {
    const polled = parsed({ delivery: { method: 'urn:ietf:rfc:8936' } });
    expect(sharedSignals.pulled!(polled)).toBe(true);
    expect(sharedSignals.endpoint(polled)).toBe('urn:ietf:rfc:8936');
    expect(sharedSignals.pulled!(parsed())).toBe(false);
  });

  it('may ask for events that nobody here knows, beside those that are known or alone', () => {
    const unknown = 'https://schemas.openid.net/secevent/caep/event-type/risk-level-change';
    const events_requested = [SESSION_REVOKED, unknown];
    expect(parsed({ events_requested }).events_requested).toEqual(events_requested);
    expect(parsed({ events_requested: [unknown] }).events_requested).toEqual([unknown]);
  });

  it('name one audience or several', () => {
    expect(parsed().audience).toEqual(['https://app.example.com/ssf']);
    expect(parsed({ audience: ['one', 'two'] }).audience).toEqual(['one', 'two']);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ delivery: undefined }, 'delivery'],
    [{ delivery: 'push' }, 'delivery'],
    [{ delivery: { ...push, method: 'push' } }, 'delivery.method'],
    [{ delivery: { method: push.method } }, 'delivery.endpoint_url'],
    [{ delivery: { ...push, endpoint_url: 'app.example.com' } }, 'delivery.endpoint_url'],
    [{ delivery: { ...push, authorization_header: 'Bearer x' } }, 'delivery.authorization_header'],
    [{ signing_algorithm: 'HS256' }, 'signing_algorithm'],
    [{ signing_algorithm: null }, 'signing_algorithm'],
    [{ audience: undefined }, 'audience'],
    [{ audience: '' }, 'audience'],
    [{ audience: [] }, 'audience'],
    [{ audience: [1] }, 'audience'],
    [{ events_requested: undefined }, 'events_requested'],
    [{ events_requested: [] }, 'events_requested'],
    [{ events_requested: SESSION_REVOKED }, 'events_requested'],
    [{ events_requested: [SESSION_REVOKED, SESSION_REVOKED] }, 'events_requested'],
    [{ subject: null }, 'subject'],
    [{ subject: { format: 'opaque' } }, 'subject.attribute'],
    [{ description: 7 }, 'description'],
    [{ causes: ['boredom'] }, 'causes'],
  ])('%j: the field %s is wrong', (raw, field) => {
    try {
      parsed(raw);
      throw new Error('it should have refused them');
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidSettings);
      expect((error as InvalidSettings).problems.map((problem) => problem.field)).toContain(field);
    }
  });
});

describe('what its answers mean', () => {
  const read = (status: number, excerpt = ''): Outcome =>
    sharedSignals.read({ status, headers: {}, excerpt, at: new Date('2026-01-05T12:00:00Z') });

  it.each([
    ['invalid_request', 'description'],
    ['invalid_issuer', 'public URL'],
    ['invalid_audience', 'audience'],
    ['authentication_failed', 'authorization header'],
    ['access_denied', 'permit'],
    ['invalid_state', 'verification'],
    ['out_of_cheese', 'ask the receiver'],
  ])('400 with the error %s says what to look at', (err, hint) => {
    const outcome = read(400, JSON.stringify({ err, description: 'see there' }));
    expect(outcome).toMatchObject({ kind: 'refused', status: 400, eventPauseInSeconds: 900 });
    expect((outcome as { note: string }).note).toMatch(new RegExp(`^${err}: .*${hint}`));
  });

  it('400 with invalid_key is tried again at the usual pace: the receiver may have to read our keys again', () => {
    const outcome = read(400, JSON.stringify({ err: 'invalid_key' }));
    expect(outcome).toEqual({
      kind: 'refused',
      status: 400,
      note: expect.stringMatching(/^invalid_key: .*JWKS/),
    });
  });

  it('400 with invalid_state is the end of a verification', () => {
    const answer = { status: 400, headers: {}, excerpt: '{"err":"invalid_state"}', at: new Date() };
    const event = { ...deactivated, type: 'StreamVerificationRequested', data: { streamId: 'one' } };
    expect(sharedSignals.read(answer, event as RecordedEvent)).toEqual({
      kind: 'impossible',
      reason: expect.stringMatching(/^invalid_state: .*verification/),
    });
  });

  it.each(['', '<html>', 'null', '{"err":7}', '{"error":"invalid_key"}'])(
    '400 with the body %j is a refusal like any other, tried again at the usual pace',
    (body) => {
      expect(read(400, body)).toEqual({ kind: 'refused', status: 400 });
    },
  );

  it.each([401, 403, 500, 503])('%i is tried again at the usual pace', (status) => {
    expect(read(status)).toEqual({ kind: 'refused', status });
  });
});
