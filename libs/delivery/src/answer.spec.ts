import { describe, expect, it } from '@jest/globals';
import { isSuccess, refused, retryAfterInSeconds } from './answer.js';
import type { HttpAnswer } from './protocol.js';

const at = new Date('2026-01-05T12:00:00.000Z');
const answer = (status: number, retryAfter?: string): HttpAnswer => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  excerpt: '',
  at,
});

describe('Retry-After', () => {
  it.each([
    ['120', 120],
    [' 7 ', 7],
    ['0', 0],
    ['Mon, 05 Jan 2026 12:01:30 GMT', 90],
    ['Mon, 05 Jan 2026 11:00:00 GMT', 0],
    ['999999999', 86_400],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%p means %p seconds', (value, expected) => {
    expect(retryAfterInSeconds(answer(503, value))).toBe(expected);
  });

  it('speaks for the endpoint with 429 and 503, and for the event with anything else', () => {
    expect(refused(answer(429, '5'))).toEqual({ kind: 'refused', status: 429, retryAfterInSeconds: 5 });
    expect(refused(answer(503, '5'))).toEqual({ kind: 'refused', status: 503, retryAfterInSeconds: 5 });
    expect(refused(answer(422, '5'))).toEqual({ kind: 'refused', status: 422, eventPauseInSeconds: 5 });
    expect(refused(answer(500, '5'))).toEqual({ kind: 'refused', status: 500, eventPauseInSeconds: 5 });
  });

  it('that is missing means a short pause with 429, which says "too many", and none with 503', () => {
    expect(refused(answer(429))).toEqual({ kind: 'refused', status: 429, retryAfterInSeconds: 5 });
    expect(refused(answer(503))).toEqual({ kind: 'refused', status: 503 });
  });
});

describe('an answer', () => {
  it.each([
    [199, false],
    [200, true],
    [204, true],
    [299, true],
    [302, false],
    [404, false],
  ])('%i is a success: %s', (status, expected) => {
    expect(isSuccess(answer(status))).toBe(expected);
  });

  it('410 says that nothing more is wanted', () => {
    expect(refused(answer(410))).toEqual({ kind: 'refused', status: 410, gone: true });
  });
});
