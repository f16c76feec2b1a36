/** Token buckets in Redis, one for all processes. Each borrows a few at a time, so that most requests ask nobody. */
import { Redis } from 'ioredis';
import type { Rate } from './bucket.js';

export interface Loan {
  given: number;
  /** When nothing was given: in how many seconds there will be one. */
  waitInSeconds: number;
}

// The arithmetic of bucket.ts, by Redis's own clock so that processes with different clocks agree. A bucket that nobody
// touched until it was full again is forgotten. Numbers are written out: Lua would shorten large ones.
const BORROW = `
local per_second, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000, tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = burst
if kept[1] and kept[2] then
  level = math.min(burst, tonumber(kept[1]) + math.max(0, now - tonumber(kept[2])) * per_second)
end
local given = math.min(want, math.floor(level / 1000))
level = level - given * 1000
redis.call('HSET', KEYS[1], 'level', string.format('%.0f', level), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil((burst - level) / per_second) + 1000))
local wait = 0
if given == 0 then wait = math.ceil((1000 - level) / per_second) end
return { given, wait }
`;

/** A Redis that does not answer in this time counts as away; within one network it answers in less than one. */
const ANSWER_WITHIN_IN_MILLISECONDS = 250;

interface Borrowing extends Redis {
  rollcallBorrow(key: string, perSecond: number, burst: number, want: number): Promise<[number, number]>;
}

export class SharedBuckets {
  private readonly redis: Borrowing;
  private closing = false;

  constructor(
    url: string,
    private readonly prefix: string,
    onError: (error: Error) => void,
  ) {
    const redis = new Redis(url, {
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    redis.on('error', (error) => {
      if (!this.closing) onError(error);
    });
    redis.defineCommand('rollcallBorrow', { numberOfKeys: 1, lua: BORROW });
    this.redis = redis as Borrowing;
  }

  get isConnected(): boolean {
    return this.redis.status === 'ready';
  }

  /** Takes up to `want` out of the bucket, as many as there are. @throws when Redis does not answer at once. */
  async borrow(key: string, { perSecond, burst }: Rate, want: number): Promise<Loan> {
    const name = `${this.prefix}:rate:${key}`;
    const answer = this.redis.rollcallBorrow(name, perSecond, burst, want);
    const [given, waitInMilliseconds] = await inTime(answer);
    return { given, waitInSeconds: waitInMilliseconds / 1_000 };
  }

  close(): void {
    this.closing = true;
    this.redis.disconnect();
  }
}

async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const tooLate = (): void => reject(new Error('Redis has not answered in time'));
    // A process that was busy for so long finds the answer waiting: sockets are read between a timer and an immediate.
    timer = setTimeout(() => setImmediate(tooLate), ANSWER_WITHIN_IN_MILLISECONDS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
