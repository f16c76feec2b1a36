// The lists that consumers read: what is in them, and how little is read for them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type PageWish, type Tx } from '@app/runtime';
import type { Attributes } from '@app/scim';
import {
  admin,
  freshDatabase,
  plansOf,
  rowsRead,
  vacuumed,
  type Admin,
  type FreshDatabase,
} from '../../../test/support/index.js';
import { countDirectories, sequencesOf } from './directory-counts.js';
import { saveGroups } from './groups.js';
import { findKnownGroup, listKnownGroups } from './known-groups.js';
import { findKnownUser, groupsOfKnownUsers, listKnownUsers } from './known-users.js';
import { saveMemberships } from './memberships.js';
import { saveUsers, type PlacedUser } from './users.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;

const NOON = '2030-01-01T12:00:00.000Z';
const PEOPLE = 100_000;
const asc = (more: Partial<PageWish> = {}): PageWish => ({ limit: 10, order: 'asc', ...more });
const desc = (more: Partial<PageWish> = {}): PageWish => ({ limit: 10, order: 'desc', ...more });

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
  operator = await admin(fresh.url);
  await operator.rows(`insert into organization select 'org', 'Acme', now(), now()`);
  await operator.rows(
    `insert into directory (id, organization_id, name, type, state, external_key, created_at, updated_at)
     select id, 'org', id, 'generic scim v2.0', 'linked', id, now(), now() from unnest(array['large', 'small', 'crowd']) as id`,
  );
}, 60_000);

afterAll(async () => {
  await operator.close();
  await database.close();
  await fresh.drop();
});

const person = (id: string, attributes: Attributes, more: Partial<PlacedUser> = {}): PlacedUser => ({
  directoryId: 'small',
  id,
  attributes: { userName: id, ...attributes },
  version: 1,
  created: NOON,
  lastModified: NOON,
  ...more,
});
const mail = (value: string, more: object = {}): Attributes => ({ emails: [{ value, ...more }] });
const idsOf = ({ data }: { data: { id: string }[] }): string[] => data.map(({ id }) => id);

