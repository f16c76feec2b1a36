import { Redis } from 'ioredis';

/** What a worker's queues are called in Redis. */
const OURS = '{rollcall-*';

/**
 * A benchmark must not eat the tickets of an installation, and leaves nothing.
 * @returns what removes its keys. @throws when there are keys of Rollcall's already.
 */
export async function guardRedis(url) {
  if (!url) return async () => {};
  const redis = new Redis(url);
  const keys = async () => {
    const found = [];
    for await (const page of redis.scanStream({ match: OURS, count: 1_000 })) found.push(...page);
    return found;
  };
  if ((await keys()).length > 0) {
    redis.disconnect();
    throw new Error(
      'this Redis holds queues of Rollcall: give the benchmark one of its own, such as another database number',
    );
  }
  return async () => {
    for (const key of await keys()) await redis.unlink(key);
    await redis.quit();
  };
}
