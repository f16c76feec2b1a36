import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { admin, emptyDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { Database } from './database.js';
import { assertMigrated, migrate, packageRoot, SchemaBehind } from './migrations.js';

let empty: FreshDatabase;
let operator: Admin;

beforeEach(async () => {
  empty = await emptyDatabase();
  operator = await admin(empty.url);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await operator.close();
  await empty.drop();
});

const GROUND = 'ground0000000000001';

/** Every column and index there is, with the ledger. */
async function shape(): Promise<unknown> {
  return {
    columns: await operator.rows(
      `select table_schema, table_name, column_name, data_type from information_schema.columns
        where table_schema in ('public', 'bullmq') order by 1, 2, 3`,
    ),
    indexes: await operator.rows(`select indexdef from pg_indexes where schemaname = 'public' order by 1`),
    ledger: await operator.rows('select name from migration order by name'),
    heads: await operator.rows('select position, length(salt) as salt from log_head'),
  };
}

describe('an empty database', () => {
  it('is behind, and says what it lacks and what to do', async () => {
    const asked = assertMigrated(empty.url);
    await expect(asked).rejects.toBeInstanceOf(SchemaBehind);
    await expect(asked).rejects.toMatchObject({ missing: expect.arrayContaining([GROUND]) });
    await expect(asked).rejects.toThrow(/rollcall migrate/);
  });

  it('is brought to this release, and a program can work in it', async () => {
    await migrate(empty.url);
    await assertMigrated(empty.url);
    const database = await Database.connect(empty.url, { poolSize: 1 });
    expect(await database.rows('select current_user::text as name, position from log_head')).toEqual([
      { name: 'rollcall_app', position: 0 },
    ]);
    await database.close();
  });

  it('may be migrated by two programs at once', async () => {
    await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)]);
    await assertMigrated(empty.url);
    expect(
      await operator.rows('select name, count(*) from migration group by name having count(*) > 1'),
    ).toEqual([]);
  });

  it('may be migrated at the same moment as another one of the same server', async () => {
    const other = await emptyDatabase();
    await Promise.all([migrate(empty.url), migrate(other.url)]);
    await Promise.all([assertMigrated(empty.url), assertMigrated(other.url)]);
    const neighbour = await admin(other.url);
    const salts = await Promise.all(
      [operator, neighbour].map((each) => each.rows<{ salt: Buffer }>('select salt from log_head')),
    );
    expect(salts[0]![0]!.salt.equals(salts[1]![0]!.salt)).toBe(false);
    await neighbour.close();
    await other.drop();
  });
});

describe('a database of this release', () => {
  beforeEach(() => migrate(empty.url));

  it('is not changed by migrating it again', async () => {
    const before = await shape();
    await migrate(empty.url);
    expect(await shape()).toEqual(before);
  });

  it('that lacks one migration names it', async () => {
    await operator.rows('delete from migration where name = $1', [GROUND]);
    await expect(assertMigrated(empty.url)).rejects.toMatchObject({ missing: [GROUND] });
  });

  it('is untouched when a migration fails half-way', async () => {
    jest.spyOn(console, 'log').mockImplementation(() => {}); // TypeORM prints failed migrations by itself
    await operator.rows('delete from migration');
    const before = await shape();
    await expect(migrate(empty.url)).rejects.toThrow(/already exists/);
    expect(await shape()).toEqual(before);
  });
});

