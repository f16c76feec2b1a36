import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, freshDatabase, type FreshDatabase } from '../../../test/support/index.js';
import type { Engine } from './engine.js';
import { LeaseKeeper } from './lease-keeper.js';
import { takeLease, type Lease } from './lease.js';
import { pump } from './pump.js';
import { route } from './route.js';
import { openStage, type Stage } from './testing/stage.js';

describe('who keeps a lease', () => {
  const LENGTH_IN_SECONDS = 1.5;
  let database: FreshDatabase;
  let stage: Stage;
  let lease: Lease;

  beforeAll(async () => {
    database = await freshDatabase();
    stage = await openStage(database.url);
    const id = await stage.destination({ url: 'http://127.0.0.1:1/' });
    lease = (await takeLease(stage.database, id, new Date()))!.lease;
  });

  afterAll(async () => {
    await stage.close();
    await database.drop();
  });

  it('has it for as long as it can be extended', async () => {
    const keeper = new LeaseKeeper(stage.database, lease, performance.now(), LENGTH_IN_SECONDS);
    const end = performance.now() + 2 * LENGTH_IN_SECONDS * 1_000;
    await eventually(
      () => {
        if (performance.now() < end) throw new Error('not yet');
      },
      { withinInSeconds: 10 },
    );
    expect(keeper.lost).toBe(false);
    keeper.stop();
  });

  it('takes it for lost when the database was away for so long', async () => {
    const away = { rows: () => Promise.reject(new Error('the database is away')) };
    const keeper = new LeaseKeeper(away, lease, performance.now(), LENGTH_IN_SECONDS);
    expect(keeper.lost).toBe(false);
    await eventually(() => expect(keeper.lost).toBe(true));
    keeper.stop();
  });

  it('takes it for lost in the moment it wakes up after having been stopped for so long, before it asks anybody', () => {
    const keeper = new LeaseKeeper(stage.database, lease, performance.now() - 2_000, LENGTH_IN_SECONDS);
    expect(keeper.lost).toBe(true);
    keeper.stop();
  });
});

describe('who has lost a lease while a request waited for its connection', () => {
  let database: FreshDatabase;
  let stage: Stage;

  beforeAll(async () => {
    database = await freshDatabase();
    stage = await openStage(database.url);
  });

  afterAll(async () => {
    await stage.close();
    await database.drop();
  });

  it('must not write it any more', async () => {
    const organization = await stage.organization();
    const id = await stage.destination({ url: 'http://127.0.0.1:1/', organizationId: organization });
    await stage.append(organization, [{ type: 'UserProfileChanged', subjects: ['directory_user_1'] }]);
    await route(stage.engine, stage.errands);
    const allowed: boolean[] = [];
    const waits: Engine['send'] = async (_request, _access, mayGoOut) => {
      allowed.push(mayGoOut!());
      const taken = `update delivery_state set lease_token = gen_random_uuid() where destination_id = $1`;
      await stage.database.rows(taken, [id]);
      await eventually(() => expect(mayGoOut!()).toBe(false));
      allowed.push(mayGoOut!());
      return { kind: 'unreachable', reason: 'another process may have taken over', ours: true };
    };
    expect(await pump({ ...stage.engine, send: waits }, id)).toEqual({ kind: 'lost' });
    expect(allowed).toEqual([true, false]);
  });
});
