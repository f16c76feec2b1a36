import { describe, expect, it } from '@jest/globals';
import { WorkOS } from '@workos-inc/node';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { InvalidSettings, parseSettings, type HttpRequest, type Composed, type Message } from '@app/delivery';
import { published, publishedThin, type RecordedEvent } from '@app/directory';
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
import { anyEvent } from '../../directory/src/testing/any-event.js';
import { SIGNATURES, type WebhookSettings } from './settings.js';
import { newPair, newShared } from './testing/secrets.js';
import { webhook } from './webhook.protocol.js';

const settings = { endpoint_url: 'https://app.example.com/webhooks' };
const secrets = [newShared(5), newPair(5)];
const secret = secrets[0]!.value;
// Distinct ids, as in a log.
const everything = [created, renamed, deactivated, deleted, groupCreated, joined].map((event, index) => ({
  ...event,
  ...given(event, index + 1),
}));
const identityOf = (request: HttpRequest): string | undefined => request.headers['webhook-id'];

describeProtocol(webhook, { settings, secrets, wanted: everything, unwanted: [nested], identityOf });

describeProtocol(webhook, {
  settings: { ...settings, signatures: [...SIGNATURES], payload: 'thin' },
  secrets,
  eventTypes: ['dsync.user.updated'],
  wanted: [renamed, deactivated],
  unwanted: [created, deleted, groupCreated, joined, nested],
});

interface Circumstances {
  at?: Date;
  attempt?: number;
  previousSequence?: number | null;
  settings?: Partial<WebhookSettings>;
}

function contextOf({ at = new Date(), attempt = 1, previousSequence = null, settings: more }: Circumstances) {
  return {
    destinationId: 'we_1',
    settings: parseSettings(webhook, { ...settings, ...more }),
    secrets,
    at,
    attempt,
    previousSequence,
    issuer: '',
    sign: () => Promise.reject(new Error('nothing is signed with the key of the installation')),
  };
}

function requestOf(composed: Promise<Composed> | Composed): HttpRequest {
  if (!('url' in composed)) throw new Error('a webhook is composed at once');
  return composed;
}

const composed = (event: RecordedEvent, circumstances: Circumstances = {}): HttpRequest =>
  requestOf(webhook.compose(event, contextOf(circumstances)));

const batched = (messages: Message[], circumstances: Circumstances = {}): HttpRequest =>
  requestOf(webhook.composeBatch!(messages, contextOf(circumstances)));

