import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Clock, Database, Observations } from '@app/runtime';
import { AccessTokens, Directories, DirectoryTokens, Organizations, TENANCY_ENTITIES } from '@app/tenancy';
import { admin, freshDatabase, type Admin, type FreshDatabase } from '../../../../test/support/index.js';
import { LastUses } from './last-uses.js';

describe('the last uses of tokens', () => {
  const clock = new Clock();
  let fresh: FreshDatabase;
  let database: Database;
  let operator: Admin;
  let uses: LastUses;
  let said: string[];
  let tokenId: string;
  let lastUsed: () => Promise<Date | null>;

  beforeEach(async () => {
    fresh = await freshDatabase();
    database = await Database.connect(fresh.url, { poolSize: 2, entities: TENANCY_ENTITIES });
    operator = await admin(fresh.url);
    said = [];
    const observations = new Observations({ write: (line) => void said.push(line) });
    uses = new LastUses(new AccessTokens(database, clock), clock, observations);
    const organization = await new Organizations(database, clock).create('Acme');
    const wish = { organizationId: organization.id, name: 'People', type: 'generic scim v2.0' };
    const directories = new Directories(database, clock);
    const { directory } = await database.transaction((_tx, manager) => directories.create(manager, wish));
    const tokens = new DirectoryTokens(database, clock);
    const token = async () => (await tokens.list(directory.id, { limit: 1, order: 'asc' })).data[0]!;
    tokenId = (await token()).id;
    lastUsed = async () => (await token()).lastUsedAt;
  }, 60_000);

  afterEach(async () => {
    await operator.close();
    await database.close();
    await fresh.drop();
  }, 60_000);

  it('are written when the hub closes', async () => {
    uses.onApplicationBootstrap();
    const before = Date.now();
    uses.note(tokenId);
    expect(await lastUsed()).toBeNull();
    await uses.onApplicationShutdown();
    expect((await lastUsed())!.getTime()).toBeGreaterThanOrEqual(before);
    expect(said).toEqual([]);
  });

  it('wait while they cannot be written, told once, and are written with the next ones', async () => {
    uses.note(tokenId);
    const noted = Date.now();
    await operator.rows('alter table directory_token rename to directory_token_away');
    await uses.write();
    await uses.write();
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('"event":"last use of tokens not written"');
    await operator.rows('alter table directory_token_away rename to directory_token');
    await uses.write();
    expect((await lastUsed())!.getTime()).toBeLessThanOrEqual(noted);
  });
});
