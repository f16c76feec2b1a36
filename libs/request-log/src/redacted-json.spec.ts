import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redactedJson } from './redacted-json.js';
import { REDACTED } from './secret-names.js';

const LIMIT = 16_384;
const kept = (body: unknown): unknown => {
  const { text, cut } = redactedJson(body, LIMIT);
  expect(cut).toBe(false);
  return JSON.parse(text);
};
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

describe('a body is kept', () => {
  it.each<[unknown]>([
    [
      {
        userName: 'ada',
        emails: [{ value: 'ada@example.com', primary: true }],
        active: false,
        manager: null,
      },
    ],
    [{ schemas: [USER], name: { givenName: 'Ada "Countess"', familyName: 'Lovelace\n' }, weight: 1.5e300 }],
    [{ Operations: [{ op: 'replace', path: 'emails[type eq "work"].value', value: 'a@b.c' }] }],
    [[]],
    [{}],
    ['ada'],
    [null],
    [0],
  ])('as it was sent: %j', (body) => {
    expect(kept(body)).toEqual(body);
  });

  it('whatever JSON it is', () => {
    const innocent = fc
      .jsonValue({ maxDepth: 6 })
      .filter((value) => !/passw|pwd|secret|token|auth|cred|key/i.test(JSON.stringify(value)));
    fc.assert(
      fc.property(innocent, (body) => {
        const { text, cut } = redactedJson(body, 1_000_000);
        expect([cut, JSON.parse(text)]).toEqual([false, JSON.parse(JSON.stringify(body))]);
      }),
    );
  });
});

describe('of a body is taken out', () => {
  it.each<[string, unknown, unknown]>([
    ['a password', { userName: 'ada', password: 'hunter2' }, { userName: 'ada', password: REDACTED }],
    ['a password in any case', { PassWord: 'hunter2' }, { PassWord: REDACTED }],
    ['a password that is a number', { password: 4711 }, { password: REDACTED }],
    ['a password that is a list', { password: [{ value: 'hunter2' }] }, { password: REDACTED }],
    ['a password under its URN', { [`${USER}:password`]: 'hunter2' }, { [`${USER}:password`]: REDACTED }],
    [
      'a password at any depth',
      { a: [{ b: { password: 'x-x-x' } }] },
      { a: [{ b: { password: REDACTED } }] },
    ],
    [
      'what a PATCH puts at the path password',
      { Operations: [{ op: 'replace', value: 'hunter2', path: 'password' }] },
      { Operations: [{ op: 'replace', value: REDACTED, path: 'password' }] },
    ],
    [
      'what a PATCH puts at the URN of password, in any case',
      { operations: [{ OP: 'Replace', Path: `${USER}:PASSWORD`, Value: { nested: 'hunter2' } }] },
      { operations: [{ OP: 'Replace', Path: `${USER}:PASSWORD`, Value: REDACTED }] },
    ],
    [
      'a password among the values of a PATCH without a path',
      { Operations: [{ op: 'add', value: { title: 'Dr', 'name.password': 'x-x-x', password: 'hunter2' } }] },
      { Operations: [{ op: 'add', value: { title: 'Dr', 'name.password': REDACTED, password: REDACTED } }] },
    ],
    [
      'a password in the data of a bulk operation',
      { Operations: [{ method: 'POST', path: '/Users', data: { userName: 'a', password: 'hunter2' } }] },
      { Operations: [{ method: 'POST', path: '/Users', data: { userName: 'a', password: REDACTED } }] },
    ],
    ['a password in JSON in a text', { value: '{"password":"hunter2"}' }, { value: REDACTED }],
    [
      'a password in JSON that spells its name with escapes',
      { value: '{"p\\u0061ssword":"x"}' },
      { value: REDACTED },
    ],
    ['a password that a text says', { title: 'see password: hunter2' }, { title: REDACTED }],
    [
      'a named value',
      { custom: [{ name: 'password', value: 'hunter2' }] },
      { custom: [{ name: 'password', value: REDACTED }] },
    ],
    [
      'a filter that compares a password',
      { filter: 'userName eq "ada" and password eq "hunter2"' },
      { filter: REDACTED },
    ],
    ['a path that compares a password', { path: 'password[value eq "hunter2"]' }, { path: REDACTED }],
    ['a key that compares a password', { 'password[value eq "hunter2"]': null }, { [REDACTED]: null }],
    [
      'an API key',
      { apiKey: 'k', 'api-key': 'k', API_KEY: 'k' },
      { apiKey: REDACTED, 'api-key': REDACTED, API_KEY: REDACTED },
    ],
    [
      'what is called secret, token, credential or authorization',
      { clientSecret: 's', access_token: 't', credentials: { a: 'b' }, Authorization: 'Basic eA==' },
      { clientSecret: REDACTED, access_token: REDACTED, credentials: REDACTED, Authorization: REDACTED },
    ],
    [
      'what looks like a credential, wherever it is',
      {
        title: `my scim_${'a'.repeat(43)}`,
        nickName: 'Bearer abcdefgh.ijkl',
        note: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc',
      },
      { title: `my ${REDACTED}`, nickName: REDACTED, note: REDACTED },
    ],
  ])('%s', (_what, body, expected) => {
    expect(kept(body)).toEqual(expected);
  });

  it('not that somebody has none', () => {
    expect(kept({ password: null })).toEqual({ password: null });
  });

  it('not a value that only contains such a word', () => {
    const body = {
      filter: 'userName eq "token@example.com"',
      path: 'emails[value eq "secret@b.c"].type',
      title: 'Secret Santa',
    };
    expect(kept(body)).toEqual(body);
  });

  it('every password, in whatever body it is put', () => {
    const PASSWORD = 'correct-horse-battery';
    const name = fc.constantFrom(
      'password',
      'Password',
      `${USER}:password`,
      'new_password',
      'clientSecret',
      'API-Key',
      'accessToken',
    );
    const holding = fc.oneof(
      name.map((key) => ({ [key]: PASSWORD })),
      name.map((key) => ({ [key]: { deep: [PASSWORD] } })),
      name.map((path) => ({ value: PASSWORD, op: 'add', path })),
      name.map((path) => ({ data: [{ any: PASSWORD }], path })),
      name.map((key) => ({ filter: `userName eq "x" or ${key} sw "${PASSWORD}"` })),
      name.map((key) => ({ path: `${key}[value eq "${PASSWORD}"]` })),
      name.map((key) => ({ value: JSON.stringify({ [key]: PASSWORD }) })),
    );
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        holding,
        fc.tuple(fc.jsonValue(), tie('node')).map(([other, node]) => [other, node]),
        fc
          .tuple(fc.string(), fc.string(), fc.jsonValue(), tie('node'))
          .map(([a, b, other, node]) => ({ [b]: other, [a]: node })),
      ),
    })).node;
    fc.assert(
      fc.property(tree, fc.integer({ min: 1, max: 400 }), (body, limit) => {
        expect(JSON.stringify(body)).toContain(PASSWORD);
        expect(redactedJson(body, LIMIT).text).not.toContain(PASSWORD);
        // Nor where the text is cut in the middle of anything.
        expect(redactedJson(body, limit).text).not.toContain(PASSWORD.slice(0, 8));
      }),
      { numRuns: 500 },
    );
  });
});

