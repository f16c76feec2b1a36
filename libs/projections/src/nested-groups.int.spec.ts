// Groups inside groups: what is shown is what can be found, and neither costs more than it must.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '@app/runtime';
import { matches, parseFilter } from '@app/scim';
import fc from 'fast-check';
import { freshDatabase, plansOf, type FreshDatabase } from '../../../test/support/index.js';
import { saveGroups } from './groups.js';
import { groupsOf, saveMemberships, type Membership } from './memberships.js';
import { findResources } from './page.js';
import { groupsSeen } from './testing/imagined.js';
import { saveUsers, type PlacedUser } from './users.js';

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 3 });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const MARKS = { version: 1, created: '2030-01-01T08:00:00.000Z', lastModified: '2030-01-01T08:00:00.000Z' };
const PEOPLE = 6;
const GROUPS = 8;

const resource = (directoryId: string, id: string, attributes: PlacedUser['attributes']): PlacedUser => ({
  directoryId,
  id,
  attributes,
  ...MARKS,
});

/** Who is in which group: of each pair the number of the group, and that of a person, or of a group from PEOPLE on. */
const pairs = fc.uniqueArray(fc.tuple(fc.nat(GROUPS - 1), fc.nat(PEOPLE + GROUPS - 1)), {
  maxLength: 24,
  selector: (pair) => pair.join(),
});

let directories = 0;
async function given(
  links: [number, number][],
): Promise<{ id: string; people: string[]; memberships: Membership[] }> {
  const id = `d${(directories += 1)}`;
  const people = Array.from({ length: PEOPLE }, (_, index) => `${id}-u${index}`);
  const groups = Array.from({ length: GROUPS }, (_, index) => `${id}-g${index}`);
  const memberships = links.map(([group, member]): Membership => ({
    directoryId: id,
    groupId: groups[group]!,
    memberId: [...people, ...groups][member]!,
    memberType: member < PEOPLE ? 'User' : 'Group',
  }));
  await saveUsers(
    database,
    people.map((user) => resource(id, user, { userName: user })),
  );
  await saveGroups(
    database,
    groups.map((group) => resource(id, group, { displayName: `name of ${group}` })),
  );
  await saveMemberships(database, memberships, []);
  return { id, people, memberships };
}

async function found(directoryId: string, filter: string): Promise<string[]> {
  const wanted = { directoryId, startIndex: 1, count: 100, filter: parseFilter(filter, 'User') };
  return (await findResources(database, 'User', wanted)).resources.map(({ id }) => id);
}

