import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { Database } from './database.js';

describe('a program that falls silent in the middle of a transaction', () => {
  let fresh: FreshDatabase;

  beforeAll(async () => {
    fresh = await freshDatabase();
  });

  afterAll(() => fresh.drop());

  it('is cut off after the time it has, so that nobody waits for what it holds', async () => {
    const [silent, other] = await Promise.all([
      Database.connect(fresh.url, { silentInTransactionInMilliseconds: 300 }),
      Database.connect(fresh.url),
    ]);
    const start = performance.now();
    const stopped = silent.transaction(async (tx) => {
      await tx.rows('select pg_advisory_xact_lock(1)');
      await other.transaction((its) => its.rows('select pg_advisory_xact_lock(1)'));
      await tx.rows('select 1');
    });
    await expect(stopped).rejects.toThrow();
    // Half of what a program has that was given no time of its own.
    expect(performance.now() - start).toBeLessThan(15_000);
    await Promise.all([silent.close(), other.close()]);
  });
});