describe('the people whom consumers know', () => {
  const users = (more: object): Promise<string[]> =>
    listKnownUsers(database, { directoryId: 'small', page: asc(), ...more }).then(idsOf);

  beforeAll(async () => {
    await saveUsers(database, [
      person('u1', { externalId: 'ext-1', ...mail('Ada@Example.com') }),
      person('u2', {
        emails: [
          { value: 'home@example.com', type: 'home' },
          { value: 'work@example.com', type: 'work' },
        ],
      }),
      person('u3', {
        externalId: 'u2',
        emails: [
          { value: 'work@example.com', type: 'work' },
          { value: 'first@example.com', primary: true },
        ],
      }),
      person('u4', { externalId: 'ext-4', active: false, ...mail('ada@example.com') }, { concealed: true }),
      person('u5', {
        active: false,
        emails: [{ type: 'work' }, { value: 'any@example.com', type: 'other' }],
      }),
      person('u6', mail('ada@example.com')),
    ]);
    const group = (id: string) => ({ ...person(id, {}), attributes: { displayName: id } });
    await saveGroups(database, ['g1', 'g2', 'g3'].map(group));
    const membership = (groupId: string, memberId: string, memberType: 'User' | 'Group' = 'User') => ({
      ...{ directoryId: 'small', groupId, memberId, memberType },
    });
    await saveMemberships(
      database,
      [
        membership('g1', 'u1'),
        membership('g1', 'u4'),
        membership('g1', 'g2', 'Group'),
        membership('g2', 'u2'),
        membership('g2', 'u1'),
        membership('g1', 'u6'),
      ],
      [],
    );
  });

  it('are listed without those who are concealed', async () => {
    expect(await users({})).toEqual(['u1', 'u2', 'u3', 'u5', 'u6']);
    expect(await users({ directoryId: undefined })).toEqual(['u1', 'u2', 'u3', 'u5', 'u6']);
    expect(await users({ directoryId: 'nowhere' })).toEqual([]);
  });

  it('are found by the address that is published, in any case, and by no other address of theirs', async () => {
    expect(await users({ email: 'ADA@example.COM' })).toEqual(['u1', 'u6']);
    expect(await users({ email: 'work@example.com' })).toEqual(['u2']);
    expect(await users({ email: 'home@example.com' })).toEqual([]);
    expect(await users({ email: 'first@example.com' })).toEqual(['u3']);
    expect(await users({ email: 'any@example.com' })).toEqual(['u5']);
    expect(await users({ email: 'ada@example.com', page: desc({ limit: 1, after: 'u6' }) })).toEqual(['u1']);
  });

  it('are found by the id that the identity provider gave them, and who has none by the id that is published instead', async () => {
    expect(await users({ idpId: 'ext-1' })).toEqual(['u1']);
    expect(await users({ idpId: 'EXT-1' })).toEqual([]);
    expect(await users({ idpId: 'u1' })).toEqual([]);
    expect(await users({ idpId: 'u5' })).toEqual(['u5']);
    expect(await users({ idpId: 'ext-4' })).toEqual([]);
    // One person has the id of another as externalId.
    expect(await users({ idpId: 'u2' })).toEqual(['u2', 'u3']);
    expect(await users({ idpId: 'ext-1', email: 'home@example.com' })).toEqual([]);
  });

  it('are listed by the group that they are in directly', async () => {
    expect(await users({ groupId: 'g1' })).toEqual(['u1', 'u6']);
    expect(await users({ groupId: 'g2' })).toEqual(['u1', 'u2']);
    expect(await users({ groupId: 'g3' })).toEqual([]);
    expect(await users({ groupId: 'g2', email: 'work@example.com' })).toEqual(['u2']);
    expect(await users({ groupId: 'g1', idpId: 'ext-1' })).toEqual(['u1']);
    expect(await users({ groupId: 'g1', directoryId: 'large' })).toEqual([]);
  });

  it('are read one by one, each with the organization and the groups', async () => {
    expect(await findKnownUser(database, 'u1')).toMatchObject({ id: 'u1', organizationId: 'org' });
    expect(await findKnownUser(database, 'u4')).toBeUndefined();
    expect(await findKnownUser(database, 'u9')).toBeUndefined();
    const groups = await groupsOfKnownUsers(database, ['u1', 'u2', 'u3']);
    expect([...groups].map(([id, of]) => [id, of.map((group) => group.id)])).toEqual([
      ['u1', ['g1', 'g2']],
      ['u2', ['g2']],
      ['u3', []],
    ]);
  });

  it('are in groups, which are listed by directory and by person, and somebody concealed is in none', async () => {
    const groups = (more: object): Promise<string[]> =>
      listKnownGroups(database, { page: asc(), ...more }).then(idsOf);
    expect(await groups({ directoryId: 'small' })).toEqual(['g1', 'g2', 'g3']);
    expect(await groups({ userId: 'u1' })).toEqual(['g1', 'g2']);
    expect(await groups({ userId: 'u1', page: desc({ limit: 1, after: 'g2' }) })).toEqual(['g1']);
    expect(await groups({ userId: 'u1', directoryId: 'large' })).toEqual([]);
    expect(await groups({ userId: 'u4' })).toEqual([]);
    expect(await findKnownGroup(database, 'g1')).toMatchObject({ id: 'g1', organizationId: 'org' });
    expect(await findKnownGroup(database, 'g9')).toBeUndefined();
  });

  it('are counted by whether they are active, with the last event that is counted', async () => {
    await operator.rows(`insert into directory_head values ('small', 7, '', false)`);
    expect(await countDirectories(database, ['small', 'nowhere'])).toEqual([
      { directoryId: 'small', sequence: 7, activeUsers: 4, inactiveUsers: 1, groups: 3 },
    ]);
    expect(await sequencesOf(database, ['small', 'nowhere'])).toEqual(new Map([['small', 7]]));
  });
});

