// What is left of people who leave, and what the log says of it: by the policy of their directory.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { USUAL_LEAVING_POLICY, type LeavingPolicy } from '@app/directory';
import { verifyLog } from '@app/event-log';
import { peopleToPurge, rebuildDirectory } from '@app/projections';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { SharedTransaction } from './shared-transaction.js';
import { TurnedClock } from './testing/history.js';
import {
  directory,
  eventsOf,
  membersOf,
  outcomes,
  stage,
  typesOf,
  viewsOf,
  type Directory,
  type Stage,
} from './testing/stage.js';

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
const THIRTY_DAYS: LeavingPolicy = { ...USUAL_LEAVING_POLICY, onDelete: 'deactivate', purgeAfterDays: 30 };

/** A directory with a clock of its own. `under` is the same directory under another policy. */
function another(policy: LeavingPolicy): {
  here: Directory;
  under: (policy: LeavingPolicy) => Directory;
  clock: TurnedClock;
} {
  const clock = new TurnedClock();
  const provisioning = new SharedTransaction(play.database, clock, () => undefined);
  const id = `directory_${(directories += 1)}`;
  const under = (other: LeavingPolicy): Directory => directory(id, provisioning, other);
  return { here: under(policy), under, clock };
}

describe('a person who is deleted where people are kept', () => {
  it('keeps id, memberships and names, is inactive, and is not created again', async () => {
    const { here } = another(THIRTY_DAYS);
    const ada = await here.create('ada', { externalId: 'e' });
    const { group } = await here.createGroup('g', [ada]);
    const kept = await here.remove(ada);
    expect(kept).toMatchObject({ id: ada.id, attributes: { active: false }, version: 3 });
    expect(await membersOf(play.database, group)).toEqual([ada.id]);
    await expect(here.create('ADA')).rejects.toMatchObject({ name: 'NameTaken', holderId: ada.id });
    await expect(here.create('x', { externalId: 'e' })).rejects.toMatchObject({ holderId: ada.id });
    expect((await typesOf(play, here.id)).slice(-2)).toEqual(['UserDeactivated', 'UserPurgeScheduled']);
    expect((await viewsOf(play.database, here.id))['scim_user']).toMatchObject([
      { id: ada.id, purge_after: new Date('2030-01-31T08:00:00.000Z'), concealed: false },
    ]);
  });

  it('may be deleted again and again: that leaves no event', async () => {
    const { here } = another(THIRTY_DAYS);
    const ada = await here.create('ada');
    const results = await outcomes([here.remove(ada), here.remove(ada), here.remove(ada)]);
    expect(results).toEqual(['done', 'done', 'done']);
    await here.remove(ada);
    expect(await typesOf(play, here.id)).toEqual(['UserCreated', 'UserDeactivated', 'UserPurgeScheduled']);
  });

  it('comes back by being made active, and is not purged any more', async () => {
    const { here, clock } = another(THIRTY_DAYS);
    const ada = await here.create('ada');
    await here.remove(ada);
    await here.change(ada, { active: true });
    clock.turn(31);
    await here.purge(ada);
    expect((await viewsOf(play.database, here.id))['scim_user']).toMatchObject([
      { id: ada.id, purge_after: null },
    ]);
    expect((await typesOf(play, here.id)).at(-1)).toBe('UserReactivated');
  });

  it('stays scheduled when the directory decides to keep people for ever', async () => {
    const { here, under, clock } = another(THIRTY_DAYS);
    const ada = await here.create('ada');
    await here.remove(ada);
    const forEver = under({ ...THIRTY_DAYS, purgeAfterDays: null });
    await forEver.remove(ada);
    clock.turn(30);
    await forEver.purge(ada);
    expect((await typesOf(play, here.id)).at(-1)).toBe('UserDeleted');
  });

  it('is purged when the time has come, once, and not before', async () => {
    const { here, clock } = another(THIRTY_DAYS);
    const [ada, bea] = await Promise.all([here.create('ada'), here.create('bea')]);
    const { group } = await here.createGroup('g', [ada, bea]);
    await here.remove(ada);
    clock.turn(29);
    await here.purge(ada);
    await here.purge(bea);
    expect(await peopleOf(here)).toEqual([ada.id, bea.id].sort());
    clock.turn(1);
    const results = await outcomes([here.purge(ada), here.purge(bea), here.purge(ada)]);
    expect(results).toEqual(['done', 'done', 'UnknownResource']);
    expect(await peopleOf(here)).toEqual([bea.id]);
    expect(await membersOf(play.database, group)).toEqual([bea.id]);
    expect((await eventsOf(play, here.id)).at(-1)).toMatchObject({
      type: 'UserDeleted',
      data: { user: { id: ada.id, attributes: { active: false } } },
    });
    const next = await here.create('ada');
    expect(next.id).not.toBe(ada.id);
  });

  it('is found by whoever looks for people to purge, the longest due first', async () => {
    const { here, clock } = another(THIRTY_DAYS);
    const people = await Promise.all(['a', 'b', 'c', 'd'].map((name) => here.create(name)));
    for (const person of people.slice(0, 3)) {
      await here.remove(person);
      clock.turn(1);
    }
    clock.turn(28);
    const mine = async (page: Parameters<typeof peopleToPurge>[1]): Promise<string[]> =>
      (await peopleToPurge(play.database, page)).flatMap((due) =>
        due.directoryId === here.id ? [due.id] : [],
      );
    const [a, b] = people.map(({ id }) => id);
    expect(await mine({ now: clock.now(), limit: 1_000 })).toEqual([a, b]);
    const first = (await peopleToPurge(play.database, { now: clock.now(), limit: 1_000 })).find(
      ({ id }) => id === a,
    );
    expect(await mine({ now: clock.now(), after: first, limit: 1_000 })).toEqual([b]);
  });

  const peopleOf = async (here: Directory): Promise<string[]> =>
    ((await viewsOf(play.database, here.id))['scim_user'] as { id: string }[]).map(({ id }) => id);
});

