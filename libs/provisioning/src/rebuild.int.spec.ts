// What was stored while things happened, and what the log alone makes of it, must be the same to the last column.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyLog } from '@app/event-log';
import { rebuildDirectory } from '@app/projections';
import fc from 'fast-check';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { history, live } from './testing/history.js';
import { directory, stage, viewsOf, type Stage } from './testing/stage.js';

let fresh: FreshDatabase;
let play: Stage;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url);
  operator = await admin(fresh.url);
});

afterAll(async () => {
  await operator.close();
  await play.close();
  await fresh.drop();
});

describe('a rebuild', () => {
  it.each([1, 3, 4, 6, 7, 8, 9, 10])(
    'makes the views of a random history anew, to the last column: %i',
    async (seed) => {
      const [here, there] = [`here_${seed}`, `there_${seed}`].map((id) => ({ id }));
      const [rounds, others] = fc.sample(history, { numRuns: 2, seed });
      const lives = [live(play, here!.id, rounds!), live(play, there!.id, others!)];
      expect((await Promise.all(lives)).flat()).toEqual([]);
      const before = await Promise.all([here!, there!].map(({ id }) => viewsOf(play.database, id)));
      const counts = Object.values(before[0]!).map((rows) => rows.length);
      expect(Math.min(...counts)).toBeGreaterThan(0);
      const people = before[0]!['scim_user'] as { custom: unknown }[];
      expect(people.some(({ custom }) => custom !== null)).toBe(true);

      // What the views hold plays no part: they are damaged first.
      await operator.rows(
        `update scim_user set attributes = '{}', version = 99, email_keys = '{x}', purge_after = now(),
                concealed = not concealed, custom = '{"x": 1}', roles = '{x}'
          where directory_id = $1`,
        [here!.id],
      );
      const rebuilt = await play.database.transaction((tx) => rebuildDirectory(tx, play.log, here!.id));
      expect([rebuilt.users, rebuilt.groups, rebuilt.memberships]).toEqual(counts);
      expect(await Promise.all([here!, there!].map(({ id }) => viewsOf(play.database, id)))).toEqual(before);
      expect((await verifyLog(play.database)).flaws).toEqual([]);
    },
  );

  it('goes on from the views that it made', async () => {
    const here = directory('goes on', play.provisioning);
    const ada = await here.create('ada', { externalId: 'e' });
    const { group } = await here.createGroup('g', [ada]);
    await play.database.transaction((tx) => rebuildDirectory(tx, play.log, here.id));
    expect(await here.change(ada, { title: 'Countess' })).toMatchObject({ version: 2 });
    expect(await here.changeGroup(group, [{ kind: 'remove', ids: [ada.id] }])).toMatchObject({
      group: { version: 3 },
    });
    await expect(here.create('b', { externalId: 'e' })).rejects.toMatchObject({
      name: 'NameTaken',
      holderId: ada.id,
    });
  });

  it('keeps the writers of its directory waiting, and nobody else', async () => {
    const [here, there] = [directory('waits', play.provisioning), directory('does not', play.provisioning)];
    await here.create('ada');
    let late: Promise<unknown> | undefined;
    await play.database.transaction(async (tx) => {
      await rebuildDirectory(tx, play.log, here.id);
      late = here.create('bea');
      await there.create('bea');
    });
    expect(await late).toMatchObject({ attributes: { userName: 'bea' } });
    expect((await viewsOf(play.database, here.id))['scim_user']).toHaveLength(2);
  });

  it('of a directory that was never written to makes nothing', async () => {
    const rebuilt = await play.database.transaction((tx) => rebuildDirectory(tx, play.log, 'unknown'));
    expect(rebuilt).toEqual({ users: 0, groups: 0, memberships: 0 });
  });
});
