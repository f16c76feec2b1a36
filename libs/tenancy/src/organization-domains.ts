/** The domains of organizations, and which of them is to be looked up in DNS when. */
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { In, Not, type EntityManager } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { domainName } from './domain-name.js';
import { LimitReached } from './limit-reached.js';
import { Organization, OrganizationDomain, type DomainState } from './organization-entities.js';
import { driverErrorOf, later } from './organizations.js';

export const DOMAINS_OF_AN_ORGANIZATION_AT_MOST = 100;
/** So long is DNS asked about a domain, from when it was made or its verification was asked for. */
export const VERIFICATION_PERIOD_IN_SECONDS = 7 * 86_400;
const FIRST_WAIT_IN_SECONDS = 15;
const LONGEST_WAIT_IN_SECONDS = 3_600;
/** Longer than DNS can take; a hub that was ended meanwhile leaves the domain to another after it. */
const LOOK_IN_SECONDS = 60;

/** It is in this organization already, or another one has verified it. */
export class DomainTaken extends Error {
  constructor(
    readonly domain: string,
    readonly by: 'this_organization' | 'another_organization',
  ) {
    super(
      by === 'this_organization'
        ? `The organization has the domain ${domain} already`
        : `Another organization has verified the domain ${domain}`,
    );
    this.name = 'DomainTaken';
  }
}

export interface NewDomain {
  organizationId: string;
  /** As `domainName` made it. */
  domain: string;
  state: 'pending' | 'verified';
}

@Injectable()
export class OrganizationDomains {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  find(id: string): Promise<OrganizationDomain | null> {
    return this.database.repository(OrganizationDomain).findOneBy({ id });
  }

  /** In order of making. */
  ofOrganizations(ids: string[]): Promise<OrganizationDomain[]> {
    if (ids.length === 0) return Promise.resolve([]);
    const where = { organizationId: In(ids) };
    return this.database.repository(OrganizationDomain).find({ where, order: { id: 'ASC' } });
  }

  /** By organization, of those that have any that has not failed: the first that is verified, else the first. */
  async firstOf(organizationIds: string[]): Promise<ReadonlyMap<string, string>> {
    if (organizationIds.length === 0) return new Map();
    const rows = await this.database.rows<{ id: string; domain: string }>(
      `select distinct on (organization_id) organization_id as id, domain from organization_domain
        where organization_id = any($1) and state <> 'failed'
        order by organization_id, state = 'verified' desc, organization_domain.id`,
      [organizationIds],
    );
    return new Map(rows.map(({ id, domain }) => [id, domain]));
  }

  /**
   * Those of one organization that have not failed, verified ones first, then in order of making; as they stay until the transaction
   * ends, since who changes them takes the organization's lock.
   */
  async held(manager: EntityManager, organizationId: string): Promise<{ id: string; domain: string }[]> {
    await manager.findOne(Organization, {
      where: { id: organizationId },
      lock: { mode: 'pessimistic_read' },
    });
    const rows = (await this.within(manager, organizationId)).filter(({ state }) => state !== 'failed');
    const isVerified = ({ state }: OrganizationDomain): boolean => state === 'verified';
    return [...rows.filter(isVerified), ...rows.filter((row) => !isVerified(row))].map(({ id, domain }) => ({
      ...{ id, domain },
    }));
  }

