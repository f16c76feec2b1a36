import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseFilter, type Filter } from '@app/scim';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import {
  directory,
  eventsOf,
  membersOf,
  outcomes,
  stage,
  typesOf,
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
const another = (): Directory => directory(`directory_${(directories += 1)}`, play.provisioning);

/** A directory with three people and a group of the first two; what happened so far is not looked at. */
async function given() {
  const here = another();
  const [ada, bea, carl] = await Promise.all([here.create('ada'), here.create('bea'), here.create('carl')]);
  const { group } = await here.createGroup('g', [ada, bea]);
  const before = (await eventsOf(play, here.id)).length;
  const news = async (): Promise<string[]> =>
    (await eventsOf(play, here.id)).slice(before).map(({ type, data }) => {
      const { change, member } = data as { change?: string; member?: { user?: { id: string } } };
      return [type, change, member?.user?.id].filter((word) => word !== undefined).join(' ');
    });
  return { here, ada, bea, carl, group, news };
}

const where = (text: string): Filter => {
  const filter = parseFilter(`members[${text}]`, 'Group');
  if (filter.kind !== 'value-path') throw new Error('not a filter in brackets');
  return filter.filter;
};

describe('the members of a group', () => {
  it('come with it when it is created, one event each, and one version for all', async () => {
    const { here, ada, bea, carl } = await given();
    const { group, unknownMembers } = await here.createGroup('new', [carl, ada, bea]);
    expect(group.version).toBe(2);
    expect(unknownMembers).toEqual([]);
    const added = (await eventsOf(play, here.id)).slice(-3);
    expect(added.map(({ subjects }) => subjects)).toEqual([carl, ada, bea].map(({ id }) => [group.id, id]));
    expect(added.map(({ data }) => (data as { group: { version: number } }).group.version)).toEqual([
      2, 2, 2,
    ]);
    expect(await membersOf(play.database, group)).toEqual([ada.id, bea.id, carl.id].sort());
  });

  it('come and go in the order of the request', async () => {
    const { here, ada, carl, group, news } = await given();
    const changed = await here.changeGroup(group, [
      { kind: 'add', ids: [carl.id] },
      { kind: 'remove', ids: [ada.id] },
    ]);
    expect(changed.group.version).toBe(3);
    expect(await news()).toEqual([
      `MembershipChanged removed ${ada.id}`,
      `MembershipChanged added ${carl.id}`,
    ]);
  });

  it('who come and go within one request leave no event', async () => {
    const { here, ada, carl, group, news } = await given();
    const { group: after } = await here.changeGroup(group, [
      { kind: 'add', ids: [carl.id, carl.id] },
      { kind: 'remove', ids: [ada.id] },
      { kind: 'remove', ids: [carl.id] },
      { kind: 'add', ids: [ada.id] },
    ]);
    expect(after).toMatchObject(group);
    expect(await news()).toEqual([]);
  });

  it('are changed after the name, in the same request, each with a version of its own', async () => {
    const { here, carl, group, news } = await given();
    const steps = [{ kind: 'add' as const, ids: [carl.id] }];
    expect((await here.changeGroup(group, steps, { displayName: 'h' })).group).toMatchObject({
      version: 4,
      attributes: { displayName: 'h' },
    });
    expect(await news()).toEqual(['GroupChanged', `MembershipChanged added ${carl.id}`]);
  });

  it('are replaced by saying only who comes and who goes', async () => {
    const { here, ada, bea, carl, group, news } = await given();
    await here.changeGroup(group, [{ kind: 'replace', ids: [bea.id, carl.id] }]);
    expect(await news()).toEqual([
      `MembershipChanged removed ${ada.id}`,
      `MembershipChanged added ${carl.id}`,
    ]);
    await here.changeGroup(group, [{ kind: 'replace', ids: [] }]);
    expect(await membersOf(play.database, group)).toEqual([]);
  });

  it('can be removed by a filter', async () => {
    const { here, ada, bea, group, news } = await given();
    const { group: inner } = await here.createGroup('inner');
    await here.changeGroup(group, [{ kind: 'add', ids: [inner.id] }]);
    await here.changeGroup(group, [{ kind: 'remove-where', filter: where(`value eq "${ada.id}"`) }]);
    expect(await membersOf(play.database, group)).toEqual([inner.id, bea.id].sort());
    await here.changeGroup(group, [{ kind: 'remove-where', filter: where('type eq "User"') }]);
    expect(await membersOf(play.database, group)).toEqual([inner.id]);
    expect((await news()).filter((word) => word.includes('removed'))).toHaveLength(2);
  });

  it.each(['remove', 'replace', 'remove-where'] as const)(
    'are nobody twice: %s and add of the same in one request',
    async (kind) => {
      const { here, ada, bea, group, news } = await given();
      const step =
        kind === 'remove-where'
          ? { kind, filter: where('value pr') }
          : { kind, ids: kind === 'remove' ? [ada.id] : [] };
      await here.changeGroup(group, [step, { kind: 'add', ids: [ada.id, bea.id] }]);
      expect(await news()).toEqual([]);
      expect(await membersOf(play.database, group)).toEqual([ada.id, bea.id].sort());
    },
  );

  it('may be groups of the same directory, even in a circle, but never the group itself', async () => {
    const { here, group } = await given();
    const { group: inner } = await here.createGroup('inner', [group]);
    await here.changeGroup(group, [{ kind: 'add', ids: [inner.id] }]);
    expect(await membersOf(play.database, group)).toContain(inner.id);
    for (const kind of ['add', 'replace'] as const)
      await expect(here.changeGroup(group, [{ kind, ids: [group.id] }])).rejects.toMatchObject({
        name: 'MemberOfItself',
      });
  });
});

describe('members that do not exist', () => {
  it('are left out and told, when others do exist', async () => {
    const { here, carl, group, news } = await given();
    const changed = await here.changeGroup(group, [
      { kind: 'add', ids: ['nobody', carl.id, 'nobody', 'no-one'] },
    ]);
    expect(changed.unknownMembers).toEqual(['nobody', 'no-one']);
    expect(await news()).toEqual([`MembershipChanged added ${carl.id}`]);
  });

  it.each(['add', 'replace'] as const)(
    'refuse the request, when nobody named in %s exists: nothing of it is done',
    async (kind) => {
      const { here, group, news } = await given();
      const steps = [{ kind, ids: ['nobody', 'no-one'] }];
      await expect(here.changeGroup(group, steps, { displayName: 'h' })).rejects.toMatchObject({
        name: 'UnknownMembers',
        ids: ['nobody', 'no-one'],
      });
      await expect(here.createGroup('new', [{ id: 'nobody' }])).rejects.toMatchObject({
        name: 'UnknownMembers',
      });
      expect(await news()).toEqual([]);
      expect(await membersOf(play.database, group)).toHaveLength(2);
    },
  );

  it('are no reason to refuse their removal', async () => {
    const { here, group, news } = await given();
    const changed = await here.changeGroup(group, [{ kind: 'remove', ids: ['nobody'] }]);
    expect(changed.unknownMembers).toEqual([]);
    expect(await news()).toEqual([]);
  });

  it('are also those of another directory: no person and no group is reached from outside', async () => {
    const [{ here, group }, other] = [await given(), await given()];
    const add = (id: string) => here.changeGroup(group, [{ kind: 'add', ids: [id] }]);
    await expect(add(other.ada.id)).rejects.toMatchObject({ name: 'UnknownMembers' });
    await expect(add(other.group.id)).rejects.toMatchObject({ name: 'UnknownMembers' });
    for (const kind of ['add', 'remove', 'replace'] as const)
      await expect(here.changeGroup(other.group, [{ kind, ids: [other.ada.id] }])).rejects.toMatchObject({
        name: 'UnknownResource',
      });
    await expect(here.remove(other.ada)).rejects.toMatchObject({ name: 'UnknownResource' });
    await expect(here.change(other.ada, { title: 'mine' })).rejects.toMatchObject({
      name: 'UnknownResource',
    });
    await expect(here.removeGroup(other.group)).rejects.toMatchObject({ name: 'UnknownResource' });
    expect(await other.news()).toEqual([]);
    expect(await membersOf(play.database, other.group)).toHaveLength(2);
  });
});

describe('the end of a person or a group', () => {
  it('of a person ends their memberships without an event for each, and leaves the groups as they were', async () => {
    const { here, ada, bea, group, news } = await given();
    await here.createGroup('second', [ada]);
    await here.remove(ada);
    expect((await news()).slice(2)).toEqual(['UserDeleted']);
    expect(await membersOf(play.database, group)).toEqual([bea.id]);
    expect((await here.changeGroup(group, [])).group.version).toBe(group.version);
  });

  it('in the same moment as their coming leaves nothing behind', async () => {
    const { here, carl, group } = await given();
    await Promise.all([here.changeGroup(group, [{ kind: 'add', ids: [carl.id] }]), here.remove(carl)]);
    expect(await membersOf(play.database, group)).not.toContain(carl.id);
    expect((await typesOf(play, here.id)).slice(-2)).toEqual(['MembershipChanged', 'UserDeleted']);
  });

  it('before their coming, in the same moment, leaves them unknown', async () => {
    const { here, carl, group } = await given();
    const [, added] = await Promise.allSettled([
      here.remove(carl),
      here.changeGroup(group, [{ kind: 'add', ids: [carl.id] }]),
    ]);
    expect(added).toMatchObject({ reason: { name: 'UnknownMembers' } });
  });

  it('of a group takes its members’ places and its own places in other groups with it', async () => {
    const { here, group, news } = await given();
    const { group: outer } = await here.createGroup('outer', [group]);
    expect(await here.removeGroup(group)).toMatchObject({ group: { id: group.id }, unknownMembers: [] });
    expect((await news()).at(-1)).toBe('GroupDeleted');
    expect(await membersOf(play.database, group)).toEqual([]);
    expect(await membersOf(play.database, outer)).toEqual([]);
    await expect(here.removeGroup(group)).rejects.toMatchObject({ name: 'UnknownResource', type: 'Group' });
  });

  it('in the same moment as changes of the group leaves nothing behind', async () => {
    const { here, carl, group } = await given();
    // Whichever comes first: the deletion has a transaction of its own.
    const [changed, removed] = await outcomes([
      here.changeGroup(group, [{ kind: 'add', ids: [carl.id] }], { displayName: 'h' }),
      here.removeGroup(group),
    ]);
    expect(['done', 'UnknownResource']).toContain(changed);
    expect(removed).toBe('done');
    expect(await membersOf(play.database, group)).toEqual([]);
  });
});
