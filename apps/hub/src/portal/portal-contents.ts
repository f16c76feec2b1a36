/** What the portal's page shows of one organization: only what the link is for. */
import { Injectable } from '@nestjs/common';
import { lastRequests } from '@app/request-log';
import { Database } from '@app/runtime';
import { Directories, OrganizationDomains, Organizations, type PortalSession } from '@app/tenancy';
import { HubSettings } from '../hub-settings.js';
import type { PortalPage, ShownDirectory, ShownDomain } from './page.js';

const DIRECTORIES_AT_MOST = 100;

@Injectable()
export class PortalContents {
  constructor(
    private readonly database: Database,
    private readonly organizations: Organizations,
    private readonly directories: Directories,
    private readonly domains: OrganizationDomains,
    private readonly settings: HubSettings,
  ) {}

  /** @returns undefined when the organization is gone. */
  async of(session: PortalSession): Promise<PortalPage | undefined> {
    const { organizationId, intent, returnUrl, successUrl } = session;
    const organization = await this.organizations.find(organizationId);
    if (!organization) return undefined;
    const part =
      intent === 'dsync'
        ? { directories: await this.directoriesOf(organizationId) }
        : { domains: await this.domainsOf(organizationId) };
    return { organization: organization.name, ...part, returnUrl, successUrl };
  }

  private async directoriesOf(organizationId: string): Promise<ShownDirectory[]> {
    const page = { limit: DIRECTORIES_AT_MOST, order: 'asc' as const, after: undefined, before: undefined };
    const { data } = await this.directories.list({ organizationId }, page);
    const last = await lastRequests(
      this.database,
      data.map(({ id }) => id),
    );
    return data.map(({ id, name, type, state }) => {
      const request = last.find(({ directoryId }) => directoryId === id);
      return {
        ...{ name, type, state },
        baseUrl: `${this.settings.publicUrl}/scim/v2/${id}`,
        lastRequest: request && {
          at: request.receivedAt,
          ...{ method: request.method, status: request.status, outcome: request.outcome },
        },
      };
    });
  }

  private async domainsOf(organizationId: string): Promise<ShownDomain[]> {
    const rows = await this.domains.ofOrganizations([organizationId]);
    return rows.map(({ domain, state, strategy, token }) => ({ domain, state, strategy, token }));
  }
}
