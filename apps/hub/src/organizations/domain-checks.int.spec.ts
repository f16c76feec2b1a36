// A domain is its organization's when DNS says so; whoever looks, and however often, it is settled once.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { operationsOf } from '@app/directory';
import { EventLog } from '@app/event-log';
import { Observations, type Database } from '@app/runtime';
import { OrganizationDomains, Organizations, type OrganizationDomain } from '@app/tenancy';
import { DnsServer } from '../../../../test/support/dns-server.js';
import type { Admin } from '../../../../test/support/index.js';
import { onTenancy, SetClock } from '../../../../test/support/on-tenancy.js';
import { LogMoved } from '../log-moved.js';
import { DomainChecks } from './domain-checks.js';
import { DomainSetUp } from './domain-set-up.js';
import { Telling } from './telling.js';

const DAY_IN_SECONDS = 86_400;

const clock = new SetClock();
let database: Database;
let operator: Admin;
let dns: DnsServer;
let organizations: Organizations;
let domains: OrganizationDomains;
let setUp: DomainSetUp;
let hubs: DomainChecks[] = [];
let name: string;
let made = 0;

onTenancy((premises) => ({ database, operator } = premises));

beforeAll(async () => {
  dns = await DnsServer.open();
  organizations = new Organizations(database, clock);
  domains = new OrganizationDomains(database, clock);
  const telling = new Telling(database, clock, new LogMoved({ ring: () => undefined }));
  setUp = new DomainSetUp(organizations, domains, telling);
});

afterAll(() => dns.close());

beforeEach(() => {
  name = `d${++made}.example.com`;
  dns.asked.length = 0;
});

afterEach(async () => {
  await Promise.all(hubs.map((hub) => hub.onApplicationShutdown()));
  hubs = [];
  await operator.rows('delete from organization_domain');
});

/** The part of a hub that looks. */
function hub(): DomainChecks {
  const observations = new Observations({ write: () => undefined });
  const checks = new DomainChecks(clock, domains, setUp, { dnsServers: [dns.address] }, observations);
  hubs.push(checks);
  return checks;
}

async function newDomain(domain = name): Promise<OrganizationDomain> {
  const { id } = await organizations.create('Acme');
  return (await setUp.create(id, domain, 'test'))!;
}

async function told(organizationId: string): Promise<string[]> {
  const log = await EventLog.open(database);
  const directoryId = operationsOf(organizationId);
  const entries = await log.after(database, { after: 0, limit: 100, directoryId });
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, index) => index + 1));
  return entries.map(({ type, requestId }) => `${type} by ${requestId}`);
}

const stateOf = async (id: string): Promise<string | undefined> => (await domains.find(id))?.state;