describe('receivers that were there before they were clients like others', () => {
  it('keep their secrets, their tokens and their streams', async () => {
    await operator.rows('create table migration (id serial primary key, timestamp bigint, name varchar)');
    const files = (await readdir(join(packageRoot(), 'migrations'))).filter((file) => file < '0018').sort();
    for (const file of files) {
      await operator.rows(await readFile(join(packageRoot(), 'migrations', file), 'utf8'));
      const name = `${file.slice(5, -4)}${file.slice(0, 4).padStart(13, '0')}`;
      const timestamp = Number(file.slice(0, 4));
      await operator.rows('insert into migration (timestamp, name) values ($1, $2)', [timestamp, name]);
    }
    await operator.rows(`
      insert into organization values ('org_1', 'Acme', now(), now());
      insert into ssf_client values ('ssf_client_1', 'org_1', 'Wiki', 'https://wiki', 'hash', 'abcd', '2026-01-05', null);
      insert into ssf_access_token values ('token', 'ssf_client_1', '{ssf.read}', now());
      insert into destination (id, organization_id, protocol, settings, event_types, state, created_at, updated_at)
        values ('destination_1', 'org_1', 'shared-signals', '{}', '{}', 'enabled', now(), now());
      insert into ssf_stream (destination_id, client_id) values ('destination_1', 'ssf_client_1');`);
    await migrate(empty.url);
    expect(
      await operator.rows(
        `select c.id, c.directory_id, c.organization_id, c.name, c.audience, c.authentication_methods, c.jwks,
                convert_from(s.secret_hash, 'UTF8') as hash, s.suffix, s.expires_at
           from oauth_client c join oauth_client_secret s on s.client_id = c.id
           join ssf_access_token t on t.client_id = c.id join ssf_stream m on m.client_id = c.id`,
      ),
    ).toEqual([
      {
        ...{ id: 'ssf_client_1', directory_id: null, organization_id: 'org_1', name: 'Wiki' },
        ...{ audience: 'https://wiki', jwks: null, hash: 'hash', suffix: 'abcd', expires_at: null },
        authentication_methods: ['client_secret_basic', 'client_secret_post'],
      },
    ]);
  });
});

