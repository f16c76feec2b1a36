import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describeWithRedis, eventually, startRedis, type TestRedis } from '../../../../test/support/index.js';
import { RateLimits, type Limit } from './rate-limits.js';

const limit = (perSecond: number, burst: number): Limit => ({ key: 'one', rate: { perSecond, burst } });

async function taken(times: number, one: Limit, ...processes: RateLimits[]): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: times }, (_, time) => processes[time % processes.length]!.take([one])),
  );
  return answers.filter((wait) => wait === 0).length;
}

describeWithRedis('with Redis, the limits of all processes', () => {
  let redis: TestRedis;
  let opened: RateLimits[];
  let errors: string[];

  beforeEach(async () => {
    redis = await startRedis();
    opened = [];
    errors = [];
  }, 30_000);

  afterEach(async () => {
    for (const limits of opened) limits.close();
    await redis.stop();
  }, 30_000);

  async function process(url = redis.url): Promise<RateLimits> {
    const limits = new RateLimits({
      redisUrl: url,
      onError: (where, error) => errors.push(`${where}: ${error.message}`),
    });
    opened.push(limits);
    await eventually(() => expect(limits.isShared).toBe(true));
    return limits;
  }

  it.each([
    ['a small bucket', 40],
    ['a large bucket, of which each borrows many at a time', 2_000],
  ])('are one: two that come at once get the burst of %s between them', async (_what, burst) => {
    const [one, other] = [await process(), await process()];
    const started = performance.now();
    let through = 0;
    for (let round = 0; round < 10; round += 1)
      through += await taken(burst / 4, limit(burst, burst), one, other);
    const seconds = (performance.now() - started) / 1_000;
    // What they borrowed and had no use for stays below a tenth.
    expect(through).toBeGreaterThanOrEqual(burst * 0.9);
    expect(through).toBeLessThanOrEqual(burst + Math.ceil(burst * seconds));
    expect(errors).toEqual([]);
  });

  it('let a caller of one process through again as the bucket fills', async () => {
    const one = await process();
    const slow = limit(20, 5);
    expect(await taken(50, slow, one)).toBeLessThanOrEqual(6);
    const wait = await one.take([slow]);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(0.05);
    await eventually(async () => expect(await one.take([slow])).toBe(0), { withinInSeconds: 2 });
  });

  it('do not drain the bucket while hardly anybody comes', async () => {
    const processes = await Promise.all([process(), process(), process(), process()]);
    const large = limit(1, 1_000);
    for (const each of processes) expect(await each.take([large])).toBe(0);
    // Each of the four has taken one and no more, so that all the others are there.
    expect(await taken(1_200, large, processes[0]!)).toBeGreaterThanOrEqual(990);
  });

  it('fall back to each process when Redis goes away, at once and without refusing anybody, and are one again when it is back', async () => {
    const one = await process();
    const three = limit(1, 30);
    expect(await taken(30, three, one)).toBe(30);
    await redis.goAway();
    const started = performance.now();
    expect(await taken(30, three, one)).toBe(30);
    expect(performance.now() - started).toBeLessThan(500);
    expect(one.isShared).toBe(false);
    await eventually(() => expect(errors.length).toBeGreaterThan(0));

    await redis.comeBack();
    await eventually(async () => {
      await one.take([three]); // whoever comes by asks whether Redis is back
      expect(one.isShared).toBe(true);
    });
    // For up to a second it may still believe the bucket of before to be empty.
    await eventually(async () => expect(await taken(60, three, one)).toBeGreaterThanOrEqual(28));
  }, 30_000);

  it('do not wait for a Redis that keeps the connection and says nothing', async () => {
    const silent = await mute(redis.url);
    const one = await process(silent.url);
    silent.holdItsTongue();
    const five = limit(1, 5);
    const started = performance.now();
    expect(await taken(5, five, one)).toBe(5);
    expect(performance.now() - started).toBeLessThan(1_000);
    // Now it is known: nobody waits any more.
    const again = performance.now();
    expect(await one.take([five])).toBeGreaterThan(0);
    expect(performance.now() - again).toBeLessThan(50);
    expect(errors.join()).toMatch(/has not answered in time/);
    one.close();
    await silent.close();
  });
});

/** A door to Redis that can stop passing its answers on. */
async function mute(url: string): Promise<{ url: string; holdItsTongue(): void; close(): Promise<void> }> {
  const target = new URL(url);
  const sockets: Socket[] = [];
  let silent = false;
  const server: Server = createServer((socket) => {
    const onward = connect(Number(target.port), target.hostname);
    sockets.push(socket, onward);
    for (const each of [socket, onward]) each.on('error', () => {});
    socket.pipe(onward);
    onward.on('data', (data) => {
      if (!silent) socket.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const door = new URL(url);
  door.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: door.href,
    holdItsTongue: () => (silent = true),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
