/**
 * BullMQ on the backend that the operator chose: Redis when there is a `REDIS_URL`, else PostgreSQL. A queue
 * carries tickets only ("there may be work"), so losing all of them delays work by one sweep and loses nothing.
 */
import { createPostgresBackend, Queue, withBackend, Worker, type Processor } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { CalmClient } from './calm-client.js';
import { APPLICATION_ROLE } from './database.js';

export interface QueuesOptions {
  databaseUrl: string;
  redisUrl?: string | undefined;
  /** Keeps installations that share one Redis apart. */
  prefix?: string;
  onError(where: string, error: Error): void;
}

/** What a program may do with a queue: put a ticket in, at most one waiting and one active for each `key`. */
export interface TicketQueue {
  put(key: string, ticket: object, delayInMilliseconds?: number): Promise<void>;
  /** How many tickets wait, are delayed or are being worked on. */
  depth(): Promise<number>;
}

/** BullMQ refuses ids with a colon; ours are letters, digits, `_` and `-`. */
const KEY = /^[A-Za-z0-9_-]+$/;

// A ticket that a killed worker, or one that lost its queue, had in hand blocks its key until its lock ends. A ticket may
// be worked twice without harm, so it ends soon, and however often that happens the ticket is given out again.
const LOST_TICKETS = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000_000 };

// Each of a worker's five queues holds one connection for LISTEN; the rest are short statements.
const POSTGRES_POOL_SIZE = 16;

export class Queues {
  private readonly closers: (() => Promise<unknown>)[] = [];
  private readonly opened = new Map<string, TicketQueue>();
  private pool: pg.Pool | undefined;
  private closing = false;

  constructor(private readonly options: QueuesOptions) {}

  get backend(): 'redis' | 'postgres' {
    return this.options.redisUrl ? 'redis' : 'postgres';
  }

  queue(name: string): TicketQueue {
    // Putting a ticket in must fail at once when Redis is away: the sweep does it later, the request goes on.
    const redis = this.options.redisUrl ? this.redis(this.options.redisUrl, 1) : undefined;
    const queue = this.open(name, redis);
    queue.on('error', (error) => this.report(`queue ${name}`, error));
    this.closers.push(async () => {
      if (redis && redis.status !== 'ready') redis.disconnect(); // or BullMQ would wait for it to come
      await queue.close();
    });
    const opened: TicketQueue = {
      put: async (key, ticket, delayInMilliseconds = 0) => {
        if (!KEY.test(key)) throw new Error(`a ticket's key has only letters, digits, _ and -: ${key}`);
        if (redis) await answering(redis);
        await queue.add(name, ticket, {
          // A delayed ticket must not swallow a prompt one, hence a key of its own.
          deduplication: { id: delayInMilliseconds > 0 ? `${key}-later` : key, keepLastIfActive: true },
          ...(delayInMilliseconds > 0 ? { delay: delayInMilliseconds } : {}),
          attempts: 1,
          removeOnComplete: true,
          removeOnFail: true,
        });
      },
      depth: async () => {
        const counts = await queue.getJobCounts('waiting', 'active', 'delayed');
        return Object.values(counts).reduce((sum, count) => sum + count, 0);
      },
    };
    this.opened.set(name, opened);
    return opened;
  }

  /** How full each queue is that this program puts tickets into. */
  depths(): Promise<{ queue: string; depth: number }[]> {
    const each = [...this.opened].map(async ([queue, opened]) => ({ queue, depth: await opened.depth() }));
    return Promise.all(each);
  }

  /** Works the queue's tickets until `close`; a ticket whose work throws is reported and left to the sweep. */
  work<Ticket extends object>(
    name: string,
    concurrency: number,
    work: (ticket: Ticket) => Promise<void>,
  ): void {
    const inHand = new Set<Promise<void>>();
    const processor: Processor = (job) => {
      const done = work(job.data as Ticket);
      inHand.add(done);
      return done.finally(() => inHand.delete(done));
    };
    const options = { concurrency, ...LOST_TICKETS, ...this.metadata(name) };
    const redis = this.options.redisUrl ? this.redis(this.options.redisUrl, null) : undefined;
    const worker = redis
      ? new Worker(name, processor, { ...options, connection: redis })
      : new (withBackend(createPostgresBackend).Worker)(name, processor, {
          ...options,
          connection: this.postgres() as never,
        });
    worker.on('error', (error: Error) => this.report(`worker ${name}`, error));
    worker.on('failed', (_job: unknown, error: Error) => this.report(`worker ${name}`, error));
    this.closers.push(async () => {
      if (!redis || redis.status === 'ready') return worker.close();
      // BullMQ would wait for Redis to come; without it nothing can be said of a ticket any more, only its work be done.
      await Promise.allSettled(inHand);
      redis.disconnect();
      return worker.close(true);
    });
  }

  /** Finishes the tickets in hand, then lets go of every connection. */
  async close(): Promise<void> {
    this.closing = true;
    // Newest first: workers before the queues they put tickets into, connections last.
    for (const close of this.closers.splice(0).reverse()) await close();
    await this.pool?.end();
    this.pool = undefined;
  }

  private open(name: string, redis: Redis | undefined): Queue {
    return (redis
      ? new Queue(name, { connection: redis, ...this.metadata(name) })
      : new (withBackend(createPostgresBackend).Queue)(name, {
          connection: this.postgres() as never,
          ...this.metadata(name),
        })) as unknown as Queue;
  }

  /** A Redis Cluster keeps the keys of one queue on one node only when they share a hash tag. */
  private metadata(name: string): { prefix?: string } {
    return this.options.redisUrl ? { prefix: `{${this.options.prefix ?? 'rollcall'}-${name}}` } : {};
  }

  private redis(url: string, maxRetriesPerRequest: number | null): Redis {
    const redis = new Redis(url, {
      maxRetriesPerRequest,
      enableOfflineQueue: maxRetriesPerRequest === null,
      lazyConnect: false,
    });
    redis.on('error', (error) => this.report('redis', error));
    this.closers.push(async () => redis.disconnect());
    return redis;
  }

  private postgres(): pg.Pool {
    // BullMQ leaves the search path of a pool that it did not make to us; its tables live in the schema `bullmq`.
    this.pool ??= new pg.Pool({
      connectionString: this.options.databaseUrl,
      max: POSTGRES_POOL_SIZE,
      Client: CalmClient,
      keepAlive: true,
      application_name: 'rollcall-queues',
      options: `-c role=${APPLICATION_ROLE} -c search_path=bullmq`,
    });
    // Each queue and each worker listens for its errors, and there are more than the ten that Node takes for a leak.
    this.pool.setMaxListeners(64);
    return this.pool;
  }

  private report(where: string, error: Error): void {
    if (!this.closing) this.options.onError(where, error);
  }
}

/** Waits for a connection that is being made, but not for one that failed: it may take for ever to come back. */
async function answering(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  const away = (): Error => new Error('Redis is away: the ticket is left to the sweep');
  if (redis.status !== 'connecting' && redis.status !== 'connect') throw away();
  await new Promise<void>((resolve, reject) => {
    const ready = (): void => settle(resolve);
    const failed = (): void => settle(() => reject(away()));
    const settle = (end: () => void): void => {
      redis.off('ready', ready).off('close', failed);
      end();
    };
    redis.on('ready', ready).on('close', failed);
  });
}