describe('a database in use since the first migration', () => {
  it('is brought to this release with everything that is in it', async () => {
    await operator.rows(await readFile(join(packageRoot(), 'migrations', '0001-ground.sql'), 'utf8'));
    await operator.rows('create table migration (id serial primary key, timestamp bigint, name varchar)');
    await operator.rows('insert into migration (timestamp, name) values (1, $1)', [GROUND]);
    await operator.rows(`
      insert into organization values ('org_1', 'Acme', now(), now());
      insert into directory values ('directory_1', 'org_1', 'People', 'okta scim v2.0', 'linked', 'key', now(), now());
      insert into directory_token values ('directory_token_1', 'directory_1', 'hash', 'abcd', now());
      insert into scim_user values ('directory_1', 'user_1', 'ada', null, '{}', '{"userName":"Ada"}', 3, now(), now());
      insert into api_key values ('api_key_1', 'first', 'one', 'abcd', now()), ('api_key_2', 'another', 'two', 'efgh', now());
      insert into destination values
        ('we_01JD3Z00000000000000000001', 'org_1', 'webhook', '{}', 'sealed', '{}', 'enabled', '2026-01-05T12:00:00Z', now()),
        ('destination_01JD3Z00000000000000000002', 'org_1', 'other', '{}', null, '{}', 'enabled', now(), now());
      insert into event values (1, 'directory_1', 'org_1', 1, 'UserCreated', '{user_1}', '{}', null, 'req_1', now(), 'digest');
      insert into destination values ('destination_1', 'org_1', 'other', '{}', null, '{}', 'enabled', now(), now());
      insert into delivery_state (destination_id, cursor, work_to, last_delivered) values ('destination_1', 1, 1, 1);
      insert into delivery_attempt values
        ('destination_1', 1, 1, false, now() - interval '3 days', 12, 'refused', 500, null, 'Oops'),
        ('destination_1', 1, 2, true, now() - interval '2 days', 7, 'delivered', 204, null, null),
        ('we_gone', 9, 1, false, '2001-01-01', 7, 'unreachable', null, 'refused', null);
      insert into destination values
        ('we_1', null, 'other', '{}', null, '{}', 'enabled', now(), now()),
        ('we_2', null, 'other', '{}', null, '{}', 'disabled', now(), now());
      insert into delivery_state (destination_id, cursor, consecutive_failures) values ('we_1', 1, 12), ('we_2', 1, 3);
      insert into parked_delivery values
        ('we_1', 1, '{user_1}', 'waiting', 2, now(), null, now()), ('we_1', 2, '{user_1}', 'behind', 0, null, null, now());`);

    await migrate(empty.url);
    await assertMigrated(empty.url);

    const [directory] = await operator.rows('select * from directory');
    expect(directory).toMatchObject({
      name: 'People',
      delete_policy: 'delete',
      purge_after_days: null,
      deactivations_published_as: 'updated',
      schema_extensions: [],
    });
    expect(await operator.rows('select name, expires_at, suffix from directory_token')).toEqual([
      { name: 'First token', expires_at: null, suffix: 'abcd' },
    ]);
    expect(await operator.rows('select id, version, purge_after, concealed from scim_user')).toEqual([
      { id: 'user_1', version: 3, purge_after: null, concealed: false },
    ]);
    expect(
      await operator.rows(
        `select destination_id, failed_probes, breaker_opened_at is null as closed, recent_outcomes from delivery_state
          where destination_id like 'we%' order by 1`,
      ),
    ).toEqual([
      { destination_id: 'we_1', failed_probes: 2, closed: false, recent_outcomes: 1 },
      { destination_id: 'we_2', failed_probes: 0, closed: true, recent_outcomes: 1 },
    ]);
    expect(
      await operator.rows(
        'select position, first_attempt_at is null as untried from parked_delivery order by 1',
      ),
    ).toEqual([
      { position: 1, untried: false },
      { position: 2, untried: true },
    ]);
    expect(
      await operator.rows(
        'select id, disabled_reason from destination where organization_id is null order by id',
      ),
    ).toEqual([
      { id: 'we_1', disabled_reason: null },
      { id: 'we_2', disabled_reason: 'manual' },
    ]);
    expect(await operator.rows('select position, type from event')).toEqual([
      { position: 1, type: 'UserCreated' },
    ]);
    const attempts = await operator.rows(
      `select tableoid::regclass::text like '%elsewhere' as elsewhere, destination_id, organization_id, position, attempt, kind,
              outcome, status, answer, id >= delivery_attempt_floor(started_at) as in_its_time
         from delivery_attempt order by id`,
    );
    const kept = {
      organization_id: 'org_1',
      destination_id: 'destination_1',
      position: 1,
      elsewhere: false,
      in_its_time: true,
    };
    expect(attempts).toEqual([
      {
        ...{
          elsewhere: true,
          in_its_time: true,
          destination_id: 'we_gone',
          organization_id: null,
          position: 9,
        },
        ...{ attempt: 1, kind: 'delivery', outcome: 'unreachable', status: null, answer: null },
      },
      { ...kept, attempt: 1, kind: 'delivery', outcome: 'refused', status: 500, answer: 'Oops' },
      { ...kept, attempt: 2, kind: 'probe', outcome: 'delivered', status: 204, answer: null },
    ]);
    expect(
      await operator.rows('select last_delivered_at is not null as said from delivery_state order by 1'),
    ).toEqual([...[{ said: false }, { said: false }], { said: true }]);
    expect(
      await operator.rows(
        'select id, destination_id, kind, value_sealed, public_jwk, created_at, expires_at from destination_secret',
      ),
    ).toEqual([
      {
        id: 'secret_01JD3Z00000000000000000001',
        destination_id: 'we_01JD3Z00000000000000000001',
        kind: 'hmac',
        value_sealed: 'sealed',
        public_jwk: null,
        created_at: new Date('2026-01-05T12:00:00Z'),
        expires_at: null,
      },
    ]);
    expect(await operator.rows('select id, permissions from api_key order by id')).toEqual([
      { id: 'api_key_1', permissions: ['secrets:reveal', 'api_keys:manage', 'history:read'] },
      { id: 'api_key_2', permissions: [] },
    ]);
  });
});
