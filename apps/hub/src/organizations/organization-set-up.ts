/** Makes, changes and ends organizations: the rows that people edit and the events in the log, in one transaction. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { OrganizationEvent, OrganizationFacts } from '@app/directory';
import {
  Directories,
  OrganizationDomains,
  Organizations,
  type NewDomain,
  type Organization,
  type OrganizationDomain,
  type OrganizationSettings,
} from '@app/tenancy';
import { DirectorySetUp } from '../directory-set-up.js';
import { domainFacts, organizationFacts } from './facts.js';
import { Telling } from './telling.js';

/** A domain that an organization shall have. */
export type DomainWish = Omit<NewDomain, 'organizationId'>;

export interface OrganizationWish extends Partial<OrganizationSettings> {
  /** All that it shall have. */
  domains?: DomainWish[] | undefined;
}

@Injectable()
export class OrganizationSetUp {
  constructor(
    private readonly organizations: Organizations,
    private readonly domains: OrganizationDomains,
    private readonly telling: Telling,
    private readonly directories: Directories,
    private readonly directorySetUp: DirectorySetUp,
  ) {}

  /** @throws OrganizationIdTaken, DomainTaken */
  async create(
    { domains: wishes = [], ...settings }: OrganizationWish & { name: string },
    requestId: string,
  ): Promise<OrganizationFacts> {
    return this.telling.of(requestId, async (manager) => {
      const organization = await this.organizations.insert(manager, settings);
      const { id: organizationId } = organization;
      const domains = await this.domains.insert(
        manager,
        wishes.map((wish) => ({ ...wish, organizationId })),
      );
      const result = organizationFacts(organization, domains);
      const events: OrganizationEvent[] = [
        { type: 'OrganizationCreated', data: { organization: result } },
        ...domains.flatMap(beginningOf),
      ];
      return { result, events };
    });
  }

  /**
   * What is not there stays as it is, and what is the same is no change.
   * @param wishOf says what shall be, of what is.
   * @returns null when there is no such organization. @throws OrganizationIdTaken, DomainTaken
   */
  async change(
    organizationId: string,
    wishOf: (organization: Organization) => OrganizationWish,
    requestId: string,
  ): Promise<OrganizationFacts | null> {
    return this.telling.of(requestId, async (manager) => {
      const organization = await this.organizations.locked(manager, organizationId);
      if (!organization) return { result: null, events: [] };
      const rows = await this.domains.within(manager, organizationId);
      const before = organizationFacts(organization, rows);
      const { domains: wishes, ...settings } = wishOf(organization);
      const change = differing(settings, organization);
      const told = wishes ? await this.replaceDomains(manager, { organizationId, rows, wishes }) : [];
      if (Object.keys(change).length === 0 && told.length === 0) return { result: before, events: [] };
      const changed = await this.organizations.change(manager, organization, change);
      const domains = told.length === 0 ? rows : await this.domains.within(manager, organizationId);
      const result = organizationFacts(changed, domains);
      const updated: OrganizationEvent = {
        type: 'OrganizationUpdated',
        data: { organization: result },
        previous: {
          ...Object.fromEntries(
            Object.keys(change).map((name) => [name, before[name as keyof typeof before]]),
          ),
          ...(told.length === 0 ? {} : { domains: before.domains }),
          updated: before.updated,
        },
      };
      return { result, events: [updated, ...told] };
    });
  }

  /**
   * Its directories end as if each had been deleted; everything else that it has goes with it, and its own event is the only one of
   * that.
   * @returns whether there was one. @throws OrganizationInUse when a directory was made meanwhile
   */
  async remove(organizationId: string, requestId: string): Promise<boolean> {
    for (const directory of await this.directories.ofOrganization(organizationId))
      await this.directorySetUp.remove(directory, requestId);
    return this.telling.of(requestId, async (manager) => {
      const organization = await this.organizations.locked(manager, organizationId);
      if (!organization) return { result: false, events: [] };
      const last = organizationFacts(organization, await this.domains.within(manager, organizationId));
      await this.organizations.remove(manager, organizationId);
      const event: OrganizationEvent = { type: 'OrganizationDeleted', data: { organization: last } };
      return { result: true, events: [event] };
    });
  }

  /** Who stays keeps id, token and state, but for one that an operator says is theirs. */
  private async replaceDomains(
    manager: EntityManager,
    {
      organizationId,
      rows,
      wishes,
    }: { organizationId: string; rows: OrganizationDomain[]; wishes: DomainWish[] },
  ): Promise<OrganizationEvent[]> {
    const wished = new Map(wishes.map((wish) => [wish.domain, wish]));
    const there = new Set(rows.map(({ domain }) => domain));
    const gone = rows.filter(({ domain }) => !wished.has(domain));
    const vouched = rows.filter(
      ({ domain, state }) => state !== 'verified' && wished.get(domain)?.state === 'verified',
    );
    await this.domains.remove(
      manager,
      gone.map(({ id }) => id),
    );
    const verified: OrganizationDomain[] = [];
    for (const row of vouched)
      verified.push(await this.domains.settle(manager, row, { state: 'verified', strategy: 'manual' }));
    const come = await this.domains.insert(
      manager,
      wishes.filter(({ domain }) => !there.has(domain)).map((wish) => ({ ...wish, organizationId })),
    );
    return [
      ...gone.map((row) => ({
        type: 'OrganizationDomainDeleted' as const,
        data: { domain: domainFacts(row) },
      })),
      ...verified.map((row) => ({
        type: 'OrganizationDomainVerified' as const,
        data: { domain: domainFacts(row) },
      })),
      ...come.flatMap(beginningOf),
    ];
  }
}

/** What is told of a domain that was not there: of one that an operator vouches for, that it is theirs as well. */
export function beginningOf(row: OrganizationDomain): OrganizationEvent[] {
  const data = { domain: domainFacts(row) };
  const created: OrganizationEvent = { type: 'OrganizationDomainCreated', data };
  return row.state === 'verified' ? [created, { type: 'OrganizationDomainVerified', data }] : [created];
}

function differing(
  settings: Partial<OrganizationSettings>,
  organization: Organization,
): Partial<OrganizationSettings> {
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) =>
        value !== undefined &&
        JSON.stringify(value) !== JSON.stringify(organization[name as keyof OrganizationSettings]),
    ),
  );
}
