import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '@app/runtime';
import fc from 'fast-check';
import type { Admin } from '../../../test/support/index.js';
import { onTenancy, SetClock } from '../../../test/support/on-tenancy.js';
import { ApiKeys, Directories, DirectoryTokens, hashOf, Organizations, type PageRequest } from './index.js';

let database: Database;
let operator: Admin;

const clock = new SetClock();

onTenancy((premises) => ({ database, operator } = premises));

/** Everything stored in a table, as one text. */
async function stored(table: string): Promise<string> {
  return JSON.stringify(await operator.rows(`select t::text from ${table} t`));
}

async function newDirectory(name = 'Example') {
  const organization = await new Organizations(database, clock).create('Acme');
  const directories = new Directories(database, clock);
  return database.transaction((_tx, manager) =>
    directories.create(manager, { organizationId: organization.id, name, type: 'generic scim v2.0' }),
  );
}

describe('a bearer token', () => {
  it('opens its directory, and is stored only as a hash with its last four characters', async () => {
    const { directory, bearerToken } = await newDirectory();
    expect(bearerToken).toMatch(/^scim_[\w-]{43}$/);
    expect(await new DirectoryTokens(database, clock).opened(hashOf(bearerToken))).toEqual({
      directory,
      tokenId: expect.stringMatching(/^directory_token_/),
      expiresAt: null,
      oauthClientId: null,
    });
    const rows = await stored('directory_token');
    expect(rows).toContain(hashOf(bearerToken).toString('hex'));
    expect(rows).toContain(bearerToken.slice(-4));
    expect(rows).not.toContain(bearerToken.slice(5, 20));
  });

  it('of nobody opens nothing', async () => {
    expect(await new DirectoryTokens(database, clock).opened(hashOf('scim_made-up'))).toBeNull();
  });

  it('is gone with its directory', async () => {
    const { directory, bearerToken } = await newDirectory();
    const directories = new Directories(database, clock);
    expect(await database.transaction((_tx, manager) => directories.remove(manager, directory.id))).toBe(
      true,
    );
    expect(await new DirectoryTokens(database, clock).opened(hashOf(bearerToken))).toBeNull();
    expect(await directories.find(directory.id)).toBeNull();
    expect(await database.transaction((_tx, manager) => directories.remove(manager, directory.id))).toBe(
      false,
    );
  });
});

describe('an API key', () => {
  it('is known by its hash, and stored only so', async () => {
    const keys = new ApiKeys(database, clock);
    const secret = await keys.create('backend');
    expect(secret).toMatch(/^sk_[\w-]{43}$/);
    expect((await keys.known(hashOf(secret)))?.id).toMatch(/^api_key_/);
    expect(await keys.known(hashOf(`${secret}x`))).toBeNull();
    expect(await stored('api_key')).not.toContain(secret.slice(3, 20));
  });

  it('that the operator chose is taken once, however often it is offered', async () => {
    const keys = new ApiKeys(database, clock);
    const before = await keys.count();
    await Promise.all([1, 2, 3].map(() => keys.adopt('from the environment', 'sk_chosen')));
    expect(await keys.count()).toBe(before + 1);
  });

  it('may do what it was made for, and one that the operator offers again, what it is offered with', async () => {
    const keys = new ApiKeys(database, clock);
    const permissionsOf = async (secret: string) => (await keys.known(hashOf(secret)))?.permissions;
    expect(await permissionsOf(await keys.create('backend'))).toEqual([]);
    expect(await permissionsOf(await keys.create('first', ['secrets:reveal']))).toEqual(['secrets:reveal']);
    await keys.adopt('from the environment', 'sk_of-an-older-release');
    await keys.adopt('from the environment', 'sk_of-an-older-release', ['secrets:reveal']);
    expect(await permissionsOf('sk_of-an-older-release')).toEqual(['secrets:reveal']);
  });
});

