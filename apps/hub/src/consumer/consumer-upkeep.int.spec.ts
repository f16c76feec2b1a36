// Links and kept answers that are over are removed by whichever hub looks; the others stay.
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Observations, Sealing, type Database } from '@app/runtime';
import { ApiKeys, Organizations, PortalLinks } from '@app/tenancy';
import type { Admin } from '../../../../test/support/index.js';
import { onTenancy, SetClock } from '../../../../test/support/on-tenancy.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { ConsumerUpkeep } from './consumer-upkeep.js';

const clock = new SetClock();
const observations = new Observations({ write: () => undefined });
let database: Database;
let operator: Admin;
let links: PortalLinks;
let apiKeyId: string;
let organizationId: string;

onTenancy((premises) => ({ database, operator } = premises));

beforeAll(async () => {
  links = new PortalLinks(database, clock);
  organizationId = (await new Organizations(database, clock).create('Acme')).id;
  apiKeyId = (await new ApiKeys(database, clock).make('App', [])).key.id;
});

beforeEach(() => operator.rows('truncate portal_link, idempotent_request'));

function upkeep(): ConsumerUpkeep {
  const idempotency = new Idempotency(database, new Sealing(Buffer.alloc(32, 1)), clock, observations);
  return new ConsumerUpkeep(links, idempotency, observations);
}

async function keep(count: number, seconds: number): Promise<void> {
  const until = new Date(clock.now().getTime() + seconds * 1_000);
  await operator.rows(
    `insert into idempotent_request (api_key_id, route, key, request_hash, claim, claimed_until, status, expires_at)
     select $1, '/organizations', gen_random_uuid()::text, '', gen_random_uuid(), $2, 201, $2
       from generate_series(1, $3::integer)`,
    [apiKeyId, until, count],
  );
}

const left = async (table: string): Promise<number> =>
  (await operator.rows<{ count: number }>(`select count(*) from ${table}`))[0]!.count;

describe('the upkeep', () => {
  it('removes all that is over, however much it is, and nothing else', async () => {
    await keep(2_500, 60);
    await keep(3, 3_600);
    const link = { organizationId, intent: 'dsync' as const, returnUrl: null, successUrl: null, emails: [] };
    await links.issue(link);
    clock.later(61);
    await links.issue(link);
    clock.later(299);
    await Promise.all([upkeep().run(), upkeep().run()]);
    expect(await left('idempotent_request')).toBe(3);
    expect(await left('portal_link')).toBe(1);
  });

  it('has nothing to do for an API key that is revoked: its answers go with it', async () => {
    await keep(3, 3_600);
    const { key } = await new ApiKeys(database, clock).make('Other', []);
    await operator.rows('update idempotent_request set api_key_id = $1', [key.id]);
    expect(await new ApiKeys(database, clock).revoke(key.id)).toBe(true);
    expect(await left('idempotent_request')).toBe(0);
  });
});
