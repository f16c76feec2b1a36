// History as it is told later is what it was, however its epochs were made.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { published, recorded } from '@app/directory';
import { checkpointPosition } from '@app/event-log';
import { accessIntervals, followHistory, forgetHistory, sweepForgotten } from '@app/history';
import type { Database, Tx } from '@app/runtime';
import fc from 'fast-check';
import { history, live } from '../../../../libs/provisioning/src/testing/history.js';
import { told } from '../../../../libs/provisioning/src/testing/picture.js';
import { directory, eventsOf, stage, type Stage } from '../../../../libs/provisioning/src/testing/stage.js';
import { SEED } from '../../../../test/support/bounds.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/index.js';
import { everyInterval } from './testing/intervals.js';
import { everyPage, lookedAt, remembered, type Written } from './testing/witness.js';

let fresh: FreshDatabase;
let play: Stage;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url, { poolSize: 12 });
});

afterAll(async () => {
  await play.close();
  await fresh.drop();
});

const died = new Error('the process died here');

/** The database of a process that dies at its n-th statement. */
function dyingAt(database: Database, statement: number): Database {
  let count = 0;
  return Object.assign(Object.create(database) as Database, {
    transaction: <T>(work: (tx: Tx) => Promise<T>): Promise<T> =>
      database.transaction((tx) =>
        work({
          rows: (sql, values) => {
            count += 1;
            return count === statement ? Promise.reject(died) : tx.rows(sql, values);
          },
        }),
      ),
  });
}

interface Dice {
  next(most: number): number;
}

function diceOf(seed: number): Dice {
  let state = seed;
  return {
    next: (most) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % most;
    },
  };
}

/** Follows the log in slices of any size, and dies now and then in the middle of one. */
async function follow(dice: Dice, isOver: () => boolean): Promise<{ deaths: number }> {
  let deaths = 0;
  for (;;) {
    const last = isOver();
    const pace = {
      events: 1 + dice.next(40),
      bytes: 1 + dice.next(200_000),
      rows: 1 + dice.next(7),
      changesAtLeast: 1 + dice.next(12),
    };
    const dying = dice.next(4) === 0 ? dyingAt(play.database, 1 + dice.next(16)) : play.database;
    const outcome = await followHistory(dying, play.log, pace).catch((error: unknown) => {
      if (error !== died) throw error;
      deaths += 1;
      return 'more' as const;
    });
    if (last && outcome === 'idle') return { deaths };
  }
}

const count = async (table: string): Promise<number> =>
  (await play.database.rows<{ count: number }>(`select count(*) as count from ${table}`))[0]!.count;

