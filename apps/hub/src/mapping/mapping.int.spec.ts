// People are looked at again in slices, by one hub at a time, and whoever is stopped in the middle goes on where they were.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommandBus } from '@nestjs/cqrs';
import type { RoleMapping } from '@app/directory';
import { checkpointPosition, headPosition } from '@app/event-log';
import { rebuildDirectory, rolesOf } from '@app/projections';
import { AssignRoles, RemapUsers, reviewProgress, SharedTransaction, type Reviewed } from '@app/provisioning';
import { Clock, Database, Observations } from '@app/runtime';
import { readValuePath, type MembershipStep } from '@app/scim';
import { Directories, OrganizationDomains, Organizations, TENANCY_ENTITIES } from '@app/tenancy';
import fc from 'fast-check';
import {
  directory,
  eventsOf,
  stage,
  viewsOf,
  type Directory,
  type Stage,
} from '../../../../libs/provisioning/src/testing/stage.js';
import { freshDatabase, type FreshDatabase } from '../../../../test/support/index.js';
import { admin, type Admin } from '../../../../test/support/admin.js';
import { DirectorySetUp } from '../directory-set-up.js';
import { HubSettings } from '../hub-settings.js';
import { LogMoved } from '../log-moved.js';
import { Reviews } from './reviews.js';
import { RoleFollower, ROLES_CHECKPOINT } from './role-follower.js';
import { RuleChanges } from './rule-changes.js';

const clock = new Clock();
let fresh: FreshDatabase;
let database: Database;
let play: Stage;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url, { clock });
  database = await Database.connect(fresh.url, { entities: TENANCY_ENTITIES, poolSize: 12 });
  operator = await admin(fresh.url);
});
afterAll(async () => {
  await operator.close();
  await database.close();
  await play.close();
  await fresh.drop();
});

type Command = AssignRoles | RemapUsers;
type Around = (command: Command, work: () => Promise<Reviewed>) => Promise<Reviewed>;
const plainly: Around = (_command, work) => work();

/** What one hub has for it, with a transaction of its own as every hub has. @param around what happens to each command. */
function hub(around: Around = plainly) {
  const transaction = new SharedTransaction(database, clock, () => undefined);
  const execute = (command: Command): Promise<Reviewed> => around(command, () => transaction.review(command));
  const bus = { execute } as unknown as CommandBus;
  const observations = new Observations({ write: () => undefined });
  const moved = new LogMoved({ ring: () => undefined });
  const reviews = new Reviews(database, bus, observations);
  // Whoever is woken works in the background: here a test says who works when.
  const idle = { wake: () => undefined } as unknown as Reviews;
  const follower = new RoleFollower(database, bus, clock, idle, moved);
  return { reviews, follower, changes: new RuleChanges(database, clock, idle) };
}

async function connected(): Promise<Directory> {
  const organization = await new Organizations(database, clock).create('Example');
  const settings = new HubSettings('http://hub.test', '1', 1_000);
  const moved = new LogMoved({ ring: () => undefined });
  const [directories, domains] = [new Directories(database, clock), new OrganizationDomains(database, clock)];
  const setUp = new DirectorySetUp(database, clock, directories, domains, settings, moved);
  const wish = { organizationId: organization.id, name: 'People', type: 'generic scim v2.0' };
  const { directory: made } = await setUp.create(wish, 'test');
  return directory(made.id, play.provisioning);
}

/** People made by SQL: they are to be looked at, not to be made. */
async function crowd(here: Directory, count: number, groupId?: string): Promise<void> {
  await operator.rows(
    `insert into scim_user (directory_id, id, user_name_key, email_keys, attributes, version, created_at, last_modified)
     select $1, $1 || '_u' || lpad(n::text, 6, '0'), 'p' || n, '{}', json_build_object('userName', 'p' || n, 'title', 't')::jsonb, 1, now(), now()
       from generate_series(1, $2::int) n`,
    [here.id, count],
  );
  if (groupId)
    await operator.rows(
      `insert into membership select $1, $2, $1 || '_u' || lpad(n::text, 6, '0'), 'User' from generate_series(1, $3::int) n`,
      [here.id, groupId, count],
    );
}

const TITLE = { name: 'rank', path: 'title', source: readValuePath('User', 'title') };
const ADMINS: RoleMapping = { rules: [{ group: { name: 'Admins' }, roles: ['admin'] }], defaultRole: null };
const changesIn = async (here: Directory): Promise<string[]> => {
  const rows = await operator.rows<{ type: string; subject: string }>(
    `select type, subjects[1] as subject from event where directory_id = $1
        and type in ('UserRemapped', 'UserRolesChanged') order by position`,
    [here.id],
  );
  return rows.map(({ type, subject }) => `${type} ${subject}`);
};
const progress = (here: Directory, kind: 'attributes' | 'roles') => reviewProgress(database, [here.id], kind);

