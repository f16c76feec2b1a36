import { describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import {
  InvalidSettings,
  parseSettings,
  type ComposeContext,
  type HttpRequest,
  type OpenedSecret,
} from '@app/delivery';
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
import { at, contextWith } from '../../testing/tokens.js';
import { signedCall } from './signed-call.protocol.js';

const endpoint_url = 'https://app.example.com/sessions/revoke';

/** The secrets of the specification's example, and of another sender. */
const [younger, older] = [
  'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
].map((value, index) => secret(value, index)) as [OpenedSecret, OpenedSecret];

function secret(value: string, index: number, expiresAt: Date | null = null): OpenedSecret {
  return { id: `secret_${index}`, kind: 'hmac', value, publicJwk: null, createdAt: at, expiresAt };
}

describeProtocol(signedCall, {
  settings: { endpoint_url },
  secrets: [younger, older],
  wanted: [deactivated, concealed, deleted],
  unwanted: [created, renamed, passwordChanged, purgeScheduled, reactivated, groupCreated, joined, removed],
  identityOf: ({ headers }) => headers['webhook-id'],
});

type Context = ComposeContext<InstanceType<typeof signedCall.settings>>;

function composed(
  raw: object = {},
  event: RecordedEvent = deactivated,
  more: Partial<Context> = {},
): HttpRequest {
  const settings = parseSettings(signedCall, { endpoint_url, ...raw });
  return signedCall.compose(event, contextWith(settings, { secrets: [older], ...more })) as HttpRequest;
}

const bodyOf = (raw: object = {}, event = deactivated): Record<string, unknown> =>
  JSON.parse(composed(raw, event).body) as Record<string, unknown>;

describe('the body', () => {
  it('says who, why, since when and until when, and where that stands in the directory', () => {
    expect(bodyOf()).toEqual({
      type: 'session.revoke',
      id: deactivated.id,
      txn: deactivated.id,
      organization_id: deactivated.organizationId,
      directory_id: deactivated.directoryId,
      sequence: 7,
      subject: { format: 'email', email: 'ada@example.com' },
      person: { id: ada.id },
      cause: 'deactivated',
      occurred_at: '2026-01-05T12:00:00.000Z',
      deadline: '2026-01-05T12:05:00.000Z',
    });
  });

  it.each<[string, RecordedEvent]>([
    ['deactivated', concealed],
    ['deleted', deleted],
    ['access_removed', removed],
    ['credential_changed', passwordChanged],
  ])('names the cause %s', (cause, event) => {
    expect(bodyOf({}, event)['cause']).toBe(cause);
  });

  it('names the person as the application knows them, with the ids that it asks for', () => {
    const subject = { format: 'iss_sub', issuer: 'https://idp.example.com/', attribute: 'externalId' };
    expect(bodyOf({ subject, person_ids: ['externalId', 'userName'] })).toMatchObject({
      subject: { format: 'iss_sub', iss: 'https://idp.example.com/', sub: '00u1ada' },
      person: { externalId: '00u1ada', userName: 'ada@example.com' },
    });
    expect(bodyOf({ person_ids: [] })['person']).toEqual({});
  });

  it('shows an id that the person has not as null', () => {
    const subject = { format: 'opaque', attribute: 'id' };
    expect(bodyOf({ subject, person_ids: ['externalId'] }, deletedNameless)['person']).toEqual({
      externalId: null,
    });
    expect(composed({}, deletedNameless)).toEqual({ impossible: 'the person has no email' });
  });

  it('ends the wait when the settings say so', () => {
    expect(bodyOf({ target_seconds: 30 })['deadline']).toBe('2026-01-05T12:00:30.000Z');
  });
});

describe('the signature', () => {
  it('is verified by the package standardwebhooks with each live secret, and with no other', () => {
    const now = new Date();
    const { headers, body } = composed({}, deactivated, { secrets: [younger, older], at: now });
    expect(headers['webhook-signature']!.split(' ')).toHaveLength(2);
    for (const { value } of [younger, older])
      expect(new Webhook(value).verify(body, headers)).toEqual(JSON.parse(body));
    const stranger = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    expect(() => new Webhook(stranger).verify(body, headers)).toThrow();
    expect(() => new Webhook(older.value).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(older.value).verify(body, { ...headers, 'webhook-id': 'event_2' })).toThrow();
  });

  it('is not made with a secret that has ended, to the second', () => {
    const ended = secret(younger.value, 0, at);
    const { headers } = composed({}, deactivated, { secrets: [ended, older] });
    expect(headers['webhook-signature']).toBe(composed().headers['webhook-signature']);
  });

  it('is never left out: without a live secret nothing is sent', () => {
    const ended = secret(older.value, 0, at);
    expect(() => composed({}, deactivated, { secrets: [ended] })).toThrow('no live secret');
  });

  it('is new in each attempt, for the same id', () => {
    const later = new Date(at.getTime() + 60_000);
    const [first, second] = [composed(), composed({}, deactivated, { at: later })];
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(second.headers['webhook-timestamp']).toBe(String(Date.UTC(2026, 0, 5, 12, 1) / 1_000));
    expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature']);
    expect(second.body).toBe(first.body);
  });
});

describe('what is told', () => {
  it('the way out of a group that grants the application, and of no other', () => {
    const wishes = { settings: parseSettings(signedCall, { endpoint_url }), eventTypes: [] };
    expect(signedCall.wants(removed, { ...wishes, groupIds: [admins.id] })).toBe(true);
    expect(signedCall.wants(removed, { ...wishes, groupIds: ['directory_group_2'] })).toBe(false);
  });
});

describe('its settings', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ endpoint_url: 'app.example.com' }, 'endpoint_url'],
    [{ subject: 'email' }, 'subject'],
    [{ subject: { format: 'opaque' } }, 'subject.attribute'],
    [{ person_ids: ['password'] }, 'person_ids'],
    [{ person_ids: ['id', 'id'] }, 'person_ids'],
    [{ target_seconds: 0 }, 'target_seconds'],
    [{ target_seconds: 86_401 }, 'target_seconds'],
    [{ target_seconds: '300' }, 'target_seconds'],
    [{ secret: older.value }, 'secret'],
  ])('%j: %s is wrong', (raw, field) => {
    const attempt = (): unknown => parseSettings(signedCall, { endpoint_url, ...raw });
    expect(attempt).toThrow(InvalidSettings);
    expect(attempt).toThrow(field);
  });
});

describe('what its answers mean', () => {
  const read = (status: number): unknown => signedCall.read({ status, headers: {}, excerpt: '', at });

  it.each([401, 403])('%i says to look at the secret', (status) => {
    expect(read(status)).toMatchObject({ kind: 'refused', note: expect.stringContaining('secret') });
  });

  it('404 is a wrong URL, not an unknown person', () => {
    expect(read(404)).toMatchObject({ kind: 'refused', note: expect.stringContaining('answers 204') });
  });
});
