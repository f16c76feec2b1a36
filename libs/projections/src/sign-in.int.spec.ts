import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import { plansOf } from '../../../test/support/plans.js';
import { findByName, SIGN_IN_NAMES, wasDeleted } from './sign-in.js';

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 2 });
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

describe('whoever goes by a name', () => {
  it.each([
    ['idp_id', 'e-7', 'external_id_of_a_user_is_unique_in_a_directory'],
    ['email', 'U7@EXAMPLE.com', 'users_by_email'],
    ['user_name', 'USER-7', 'user_name_is_unique_in_a_directory'],
  ] as const)('is found by %s in the directories that are asked, by an index', async (name, value, index) => {
    expect(await findByName(database, ALL, { name, value })).toMatchObject([
      { id: 'user_7', directoryId: 'directory_1' },
    ]);
    expect(await findByName(database, ['directory_2'], { name, value })).toEqual([]);
    const [plan] = await plansOf(database, (tx) => findByName(tx, ALL, { name, value }));
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan on scim_user');
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
