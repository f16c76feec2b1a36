import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bounded } from '../../../../test/support/bounds.js';
import { deactivated } from '../testing/events.js';
import { attemptRow, firstUuidAt, newAttemptId, uuidOf, type AttemptRecord } from './record.js';

const at = new Date('2030-01-31T12:34:56.789Z');

const record: AttemptRecord = {
  id: newAttemptId(at),
  about: deactivated,
  attempt: 3,
  probe: false,
  startedAt: at,
  durationInMilliseconds: 12.6,
  outcome: { kind: 'refused', status: 500 },
  answer: 'Oops\u0000',
};

describe('the id of an attempt', () => {
  it('sorts by time, as text and as the table has it', () => {
    const time = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2100-01-01') });
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [first, second] = [one, other].map((each) => newAttemptId(new Date(each))) as [string, string];
        if (one === other) return;
        expect(first < second).toBe(one < other);
        expect(uuidOf(first)! < uuidOf(second)!).toBe(one < other);
        expect(uuidOf(first)! >= firstUuidAt(new Date(one))).toBe(true);
        expect(uuidOf(first)! < firstUuidAt(new Date(one + 1))).toBe(true);
      }),
      bounded(200),
    );
  });

  it.each(['', 'attempt_', 'attempt_01', 'event_01KE7M00000000000000000007', 'attempt_ILOU'])(
    'is not %p',
    (text) => expect(uuidOf(text)).toBeUndefined(),
  );
});

describe('what is kept of an attempt', () => {
  it('is where it went, when, and how it ended', () => {
    expect(attemptRow(record)).toEqual({
      id: uuidOf(record.id),
      organization_id: deactivated.organizationId,
      directory_id: deactivated.directoryId,
      position: deactivated.position,
      occurred_at: deactivated.occurredAt,
      attempt: 3,
      kind: 'delivery',
      batch_size: 1,
      started_at: at,
      duration_in_milliseconds: 13,
      outcome: 'refused',
      status: 500,
      error: null,
      answer: 'Oops\ufffd',
    });
  });

  it.each<[string, Partial<AttemptRecord>, object]>([
    ['a probe', { probe: true }, { kind: 'probe' }],
    ['a replay', { kind: 'replay' }, { kind: 'replay' }],
    ['one event of a batch', { batchSize: 20 }, { batch_size: 20 }],
    ['a test', { kind: 'test', about: undefined }, { kind: 'test', position: null, organization_id: null }],
    [
      'nobody who answered',
      { outcome: { kind: 'unreachable', reason: 'refused' } },
      { status: null, error: 'refused' },
    ],
    [
      'a 404 that means yes',
      { outcome: { kind: 'delivered', status: 404, note: 'gone already' } },
      { status: 404, error: 'gone already' },
    ],
  ])('says of %s that it was one', (_name, change, row) => {
    expect(attemptRow({ ...record, ...change })).toMatchObject(row);
  });
});