describe(`a page of ten among ${PEOPLE} people, of whom the newer half is concealed`, () => {
  beforeAll(async () => {
    await database.rows(
      `insert into scim_user (directory_id, id, user_name_key, external_id, email_keys, attributes, version, created_at, last_modified, concealed)
       select 'large', 'v' || i, 'v' || i, 'ext-' || i, array['v' || i || '@example.com'],
              jsonb_build_object('userName', 'v' || i, 'emails', jsonb_build_array(jsonb_build_object('value', 'v' || i || '@example.com'))),
              1, now(), now(), i > $1::integer * 1.5
         from generate_series($1::integer + 1, $1::integer * 2) as i`,
      [PEOPLE],
    );
    // Older and newer than everybody else: whoever reads along all people for those of one directory passes them.
    await database.rows(
      `insert into scim_user (directory_id, id, user_name_key, email_keys, attributes, version, created_at, last_modified)
       select 'crowd', letter || i, letter || i, '{}', '{}', 1, now(), now()
         from generate_series(1, 5000) as i, unnest(array['a', 'w']) as letter`,
    );
    await database.rows(
      `insert into scim_group (directory_id, id, display_name_key, attributes, version, created_at, last_modified)
       select 'large', 'h' || i, 'h' || i, jsonb_build_object('displayName', 'h' || i), 1, now(), now()
         from generate_series(10001, 20000) as i`,
    );
    await database.rows(
      `insert into membership (directory_id, group_id, member_id, member_type)
       select 'large', 'h10001', 'v' || i, 'User' from generate_series($1::integer + 1, $1::integer * 1.5) as i
       union all select 'large', 'h' || i, 'v' || $1::integer + 1, 'User' from generate_series(10002, 20000) as i`,
      [PEOPLE],
    );
    await operator.rows(`insert into directory_head values ('large', 9, '', false)`);
    await vacuumed(operator, ['scim_user', 'scim_group', 'membership']);
  }, 120_000);

  const at = (share: number): string => `v${Math.round(PEOPLE * (1 + share))}`;
  const pages: [string, PageWish][] = [
    ['the newest', desc()],
    ['the oldest', asc()],
    ['after a cursor', desc({ after: at(0.25) })],
    ['before a cursor', desc({ before: at(0.25) })],
    ['after a cursor, oldest first', asc({ after: at(0.25) })],
    ['before a cursor, oldest first', asc({ before: at(0.25) })],
    // Eleven people, their directory for each, and for members the memberships.
  ];
  const ROWS_AT_MOST = 40;

  describe.each(pages)('%s', (_title, page) => {
    it.each<[string, object]>([
      ['a directory', { directoryId: 'large' }],
      ['all directories', {}],
      ['a group', { groupId: 'h10001' }],
      ['a group in a directory', { groupId: 'h10001', directoryId: 'large' }],
    ])('is read of the people of %s by no more rows than it has', async (_of, wanted) => {
      const work = (tx: Tx): Promise<{ data: unknown[] }> => listKnownUsers(tx, { ...wanted, page });
      expect((await work(database)).data).toHaveLength(10);
      expect(await rowsRead(database, work)).toBeLessThanOrEqual(ROWS_AT_MOST);
    });

    it.each<[string, object]>([
      ['a directory', { directoryId: 'large' }],
      ['all directories', {}],
      ['a person', { userId: `v${PEOPLE + 1}` }],
    ])('is read of the groups of %s by no more rows than it has', async (_of, wanted) => {
      const cursor = page.after ?? page.before;
      const cursors = cursor === undefined ? {} : { [page.after ? 'after' : 'before']: 'h15000' };
      const { limit, order } = page;
      const work = (tx: Tx): Promise<{ data: unknown[] }> =>
        listKnownGroups(tx, { ...wanted, page: { limit, order, ...cursors } });
      expect((await work(database)).data).toHaveLength(10);
      expect(await rowsRead(database, work)).toBeLessThanOrEqual(ROWS_AT_MOST);
    });
  });

  it.each<[string, (tx: Tx) => Promise<unknown>]>([
    [
      'an address',
      (tx) => listKnownUsers(tx, { directoryId: 'large', email: `${at(0.25)}@example.com`, page: desc() }),
    ],
    [
      'an address in a group',
      (tx) => listKnownUsers(tx, { groupId: 'h10001', email: `${at(0.25)}@example.com`, page: desc() }),
    ],
    [
      'the id at the provider',
      (tx) => listKnownUsers(tx, { directoryId: 'large', idpId: `ext-${PEOPLE + 7}`, page: desc() }),
    ],
    ['the id', (tx) => findKnownUser(tx, at(0.25))],
    ['the id of a group', (tx) => findKnownGroup(tx, 'h15000')],
  ])('somebody is found by %s, and nobody else is looked at', async (_by, work) => {
    expect(await rowsRead(database, work)).toBeLessThanOrEqual(8);
  });

  it('is counted from indexes alone', async () => {
    const [plan] = await plansOf(database, (tx) => countDirectories(tx, ['large']));
    expect(plan).toMatch(/Index Only Scan using known_people_of_a_directory/);
    expect(plan).toMatch(/Index (Only )?Scan using inactive_people_of_a_directory/);
    // Half of all groups are this directory's: to read them as a whole or by their index is much the same.
    expect(plan).not.toMatch(/Seq Scan on scim_user/);
    const [counts] = await countDirectories(database, ['large']);
    expect(counts).toMatchObject({ activeUsers: PEOPLE / 2, inactiveUsers: 0, groups: 10_000 });
  });
});
