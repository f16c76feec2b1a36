import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import {
  describeWithRedis,
  eventually,
  freshDatabase,
  startRedis,
  type FreshDatabase,
  type TestRedis,
} from '../../../test/support/index.js';
import { Queues, type QueuesOptions, type TicketQueue } from './queues.js';

jest.setTimeout(30_000);

/** A promise that is kept from outside. */
function gate(): { open: () => void; passed: Promise<void> } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

let fresh: FreshDatabase;
const errors: string[] = [];
const opened: Queues[] = [];
let name = 0;

beforeAll(async () => {
  fresh = await freshDatabase();
});

beforeEach(() => {
  errors.length = 0;
  name += 1;
});

afterEach(async () => {
  for (const queues of opened.splice(0)) await queues.close();
});

afterAll(() => fresh.drop());

function openQueues(more: Partial<QueuesOptions>): Queues {
  const queues = new Queues({
    databaseUrl: fresh.url,
    onError: (where, error) => errors.push(`${where}: ${error.message}`),
    ...more,
  });
  opened.push(queues);
  return queues;
}

function promises(options: () => Partial<QueuesOptions>): void {
  const start = (): { queue: TicketQueue; queues: Queues; name: string } => {
    const queues = openQueues(options());
    return { queues, name: `tickets-${name}`, queue: queues.queue(`tickets-${name}`) };
  };

  it('works a ticket once', async () => {
    const { queues, queue, name: of } = start();
    const worked: object[] = [];
    await queue.put('a', { to: 'ada' });
    await queue.put('b', { to: 'bea' });
    queues.work(of, 1, async (ticket) => void worked.push(ticket));
    await eventually(async () => expect(await queue.depth()).toBe(0));
    expect(worked).toEqual([{ to: 'ada' }, { to: 'bea' }]);
  });

  it('makes one of two tickets with the same key while they wait', async () => {
    const { queues, queue, name: of } = start();
    const worked: object[] = [];
    for (const round of [1, 2, 3]) await queue.put('a', { round });
    await queue.put('b', {});
    expect(await queue.depth()).toBe(2);
    queues.work(of, 1, async (ticket) => void worked.push(ticket));
    await eventually(async () => expect(await queue.depth()).toBe(0));
    expect(worked).toHaveLength(2);
  });

  it('works once more for all that was put while the ticket was worked on', async () => {
    const { queues, queue, name: of } = start();
    const [begun, end] = [gate(), gate()];
    let runs = 0;
    queues.work(of, 4, async () => {
      runs += 1;
      if (runs > 1) return;
      begun.open();
      await end.passed;
    });
    await queue.put('a', {});
    await begun.passed;
    for (const round of [1, 2, 3]) await queue.put('a', { round });
    expect(runs).toBe(1);
    end.open();
    await eventually(() => expect(runs).toBe(2));
    await eventually(async () => expect(await queue.depth()).toBe(0));
    // Whatever was put before this ticket would have been worked before it.
    await queue.put('last', {});
    await eventually(() => expect(runs).toBe(3));
    expect(await queue.depth()).toBe(0);
  });

  it('takes a key again when its ticket was worked', async () => {
    const { queues, queue, name: of } = start();
    let runs = 0;
    queues.work(of, 1, async () => void (runs += 1));
    for (const round of [1, 2, 3]) {
      await queue.put('a', {});
      await eventually(() => expect(runs).toBe(round));
      await eventually(async () => expect(await queue.depth()).toBe(0));
    }
  });

  it('works a prompt ticket though a later one of the same key waits for its time', async () => {
    const { queues, queue, name: of } = start();
    const worked: object[] = [];
    queues.work(of, 1, async (ticket) => void worked.push(ticket));
    await queue.put('a', { when: 'later' }, 3_600_000);
    await queue.put('a', { when: 'now' });
    await eventually(() => expect(worked).toEqual([{ when: 'now' }]));
    // A worked ticket is gone a moment after its work.
    await eventually(async () => expect(await queue.depth()).toBe(1));
  });

  it('reports a ticket whose work fails, and does not try it again', async () => {
    const { queues, queue, name: of } = start();
    let runs = 0;
    queues.work(of, 1, async () => {
      runs += 1;
      if (runs === 1) throw new Error('not today');
    });
    await queue.put('a', {});
    await eventually(() => expect(errors).toEqual([`worker ${of}: not today`]));
    await queue.put('a', {});
    await eventually(() => expect(runs).toBe(2));
    await eventually(async () => expect(await queue.depth()).toBe(0));
    expect(errors).toHaveLength(1);
  });

  it('finishes the ticket in hand before it closes, and takes no other', async () => {
    const { queues, queue, name: of } = start();
    const [begun, end] = [gate(), gate()];
    const finished: string[] = [];
    queues.work<{ name: string }>(of, 1, async ({ name: which }) => {
      begun.open();
      await end.passed;
      finished.push(which);
    });
    await queue.put('a', { name: 'in hand' });
    await queue.put('b', { name: 'waiting' });
    await begun.passed;
    const closing = queues.close().then(() => finished.push('closed'));
    end.open();
    await closing;
    expect(finished).toEqual(['in hand', 'closed']);
    const again = openQueues(options());
    expect(await again.queue(of).depth()).toBe(1);
    expect(errors).toEqual([]);
  });

  it.each(['', 'a:b', 'a b', 'é', 'a/b'])('refuses a key like %j', async (key) => {
    await expect(start().queue.put(key, {})).rejects.toThrow(
      "a ticket's key has only letters, digits, _ and -",
    );
  });
}

