import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type Tx } from '@app/runtime';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { checkpointPosition, moveCheckpoint, takeCheckpoint } from './checkpoint.js';
import { lockDirectory, tryLockDirectories } from './lock.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 4 });
  operator = await admin(fresh.url);
});

afterAll(async () => {
  await operator.close();
  await database.close();
  await fresh.drop();
});

const tried = (...ids: string[]): Promise<string[]> =>
  database.transaction(async (tx) => [...(await tryLockDirectories(tx, ids))].sort());

describe('the lock of a directory', () => {
  it('is not waited for by a writer who only tries: it gets the others', async () => {
    await database.transaction(async (tx) => {
      await lockDirectory(tx, 'a');
      expect(await tried('a', 'b', 'c')).toEqual(['b', 'c']);
      expect(await tried('a')).toEqual([]);
    });
  });

  it.each<[string, (tx: Tx) => Promise<void>]>([
    ['commits', async () => {}],
    ['is rolled back', async () => Promise.reject(new Error('no'))],
    [
      'dies',
      async (tx) => {
        const [row] = await tx.rows<{ pid: number }>('select pg_backend_pid() as pid');
        await operator.kill(row!.pid);
        await tx.rows('select 1');
      },
    ],
  ])('ends when its transaction %s', async (_how, end) => {
    let next: Promise<void> | undefined;
    const first = database.transaction(async (tx) => {
      await lockDirectory(tx, 'a');
      next = database.transaction((other) => lockDirectory(other, 'a'));
      await operator.waitingForLocks(1);
      await end(tx);
    });
    await first.catch(() => {});
    await next;
    expect(await tried('a')).toEqual(['a']);
  });

  it('may be taken twice by the same transaction', async () => {
    await database.transaction(async (tx) => {
      await lockDirectory(tx, 'a');
      expect([...(await tryLockDirectories(tx, ['a']))]).toEqual(['a']);
    });
  });
});

describe('a checkpoint', () => {
  it('of a new follower is at the start, and moves with the transaction that took it', async () => {
    expect(await checkpointPosition(database, 'one')).toBe(0);
    await database.transaction(async (tx) => {
      expect(await takeCheckpoint(tx, 'one')).toBe(0);
      await moveCheckpoint(tx, 'one', 12);
    });
    expect(await checkpointPosition(database, 'one')).toBe(12);
    const undone = database.transaction(async (tx) => {
      expect(await takeCheckpoint(tx, 'one')).toBe(12);
      await moveCheckpoint(tx, 'one', 13);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect(await checkpointPosition(database, 'one')).toBe(12);
  });

  it('that another transaction holds is not waited for', async () => {
    await database.transaction((tx) => takeCheckpoint(tx, 'two'));
    await database.transaction(async (tx) => {
      expect(await takeCheckpoint(tx, 'two')).toBe(0);
      expect(await database.transaction((other) => takeCheckpoint(other, 'two'))).toBeUndefined();
      expect(await database.transaction((other) => takeCheckpoint(other, 'three'))).toBe(0);
    });
  });
});
