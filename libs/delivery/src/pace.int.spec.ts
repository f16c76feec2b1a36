import { describe, expect, it, jest } from '@jest/globals';
import { type Sink } from '../../../test/support/index.js';
import { onStage } from '../../../test/support/on-stage.js';
import { resumeDelivery, rewindDelivery } from './begin.js';
import { LEASE_IN_SECONDS } from './lease.js';
import { standingOf } from './overview.js';
import { burstOf } from './pace.js';
import { pump, type PumpReport } from './pump.js';
import { route } from './route.js';
import { intercepted } from './testing/intercepted.js';
import { type DestinationWish, type PlainEvent, type Stage } from './testing/stage.js';

jest.setTimeout(60_000);

let stage: Stage;
let sink: Sink;
let organization: string;

onStage((set) => ({ stage, sink, organization } = set));

const people = (count: number): PlainEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'UserProfileChanged',
    subjects: [`directory_user_${index}`],
  }));
const destination = (delivery: DestinationWish['delivery']): Promise<string> =>
  stage.destination({ url: sink.url, organizationId: organization, delivery: delivery ?? {} });

type Worked = Extract<PumpReport, { kind: 'worked' }>;

async function worked(id: string): Promise<Worked> {
  const report = await pump(stage.engine, id);
  if (report.kind !== 'worked') throw new Error(`the pump did not work: ${report.kind}`);
  return report;
}

/** As a worker does: slice after slice, each when the rate says that it may come back. */
async function drain(id: string): Promise<void> {
  await route(stage.engine, stage.errands);
  for (;;) {
    const { more, pausedInMilliseconds } = await worked(id);
    if (!more) return;
    await new Promise((resolve) => setTimeout(resolve, pausedInMilliseconds));
  }
}

/** The most requests that arrived in any window of so many milliseconds. */
function mostWithin(milliseconds: number): number {
  const times = sink.received.map(({ at }) => at.getTime());
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + milliseconds).length),
  );
}

describe('a destination with a rate', () => {
  it('is never told faster, and gets everything', async () => {
    const id = await destination({ max_per_second: 40 });
    await stage.append(organization, people(60));
    await drain(id);
    expect(sink.received).toHaveLength(60);
    // Requests that start on time may arrive late, and so closer together: twice the rate is far below what it would be without.
    expect(mostWithin(1_000)).toBeLessThanOrEqual(2 * (40 + burstOf(40)));
    const [first, last] = [sink.received[0]!.at.getTime(), sink.received.at(-1)!.at.getTime()];
    expect(last - first).toBeGreaterThanOrEqual(((60 - burstOf(40)) / 40) * 1_000 - 150);
  });

  it('gives the place back when its rate is used up, and says when to come again', async () => {
    const id = await destination({ max_per_second: 1 });
    await stage.append(organization, people(5));
    await route(stage.engine, stage.errands);
    const before = performance.now();
    const { more, pausedInMilliseconds, tally, hasCaughtUp } = await worked(id);
    expect([tally.delivered, more, hasCaughtUp]).toEqual([1, true, false]);
    expect(pausedInMilliseconds).toBeGreaterThan(0);
    expect(pausedInMilliseconds).toBeLessThanOrEqual(1_000);
    expect(performance.now() - before + pausedInMilliseconds).toBeGreaterThanOrEqual(999);
  });

  it('reads no more of the log than it may send', async () => {
    const id = await destination({ max_per_second: 1 });
    await stage.append(organization, people(100));
    await route(stage.engine, stage.errands);
    let read = 0;
    const { log } = stage.engine;
    const counting = Object.assign(Object.create(log) as typeof log, {
      page: async (...given: Parameters<typeof log.page>) => {
        const page = await log.page(...given);
        read += page.entries.length;
        return page;
      },
    });
    await pump({ ...stage.engine, log: counting }, id);
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThanOrEqual(5);
  });

  it('has one rate, whichever worker works for it', async () => {
    const id = await destination({ max_per_second: 2 });
    await stage.append(organization, people(5));
    await route(stage.engine, stage.errands);
    expect((await worked(id)).tally.attempts).toBe(1);
    const other = { ...stage.engine };
    const report = await pump(other, id);
    expect(report).toMatchObject({ kind: 'worked', more: true, tally: { attempts: 0 } });
    expect(sink.received).toHaveLength(1);
  });

  it('is not told faster after a worker was killed: nobody follows it before its burst is paid for', async () => {
    const id = await destination({ max_per_second: 1 });
    await stage.append(organization, people(5));
    await route(stage.engine, stage.errands);
    const dying = {
      ...stage.engine,
      database: intercepted(stage.database, (text, send) =>
        text.includes('insert into delivery_attempt') || text.includes('set lease_token = null')
          ? Promise.reject(new Error('the machine is gone'))
          : send(),
      ),
    };
    await expect(pump(dying, id)).rejects.toThrow('the machine is gone');
    expect(sink.received).toHaveLength(1);
    expect(await pump(stage.engine, id)).toEqual({ kind: 'idle' });
    const state = await stage.state(id);
    expect(state['paced_until']).toBeNull();
    const left = (state['lease_until'] as Date).getTime() - Date.now();
    const slowestRate = 1;
    expect(left).toBeGreaterThan((burstOf(slowestRate) / slowestRate) * 1_000);
    expect(left).toBeLessThanOrEqual(LEASE_IN_SECONDS * 1_000);
  });

  it('counts the events that are tried again, and the questions whether it is back', async () => {
    const id = await destination({ max_per_second: 2 });
    sink.answers({ status: 500 });
    await stage.append(organization, people(1));
    await route(stage.engine, stage.errands);
    await worked(id);
    stage.clock.skip(20);
    const retry = await worked(id);
    expect(retry.tally.attempts).toBe(0);
    expect(retry.pausedInMilliseconds).toBeGreaterThan(0);
    await stage.database.rows(
      `update delivery_state set consecutive_failures = 50, resting_until = now() - interval '1 second',
              paced_until = now() + interval '1 second' where destination_id = $1`,
      [id],
    );
    const probe = await worked(id);
    expect(probe.tally.attempts).toBe(0);
    expect(sink.received).toHaveLength(1);
  });
});

