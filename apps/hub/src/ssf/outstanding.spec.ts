import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@app/directory';
import type { SecurityEvent } from '@app/revocation';
import { Outstanding, type Answer, type Answered } from './outstanding.js';

const set = (jti: string): SecurityEvent => ({ jti }) as SecurityEvent;
const at = (position: number): RecordedEvent => ({ position }) as RecordedEvent;

interface Told {
  position: number;
  sets: string[];
  /** All of them unless given. */
  valid?: string[];
  reason?: string;
}

function after(
  told: Told[],
  { answers = {}, answered = [] }: { answers?: Record<string, Answer>; answered?: Answered[] } = {},
): Outstanding {
  const outstanding = new Outstanding(answered, new Map(Object.entries(answers)));
  for (const { position, sets, valid = sets, reason } of told)
    outstanding.add({ event: at(position), sets: sets.map(set), valid: valid.map(set), reason });
  return outstanding;
}

const pendingOf = ({ pending }: Outstanding): string[] => pending.map(({ jti }) => jti);
const endsOf = ({ ended }: Outstanding) => ended.map(({ event, end }) => [event.position, end]);

describe('tokens that wait for their receiver', () => {
  it('are all that it has not answered, in order', () => {
    const outstanding = after([
      { position: 3, sets: ['a', 'b'] },
      { position: 5, sets: ['c'] },
    ]);
    expect(pendingOf(outstanding)).toEqual(['a', 'b', 'c']);
    expect(outstanding.finishedUpTo(9)).toBe(2);
  });

  it('end with its answers; the cursor goes to just before the first that has none', () => {
    const told = [
      { position: 3, sets: ['a', 'b'] },
      { position: 5, sets: ['c'] },
      { position: 7, sets: ['d'] },
    ];
    const outstanding = after(told, { answers: { a: null, b: null, d: null } });
    expect(pendingOf(outstanding)).toEqual(['c']);
    expect(outstanding.finishedUpTo(9)).toBe(4);
    expect(endsOf(outstanding)).toEqual([
      [3, { state: 'acknowledged', jti: 'a' }],
      [7, { state: 'acknowledged', jti: 'd' }],
    ]);
  });

  it('are not ended twice: what was answered before is passed in silence', () => {
    const answered = [{ position: 3, jti: 'a', error: null }];
    const outstanding = after([{ position: 3, sets: ['a'] }], { answered, answers: { a: null } });
    expect(outstanding.finishedUpTo(9)).toBe(9);
    expect(outstanding.heard).toEqual([]);
    expect(endsOf(outstanding)).toEqual([]);
  });

  it('are acknowledged when the last one of an event is', () => {
    const answered = [{ position: 3, jti: 'b', error: null }];
    const outstanding = after([{ position: 3, sets: ['a', 'b'] }], { answered, answers: { a: null } });
    expect(endsOf(outstanding)).toEqual([[3, { state: 'acknowledged', jti: 'a' }]]);
  });

  it('fail when one of an event was refused', () => {
    const answers = { a: null, b: 'invalid_key' };
    expect(endsOf(after([{ position: 3, sets: ['a', 'b'] }], { answers }))).toEqual([
      [3, { state: 'failed', reason: 'invalid_key' }],
    ]);
  });

  it('fail when nothing can be told, which holds up nothing', () => {
    const outstanding = after([{ position: 3, sets: [], reason: 'the person has no email' }]);
    expect(outstanding.finishedUpTo(9)).toBe(9);
    expect(endsOf(outstanding)).toEqual([[3, { state: 'failed', reason: 'the person has no email' }]]);
  });

  it('are superseded when what takes access away was taken back unheard, once nothing before it waits', () => {
    const told = { position: 3, sets: ['a', 'b'], valid: [], reason: 'back' };
    expect(endsOf(after([told]))).toEqual([[3, { state: 'superseded', reason: 'back' }]]);
    expect(endsOf(after([{ position: 2, sets: ['z'] }, told]))).toEqual([]);
    const partly = { ...told, valid: ['b'] };
    expect(endsOf(after([partly], { answers: { b: null } }))).toEqual([
      [3, { state: 'superseded', reason: 'back' }],
    ]);
  });

  it('count as acknowledged when they were heard before they were taken back', () => {
    const told = { position: 3, sets: ['a', 'b'], valid: ['b'], reason: 'back' };
    expect(endsOf(after([told], { answers: { a: null, b: null } }))).toEqual([
      [3, { state: 'acknowledged', jti: 'a' }],
    ]);
  });

  it('know whether every answer was about one of them', () => {
    expect(after([{ position: 3, sets: ['a'] }], { answers: { a: null } }).heardAll).toBe(true);
    expect(after([{ position: 3, sets: ['a'] }], { answers: { z: null } }).heardAll).toBe(false);
  });
});
