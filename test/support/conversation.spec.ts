/** A replay that overlooks something would make every recording pass. */
import { describe, expect, it } from '@jest/globals';
import { differences } from './conversation.js';

const places = (actual: unknown, expected: unknown): string[] =>
  differences('body', actual, expected).map((sentence) => sentence.trim().split(':', 1)[0]!);

describe('what a recording expects of an answer', () => {
  it('is part of it: an object may have more members', () => {
    expect(places({ id: '1', active: true, name: { familyName: 'A' } }, { active: true, name: {} })).toEqual(
      [],
    );
  });

  it.each<[string, unknown, unknown, string[]]>([
    ['another value', { active: 'true' }, { active: true }, ['body.active']],
    ['a number for a text', { status: 404 }, { status: '404' }, ['body.status']],
    ['a member that is missing', {}, { name: { familyName: 'A' } }, ['body.name']],
    [
      'one element too many',
      { members: [{ value: 1 }, { value: 2 }] },
      { members: [{ value: 1 }] },
      ['body.members'],
    ],
    ['another order', [1, 2], [2, 1], ['body[0]', 'body[1]']],
    ['null for a value', { email: null }, { email: '{{anything}}' }, ['body.email']],
    ['null for nothing', { email: null }, { email: '{{absent}}' }, ['body.email']],
    ['nothing for null', {}, { email: null }, ['body.email']],
    ['an answer where there should be none', { id: '1' }, '{{absent}}', ['body']],
    ['two things at once', { a: 1, b: { c: 2 } }, { a: 2, b: { c: 3 } }, ['body.a', 'body.b.c']],
  ])('is not met by %s', (_what, actual, expected, where) => {
    expect(places(actual, expected)).toEqual(where);
  });
});