describe('a destination that has done what there was', () => {
  it('says so: what has happened meanwhile is fresh, and no backlog', async () => {
    const id = await destination({});
    await stage.append(organization, people(3));
    await route(stage.engine, stage.errands);
    sink.answers(async (_, index) => {
      if (index === 0) await stage.append(organization, people(1));
      if (index === 0) await route(stage.engine, stage.errands);
      return { status: 204 };
    });
    stage.tickets.length = 0;
    expect(await worked(id)).toMatchObject({ more: true, hasCaughtUp: true, tally: { delivered: 3 } });
    // The router left it to whoever was at work.
    expect(stage.tickets).toEqual([]);
  });
});

describe('a destination that comes back', () => {
  it('is told what it missed at its catch-up rate, and what follows at full speed', async () => {
    const id = await destination({ catch_up_per_second: 20 });
    await stage.database.rows(`update destination set state = 'paused' where id = $1`, [id]);
    const missed = await stage.append(organization, people(20));
    await stage.database.rows(`update destination set state = 'enabled' where id = $1`, [id]);
    await resumeDelivery(stage.database, id);
    expect(await standingOf(stage.database, [id])).toMatchObject([{ catchUpTo: missed.at(-1) }]);
    await stage.append(organization, people(100));
    await drain(id);
    expect(sink.received).toHaveLength(120);
    const when = sink.received.map(({ at }) => at.getTime());
    expect(when[19]! - when[0]!).toBeGreaterThanOrEqual(((20 - burstOf(20)) / 20) * 1_000 - 150);
    expect(when[119]! - when[20]!).toBeLessThan(100 * (1_000 / 20));
    expect(await standingOf(stage.database, [id])).toMatchObject([{ catchUpTo: null, idle: true }]);
  });

  it('has nothing to catch up with when it stands at the end of the log', async () => {
    const id = await destination({});
    await resumeDelivery(stage.database, id);
    expect(await standingOf(stage.database, [id])).toMatchObject([{ catchUpTo: null }]);
  });

  it('is told at its catch-up rate what it asked for again', async () => {
    const id = await destination({ catch_up_per_second: 4 });
    const appended = await stage.append(organization, people(6));
    await drain(id);
    await stage.database.transaction((tx) => rewindDelivery(tx, id, appended[0]! - 1));
    expect(await standingOf(stage.database, [id])).toMatchObject([{ catchUpTo: appended.at(-1) }]);
    const { tally, more } = await worked(id);
    expect([tally.delivered, more]).toEqual([burstOf(4), true]);
    await drain(id);
    expect(sink.received).toHaveLength(12);
  });

  it('is never told faster than its own rate, however fast it may catch up', async () => {
    const id = await destination({ catch_up_per_second: 10_000, max_per_second: 1 });
    const appended = await stage.append(organization, people(3));
    await stage.database.transaction((tx) => rewindDelivery(tx, id, appended[0]! - 1));
    expect((await worked(id)).tally.delivered).toBe(1);
  });
});
