// Roles are worked out from memberships as a plain walk through the groups would, and every answer to "why" is a way that there is.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rolesBy, type RoleMapping } from '@app/directory';
import { Database } from '@app/runtime';
import fc from 'fast-check';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../test/support/index.js';
import { plansOf } from '../../../test/support/plans.js';
import { grantsOf } from './role-grants.js';
import { rolesOf } from './roles.js';

let fresh: FreshDatabase;
let database: Database;
let operator: Admin;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = await Database.connect(fresh.url, { poolSize: 4 });
  operator = await admin(fresh.url);
  await operator.rows(
    `insert into organization (id, name, created_at, updated_at) values ('org_1', 'Acme', now(), now())`,
  );
});
afterAll(async () => {
  await operator.close();
  await database.close();
  await fresh.drop();
});

const PEOPLE = 8;
const GROUPS = 7;
const person = (index: number): string => `u${index}`;
const group = (index: number): string => `g${index}`;
const nameOf = (index: number): string => `Group ${index % 5}`; // some share a name

interface World {
  /** [group, member]: a member below zero is a person. */
  edges: [number, number][];
  mapping: RoleMapping;
}

const selector = fc.oneof(
  fc.nat({ max: GROUPS }).map((index) => ({ id: group(index) })),
  fc.nat({ max: 5 }).map((index) => ({ name: nameOf(index).toUpperCase() })),
  fc.nat({ max: GROUPS }).map((index) => ({ external_id: `x${index}` })),
);
const world: fc.Arbitrary<World> = fc.record({
  edges: fc.uniqueArray(
    fc.tuple(fc.nat({ max: GROUPS - 1 }), fc.integer({ min: -PEOPLE, max: GROUPS - 1 })),
    { selector: ([outer, inner]) => `${outer} ${inner}`, maxLength: 25 },
  ),
  mapping: fc.record({
    rules: fc.array(
      fc.record({
        group: selector,
        roles: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: 5 },
    ),
    defaultRole: fc.constantFrom(null, 'member'),
  }),
});

/** The groups that a rule names. */
function named(rule: RoleMapping['rules'][number]): number[] {
  const all = Array.from({ length: GROUPS }, (_, index) => index);
  const wanted = rule.group;
  if ('id' in wanted) return all.filter((index) => group(index) === wanted.id);
  if ('name' in wanted)
    return all.filter((index) => nameOf(index).toLowerCase() === wanted.name.toLowerCase());
  return all.filter((index) => `x${index}` === wanted.external_id);
}

/** Everybody and every group in a group, by walking down from it until nothing is new. */
function inside(edges: [number, number][], outer: number): Set<number> {
  const found = new Set<number>();
  const walk = (at: number): void => {
    for (const [container, member] of edges) {
      if (container !== at || found.has(member)) continue;
      found.add(member);
      if (member >= 0) walk(member);
    }
  };
  walk(outer);
  return found;
}

let worlds = 0;
async function write({ edges, mapping }: World): Promise<string> {
  const id = `directory_${(worlds += 1)}`;
  await operator.rows('truncate scim_user, scim_group, membership');
  await operator.rows(
    `insert into directory (id, organization_id, name, type, state, external_key, created_at, updated_at)
     values ($1, 'org_1', 'x', 'generic scim v2.0', 'linked', 'x', now(), now())`,
    [id],
  );
  await operator.rows(
    `insert into scim_group (directory_id, id, display_name_key, external_id, attributes, version, created_at, last_modified)
     select $1, 'g' || n, lower('Group ' || n % 5), 'x' || n, json_build_object('displayName', 'Group ' || n % 5)::jsonb, 1, now(), now()
       from generate_series(0, ${GROUPS - 1}) n`,
    [id],
  );
  for (const [outer, inner] of edges)
    await operator.rows('insert into membership values ($1, $2, $3, $4)', [
      id,
      group(outer),
      inner < 0 ? person(-inner) : group(inner),
      inner < 0 ? 'User' : 'Group',
    ]);
  await operator.rows(
    `insert into role_mapping (id, directory_id, rules, default_role, updated_at) values ($1, $1, $2, $3, now())`,
    [
      id,
      JSON.stringify(
        mapping.rules.map((rule) => ({
          ...rule,
          ...('name' in rule.group ? { name_key: rule.group.name.toLowerCase() } : {}),
        })),
      ),
      mapping.defaultRole,
    ],
  );
  return id;
}

const EVERYBODY = Array.from({ length: PEOPLE }, (_, index) => person(index + 1));

describe('the roles that groups give', () => {
  it('are those that a walk through the groups finds, in circles too, and each reason is a way that there is', async () => {
    let granted = 0;
    let indirect = 0;
    await fc.assert(
      fc.asyncProperty(world, async (each) => {
        const { edges, mapping } = each;
        const id = await write(each);
        const reach = mapping.rules.map((rule) => named(rule).map((index) => inside(edges, index)));
        const applying = (who: number): number[] =>
          reach.flatMap((groups, place) => (groups.some((found) => found.has(-who)) ? [place] : []));
        const [found, given, why] = await Promise.all([
          rolesOf(database, id, EVERYBODY),
          rolesOf(database, id, EVERYBODY, mapping),
          grantsOf(database, id, EVERYBODY),
        ]);
        for (let who = 1; who <= PEOPLE; who += 1) {
          const places = applying(who);
          granted += places.length;
          expect(found.get(person(who))).toEqual(rolesBy(mapping, places));
          expect(given.get(person(who))).toEqual(found.get(person(who)));
          const grants = why.grants.get(person(who))!;
          expect(grants.map(({ place }) => place)).toEqual(places);
          for (const { place, groups } of grants) {
            const chain = groups.map((one) => Number(one.id.slice(1)));
            const steps: [number, number][] = chain.map((outer, index) => [
              outer,
              index === 0 ? -who : chain[index - 1]!,
            ]);
            expect(
              steps.filter(([outer, inner]) => !edges.some(([a, b]) => a === outer && b === inner)),
            ).toEqual([]);
            expect(named(mapping.rules[place]!)).toContain(chain.at(-1));
            expect(groups.map(({ name }) => name)).toEqual(chain.map(nameOf));
            if (chain.length > 1) indirect += 1;
          }
        }
      }),
      { numRuns: 60, seed: 7 },
    );
    // Worlds in which nobody has a role, or none through another group, would prove nothing.
    expect(granted).toBeGreaterThan(50);
    expect(indirect).toBeGreaterThan(20);
  }, 60_000);

  it('are none in a directory without a mapping, and for nobody there is nothing to look up', async () => {
    expect(await rolesOf(database, 'directory_unknown', ['u1'])).toEqual(new Map([['u1', []]]));
    expect(await rolesOf(database, 'directory_unknown', [])).toEqual(new Map());
  });

  it('are looked up by indexes: the size of a group does not matter', async () => {
    const id = await write({
      edges: [
        [0, -1],
        [1, 0],
      ],
      mapping: { rules: [{ group: { id: group(1) }, roles: ['a'] }], defaultRole: null },
    });
    await operator.rows(
      `insert into membership select $1, 'g0', 'many' || n, 'User' from generate_series(1, 50000) n`,
      [id],
    );
    await operator.rows(
      `insert into scim_group (directory_id, id, display_name_key, external_id, attributes, version, created_at, last_modified)
       select $1, 'other' || n, 'other ' || n, 'other' || n, '{}', 1, now(), now() from generate_series(1, 5000) n`,
      [id],
    );
    await operator.rows('analyze membership, scim_group, role_mapping, directory');
    const plans = await plansOf(database, (tx) => rolesOf(tx, id, EVERYBODY));
    expect(plans).toHaveLength(1);
    expect(plans.join('\n')).not.toMatch(/Seq Scan on (membership|scim_group|scim_user)/);
  });
});