describe('a password', () => {
  it('leaves an event that holds the person and nothing of the password, and survives a rebuild', async () => {
    const { here } = another(USUAL_LEAVING_POLICY);
    const ada = await here.create('ada');
    const after = await here.changePassword(ada, { title: 'Countess' });
    expect(after.version).toBe(3);
    const events = await eventsOf(play, here.id);
    expect(events.map(({ type }) => type)).toEqual([
      'UserCreated',
      'UserProfileChanged',
      'UserCredentialChanged',
    ]);
    expect(events[2]!.data).toEqual({ user: after });
    expect(events[2]!.subjects).toEqual([ada.id]);
    const before = await viewsOf(play.database, here.id);
    await play.database.transaction((tx) => rebuildDirectory(tx, play.log, here.id));
    expect(await viewsOf(play.database, here.id)).toEqual(before);
    expect((await verifyLog(play.database)).flaws).toEqual([]);
  });
});

describe('a group that is created again', () => {
  it('by its external id is refused, and the answer names the one that is there', async () => {
    const { here, under } = another(USUAL_LEAVING_POLICY);
    const settled = await Promise.allSettled(
      [1, 2, 3].map(() => here.createGroup('g', [], { externalId: 'e' })),
    );
    const made = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.group.id] : []));
    expect(made).toHaveLength(1);
    const refusal = { name: 'NameTaken', attribute: 'externalId', type: 'Group', holderId: made[0] };
    const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused).toMatchObject([refusal, refusal]);
    const later = under(USUAL_LEAVING_POLICY);
    await expect(later.createGroup('h', [], { externalId: 'e' })).rejects.toMatchObject(refusal);
    const { group: other } = await later.createGroup('h', [], { externalId: 'f' });
    await expect(later.changeGroup(other, [], { externalId: 'e' })).rejects.toMatchObject(refusal);
    expect(await typesOf(play, here.id)).toEqual(['GroupCreated', 'GroupCreated']);
  });

  it('may have the external id of one that was deleted, or has given it up', async () => {
    const { here } = another(USUAL_LEAVING_POLICY);
    const { group: first } = await here.createGroup('g', [], { externalId: 'e' });
    await here.removeGroup(first);
    const { group: second } = await here.createGroup('g', [], { externalId: 'e' });
    await Promise.all([
      here.changeGroup(second, [], { externalId: 'other' }),
      here.createGroup('g', [], { externalId: 'e' }),
    ]);
    expect((await viewsOf(play.database, here.id))['scim_group']).toHaveLength(2);
  });

  it('by its name alone is another group: names of groups need not be unique', async () => {
    const { here } = another(USUAL_LEAVING_POLICY);
    await Promise.all([here.createGroup('g'), here.createGroup('g')]);
    expect((await viewsOf(play.database, here.id))['scim_group']).toHaveLength(2);
  });

  it('that shares its external id from before that was refused can still be changed', async () => {
    const { here } = another(USUAL_LEAVING_POLICY);
    const { group: first } = await here.createGroup('g', [], { externalId: 'e' });
    const { group: second } = await here.createGroup('g', [], { externalId: 'f' });
    await play.database.rows(
      `update scim_group set external_id = 'e', attributes = jsonb_set(attributes, '{externalId}', '"e"') where id = $1`,
      [second.id],
    );
    for (const group of [first, second]) await here.changeGroup(group, [], { displayName: 'h' });
    expect((await typesOf(play, here.id)).slice(-2)).toEqual(['GroupChanged', 'GroupChanged']);
  });
});