describe('what was known at a position', () => {
  const directories = fc.sample(history, { seed: SEED, numRuns: 8 }).map((rounds, index) => ({
    id: `directory_${index}`,
    rounds,
  }));
  const notes = new Map<string, Written[]>();

  async function expectAsWritten(dice: Dice, some = 1): Promise<void> {
    for (const { id: directoryId } of directories)
      for (const written of notes.get(directoryId)!) {
        if (dice.next(some) > 0) continue;
        const paging = { limit: 1 + dice.next(9), order: dice.next(2) ? 'asc' : 'desc' } as const;
        const { position } = written;
        expect(await remembered(play, { directoryId, position }, paging)).toEqual(written);
      }
  }

  it('is told while it happens, by two hubs that make epochs and die in the middle of it', async () => {
    let isOver = false;
    const witness = async (directoryId: string): Promise<void> => {
      const own: Written[] = [];
      notes.set(directoryId, own);
      while (!isOver) {
        const written = await lookedAt(play.database, directoryId);
        if (written.users.length > 0 && written.position !== own.at(-1)?.position) own.push(written);
      }
    };
    const followers = [3, 7].map((seed) => follow(diceOf(seed), () => isOver));
    const lives = directories.map(({ id, rounds }) => live(play, id, rounds));
    const witnesses = directories.map(({ id }) => witness(id));
    expect((await Promise.all(lives)).flat()).toEqual([]);
    isOver = true;
    await Promise.all(witnesses);
    const deaths = (await Promise.all(followers)).reduce((sum, each) => sum + each.deaths, 0);

    await expectAsWritten(diceOf(5));
    // Otherwise it would prove nothing.
    expect(deaths).toBeGreaterThan(5);
    expect([...notes.values()].flat().length).toBeGreaterThan(80);
    expect(await count('history_epoch')).toBeGreaterThan(directories.length * 2);
    expect(await count('history_epoch where copied_from is not null')).toBe(0);
  }, 60_000);

  it('is what a consumer held who applied the events up to there, whatever the position', async () => {
    const dice = diceOf(11);
    for (const { id: directoryId } of directories) {
      const entries = await eventsOf(play, directoryId);
      const picture = told([]);
      for (const entry of entries) {
        const event = published(recorded(entry));
        if (event) told([event], picture);
        // Who was in a group that is deleted is out of it some events before consumers are told that it is.
        const isEnding = entry.type === 'MembershipChanged' && 'because' in (entry.data as object);
        if (isEnding || dice.next(6) > 0) continue;
        const then = await remembered(
          play,
          { directoryId, position: entry.position },
          { limit: 50, order: 'asc' },
        );
        expect({
          people: then.users.map((user) => (user as { id: string }).id),
          groups: then.groups.map((group) => (group as { id: string }).id),
          memberships: then.memberships,
        }).toEqual({
          people: [...picture.people.keys()].sort(),
          groups: [...picture.groups].sort(),
          memberships: [...picture.memberships].map((each) => each.replace(' ', ':')).sort(),
        });
      }
    }
  }, 60_000);

  it('is the same without any epoch, while they are made again, and when they are', async () => {
    await forgetHistory(play.database);
    expect(await count('history_epoch')).toBe(0);
    await expectAsWritten(diceOf(13), 3);
    const dice = diceOf(17);
    let isOver = false;
    const following = follow(dice, () => isOver);
    await expectAsWritten(diceOf(19), 3);
    isOver = true;
    await following;
    await expectAsWritten(diceOf(23), 3);
    expect(await sweepForgotten(play.database)).toBeGreaterThan(0);
    await expectAsWritten(diceOf(29), 6);
  }, 60_000);

  it('has the intervals of membership that reading all events from the first to the last gives', async () => {
    const dice = diceOf(31);
    let [compared, ended] = [0, 0];
    for (const { id: directoryId } of directories) {
      const events = (await eventsOf(play, directoryId)).map(recorded);
      const all = everyInterval(events);
      const [first, last] = [events[0]!.position, events.at(-1)!.position];
      const ids = [...new Set(all.flatMap(({ groupId, memberId }) => [groupId, memberId]))];
      for (const [id, inGroup] of ids.flatMap((one) => [[one, true] as const, [one, false] as const])) {
        const from = dice.next(2) ? 0 : first + dice.next(last - first);
        const to = dice.next(2) ? last : from + dice.next(last - from + 1);
        const wish = { limit: 1 + dice.next(4), order: dice.next(2) ? 'asc' : 'desc' } as const;
        const found = await everyPage(wish, ({ after, limit, order }) =>
          accessIntervals(
            play.database,
            play.log,
            { directoryId, from, to, ...(inGroup ? { groupId: id } : { memberId: id }) },
            { limit, order, after: after ? play.log.positionOf(after) : undefined },
          ),
        );
        const expected = all.filter(
          ({ groupId, memberId, came, went }) =>
            (inGroup ? groupId : memberId) === id && came <= to && (went === null || went > from),
        );
        expect(
          found.map(({ groupId, memberId, began, ended: end }) => ({
            groupId,
            memberId,
            came: began.position,
            went: end?.position ?? null,
          })),
        ).toEqual(expected);
        compared += expected.length;
        ended += expected.filter(({ went }) => went !== null).length;
      }
    }
    expect(compared).toBeGreaterThan(100);
    expect(ended).toBeGreaterThan(50);
  }, 60_000);

  it('takes at most three rows for each coming and going, and as many for each directory to begin with', async () => {
    await forgetHistory(play.database);
    await sweepForgotten(play.database);
    while (
      (await followHistory(play.database, play.log, {
        events: 50,
        bytes: 1e6,
        rows: 50,
        changesAtLeast: 20,
      })) !== 'idle'
    );
    const rows = (await count('history_thing')) + (await count('history_membership'));
    const [row] = await play.database.rows<{ changes: number }>(
      'select sum(changes)::bigint as changes from history_epoch',
    );
    expect(rows).toBeLessThan(3 * row!.changes);
    expect(await count('history_epoch')).toBeGreaterThan(2 * directories.length);
  });
});

describe('a directory that is read', () => {
  it('shows nobody of another, and nothing that came later', async () => {
    const [here, there] = [directory('here', play.provisioning), directory('there', play.provisioning)];
    const ada = await here.create('ada', { title: 'Countess' });
    const position = (await eventsOf(play, 'here')).at(-1)!.position;
    await there.create('bea');
    await here.change(ada, { title: 'Lady' });
    await here.create('cid');
    const { users } = await remembered(play, { directoryId: 'here', position }, { limit: 9, order: 'asc' });
    expect(users).toMatchObject([{ id: ada.id, job_title: 'Countess', updated_at: ada.lastModified }]);
  });

  it('has its epochs entered up to the end of the log', async () => {
    while ((await followHistory(play.database, play.log)) !== 'idle');
    const [head] = await play.database.rows<{ position: number }>('select position from log_head');
    expect(await checkpointPosition(play.database, 'history')).toBe(head!.position);
  });
});