  /** @param domain as people type it. @returns the ids of the organizations that have it, and have not failed with it. */
  async organizationsWith(domain: string): Promise<string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `select organization_id as id from organization_domain where domain = $1 and state <> 'failed'`,
      [domainName(domain) ?? domain],
    );
    return rows.map(({ id }) => id);
  }

  /** As `ofOrganizations`, of one, as a transaction sees it. */
  within(manager: EntityManager, organizationId: string): Promise<OrganizationDomain[]> {
    return manager.find(OrganizationDomain, { where: { organizationId }, order: { id: 'ASC' } });
  }

  /**
   * Under the organization's lock.
   * @throws DomainTaken, LimitReached
   */
  async insert(manager: EntityManager, wishes: readonly NewDomain[]): Promise<OrganizationDomain[]> {
    if (wishes.length === 0) return [];
    const domains = wishes.map((wish, place) => this.made(wish, place));
    await this.assertNotVerifiedElsewhere(manager, wishes);
    await asTaken(domains, () => manager.insert(OrganizationDomain, domains));
    const [{ organizationId }] = domains as [OrganizationDomain];
    if ((await manager.countBy(OrganizationDomain, { organizationId })) > DOMAINS_OF_AN_ORGANIZATION_AT_MOST)
      throw new LimitReached(
        'domains of one organization',
        DOMAINS_OF_AN_ORGANIZATION_AT_MOST,
        'Delete one that is not used any more.',
      );
    return domains;
  }

  /** @param place among those that are made together: ids keep their order. */
  private made({ organizationId, domain, state }: NewDomain, place: number): OrganizationDomain {
    const now = this.clock.now();
    return {
      id: newId('org_domain', new Date(now.getTime() + place)),
      ...{ organizationId, domain },
      strategy: state === 'pending' ? ('dns' as const) : ('manual' as const),
      token: randomBytes(24).toString('base64url'),
      ...this.standing(state, now),
      createdAt: now,
      updatedAt: now,
    };
  }

  /** Under the organization's lock. @throws DomainTaken by whoever was faster in saying that it is theirs. */
  async settle(
    manager: EntityManager,
    domain: OrganizationDomain,
    after: { state: DomainState; strategy?: 'manual' },
  ): Promise<OrganizationDomain> {
    const now = this.clock.now();
    if (after.state !== 'failed') await this.assertNotVerifiedElsewhere(manager, [domain]);
    const isNews = domain.state !== after.state;
    const change = {
      ...this.standing(after.state, now),
      strategy: after.strategy ?? ('dns' as const),
      updatedAt: isNews ? later(now, domain.updatedAt) : domain.updatedAt,
    };
    const { id } = domain;
    await asTaken([domain], () => manager.update(OrganizationDomain, { id }, change));
    return manager.create(OrganizationDomain, { ...domain, ...change });
  }

  async remove(manager: EntityManager, ids: string[]): Promise<void> {
    if (ids.length > 0) await manager.delete(OrganizationDomain, { id: In(ids) });
  }

  /** Whether one of another organization, of the same name, is verified. */
  isVerifiedElsewhere({
    domain,
    organizationId,
  }: Pick<OrganizationDomain, 'domain' | 'organizationId'>): Promise<boolean> {
    const where = { domain, state: 'verified' as const, organizationId: Not(organizationId) };
    return this.database.repository(OrganizationDomain).existsBy(where);
  }

  /** Those whose time has come, which nobody else looks at for a while. */
  async due(limit: number): Promise<OrganizationDomain[]> {
    const now = this.clock.now();
    const lookedAtUntil = new Date(now.getTime() + LOOK_IN_SECONDS * 1_000);
    const rows = await this.database.rows<{ id: string }>(
      `update organization_domain set next_check_at = $2
        where id in (select id from organization_domain where state = 'pending' and next_check_at <= $1
                      order by next_check_at limit $3 for update skip locked)
       returning id`,
      [now, lookedAtUntil, limit],
    );
    if (rows.length === 0) return [];
    return this.database.repository(OrganizationDomain).findBy({ id: In(rows.map(({ id }) => id)) });
  }

  /** DNS did not say that it is theirs; it is asked again later, and for the last time when the period ends. */
  async checkLater({ id, checks, giveUpAt }: OrganizationDomain): Promise<void> {
    const now = this.clock.now().getTime();
    const wait = Math.min(FIRST_WAIT_IN_SECONDS * 2 ** checks, LONGEST_WAIT_IN_SECONDS);
    const next = new Date(Math.min(now + wait * 1_000, giveUpAt!.getTime()));
    // Unless its verification was asked for anew meanwhile.
    const where = { id, state: 'pending' as const, giveUpAt: giveUpAt! };
    await this.database
      .repository(OrganizationDomain)
      .update(where, { nextCheckAt: next, checks: checks + 1 });
  }

  private standing(state: DomainState, now: Date) {
    return state === 'pending'
      ? {
          state,
          checks: 0,
          nextCheckAt: now,
          giveUpAt: new Date(now.getTime() + VERIFICATION_PERIOD_IN_SECONDS * 1_000),
        }
      : { state, checks: 0, nextCheckAt: null, giveUpAt: null };
  }

  private async assertNotVerifiedElsewhere(
    manager: EntityManager,
    wishes: readonly Pick<OrganizationDomain, 'domain' | 'organizationId'>[],
  ): Promise<void> {
    const [{ organizationId }] = wishes as [OrganizationDomain];
    const where = {
      domain: In(wishes.map(({ domain }) => domain)),
      state: 'verified' as const,
      organizationId: Not(organizationId),
    };
    const taken = await manager.findOneBy(OrganizationDomain, where);
    if (taken) throw new DomainTaken(taken.domain, 'another_organization');
  }
}

/** What two do in the same moment, the indexes decide. */
async function asTaken<T>(
  domains: readonly Pick<OrganizationDomain, 'domain'>[],
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { constraint, detail } = driverErrorOf(error);
    const domain = domains.find((each) => detail?.includes(each.domain))?.domain ?? domains[0]!.domain;
    if (constraint === 'domain_is_once_in_an_organization')
      throw new DomainTaken(domain, 'this_organization');
    if (constraint === 'domain_is_verified_by_one_organization')
      throw new DomainTaken(domain, 'another_organization');
    throw error;
  }
}
