// Whoever came by signing in is the one whom SCIM then creates.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { USUAL_LEAVING_POLICY, type User } from '@app/directory';
import { rebuildDirectory } from '@app/projections';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { CreateUser } from './commands.js';
import {
  directory,
  eventsOf,
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
const another = (policy = USUAL_LEAVING_POLICY): Directory =>
  directory(`directory_${(directories += 1)}`, play.provisioning, policy);

function signIn({ origin }: Directory, userName: string, more: object = {}): Promise<User> {
  const attributes = { userName, active: true, ...more };
  return play.provisioning.submit(new CreateUser(origin, attributes, { origin: 'jit' })) as Promise<User>;
}

describe('somebody who came by signing in', () => {
  it('is adopted once by however many creations at a time, and the others run into them', async () => {
    const here = another();
    const guest = await signIn(here, 'ada');
    const results = await outcomes(Array.from({ length: 8 }, () => here.create('Ada', { externalId: 'e' })));
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(new Set(results)).toEqual(new Set(['done', 'NameTaken']));
    expect(await typesOf(play, here.id)).toEqual(['UserCreated', 'UserAdopted']);
    expect((await viewsOf(play.database, here.id))['scim_user']).toMatchObject([
      { id: guest.id, origin: null, version: 2, external_id: 'e', user_name_key: 'ada' },
    ]);
  });

  it('runs into whom they would be beside, and is not adopted by another sign-in', async () => {
    const here = another();
    await signIn(here, 'ada');
    await expect(signIn(here, 'ADA')).rejects.toMatchObject({ name: 'NameTaken' });
    const known = await here.create('bea');
    await expect(signIn(here, 'bea')).rejects.toMatchObject({ name: 'NameTaken', holderId: known.id });
    expect(await typesOf(play, here.id)).toEqual(['UserCreated', 'UserCreated']);
  });

  it('is the same to consumers with their groups, where they were told that the person was gone', async () => {
    const here = another({ ...USUAL_LEAVING_POLICY, deactivationsPublishedAs: 'deleted' });
    const guest = await signIn(here, 'ada');
    const { group } = await here.createGroup('engineers', [guest]);
    // Concealed while still a guest: what no request of an identity provider leads to, and the operator's hand may.
    await play.database.rows(
      `update scim_user set concealed = true, attributes = attributes || '{"active": false}' where id = $1`,
      [guest.id],
    );
    expect(await here.create('ada')).toMatchObject({ id: guest.id, attributes: { active: true } });
    const types = await typesOf(play, here.id);
    expect(types.slice(-3)).toEqual(['UserReactivated', 'UserAdopted', 'MembershipRestated']);
    expect((await eventsOf(play, here.id)).at(-1)!.subjects).toEqual([group.id, guest.id]);
  });

  it('is what the log says when the views are made again from it', async () => {
    const here = another();
    await signIn(here, 'guest');
    await signIn(here, 'ada');
    await here.create('ada', { externalId: 'e' });
    const before = await viewsOf(play.database, here.id);
    expect(before['scim_user']).toMatchObject([{ origin: 'jit' }, { origin: null }]);
    await play.database.transaction((tx) => rebuildDirectory(tx, play.log, here.id));
    expect(await viewsOf(play.database, here.id)).toEqual(before);
  });
});
