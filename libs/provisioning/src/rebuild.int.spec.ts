// What was stored while things happened, and what the log alone makes of it, must be the same to the last column.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyLog } from '@app/event-log';
import { rebuildDirectory } from '@app/projections';
import type { Attributes, MembershipStep } from '@app/scim';
import fc from 'fast-check';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { directory, stage, viewsOf, type Directory, type Stage } from './testing/stage.js';

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

/** Whom a command means: the n-th of those that exist, counted round. */
type Whom = number;
type Step =
  | { do: 'create'; userName: string; more: Attributes }
  | { do: 'change'; whom: Whom; more: Attributes }
  | { do: 'remove'; whom: Whom }
  | { do: 'exchange'; whom: Whom; other: Whom }
  | { do: 'create group'; members: Whom[] }
  | {
      do: 'change group';
      which: Whom;
      displayName: string;
      steps: { kind: 'add' | 'remove' | 'replace'; members: Whom[] }[];
    }
  | { do: 'remove group'; which: Whom };

const whom = fc.nat({ max: 30 });
const members = fc.array(fc.nat({ max: 60 }), { maxLength: 6 });
const name = fc.integer({ min: 0, max: 25 }).map((number) => `Person-${number}`);
const more = fc.record(
  {
    active: fc.boolean(),
    externalId: fc.integer({ min: 0, max: 25 }).map((number) => `e-${number}`),
    title: fc.constantFrom('a', 'ß "quoted"'),
    emails: fc.array(fc.record({ value: name, type: fc.constantFrom('work', 'home') }), {
      minLength: 1,
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('create' as const), userName: name, more }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), whom, more }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), whom }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('exchange' as const), whom, other: whom }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('create group' as const), members }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('change group' as const),
      which: whom,
      displayName: fc.constantFrom('g', 'h'),
      steps: fc.array(fc.record({ kind: fc.constantFrom('add', 'add', 'remove', 'replace'), members }), {
        maxLength: 3,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove group' as const), which: whom }) },
);
/** Rounds of commands that arrive together. */
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 15 }), { minLength: 12, maxLength: 20 });

const LAWFUL = ['NameTaken', 'UnknownMembers', 'MemberOfItself', 'UnknownResource'];

async function live(here: Directory, rounds: Step[][]): Promise<void> {
  const people: string[] = [];
  const groups: string[] = [];
  const one = (of: string[], index: Whom): { id: string } => ({
    id: of[index % Math.max(1, of.length)] ?? 'nobody',
  });
  const anybody = (indexes: Whom[]): { id: string }[] =>
    indexes.map((index) => one([...people, ...groups], index));
  const act = async (each: Step): Promise<void> => {
    switch (each.do) {
      case 'create':
        return void people.push((await here.create(each.userName, each.more)).id);
      case 'change':
        return void (await here.change(one(people, each.whom), each.more));
      case 'remove':
        return void (await here.remove(one(people, each.whom)));
      case 'exchange': {
        const [first, second] = [one(people, each.whom), one(people, each.other)];
        await Promise.all([
          here.change(first, { userName: 'tmp' }),
          here.change(second, { userName: `Person-${each.whom}` }),
          here.change(first, { userName: `Person-${each.other}` }),
        ]);
        return;
      }
      case 'create group':
        return void groups.push((await here.createGroup('g', anybody(each.members))).group.id);
      case 'change group': {
        const steps = each.steps.map(({ kind, members: named }): MembershipStep => ({
          kind,
          ids: anybody(named).map(({ id }) => id),
        }));
        return void (await here.changeGroup(one(groups, each.which), steps, {
          displayName: each.displayName,
        }));
      }
      case 'remove group':
        return void (await here.removeGroup(one(groups, each.which)));
    }
  };
  for (const round of rounds) {
    const settled = await Promise.allSettled(round.map(act));
    const unlawful = settled.flatMap((each) =>
      each.status === 'rejected' && !LAWFUL.includes((each.reason as Error).name)
        ? [each.reason as unknown]
        : [],
    );
    expect(unlawful).toEqual([]);
  }
}

describe('a rebuild', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'makes the views of a random history anew, to the last column: %i',
    async (seed) => {
      const [here, there] = [`here_${seed}`, `there_${seed}`].map((id) => directory(id, play.provisioning));
      const [rounds, others] = fc.sample(history, { numRuns: 2, seed });
      await Promise.all([live(here!, rounds!), live(there!, others!)]);
      const before = await Promise.all([here!, there!].map(({ id }) => viewsOf(play.database, id)));
      const counts = Object.values(before[0]!).map((rows) => rows.length);
      expect(Math.min(...counts)).toBeGreaterThan(0);

      // What the views hold plays no part: they are damaged first.
      await operator.rows(
        `update scim_user set attributes = '{}', version = 99, email_keys = '{x}' where directory_id = $1`,
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