describe('a domain that is to be verified', () => {
  it('is settled once, however many hubs look at once', async () => {
    const row = await newDomain();
    dns.records.set(`_rollcall-verify.${name}`, [row.token]);
    await Promise.all([hub(), hub(), hub()].map((checks) => checks.run()));
    expect(await stateOf(row.id)).toBe('verified');
    expect(dns.asked.filter((asked) => asked === name)).toHaveLength(1);
    expect(await told(row.organizationId)).toEqual([
      'OrganizationDomainCreated by test',
      'OrganizationDomainVerified by domain-check',
    ]);
  });

  it('is asked for less and less often, up to once an hour, and given up after seven days', async () => {
    const row = await newDomain();
    const checks = hub();
    const waits: number[] = [];
    for (let looks = 0; looks < 12; looks++) {
      await checks.run();
      const { nextCheckAt } = (await domains.find(row.id))!;
      waits.push(Math.round((nextCheckAt!.getTime() - clock.now().getTime()) / 1_000));
      await checks.run(); // too early
      clock.later(waits.at(-1)! + 1);
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600, 3_600]);
    expect(dns.asked.filter((asked) => asked === name)).toHaveLength(12);
    clock.later(7 * DAY_IN_SECONDS - 6 * 3_600 - waits.reduce((a, b) => a + b));
    await checks.run();
    expect(await stateOf(row.id)).toBe('pending');
    clock.later(6 * 3_600);
    await checks.run();
    expect(await domains.find(row.id)).toMatchObject({ state: 'failed', nextCheckAt: null });
    expect((await told(row.organizationId)).at(-1)).toBe(
      'OrganizationDomainVerificationFailed by domain-check',
    );
    expect(await domains.due(10)).toEqual([]);
  });

  it('that was given up begins again when somebody asks, and says so', async () => {
    const row = await newDomain();
    clock.later(7 * DAY_IN_SECONDS + 1);
    await hub().run();
    expect(await stateOf(row.id)).toBe('failed');
    dns.records.set(name, [row.token]);
    expect(await setUp.verify(row.id, 'somebody')).toMatchObject({ state: 'pending' });
    await hub().run();
    expect(await stateOf(row.id)).toBe('verified');
    expect(await told(row.organizationId)).toEqual([
      'OrganizationDomainCreated by test',
      'OrganizationDomainVerificationFailed by domain-check',
      'OrganizationDomainUpdated by somebody',
      'OrganizationDomainVerified by domain-check',
    ]);
  });

  it('is looked at again when the hub that looked was lost', async () => {
    const row = await newDomain();
    dns.records.set(name, [row.token]);
    expect(await domains.due(10)).toHaveLength(1); // and nothing comes of it
    await hub().run();
    expect(await stateOf(row.id)).toBe('pending');
    clock.later(61);
    await hub().run();
    expect(await stateOf(row.id)).toBe('verified');
  });

  it('of two organizations is one’s, and the other hears why it is not theirs', async () => {
    const [one, two] = [await newDomain(), await newDomain()];
    dns.records.set(name, [one.token, two.token]);
    await Promise.all([hub(), hub()].map((checks) => checks.run()));
    clock.later(61);
    await hub().run();
    const states = [await stateOf(one.id), await stateOf(two.id)];
    expect(states.sort()).toEqual(['failed', 'verified']);
    const [loser] = (await stateOf(one.id)) === 'failed' ? [one] : [two];
    const reasons = await operator.rows<{ reason: string }>(
      `select data ->> 'reason' as reason from event where type = 'OrganizationDomainVerificationFailed'
        and organization_id = $1`,
      [loser!.organizationId],
    );
    expect(reasons).toEqual([{ reason: 'domain_verified_by_other_organization' }]);
  });

  it('that is deleted while DNS is asked leaves nothing behind', async () => {
    const row = await newDomain();
    dns.records.set(name, [row.token]);
    await Promise.all([hub().run(), setUp.remove(row.id, 'test')]);
    expect(await domains.find(row.id)).toBeNull();
    const events = await told(row.organizationId);
    expect(events.at(-1)).toBe('OrganizationDomainDeleted by test');
  });

  it('stays pending where DNS says something else, or nothing', async () => {
    const row = await newDomain();
    dns.records.set(name, [row.token.slice(1), ` ${row.token} and more`, row.token.toUpperCase()]);
    await hub().run();
    expect(await stateOf(row.id)).toBe('pending');
    expect(await told(row.organizationId)).toEqual(['OrganizationDomainCreated by test']);
  });

  it('may be one of a hundred, and not of one more', async () => {
    const { id: organizationId } = await organizations.create('Many');
    const wishes = Array.from({ length: 100 }, (_, n) => ({
      ...{ organizationId, domain: `${n}.${name}` },
      state: 'verified' as const,
    }));
    const rows = await database.transaction((_tx, manager) => domains.insert(manager, wishes));
    expect(await domains.ofOrganizations([organizationId])).toEqual(rows);
    await expect(setUp.create(organizationId, name, 'test')).rejects.toThrow(
      'There may be at most 100 domains of one organization',
    );
    expect(await domains.ofOrganizations([organizationId])).toHaveLength(100);
  });
});