describe('the groups of a person', () => {
  it('are those they are in, and those around them, once each, whatever contains what', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, async (links) => {
        const { people, memberships } = await given(links);
        const shown = await groupsOf(database, people);
        for (const person of people) {
          const expected = groupsSeen(person, memberships).map((group) => ({
            ...group,
            display: `name of ${group.value}`,
          }));
          expect(shown.get(person) ?? []).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('can be searched as they are shown', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, fc.nat(GROUPS - 1), async (links, number) => {
        const { id, people, memberships } = await given(links);
        for (const filter of [
          `groups.value eq "${id}-g${number}"`,
          `groups eq "${id}-g${number}"`,
          `not (groups.value eq "${id}-g${number}")`,
          `groups.value ne "${id}-g${number}"`,
          `groups[value eq "${id}-g${number}" and type eq "indirect"]`,
          `groups[value eq "${id}-g${number}" and not (type eq "indirect")]`,
          'groups[type eq "indirect"]',
          'groups.type eq "direct"',
          'groups pr',
          'not (groups pr)',
          `groups.value ew "${number}"`,
        ]) {
          const tree = parseFilter(filter, 'User');
          const expected = people.filter((person) => {
            const groups = groupsSeen(person, memberships);
            return matches(tree, { userName: person, ...(groups.length > 0 ? { groups } : {}) });
          });
          expect({ filter, found: await found(id, filter) }).toEqual({ filter, found: expected });
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('are never those of another directory', async () => {
    const here = await given([[0, 0]]);
    const there = await given([[0, 0]]);
    expect(await found(here.id, `groups.value eq "${there.id}-g0"`)).toEqual([]);
  });

  it('cost one statement where no group is inside another one, and a second one where some are', async () => {
    const flat = await given([
      [0, 0],
      [1, 0],
    ]);
    expect(await plansOf(database, (tx) => groupsOf(tx, flat.people))).toHaveLength(1);
    const nested = await given([
      [0, 0],
      [1, PEOPLE],
    ]);
    expect(await plansOf(database, (tx) => groupsOf(tx, nested.people))).toHaveLength(2);
  });
});

describe('in a directory of 30,000 people', () => {
  beforeAll(async () => {
    await database.rows(
      `insert into scim_user (directory_id, id, user_name_key, email_keys, attributes, version, created_at, last_modified)
       select 'large', 'u' || i, 'u' || i, '{}', jsonb_build_object('userName', 'u' || i), 1, now(), now()
         from generate_series(1, 30000) as i`,
    );
    await database.rows(
      `insert into scim_group (directory_id, id, display_name_key, attributes, version, created_at, last_modified)
       select 'large', 'g' || i, 'g' || i, jsonb_build_object('displayName', 'g' || i), 1, now(), now()
         from generate_series(1, 300) as i`,
    );
    await database.rows(
      `insert into membership (directory_id, group_id, member_id, member_type)
       select distinct 'large', 'g' || (1 + (i * 7 + k) % 300), 'u' || i, 'User'
         from generate_series(1, 30000) as i, generate_series(1, 3) as k
       union all select 'large', 'g1', 'g' || i, 'Group' from generate_series(2, 5) as i
       union all select 'large', 'g2', 'g1', 'Group'`,
    );
  });

  /** How often the busiest walk through groups was begun, by what PostgreSQL did. */
  async function walksOf(filter: string): Promise<number> {
    let walks = 0;
    const looking = {
      rows: async <Row>(sql: unknown, values: unknown[] = []): Promise<Row[]> => {
        const [row] = await database.rows<{ 'QUERY PLAN': string }>(
          `explain (analyze, format json) ${String(sql)}`,
          values,
        );
        walks = Math.max(walks, ...loopsOfWalks(row!['QUERY PLAN']));
        return database.rows<Row>(String(sql), values);
      },
    };
    const wanted = { directoryId: 'large', startIndex: 1, count: 10, filter: parseFilter(filter, 'User') };
    const { totalResults } = await findResources(looking, 'User', wanted);
    expect(totalResults).toBeGreaterThan(10);
    return walks;
  }

  function loopsOfWalks(plan: unknown): number[] {
    if (Array.isArray(plan)) return plan.flatMap(loopsOfWalks);
    if (typeof plan !== 'object' || plan === null) return [];
    const node = plan as { 'Node Type'?: string; 'Actual Loops'?: number };
    const own = node['Node Type'] === 'Recursive Union' ? [node['Actual Loops']!] : [];
    return [...own, ...Object.values(plan).flatMap(loopsOfWalks)];
  }

  it.each([
    'groups.value eq "g1"',
    'groups eq "g1" and active pr or groups.value eq "g2"',
    'not (groups.value eq "g1")',
  ])('a search for a group walks once, from the group downwards: %s', async (filter) => {
    expect(await walksOf(filter)).toBe(1);
  });

  it('a search for how somebody is in a group looks at those who are in it, and nobody else', async () => {
    const [row] = await database.rows<{ people: number }>(
      `select count(distinct member_id) as people from membership
 where group_id in ('g1', 'g2', 'g3', 'g4', 'g5') and member_type = 'User'`,
    );
    expect(await walksOf('groups[value eq "g1" and type eq "indirect"]')).toBeLessThanOrEqual(row!.people);
    expect(row!.people).toBeLessThan(5_000);
  });
});
