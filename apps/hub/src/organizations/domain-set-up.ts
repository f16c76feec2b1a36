/** Makes, verifies and ends the domains of organizations: rows and events in one transaction. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { VerificationFailure } from '@app/directory';
import { OrganizationDomains, Organizations, type OrganizationDomain } from '@app/tenancy';
import { domainFacts } from './facts.js';
import { beginningOf } from './organization-set-up.js';
import { Telling, type Done } from './telling.js';

/** Nothing is left to be verified. */
export class DomainVerified extends Error {
  constructor(readonly domain: string) {
    super(`The domain ${domain} is verified already`);
    this.name = 'DomainVerified';
  }
}

/** For `request_id`: nobody asked for what DNS says. */
const REQUEST_ID = 'domain-check';

@Injectable()
export class DomainSetUp {
  constructor(
    private readonly organizations: Organizations,
    private readonly domains: OrganizationDomains,
    private readonly telling: Telling,
  ) {}

  /** @returns null when there is no such organization. @throws DomainTaken, LimitReached */
  create(organizationId: string, domain: string, requestId: string): Promise<OrganizationDomain | null> {
    return this.telling.of(requestId, async (manager) => {
      if (!(await this.organizations.locked(manager, organizationId))) return { result: null, events: [] };
      const [row] = await this.domains.insert(manager, [{ organizationId, domain, state: 'pending' }]);
      return { result: row!, events: beginningOf(row!) };
    });
  }

  /**
   * DNS is asked from now on, for a whole period; the answer does not wait for it.
   * @returns null when there is no such domain. @throws DomainVerified, DomainTaken
   */
  verify(id: string, requestId: string): Promise<OrganizationDomain | null> {
    return this.changing(id, requestId, async (manager, before) => {
      if (before.state === 'verified') throw new DomainVerified(before.domain);
      const result = await this.domains.settle(manager, before, { state: 'pending' });
      if (before.state === 'pending') return { result, events: [] };
      return {
        result,
        events: [{ type: 'OrganizationDomainUpdated', data: { domain: domainFacts(result) } }],
      };
    });
  }

  /** @returns null when there is no such domain. */
  remove(id: string, requestId: string): Promise<OrganizationDomain | null> {
    return this.changing(id, requestId, async (manager, before) => {
      await this.domains.remove(manager, [id]);
      return {
        result: before,
        events: [{ type: 'OrganizationDomainDeleted', data: { domain: domainFacts(before) } }],
      };
    });
  }

  /** DNS says that it is theirs. @throws DomainTaken by another organization that was faster */
  async isTheirs(id: string): Promise<void> {
    await this.settle(id, async (manager, before) => {
      const result = await this.domains.settle(manager, before, { state: 'verified' });
      return {
        result,
        events: [{ type: 'OrganizationDomainVerified', data: { domain: domainFacts(result) } }],
      };
    });
  }

  async giveUp(id: string, reason: VerificationFailure): Promise<void> {
    await this.settle(id, async (manager, before) => {
      const result = await this.domains.settle(manager, before, { state: 'failed' });
      const data = { domain: domainFacts(result), reason };
      return { result, events: [{ type: 'OrganizationDomainVerificationFailed', data }] };
    });
  }

  /** Nothing is done to one that is not pending any more. */
  private async settle(
    id: string,
    work: (manager: EntityManager, before: OrganizationDomain) => Promise<Done<OrganizationDomain>>,
  ): Promise<void> {
    await this.changing(id, REQUEST_ID, async (manager, before) =>
      before.state === 'pending' ? work(manager, before) : { result: before, events: [] },
    );
  }

  private async changing(
    id: string,
    requestId: string,
    work: (manager: EntityManager, before: OrganizationDomain) => Promise<Done<OrganizationDomain>>,
  ): Promise<OrganizationDomain | null> {
    const found = await this.domains.find(id);
    if (!found) return null;
    return this.telling.of(requestId, async (manager) => {
      const nothing: Done<OrganizationDomain | null> = { result: null, events: [] };
      if (!(await this.organizations.locked(manager, found.organizationId))) return nothing;
      const rows = await this.domains.within(manager, found.organizationId);
      const before = rows.find((row) => row.id === id);
      return before ? work(manager, before) : nothing;
    });
  }
}
