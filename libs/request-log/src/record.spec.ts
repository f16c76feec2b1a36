import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordOf } from './record.js';
import { REDACTED } from './secret-names.js';
import { seen } from './testing/seen.js';

describe('the record of a request', () => {
  it('says what was asked, what was answered, and what came of it', () => {
    const request = seen({
      at: new Date('2030-01-31T23:59:59.999Z'),
      tokenId: 'directory_token_1',
      quirks: ['ignoresReadOnlyReset'],
      ignored: ['department'],
      unknownMembers: ['directory_user_9'],
      events: [{ first: 7, last: 8, occurredAt: '2030-02-01T00:00:00.001Z' }],
    });
    expect(recordOf(request)).toEqual({
      id: request.id,
      receivedAt: new Date('2030-01-31T23:59:59.999Z'),
      directoryId: 'directory_1',
      organizationId: 'org_1',
      tokenId: 'directory_token_1',
      method: 'POST',
      path: '/scim/v2/directory_1/Users',
      userAgent: 'Okta SCIM Client 1.0.0',
      body: '{"userName":"ada@example.com"}',
      bodyCut: false,
      bodyBytes: 30,
      dialect: 'okta',
      quirks: ['ignoresReadOnlyReset'],
      ignored: ['department'],
      unknownMembers: ['directory_user_9'],
      outcome: 'succeeded',
      status: 201,
      scimType: null,
      detail: null,
      durationInMilliseconds: 4.6,
      events: [{ first: 7, last: 8, occurredAt: '2030-02-01T00:00:00.001Z' }],
    });
  });

  it.each([
    [200, 'succeeded'],
    [204, 'succeeded'],
    [304, 'succeeded'],
    [400, 'refused'],
    [401, 'refused'],
    [412, 'refused'],
    [501, 'refused'],
    [429, 'limited'],
    [500, 'failed'],
    [503, 'failed'],
  ])('calls a %i %s', (status, outcome) => {
    expect(recordOf(seen({ status })).outcome).toBe(outcome);
  });

  it('keeps no body of one that was limited: it was not even read', () => {
    expect(recordOf(seen({ status: 429 }))).toMatchObject({ body: null, bodyBytes: 30 });
  });

  it('keeps of a body that is not JSON only its size', () => {
    expect(recordOf(seen({ status: 400, body: undefined, bodyBytes: 99 }))).toMatchObject({
      body: null,
      bodyCut: false,
      bodyBytes: 99,
    });
  });

  it('tells neighbouring events of one moment as one run', () => {
    const occurredAt = '2030-01-01T00:00:00.000Z';
    const events = [
      { first: 5, last: 6, occurredAt },
      { first: 1, last: 3, occurredAt },
      { first: 4, last: 4, occurredAt },
      { first: 8, last: 8, occurredAt },
      { first: 9, last: 9, occurredAt: '2030-01-01T00:00:00.001Z' },
    ];
    expect(recordOf(seen({ events })).events).toEqual([
      { first: 1, last: 6, occurredAt },
      { first: 8, last: 8, occurredAt },
      { first: 9, last: 9, occurredAt: '2030-01-01T00:00:00.001Z' },
    ]);
  });

  it('keeps lists and sentences short', () => {
    const many = Array.from({ length: 500 }, (_, index) => `name-${index}-${'x'.repeat(300)}`);
    const record = recordOf(
      seen({ unknownMembers: many, ignored: many, quirks: many, detail: 'y'.repeat(9_000) }),
    );
    for (const list of [record.unknownMembers, record.ignored, record.quirks])
      expect([list.length, list[0]!.length]).toEqual([100, 200]);
    expect(record.detail).toHaveLength(2_000);
  });

  it('holds no text that PostgreSQL could not hold', () => {
    const record = recordOf(seen({ detail: 'a\0b\ud800c😀', ignored: ['\0'], body: { a: '\0\ud800' } }));
    expect(record.detail).toBe('a\uFFFDb\uFFFDc😀');
    expect(record.ignored).toEqual(['\uFFFD']);
    expect(JSON.parse(record.body!)).toEqual({ a: '\0\ud800' });
  });
});

