// People who were kept after a DELETE are deleted when their time has come, by whichever hub looks first.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CommandBus } from '@nestjs/cqrs';
import { USUAL_LEAVING_POLICY } from '@app/directory';
import { closeDirectory, SharedTransaction, type DeleteUser } from '@app/provisioning';
import { Database, Observations } from '@app/runtime';
import { Directories, OrganizationDomains, Organizations, TENANCY_ENTITIES } from '@app/tenancy';
import {
  directory,
  eventsOf,
  stage,
  type Directory,
  type Stage,
} from '../../../libs/provisioning/src/testing/stage.js';
import { TurnedClock } from '../../../libs/provisioning/src/testing/history.js';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { DirectorySetUp, directoryFacts } from './directory-set-up.js';
import { HubSettings } from './hub-settings.js';
import { LogMoved } from './log-moved.js';
import { Purge } from './purge.js';

const policy = { ...USUAL_LEAVING_POLICY, onDelete: 'deactivate', purgeAfterDays: 30 } as const;
const clock = new TurnedClock();
let fresh: FreshDatabase;
let database: Database;
let play: Stage;
let directories: Directories;
let setUp: DirectorySetUp;

beforeAll(async () => {
  fresh = await freshDatabase();
  play = await stage(fresh.url, { clock });
  database = await Database.connect(fresh.url, { entities: TENANCY_ENTITIES, poolSize: 4 });
  directories = new Directories(database, clock);
  const settings = new HubSettings('http://hub.test', '1', 1_000);
  const domains = new OrganizationDomains(database, clock);
  const moved = new LogMoved({ ring: () => undefined });
  setUp = new DirectorySetUp(database, clock, directories, domains, settings, moved);
});

afterAll(async () => {
  await database.close();
  await play.close();
  await fresh.drop();
});

type Execute = (command: DeleteUser) => Promise<unknown>;

/** A hub's purge, with a transaction of its own as every hub has. @param before what happens to a command first. */
function purge(before: Execute = async () => undefined): Purge {
  const transaction = new SharedTransaction(database, clock, () => undefined);
  const execute: Execute = async (command) => {
    await before(command);
    return transaction.submit(command);
  };
  const observations = new Observations({ write: () => undefined });
  return new Purge(database, directories, { execute } as unknown as CommandBus, clock, observations);
}

async function connected(): Promise<Directory> {
  const organization = await new Organizations(database, clock).create('Example');
  const wish = { organizationId: organization.id, name: 'People', type: 'generic scim v2.0' };
  const { directory: made } = await setUp.create(wish, 'test');
  return directory(made.id, play.provisioning, policy);
}

const wordsOf = async (here: Directory): Promise<string[]> =>
  (await eventsOf(play, here.id)).map(({ type, requestId }) => `${type} by ${requestId}`);

describe('the purge', () => {
  it('deletes those whose time has come, once, however many hubs look', async () => {
    const [here, there] = [await connected(), await connected()];
    const names = Array.from({ length: 450 }, (_, index) => `person-${index}`);
    const people = await Promise.all(names.map((name) => here.create(name)));
    const stranger = await there.create('stranger');
    await Promise.all([...people.slice(0, 430).map((person) => here.remove(person)), there.remove(stranger)]);
    expect(await purge().run()).toBe(0);
    clock.turn(30);
    await Promise.all([purge().run(), purge().run(), purge().run()]);
    const purged = (await wordsOf(here)).filter((word) => word.startsWith('UserDeleted'));
    expect(purged).toEqual(Array.from({ length: 430 }, () => 'UserDeleted by purge'));
    expect((await wordsOf(there)).at(-1)).toBe('UserDeleted by purge');
    const [left] = await database.rows<{ people: number }>('select count(*) as people from scim_user');
    expect(left).toEqual({ people: 20 });
    expect(await purge().run()).toBe(0);
  });

  it('leaves whoever has come back between the look and the deed', async () => {
    const here = await connected();
    const ada = await here.create('ada');
    await here.remove(ada);
    clock.turn(30);
    const late = purge(() => here.change(ada, { active: true }));
    expect(await late.run()).toBe(1);
    expect((await wordsOf(here)).at(-1)).toContain('UserReactivated');
  });

  it('is not held up by a directory that is gone', async () => {
    const [here, there] = [await connected(), await connected()];
    const [ada, bea] = [await here.create('ada'), await there.create('bea')];
    await here.remove(ada);
    await there.remove(bea);
    clock.turn(30);
    const row = (await directories.find(here.id))!;
    // Its log is closed, and its row and views are still seen: the moment in which a directory is deleted.
    await database.transaction((tx) =>
      closeDirectory(tx, directoryFacts(row), { requestId: 'test', now: clock.now() }),
    );
    await database.rows(
      `insert into scim_user (directory_id, id, user_name_key, email_keys, attributes, version, created_at,
                              last_modified, purge_after)
       values ($1, $2, 'ada', '{}', '{"active": false}', 3, now(), now(), $3)`,
      [here.id, ada.id, clock.now()],
    );
    expect(await purge().run()).toBe(2);
    expect((await wordsOf(there)).at(-1)).toBe('UserDeleted by purge');
    await database.rows('delete from scim_user where directory_id = $1', [here.id]);
  });

  it('says so when the database does not confirm it, and goes on the next time', async () => {
    const here = await connected();
    const ada = await here.create('ada');
    await here.remove(ada);
    clock.turn(30);
    let isAway = true;
    const weak = purge(async () => {
      if (isAway) throw new Error('the database is away');
    });
    await expect(weak.run()).rejects.toThrow('the database is away');
    isAway = false;
    expect(await weak.run()).toBe(1);
    expect((await wordsOf(here)).at(-1)).toBe('UserDeleted by purge');
  });
});
