import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { plansOf } from '../../../test/support/plans.js';
import { SIGN_IN_NAMES, wasDeleted, whoSignsIn } from './sign-in.js';

const NOW = '2030-01-01T08:00:00.000Z';

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 2 });
  await database.rows(`insert into organization select 'org', 'Acme', now(), now()`);
  await database.rows(
    `insert into directory (id, organization_id, name, type, state, external_key, just_in_time, created_at, updated_at)
     select 'directory_' || n, 'org', 'A directory', 'generic scim v2.0', 'linked', n, n = 2, now(), now() from generate_series(0, 2) as n`,
  );
  const person = `jsonb_build_object('userName', 'User-' || n, 'externalId', 'e-' || n,
                    'emails', jsonb_build_array(jsonb_build_object('value', 'U' || n || '@Example.com')))`;
  await database.rows(
    `insert into scim_user (directory_id, id, user_name_key, external_id, email_keys, attributes, version, created_at, last_modified)
     select 'directory_' || n % 3, 'user_' || n, 'user-' || n, 'e-' || n, array['u' || n || '@example.com'], ${person}, 1, now(), now()
       from generate_series(1, 20000) as n`,
  );
  await database.rows(
    `insert into event (position, directory_id, organization_id, sequence, type, subjects, data, request_id, occurred_at, digest)
     select n, 'directory_' || n % 3, 'org', n, case when n % 4 = 0 then 'UserDeleted' else 'UserCreated' end, array['user_' || n],
            jsonb_build_object('user', jsonb_build_object('id', 'user_' || n, 'attributes', ${person}))::json, 'r', now(), ''
       from generate_series(1, 20000) as n`,
  );
  await database.rows('analyze scim_user, event');
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const ALL = ['directory_0', 'directory_1', 'directory_2'];
const EVERYWHERE = { organizationId: 'org' };

describe('whoever goes by a name', () => {
  it.each([
    ['idp_id', 'e-7', 'external_id_of_a_user_is_unique_in_a_directory'],
    ['email', 'U7@EXAMPLE.com', 'users_by_email'],
    ['user_name', 'USER-7', 'user_name_is_unique_in_a_directory'],
  ] as const)('is found by %s in the directories that are asked, by an index', async (name, value, index) => {
    const found = [expect.objectContaining({ id: 'user_7', directoryId: 'directory_1' })];
    for (const place of [EVERYWHERE, { directoryId: 'directory_1' }])
      expect(await whoSignsIn(database, place, { name, value })).toMatchObject({ found });
    expect(await whoSignsIn(database, { directoryId: 'directory_2' }, { name, value })).toMatchObject({
      found: [],
    });
    const plans = await plansOf(database, (tx) => whoSignsIn(tx, EVERYWHERE, { name, value }));
    expect(plans).toHaveLength(1);
    expect(plans[0]).toContain(index);
    expect(plans[0]).not.toContain('Seq Scan on scim_user');
  });

  it('comes with all directories of the place, the latest first, also when nobody goes by it there', async () => {
    const nobody = { name: 'idp_id', value: 'e-0' } as const;
    const { directories, found } = await whoSignsIn(database, EVERYWHERE, nobody);
    expect(found).toEqual([]);
    const directory = { organizationId: 'org', givesRoles: false };
    expect(directories).toEqual([
      { ...directory, id: 'directory_2', justInTime: true },
      { ...directory, id: 'directory_1', justInTime: false },
      { ...directory, id: 'directory_0', justInTime: false },
    ]);
    expect(await whoSignsIn(database, { directoryId: 'directory_9' }, nobody)).toEqual({
      directories: [],
      found: [],
    });
  });

  it.each([
    ['the directory', { directory_id: 'directory_1', organization_id: null }, ['directory_1']],
    ['its organization', { directory_id: null, organization_id: 'org' }, [...ALL].reverse()],
  ])('comes with whether %s maps groups to roles', async (_whose, owner, mapped) => {
    await database.rows(
      `insert into role_mapping select m.* from jsonb_populate_record(null::role_mapping, $1) as m`,
      [{ id: 'mapping', rules: [], default_role: null, updated_at: NOW, ...owner }],
    );
    const { directories } = await whoSignsIn(database, EVERYWHERE, { name: 'idp_id', value: 'e-7' });
    expect(directories.filter(({ givesRoles }) => givesRoles).map(({ id }) => id)).toEqual(mapped);
    await database.rows('delete from role_mapping');
  });

  it('and was deleted is found in the log by an index, whatever else the log holds', async () => {
    const gone = { idp_id: 'e-8', email: 'u8@example.com', user_name: 'user-8' };
    for (const name of SIGN_IN_NAMES) {
      expect(await wasDeleted(database, ALL, { [name]: gone[name] })).toBe(true);
      expect(await wasDeleted(database, ['directory_0'], { [name]: gone[name] })).toBe(false);
    }
    expect(
      await wasDeleted(database, ALL, { idp_id: 'e-7', email: 'u7@example.com', user_name: 'user-7' }),
    ).toBe(false);
    const [plan] = await plansOf(database, (tx) => wasDeleted(tx, ALL, gone));
    expect(plan).not.toContain('Seq Scan on event');
  });
});
