import { describe, expect, it } from '@jest/globals';
import { isDatabaseAway } from './database-away.js';

const failure = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);

describe('the database is away', () => {
  it.each([
    ['it refuses connections', failure('connect ECONNREFUSED 127.0.0.1:5432', { code: 'ECONNREFUSED' })],
    ['it is stopped', failure('terminating connection due to administrator command', { code: '57P01' })],
    ['it starts', failure('the database system is starting up', { code: '57P03' })],
    ['it has no connection left', failure('sorry, too many clients already', { code: '53300' })],
    ['the connection breaks', failure('Connection terminated unexpectedly')],
    ['every connection is in use for too long', failure('timeout exceeded when trying to connect')],
    ['every address of its host refuses', failure('', { errors: [failure('', { code: 'ECONNREFUSED' })] })],
    [
      'TypeORM has wrapped what the driver said',
      failure('x', { driverError: failure('', { code: '08006' }) }),
    ],
  ])('when %s', (_why, error) => {
    expect(isDatabaseAway(error)).toBe(true);
  });

  it.each([
    ['a statement is wrong', failure('relation "x" does not exist', { code: '42P01' })],
    ['a value does not fit', failure('division by zero', { code: '22012' })],
    ['the error is ours', failure('the log is damaged')],
    ['it is no error', 'ECONNREFUSED'],
  ])('not when %s', (_why, error) => {
    expect(isDatabaseAway(error)).toBe(false);
  });
});
