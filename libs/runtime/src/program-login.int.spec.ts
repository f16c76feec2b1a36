import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { Database } from './database.js';
import { assertMigrated } from './migrations.js';
import { programLogin } from './program-login.js';
import { Queues } from './queues.js';

describe('the login of the programs', () => {
  // Roles belong to the whole server, so this one has a name of its own and is dropped.
  const name = `rollcall_test_${randomBytes(5).toString('hex')}`;
  let fresh: FreshDatabase;
  let owner: Admin;
  let url: string;

  beforeAll(async () => {
    fresh = await freshDatabase();
    owner = await admin(fresh.url);
    url = await programLogin(fresh.url, name);
  });

  afterAll(async () => {
    await owner.rows(`drop role ${name}`);
    await owner.close();
    await fresh.drop();
  });

  it('is enough for the database and the queue', async () => {
    await assertMigrated(url);
    const database = await Database.connect(url);
    expect(await database.rows('select session_user::text as session, current_user::text as role')).toEqual([
      { session: name, role: 'rollcall_app' },
    ]);
    await database.close();
    const queues = new Queues({ databaseUrl: url, onError: () => {} });
    await queues.queue('login').put('key', {});
    expect(await queues.queue('login').depth()).toBe(1);
    await queues.close();
  });

  it.each([
    `update event set type = 'x'`,
    'delete from event',
    'truncate event',
    'set role none; delete from event',
    'reset session authorization; reset role; delete from event',
    'drop table event',
    'alter table event disable trigger all',
  ])('may not say: %s', async (sql) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('gets a new password each time, and belongs to no role but the application’s', async () => {
    const before = url;
    url = await programLogin(fresh.url, name);
    expect(new URL(url).password).not.toBe(new URL(before).password);
    const [known] = await owner.rows<{ members: string[] }>(
      `select array(select r.rolname::text from pg_auth_members m join pg_roles r on r.oid = m.roleid
                     join pg_roles u on u.oid = m.member where u.rolname = $1) as members`,
      [name],
    );
    expect(known).toEqual({ members: ['rollcall_app'] });
  });
});
