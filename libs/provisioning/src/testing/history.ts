/** Random histories of a directory: commands that arrive together, under policies that change, while days go by. */
import type { AttributeRule, DirectoryRules } from '@app/directory';
import { Clock } from '@app/runtime';
import { readValuePath, type Attributes, type MembershipStep } from '@app/scim';
import fc from 'fast-check';
import { SharedTransaction } from '../shared-transaction.js';
import { directory, type Decided, type Directory, type Stage } from './stage.js';

/** Whom a command means: the n-th of those that exist, counted round. */
type Whom = number;
export type Step =
  | { do: 'create'; userName: string; more: Attributes }
  | { do: 'change'; whom: Whom; more: Attributes }
  | { do: 'change password'; whom: Whom; more: Attributes }
  | { do: 'remove'; whom: Whom }
  | { do: 'purge'; whom: Whom }
  | { do: 'exchange'; whom: Whom; other: Whom }
  | { do: 'leave and come back'; whom: Whom }
  | { do: 'create group'; members: Whom[]; more: Attributes }
  | {
      do: 'change group';
      which: Whom;
      displayName: string;
      steps: { kind: 'add' | 'remove' | 'replace'; members: Whom[] }[];
    }
  | { do: 'remove group'; which: Whom }
  | { do: 'remap' }
  | { do: 'assign roles' };

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
const groupMore = fc.record({ externalId: fc.constantFrom('x', 'y', 'z') }, { requiredKeys: [] });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('create' as const), userName: name, more }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), whom, more }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change password' as const), whom, more }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), whom }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('purge' as const), whom }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave and come back' as const), whom }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('exchange' as const), whom, other: whom }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('create group' as const), members, more: groupMore }) },
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
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('remap' as const, 'assign roles' as const) }) },
);
// Of the version that directories begin with, since these are nobody's rows.
const rules: fc.Arbitrary<DirectoryRules> = fc.record({
  version: fc.constant(0),
  attributes: fc.subarray<AttributeRule>([
    {
      name: 'rank',
      path: 'title',
      source: readValuePath('User', 'title'),
      values: { a: 'A' },
      fallback: 'other',
    },
    { name: 'username', path: 'externalId', source: readValuePath('User', 'externalId') },
    { name: 'plan', default: 'free' },
  ]),
  defaultRole: fc.constantFrom(null, 'member', 'guest'),
});
const policy: fc.Arbitrary<Decided> = fc.record({
  rules,
  onDelete: fc.constantFrom('delete', 'deactivate'),
  purgeAfterDays: fc.constantFrom(null, 1, 30),
  deactivationsPublishedAs: fc.constantFrom('updated', 'deleted'),
});

/** Commands that arrive together, under one policy, so many days after those before. */
export interface Round {
  steps: Step[];
  policy: Decided;
  days: number;
}
export const history: fc.Arbitrary<Round[]> = fc.array(
  fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 15 }), policy, days: fc.nat({ max: 20 }) }),
  { minLength: 12, maxLength: 20 },
);

const LAWFUL = ['NameTaken', 'UnknownMembers', 'MemberOfItself', 'UnknownResource'];

/** A clock that stands still until somebody turns it on. */
export class TurnedClock extends Clock {
  private time = Date.parse('2030-01-01T08:00:00.000Z');
  override now(): Date {
    return new Date(this.time);
  }
  turn(days: number): void {
    this.time += days * 86_400_000;
  }
}

/** Lives through a history. @returns what was refused and should not have been. */
export async function live({ database }: Stage, directoryId: string, rounds: Round[]): Promise<unknown[]> {
  const clock = new TurnedClock();
  const provisioning = new SharedTransaction(database, clock, () => undefined);
  const people: string[] = [];
  const groups: string[] = [];
  const unlawful: unknown[] = [];
  for (const { steps, policy: now, days } of rounds) {
    clock.turn(days);
    const here = directory(directoryId, provisioning, now);
    const settled = await Promise.allSettled(steps.map((each) => act(here, { people, groups }, each)));
    for (const each of settled)
      if (each.status === 'rejected' && !LAWFUL.includes((each.reason as Error).name))
        unlawful.push(each.reason);
  }
  return unlawful;
}

interface Known {
  people: string[];
  groups: string[];
}

async function act(here: Directory, { people, groups }: Known, each: Step): Promise<void> {
  const one = (of: string[], index: Whom): { id: string } => ({
    id: of[index % Math.max(1, of.length)] ?? 'nobody',
  });
  const anybody = (indexes: Whom[]): { id: string }[] =>
    indexes.map((index) => one([...people, ...groups], index));
  switch (each.do) {
    case 'create':
      return void people.push((await here.create(each.userName, each.more)).id);
    case 'change':
      return void (await here.change(one(people, each.whom), each.more));
    case 'change password':
      return void (await here.changePassword(one(people, each.whom), each.more));
    case 'remove':
      return void (await here.remove(one(people, each.whom)));
    case 'purge':
      return void (await here.purge(one(people, each.whom)));
    case 'leave and come back': {
      const who = one(people, each.whom);
      await Promise.all([here.change(who, { active: false }), here.change(who, { active: true })]);
      return;
    }
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
      return void groups.push((await here.createGroup('g', anybody(each.members), each.more)).group.id);
    case 'change group': {
      const steps = each.steps.map(({ kind, members: named }): MembershipStep => ({
        kind,
        ids: anybody(named).map(({ id }) => id),
      }));
      return void (await here.changeGroup(one(groups, each.which), steps, {
        displayName: each.displayName,
      }));
    }
    case 'remap':
      return void (await here.remap(people));
    case 'assign roles':
      return void (await here.assignRoles(people));
    case 'remove group':
      return void (await here.removeGroup(one(groups, each.which)));
  }
}
