// The end of a group is the end of every membership in it, which the log says one by one before it says the rest.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { published, recorded } from '@app/directory';
import type { Entry } from '@app/event-log';
import { rebuildDirectory } from '@app/projections';
import type { Tx } from '@app/runtime';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import {
  directory,
  eventsOf,
  membersOf,
  stage,
  viewsOf,
  type Directory,
  type Stage,
} from './testing/stage.js';

jest.setTimeout(60_000);

let fresh: FreshDatabase;
let play: Stage;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url);
});

afterAll(async () => {
  await play.close();
  await fresh.drop();
});

let directories = 0;
const another = (): Directory => directory(`directory_${(directories += 1)}`, play.provisioning);

const people = (here: Directory, count: number): Promise<{ id: string }[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => here.create(`person-${index}`)));

/** What the work appended to the log of the directory. */
async function newsOf(here: Directory, work: () => Promise<unknown>): Promise<Entry[]> {
  const before = (await eventsOf(play, here.id)).length;
  await work();
  return (await eventsOf(play, here.id)).slice(before);
}

const summary = ({ type, subjects, data }: Entry): unknown[] => {
  const { change, because } = data as { change?: string; because?: string };
  return [type, ...subjects, ...[change, because].filter((word) => word !== undefined)];
};

describe('the deletion of a group', () => {
  it('ends each membership first, in the order of their ids, in the same transaction', async () => {
    const here = another();
    const [ada, bea] = (await people(here, 2)) as [{ id: string }, { id: string }];
    const { group: inner } = await here.createGroup('inner');
    const { group } = await here.createGroup('g', [bea, inner, ada]);
    const news = await newsOf(here, () => here.removeGroup(group));
    const members = [ada.id, bea.id, inner.id].sort();
    expect(news.map(summary)).toEqual([
      ...members.map((id) => ['MembershipChanged', group.id, id, 'removed', 'group_deleted']),
      ['GroupDeleted', group.id],
    ]);
    const [row] = await play.database.rows(
      'select count(distinct xmin::text)::int as transactions from event where position >= $1 and position <= $2',
      [news[0]!.position, news.at(-1)!.position],
    );
    expect(row).toEqual({ transactions: 1 });
    expect(await membersOf(play.database, group)).toEqual([]);
  });

  it('is one event to consumers, who know that nobody is in a group that is gone', async () => {
    const here = another();
    const { group } = await here.createGroup('g', await people(here, 3));
    const news = await newsOf(here, () => here.removeGroup(group));
    expect(news).toHaveLength(4);
    expect(news.flatMap((entry) => published(recorded(entry))?.event ?? [])).toEqual(['dsync.group.deleted']);
  });

  it('says nothing of who was there no more: neither of a leaver nor of somebody deleted', async () => {
    const here = another();
    const [ada, bea, carl] = (await people(here, 3)) as { id: string }[];
    const { group } = await here.createGroup('g', [ada!, bea!, carl!]);
    await here.changeGroup(group, [{ kind: 'remove', ids: [ada!.id] }]);
    await here.remove(bea!);
    const news = await newsOf(here, () => here.removeGroup(group));
    expect(news.map(({ subjects }) => subjects)).toEqual([[group.id, carl!.id], [group.id]]);
  });

  it('leaves views that a rebuild makes again, also from logs in which the group took its members silently', async () => {
    const here = another();
    const members = await people(here, 3);
    const { group } = await here.createGroup('g', members);
    await here.createGroup('outer', [group, members[0]!]);
    await here.removeGroup(group);
    const before = await viewsOf(play.database, here.id);
    await play.database.transaction((tx) => rebuildDirectory(tx, play.log, here.id));
    expect(await viewsOf(play.database, here.id)).toEqual(before);
    // As releases before this one wrote it.
    const old = another();
    const { group: taken } = await old.createGroup('g', await people(old, 2));
    const entries = await eventsOf(play, old.id);
    const log = Object.create(play.log) as typeof play.log;
    log.after = (_tx, { after }) =>
      Promise.resolve(
        [
          ...entries,
          {
            ...entries.at(-1)!,
            type: 'GroupDeleted',
            subjects: [taken.id],
            data: { group: taken },
            position: 1e9,
          },
        ].filter(({ position }) => position > after),
      );
    const counts = await play.database.transaction((tx) => rebuildDirectory(tx, log, old.id));
    expect(counts).toEqual({ users: 2, groups: 0, memberships: 0 });
  });

  it('takes as many statements for many members as for few', async () => {
    const counted = async (count: number): Promise<number> => {
      const here = another();
      const { group } = await here.createGroup('g', await people(here, count));
      let statements = 0;
      const proper = Object.getPrototypeOf(play.database).flowing as typeof play.database.flowing;
      const transactions = jest.spyOn(play.database, 'flowing').mockImplementation(
        (work) =>
          proper.call(play.database, (tx: Tx) =>
            work({
              rows: (sql, values) => {
                statements += 1;
                return tx.rows(sql, values);
              },
            }),
          ) as ReturnType<typeof work> as never,
      );
      await here.removeGroup(group);
      expect(transactions).toHaveBeenCalledTimes(1);
      jest.restoreAllMocks();
      return statements;
    };
    expect(await counted(200)).toBe(await counted(2));
    // More than 500 events are staged before they are appended, by the thousand.
    expect(await counted(990)).toBe(await counted(600));
  });
});