describe('tickets on PostgreSQL', () => {
  promises(() => ({}));

  it('need no Redis', () => {
    expect(openQueues({}).backend).toBe('postgres');
  });
});

describeWithRedis('tickets on Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  promises(() => ({ redisUrl: redis.url }));

  it('are chosen by its URL', () => {
    expect(openQueues({ redisUrl: redis.url }).backend).toBe('redis');
  });

  it('of two installations do not mix', async () => {
    const [one, other] = ['one', 'other'].map((prefix) => openQueues({ redisUrl: redis.url, prefix }));
    await one!.queue('same').put('a', {});
    expect(await other!.queue('same').depth()).toBe(0);
  });

  it('finish the work in hand before a program ends, also when Redis has gone meanwhile', async () => {
    const queues = openQueues({ redisUrl: redis.url });
    const queue = queues.queue('in-hand');
    const [begun, end] = [gate(), gate()];
    const finished: string[] = [];
    queues.work('in-hand', 1, async () => {
      begun.open();
      await end.passed;
      finished.push('work');
    });
    await queue.put('a', {});
    await begun.passed;
    await redis.goAway();
    await eventually(() => expect(errors.length).toBeGreaterThan(0));
    const closing = queues.close().then(() => finished.push('closed'));
    end.open();
    await closing;
    expect(finished).toEqual(['work', 'closed']);
    await redis.comeBack();
  });

  it('are refused at once while Redis is away, and taken when it is back', async () => {
    const queues = openQueues({ redisUrl: redis.url });
    const queue = queues.queue('away');
    await queue.put('a', {});
    await redis.goAway();
    await eventually(() => expect(errors.length).toBeGreaterThan(0));
    await expect(queue.put('b', {})).rejects.toThrow();
    await redis.comeBack();
    const worked: object[] = [];
    queues.work('away', 1, async (ticket) => void worked.push(ticket));
    await eventually(() => queue.put('c', { after: 'all' }), { withinInSeconds: 15 });
    await eventually(() => expect(worked).toEqual([{ after: 'all' }]), { withinInSeconds: 15 });
  });
});

describe('a Redis that was never there', () => {
  it('makes putting a ticket fail at once, time and again', async () => {
    const queue = openQueues({ redisUrl: await nobodysUrl() }).queue('nowhere');
    for (const key of ['a', 'b', 'c']) await expect(queue.put(key, {})).rejects.toThrow('Redis is away');
  }, 5_000);

  it('does not keep a program from ending', async () => {
    const queues = openQueues({ redisUrl: await nobodysUrl() });
    queues.queue('nowhere');
    queues.work('nowhere', 1, async () => {});
    await eventually(() => expect(errors.join()).toContain('ECONNREFUSED'));
    await queues.close();
  }, 8_000);
});

const nobodysUrl = async (): Promise<string> => `redis://127.0.0.1:${await unusedPort()}`;

function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