describe('a path', () => {
  it.each([
    ['/scim/v2/Users', '/scim/v2/Users'],
    ['/scim/v2/Users?', '/scim/v2/Users?'],
    [
      '/Users?filter=userName%20eq%20%22ada%22&count=1&x',
      '/Users?filter=userName%20eq%20%22ada%22&count=1&x',
    ],
    ['/Users?attributes=userName,password', '/Users?attributes=userName,password'],
    [
      '/Users?filter=userName+eq+%22token%40example.com%22',
      '/Users?filter=userName+eq+%22token%40example.com%22',
    ],
    ['/Users?access_token=abc&count=1', `/Users?access_token=${REDACTED}&count=1`],
    ['/Users?Pass%77ord=abc', `/Users?Pass%77ord=${REDACTED}`],
    ['/Users?filter=password%20eq%20%22hunter2%22', `/Users?filter=${REDACTED}`],
    ['/Users?filter=password+eq+hunter2', `/Users?filter=${REDACTED}`],
    ['/Users?filter=password%2520eq%2520hunter2', `/Users?filter=${REDACTED}`],
    [`/scim_${'a'.repeat(43)}/Users`, `/${REDACTED}/Users`],
    ['/Users?x=%zz&token=%zz', `/Users?x=%zz&token=${REDACTED}`],
    ['/Users?a=b?token=c', `/Users?a=${REDACTED}`],
  ])('%s is kept as %s', (url, path) => {
    expect(recordOf(seen({ url })).path).toBe(path);
  });
});

describe('the words of an error', () => {
  it('are kept', () => {
    const detail = 'The path "emails[" cannot be used: position 8: expected a filter.';
    expect(recordOf(seen({ status: 400, detail })).detail).toBe(detail);
  });

  it('lose the secrets of the body that they repeat, also when they shorten them', () => {
    const body = { password: 'correct-horse-battery' };
    const detail = 'password is "correct-horse…", not text: correct-horse-battery.';
    expect(recordOf(seen({ status: 400, body, detail })).detail).toBe(
      `password is ${REDACTED}, not text: ${REDACTED}.`,
    );
  });

  it('lose what they quote of a filter that was taken out', () => {
    const url = '/Users?filter=password%20eq%20%22hunter2%22%20x';
    const detail = 'Position 22 of the filter: expected the end, found "hunter2".';
    expect(recordOf(seen({ status: 400, url, detail })).detail).toBe(
      `Position 22 of the filter: expected the end, found ${REDACTED}.`,
    );
  });

  it('lose what they quote of a path that was taken out, quotations within quotations too', () => {
    const path = 'password[value eq "hunter2"]';
    const detail = `The path ${JSON.stringify(path)} cannot be used: password has no values to choose among.`;
    expect(recordOf(seen({ status: 400, body: { Operations: [{ path }] }, detail })).detail).toBe(
      `The path ${REDACTED} cannot be used: password has no values to choose among.`,
    );
  });

  it('lose a secret that holds quotation marks', () => {
    const password = 'cor"rect-horse';
    const detail = `The value ${JSON.stringify(password)} is too short.`;
    expect(recordOf(seen({ status: 400, body: { password }, detail })).detail).toBe(
      `The value ${REDACTED} is too short.`,
    );
  });

  it('lose what looks like a credential', () => {
    const detail = `There is nothing at GET /scim/v2/sk_${'a'.repeat(40)}.`;
    expect(recordOf(seen({ detail, status: 404 })).detail).toBe(
      `There is nothing at GET /scim/v2/${REDACTED}.`,
    );
  });
});

it('a password is in no part of a record', () => {
  const PASSWORD = 'correct-horse-battery';
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('password', 'PASSWORD', 'user.password'), (other, name) => {
      const record = recordOf(
        seen({
          status: 400,
          url: `/scim/v2/Users?filter=${encodeURIComponent(`${name} eq "${PASSWORD}"`)}&${name}=${PASSWORD}`,
          userAgent: `curl scim_${PASSWORD}-${PASSWORD}`,
          body: { other, [name]: PASSWORD, Operations: [{ path: name, value: PASSWORD }] },
          detail: `The value "${PASSWORD}" of ${name} is not good; nor is ${PASSWORD.slice(0, -1)}${PASSWORD.slice(-1)}.`,
          ignored: [`${name}=${PASSWORD}`, `${name}[value eq "${PASSWORD}"]`],
        }),
      );
      expect(JSON.stringify(record)).not.toContain(PASSWORD);
    }),
  );
});