describe('a changed attribute mapping', () => {
  it('is applied in slices, and goes on where a hub was stopped, nobody told twice', async () => {
    const here = await connected();
    await crowd(here, 1_000);
    const slices: number[] = [];
    const crashing = hub(async (command, work) => {
      slices.push(command.ids.length);
      if (slices.length === 4) throw new Error('stopped');
      return work();
    });
    await crashing.changes.mapAttributes(here.id, [TITLE], 'request');
    expect(await progress(here, 'attributes')).toEqual({ done: 0, total: 1_000 });
    await expect(crashing.reviews.run()).rejects.toThrow('stopped');
    expect(await progress(here, 'attributes')).toEqual({ done: 600, total: 1_000 });
    expect(await changesIn(here)).toHaveLength(600);
    await hub().reviews.run();
    expect(await progress(here, 'attributes')).toBeNull();
    const changes = await changesIn(here);
    expect(changes).toHaveLength(1_000);
    expect(new Set(changes).size).toBe(1_000);
    expect(Math.max(...slices)).toBeLessThanOrEqual(200);
    const [first] = await eventsOf(play, here.id).then((all) =>
      all.filter(({ type }) => type === 'UserRemapped'),
    );
    expect(first).toMatchObject({ requestId: 'request' });
  });

  it('does a slice again that was written when the hub was stopped, and finds nothing different', async () => {
    const here = await connected();
    await crowd(here, 300);
    const crashing = hub(async (_command, work) => {
      await work();
      throw new Error('stopped behind the commit');
    });
    await crashing.changes.mapAttributes(here.id, [TITLE], 'request');
    await expect(crashing.reviews.run()).rejects.toThrow('stopped behind');
    expect(await changesIn(here)).toHaveLength(200);
    expect(await progress(here, 'attributes')).toEqual({ done: 0, total: 300 });
    await hub().reviews.run();
    expect(await changesIn(here)).toHaveLength(300);
  });

  it('is applied by one of two hubs at a time', async () => {
    const here = await connected();
    await crowd(here, 900);
    let atOnce = 0;
    let most = 0;
    const looked: string[] = [];
    const counted: Around = async (command, work) => {
      looked.push(...command.ids);
      most = Math.max(most, (atOnce += 1));
      return work().finally(() => (atOnce -= 1));
    };
    const [one, other] = [hub(counted), hub(counted)];
    await one.changes.mapAttributes(here.id, [TITLE], 'request');
    await Promise.all([one.reviews.run(), other.reviews.run()]);
    await one.reviews.run();
    expect(most).toBe(1);
    expect(new Set(looked).size).toBe(looked.length);
    expect(await changesIn(here)).toHaveLength(900);
  });

  it('begins anew when the mapping changes once more on the way, and everybody is right in the end', async () => {
    const here = await connected();
    await crowd(here, 500);
    let slices = 0;
    const stopping = hub(async (_command, work) => {
      if ((slices += 1) === 2) throw new Error('stopped');
      return work();
    });
    await stopping.changes.mapAttributes(here.id, [TITLE], 'first');
    await expect(stopping.reviews.run()).rejects.toThrow('stopped');
    await stopping.changes.mapAttributes(here.id, [{ ...TITLE, name: 'grade' }], 'second');
    expect(await progress(here, 'attributes')).toEqual({ done: 0, total: 500 });
    await hub().reviews.run();
    const rows = await operator.rows<{ custom: object; count: number }>(
      'select custom::text::jsonb as custom, count(*)::int as count from scim_user where directory_id = $1 group by 1',
      [here.id],
    );
    expect(rows).toEqual([{ custom: { grade: 't' }, count: 500 }]);
    expect(await changesIn(here)).toHaveLength(700);
  });

  it('of a directory that is deleted meanwhile ends with it', async () => {
    const here = await connected();
    await crowd(here, 10);
    const { changes, reviews } = hub();
    await changes.mapAttributes(here.id, [TITLE], 'request');
    await operator.rows('update directory_head set closed = true where directory_id = $1', [here.id]);
    await reviews.run();
    expect(await progress(here, 'attributes')).toBeNull();
  });
});

describe('the roles of many', () => {
  it('follow a group that comes into another one, 10,000 people in slices, and a stop in the middle costs nothing', async () => {
    const here = await connected();
    const { group: outer } = await here.createGroup('Admins');
    const { group: inner } = await here.createGroup('Inner');
    await crowd(here, 10_000, inner.id);
    const { changes, reviews, follower } = hub();
    await changes.mapRolesOfDirectory(here.id, ADMINS, 'rules');
    await reviews.run();
    expect(await changesIn(here)).toEqual([]);
    await here.changeGroup(outer, [{ kind: 'add', ids: [inner.id] }]);
    let slices = 0;
    let largest = 0;
    const stopping = hub(async (command, work) => {
      largest = Math.max(largest, command.ids.length);
      if ((slices += 1) === 11) throw new Error('stopped');
      return work();
    });
    await follower.run();
    expect(await progress(here, 'roles')).toEqual({ done: 0, total: 10_000 });
    await expect(stopping.reviews.run()).rejects.toThrow('stopped');
    expect(await progress(here, 'roles')).toEqual({ done: 2_000, total: 10_000 });
    await hub().reviews.run();
    const told = await changesIn(here);
    expect(told).toHaveLength(10_000);
    expect(new Set(told).size).toBe(10_000);
    expect(largest).toBeLessThanOrEqual(200);
    expect(await progress(here, 'roles')).toBeNull();
  }, 120_000);
});

