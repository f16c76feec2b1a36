import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Database } from '@app/runtime';
import type { Admin } from '../../../test/support/index.js';
import { onTenancy, SetClock } from '../../../test/support/on-tenancy.js';
import { Organizations, PortalLinks } from './index.js';

const clock = new SetClock();
let database: Database;
let operator: Admin;
let links: PortalLinks;
let organizationId: string;

onTenancy((premises) => ({ database, operator } = premises));

beforeAll(async () => {
  links = new PortalLinks(database, clock);
  organizationId = (await new Organizations(database, clock).create('Acme')).id;
});

const link = (more: object = {}) => ({
  ...{
    organizationId,
    intent: 'dsync' as const,
    returnUrl: null,
    successUrl: null,
    emails: ['it@example.com'],
  },
  ...more,
});

describe('a portal link', () => {
  it('is known by the hash of its token, and so is its session', async () => {
    const { token } = (await links.issue(link()))!;
    const session = (await links.start(token))!;
    const stored = JSON.stringify(await operator.rows('select t::text from portal_link t'));
    expect(stored).not.toContain(token.slice(-20));
    expect(stored).not.toContain(session.slice(-20));
    expect(await links.session(session)).toEqual({
      ...{ organizationId, intent: 'dsync', returnUrl: null, successUrl: null },
    });
  });

  it('can be started for five minutes, and its session lasts an hour', async () => {
    const [early, late] = [(await links.issue(link()))!, (await links.issue(link()))!];
    expect(early.expiresAt.getTime() - clock.now().getTime()).toBeLessThanOrEqual(300_000);
    clock.later(299);
    const session = (await links.start(early.token))!;
    clock.later(2);
    expect(await links.start(late.token)).toBeNull();
    clock.later(3_590);
    expect(await links.session(session)).toBeDefined();
    clock.later(10);
    expect(await links.session(session)).toBeUndefined();
  });

  it('is not made for an organization that there is none of', async () => {
    expect(await links.issue(link({ organizationId: 'org_x' }))).toBeNull();
  });

  it('is forgotten when neither it nor its session opens anything', async () => {
    clock.later(7_200);
    await links.forgetExpired();
    const [unused, used] = [(await links.issue(link()))!, (await links.issue(link()))!];
    const session = (await links.start(used.token))!;
    expect(await links.forgetExpired()).toBe(0);
    clock.later(301);
    expect(await links.forgetExpired()).toBe(1);
    expect(await links.start(unused.token)).toBeNull();
    expect(await links.session(session)).toBeDefined();
    clock.later(3_600);
    expect(await links.forgetExpired()).toBe(1);
    expect(await operator.rows('select from portal_link')).toEqual([]);
  });
});
