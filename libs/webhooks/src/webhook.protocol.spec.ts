import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import { Webhook } from 'standardwebhooks';
import { InvalidSettings, parseSettings, type HttpRequest } from '@app/delivery';
import { published, type RecordedEvent } from '@app/directory';
import {
  created,
  deactivated,
  deleted,
  given,
  groupCreated,
  joined,
  nested,
  renamed,
} from '../../delivery/src/testing/events.js';
import { describeProtocol } from '../../delivery/src/testing/protocol-suite.js';
import { newWebhookSecret, standardHeaders, workosHeader } from './signature.js';
import { webhook } from './webhook.protocol.js';

const secret = newWebhookSecret(Buffer.alloc(32, 5));
const settings = { endpoint_url: 'https://app.example.com/webhooks' };
const everything = [created, renamed, deactivated, deleted, groupCreated, joined];

describeProtocol(webhook, {
  settings,
  secret,
  wanted: everything,
  unwanted: [nested],
  identityOf: (request) => request.headers['webhook-id'],
});

describeProtocol(webhook, {
  settings,
  secret,
  eventTypes: ['dsync.user.updated'],
  wanted: [renamed, deactivated],
  unwanted: [created, deleted, groupCreated, joined, nested],
});

function composedNow(event: RecordedEvent): HttpRequest {
  const context = {
    settings,
    secret,
    at: new Date(),
    attempt: 1,
    previousSequence: null,
    issuer: '',
    sign: () => Promise.reject(new Error()),
  };
  const request = webhook.compose(event, context);
  if (request instanceof Promise || 'impossible' in request) throw new Error('a webhook is composed at once');
  return request;
}

describe('a webhook', () => {
  it('says exactly what the events API says', () => {
    for (const event of everything) expect(composedNow(event).body).toBe(JSON.stringify(published(event)));
  });

  it('reads the same after it was parsed and written again, which some verifiers do', () => {
    for (const event of everything) {
      const { body } = composedNow(event);
      expect(JSON.stringify(JSON.parse(body))).toBe(body);
    }
  });

  it('is verified by the library of Standard Webhooks', () => {
    const { body, headers } = composedNow(joined);
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  });

  it('is verified by the WorkOS SDK', async () => {
    const workos = new WorkOS('sk_test');
    const { body, headers } = composedNow(deactivated);
    const sigHeader = headers['workos-signature']!;
    const payload = JSON.parse(body) as Record<string, unknown>;
    const event = await workos.webhooks.constructEvent({ payload, sigHeader, secret });
    expect(event).toMatchObject({ id: deactivated.id, event: 'dsync.user.updated' });
    const wrong = { payload, sigHeader, secret: newWebhookSecret(Buffer.alloc(32, 6)) };
    await expect(workos.webhooks.constructEvent(wrong)).rejects.toThrow();
  });

  it('carries the id of the event and the time of the attempt', () => {
    const at = new Date('2026-01-05T12:00:00.999Z');
    const context = {
      settings,
      secret,
      at,
      attempt: 3,
      previousSequence: null,
      issuer: '',
      sign: () => Promise.reject(new Error()),
    };
    expect(webhook.compose(created, context)).toMatchObject({
      headers: { 'webhook-id': created.id, 'webhook-timestamp': String(Date.UTC(2026, 0, 5, 12) / 1_000) },
    });
  });

  it.each([
    [{}, 'endpoint_url'],
    [{ endpoint_url: 'not a url' }, 'endpoint_url'],
    [{ endpoint_url: 'ftp://example.com/' }, 'endpoint_url'],
    [{ endpoint_url: `https://example.com/${'x'.repeat(2_048)}` }, 'endpoint_url'],
    [{ ...settings, extra: true }, 'extra'],
  ])('refuses the settings %j, naming the field', (raw, field) => {
    try {
      parseSettings(webhook, raw);
      throw new Error('it should have refused them');
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidSettings);
      expect((error as InvalidSettings).problems.map((problem) => problem.field)).toContain(field);
    }
  });

  it('cannot tell of what has no published form', () => {
    const context = {
      settings,
      secret,
      at: new Date(),
      attempt: 1,
      previousSequence: null,
      issuer: '',
      sign: () => Promise.reject(new Error()),
    };
    expect(webhook.compose(given(nested), context)).toEqual({ impossible: expect.any(String) });
  });
});

describe('its signatures', () => {
  it.each([
    [
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ],
    [
      'whsec_plJ3nmyCDGBKInavdOK15jsl',
      'msg_loFOjxBNrRLzqYUf',
      1_731_705_121,
      '{"event_type":"ping","data":{"success":true}}',
      'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    ],
    [
      'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330,
      '{"test": 2432232314}',
      'v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44=',
    ],
  ])('Standard Webhooks with %s', (key, id, seconds, body, expected) => {
    const headers = standardHeaders(key, { id, at: new Date(seconds * 1_000), body });
    expect(headers['webhook-signature']).toBe(expected);
  });

  it('WorkOS', () => {
    const header = workosHeader('workos_secret', {
      at: new Date(1_614_265_330_000),
      body: '{"id":"event_1"}',
    });
    expect(header).toEqual({
      'workos-signature':
        't=1614265330000, v1=d502f42a7233df5c8da88cebcd1f2e18e2d8a65670ca7eaee0aaebb97750ae8f',
    });
  });

  it('takes the whole secret as the key for WorkOS, its prefix included', () => {
    const at = new Date(1_614_265_330_000);
    const expected = createHmac('sha256', secret).update(`${at.getTime()}.{}`).digest('hex');
    expect(workosHeader(secret, { at, body: '{}' })['workos-signature']).toContain(expected);
  });

  it.each([23, 65])('makes no secret from %i bytes', (count) => {
    expect(() => newWebhookSecret(Buffer.alloc(count))).toThrow(/24 to 64/);
  });
});