describe('the follower of memberships', () => {
  const rolesIn = async (here: Directory): Promise<Record<string, string[]>> => {
    const rows = (await viewsOf(database, here.id))['scim_user'] as { id: string; roles: string[] | null }[];
    return Object.fromEntries(rows.map(({ id, roles }) => [id, roles ?? []]));
  };

  it('reads nothing where no directory has rules, and is at the end of the log', async () => {
    await operator.rows('delete from role_mapping');
    const here = await connected();
    const ada = await here.create('ada');
    await here.createGroup('Admins', [ada]);
    const { follower } = hub(() => Promise.reject(new Error('nobody is to be asked')));
    expect(await follower.run()).toBe('done');
    expect(await checkpointPosition(database, ROLES_CHECKPOINT)).toBe(await headPosition(database));
  });

  it('does again what was not confirmed, and leaves to another hub what that one is at', async () => {
    const here = await connected();
    const ada = await here.create('ada');
    await hub().changes.mapRolesOfDirectory(here.id, ADMINS, 'rules');
    await hub().reviews.run();
    await hub().follower.run();
    await here.createGroup('Admins', [ada]);
    const failing = hub(() => Promise.reject(new Error('not confirmed')));
    await expect(failing.follower.run()).rejects.toThrow('not confirmed');
    expect(await rolesIn(here)).toEqual({ [ada.id]: [] });
    let elsewhere: string | undefined;
    const first = hub(async (_command, work) => {
      elsewhere = await hub().follower.run();
      return work();
    });
    expect(await first.follower.run()).toBe('done');
    expect(elsewhere).toBe('elsewhere');
    expect(await rolesIn(here)).toEqual({ [ada.id]: ['admin'] });
    expect(await changesIn(here)).toHaveLength(1);
    const [change] = (await eventsOf(play, here.id)).filter(({ type }) => type === 'UserRolesChanged');
    expect(change).toMatchObject({ requestId: here.origin.requestId });
  });

  it('ends with the roles that groups give, after random histories, with rules that change and two hubs', async () => {
    const here = await connected();
    const people = await Promise.all(Array.from({ length: 12 }, (_, index) => here.create(`p${index}`)));
    const groups = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => (await here.createGroup(`Group ${index}`)).group),
    );
    const ids = [...people, ...groups].map(({ id }) => id);
    const step = fc.record({
      group: fc.nat({ max: groups.length - 1 }),
      kind: fc.constantFrom<MembershipStep['kind'] & ('add' | 'remove')>('add', 'add', 'remove'),
      members: fc.uniqueArray(fc.nat({ max: ids.length - 1 }), { minLength: 1, maxLength: 5 }),
      name: fc.option(fc.nat({ max: 9 }), { freq: 6 }),
      rules: fc.option(
        fc.array(
          fc.record({
            group: fc.record({ name: fc.nat({ max: 9 }).map((index) => `group ${index}`) }),
            roles: fc.constantFrom(['a'], ['b', 'a'], ['c']),
          }),
          { maxLength: 4 },
        ),
        { freq: 8 },
      ),
    });
    const history = fc.sample(fc.array(step, { minLength: 120, maxLength: 120 }), {
      numRuns: 1,
      seed: 5,
    })[0]!;
    const hubs = [hub(), hub()];
    let over = false;
    const following = hubs.map(async ({ follower, reviews }) => {
      while (!over) {
        await follower.run();
        await reviews.run();
      }
    });
    for (const [at, { group, kind, members, name, rules }] of history.entries()) {
      const named = members.map((index) => ids[index]!).filter((id) => id !== groups[group]!.id);
      const more = name === null ? {} : { displayName: `Group ${name}` };
      if (named.length > 0) await here.changeGroup(groups[group]!, [{ kind, ids: named }], more);
      // Later on only memberships and names say what the roles are: no review of everybody hides what was not followed.
      if (rules && at < 50)
        await hubs[at % 2]!.changes.mapRolesOfDirectory(
          here.id,
          { rules, defaultRole: at % 3 === 0 ? 'member' : null },
          `rules ${at}`,
        );
    }
    over = true;
    await Promise.all(following);
    const last = hub();
    await last.follower.run();
    await last.reviews.run();
    const userIds = people.map(({ id }) => id);
    const given = Object.fromEntries(await rolesOf(database, here.id, userIds));
    expect(await rolesIn(here)).toEqual(given);
    expect((await changesIn(here)).length).toBeGreaterThan(20);
    const views = await viewsOf(database, here.id);
    await database.transaction((tx) => rebuildDirectory(tx, play.log, here.id));
    expect(await viewsOf(database, here.id)).toEqual(views);
  }, 60_000);
});
