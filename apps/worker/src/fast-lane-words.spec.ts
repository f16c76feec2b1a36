import { describe, expect, it } from '@jest/globals';
import { readConfig, type Config } from '@app/runtime';
import { configGiven, lanesOf } from './fast-lane-words.js';

const config = (more: Record<string, string> = {}): Config =>
  readConfig({ ROLLCALL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'), ...more });

describe('the thread of revocations', () => {
  it('has a quarter of the memory and of the connections, and webhooks have the others', () => {
    const lanes = lanesOf(config({ ROLLCALL_DELIVERY_MEMORY_MIB: '64', ROLLCALL_DATABASE_POOL_SIZE: '20' }));
    expect(lanes.revocations).toMatchObject({ deliveryMemoryInMebibytes: 16, databasePoolSize: 5 });
    expect(lanes.webhooks).toMatchObject({ deliveryMemoryInMebibytes: 48, databasePoolSize: 15 });
  });

  it('has enough to work with where there is little', () => {
    const { revocations, webhooks } = lanesOf(
      config({ ROLLCALL_DELIVERY_MEMORY_MIB: '1', ROLLCALL_DATABASE_POOL_SIZE: '2' }),
    );
    expect([revocations, webhooks].map(({ deliveryMemoryInMebibytes }) => deliveryMemoryInMebibytes)).toEqual(
      [1, 1],
    );
    expect([revocations, webhooks].map(({ databasePoolSize }) => databasePoolSize)).toEqual([4, 4]);
  });

  it('gets its configuration as it was, the key of the secrets included', () => {
    const given = configGiven(structuredClone({ config: config(), version: '1', heard: false }));
    expect(given).toEqual(config());
    expect(Buffer.isBuffer(given.secretKey)).toBe(true);
  });
});