describe('of a body that is too large', () => {
  const bytes = (text: string): number => Buffer.byteLength(text);

  it('the beginning is kept, and that it was cut', () => {
    const members = Array.from({ length: 5_000 }, (_, index) => ({ value: `directory_user_${index}` }));
    const { text, cut } = redactedJson({ displayName: 'All', members }, LIMIT);
    expect(cut).toBe(true);
    expect(bytes(text)).toBe(LIMIT);
    expect(JSON.stringify({ displayName: 'All', members }).startsWith(text)).toBe(true);
  });

  it('no character is cut in two', () => {
    for (const limit of [50, 51, 52, 53]) {
      const { text, cut } = redactedJson({ displayName: '😀'.repeat(40) }, limit);
      expect([cut, !/\p{Cs}/u.test(text), text.includes('\uFFFD')]).toEqual([true, true, false]);
      expect(bytes(text)).toBeLessThanOrEqual(limit);
    }
  });

  it('one that is exactly as large as may be is kept whole', () => {
    const body = { a: 'x'.repeat(LIMIT - 8) };
    expect(redactedJson(body, LIMIT)).toEqual({ text: JSON.stringify(body), cut: false });
    expect(redactedJson({ a: 'x'.repeat(LIMIT - 7) }, LIMIT).cut).toBe(true);
  });

  it('half a credential does not slip through', () => {
    const { text } = redactedJson({ title: `${'word '.repeat(20)}scim_${'a'.repeat(60)}` }, 130);
    expect(text).not.toContain('scim_');
    expect(text).toContain('word word');
  });

  it('nor does JSON within a text that says only at its end what it was', () => {
    const value = JSON.stringify([{ value: 'hunter2', filler: 'x'.repeat(200), path: 'password' }]);
    expect(redactedJson({ value }, 100).text).not.toContain('hunter2');
  });

  it('however deep or wide it is, it costs no more than its beginning', () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as unknown;
    expect(redactedJson(deep, LIMIT)).toEqual({
      text: `${'['.repeat(64)}"(nested too deeply)"${']'.repeat(64)}`,
      cut: false,
    });
    const hostile = {
      a: 'token'.repeat(400_000),
      b: '"\\"'.repeat(400_000),
      path: '"\\"'.repeat(400_000),
      c: 'eyJ-'.repeat(400_000),
    };
    const start = performance.now();
    redactedJson(hostile, LIMIT);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
