/** The domains of organizations, as directories are shown with them and found by them. */
import { Injectable } from '@nestjs/common';
import { OrganizationDomains } from '@app/tenancy';

@Injectable()
export class DirectoryDomains {
  constructor(private readonly domains: OrganizationDomains) {}

  /** The first domain of each organization that has any, one that is verified before others: one statement for all of them. */
  firstOf(organizationIds: string[]): Promise<ReadonlyMap<string, string>> {
    return this.domains.firstOf(organizationIds);
  }

  /** @returns the ids of the organizations that have the domain. */
  organizationsWith(domain: string): Promise<string[]> {
    return this.domains.organizationsWith(domain);
  }
}