describe('the pages of directories', () => {
  const ids: string[] = [];
  let organizationId: string;
  const list = (page: PageRequest, search?: string) =>
    new Directories(database, clock).list({ organizationId, search }, page);
  const inOrder = (order: 'asc' | 'desc'): string[] => (order === 'asc' ? [...ids] : [...ids].reverse());

  beforeAll(async () => {
    organizationId = (await new Organizations(database, clock).create('Acme')).id;
    const directories = new Directories(database, clock);
    for (let index = 0; index < 11; index += 1) {
      const wish = { organizationId, name: `Directory ${index}`, type: 'generic scim v2.0' };
      const made = await database.transaction((_tx, manager) => directories.create(manager, wish));
      ids.push(made.directory.id);
    }
  });

  const anyPages = fc.record({
    limit: fc.integer({ min: 1, max: 13 }),
    order: fc.constantFrom('asc', 'desc'),
  });

  it('lead forwards through all of them, each once, and end with null on both sides', async () => {
    await fc.assert(
      fc.asyncProperty(anyPages, async ({ limit, order }) => {
        const seen: string[] = [];
        let page = await list({ limit, order });
        expect(page.before).toBeNull();
        for (;;) {
          expect(page.data.length).toBeLessThanOrEqual(limit);
          seen.push(...page.data.map(({ id }) => id));
          if (page.after === null) break;
          expect(page.after).toBe(page.data.at(-1)?.id);
          page = await list({ limit, order, after: page.after });
          expect(page.before).toBe(page.data[0]?.id);
        }
        expect(seen).toEqual(inOrder(order));
      }),
      { numRuns: 20 },
    );
  });

  it('lead backwards through all of them, each once, and end with null on both sides', async () => {
    await fc.assert(
      fc.asyncProperty(anyPages, async ({ limit, order }) => {
        const last = inOrder(order).at(-1)!;
        const seen: string[] = [last];
        for (let before: string | null = last; before !== null;) {
          const page: Awaited<ReturnType<typeof list>> = await list({ limit, order, before });
          seen.unshift(...page.data.map(({ id }) => id));
          expect(page.after).toBe(page.data.at(-1)?.id);
          before = page.before;
        }
        expect(seen).toEqual(inOrder(order));
      }),
      { numRuns: 20 },
    );
  });

  it('lead from any place to its neighbours', async () => {
    await fc.assert(
      fc.asyncProperty(anyPages, fc.nat({ max: 10 }), async ({ limit, order }, at) => {
        const all = inOrder(order);
        const after = await list({ limit, order, after: all[at] });
        expect(after.data.map(({ id }) => id)).toEqual(all.slice(at + 1, at + 1 + limit));
        const before = await list({ limit, order, before: all[at] });
        expect(before.data.map(({ id }) => id)).toEqual(all.slice(Math.max(0, at - limit), at));
        const between = await list({ limit, order, after: all[0], before: all[at] });
        expect(between.data.map(({ id }) => id)).toEqual(all.slice(1, Math.max(1, at)).slice(0, limit));
      }),
      { numRuns: 30 },
    );
  });

  it('go on from a directory that was deleted meanwhile', async () => {
    const { directory } = await newDirectory('short-lived');
    const gone = directory.id;
    await database.transaction((_tx, manager) => new Directories(database, clock).remove(manager, gone));
    // It was the youngest of all: everything stands before it, nothing after.
    expect((await list({ limit: 3, order: 'asc', before: gone })).data.map(({ id }) => id)).toEqual(
      ids.slice(-3),
    );
    expect((await list({ limit: 3, order: 'desc', after: gone })).data.map(({ id }) => id)).toEqual(
      inOrder('desc').slice(0, 3),
    );
    expect(await list({ limit: 3, order: 'asc', after: gone })).toMatchObject({ data: [], after: null });
  });

  it('show only those of the organization, and those whose name holds what is searched', async () => {
    expect((await list({ limit: 20, order: 'asc' }, 'RECTORY 1')).data.map(({ name }) => name)).toEqual([
      'Directory 1',
      'Directory 10',
    ]);
    expect((await list({ limit: 20, order: 'asc' }, '%')).data).toEqual([]);
    expect(await list({ limit: 20, order: 'asc' })).toMatchObject({ before: null, after: null });
  });
});