describe('a webhook', () => {
  it('says what the events API says, and of which event it is the successor', () => {
    for (const event of everything) {
      const shown = published(event)!;
      const { sequence, ...context } = shown.context;
      expect(composed(event, { previousSequence: 41 }).body).toBe(
        JSON.stringify({ ...shown, context: { sequence, previous_sequence: 41, ...context } }),
      );
    }
  });

  it('tells its place in the directory in headers too; the first of its chain has no predecessor', () => {
    const event = { ...created, sequence: 42 };
    const place = { 'rollcall-directory': created.directoryId, 'rollcall-sequence': '42' };
    expect(composed(event, { previousSequence: 40 }).headers).toMatchObject({
      ...place,
      'rollcall-previous-sequence': '40',
    });
    const first = composed(event);
    expect(first.headers).toMatchObject(place);
    expect(first.headers).not.toHaveProperty('rollcall-previous-sequence');
    expect(first.body).toContain('"previous_sequence":null');
  });

  it('says nothing of anybody in its thin form but who they are', () => {
    for (const event of everything) {
      const { context, ...thin } = publishedThin(event)!;
      const body = JSON.parse(composed(event, { settings: { payload: 'thin' } }).body) as object;
      expect(body).toEqual({ ...thin, context: { ...context, previous_sequence: null } });
    }
    expect(composed(created, { settings: { payload: 'thin' } }).body).not.toContain('Lovelace');
  });

  it('reads the same after it was parsed and written again, which some verifiers do', () => {
    for (const event of everything) {
      const { body } = composed(event);
      expect(JSON.stringify(JSON.parse(body))).toBe(body);
    }
  });

  it('is the same in each attempt but for the time and what follows from it', () => {
    const times = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
    const wanted = fc.subarray([...SIGNATURES], { minLength: 1 });
    const payload = fc.constantFrom('full' as const, 'thin' as const);
    const previous = fc.option(fc.nat());
    fc.assert(
      fc.property(
        ...[anyEvent(), fc.record({ signatures: wanted, payload }), previous, times, times],
        (event, own, previousSequence, at, later) => {
          const attempt = (number: number, time: Date): HttpRequest =>
            composed(event, { settings: own, previousSequence, attempt: number, at: time });
          const [first, second, third] = [attempt(1, at), attempt(2, at), attempt(3, later)];
          expect(second).toEqual(first);
          expect(third.body).toBe(first.body);
          expect(timeless(third.headers)).toEqual(timeless(first.headers));
          const sameSecond = Math.floor(at.getTime() / 1_000) === Math.floor(later.getTime() / 1_000);
          if (own.signatures.includes('v1'))
            expect(third.headers['webhook-signature'] === first.headers['webhook-signature']).toBe(
              sameSecond,
            );
        },
      ),
    );
  });

  it('is verified by the library of Standard Webhooks', () => {
    const { body, headers } = composed(joined);
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  });

  it('is verified by the WorkOS SDK, in its thin form too', async () => {
    const workos = new WorkOS('sk_test');
    for (const payload of ['full', 'thin'] as const) {
      const { body, headers } = composed(deactivated, { settings: { payload } });
      const sigHeader = headers['workos-signature']!;
      const parsed = JSON.parse(body) as Record<string, unknown>;
      const event = await workos.webhooks.constructEvent({ payload: parsed, sigHeader, secret });
      expect(event).toMatchObject({ id: deactivated.id, event: 'dsync.user.updated' });
      const wrong = { payload: parsed, sigHeader, secret: newShared(6).value };
      await expect(workos.webhooks.constructEvent(wrong)).rejects.toThrow();
    }
  });

  it('is signed twice unless its settings say otherwise', () => {
    expect(parseSettings(webhook, settings)).toEqual({
      ...settings,
      signatures: ['v1', 'workos'],
      payload: 'full',
    });
  });

  it('needs a shared secret always, and a key pair where it is signed with v1a', () => {
    const kinds = (signatures: string[]) =>
      webhook.secretKinds!(parseSettings(webhook, { ...settings, signatures }));
    expect(kinds(['v1', 'workos', 'github', 'stripe'])).toEqual(['hmac']);
    expect(kinds(['v1a'])).toEqual(['hmac', 'ed25519']);
  });

  it.each([
    [{}, 'endpoint_url'],
    [{ endpoint_url: 'not a url' }, 'endpoint_url'],
    [{ endpoint_url: 'ftp://example.com/' }, 'endpoint_url'],
    [{ endpoint_url: `https://example.com/${'x'.repeat(2_048)}` }, 'endpoint_url'],
    [{ ...settings, extra: true }, 'extra'],
    [{ ...settings, signatures: [] }, 'signatures'],
    [{ ...settings, signatures: 'v1' }, 'signatures'],
    [{ ...settings, signatures: ['v1', 'v1'] }, 'signatures'],
    [{ ...settings, signatures: ['v2'] }, 'signatures'],
    [{ ...settings, signatures: null }, 'signatures'],
    [{ ...settings, payload: 'none' }, 'payload'],
    [{ ...settings, payload: null }, 'payload'],
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
    expect(webhook.compose(given(nested), contextOf({}))).toEqual({ impossible: expect.any(String) });
  });
});

describe('a batch', () => {
  const messages = everything.map((event, index) => ({
    event,
    previousSequence: index === 0 ? null : index,
  }));

  it('is one list of what would have been sent one by one, in order', () => {
    const { body, headers } = batched(messages);
    const single = messages.map(({ event, previousSequence }) => composed(event, { previousSequence }).body);
    expect(body).toBe(`{"object":"list","data":[${single.join(',')}]}`);
    expect(headers).toMatchObject({ 'rollcall-batch-size': String(messages.length) });
    expect(headers).not.toHaveProperty('rollcall-sequence');
  });

  it('is thin where the endpoint wants it so', () => {
    const thin = { settings: { payload: 'thin' as const } };
    const single = messages.map(
      ({ event, previousSequence }) => composed(event, { previousSequence, ...thin }).body,
    );
    expect(batched(messages, thin).body).toBe(`{"object":"list","data":[${single.join(',')}]}`);
  });

  it('is signed as a whole, by the same schemes', () => {
    const { body, headers } = batched(messages);
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(headers['workos-signature']).toMatch(/^t=\d+, v1=[0-9a-f]{64}$/);
  });

  it('has an id of its own, the same whenever the same events go together, another when one is missing', () => {
    const id = batched(messages).headers['webhook-id'];
    expect(id).toMatch(/^batch_[0-9a-f]{32}$/);
    expect(batched(messages, { attempt: 2, at: new Date(0) }).headers['webhook-id']).toBe(id);
    const others = [
      messages.slice(1),
      messages.slice(0, -1),
      [...messages.slice(0, 2), ...messages.slice(3)],
    ];
    const ids = others.map((each) => batched(each).headers['webhook-id']);
    expect(new Set([id, ...ids]).size).toBe(4);
  });

  it('leaves out what has no published form, and is impossible when nothing is left', () => {
    const odd = { event: given(nested, 9), previousSequence: 1 };
    expect(batched([...messages, odd])).toEqual({
      ...batched(messages),
      headers: expect.objectContaining({ 'webhook-id': batched(messages).headers['webhook-id'] }),
    });
    expect(webhook.composeBatch!([odd], contextOf({}))).toEqual({ impossible: expect.any(String) });
  });
});

/** What does not depend on when it was signed. */
function timeless(headers: Record<string, string>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      name === 'webhook-timestamp' || name.endsWith('signature') ? 'of its time' : value,
    ]),
  );
}
